"""Imports of organizations over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, UploadFile
from pydantic import Field
from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.problems.field_labels import Label
from kernel.values.common_lists import IMPORT_CHOICES, IMPORT_RESULTS
from kernel.web.calls import CurrentCall
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
from kernel.workbooks.table import CellFault, Table, read_table
from services.registry.imports import queries, service
from services.registry.imports.columns import COLUMNS
from services.registry.imports.service import Outcome
from services.registry.scopes import READ, WRITE, registry_router

router = registry_router("registry-imports")
RESULTS = ("created", "changed", "unchanged", "different", "failed")


class ImportRow(Output):
    """What became of a row."""

    row: int
    result: Annotated[str, Label("Kết quả nhập")] = Field(
        json_schema_extra=listed(IMPORT_RESULTS),
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
    converted_from: ConvertedFrom
    on_existing: str
    rows: int
    created: int
    changed: int
    unchanged: int
    different: int
    failed: int
    items: list[ImportRow]
    errors: list[FaultDocument] = Field(description="Every bad cell, by row and column")


@router.operation(
    "GET",
    "/imports/template",
    scopes=(*READ, *WRITE),
    **TEMPLATE_OPTIONS,
    summary="Download the import template",
)
async def read_import_template(
    call: CurrentCall,
    format: TemplateFormat = "xlsx",
) -> Response:
    """Download the template: one row an organization, headings in Vietnamese, required columns marked."""
    return await template_reply(COLUMNS, format=format, title="Tổ chức", name="to-chuc")


@router.operation(
    "POST",
    "/imports",
    scopes=WRITE,
    **import_options(ImportReport),
    summary="Import organizations from a workbook",
    written_by=service.run,
)
async def import_organizations(
    call: CurrentCall,
    file: UploadFile,
    dry_run: DryRun = True,
    mode: Mode = "atomic",
    on_existing: Annotated[
        str,
        Query(
            pattern="^(keep|update)$",
            json_schema_extra=listed(IMPORT_CHOICES),
            description="What to do with an organization that has other values: keep "
            "it and say so, or update what the row gives",
        ),
    ] = "keep",
) -> Response:
    """Import organizations from .xlsx or .csv in the template's form, at most 20,000 rows and 20 MB.

    The headings are found under titles and blank rows; text in TCVN3 and VNI is converted. A row is about the organization
    with its code, else its external id, else its name and commune (by code or by name): sending a file again changes nothing. Empty cells say nothing. Seat, type and status of one that exists are changed by facts only.
    """
    sent = await read_table(call, file, COLUMNS)

    async def run(tx: Transaction) -> list[Outcome]:
        return await service.run(tx, sent, by=call.caller, update=on_existing == "update")

    def report(outcomes: list[Outcome]) -> dict[str, Any]:
        return {
            **import_report(outcomes, sent.table, RESULTS, dry_run=dry_run, mode=mode, language=call.language),
            "on_existing": on_existing,
            "items": [_item(outcome, dry_run, sent.table, call.language) for outcome in outcomes],
        }

    return await run_import(call, sent, run, report, turn=queries.TAKE_TURN, dry_run=dry_run)


def _item(outcome: Outcome, dry_run: bool, table: Table, language: str) -> dict[str, Any]:
    kept = not (dry_run and outcome.result in ("created", "changed"))
    return {
        "row": outcome.row,
        "result": outcome.result,
        "organization_id": outcome.organization_id if kept or outcome.result == "changed" else None,
        "version": outcome.version if kept else None,
        "differences": outcome.differences,
        "warnings": [
            CellFault(fault, table.cell(outcome.row, at)).document(language) for at, fault in outcome.warnings
        ],
    }
