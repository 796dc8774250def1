"""The order of one record's events, in every service: as its versions, whoever began first.

A writer has its transaction id from its key on, and may then wait for a record that a younger one is writing.
"""

from __future__ import annotations

import asyncio
import collections
import random
import time
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from kernel import records
from kernel.database.connections import Database, Transaction
from kernel.feed.changes import Cursor, EventRow, events
from kernel.records import Resource
from kernel.values.ids import new_id
from kernel.web.auth import NATION, Caller
from services.funds.capital.coverages import COVERAGE as FUNDS
from services.identity.access.second_person import NOTHING_WAITS
from services.identity.clients.records import CLIENT
from services.registry.coverages import COVERAGE as REGISTRY
from services.training.coverages import COVERAGE as TRAINING
from tests.support.databases import Databases

pytestmark = pytest.mark.faults

# A kind of record that each service has, and a column of text to write to.
KINDS: dict[str, tuple[Resource[Any], str]] = {
    "registry": (REGISTRY, "source"),
    "funds": (FUNDS, "source"),
    "training": (TRAINING, "source"),
    "identity": (CLIENT, "name"),
}
WRITER = Caller("writer", "writer", frozenset(), NATION, None, "", "", time.time() + 600)


@pytest.fixture(params=KINDS)
def service(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
async def db(databases: Databases, service: str) -> AsyncIterator[Database]:
    async with databases.clone(service) as url:
        database = Database(url, size=10)
        await database.open()
        yield database
        await database.close()


async def enter(db: Database, service: str) -> str:
    resource, _ = KINDS[service]
    body = {
        "alliance": "25-2025",
        "province": "25-2025",
        "provinces_2008": ["25-2008"],
        "record_types": ["x"],
        "covered_from": date(2020, 1, 1),
        "covered_to": None,
        "source": None,
        "client_id": new_id(),
        "name": "x",
        "name_folded": "x",
        "kind": "system",
        "scopes": [],
        "secrets": "[]",
        "redirect_uris": [],
        "post_logout_redirect_uris": [],
        "allows_loopback": False,
        "session_idle_seconds": None,
        "is_active": True,
        "class_id": None,
        **NOTHING_WAITS,
    }
    values = {name: value for name, value in body.items() if name in resource.columns}
    async with db.transaction() as tx:
        row = await records.create(tx, resource, values, by=WRITER)
    return str(row["id"])


async def key(tx: Transaction) -> None:
    """Reserve a key, as every keyed request does first: from here on the transaction has its id."""
    await tx.execute("INSERT INTO idempotency_key (client_id, key, request_hash) VALUES ('writer', $1, '')", new_id())


async def write(tx: Transaction, service: str, id_: str) -> None:
    resource, column = KINDS[service]
    row = await records.read(tx, resource, id_, WRITER, lock=True)
    assert row is not None
    await records.update(tx, resource, row, {column: f"văn bản {row['version']}"}, by=WRITER)


async def told(db: Database, after: Cursor | None = None) -> list[EventRow]:
    page = await events(db, after=after, types=[], limit=500, area=NATION, snapshot_url="")
    return page.rows


def versions(rows: list[EventRow]) -> dict[str, list[int]]:
    by_record: dict[str, list[int]] = collections.defaultdict(list)
    for row in rows:
        by_record[row["resource_id"]].append(row["resource_version"])
    return by_record


async def test_who_began_earlier_and_writes_later_stands_later_also_in_opposite_order(
    db: Database, service: str
) -> None:
    one, other = await enter(db, service), await enter(db, service)
    async with db.transaction() as early:
        await key(early)
        async with db.transaction() as late:
            await key(late)
            await write(late, service, one)
            await write(late, service, other)
        begun = await events(db, after=None, types=[], limit=500, area=NATION, snapshot_url="")
        await write(early, service, other)
        await write(early, service, one)
    assert versions(await told(db)) == {one: [1, 2, 3], other: [1, 2, 3]}
    seen = versions([*begun.rows, *await told(db, begun.cursor)])
    assert seen == {one: [1, 2, 3], other: [1, 2, 3]}, "nothing behind a cursor that was given out"


async def test_a_removal_by_who_began_earlier_is_the_last_that_is_told(db: Database, service: str) -> None:
    resource, _ = KINDS[service]
    id_ = await enter(db, service)
    async with db.transaction() as early:
        await key(early)
        async with db.transaction() as late:
            await write(late, service, id_)
        row = await records.read(early, resource, id_, WRITER, lock=True)
        assert row is not None
        await records.remove(early, resource, row, by=WRITER, reason=None)
    assert [row["type"].rpartition(".")[2] for row in await told(db)] == ["created", "changed", "removed"]


async def test_the_tombstone_of_a_move_by_who_began_earlier_comes_behind_what_its_alliance_saw(
    db: Database, service: str
) -> None:
    resource, _ = KINDS[service]
    id_ = await enter(db, service)
    async with db.transaction() as early:
        await key(early)
        async with db.transaction() as late:
            await write(late, service, id_)
        row = await records.read(early, resource, id_, WRITER, lock=True)
        assert row is not None
        await records.update(early, resource, row, {"alliance": "40-2025"}, by=WRITER)
    page = await events(db, after=None, types=[], limit=500, area="25-2025", snapshot_url="")
    told_of = [(row["type"].rpartition(".")[2], row["resource_version"]) for row in page.rows]
    assert told_of == [("created", 1), ("changed", 2), ("removed", 3)]


async def test_writers_with_overlapping_batches_turn_no_version_round_and_lose_none(db: Database, service: str) -> None:
    ids = sorted([await enter(db, service) for _ in range(6)])
    finished = asyncio.Event()

    async def batches(number: int) -> int:
        chance, done = random.Random(number), 0
        for _ in range(12):
            async with db.transaction() as tx:
                await key(tx)
                await asyncio.sleep(chance.random() * 0.003)
                # In one order, so that none waits crosswise; the places of what is written are mixed all the same.
                for id_ in sorted(chance.sample(ids, 3)):
                    await write(tx, service, id_)
                    done += 1
        return done

    async def follow() -> list[EventRow]:
        seen: list[EventRow] = []
        cursor = None
        while True:
            over = finished.is_set()
            page = await events(db, after=cursor, types=[], limit=9, area=NATION, snapshot_url="")
            cursor = page.cursor
            seen += page.rows
            if over and page.at_head:
                return seen
            await asyncio.sleep(0.002)

    following = asyncio.create_task(follow())
    written = sum(await asyncio.gather(*(batches(number) for number in range(8))))
    finished.set()
    seen = versions(await following)
    assert sum(len(numbers) for numbers in seen.values()) == written + len(ids)
    for numbers in seen.values():
        assert numbers == list(range(1, len(numbers) + 1))
