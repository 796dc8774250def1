"""PostgreSQL killed again and again under load, and single connections besides: callers are told to come back, never that something went wrong here.

Real processes: the service behind uvicorn, and a PostgreSQL of the test's own. `VCA_FAULT_DEATHS` sets how often it dies;
`make check-all` has it die a hundred times.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from kernel.database.connections import Database, connect
from kernel.values.ids import new_id
from migrations.run import upgrade
from tests.faults.service import ForkServer, Service
from tests.registry.builders import ORGANIZATIONS, a_cooperative
from vca.postgres import EmbeddedPostgres

pytestmark = pytest.mark.faults

KILLS, CALLERS = int(os.environ.get("VCA_FAULT_DEATHS", "25")), 8
BACKEND_EVERY = 5
"""After so many deaths of the server a single connection dies as well."""
# The processes die, not the machine: what was written needs no flush to be there afterwards.
# A standby takes no connection at all, so that it stands for a server that has not finished its recovery.
_CONF = "fsync = off\nfull_page_writes = off\nautovacuum = off\nhot_standby = off\n"
_BACKEND = """
    SELECT pid FROM pg_stat_activity
     WHERE datname = 'killed' AND backend_type = 'client backend' AND pid <> pg_backend_pid() LIMIT 1"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(Path(tmp_path_factory.mktemp("database")), buffers="32MB", extra=_CONF) as postgres:
        yield postgres


@pytest.fixture
async def service(server: EmbeddedPostgres, tmp_path: Path) -> AsyncIterator[Service]:
    connection = await connect(server.url("postgres"))
    await connection.execute("CREATE DATABASE killed TEMPLATE template0")
    await connection.close()
    await asyncio.to_thread(upgrade, "registry", server.url("killed"))
    fork_server = ForkServer("registry")
    running = Service(fork_server, server.url("killed"), tmp_path)
    running.start()
    await running.ready()
    yield running
    running.kill()
    fork_server.end()


def _another() -> dict[str, Any]:
    """Return a cooperative that no other one resembles, so that nothing but a fault is refused."""
    return a_cooperative(name=f"HTX {secrets.token_hex(12)}")


class _Load:
    """Callers that read and write without a pause; what they were answered is counted by status and code."""

    def __init__(self, service: Service) -> None:
        self.answers: Counter[tuple[int, str]] = Counter()
        self.written: list[str] = []
        self.over = False
        self._service = service

    def count(self, answer: httpx.Response) -> None:
        code = answer.json().get("code", "") if answer.status_code >= 400 else ""
        self.answers[answer.status_code, code] += 1

    async def write(self) -> None:
        async with self._service.client(scope="registry.read registry.write", area="25-2025") as client:
            while not self.over:
                body = {"id": new_id(), **_another()}
                # Sent again until it is done: by then it is there once.
                while not self.over:
                    answer = await client.post(ORGANIZATIONS, json=body, headers={"Idempotency-Key": body["id"]})
                    self.count(answer)
                    if answer.is_success:
                        self.written.append(body["id"])
                        break
                    await asyncio.sleep(0.01)

    async def write_batches(self) -> None:
        async with self._service.client(scope="registry.read registry.write", area="25-2025") as client:
            while not self.over:
                items = [{"id": new_id(), **_another()} for _ in range(10)]
                answer = await client.post(
                    f"{ORGANIZATIONS}/batch",
                    json={"mode": "each", "items": items},
                    headers={"Idempotency-Key": new_id()},
                )
                self.count(answer)
                if answer.status_code == 207:
                    self.written += [item["id"] for item in answer.json()["items"] if item["status"] == 201]

    async def read(self) -> None:
        async with self._service.client(scope="registry.read", area="25-2025") as client:
            for path in itertools.cycle((ORGANIZATIONS, "/v1/registry/changes", "/v1/registry/health/ready")):
                if self.over:
                    return
                answer = await client.get(path)
                if not path.endswith("ready"):
                    self.count(answer)


async def _kill_the_server(server: EmbeddedPostgres) -> None:
    assert server.process is not None
    server.process.send_signal(signal.SIGKILL)
    await asyncio.to_thread(server.process.wait, 10)
    await asyncio.to_thread(server.recover)


async def _kill_a_backend(server: EmbeddedPostgres) -> None:
    """Kill the process behind one connection: PostgreSQL then ends all others as well and starts over by itself."""
    while True:
        try:
            connection = await connect(server.url("postgres"))
            try:
                pid = await connection.fetchval(_BACKEND)
            finally:
                await connection.close()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            pid = None
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            return
        await asyncio.sleep(0.02)


async def test_deaths_of_the_database_give_busy_and_never_an_unexpected_failure(
    service: Service, server: EmbeddedPostgres
) -> None:
    load = _Load(service)
    working = [
        asyncio.create_task(work())
        for work in itertools.islice(itertools.cycle((load.write, load.read, load.read, load.write_batches)), CALLERS)
    ]
    deaths = [_kill_the_server] * BACKEND_EVERY + [_kill_a_backend]
    for kill in [*itertools.chain.from_iterable([deaths] * (KILLS // BACKEND_EVERY)), None]:
        done = len(load.written)
        while len(load.written) <= done:
            for task in working:
                assert not task.done(), task.exception()
            await asyncio.sleep(0.005)
        if kill is not None:
            await kill(server)
    load.over = True
    await asyncio.gather(*working)
    failures = {answer: count for answer, count in load.answers.items() if answer[0] >= 400}
    assert set(failures) == {(503, "busy")}, failures
    db = Database(server.url("killed"), size=2)
    await db.open()
    kept = {row["id"] for row in await db.fetch("SELECT id FROM organization")}
    await db.close()
    assert set(load.written) <= kept, "what was acknowledged is there"


async def test_a_service_that_starts_while_the_database_recovers_waits_for_it(
    server: EmbeddedPostgres,
) -> None:
    assert server.process is not None
    server.process.send_signal(signal.SIGKILL)
    await asyncio.to_thread(server.process.wait, 10)
    (server.data / "standby.signal").touch()
    recovered = asyncio.create_task(asyncio.to_thread(server.recover))
    await _refused(server)
    db = Database(server.url("postgres"), size=1)
    opened = asyncio.create_task(db.open())
    await asyncio.sleep(0.5)
    assert not opened.done(), "it neither failed nor worked"
    (server.data / "promote").touch()
    os.kill(server.process.pid, signal.SIGUSR1)
    await asyncio.gather(recovered, opened)
    assert await db.fetchval("SELECT 1") == 1
    await db.close()


async def _refused(server: EmbeddedPostgres) -> None:
    """Wait until the server is there, and takes no connection yet."""
    while True:
        try:
            connection = await connect(server.url("postgres"))
        except asyncpg.CannotConnectNowError:
            return
        except OSError:
            await asyncio.sleep(0.02)
        else:
            await connection.close()
            raise AssertionError("the server took a connection in recovery")
