"""Following another service's change feed: what this service needs to know of the other's records, kept beside its own.

One background task asks for the events behind a stored cursor, each with its record as it now is, and writes what they
say and the next cursor in one transaction. So nothing is missed, and what comes twice or out of order changes nothing:
a version never gives way to an older one. While the other service is down, work goes on with what is known.

No transaction is open while the other service is asked. Several processes of one service may follow at once: the
cursor decides whose page is written.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from fastapi import FastAPI
from sqlalchemy import Table

from kernel.database.connections import FAILURES, Database, Transaction
from kernel.database.statements import Command, command, statement
from kernel.feed.change_routes import MAX_EVENTS, MAX_WAIT_SECONDS
from kernel.runtime.logging import get_logger
from kernel.values.days import now
from kernel.web.http_client import Refused, Unavailable, Upstream

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
_SLACK_SECONDS = 10.0
ABSENT = "absent"
"""Why a record is gone that a feed which began anew did not name again."""

log = get_logger()

Document = Mapping[str, Any]
After = Callable[[Database], Awaitable[None]]
_KEPT = ("id", "version", "life", "removed_as", "merged_into", "followed_at")


@dataclass(frozen=True)
class Projection:
    """What is kept of one type of record of another service.

    `table` is made with `followed_columns`, its other columns are what `facts` takes out of a representation; they are
    null in a tombstone of a record that was never seen.
    """

    service: str
    record_type: str
    table: Table
    facts: Callable[[Document], dict[str, Any]]
    path: str | None = None
    """Of a feed that is not the service's own."""

    @property
    def feed(self) -> str:
        """Path of the feed that is followed."""
        return self.path or f"/v1/{self.service}/changes"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that hold facts."""
        return tuple(column.name for column in self.table.columns if column.name not in _KEPT)


@dataclass(frozen=True)
class Position:
    """Where a follower stands. `life` counts how often it began anew; versions compare within one life only."""

    cursor: str | None
    life: int
    is_whole: bool
    """Whether all of this life was read once, so that what it did not name is gone."""


class _PositionRow(TypedDict):
    cursor: str | None
    life: int
    is_whole: bool


_BEGIN = command("""
    INSERT INTO followed_feed (feed, area, life, is_whole, known_at) VALUES ($1, $2, 1, false, NULL)
    ON CONFLICT (feed) DO UPDATE SET area = excluded.area, cursor = NULL, life = followed_feed.life + 1, is_whole = false
     WHERE followed_feed.area <> excluded.area""")
_POSITION = statement(_PositionRow, "SELECT cursor, life, is_whole FROM followed_feed WHERE feed = $1")
# Locked until the page is written: of two processes that were answered with the same page one finds it written.
_LOCKED_POSITION = statement(_PositionRow, f"{_POSITION} FOR UPDATE")
_START_OVER = command("""
    UPDATE followed_feed SET cursor = NULL, life = life + 1, is_whole = false
     WHERE feed = $1 AND life = $2 AND cursor IS NOT NULL""")
_MOVE_ON = command("""
    UPDATE followed_feed
       SET cursor = $2, is_whole = is_whole OR $3, known_at = coalesce($4, known_at), succeeded_at = now(), problem = NULL
     WHERE feed = $1""")
_NOTE_PROBLEM = command("UPDATE followed_feed SET problem = $2, failed_at = now() WHERE feed = $1")


async def begin(db: Database, projection: Projection, area: str) -> None:
    """Have a position for the feed; one of another area starts over, as it never saw the rest."""
    await db.execute(_BEGIN, projection.service, area)


async def position(db: Database | Transaction, projection: Projection) -> Position:
    """Return where the follower stands."""
    row = await db.fetchrow(_POSITION, projection.service)
    return Position(None, 0, False) if row is None else Position(row["cursor"], row["life"], row["is_whole"])


@functools.cache
def keep_statement(projection: Projection) -> Command:
    """Return the statement that writes a record as it now is, unless a newer version of it is known."""
    table, facts = projection.table, projection.columns
    types = {column.name: column.type.compile() for column in table.columns}
    columns = ("id", "version", "life", *facts)
    values = ", ".join(f"${n}::{types[name]}" for n, name in enumerate(columns, 1))
    sets = ", ".join(f"{name} = excluded.{name}" for name in ("version", "life", *facts))
    return Command(
        f"INSERT INTO {table.name} AS known ({', '.join(columns)}, followed_at) VALUES ({values}, now()) "  # noqa: S608  names are constants of the code
        f"ON CONFLICT (id) DO UPDATE SET {sets}, removed_as = NULL, merged_into = NULL, followed_at = now() "
        "WHERE (known.life, known.version) < (excluded.life, excluded.version)"
    )


@functools.cache
def tombstone_statement(projection: Projection) -> Command:
    """Return the statement that writes a tombstone; its version is its own, above the last that this follower could see."""
    return Command(
        f"INSERT INTO {projection.table.name} AS known (id, version, life, removed_as, merged_into, followed_at) "  # noqa: S608  names are constants of the code
        "VALUES ($1::uuid, $2, $3, $4, $5::uuid, now()) ON CONFLICT (id) DO UPDATE SET version = excluded.version, "
        "life = excluded.life, removed_as = excluded.removed_as, merged_into = excluded.merged_into, followed_at = now() "
        "WHERE (known.life, known.version) < (excluded.life, excluded.version)"
    )


@functools.cache
def absent_statement(projection: Projection) -> Command:
    """Return the statement that ends what was known of an earlier life and is not named in this one."""
    return Command(
        f"UPDATE {projection.table.name} SET removed_as = $2, life = $1, followed_at = now() "  # noqa: S608  names are constants of the code
        "WHERE life < $1 AND removed_as IS NULL"
    )


def _kept(projection: Projection, document: Document, life: int) -> tuple[Any, ...]:
    facts = projection.facts(document)
    return (document["id"], document["version"], life, *(facts[name] for name in projection.columns))


async def keep(db: Database | Transaction, projection: Projection, document: Document, *, life: int) -> None:
    """Write what one representation says, unless a newer version of it is known."""
    await db.execute(keep_statement(projection), *_kept(projection, document, life))


async def apply(tx: Transaction, projection: Projection, events: Sequence[Document], *, life: int) -> None:
    """Write what `events` say, in any order and any number of times.

    What decides is the version: nothing gives way to an older one, whether a record or a tombstone. A record that came
    back is taken as it now is, also beside the tombstone of before; one that is gone waits for its tombstone.
    """
    present: dict[str, tuple[Any, ...]] = {}
    tombstones: list[tuple[Any, ...]] = []
    for event in events:
        if event["resource_type"] != projection.record_type:
            continue
        document = event["current"]
        if document is not None:
            newest = present.get(document["id"])
            if newest is None or newest[1] < document["version"]:
                present[document["id"]] = _kept(projection, document, life)
        elif event["type"].endswith(".removed"):
            tombstones.append(
                (event["resource_id"], event["resource_version"], life, event["reason"], event["merged_into"])
            )
    # By id, so that two processes at once wait for each other and do not lock crosswise.
    if present:
        await tx.executemany(keep_statement(projection), [present[id_] for id_ in sorted(present)])
    if tombstones:
        by_id = sorted(tombstones, key=lambda values: (values[0], values[1]))
        await tx.executemany(tombstone_statement(projection), by_id)


class Follower:
    """Follows one feed into one projection. `wait_seconds`: how long the other service holds an empty answer back.

    `after`: what is done whenever a page was read, outside the transaction that wrote it; done again where it failed.
    """

    def __init__(
        self,
        db: Database,
        upstream: Upstream,
        projection: Projection,
        *,
        wait_seconds: int = MAX_WAIT_SECONDS,
        after: After | None = None,
    ) -> None:
        self._db, self._upstream, self._projection = db, upstream, projection
        self._wait_seconds, self._after = wait_seconds, after

    async def step(self) -> bool:
        """Ask once, and write what was answered; return whether nothing more is known there for now.

        Raises Unavailable, Refused.
        """
        start = await position(self._db, self._projection)
        params: dict[str, str | int] = {
            "types": self._projection.record_type,
            "include": "resource",
            "limit": MAX_EVENTS,
        }
        if start.cursor is not None:
            params["after"] = start.cursor
            params["wait"] = self._wait_seconds
        try:
            page = await self._upstream.get(self._projection.feed, params, seconds=self._wait_seconds + _SLACK_SECONDS)
        except Refused as refused:
            if refused.status != 410:
                raise
            log.warning("feed.started_over", feed=self._projection.service, life=start.life + 1)
            await self._db.execute(_START_OVER, self._projection.service, start.life)
            return False
        answered_at = now()
        async with self._db.transaction() as tx:
            await self._write(tx, start, page, answered_at)
        if self._after is not None:
            await self._after(self._db)
        return bool(page["at_head"])

    async def _write(self, tx: Transaction, start: Position, page: Document, answered_at: datetime) -> None:
        projection, service = self._projection, self._projection.service
        current = await tx.fetchrow(_LOCKED_POSITION, service)
        if current is None or (current["cursor"], current["life"]) != (start.cursor, start.life):
            return  # Another process wrote this page; what comes after it is asked for next.
        events, at_head = page["items"], page["at_head"]
        await apply(tx, projection, events, life=start.life)
        if at_head and not start.is_whole:
            await tx.execute(absent_statement(projection), start.life, ABSENT)
        known_at = answered_at if at_head else datetime.fromisoformat(events[-1]["occurred_at"]) if events else None
        await tx.execute(_MOVE_ON, service, page["next_cursor"], at_head, known_at)

    async def run(self) -> None:
        """Follow for as long as the task lives; after a failure, again and again with growing pauses."""
        failures = 0
        while True:
            try:
                at_head = await self.step()
            except (Unavailable, Refused) as error:
                failures += 1
                await self._note(str(error), failures)
                retry_after = error.retry_after if isinstance(error, Unavailable) else None
                await asyncio.sleep(pause_seconds(failures, retry_after))
            except (KeyError, TypeError, ValueError) as error:
                failures += 1
                await self._note(f"not understood: {type(error).__name__}", failures)
                await asyncio.sleep(pause_seconds(failures, None))
            except FAILURES as error:
                failures += 1
                log.warning("feed.not_written", feed=self._projection.service, error=type(error).__name__)
                await asyncio.sleep(pause_seconds(failures, None))
            else:
                failures = 0
                if at_head and self._wait_seconds == 0:
                    await asyncio.sleep(FIRST_PAUSE_SECONDS)

    async def _note(self, words: str, failures: int) -> None:
        if failures == 1:
            log.warning("feed.not_reached", feed=self._projection.service, error=words)
        with contextlib.suppress(*FAILURES):
            await self._db.execute(_NOTE_PROBLEM, self._projection.service, words[:300])


def pause_seconds(failures: int, retry_after: float | None) -> float:
    """Return how long to wait after so many failures in a row: doubling up to a limit, at random in the upper half.

    What the other service asked for (`retry_after`) is waited at least, up to the limit.
    """
    growing: float = min(FIRST_PAUSE_SECONDS * 2 ** min(failures - 1, 10), LONGEST_PAUSE_SECONDS)
    return max(growing * random.uniform(0.5, 1.0), min(retry_after or 0.0, LONGEST_PAUSE_SECONDS))


def following(
    projection: Projection,
    upstream_of: Callable[[FastAPI], Upstream | None],
    *,
    wait_seconds: int = MAX_WAIT_SECONDS,
    after: After | None = None,
) -> Callable[[FastAPI], AsyncIterator[None]]:
    """Return the task that follows a feed while the service runs; without an upstream there is nothing to follow.

    `after`: what is done after each page.
    """

    async def task(app: FastAPI) -> AsyncIterator[None]:
        upstream = upstream_of(app)
        if upstream is None:
            yield
            return
        db: Database = app.state.db
        await begin(db, projection, app.state.settings.area)
        running = asyncio.create_task(Follower(db, upstream, projection, wait_seconds=wait_seconds, after=after).run())
        yield
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    return task


class _FeedState(TypedDict):
    feed: str
    cursor: str | None
    succeeded_at: datetime | None
    problem: str | None
    seconds_behind: int | None


_STATE = statement(
    _FeedState,
    """
    SELECT feed, cursor, succeeded_at, problem,
           CASE WHEN known_at > now() THEN 0 ELSE floor(extract(epoch FROM now() - known_at))::int END AS seconds_behind
      FROM followed_feed ORDER BY feed""",
)


async def following_ready(db: Database) -> dict[str, Any]:
    """Return what readiness says of the feeds that are followed: how far behind, and what is in the way.

    Told and not failed on: the service works with what it knows.
    """
    return {"follows": [{**row} for row in await db.fetch(_STATE)]}
