"""Reading a record of a plan: one of the caller's area, or of the nation, which is everyone's once a version has it."""

from __future__ import annotations

from typing import Any, Final

from kernel import problems
from kernel.database.statements import Statement
from kernel.records import Resource
from kernel.records.reading import remembered
from kernel.web.auth import everyones
from kernel.web.calls import Call, Guard

IN_PREPARATION: Final = "in_preparation"
"""The column of what the nation prepares: no approved version of its plan has had it yet."""


def readable(resource: Resource[Any], parameter: str) -> Guard:
    """Return the guard that loads what is the caller's to read; of a history also what was removed."""
    # By the primary key.
    sql: Statement[Any] = Statement(
        resource.row,
        f"{resource.named_select} WHERE id = $1::uuid "
        f"AND ($2::text IS NULL OR alliance = $2 OR {everyones(IN_PREPARATION)})",
    )
    removed = remembered(resource, parameter)

    async def guard(call: Call, path: dict[str, str]) -> None:
        call.record = await call.db.fetchrow(sql, path[parameter], call.caller.alliance)
        if call.record is not None:
            return
        if not call.request.scope["path"].endswith("/history"):
            raise problems.NotFound()
        await removed(call, path)

    return guard
