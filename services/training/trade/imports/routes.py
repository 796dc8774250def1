"""Imports of participations over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, UploadFile
from pydantic import Field
from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.problems.field_labels import Label
from kernel.values.common_lists import IMPORT_CHOICES, IMPORT_RESULTS
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
from services.training.scopes import READ, WRITE, training_router
from services.training.trade.imports import service
from services.training.trade.imports.columns import COLUMNS
from services.training.trade.imports.service import Outcome

router = training_router("training-imports")
RESULTS = ("created", "changed", "unchanged", "different", "failed")
LIMIT_ROWS = 5000


class ParticipationImportRow(Output):
    """What became of a row."""

    row: int
    result: Annotated[str, Label("Kết quả nhập")] = Field(
        json_schema_extra=listed(IMPORT_RESULTS),
        description="different: it is recorded with other values, and was left as it is",
    )
    participation_id: str | None = Field(json_schema_extra=UUID, description="Null for one not kept")
    differences: list[str] = Field(description="Fields of the row that the record has otherwise (different, changed)")


class ParticipationImportReport(Output):
    """What an import of participations did, or with `dry_run` would do."""

    dry_run: bool
    mode: str
    converted_from: ConvertedFrom
    on_existing: str
    rows: int
    created: int
    changed: int
    unchanged: int
    different: int = Field(description="Rows that are recorded otherwise, left as they are")
    failed: int
    items: list[ParticipationImportRow]
    errors: list[FaultDocument] = Field(description="Every bad cell, by row and column")


@router.operation(
    "GET",
    "/imports/participations/template",
    scopes=(*READ, *WRITE),
    **TEMPLATE_OPTIONS,
    summary="Download the participation import template",
)
async def read_participation_import_template(
    call: CurrentCall,
    format: TemplateFormat = "xlsx",
) -> Response:
    """Download the template: one row an organization at an event, headings in Vietnamese, required columns marked."""
    return await template_reply(COLUMNS, format=format, title="Tham gia", name="tham-gia")


@router.operation(
    "POST",
    "/imports/participations",
    scopes=WRITE,
    **import_options(ParticipationImportReport),
    summary="Import participations",
    written_by=service.run,
)
async def import_participations(
    call: CurrentCall,
    file: UploadFile,
    dry_run: DryRun = True,
    mode: Mode = "atomic",
    on_existing: Annotated[
        str,
        Query(
            pattern="^(keep|update)$",
            json_schema_extra=listed(IMPORT_CHOICES),
            description="What to do with a participation that has other values: keep "
            "it and say so, or correct what the row gives",
        ),
    ] = "keep",
) -> Response:
    """Import participations from .xlsx or .csv in the template's form, at most 5,000 rows and 20 MB.

    An event is found by its name and first day and has to be there; an organization takes part once in it, so sending a
    file again changes nothing. Empty cells say nothing. All is written in one transaction.
    """
    sent = await read_table(call, file, COLUMNS, limit_rows=LIMIT_ROWS)
    items = await service.read(call, sent)

    async def run(tx: Transaction) -> list[Outcome]:
        return await service.run(tx, call, items, update=on_existing == "update")

    def report(outcomes: list[Outcome]) -> dict[str, Any]:
        return {
            **import_report(outcomes, sent.table, RESULTS, dry_run=dry_run, mode=mode, language=call.language),
            "on_existing": on_existing,
            "items": [_item(outcome, dry_run) for outcome in outcomes],
        }

    return await run_import(call, sent, run, report, turn=service.IMPORT_TURN, dry_run=dry_run, collides=True)


def _item(outcome: Outcome, dry_run: bool) -> dict[str, Any]:
    is_kept = not outcome.errors and not (dry_run and outcome.result == "created")
    return {
        "row": outcome.row,
        "result": "failed" if outcome.errors else outcome.result,
        "participation_id": outcome.participation_id if is_kept else None,
        "differences": outcome.differences,
    }
