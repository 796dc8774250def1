"""The pool: what a cancelled call leaves behind does not fall on whoever comes next."""

from __future__ import annotations

import asyncio

import pytest

from kernel.database.connections import Database
from tests.support.databases import Databases

LIMIT_SECONDS = 0.2


async def test_a_call_that_was_cancelled_leaves_no_clock_running_for_the_next(databases: Databases) -> None:
    """The server's time limit of a statement begins with its preparation, and ends with what follows it."""
    async with databases.clone("funds") as url:
        database = Database(url, size=1, statement_timeout=f"{int(LIMIT_SECONDS * 1000)}ms")
        await database.open()
        try:
            with pytest.raises(asyncio.CancelledError):
                await _cancelled_between(database)
            await asyncio.sleep(2 * LIMIT_SECONDS)
            assert await database.fetchval("SELECT 7") == 7
        finally:
            await database.close()


async def _cancelled_between(database: Database) -> None:
    """Prepare a statement, and be cancelled before it is executed."""
    async with database.connection() as connection:
        await connection.prepared("SELECT 1")
        raise asyncio.CancelledError
