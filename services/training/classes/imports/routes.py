"""Imports of classes with their attendances over HTTP."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

from fastapi import UploadFile
from kernel.web.calls import Call, CurrentCall
from pydantic import Field
from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.problems.field_labels import Label
from kernel.web.field_types import UUID
from kernel.web.schemas import FaultDocument, Output
from kernel.workbooks import imports
from kernel.workbooks.import_routes import (
    BODY_LIMIT,
    IMPORT_PROBLEMS,
    TEMPLATE_RESPONSES,
    DryRun,
    Mode,
    TemplateFormat,
    each_responses,
    run_import,
    template_reply,
)
from kernel.workbooks.imports import CellFault, ImportRefused
from services.training.classes.imports import reading, service
from services.training.classes.imports.columns import COLUMNS
from services.training.classes.imports.reading import Run
from services.training.scopes import READ, WRITE, training_router

router = training_router("imports")
RESULTS = ("created", "unchanged", "failed")


class AttendanceImportRow(Output):
    """What became of a row."""

    row: int
    result: Annotated[str, Label("Kết quả nhập")] = Field(json_schema_extra={"x-extensible-enum": list(RESULTS)})
    class_id: str | None = Field(json_schema_extra=UUID, description="Null for one not kept")
    attendance_id: str | None = Field(json_schema_extra=UUID, description="Null for one not kept")


class AttendanceImportReport(Output):
    """What an import of classes with attendances did, or with `dry_run` would do."""

    dry_run: bool
    mode: str
    rows: int
    created: int
    unchanged: int
    failed: int
    classes_created: int
    trainees_created: int
    items: list[AttendanceImportRow]
    errors: list[FaultDocument] = Field(description="Every bad cell, by row and column")


@router.operation(
    "GET",
    "/imports/classes/template",
    scopes=(*READ, *WRITE),
    response_class=Response,
    responses=TEMPLATE_RESPONSES,
    summary="Download the class import template",
)
async def read_class_import_template(
    call: CurrentCall,
    format: TemplateFormat = "xlsx",
) -> Response:
    """Download the template: one row a person at a class, headings in Vietnamese, required columns marked."""
    return await template_reply(COLUMNS, format=format, title="Học viên", name="lop-hoc-vien")


@router.operation(
    "POST",
    "/imports/classes",
    scopes=WRITE,
    response_model=AttendanceImportReport,
    media_types=("multipart/form-data",),
    problems=IMPORT_PROBLEMS,
    body_limit=BODY_LIMIT,
    responses=each_responses(AttendanceImportReport),
    summary="Import classes with attendances",
    written_by=service.run,
)
async def import_classes(
    call: CurrentCall,
    file: UploadFile,
    dry_run: DryRun = True,
    mode: Mode = "atomic",
) -> Response:
    """Import a roll from .xlsx or .csv in the template's form, at most 5,000 rows and 20 MB.

    A class is found by its number, a person by identity number, else by name, birth year and organization: sending a
    file again changes nothing. A class that is not there yet is entered as held. All is written in one transaction.
    """
    sent = await imports.read_table(call, file, COLUMNS)
    items = await reading.read(call, sent.table)

    async def run(tx: Transaction) -> Run:
        return await service.run(tx, call, items)

    def report(done: Run) -> dict[str, Any]:
        return _report(call, sent.table, done, dry_run=dry_run, mode=mode)

    return await run_import(call, sent, run, report, take_turn=_take_turn, dry_run=dry_run, collides=True)


async def _take_turn(tx: Transaction) -> bool:
    return await tx.fetchval(service.IMPORT_TURN)


def _report(call: Call, table: imports.Table, done: Run, *, dry_run: bool, mode: str) -> dict[str, Any]:
    """Return the report. Raises ImportRefused where all rows have to be right and are not; that undoes everything."""
    faults = [CellFault(fault, table.cell(o.row, at)) for o in done.outcomes for at, fault in o.errors]
    if faults and mode == "atomic" and not dry_run:
        raise ImportRefused(rows=len(done.outcomes), failed=done.failed, errors=faults)
    counts = Counter("failed" if outcome.errors else outcome.result for outcome in done.outcomes)
    return {
        "dry_run": dry_run,
        "mode": mode,
        "rows": len(done.outcomes),
        **{result: counts[result] for result in RESULTS},
        "classes_created": done.classes_created,
        "trainees_created": done.trainees_created,
        "items": [
            {
                "row": o.row,
                "result": "failed" if o.errors else o.result,
                "class_id": None if dry_run or o.errors else o.class_id,
                "attendance_id": None if o.errors or (dry_run and o.result == "created") else o.attendance_id,
            }
            for o in done.outcomes
        ],
        "errors": [fault.document(call.language) for fault in faults],
    }
