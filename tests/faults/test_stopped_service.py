"""One service that is told to stop: ready no more, nobody kept waiting, and the call in flight is answered."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from kernel.database.connections import connect
from tests.faults.service import ForkServer, Service
from tests.registry.builders import ORGANIZATIONS, a_cooperative
from tests.support.databases import Databases
from tests.support.waiting import come_true

pytestmark = pytest.mark.faults

CHANGES, READY = "/v1/registry/changes", "/v1/registry/health/ready"
_HELD = "SELECT count(*) FROM pg_locks WHERE relation = 'organization'::regclass AND NOT granted"


@pytest.fixture(scope="module")
def fork_server() -> Iterator[ForkServer]:
    running = ForkServer("registry")
    yield running
    running.end()


@pytest.fixture
async def url(databases: Databases) -> AsyncIterator[str]:
    async with databases.clone("registry") as address:
        yield address


@pytest.fixture
async def service(fork_server: ForkServer, url: str, tmp_path: Path) -> Service:
    running = Service(fork_server, url, tmp_path)
    running.start()
    await running.ready()
    return running


async def test_a_service_that_drains_ends_its_polls_and_one_that_stops_answers_what_it_has_begun(
    service: Service, url: str
) -> None:
    async with service.client(scope="registry.read registry.write", area="25-2025") as client:
        head = (await client.get(CHANGES)).json()["next_cursor"]
        poll = asyncio.create_task(client.get(CHANGES, params={"after": head, "wait": 25}))
        # The one that waits has been counted by the time that another is answered.
        await client.get(ORGANIZATIONS)
        service.tell(signal.SIGUSR1)
        waited = await asyncio.wait_for(poll, 15)
        assert (waited.status_code, waited.json()["items"]) == (200, [])
        ready = await client.get(READY)
        assert ready.status_code == 503
        assert set(ready.json()["checks"]) >= {"stopping", "database"}
        assert (await client.get(ORGANIZATIONS)).status_code == 200, "who comes is still served"

        blocker = await connect(url)
        async with blocker.transaction():
            await blocker.execute("LOCK TABLE organization IN SHARE MODE")
            write = asyncio.create_task(client.post(ORGANIZATIONS, json=a_cooperative()))
            await come_true(lambda: blocker.fetchval(_HELD))
            service.tell(signal.SIGTERM)
            await asyncio.sleep(0.3)
            assert not write.done()
        await blocker.close()
        answer = await write
        assert answer.status_code == 201, answer.text
    await asyncio.to_thread(service.ended)
