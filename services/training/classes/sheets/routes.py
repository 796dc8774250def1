"""Printable sheets of a class over HTTP. They name persons in full: each is made for a purpose that is recorded."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from kernel.audit.entries import record_reading
from kernel.audit.purposes import Purpose, PurposeWords, Why, read_why
from kernel.records import existing, loaded
from kernel.storage.sealing import sealer_of
from kernel.values.ids import Id
from kernel.web.calls import Call, CurrentCall
from kernel.workbooks.templates import XLSX
from services.training.classes.sheets.service import MakeSheet, make_sheet, read_people
from services.training.classes.sheets.workbooks import allowance_sheet, signature_sheet
from services.training.classes.training_classes.records import CLASS
from services.training.scopes import training_router

router = training_router("classes")
_ONE = existing(CLASS, "class_id")
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}
}


async def _answer_sheet(call: Call, why: Why, name: str, make: MakeSheet, *, attended: bool) -> Response:
    training_class = loaded(call, CLASS)
    people = await read_people(call.db, training_class["id"], attended=attended)
    await record_reading(
        call,
        f"class.{name}_made",
        of=("class", training_class["id"]),
        alliance=training_class["alliance"],
        why=why,
        fields=("name", "id_number") if attended else ("name",),
        people=len(people),
    )
    data = await make_sheet(call.db, training_class, people, make, numbers=attended, sealer=sealer_of(call))
    file = name.replace("_", "-")
    headers = {"Content-Disposition": f'attachment; filename="{file}.xlsx"', "Cache-Control": "no-store"}
    return Response(data, 200, headers, XLSX)


@router.operation(
    "GET",
    "/classes/{class_id}/signature-sheet",
    scopes=("training.write",),
    guard=_ONE,
    response_class=Response,
    responses=_ANSWER,
    summary="Read the signature sheet of a class",
    written_by=record_reading,
)
async def read_signature_sheet(
    call: CurrentCall, class_id: Id, purpose: Purpose, purpose_words: PurposeWords = None
) -> Response:
    """Return a workbook to print: who has a place or came, one column a session to sign in. That it was made is recorded."""
    why = read_why(purpose, purpose_words)
    return await _answer_sheet(call, why, "signature_sheet", signature_sheet, attended=False)


@router.operation(
    "GET",
    "/classes/{class_id}/allowance-sheet",
    scopes=("training.write",),
    guard=_ONE,
    response_class=Response,
    responses=_ANSWER,
    summary="Read the allowance sheet of a class",
    written_by=record_reading,
)
async def read_allowance_sheet(
    call: CurrentCall, class_id: Id, purpose: Purpose, purpose_words: PurposeWords = None
) -> Response:
    """Return a workbook to print: who attended, with identity number, sessions and allowance. That it was made is recorded."""
    why = read_why(purpose, purpose_words)
    return await _answer_sheet(call, why, "allowance_sheet", allowance_sheet, attended=True)
