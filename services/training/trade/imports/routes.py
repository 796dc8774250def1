"""Imports of participations over HTTP."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Annotated

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
from services.training.scopes import READ, WRITE, training_router
from services.training.trade.imports import service
from services.training.trade.imports.columns import COLUMNS
from services.training.trade.imports.service import Outcome

router = training_router("imports")
RESULTS = ("created", "changed", "unchanged", "different", "failed")


class ParticipationImportRow(Output):
    """What became of a row."""

    row: int
    result: Annotated[str, Label("Kết quả nhập")] = Field(
        json_schema_extra={"x-extensible-enum": list(RESULTS)},
        description="different: it is recorded with other values, and was left as it is",
    )
    participation_id: str | None = Field(json_schema_extra=UUID, description="Null for one not kept")
    differences: list[str] = Field(description="Fields of the row that the record has otherwise (different, changed)")


class ParticipationImportReport(Output):
    """What an import of participations did, or with `dry_run` would do."""

    dry_run: bool
    mode: str
    on_existing: str
    rows: int
    created: int
    changed: int
    unchanged: int
    different: int = Field(description="Rows that are recorded otherwise, left as they are")
    failed: int
    items: list[ParticipationImportRow]
    errors: list[FaultDocument] = Field(description="Every bad cell, by row and column")


class _Undone(Exception):
    """Takes back what a dry run did."""


@router.operation(
    "GET",
    "/imports/participations/template",
    scopes=(*READ, *WRITE),
    response_class=Response,
    responses={
        200: {
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in (imports.XLSX, "text/csv")}
        }
    },
    summary="Download the participation import template",
)
async def read_participation_import_template(
    call: CurrentCall,
    format: Annotated[
        str, Query(pattern="^(xlsx|csv)$", description="xlsx (with choices and explanations) or csv")
    ] = "xlsx",
) -> Response:
    """Download the template: one row an organization at an event, headings in Vietnamese, required columns marked."""
    if format == "csv":
        data, media_type = imports.template_csv(COLUMNS), "text/csv"
    else:
        data, media_type = await asyncio.to_thread(imports.template_xlsx, COLUMNS, "Tham gia"), imports.XLSX
    headers = {"Content-Disposition": f'attachment; filename="tham-gia.{format}"', "Cache-Control": "no-cache"}
    return Response(data, 200, headers, media_type)


@router.operation(
    "POST",
    "/imports/participations",
    scopes=WRITE,
    response_model=ParticipationImportReport,
    media_types=("multipart/form-data",),
    problems=(*imports.PROBLEMS, ImportRefused, ImportInProgress),
    body_limit=imports.LIMIT_BYTES + 1_048_576,
    responses={
        207: {"model": ParticipationImportReport, "description": "mode=each: some rows were written, others refused"}
    },
    summary="Import participations",
    written_by=service.run,
)
async def import_participations(
    call: CurrentCall,
    file: UploadFile,
    dry_run: Annotated[bool, Query(description="Run everything and keep nothing")] = True,
    mode: Annotated[
        str, Query(pattern="^(atomic|each)$", description="atomic: all rows or none; each: every row for itself (207)")
    ] = "atomic",
    on_existing: Annotated[
        str,
        Query(
            pattern="^(keep|update)$",
            description="What to do with a participation that has other values: keep "
            "it and say so, or correct what the row gives",
        ),
    ] = "keep",
) -> Response:
    """Import participations from .xlsx or .csv in the template's form, at most 5,000 rows and 20 MB.

    An event is found by its name and first day and has to be there; an organization takes part once in it, so sending a
    file again changes nothing. Empty cells say nothing. All is written in one transaction.
    """
    sent = await imports.read_table(call, file, COLUMNS)
    items = await service.read(call, sent.table)

    async def effect(tx: Transaction) -> Response:
        if not dry_run and not await tx.fetchval(service.IMPORT_TURN):
            raise ImportInProgress(headers={"Retry-After": "10"})
        outcomes: list[Outcome] = []
        try:
            async with tx.raw.transaction():
                outcomes = await service.run(tx, call, items, update=on_existing == "update")
                if dry_run:
                    raise _Undone
        except _Undone:
            pass
        except asyncpg.UniqueViolationError:
            # Somebody entered one of these by hand in the meantime: sent again, the file finds it.
            raise ImportInProgress(headers={"Retry-After": "1"}) from None
        return _answer(call, sent.table, outcomes, dry_run=dry_run, mode=mode, on_existing=on_existing)

    # The form was read already, and its boundary differs from one sending to the next: the file is the request.
    return await once(call, effect, content=sent.digest)


def _answer(
    call: Call, table: imports.Table, outcomes: list[Outcome], *, dry_run: bool, mode: str, on_existing: str
) -> Response:
    """Return the report. Raises ImportRefused where all rows have to be right and are not; that undoes everything."""
    faults = [CellFault(fault, table.cell(o.row, at)) for o in outcomes for at, fault in o.errors]
    counts = Counter("failed" if outcome.errors else outcome.result for outcome in outcomes)
    if faults and mode == "atomic" and not dry_run:
        raise ImportRefused(rows=len(outcomes), failed=counts["failed"], errors=faults)
    report = {
        "dry_run": dry_run,
        "mode": mode,
        "on_existing": on_existing,
        "rows": len(outcomes),
        **{result: counts[result] for result in RESULTS},
        "items": [
            {
                "row": o.row,
                "result": "failed" if o.errors else o.result,
                "participation_id": None if o.errors or (dry_run and o.result == "created") else o.participation_id,
                "differences": o.differences,
            }
            for o in outcomes
        ],
        "errors": [fault.document(call.language) for fault in faults],
    }
    status = 207 if faults and not dry_run else 200
    return json_reply(report, status)
