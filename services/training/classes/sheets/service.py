"""What stands on the sheets of a class: its heading, its days and its people."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date
from typing import TypedDict

from sqlmodel import col, select

from kernel.database.connections import Database
from kernel.database.statements import param, statement
from kernel.storage.sealing import Sealer
from kernel.values import geography
from kernel.values.text import name_folded
from services.training import models
from services.training.classes.sheets.workbooks import SheetClass, SheetPerson
from services.training.rows import TrainingClassRow

MakeSheet = Callable[[SheetClass, Sequence[SheetPerson]], bytes]


class PersonRow(TypedDict):
    """A person of a class as a sheet shows it; the number is sealed."""

    name: str
    birth_year: int | None
    organization_name: str | None
    position: str | None
    id_number_sealed: bytes | None
    allowance_vnd: int | None
    sessions: int
    attended: bool


class _SessionRow(TypedDict):
    held_on: date


# Who has a place and who came, each once; a signed list has no names to print.
# By ix_registration_class_id and ix_attendance_class_id.
_PEOPLE = statement(
    PersonRow,
    """
    SELECT p.name, p.birth_year, p.organization_name, p.position, p.id_number_sealed, f.allowance_vnd,
           coalesce(jsonb_array_length(f.session_ids), 0) AS sessions, f.id IS NOT NULL AS attended
      FROM (SELECT trainee_id FROM registration WHERE class_id = $1::uuid AND state = 'registered'
            UNION SELECT trainee_id FROM attendance WHERE class_id = $1::uuid AND trainee_id IS NOT NULL) who
      JOIN trainee p ON p.id = who.trainee_id
      LEFT JOIN attendance f ON f.class_id = $1::uuid AND f.trainee_id = who.trainee_id
     WHERE p.erased_on IS NULL""",
)
_SESSIONS = statement(
    _SessionRow,
    select(col(models.ClassSession.held_on))
    .where(models.ClassSession.class_id == param(1))
    .order_by(col(models.ClassSession.number)),
)


async def read_people(db: Database, class_id: str, *, attended: bool) -> list[PersonRow]:
    """Return the people of a class: those who `attended`, or all."""
    return [each for each in await db.fetch(_PEOPLE, class_id) if each["attended"] or not attended]


async def make_sheet(
    db: Database,
    training_class: TrainingClassRow,
    people: Sequence[PersonRow],
    make: MakeSheet,
    *,
    numbers: bool,
    sealer: Sealer,
) -> bytes:
    """Return the workbook that `make` makes of these people of a class, with their `numbers` or without."""
    heading = await _heading(db, training_class)
    # Opening numbers and writing a workbook take long: off the loop that serves others.
    return await asyncio.to_thread(lambda: make(heading, _people(sealer, people, numbers=numbers)))


async def _heading(db: Database, row: TrainingClassRow) -> SheetClass:
    place = geography.commune(row["commune_code"], row["commune_map"])
    commune = place.full_name if place is not None else row["commune_code"]
    days = [session["held_on"] for session in await db.fetch(_SESSIONS, row["id"])]
    return SheetClass(
        alliance_name=f"Liên minh Hợp tác xã {geography.province_name(row['alliance'])}",
        name=row["name"],
        venue=", ".join(part for part in (row["venue"], commune) if part),
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        decision_number=row["decision_number"],
        sessions=days,
    )


def _by_given_name(person: SheetPerson) -> tuple[str, str]:
    folded = name_folded(person.name)
    return folded.rpartition(" ")[2], folded


def _people(sealer: Sealer, rows: Sequence[PersonRow], *, numbers: bool) -> list[SheetPerson]:
    people = [
        SheetPerson(
            name=row["name"],
            birth_year=row["birth_year"],
            id_number=sealer.open("id_number", row["id_number_sealed"])
            if numbers and row["id_number_sealed"]
            else None,
            organization_name=row["organization_name"],
            position=row["position"],
            sessions=row["sessions"],
            allowance_vnd=row["allowance_vnd"],
        )
        for row in rows
    ]
    return sorted(people, key=_by_given_name)
