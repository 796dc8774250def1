"""The version that runs goes on while the next one expands its database: every table gets a column, some an index.

The steps are made here, of what an `expand` may do (docs/migrations.md): so the newest code is always the version before.
tests/platform/test_upgrade.py has the whole platform, upgraded at work.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from alembic import command

from kernel.values.ids import new_id
from migrations.kinds import load, misfits
from migrations.run import FOLDER, configuration, current, head
from tests.faults.service import ForkServer, Service
from tests.funds.builders import MILLION, PATH, SCOPES, Make, a_repayment
from tests.registry.builders import a_cooperative
from tests.support.databases import Databases

pytestmark = pytest.mark.faults

_STEP = '''"""made for a test."""

import sqlalchemy as sa
from alembic import op

from migrations.ddl import build_index, in_batches

revision = "{service}_{number}"
down_revision = "{before}"
kind = "expand"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    {up}
'''
_COLUMNS = """op.add_column("{table}", sa.Column("added", sa.String(), nullable=True))
    op.add_column("{table}", sa.Column("added_true", sa.Boolean(), server_default=sa.true(), nullable=False))"""
_FILL = """in_batches("UPDATE {table} SET added = 'x' WHERE id IN (SELECT id FROM {table} WHERE added IS NULL LIMIT :batch)")"""
_INDEX = 'build_index("ix_{table}_added", "{table}", ["added"])'
_TABLE = 'op.create_table("added", sa.Column("id", sa.UUID(), primary_key=True))'
_KEPT = ("alembic_version", "schema_step")
_OF_ALL = """
    SELECT relname AS name,
           EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'id')
           AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND tgname LIKE '%append_only') AS is_filled
      FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname"""


@pytest.fixture(params=["funds", "registry"])
def fork_server(request: pytest.FixtureRequest) -> Iterator[ForkServer]:
    running = ForkServer(request.param)
    yield running
    running.end()


@pytest.fixture
async def url(fork_server: ForkServer, databases: Databases) -> AsyncIterator[str]:
    async with databases.clone(fork_server.name) as address:
        yield address


@pytest.fixture
async def service(fork_server: ForkServer, url: str, tmp_path: Path) -> AsyncIterator[Service]:
    running = Service(fork_server, url, tmp_path)
    running.start()
    await running.ready()
    yield running
    running.kill()


async def _steps(service: str, url: str, folder: Path) -> str:
    """Write the next version's steps; return the newest."""
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(_OF_ALL)
    await connection.close()
    tables = {row["name"]: row["is_filled"] for row in rows if row["name"] not in _KEPT}
    indexed = [name for name, is_filled in tables.items() if is_filled]
    ups = [_TABLE, *(_COLUMNS.format(table=name) for name in tables)]
    ups += [text.format(table=name) for name in indexed for text in (_FILL, _INDEX)]
    before = head(service) or ""
    for number, up in enumerate(ups, 9001):
        path = folder / f"{number}_made.py"
        path.write_text(_STEP.format(service=service, number=number, before=before, up=up), encoding="utf-8")
        assert misfits(load(path)) == []
        before = f"{service}_{number}"
    return before


class _Load:
    """Callers that go on until they are stopped."""

    def __init__(self) -> None:
        self._stopped = asyncio.Event()
        self.calls: Counter[str] = Counter()
        self.said: list[str] = []

    async def go_on(self, name: str, call: Callable[[], Awaitable[httpx.Response]]) -> None:
        while not self._stopped.is_set():
            self.calls[name] += 1
            try:
                answer = await call()
            except httpx.HTTPError as error:
                self.said.append(f"{name}: {error!r}")
                continue
            if answer.status_code >= 300:
                self.said.append(f"{name}: {answer.text[:200]}")

    def stop(self) -> None:
        self._stopped.set()


async def _calls(service: Service, client: httpx.AsyncClient) -> dict[str, Callable[[], Awaitable[httpx.Response]]]:
    if service.name == "registry":
        path = "/v1/registry/organizations"
        made = (await client.post(path, json=a_cooperative())).json()["id"]
        return {
            "list": lambda: client.get(f"{path}?limit=50"),
            "read": lambda: client.get(f"{path}/{made}"),
            "write": lambda: client.post(path, json=a_cooperative(), headers={"Idempotency-Key": new_id()}),
            "write without key": lambda: client.post(path, json=a_cooperative()),
            "figures": lambda: client.get(
                "/v1/registry/indicator-values?from=2023-01-01&to=2023-08-31&province=25-2008"
            ),
            "feed": lambda: client.get("/v1/registry/changes?limit=100"),
            "ready": lambda: client.get("/v1/registry/health/ready"),
        }
    async with (
        service.client(scope=SCOPES, area="VN", sub="builder") as builder,
        service.client(scope="funds.read funds.approve", area="VN", sub="approver") as approving,
    ):
        make = Make(builder, approving)
        fund = await make.rich_fund()
        loans = [(await make.loan(fund, 120 * MILLION)).id for _ in range(4)]

    def repay(loan: str) -> Callable[[], Awaitable[httpx.Response]]:
        return lambda: client.post(
            f"{PATH}/loans/{loan}/repayments",
            json=a_repayment(1000, paid_on="2023-05-10"),
            headers={"Idempotency-Key": new_id()},
        )

    return {
        **{f"repay {number}": repay(loan) for number, loan in enumerate(loans)},
        "list": lambda: client.get(f"{PATH}/loans?limit=50"),
        "read": lambda: client.get(f"{PATH}/loans/{loans[0]}"),
        "position": lambda: client.get(f"{PATH}/funds/{fund.id}/position?as_of=2023-06-30"),
        "feed": lambda: client.get(f"{PATH}/changes?limit=100"),
        "ready": lambda: client.get(f"{PATH}/health/ready"),
    }


async def test_every_expand_while_at_work_fails_no_call(service: Service, url: str, tmp_path: Path) -> None:
    newest = await _steps(service.name, url, tmp_path)
    config = configuration(service.name, url)
    config.set_main_option("version_locations", f"{FOLDER / service.name / 'versions'}\n{tmp_path}")
    scope = SCOPES if service.name == "funds" else "registry.read registry.write sync.read"
    running = _Load()
    async with service.client(scope=f"{scope} sync.read", area="25-2025") as client:
        calls = await _calls(service, client)
        working = [asyncio.create_task(running.go_on(name, call)) for name, call in calls.items() for _ in "ab"]
        await asyncio.sleep(0.5)
        await asyncio.to_thread(command.upgrade, config, "head")
        assert await current(url) == newest
        # Every statement again and again, on the tables as they are now.
        done = running.calls.copy()
        while any(running.calls[name] - done[name] < 3 for name in calls):  # noqa: ASYNC110 - it is a number
            await asyncio.sleep(0.05)
        running.stop()
        await asyncio.gather(*working)
    assert Counter(running.said) == {}
