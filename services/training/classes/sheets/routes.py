"""Printable sheets of a class over HTTP. They name persons in full: each is made for a purpose that is recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from starlette.responses import Response

from kernel.database.connections import Database, Row
from kernel.storage.sealing import Sealer, sealer_of
from kernel.values import geography
from kernel.values.ids import Id
from kernel.values.text import name_folded
from kernel.web.operations import Call, CurrentCall
from kernel.workbooks.imports import XLSX
from services.training.classes.sheets.workbooks import SheetClass, SheetPerson, allowance_sheet, signature_sheet
from services.training.classes.trainees.audit import audited
from services.training.classes.trainees.routes import Purpose
from services.training.classes.training_classes.routes import ONE
from services.training.scopes import training_router

router = training_router("classes")
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}
}

# Who has a place and who came, each once; a signed list has no names to print.
_PEOPLE = """
    SELECT p.name, p.birth_year, p.organization_name, p.position, p.id_number_sealed, f.allowance_vnd,
           coalesce(jsonb_array_length(f.session_ids), 0) AS sessions, f.id IS NOT NULL AS attended
      FROM (SELECT trainee_id FROM registration WHERE class_id = $1::uuid AND state = 'registered'
            UNION SELECT trainee_id FROM attendance WHERE class_id = $1::uuid AND trainee_id IS NOT NULL) who
      JOIN trainee p ON p.id = who.trainee_id
      LEFT JOIN attendance f ON f.class_id = $1::uuid AND f.trainee_id = who.trainee_id
     WHERE p.erased_on IS NULL"""
_SESSIONS = "SELECT held_on FROM class_session WHERE class_id = $1::uuid ORDER BY number"


async def _heading(db: Database, row: Row) -> SheetClass:
    place = geography.commune(row["commune_code"], row["commune_map"])
    commune = place.full_name if place is not None else row["commune_code"]
    days = [each["held_on"] for each in await db.fetch(_SESSIONS, row["id"])]
    return SheetClass(
        f"Liên minh Hợp tác xã {geography.province_name(row['alliance'])}",
        row["name"],
        ", ".join(part for part in (row["venue"], commune) if part),
        row["starts_on"],
        row["ends_on"],
        row["decision_number"],
        days,
    )


def _by_given_name(person: SheetPerson) -> tuple[str, str]:
    folded = name_folded(person.name)
    return folded.rpartition(" ")[2], folded


def _people(sealer: Sealer, rows: Sequence[Row], *, numbers: bool) -> list[SheetPerson]:
    people = [
        SheetPerson(
            row["name"],
            row["birth_year"],
            sealer.open("id_number", row["id_number_sealed"]) if numbers and row["id_number_sealed"] else None,
            row["organization_name"],
            row["position"],
            row["sessions"],
            row["allowance_vnd"],
        )
        for row in rows
    ]
    return sorted(people, key=_by_given_name)


async def _made(
    call: Call, purpose: str, name: str, make: Callable[[SheetClass, Sequence[SheetPerson]], bytes], *, attended: bool
) -> Response:
    row = call.found
    await audited(call.db, call, f"class.{name}_made", row, {"purpose": purpose}, kind="class")
    rows = [each for each in await call.db.fetch(_PEOPLE, row["id"]) if each["attended"] or not attended]
    heading, sealer = await _heading(call.db, row), sealer_of(call)
    data = await asyncio.to_thread(lambda: make(heading, _people(sealer, rows, numbers=attended)))
    file = name.replace("_", "-")
    headers = {"Content-Disposition": f'attachment; filename="{file}.xlsx"', "Cache-Control": "no-store"}
    return Response(data, 200, headers, XLSX)


@router.operation(
    "GET",
    "/classes/{class_id}/signature-sheet",
    scopes=("training.write",),
    guard=ONE,
    response_class=Response,
    responses=_ANSWER,
    summary="The list that trainees sign",
)
async def read_signature_sheet(call: CurrentCall, class_id: Id, purpose: Purpose) -> Response:
    """Return a workbook to print: who has a place or came, one column a session to sign in. That it was made is recorded."""
    return await _made(call, purpose, "signature_sheet", signature_sheet, attended=False)


@router.operation(
    "GET",
    "/classes/{class_id}/allowance-sheet",
    scopes=("training.write",),
    guard=ONE,
    response_class=Response,
    responses=_ANSWER,
    summary="The list of allowances paid",
)
async def read_allowance_sheet(call: CurrentCall, class_id: Id, purpose: Purpose) -> Response:
    """Return a workbook to print: who attended, with identity number, sessions and allowance. That it was made is recorded."""
    return await _made(call, purpose, "allowance_sheet", allowance_sheet, attended=True)
