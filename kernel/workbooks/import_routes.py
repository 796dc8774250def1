"""What the operations of every import share: the template, the query parameters, and the one transaction."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Protocol, TypeVar

import asyncpg
from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.database.statements import Always
from kernel.problems import FieldError
from kernel.values.common_lists import LEGACY_FONTS
from kernel.web.calls import Call
from kernel.web.idempotency import once
from kernel.web.replies import json_reply
from kernel.web.schemas import listed
from kernel.workbooks.columns import Column
from kernel.workbooks.limits import LIMIT_BYTES
from kernel.workbooks.problems import PROBLEMS, ImportInProgress, ImportRefused
from kernel.workbooks.table import CellFault, Sent, Table
from kernel.workbooks.templates import XLSX, Filled, template_csv, template_xlsx

T = TypeVar("T")

ConvertedFrom = Annotated[
    str | None,
    Field(
        json_schema_extra=listed(LEGACY_FONTS),
        description="Encoding of before Unicode in which text of the file was typed, and from which it was converted; null: none",
    ),
]
"""The field of every report that says whether text was converted."""

TemplateFormat = Annotated[
    str, Query(pattern="^(xlsx|csv)$", description="xlsx (with choices and explanations) or csv")
]
DryRun = Annotated[bool, Query(description="Run everything and keep nothing")]
Mode = Annotated[
    str, Query(pattern="^(atomic|each)$", description="atomic: all rows or none; each: every row for itself (207)")
]

TEMPLATE_OPTIONS: dict[str, Any] = {
    "response_class": Response,
    "responses": {
        200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in (XLSX, "text/csv")}}
    },
}
"""What the declarations of all templates have in common."""
_BODY_LIMIT = LIMIT_BYTES + 1_048_576
"""The file, and the form round it."""


def import_options(report: type[Any]) -> dict[str, Any]:
    """Return what the declarations of all imports have in common; `report` is what each answers."""
    return {
        "response_model": report,
        "media_types": ("multipart/form-data",),
        "problems": (*PROBLEMS, ImportRefused, ImportInProgress),
        "body_limit": _BODY_LIMIT,
        "responses": {207: {"model": report, "description": "mode=each: some rows were written, others refused"}},
    }


async def template_reply(
    columns: Sequence[Column], *, format: str, title: str, name: str, rows: Filled = ()
) -> Response:
    """Return the template as a file `name`, with the `rows` that stand in it; `title` heads the sheet of a workbook."""
    if format == "csv":
        data, media_type = await asyncio.to_thread(template_csv, columns, rows), "text/csv"
    else:
        data, media_type = await asyncio.to_thread(template_xlsx, columns, title, rows), XLSX
    headers = {"Content-Disposition": f'attachment; filename="{name}.{format}"', "Cache-Control": "no-cache"}
    return Response(data, 200, headers, media_type)


class RowOutcome(Protocol):
    """What became of one row of a file, as each import says it."""

    row: int
    result: str
    errors: list[tuple[str | None, FieldError]]


def import_report(
    outcomes: Sequence[RowOutcome],
    table: Table,
    results: Sequence[str],
    *,
    dry_run: bool,
    mode: str,
    language: str,
) -> dict[str, Any]:
    """Return what the reports of all imports have in common: how many rows came to each of `results`, and every bad cell.

    Raises ImportRefused where all rows have to be right and are not; that undoes everything.
    """
    errors = [CellFault(error, table.cell(each.row, field)) for each in outcomes for field, error in each.errors]
    counts = Counter("failed" if each.errors else each.result for each in outcomes)
    if errors and mode == "atomic" and not dry_run:
        raise ImportRefused(rows=len(outcomes), failed=counts["failed"], errors=errors)
    return {
        "dry_run": dry_run,
        "mode": mode,
        "converted_from": table.converted_from,
        "rows": len(outcomes),
        **{result: counts[result] for result in results},
        "errors": [error.document(language) for error in errors],
    }


class _Undone(Exception):
    """Takes back what a dry run did."""


async def run_import(
    call: Call,
    sent: Sent,
    run: Callable[[Transaction], Awaitable[T]],
    report: Callable[[T], dict[str, Any]],
    *,
    turn: Always[bool],
    dry_run: bool,
    collides: bool = False,
    pepper: bytes = b"",
) -> Response:
    """Do what a file says in one transaction, and answer with the report; a dry run is undone.

    `turn` takes the lock of this import: two runs of a file would not see what the other enters. `collides`: somebody may
    enter one of these by hand in the meantime; sent again, the file finds it. `report` raises ImportRefused, which undoes
    everything.
    """

    async def effect(tx: Transaction) -> Response:
        if not dry_run and not await tx.fetchval(turn):
            raise ImportInProgress(headers={"Retry-After": "10"})
        try:
            async with tx.raw.transaction():
                outcome = await run(tx)
                if dry_run:
                    raise _Undone
        except _Undone:
            pass
        except asyncpg.UniqueViolationError:
            if not collides:
                raise
            raise ImportInProgress(headers={"Retry-After": "1"}) from None
        document = report(outcome)
        return json_reply(document, 207 if document["errors"] and not dry_run else 200)

    # The form was read already, and its boundary differs from one sending to the next: the file is the request.
    return await once(call, effect, content=sent.digest, pepper=pepper)
