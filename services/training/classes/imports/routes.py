"""Imports of classes with their attendances over HTTP."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Annotated, Any

import asyncpg
from fastapi import Query, UploadFile
from pydantic import Field
from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.problems.field_labels import Label
from kernel.web.field_types import UUID
from kernel.web.idempotency import once
from kernel.web.operations import Call, CurrentCall
from kernel.web.replies import json_reply
from kernel.web.schemas import FaultDocument, Output
from kernel.workbooks import imports
from kernel.workbooks.imports import CellFault, ImportInProgress, ImportRefused
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


class _Undone(Exception):
    """Takes back what a dry run did."""


@router.operation(
    "GET",
    "/imports/classes/template",
    scopes=(*READ, *WRITE),
    response_class=Response,
    responses={
        200: {
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in (imports.XLSX, "text/csv")}
        }
    },
    summary="Download the class import template",
)
async def read_class_import_template(
    call: CurrentCall,
    format: Annotated[
        str, Query(pattern="^(xlsx|csv)$", description="xlsx (with choices and explanations) or csv")
    ] = "xlsx",
) -> Response:
    """Download the template: one row a person at a class, headings in Vietnamese, required columns marked."""
    if format == "csv":
        data, media_type = imports.template_csv(COLUMNS), "text/csv"
    else:
        data, media_type = await asyncio.to_thread(imports.template_xlsx, COLUMNS, "Học viên"), imports.XLSX
    headers = {"Content-Disposition": f'attachment; filename="lop-hoc-vien.{format}"', "Cache-Control": "no-cache"}
    return Response(data, 200, headers, media_type)


@router.operation(
    "POST",
    "/imports/classes",
    scopes=WRITE,
    response_model=AttendanceImportReport,
    media_types=("multipart/form-data",),
    problems=(*imports.PROBLEMS, ImportRefused, ImportInProgress),
    body_limit=imports.LIMIT_BYTES + 1_048_576,
    responses={
        207: {"model": AttendanceImportReport, "description": "mode=each: some rows were written, others refused"}
    },
    summary="Import classes with attendances",
)
async def import_classes(
    call: CurrentCall,
    file: UploadFile,
    dry_run: Annotated[bool, Query(description="Run everything and keep nothing")] = True,
    mode: Annotated[
        str, Query(pattern="^(atomic|each)$", description="atomic: all rows or none; each: every row for itself (207)")
    ] = "atomic",
) -> Response:
    """Import a roll from .xlsx or .csv in the template's form, at most 5,000 rows and 20 MB.

    A class is found by its number, a person by identity number, else by name, birth year and organization: sending a
    file again changes nothing. A class that is not there yet is entered as held. All is written in one transaction.
    """
    sent = await imports.read_table(call, file, COLUMNS)
    items = await reading.read(call, sent.table)

    async def effect(tx: Transaction) -> Response:
        if not dry_run and not await tx.fetchval(service.IMPORT_TURN):
            raise ImportInProgress(headers={"Retry-After": "10"})
        done = Run([])
        try:
            async with tx.raw.transaction():
                done = await service.run(tx, call, items)
                if dry_run:
                    raise _Undone
        except _Undone:
            pass
        except asyncpg.UniqueViolationError:
            # Somebody entered one of these persons by hand in the meantime: sent again, the file finds them.
            raise ImportInProgress(headers={"Retry-After": "1"}) from None
        return _answer(call, sent.table, done, dry_run=dry_run, mode=mode)

    # The form was read already, and its boundary differs from one sending to the next: the file is the request.
    return await once(call, effect, content=sent.digest)


def _answer(call: Call, table: imports.Table, done: Run, *, dry_run: bool, mode: str) -> Response:
    """Return the report. Raises ImportRefused where all rows have to be right and are not; that undoes everything."""
    faults = [CellFault(fault, table.cell(o.row, at)) for o in done.outcomes for at, fault in o.errors]
    if faults and mode == "atomic" and not dry_run:
        raise ImportRefused(rows=len(done.outcomes), failed=done.failed, errors=faults)
    counts = Counter("failed" if outcome.errors else outcome.result for outcome in done.outcomes)
    report: dict[str, Any] = {
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
    status = 207 if faults and not dry_run else 200
    return json_reply(report, status)
