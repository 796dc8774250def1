"""Reports begun and submitted, and plans approved, while reporting is killed at it: made again once, and never half."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from kernel.database.connections import connect
from kernel.values.ids import new_id
from tests.faults.killing import counts_of, killed_at
from tests.faults.service import ForkServer, Service
from tests.reporting.builders import ACTIVITIES, COVERAGES, SCOPES, a_coverage, an_activity
from tests.reporting.plans.builders import MEASURES, PLANS, TASKS, a_decision, a_measure, a_plan, a_task
from tests.reporting.reports.builders import OWN_CELLS, REPORTS, a_report
from tests.support.databases import Databases

pytestmark = pytest.mark.faults

_REPORT_TABLES = ("report", "report_freeze", "history", "change", "idempotency_key")
_PLAN_TABLES = ("approved_plan", "approved_task", "approved_measure", "history", "change", "idempotency_key")
MEASURED = ("cooperatives_new", "cooperatives_total", "cooperatives_dissolved")


@pytest.fixture
async def url(databases: Databases) -> AsyncIterator[str]:
    async with databases.clone("reporting") as address:
        yield address


@pytest.fixture
async def look(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(url)
    yield connection
    await connection.close()


@pytest.fixture(scope="module")
def fork_server() -> Iterator[ForkServer]:
    running = ForkServer("reporting")
    yield running
    running.end()


@pytest.fixture
async def service(fork_server: ForkServer, url: str, tmp_path: Path) -> AsyncIterator[Service]:
    running = Service(fork_server, url, tmp_path)
    running.start()
    await running.ready()
    yield running
    running.kill()


async def _send(
    service: Service, path: str, body: Any, key: str, *, sub: str = "preparer", more: str = ""
) -> httpx.Response:
    async with service.client(scope=f"{SCOPES} {more}", area="25-2025", sub=sub) as client:
        return await client.post(path, json=body, headers={"Idempotency-Key": key})


async def _made(service: Service, path: str, body: Any) -> dict[str, Any]:
    answer = await _send(service, path, body, new_id())
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def _draft(service: Service) -> dict[str, Any]:
    """Return the draft of a report on figures that reporting counts itself."""
    for kind in ("contests", "bulletins"):
        await _made(service, COVERAGES, a_coverage(kind))
    await _made(service, ACTIVITIES, an_activity("contest"))
    report = await _made(service, REPORTS, a_report())
    async with service.client(scope=SCOPES, area="25-2025", sub="preparer") as client:
        path, now = f"{REPORTS}/{report['id']}", {"If-Match": f'"{report["version"]}"'}
        answer = await client.patch(path, json={"included": OWN_CELLS}, headers=now)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.parametrize("table", ["report", "history", "change"])
async def test_a_report_whose_maker_is_killed_is_not_there_and_made_once_when_it_is_sent_again(
    service: Service, look: asyncpg.Connection, table: str
) -> None:
    body, key = a_report(id=new_id()), new_id()
    before = await counts_of(look, _REPORT_TABLES)
    await killed_at(service, look, table, 1, _send(service, REPORTS, body, key))
    assert await counts_of(look, _REPORT_TABLES) == before
    answers = [await _send(service, REPORTS, body, key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201], answers[0].text
    assert answers[0].json() == answers[1].json()
    # And without the key it is known by its id.
    assert (await _send(service, REPORTS, body, new_id())).status_code == 200
    after = await counts_of(look, _REPORT_TABLES)
    assert [after[name] - before[name] for name in ("report", "history", "change")] == [1, 1, 1]


@pytest.mark.parametrize("table", ["report_freeze", "history", "change"])
async def test_a_submission_whose_writer_is_killed_froze_nothing_and_freezes_once_when_it_is_sent_again(
    service: Service, look: asyncpg.Connection, table: str
) -> None:
    draft = await _draft(service)
    path, key = f"{REPORTS}/{draft['id']}/submission", new_id()
    before = await counts_of(look, _REPORT_TABLES)
    await killed_at(service, look, table, 1, _send(service, path, {}, key))
    assert await counts_of(look, _REPORT_TABLES) == before
    row = await look.fetchrow("SELECT state, version, frozen_at FROM report")
    assert row is not None
    assert tuple(row) == ("draft", draft["version"], None)
    answers = [await _send(service, path, {}, key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201], answers[0].text
    assert answers[0].json() == answers[1].json()
    after = await counts_of(look, _REPORT_TABLES)
    assert {name: after[name] - before[name] for name in _REPORT_TABLES} == {
        "report": 0,
        "report_freeze": 1,
        "history": 1,
        "change": 1,
        "idempotency_key": 1,
    }
    (frozen,) = await look.fetch("SELECT number, frozen_at, content FROM report_freeze")
    content = json.loads(frozen["content"])
    assert frozen["number"] == 1
    assert frozen["frozen_at"] == datetime.fromisoformat(answers[0].json()["frozen_at"])
    assert [cell["key"] for cell in content["cells"]] == OWN_CELLS
    assert {cell["status"] for cell in content["cells"]} == {"reported"}
    assert {"sections", "definitions", "unavailable"} <= content.keys()


async def _standing(look: asyncpg.Connection) -> list[tuple[str, int]]:
    return [tuple(row) for row in await look.fetch("SELECT state, version_number FROM plan")]


@pytest.mark.parametrize(
    ("table", "row"),
    [("approved_plan", 1), ("approved_task", 2), ("approved_measure", 2), ("history", 1), ("change", 1)],
)
async def test_a_plan_whose_approval_is_killed_has_no_version_and_one_whole_one_when_it_is_sent_again(
    service: Service, look: asyncpg.Connection, table: str, row: int
) -> None:
    plan = await _made(service, PLANS, a_plan())
    for ordinal, indicator in enumerate(MEASURED, 1):
        task = await _made(service, TASKS, a_task(plan_id=plan["id"], ordinal=ordinal))
        await _made(service, MEASURES, a_measure(plan_id=plan["id"], task_id=task["id"], indicator=indicator))
    path, key = f"{PLANS}/{plan['id']}/approval", new_id()
    before = await counts_of(look, _PLAN_TABLES)

    async def approve() -> httpx.Response:
        return await _send(service, path, a_decision(), key, sub="director", more="reports.approve")

    await killed_at(service, look, table, row, approve())
    assert await counts_of(look, _PLAN_TABLES) == before
    assert await _standing(look) == [("draft", 0)]
    answers = [await approve() for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201], answers[0].text
    assert answers[0].json() == answers[1].json()
    after = await counts_of(look, _PLAN_TABLES)
    assert {name: after[name] - before[name] for name in _PLAN_TABLES} == {
        "approved_plan": 1,
        "approved_task": 3,
        "approved_measure": 3,
        "history": 1,
        "change": 1,
        "idempotency_key": 1,
    }
    assert await _standing(look) == [("approved", 1)]
