"""Rolls and batches while the service is killed in the middle of writing them: nothing of them is left, and a repeat is harmless."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from kernel.database.connections import connect
from tests.faults.killing import counts_of, killed_at
from tests.faults.service import ForkServer, Service
from tests.support.databases import Databases
from tests.training.builders import SCOPES
from tests.training.test_imports import IMPORTS, a_first_row, a_row, as_csv
from tests.training.trade_builders import EVENTS, PARTICIPATIONS, a_participation, a_trade_event

pytestmark = pytest.mark.faults

ROWS = 5000
_TABLES = ("training_class", "trainee", "attendance", "participation", "history", "change", "idempotency_key")


@pytest.fixture
async def url(databases: Databases) -> AsyncIterator[str]:
    async with databases.clone("training") as address:
        yield address


@pytest.fixture
async def look(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(url)
    yield connection
    await connection.close()


@pytest.fixture(scope="module")
def fork_server() -> Iterator[ForkServer]:
    running = ForkServer("training")
    yield running
    running.end()


@pytest.fixture
async def service(fork_server: ForkServer, url: str, tmp_path: Path) -> AsyncIterator[Service]:
    running = Service(fork_server, url, tmp_path)
    running.start()
    await running.ready()
    yield running
    running.kill()


async def _counts(look: asyncpg.Connection) -> dict[str, int]:
    return await counts_of(look, _TABLES)


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("attendance", ROWS // 2),
        ("change", 2 * ROWS),
    ],
)
async def test_of_a_roll_whose_writer_is_killed_nothing_is_there_and_sent_again_it_is_whole(
    service: Service, look: asyncpg.Connection, table: str, row: int
) -> None:
    data = as_csv(a_first_row(), *(a_row() for _ in range(ROWS - 1)))

    async def send() -> httpx.Response:
        async with service.client(scope=SCOPES, area="25-2025") as client:
            return await client.post(IMPORTS, params={"dry_run": "false"}, files={"file": ("lop.csv", data)})

    before = await _counts(look)
    await killed_at(service, look, table, row, send())
    assert await _counts(look) == before
    for created in (ROWS, 0):
        answer = await send()
        assert (answer.status_code, answer.json()["created"]) == (200, created), answer.text
        after = await _counts(look)
        assert (after["training_class"], after["trainee"], after["attendance"]) == (1, ROWS, ROWS)
        assert after["history"] == after["change"] == 2 * ROWS + 1


@pytest.mark.parametrize("mode", ["atomic", "each"])
async def test_of_a_batch_of_participations_whose_writer_is_killed_nothing_is_there_and_its_repeat_is_harmless(
    service: Service, look: asyncpg.Connection, mode: str
) -> None:
    async def send(path: str, body: object, key: str) -> httpx.Response:
        async with service.client(scope=SCOPES, area="25-2025") as client:
            return await client.post(path, json=body, headers={"Idempotency-Key": key})

    event = (await send(EVENTS, a_trade_event(alliance="25-2025"), "event")).json()
    items = [a_participation(trade_event_id=event["id"]) for _ in range(500)]
    batch = {"mode": mode, "items": items}
    before = await _counts(look)
    await killed_at(service, look, "participation", 250, send(f"{PARTICIPATIONS}/batch", batch, "batch"))
    assert await _counts(look) == before
    answers = [await send(f"{PARTICIPATIONS}/batch", batch, "batch") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201 if mode == "atomic" else 207] * 2
    assert answers[0].json() == answers[1].json()
    assert {item["status"] for item in answers[0].json()["items"]} == {201}
    after = await _counts(look)
    assert {name: after[name] - before[name] for name in ("participation", "history", "change", "idempotency_key")} == {
        "participation": 500,
        "history": 500,
        "change": 500,
        "idempotency_key": 1,
    }
