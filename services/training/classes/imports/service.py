"""Importing classes with their attendances: every bad cell named, all written at once, a repeat harmless."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any, TypedDict

from kernel.database.connections import Transaction
from kernel.database.statements import always, statement
from kernel.problems import FieldError, Invalid, OrganizationUnknownYet
from kernel.records.bulk import create_many
from kernel.storage.sealing import Sealer
from kernel.values.ids import new_ids
from kernel.web.auth import Caller
from kernel.web.calls import Call
from services.training import problems
from services.training.classes.attendances.records import ATTENDANCE
from services.training.classes.imports.class_rows import find_or_create_classes
from services.training.classes.imports.reading import Item, Run
from services.training.classes.trainees.columns import trainee_columns
from services.training.classes.trainees.matching import Entering
from services.training.classes.trainees.roll_matching import Roll

# One import of rolls at a time: two runs of a file would not see each other's rows.
IMPORT_TURN = always(bool, "SELECT pg_try_advisory_xact_lock(hashtext('import classes'))")


async def run(tx: Transaction, call: Call, items: list[Item]) -> Run:
    """Find or enter what each row says, as far as rows are right; what is written is the caller's to keep or undo."""
    done = Run([item.outcome for item in items])
    done.classes_created = await find_or_create_classes(tx, call, items)
    right = [item for item in items if not item.outcome.errors]
    done.trainees_created = await _persons(tx, right, entering=Entering.of(call))
    await _entries(tx, [item for item in right if not item.outcome.errors], by=call.caller)
    return done


async def _persons(tx: Transaction, items: list[Item], *, entering: Entering) -> int:
    """Give each row its trainee; those who are new are written at once. Return how many."""
    # Sealing thousands of numbers takes as long as all the rest: off the loop that serves others.
    await asyncio.to_thread(_fill_columns, entering.sealer, items)
    by_alliance: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_alliance[item.columns["alliance"]].append(item)
    created = 0
    for alliance, members in by_alliance.items():
        roll = await Roll.read(tx, alliance, [item.columns for item in members], entering=entering)
        for item in members:
            await _give_person(tx, roll, item)
        for item in members:
            item.who = roll.who(item.outcome.trainee_id or "")
        created += await roll.create_new(tx)
    return created


def _fill_columns(sealer: Sealer, items: list[Item]) -> None:
    for item in items:
        assert item.person is not None, "a row without errors has one"
        assert item.training_class is not None, "a row without errors has one"
        item.columns = trainee_columns(sealer, item.person, item.training_class["alliance"])


async def _give_person(tx: Transaction, roll: Roll, item: Item) -> None:
    try:
        item.outcome.trainee_id = await roll.find_or_create(tx, item.columns, reason=item.origin)
    except problems.TraineeAmbiguous as problem:
        count = problem.members["count"]
        words = (
            f"Có {count} người cùng họ tên, năm sinh và đơn vị; hãy ghi số định danh.",
            f"{count} persons have this name, birth year and organization; give the identity number.",
        )
        item.outcome.errors.append(("name", FieldError("trainee_ambiguous", words)))
    except Invalid as problem:
        item.outcome.errors.append(("organization_id", problem.members["errors"][0]))
    except OrganizationUnknownYet as problem:
        words = (problem.document("vi")["detail"], problem.document("en")["detail"])
        item.outcome.errors.append(("organization_id", FieldError(problem.code, words)))


class _Attended(TypedDict):
    id: str
    class_id: str
    trainee_id: str | None
    who: str


class _Registered(TypedDict):
    class_id: str
    trainee_id: str
    who: str


# Who stands on the lists of the file's classes already, each by the mark of its number, else its id.
# By ix_attendance_class_id.
_ATTENDED = statement(
    _Attended,
    """
    SELECT f.id, f.class_id, f.trainee_id, coalesce(t.id_number_mark, t.id::text) AS who
      FROM attendance f JOIN trainee t ON t.id = f.trainee_id WHERE f.class_id = ANY($1::uuid[])""",
)
# Who has a place in them. By ix_registration_class_id.
_REGISTERED = statement(
    _Registered,
    """
    SELECT r.class_id, r.trainee_id, coalesce(t.id_number_mark, t.id::text) AS who
      FROM registration r JOIN trainee t ON t.id = r.trainee_id
     WHERE r.class_id = ANY($1::uuid[]) AND r.state = 'registered'""",
)


async def _entries(tx: Transaction, items: list[Item], *, by: Caller) -> None:
    """Enter the attendances in one statement; who is on a list already stays as it stands there."""
    class_ids = sorted({str(item.outcome.class_id) for item in items})
    attended = {(row["class_id"], row["who"]): row for row in await tx.fetch(_ATTENDED, class_ids)}
    registered = {(row["class_id"], row["who"]): row for row in await tx.fetch(_REGISTERED, class_ids)}
    ids = iter(new_ids(len(items)))
    seen: dict[tuple[Any, Any], int] = {}
    new: list[dict[str, Any]] = []
    origins: list[str] = []
    for item in items:
        outcome, training_class, values = item.outcome, item.training_class, item.columns
        assert training_class is not None, "a row without faults has a class"
        key = (outcome.class_id, item.who)
        if (first := seen.setdefault(key, item.line.number)) != item.line.number:
            words = (f"Trùng với dòng {first}; hãy bỏ một dòng.", f"The same as row {first}; leave one out.")
            outcome.errors.append((None, FieldError("given_twice", words)))
            continue
        # Entered more than once, a person stands in the class as the one who attended or registered.
        if key in attended:
            outcome.result, outcome.attendance_id = "unchanged", attended[key]["id"]
            outcome.trainee_id = attended[key]["trainee_id"]
            continue
        if key in registered:
            outcome.trainee_id = registered[key]["trainee_id"]
        outcome.result, outcome.attendance_id = "created", next(ids)
        origins.append(item.origin)
        new.append(
            {
                "id": outcome.attendance_id,
                "class_id": training_class["id"],
                "trainee_id": outcome.trainee_id,
                "counted": 1,
                "organization_id": values["organization_id"],
                "organization_name": values["organization_name"],
                "audience": values["audience"],
                # A class that took registrations has a list to be missing from; one entered afterwards has this file.
                "is_walk_in": training_class["registered_count"] > 0 and key not in registered,
                "source": "file",
                "session_ids": [],
                "first_seen_at": None,
                "allowance_vnd": item.line.values.get("allowance_vnd"),
                "file_id": None,
                "note": None,
                "alliance": training_class["alliance"],
            }
        )
    await create_many(tx, ATTENDANCE, new, by=by, reasons=origins)
