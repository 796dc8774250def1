"""Imports of facts over HTTP, declared for each type alike: a template, and a file that is sent."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, UploadFile
from pydantic import Field
from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.problems.field_labels import Label
from kernel.values.common_lists import IMPORT_CHOICES, IMPORT_RESULTS
from kernel.web.calls import CurrentCall
from kernel.web.operations import ApiRouter
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
from services.registry.imports.facts import service
from services.registry.imports.facts.declarations import FACT_IMPORTS, FactImport
from services.registry.imports.facts.items import Outcome
from services.registry.scopes import READ, WRITE, registry_router

RESULTS = ("created", "changed", "unchanged", "different", "failed")
OnExisting = Annotated[
    str,
    Query(
        pattern="^(keep|update)$",
        json_schema_extra=listed(IMPORT_CHOICES),
        description="What to do with a fact that is recorded otherwise: keep it and say so, or correct what the row gives",
    ),
]


class FactImportRow(Output):
    """What became of a row."""

    row: int
    result: Annotated[str, Label("Kết quả nhập")] = Field(
        json_schema_extra=listed(IMPORT_RESULTS),
        description="different: it is recorded with other values, and was left as it is",
    )
    record_id: Annotated[str | None, Label("Bản ghi")] = Field(
        json_schema_extra={"format": "uuid"}, description="The fact; null for one not kept"
    )
    organization_id: str | None = Field(json_schema_extra={"format": "uuid"}, description="Null for one not found")
    version: int | None
    differences: list[str] = Field(description="Fields of the row that are recorded otherwise (different, changed)")


class FactImportReport(Output):
    """What an import of facts did, or with `dry_run` would do."""

    dry_run: bool
    mode: str
    on_existing: str
    converted_from: ConvertedFrom
    rows: int
    created: int
    changed: int
    unchanged: int
    different: int
    failed: int
    items: list[FactImportRow]
    errors: list[FaultDocument] = Field(description="Every bad cell, by row and column")


def _router(what: FactImport) -> ApiRouter:
    """Return the template and the import of one type of fact."""
    fact_type = what.fact_type
    path, titles = f"/{fact_type.plural}/imports", fact_type.titles
    router = registry_router("registry-imports")

    async def template(call: CurrentCall, format: TemplateFormat = "xlsx") -> Response:
        return await template_reply(what.columns, format=format, title=what.sheet, name=fact_type.plural)

    async def import_facts(
        call: CurrentCall,
        file: UploadFile,
        dry_run: DryRun = True,
        mode: Mode = "atomic",
        on_existing: OnExisting = "keep",
    ) -> Response:
        sent = await read_table(call, file, what.columns)

        compared: list[str] = []

        async def run(tx: Transaction) -> list[Outcome]:
            outcomes = await service.run(tx, call, what, sent, update=on_existing == "update")
            compared.extend(each.record_id for each in outcomes if each.compares_private and each.record_id is not None)
            return outcomes

        def report(outcomes: list[Outcome]) -> dict[str, Any]:
            common = import_report(outcomes, sent.table, RESULTS, dry_run=dry_run, mode=mode, language=call.language)
            return {**common, "on_existing": on_existing, "items": [_item(outcome, dry_run) for outcome in outcomes]}

        reply = await run_import(
            call, sent, run, report, turn=what.turn, dry_run=dry_run, pepper=fact_type.pepper(call)
        )
        if what.compared is not None and compared:
            await what.compared(call, compared)
        return reply

    template.__name__ = f"read_{fact_type.resource.name}_import_template"
    template.__doc__ = f"Download the template: one row {fact_type.a_title}; its first columns name the organization."
    import_facts.__name__ = f"import_{fact_type.many}"
    import_facts.__doc__ = (
        f"Import {titles} from .xlsx or .csv in the template's form, at most 20,000 rows and 20 MB.\n\n"
        "The organization of a row is that with its code, else its id, else its external id, else its name and commune. What "
        "is recorded already is found again, so that sending a file again changes nothing. Empty cells say nothing."
    )
    options: dict[str, Any] = {"declared": fact_type.declared, "written_by": service.run}
    router.operation(
        "GET",
        f"{path}/template",
        scopes=(*READ, *WRITE),
        summary=f"Download the template of {titles}",
        **TEMPLATE_OPTIONS,
        **options,
    )(template)
    router.operation(
        "POST",
        path,
        scopes=WRITE,
        summary=f"Import {titles} from a workbook",
        **import_options(FactImportReport),
        **options,
    )(import_facts)
    return router


def _item(outcome: Outcome, dry_run: bool) -> dict[str, Any]:
    is_kept = not outcome.errors and not (dry_run and outcome.result in ("created", "changed"))
    return {
        "row": outcome.row,
        "result": "failed" if outcome.errors else outcome.result,
        "record_id": outcome.record_id if is_kept or outcome.result in ("changed", "different") else None,
        "organization_id": outcome.organization_id,
        "version": outcome.version if is_kept else None,
        "differences": outcome.differences,
    }


routers = [_router(what) for what in FACT_IMPORTS]
