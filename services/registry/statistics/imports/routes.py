"""Imports of figures over HTTP: a template that comes filled, and its way back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, UploadFile
from pydantic import AfterValidator, Field
from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid
from kernel.problems.field_labels import Label
from kernel.values.common_lists import IMPORT_CHOICES, IMPORT_RESULTS
from kernel.values.money import number_shown
from kernel.values.periods import days_of
from kernel.web.calls import CurrentCall
from kernel.web.field_types import PROVINCE_PATTERN, UUID, check_province
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
from services.registry.organizations.records import seat
from services.registry.scopes import READ, WRITE, registry_router
from services.registry.statistics.imports import queries, service
from services.registry.statistics.imports.columns import COLUMNS, cells_of
from services.registry.statistics.imports.service import Outcome
from services.registry.statistics.schemas import EndedPeriod

router = registry_router("registry-imports")
RESULTS = ("created", "changed", "unchanged", "different", "failed")


class StatisticImportRow(Output):
    """What became of a row."""

    row: int
    result: Annotated[str, Label("Kết quả nhập")] = Field(
        json_schema_extra=listed(IMPORT_RESULTS),
        description="different: the period has other figures, which were left as they are",
    )
    organization_statistic_id: str | None = Field(json_schema_extra=UUID, description="Null for one not kept")
    version: int | None
    differences: list[str] = Field(description="Fields of the row that the record has otherwise (different, changed)")
    warnings: list[FaultDocument] = Field(description="What is worth a look in a row that was accepted")


class StatisticImportReport(Output):
    """What an import of figures did, or with `dry_run` would do."""

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
    items: list[StatisticImportRow]
    errors: list[FaultDocument] = Field(description="Every bad cell, by row and column")


@router.operation(
    "GET",
    "/organization-statistics/imports/template",
    scopes=(*READ, *WRITE),
    **TEMPLATE_OPTIONS,
    summary="Download the statistics template, filled",
)
async def read_organization_statistic_import_template(
    call: CurrentCall,
    period: Annotated[EndedPeriod, Query(description="Code of the period, which has ended: 2023, 2023-H1, S2023.")],
    province: Annotated[
        str | None,
        Query(
            pattern=PROVINCE_PATTERN,
            description="Province on either map; default: the caller's whole area",
            max_length=7,
        ),
        AfterValidator(lambda value: None if value is None else check_province(value)),
    ] = None,
    format: TemplateFormat = "xlsx",
) -> Response:
    """Download the template: one row a cooperative, union or group that stood on the period's last day.

    It comes with the figures of the period, or else the last ones of a period as long, whose source is left empty: such a row,
    sent back as it is, says nothing. Whoever has gone over a row gives the source.
    """
    rows = await queries.template_rows(call.db, days_of(period), province, call.caller)
    if len(rows) > queries.MOST_ROWS:
        words = (
            f"Nhiều hơn {number_shown(queries.MOST_ROWS, 'vi')} đơn vị; hãy chọn một tỉnh.",
            f"More than {number_shown(queries.MOST_ROWS, 'en')} organizations; choose a province.",
        )
        raise Invalid(FieldError("too_many", words, parameter="province"))
    filled = [cells_of(row, period, days_of(period), seat(row)["commune_name"]) for row in rows]
    return await template_reply(COLUMNS, format=format, title="Số liệu", name=f"so-lieu-{period.lower()}", rows=filled)


@router.operation(
    "POST",
    "/organization-statistics/imports",
    scopes=WRITE,
    **import_options(StatisticImportReport),
    summary="Import organization statistics",
    written_by=service.run,
)
async def import_organization_statistics(
    call: CurrentCall,
    file: UploadFile,
    dry_run: DryRun = True,
    mode: Mode = "atomic",
    on_existing: Annotated[
        str,
        Query(
            pattern="^(keep|update)$",
            json_schema_extra=listed(IMPORT_CHOICES),
            description="What to do with a period that has other figures: keep them and say so, or correct what the row gives",
        ),
    ] = "keep",
) -> Response:
    """Import figures from .xlsx or .csv in the template's form, at most 19,999 rows and 20 MB.

    A row is of its organization and period, so sending a file again changes nothing. Empty cells say nothing. A row without a
    source that shows the last figures as the template gave them says nothing either. History names file and row.
    """
    sent = await read_table(call, file, COLUMNS, limit_rows=queries.MOST_ROWS)

    async def run(tx: Transaction) -> list[Outcome]:
        return await service.run(tx, call, sent.table, file_name=sent.name, update=on_existing == "update")

    def report(outcomes: list[Outcome]) -> dict[str, Any]:
        return {
            **import_report(outcomes, sent.table, RESULTS, dry_run=dry_run, mode=mode, language=call.language),
            "on_existing": on_existing,
            "items": [_item(outcome, dry_run, sent.table, call.language) for outcome in outcomes],
        }

    return await run_import(call, sent, run, report, turn=queries.TAKE_TURN, dry_run=dry_run)


def _item(outcome: Outcome, dry_run: bool, table: Table, language: str) -> dict[str, Any]:
    result = "failed" if outcome.errors else outcome.result
    is_kept = not outcome.errors and not (dry_run and result == "created")
    return {
        "row": outcome.row,
        "result": result,
        "organization_statistic_id": outcome.organization_statistic_id if is_kept else None,
        "version": outcome.version if is_kept and not (dry_run and result == "changed") else None,
        "differences": outcome.differences,
        "warnings": [
            CellFault(fault, table.cell(outcome.row, at)).document(language) for at, fault in outcome.warnings
        ],
    }
