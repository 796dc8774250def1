"""How a trainee's row is shown: masked; and what the history keeps of it: nothing that names the person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.records.records import Resource, table_of
from services.training import models, rows
from services.training.classes.trainees.schemas import Trainee

_HIDDEN = {"name": "name", "phone": "phone_last4", "id_number": "id_number_last4"}


def name_masked(name: str | None) -> str | None:
    """Return a name by its initials: "Nguyễn Văn An" is "N. V. A."."""
    return None if name is None else " ".join(f"{word[0]}." for word in name.split())


def represent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a trainee as it is shown: initials, and numbers only by their last four digits."""
    hidden = [name for name, column in _HIDDEN.items() if row[column] is not None]
    made: dict[str, Any] = {
        "name": None,
        "phone": None,
        "id_number": None,
        "name_masked": name_masked(row["name"]),
        "redacted": hidden,
    }
    return {name: made[name] if name in made else row[name] for name in Trainee.model_fields}


_KEPT = (
    "id",
    "version",
    "organization_id",
    "audience",
    "state",
    "erased_on",
    "created_at",
    "updated_at",
    "created_by",
    "alliance",
)


def _kept(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _KEPT}


TRAINEE = Resource(
    "trainee",
    table_of(models.Trainee),
    "/v1/training/trainees",
    represent,
    "no-store",
    own_column="organization_id",
    row=rows.TraineeRow,
)
TRAINEE_KEPT = Resource(
    "trainee",
    table_of(models.Trainee),
    "/v1/training/trainees",
    _kept,
    "no-store",
    own_column="organization_id",
    row=rows.TraineeRow,
)
"""For writing: the history cannot be changed, so it must not hold what a person may have erased."""
