"""Keyed repayments while the service and PostgreSQL are killed: after the retries all agrees to the đồng.

Real processes: a PostgreSQL that keeps what it acknowledged, and the service behind uvicorn. `VCA_FAULT_REPAYMENTS` sets how
many; CI runs ten thousand.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from kernel.database.connections import Database, connect
from kernel.database.statements import Statement
from migrations.run import upgrade
from services.funds.servicing.loans.account import account_of, with_all
from services.funds.servicing.loans.resource import LOAN
from tests.faults.service import ForkServer, Service
from tests.funds.builders import MILLION, PATH, SCOPES, Make, Record, a_repayment
from vca.postgres import EmbeddedPostgres

pytestmark = pytest.mark.faults

REPAYMENTS = int(os.environ.get("VCA_FAULT_REPAYMENTS", "200"))
LOANS, CALLERS, AMOUNT = min(60, REPAYMENTS // 20), 16, 40_000
_DEATHS = ((0.2, "service"), (0.45, "database"), (0.7, "service"), (0.85, "database"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(Path(tmp_path_factory.mktemp("killed"))) as postgres:
        yield postgres


@pytest.fixture
async def service(server: EmbeddedPostgres, tmp_path: Path) -> AsyncIterator[Service]:
    connection = await connect(server.url("postgres"))
    await connection.execute("CREATE DATABASE killed TEMPLATE template0")
    await connection.close()
    await asyncio.to_thread(upgrade, "funds", server.url("killed"))
    fork_server = ForkServer("funds")
    running = Service(fork_server, server.url("killed"), tmp_path)
    running.start()
    await running.ready()
    yield running
    running.kill()
    fork_server.end()


async def _loans(service: Service) -> list[Record]:
    async with service.client(scope=SCOPES, area="VN", sub="builder") as builder:
        approving = service.client(scope="funds.read funds.approve", area="VN", sub="approver")
        async with approving:
            make = Make(builder, approving)
            fund = await make.rich_fund()
            return [await make.loan(fund, 120 * MILLION) for _ in range(LOANS)]


async def test_repayments_survive_the_death_of_the_service_and_of_the_database(
    service: Service, server: EmbeddedPostgres
) -> None:
    loans = await _loans(service)
    wanted = [(loans[n % LOANS].id, f"key-{n:06d}") for n in range(REPAYMENTS)]
    waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
    for one in wanted:
        waiting.put_nowait(one)
    answered: dict[str, str] = {}
    failures = 0
    deaths = [(int(at * REPAYMENTS), victim, asyncio.Event()) for at, victim in _DEATHS]

    async def work(client: httpx.AsyncClient) -> None:
        nonlocal failures
        while not waiting.empty():
            loan, key = waiting.get_nowait()
            body = a_repayment(AMOUNT, paid_on="2023-05-10")
            while True:
                try:
                    answer = await client.post(
                        f"{PATH}/loans/{loan}/repayments", json=body, headers={"Idempotency-Key": key}
                    )
                except httpx.HTTPError:
                    failures += 1
                    await asyncio.sleep(0.05)
                    continue
                if answer.status_code == 201:
                    answered[key] = answer.json()["id"]
                    for at, _, reached in deaths:
                        if len(answered) >= at:
                            reached.set()
                    break
                assert answer.status_code >= 500 or answer.json()["code"] == "key_in_progress", answer.text
                failures += 1
                await asyncio.sleep(0.05)

    async def killer() -> None:
        for _, victim, reached in deaths:
            await reached.wait()
            if victim == "service":
                await asyncio.to_thread(service.kill)
                service.start()
            else:
                assert server.process is not None
                server.process.send_signal(signal.SIGKILL)
                await asyncio.to_thread(server.process.wait, 10)
                await asyncio.to_thread(server.recover)

    clients = [service.client(scope=SCOPES, area="25-2025") for _ in range(CALLERS)]
    await asyncio.wait_for(asyncio.gather(killer(), *(work(client) for client in clients)), 600)
    for client in clients:
        await client.aclose()
    assert failures > 0, "nothing was interrupted, so nothing was tried"
    await service.ready()
    await _agree(server.url("killed"), loans, answered)


async def _agree(url: str, loans: list[Record], answered: dict[str, str]) -> None:
    db = Database(url, size=2)
    await db.open()
    try:
        rows = await db.fetch("SELECT id, loan_id, amount_vnd FROM repayment")
        assert {row["id"] for row in rows} == set(answered.values())
        assert len(rows) == REPAYMENTS == len(set(answered.values()))
        keys = {
            row["key"]: json.loads(row["body"])["id"]
            for row in await db.fetch("SELECT key, body FROM idempotency_key WHERE key LIKE 'key-%' AND status = 201")
        }
        assert keys == answered
        booked = await db.fetch("""
            SELECT t.source_id, count(*) AS count, sum(e.debit_vnd) FILTER (WHERE e.account = 'cash')::bigint AS cash
              FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
             WHERE t.kind = 'repayment' GROUP BY t.id, t.source_id""")
        assert {row["source_id"]: row["cash"] for row in booked} == {row["id"]: row["amount_vnd"] for row in rows}
        assert len(booked) == REPAYMENTS
        principal = await db.fetchval(
            "SELECT sum(debit_vnd - credit_vnd)::bigint FROM ledger_entry WHERE account = 'loan_principal'"
        )
        outstanding = await db.fetchval("SELECT sum(outstanding_vnd)::bigint FROM loan")
        assert principal == outstanding
        fed = await db.fetchval("SELECT count(*) FROM change WHERE type = 'repayment.created'")
        assert fed == REPAYMENTS
        for loan in loans:
            row = await db.fetchrow(Statement(LOAN.row, f"{LOAN.select} WHERE id = $1::uuid"), loan.id)
            assert row is not None
            account = await account_of(db, row)
            state = with_all(row, account.entries)
            assert state.outstanding_vnd == row["outstanding_vnd"]
            # Of one day's repayments which came first is told by their ids: the sums are what must agree.
            sums = [sum(split[at] for split in account.splits.values()) for at in range(4)]
            assert sums == [sum(split[at] for split in state.splits.values()) for at in range(4)]
    finally:
        await db.close()
