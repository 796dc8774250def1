"""Calls of the last days, as the gateway saw them: kept in batches, read by whoever made them, gone after a week."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import FastAPI

from kernel.database.connections import Database, Transaction
from kernel.database.statements import always, command
from kernel.runtime.logging import get_logger
from services.identity import problems

KEPT_DAYS = 7

# A batch counts only behind the one before it: sent twice it is kept once, and what was left out is seen.
_FIRST = command("INSERT INTO request_source (source, position, dropped) VALUES ($1, '', 0) ON CONFLICT DO NOTHING")
_STANDS_AT = always(str, "SELECT position FROM request_source WHERE source = $1 FOR UPDATE")
_MOVE = command(
    "UPDATE request_source SET position = $2, dropped = dropped + $3, reported_at = now() WHERE source = $1"
)

# Not by ON CONFLICT alone, which takes a number of the sequence for every row that is there.
_KEEP_ROUTES = command("""
    INSERT INTO request_route (service, method, path)
    SELECT DISTINCT given.service, given.method, given.path
      FROM unnest($1::text[], $2::text[], $3::text[]) AS given (service, method, path)
     WHERE given.path IS NOT NULL
       AND NOT EXISTS (SELECT FROM request_route r WHERE r.method = given.method AND r.path = given.path)
        ON CONFLICT DO NOTHING""")
_KEEP = command("""
    INSERT INTO request (subject, at, request_id, route_id, status, milliseconds, problem)
    SELECT given.subject, given.at, given.request_id, route.id, given.status, given.milliseconds, given.problem
      FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::int[], $7::int[], $8::text[])
           AS given (subject, at, request_id, method, path, status, milliseconds, problem)
      LEFT JOIN request_route route ON route.method = given.method AND route.path = given.path""")
# In batches, by the index of instants: no long transaction, which would hold back every feed of the server.
_PURGE = always(
    int,
    """
    WITH gone AS (
        DELETE FROM request WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM request WHERE at < now() - make_interval(days => $1) LIMIT $2))
        RETURNING 1)
    SELECT count(*) FROM gone""",
)
_PURGED_AT_ONCE, _MOST_BATCHES = 5_000, 20
_PURGE_SECONDS = 60
log = get_logger()


@dataclass(frozen=True, slots=True)
class Seen:
    """One call. Route and service are None where no operation has such a path."""

    subject: str
    at: datetime
    request_id: str
    service: str | None
    method: str | None
    path: str | None
    status: int
    milliseconds: int
    problem: str | None


async def keep(
    tx: Transaction, source: str, calls: Sequence[Seen], *, behind: str, position: str, dropped: int
) -> None:
    """Keep the calls that a gateway saw between two positions of its log. Raises ReportedElsewhere."""
    await tx.execute(_FIRST, source)
    stands_at = await tx.fetchval(_STANDS_AT, source)
    if stands_at != behind:
        raise problems.ReportedElsewhere(position=stands_at)
    await tx.execute(_MOVE, source, position, dropped)
    if calls:
        methods, paths = [call.method for call in calls], [call.path for call in calls]
        await tx.execute(_KEEP_ROUTES, [call.service for call in calls], methods, paths)
        await tx.execute(
            _KEEP,
            [call.subject for call in calls],
            [call.at for call in calls],
            [call.request_id for call in calls],
            methods,
            paths,
            [call.status for call in calls],
            [call.milliseconds for call in calls],
            [call.problem for call in calls],
        )


async def purge(db: Database) -> None:
    """Drop calls that are older than a week."""
    for _ in range(_MOST_BATCHES):
        if await db.fetchval(_PURGE, KEPT_DAYS, _PURGED_AT_ONCE) < _PURGED_AT_ONCE:
            return


async def with_purge(app: FastAPI) -> AsyncIterator[None]:
    """Drop what is too old, as long as the service runs."""

    async def keep_purging() -> None:
        while True:
            await asyncio.sleep(_PURGE_SECONDS)
            try:
                await purge(app.state.db)
            except Exception:  # Whatever it was, it is tried again.
                log.exception("requests.not_purged")

    running = asyncio.create_task(keep_purging())
    yield
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
