"""Killing a service in the middle of a write. Where it is then is no matter of luck: PostgreSQL holds the write at a row that the test names."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Iterable

import asyncpg
import httpx

from tests.faults.service import Service
from tests.support.waiting import come_true

_GATE = 20230510
_HELD = """
    CREATE SEQUENCE rows_written;
    CREATE FUNCTION hold_at_row() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('rows_written') = {row} THEN PERFORM pg_advisory_xact_lock_shared({gate}); END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER hold BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION hold_at_row()"""
_FREE = "DROP FUNCTION hold_at_row() CASCADE; DROP SEQUENCE rows_written"
_WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted"
_BUSY = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""


async def counts_of(look: asyncpg.Connection, tables: Iterable[str]) -> dict[str, int]:
    """Return how many rows each table has."""
    row = await look.fetchrow("SELECT " + ", ".join(f"(SELECT count(*) FROM {name}) AS {name}" for name in tables))
    assert row is not None
    return dict(row)


async def _until(look: asyncpg.Connection, sql: str, *args: object, count: int) -> None:
    async def is_so() -> bool:
        found: int = await look.fetchval(sql, *args)
        return found == count

    await come_true(is_so)


async def killed_at(
    service: Service, look: asyncpg.Connection, table: str, row: int, sent: Awaitable[httpx.Response]
) -> None:
    """Kill the service while PostgreSQL stands at that row of `table`, start it again, and let the row go."""
    await look.execute(_HELD.format(table=table, row=row, gate=_GATE))
    await look.execute("SELECT pg_advisory_lock($1)", _GATE)
    sending = asyncio.ensure_future(sent)
    await _until(look, _WAITING, _GATE, count=1)
    assert not sending.done(), "nobody was told that it is written"
    await asyncio.to_thread(service.kill)
    with contextlib.suppress(httpx.HTTPError):
        await sending
    await look.execute("SELECT pg_advisory_unlock($1)", _GATE)
    await _until(look, _BUSY, count=0)
    await look.execute(_FREE)
    service.start()
    await service.ready()
