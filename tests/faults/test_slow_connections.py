"""Three hundred slow connections of one account, through a real gateway: nobody else is kept out or kept waiting."""

from __future__ import annotations

import asyncio
import contextlib
import re
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.service import ForkServer, Service
from tests.gateway.edge import Edge
from tests.support.databases import Databases
from tests.support.tokens import token
from tests.support.waiting import until

pytestmark = pytest.mark.faults

FUNDS, FILES, CHANGES = "/v1/funds/funds", "/v1/funds/files", "/v1/funds/changes"
CONNECTIONS, CALLS = 300, 60
OWN = {"scope": "own.read own.write", "area": "25-2025", "organization_id": "0192c7e0-0000-7000-8000-000000000025"}
PDF = b"%PDF-1.7 " + b"0" * 200


@pytest.fixture(scope="module")
def fork_server() -> Iterator[ForkServer]:
    running = ForkServer("funds")
    yield running
    running.end()


@pytest.fixture
async def edge(fork_server: ForkServer, databases: Databases, tmp_path: Path) -> AsyncIterator[Edge]:
    async with databases.clone("funds") as url:
        service = Service(fork_server, url, tmp_path)
        service.start()
        await service.ready()
        (tmp_path / "edge").mkdir()
        with Edge(tmp_path / "edge", {"funds": service.port}) as gateway, gateway.client(_officer()) as client:
            await asyncio.to_thread(until, lambda: client.get(FUNDS).status_code == 200)
            yield gateway
        service.kill()


def _officer() -> str:
    return token("funds.read funds.write own.write", area="25-2025")


def _trickled_upload(bearer: str) -> bytes:
    return (
        f"POST {FILES} HTTP/1.1\r\nHost: vca.test\r\nAuthorization: Bearer {bearer}\r\nContent-Length: 1000000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
        'Content-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    ).encode()


def _waiting_poll(bearer: str, after: str) -> bytes:
    return (
        f"GET {CHANGES}?wait=25&after={after} HTTP/1.1\r\nHost: vca.test\r\nAuthorization: Bearer {bearer}\r\n\r\n"
    ).encode()


class _Slow:
    """Connections that send their first bytes at once and then one now and then."""

    def __init__(self, port: int, first: bytes, *, trickles: bool) -> None:
        self.answers: Counter[int] = Counter()
        self.retry_after: set[str] = set()
        self._enough = asyncio.Semaphore(0)
        self._tasks = [asyncio.create_task(self._one(port, first, trickles=trickles)) for _ in range(CONNECTIONS)]

    async def _one(self, port: int, first: bytes, *, trickles: bool) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            writer.write(first)
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                try:
                    async with asyncio.timeout(0.5 if trickles else None):
                        head += await reader.readexactly(1)
                except TimeoutError:
                    writer.write(b"0")
            self.answers[int(head.split()[1])] += 1
            self.retry_after |= set(re.findall(r"retry-after: (\d+)", head.decode().lower()))
            self._enough.release()
        writer.close()

    async def until_answered(self, count: int) -> None:
        """Wait until so many were answered; the others are held."""
        async with asyncio.timeout(60):
            for _ in range(count):
                await self._enough.acquire()

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _latency(client: httpx.AsyncClient) -> float:
    """Call as an officer does, one call after another; return the seconds that the quicker quarter of them stayed below.

    It tells of the service; the rest tells of whatever else the machine is doing.
    """
    seconds = []
    for _ in range(CALLS):
        began = time.perf_counter()
        answer = await client.get(FUNDS)
        seconds.append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.text
    return statistics.quantiles(seconds, n=4)[0]


async def _others_are_served(edge: Edge, slow: Callable[[str], _Slow], held: int, **account: Any) -> None:
    bearer = {"Authorization": f"Bearer {_officer()}"}
    async with httpx.AsyncClient(base_url=edge.url, headers=bearer, timeout=20) as officer:
        alone = await _latency(officer)
        connections = slow(token(sub="slow", **account))
        try:
            await connections.until_answered(CONNECTIONS - held)
            assert connections.answers == {429: CONNECTIONS - held}
            assert connections.retry_after == {"1"}
            beside = await _latency(officer)
            sent = await officer.post(FILES, files={"file": ("a.pdf", PDF)})
            assert sent.status_code == 201, sent.text
            head = (await officer.get(CHANGES)).json()["next_cursor"]
            waited = await officer.get(CHANGES, params={"after": head, "wait": 1})
            assert waited.status_code == 200, waited.text
        finally:
            await connections.end()
    assert beside < 5 * alone, (beside, alone)


async def test_of_300_trickled_uploads_of_one_account_few_are_held_and_no_other_caller_notices(edge: Edge) -> None:
    await _others_are_served(
        edge, lambda bearer: _Slow(edge.config.port, _trickled_upload(bearer), trickles=True), 8, **OWN
    )


async def test_of_300_polls_of_one_account_few_wait_and_no_other_caller_notices(edge: Edge) -> None:
    bearer = {"Authorization": f"Bearer {_officer()}"}
    async with httpx.AsyncClient(base_url=edge.url, headers=bearer) as officer:
        head = (await officer.get(CHANGES)).json()["next_cursor"]
    await _others_are_served(
        edge,
        lambda bearer: _Slow(edge.config.port, _waiting_poll(bearer, head), trickles=False),
        8,
        scope="funds.read",
        area="25-2025",
    )
