"""Imports of organizations over HTTP."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Annotated, Any

from fastapi import Query, UploadFile
from pydantic import Field
from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.problems.field_labels import Label
from kernel.web.idempotency import once
from kernel.web.operations import CurrentCall
from kernel.web.replies import json_reply
from kernel.web.schemas import FaultDocument, Output
from kernel.workbooks import imports
from services.registry.imports import queries, service
from services.registry.imports.columns import COLUMNS
from services.registry.imports.service import Outcome
from services.registry.scopes import READ, WRITE, registry_router

router = registry_router("imports")
RESULTS = ("created", "changed", "unchanged", "different", "failed")


class ImportRow(Output):
    """What became of a row."""

    row: int
    result: Annotated[str, Label("Kết quả nhập")] = Field(
        json_schema_extra={"x-extensible-enum": list(RESULTS)},
        description="different: it is in the registry with other values, and was left as it is",
    )
    organization_id: str | None = Field(json_schema_extra={"format": "uuid"}, description="Null for one not kept")
    version: int | None
    differences: list[str] = Field(description="Fields of the row that the registry has otherwise (different, changed)")
    warnings: list[FaultDocument] = Field(description="What is worth a look in a row that was accepted")


class ImportReport(Output):
    """What an import did, or with `dry_run` would do."""

    dry_run: bool
    mode: str
    on_existing: str
    rows: int
    created: int
    changed: int
    unchanged: int
    different: int
    failed: int
    items: list[ImportRow]
    errors: list[FaultDocument] = Field(description="Every bad cell, by row and column")


class _Undone(Exception):
    """Takes back what a dry run did."""


@router.operation(
    "GET",
    "/imports/template",
    scopes=(*READ, *WRITE),
    response_class=Response,
    responses={
        200: {
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in (imports.XLSX, "text/csv")}
        }
    },
    summary="Download the import template",
)
async def read_import_template(
    call: CurrentCall,
    format: Annotated[
        str, Query(pattern="^(xlsx|csv)$", description="xlsx (with choices and explanations) or csv")
    ] = "xlsx",
) -> Response:
    """Download the template: one row an organization, headings in Vietnamese, required columns marked."""
    if format == "csv":
        data, media_type = imports.template_csv(COLUMNS), "text/csv"
    else:
        data, media_type = await asyncio.to_thread(imports.template_xlsx, COLUMNS, "Tổ chức"), imports.XLSX
    headers = {"Content-Disposition": f'attachment; filename="to-chuc.{format}"', "Cache-Control": "no-cache"}
    return Response(data, 200, headers, media_type)


@router.operation(
    "POST",
    "/imports",
    scopes=WRITE,
    response_model=ImportReport,
    media_types=("multipart/form-data",),
    problems=(*imports.PROBLEMS, imports.ImportRefused, imports.ImportInProgress),
    body_limit=imports.LIMIT_BYTES + 1_048_576,
    responses={207: {"model": ImportReport, "description": "mode=each: some rows were written, others refused"}},
    summary="Import organizations from a workbook",
)
async def import_organizations(
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
            description="What to do with an organization that has other values: keep "
            "it and say so, or update what the row gives",
        ),
    ] = "keep",
) -> Response:
    """Import organizations from .xlsx or .csv in the template's form, at most 5,000 rows and 20 MB.

    A row is about the organization with its code, else its external id, else its name and commune: sending a file
    again changes nothing. Empty cells say nothing. Seat, type and status of one that exists are changed by facts only.
    """
    sent = await imports.read_table(call, file, COLUMNS)

    async def effect(tx: Transaction) -> Response:
        if not dry_run and not await queries.take_turn(tx):
            raise imports.ImportInProgress(headers={"Retry-After": "10"})
        outcomes: list[Outcome] = []
        try:
            async with tx.raw.transaction():
                outcomes = await service.run(tx, sent.table, by=call.caller, update=on_existing == "update")
                if dry_run:
                    raise _Undone
        except _Undone:
            pass
        counts = Counter(outcome.result for outcome in outcomes)
        faults = [
            imports.CellFault(fault, sent.table.cell(outcome.row, at))
            for outcome in outcomes
            for at, fault in outcome.faults
        ]
        if faults and mode == "atomic" and not dry_run:
            raise imports.ImportRefused(rows=len(outcomes), failed=counts["failed"], errors=faults)
        report = {
            "dry_run": dry_run,
            "mode": mode,
            "on_existing": on_existing,
            "rows": len(outcomes),
            **{result: counts[result] for result in RESULTS},
            "items": [_item(outcome, dry_run, sent.table, call.language) for outcome in outcomes],
            "errors": [fault.document(call.language) for fault in faults],
        }
        status = 207 if faults and not dry_run else 200
        return json_reply(report, status)

    # The form was read already, and its boundary differs from one sending to the next: the file is the request.
    return await once(call, effect, content=sent.digest)


def _item(outcome: Outcome, dry_run: bool, table: imports.Table, language: str) -> dict[str, Any]:
    kept = not (dry_run and outcome.result in ("created", "changed"))
    return {
        "row": outcome.row,
        "result": outcome.result,
        "organization_id": outcome.organization_id if kept or outcome.result == "changed" else None,
        "version": outcome.version if kept else None,
        "differences": outcome.differences,
        "warnings": [
            imports.CellFault(fault, table.cell(outcome.row, at)).document(language) for at, fault in outcome.warnings
        ],
    }
