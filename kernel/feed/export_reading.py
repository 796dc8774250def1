"""The two ways in which an export reads its records: as rows, and as lines of JSON that PostgreSQL made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import asyncpg

from kernel.database.traced import name_of
from kernel.feed.export_selection import Selected
from kernel.records.in_sql import COPY_OPTIONS
from kernel.runtime.tracing import statement_span

CHUNK_ROWS, CHUNK_BYTES = 1000, 1 << 17

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def read_rows(
    connection: Connection, selected: Selected, take: Callable[[Sequence[Any]], Awaitable[None]]
) -> None:
    """Give the rows to `take`, chunk by chunk."""
    with statement_span(name_of(selected.rows)):
        reader = await connection.cursor(selected.rows, *selected.row_args)
        while chunk := await reader.fetch(CHUNK_ROWS):
            await take(chunk)


async def read_lines(connection: Connection, selected: Selected, take: Callable[[bytes], Awaitable[None]]) -> None:
    """Give the lines to `take` as they come; while it writes, no more is read."""
    lines = selected.lines
    assert lines is not None

    rows = bytearray()

    async def output(data: bytes) -> None:
        # Whole rows, as each is a message; some hundred at once cost less.
        rows.extend(data)
        if len(rows) >= CHUNK_BYTES:
            await flush()

    async def flush() -> None:
        if rows:
            chunk = lines.of(bytes(rows))
            rows.clear()
            await take(chunk)

    with statement_span(name_of(f"COPY ({lines.statement})")):
        await connection.copy_from_query(lines.statement, *selected.row_args, output=output, **COPY_OPTIONS)
        await flush()
