"""What the operations of every import share: the template, the query parameters, and the one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, TypeVar

import asyncpg
from fastapi import Query
from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.web.calls import Call
from kernel.web.idempotency import once
from kernel.web.replies import json_reply
from kernel.workbooks import imports

T = TypeVar("T")

TemplateFormat = Annotated[
    str, Query(pattern="^(xlsx|csv)$", description="xlsx (with choices and explanations) or csv")
]
DryRun = Annotated[bool, Query(description="Run everything and keep nothing")]
Mode = Annotated[
    str, Query(pattern="^(atomic|each)$", description="atomic: all rows or none; each: every row for itself (207)")
]

TEMPLATE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in (imports.XLSX, "text/csv")}}
}
IMPORT_PROBLEMS = (*imports.PROBLEMS, imports.ImportRefused, imports.ImportInProgress)
BODY_LIMIT = imports.LIMIT_BYTES + 1_048_576
"""The file, and the form round it."""


def each_responses(report: type[Any]) -> dict[int | str, dict[str, Any]]:
    """Return the further answer of an import whose report is `report`."""
    return {207: {"model": report, "description": "mode=each: some rows were written, others refused"}}


async def template_reply(columns: Sequence[imports.Column], *, format: str, title: str, name: str) -> Response:
    """Return the template as a file `name`; `title` heads the sheet of a workbook."""
    if format == "csv":
        data, media_type = imports.template_csv(columns), "text/csv"
    else:
        data, media_type = await asyncio.to_thread(imports.template_xlsx, columns, title), imports.XLSX
    headers = {"Content-Disposition": f'attachment; filename="{name}.{format}"', "Cache-Control": "no-cache"}
    return Response(data, 200, headers, media_type)


class _Undone(Exception):
    """Takes back what a dry run did."""


async def run_import(
    call: Call,
    sent: imports.Sent,
    run: Callable[[Transaction], Awaitable[T]],
    report: Callable[[T], dict[str, Any]],
    *,
    take_turn: Callable[[Transaction], Awaitable[bool]],
    dry_run: bool,
    collides: bool = False,
    pepper: bytes = b"",
) -> Response:
    """Do what a file says in one transaction, and answer with the report; a dry run is undone.

    `take_turn`: two runs of a file would not see what the other enters. `collides`: somebody may enter one of these by
    hand in the meantime; sent again, the file finds it. `report` raises ImportRefused, which undoes everything.
    """

    async def effect(tx: Transaction) -> Response:
        if not dry_run and not await take_turn(tx):
            raise imports.ImportInProgress(headers={"Retry-After": "10"})
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
            raise imports.ImportInProgress(headers={"Retry-After": "1"}) from None
        document = report(outcome)
        return json_reply(document, 207 if document["errors"] and not dry_run else 200)

    # The form was read already, and its boundary differs from one sending to the next: the file is the request.
    return await once(call, effect, content=sent.digest, pepper=pepper)
