"""How a class's row is shown, and what may be done with it next."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import orjson

from kernel.database.connections import Row, Transaction
from kernel.problems import NotFound
from kernel.records.crud import representation
from kernel.records.records import Resource, read, table_of
from kernel.web.operations import Call
from services.training import models, problems, rows
from services.training.classes.training_classes.schemas import OpenClass, TrainingClass

ALLOWED_IN: Mapping[str, tuple[str, ...]] = {
    "change": ("planned", "open", "running", "held", "reported"),
    "open": ("planned",),
    "register": ("open",),
    "start": ("open",),
    "attend": ("running", "held", "reported"),
    "complete": ("running",),
    "report": ("held",),
    "certify": ("held", "reported"),
    "cancel": ("planned", "open", "running"),
}
"""Step → states that it may be taken in. What is known late is still entered after the report, and its history kept."""

_PARSED = (
    "partners",
    "budget",
    "actual_cost",
    "lecturers",
    "expected_audience",
    "cancellation",
    "report",
    "file_ids",
)


def require(row: Mapping[str, Any], action: str) -> None:
    """Raise ClassStateForbids unless `action` may be taken in the class's state."""
    if row["state"] not in ALLOWED_IN[action]:
        raise problems.ClassStateForbids(state=row["state"], action=action, allowed_in=list(ALLOWED_IN[action]))


def allowed_actions(state: str) -> list[dict[str, Any]]:
    """Return every step, whether the state allows it, and what stands in the way."""
    return [
        {
            "action": action,
            "allowed": state in states,
            "problem": None if state in states else problems.ClassStateForbids.type_path(),
        }
        for action, states in ALLOWED_IN.items()
    ]


@functools.lru_cache(maxsize=20)
def _actions_shown(state: str) -> orjson.Fragment:
    return orjson.Fragment(orjson.dumps(allowed_actions(state)))


_stored = representation(TrainingClass, parsed=_PARSED, made=("allowed_actions",))


def represent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public representation of a class's row; jsonb passes through unparsed.

    How many registered is not in it: a registration would make every copy stale. See the class's summary.
    """
    document = _stored(row)
    document["allowed_actions"] = _actions_shown(row["state"])
    return document


CLASS = Resource("class", table_of(models.TrainingClass), "/v1/training/classes", represent, row=rows.TrainingClassRow)


def represent_open(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a cooperative sees of a class that takes registrations."""
    left = None if row["capacity"] is None else row["capacity"] - row["registered_count"]
    made = {"seats_left": left, "expected_audience": orjson.Fragment(row["expected_audience"])}
    return {name: made[name] if name in made else row[name] for name in OpenClass.model_fields}


async def class_of(tx: Transaction, call: Call, id_: str, *, lock: bool = False) -> Row:
    """Return the class with `id_` within the caller's area. Raises NotFound."""
    row = await read(tx, CLASS, id_, call.caller, lock=lock)
    if row is None:
        raise NotFound()
    return row
