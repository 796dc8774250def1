"""Reading a record of a plan: one of the caller's area, or of the nation, which is everyone's to read."""

from __future__ import annotations

from typing import Any

from kernel import problems
from kernel.database.statements import Statement
from kernel.records import Resource
from kernel.records.reading import remembered
from kernel.web.auth import NATION
from kernel.web.calls import Call, Guard


def readable(resource: Resource[Any], parameter: str) -> Guard:
    """Return the guard that loads what is the caller's to read; of a history also what was removed."""
    # By the primary key.
    sql: Statement[Any] = Statement(
        resource.row,
        f"{resource.named_select} WHERE id = $1::uuid AND ($2::text IS NULL OR alliance IN ($2, '{NATION}'))",
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
