"""While somebody sends files that would stop a reader, everybody else is served as before. Real processes."""

from __future__ import annotations

import asyncio
import functools
import statistics
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.faults.service import ForkServer, Service
from tests.registry.test_imports import a_row, as_csv
from tests.support.databases import Databases
from tests.support.evil_files import EVIL

pytestmark = pytest.mark.faults

CALLERS, CALLS = 4, 30
# Of medians in one run; the readers share the machine with who is served, at a lower priority.
MOST_TIMES_SLOWER = 8


@functools.cache
def evil_files() -> dict[str, bytes]:
    return {name: make() for name, (make, _) in EVIL.items()}


@pytest.fixture
async def service(databases: Databases, tmp_path: Path) -> AsyncIterator[Service]:
    fork_server = ForkServer("registry")
    async with databases.clone("registry") as url:
        running = Service(fork_server, url, tmp_path)
        running.start()
        try:
            await running.ready()
            yield running
        finally:
            running.kill()
            fork_server.end()


async def _served(service: Service) -> list[float]:
    """Return how long each of the calls took that several callers made one after another; none may be refused."""

    async def one(number: int) -> list[float]:
        took = []
        async with service.client(
            sub=f"reader-{number}", area="25-2025", scope="registry.read registry.write"
        ) as client:
            for at in range(CALLS):
                began = time.perf_counter()
                if at % 20 == 10:
                    files = {"file": ("danh-sach.csv", as_csv(a_row()))}
                    answer = await client.post("/v1/registry/imports", files=files)
                else:
                    answer = await client.get("/v1/registry/organizations?limit=5")
                    took.append(time.perf_counter() - began)
                assert answer.status_code == 200, answer.text
        return took

    return [each for took in await asyncio.gather(*map(one, range(CALLERS))) for each in took]


async def _sends_evil_files(client: httpx.AsyncClient, answers: list[tuple[str, int, str]], start: int) -> None:
    files = [*evil_files().items()]
    while True:
        for name, data in files[start:] + files[:start]:
            answer = await client.post("/v1/registry/imports", files={"file": (f"{name}.xlsx", data)})
            answers.append((name, answer.status_code, answer.json()["code"]))


async def test_nobody_is_refused_or_kept_waiting_while_files_are_sent_that_would_stop_a_reader(
    service: Service,
) -> None:
    await _served(service)
    before = statistics.median(await _served(service))
    answers: list[tuple[str, int, str]] = []
    async with service.client(sub="attacker", area="25-2025", scope="registry.write") as attacker:
        attack = [asyncio.create_task(_sends_evil_files(attacker, answers, start)) for start in (0, 5, 10)]
        meanwhile = []
        while not {name for name, _, _ in answers} >= evil_files().keys():
            meanwhile += await _served(service)
            assert not any(task.done() for task in attack), [task.exception() for task in attack if task.done()]
        for task in attack:
            task.cancel()
        await asyncio.gather(*attack, return_exceptions=True)
    # One subject has one file read at a time: its own others may be told to come again.
    assert {answer for answer in answers if answer[1] != 503} == {(name, 422, code) for name, (_, code) in EVIL.items()}
    assert statistics.median(meanwhile) < MOST_TIMES_SLOWER * before
