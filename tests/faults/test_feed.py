"""The feed under fire: writers that race, wait and roll back; followers that must see each change once and in order.

On a cluster of its own: the horizon of a feed is the whole server's, so other tests' transactions would hold it back.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from kernel.database.connections import Database, connect
from kernel.feed.changes import (
    SNAPSHOT_CURSOR,
    Cursor,
    CursorExpired,
    Events,
    SnapshotRow,
    events,
    rebase,
    snapshot_cursor,
)
from kernel.values.ids import new_id
from migrations.run import upgrade
from vca.postgres import EmbeddedPostgres

pytestmark = pytest.mark.faults

WRITERS, FOLLOWERS, CHANGES = 8, 3, 50_000
INSERT = """
    INSERT INTO change (id, type, resource_type, resource_id, resource_version, alliance, changed)
    SELECT v.id, 'organization.changed', 'organization', $2::uuid, v.version, $3, '{}'
      FROM unnest($1::uuid[], $4::int[]) AS v(id, version)"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(Path(tmp_path_factory.mktemp("feed")), quick=True) as postgres:
        yield postgres


def make_database(server: EmbeddedPostgres, name: str) -> str:
    async def create() -> None:
        connection = await connect(server.url("postgres"))
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        await connection.close()

    asyncio.run(create())
    upgrade("registry", server.url(name))
    return server.url(name)


async def page(db: Database, after: Cursor | None, area: str = "VN") -> Events:
    """Return up to 500 events behind `after`, of every type."""
    return await events(db, after=after, types=[], limit=500, area=area, snapshot_url="/exports")


async def write(db: Database, number: int, wanted: int, committed: list[tuple[str, str, int]]) -> None:
    """Commit `wanted` changes of one record in uneven transactions; a tenth of the transactions is rolled back."""
    chance = random.Random(number)
    resource, version, done = new_id(), 0, 0
    alliance = "25-2025" if number % 2 else "40-2025"
    while done < wanted:
        size = min(chance.choice((1, 1, 5, 20, 120)), wanted - done)
        ids, versions = [new_id() for _ in range(size)], list(range(version + 1, version + 1 + size))
        try:
            async with db.transaction() as tx:
                await tx.execute(INSERT, ids, resource, alliance, versions)
                if chance.random() < 0.3:
                    await asyncio.sleep(chance.random() * 0.03)
                if chance.random() < 0.1:
                    raise InterruptedError
        except InterruptedError:
            continue
        committed.extend((id_, resource, v) for id_, v in zip(ids, versions, strict=True))
        version, done = version + size, done + size


async def follow(db: Database, area: str, finished: asyncio.Event) -> list[tuple[str, str, int]]:
    """Follow from the beginning until the writers have finished and nothing is left."""
    seen: list[tuple[str, str, int]] = []
    position: Cursor | None = None
    while True:
        over = finished.is_set()
        batch = await page(db, position, area)
        position = batch.cursor
        seen.extend((row["id"], row["resource_id"], row["resource_version"]) for row in batch.rows)
        if batch.at_head:
            if over and not batch.rows:
                return seen
            await asyncio.sleep(random.random() * 0.02)


def test_eight_racing_writers_lose_and_invent_nothing_for_three_followers(server: EmbeddedPostgres) -> None:
    url = make_database(server, "feed_race")

    async def race() -> None:
        db = Database(url, size=WRITERS + FOLLOWERS + 2)
        await db.open()
        committed: list[tuple[str, str, int]] = []
        finished = asyncio.Event()
        areas = ("VN", "25-2025", "VN")
        followers = [asyncio.create_task(follow(db, area, finished)) for area in areas]
        share = CHANGES // WRITERS + 1
        await asyncio.gather(*(write(db, number, share, committed) for number in range(WRITERS)))
        finished.set()
        seen = [await follower for follower in followers]
        own = set(ids_of(await db.fetch("SELECT id FROM change WHERE alliance = '25-2025'")))
        await db.close()
        assert len(committed) >= CHANGES
        for area, followed in zip(areas, seen, strict=True):
            wanted = [item for item in committed if area == "VN" or item[0] in own]
            assert len(followed) == len(wanted), "each change exactly once"
            assert {item[0] for item in followed} == {item[0] for item in wanted}
            last: dict[str, int] = {}
            for _, resource, version in followed:
                assert version == last.get(resource, 0) + 1, "the changes of one record come in order"
                last[resource] = version

    asyncio.run(race())


def ids_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def test_a_transaction_that_is_still_open_holds_the_feed_back_and_is_then_seen_whole(server: EmbeddedPostgres) -> None:
    url = make_database(server, "feed_held")

    async def hold() -> None:
        db = Database(url, size=6)
        await db.open()
        async with db.transaction() as slow:
            await slow.execute(INSERT, [new_id()], new_id(), "25-2025", [1])
            async with db.transaction() as quick:
                await quick.execute(INSERT, [new_id()], new_id(), "25-2025", [1])
            first_page = await page(db, None)
            assert first_page.rows == [], "the quick one committed first but stands behind the slow one"
        assert len((await page(db, first_page.cursor)).rows) == 2
        await db.close()

    asyncio.run(hold())


def test_after_a_restore_old_cursors_are_refused_and_old_changes_come_first_in_their_order(
    server: EmbeddedPostgres,
) -> None:
    url = make_database(server, "feed_rebased")

    async def restore() -> None:
        db = Database(url, size=4)
        await db.open()
        resource = new_id()
        for version in range(1, 6):
            async with db.transaction() as tx:
                await tx.execute(INSERT, [new_id()], resource, "25-2025", [version])
        before = await page(db, None)
        connection = await connect(url)
        await rebase(connection)
        await connection.close()
        with pytest.raises(CursorExpired):
            await page(db, before.cursor)
        async with db.transaction() as tx:
            await tx.execute(INSERT, [new_id()], resource, "25-2025", [6])
        assert [row["resource_version"] for row in (await page(db, None)).rows] == [1, 2, 3, 4, 5, 6]
        await db.close()

    asyncio.run(restore())


def test_a_snapshot_and_the_feed_from_its_cursor_hold_every_change(server: EmbeddedPostgres) -> None:
    url = make_database(server, "feed_snapshot")

    async def snapshot() -> None:
        db = Database(url, size=8)
        await db.open()
        committed: list[tuple[str, str, int]] = []
        writers = [asyncio.create_task(write(db, number, 1500, committed)) for number in range(4)]
        await asyncio.sleep(0.3)
        connection = await connect(url)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await connection.fetchrow(str(SNAPSHOT_CURSOR))
            assert snapshot is not None
            await asyncio.sleep(0.2)
            loaded = {row["id"] for row in await connection.fetch("SELECT id FROM change")}
        await connection.close()
        await asyncio.gather(*writers)
        position, followed = snapshot_cursor(cast(SnapshotRow, snapshot)), set()
        while True:
            batch = await page(db, position)
            followed |= {row["id"] for row in batch.rows}
            position = batch.cursor
            if batch.at_head and not batch.rows:
                break
        await db.close()
        assert 0 < len(loaded) < len(committed), "the snapshot was taken in the middle"
        assert loaded | followed == {item[0] for item in committed}

    asyncio.run(snapshot())
