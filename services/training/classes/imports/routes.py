"""Imports of classes with their attendances over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import UploadFile
from pydantic import Field
from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.problems.field_labels import Label
from kernel.values.common_lists import IMPORT_RESULTS
from kernel.web.calls import CurrentCall
from kernel.web.field_types import UUID
from kernel.web.schemas import FaultDocument, Output, listed
from kernel.workbooks.import_routes import (
    TEMPLATE_OPTIONS,
    ConvertedFrom,
    DryRun,
    Mode,
    TemplateFormat,
    import_options,
    import_report,
    run_import,
    template_reply,
)
from kernel.workbooks.table import read_table
from services.training.classes.imports import reading, service
from services.training.classes.imports.columns import COLUMNS
from services.training.classes.imports.reading import Outcome, Run
from services.training.scopes import READ, WRITE, training_router

router = training_router("training-imports")
RESULTS = ("created", "unchanged", "failed")
LIMIT_ROWS = 5000


class AttendanceImportRow(Output):
    """What became of a row."""

    row: int
    result: Annotated[str, Label("Kết quả nhập")] = Field(json_schema_extra=listed(IMPORT_RESULTS))
    class_id: str | None = Field(json_schema_extra=UUID, description="Null for one not kept")
    attendance_id: str | None = Field(json_schema_extra=UUID, description="Null for one not kept")


class AttendanceImportReport(Output):
    """What an import of classes with attendances did, or with `dry_run` would do."""

    dry_run: bool
    mode: str
    converted_from: ConvertedFrom
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
    **TEMPLATE_OPTIONS,
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
    **import_options(AttendanceImportReport),
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
    sent = await read_table(call, file, COLUMNS, limit_rows=LIMIT_ROWS)
    items = await reading.read(call, sent)

    async def run(tx: Transaction) -> Run:
        return await service.run(tx, call, items)

    def report(done: Run) -> dict[str, Any]:
        return {
            **import_report(done.outcomes, sent.table, RESULTS, dry_run=dry_run, mode=mode, language=call.language),
            "classes_created": done.classes_created,
            "trainees_created": done.trainees_created,
            "items": [_item(outcome, dry_run) for outcome in done.outcomes],
        }

    return await run_import(call, sent, run, report, turn=service.IMPORT_TURN, dry_run=dry_run, collides=True)


def _item(outcome: Outcome, dry_run: bool) -> dict[str, Any]:
    is_new = dry_run and outcome.result == "created"
    return {
        "row": outcome.row,
        "result": "failed" if outcome.errors else outcome.result,
        "class_id": None if dry_run or outcome.errors else outcome.class_id,
        "attendance_id": None if outcome.errors or is_new else outcome.attendance_id,
    }
