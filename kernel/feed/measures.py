"""What is asked of a service's database for its metrics, every few seconds and never by a scrape itself.

A scrape gives what was found last; while the database does not answer, nothing old is given for new.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict

from kernel.database.connections import Database
from kernel.database.statements import statement
from kernel.feed.following import following_ready
from kernel.runtime.logging import get_logger
from kernel.runtime.metrics import Metrics, Sample, disk_of
from kernel.runtime.metrics_server import served
from kernel.runtime.settings import ServiceSettings

log = get_logger()
EVERY_SECONDS = 10.0
_ANSWER_SECONDS = 10.0


@dataclass(frozen=True)
class Measure:
    """What is asked of the database, and how many seconds apart."""

    read: Callable[[Database], Awaitable[list[Sample]]]
    every: float = EVERY_SECONDS


class _Server(TypedDict):
    connections: int
    most: int
    oldest: float


_SERVER = statement(
    _Server,
    """
    SELECT (SELECT coalesce(sum(numbackends), 0)::int FROM pg_stat_database) AS connections,
           current_setting('max_connections')::int AS most,
           (SELECT coalesce(extract(epoch FROM max(now() - xact_start)), 0)::float8
              FROM pg_stat_activity
             WHERE usename = current_user AND state <> 'idle' AND pid <> pg_backend_pid()) AS oldest""",
)


async def _server(db: Database) -> list[Sample]:
    row = await db.fetchrow(_SERVER)
    assert row is not None
    return [
        Sample("vca_database_connections", row["connections"]),
        Sample("vca_database_connections_limit", row["most"]),
        Sample("vca_oldest_transaction_seconds", row["oldest"]),
    ]


class _Feed(TypedDict):
    head: int
    held: int
    unsafe: bool


# Along the primary key from its end: what is held back is little, and most often nothing.
_FEED = statement(
    _Feed,
    """
    WITH here AS MATERIALIZED (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin)
    SELECT coalesce((SELECT c.xid::text::bigint FROM change c WHERE c.xid < here.xmin
                      ORDER BY c.xid DESC, c.seq DESC LIMIT 1), 0) AS head,
           (SELECT count(*) FROM (SELECT FROM change c WHERE c.xid >= here.xmin LIMIT 100000) held) AS held,
           EXISTS (SELECT FROM change c WHERE c.xid >= pg_snapshot_xmax(pg_current_snapshot())) AS unsafe
      FROM here""",
)


async def _feed(db: Database) -> list[Sample]:
    row = await db.fetchrow(_FEED)
    assert row is not None
    return [
        Sample("vca_feed_head", row["head"]),
        Sample("vca_feed_held_rows", row["held"]),
        Sample("vca_feed_unsafe", row["unsafe"]),
    ]


async def _followed(db: Database) -> list[Sample]:
    samples = []
    for feed in (await following_ready(db))["follows"]:
        of = {"feed": feed["feed"]}
        samples.append(Sample("vca_follower_problem", feed["problem"] is not None, of))
        if feed["seconds_behind"] is not None:
            samples.append(Sample("vca_follower_behind_seconds", feed["seconds_behind"], of))
    return samples


class _Jobs(TypedDict):
    queued: int
    running: int
    failed: int
    waited: float


_JOBS = statement(
    _Jobs,
    """
    SELECT count(*) FILTER (WHERE state = 'queued') AS queued, count(*) FILTER (WHERE state = 'running') AS running,
           (SELECT count(*) FROM job WHERE state = 'failed' AND updated_at > now() - interval '24 hours') AS failed,
           coalesce(extract(epoch FROM max(now() - created_at) FILTER (WHERE state = 'queued')), 0)::float8 AS waited
      FROM job WHERE state IN ('queued', 'running')""",
)


async def _jobs(db: Database) -> list[Sample]:
    row = await db.fetchrow(_JOBS)
    assert row is not None
    return [
        Sample("vca_jobs", row["queued"], {"state": "queued"}),
        Sample("vca_jobs", row["running"], {"state": "running"}),
        Sample("vca_jobs", row["failed"], {"state": "failed"}),
        Sample("vca_oldest_job_seconds", row["waited"]),
    ]


SERVER, FEED, FOLLOWED = Measure(_server), Measure(_feed), Measure(_followed)
# Failed jobs are looked for along the whole table: some thousands of rows a year.
JOBS = Measure(_jobs, every=60.0)
OF_A_DOMAIN = (FEED, FOLLOWED, JOBS)
"""Of every service that has a feed, follows others and works on jobs."""


def pool_of(db: Database) -> Iterator[Sample]:
    """Yield how the pool stands."""
    yield Sample("vca_pool_size", db.size)
    yield Sample("vca_pool_connections", db.in_use, {"state": "in_use"})
    yield Sample("vca_pool_connections", db.free, {"state": "free"})
    yield Sample("vca_pool_waiting", db.waiting)
    yield Sample("vca_pool_waits_total", db.waits)
    yield Sample("vca_pool_wait_seconds_total", db.waited_seconds)
    yield Sample("vca_pool_refused_total", db.refused)


class _Asked:
    """What the database answered last to each measure. Whether it answers at all is told by the first."""

    def __init__(self, db: Database, measures: Sequence[Measure]) -> None:
        self._db = db
        self._first, self._due = measures[0], dict.fromkeys(measures, 0.0)
        self._found: dict[Measure, list[Sample]] = {}
        self._answers = True

    def __call__(self) -> Iterator[Sample]:
        """Yield what was found last."""
        yield Sample("vca_database_answers", self._answers)
        for samples in list(self._found.values()):
            yield from samples

    async def run(self) -> None:
        """Ask each measure again whenever it is due; while the server does not answer, nothing else is asked of it."""
        while True:
            for measure, due in self._due.items():
                if time.monotonic() >= due and (self._answers or measure is self._first):
                    await self._ask(measure)
            await asyncio.sleep(1.0)

    async def _ask(self, measure: Measure) -> None:
        found: list[Sample] | None = None
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                found = await measure.read(self._db)
        except Exception as error:  # Whatever fails here, the next look is made all the same.
            log.warning("metrics.not_measured", error=type(error).__name__)
        self._due[measure] = time.monotonic() + measure.every
        if measure is self._first:
            if found is None:
                self._found.clear()
                self._due = dict.fromkeys(self._due, 0.0) | {measure: self._due[measure]}
            self._answers = found is not None
        if found is not None:
            self._found[measure] = found
        else:
            self._found.pop(measure, None)


@contextlib.asynccontextmanager
async def measured(
    metrics: Metrics, settings: ServiceSettings, db: Database, measures: Sequence[Measure]
) -> AsyncIterator[None]:
    """Let the metrics of a service be read while it runs."""
    asked = _Asked(db, (SERVER, *measures))
    for source in (lambda: pool_of(db), asked, disk_of(settings.home)):
        metrics.add(source)
    asking = asyncio.create_task(asked.run())
    try:
        with served(metrics, settings.metrics_dir, settings.metrics_bind, settings.metrics_port):
            yield
    finally:
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking
