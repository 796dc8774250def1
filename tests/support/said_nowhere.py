"""Looking through a whole database for what it should say of nobody any more: every column of every row of every table."""

from __future__ import annotations

import asyncpg

from kernel.values.text import name_folded

_FORGETS_BY_ITSELF = ("idempotency_key",)
"""Answers that are kept for two days, whatever they say."""

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL ($1::text[])"
# A row as jsonb: columns of text and jsonb stand there as they are, bytes in hexadecimal digits.
_SAYING = """
    SELECT DISTINCT c.key FROM "{table}" r, jsonb_each_text(to_jsonb(r)) c, unnest($1::text[]) word
     WHERE strpos(lower(c.value), word) > 0"""


async def said_in(url: str, *words: str) -> set[str]:
    """Return the columns, as `table.column`, in which a row holds one of `words`: in any case, without marks, or as bytes."""
    sought = {form for word in words for form in (word.lower(), name_folded(word), word.encode().hex()) if form}
    connection = await asyncpg.connect(url)
    try:
        tables = [row[0] for row in await connection.fetch(_TABLES, list(_FORGETS_BY_ITSELF))]
        return {
            f"{table}.{row[0]}"
            for table in tables
            for row in await connection.fetch(_SAYING.format(table=table), sorted(sought))
        }
    finally:
        await connection.close()


async def said_nowhere(url: str, *words: str) -> None:
    """Fail unless no row of the database holds any of `words`. That it did before is for the test to see, by `said_in`."""
    assert await said_in(url, *words) == set()
