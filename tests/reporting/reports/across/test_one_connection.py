"""Everything that reporting does with one connection in its pool: what held one while it asked for a second would wait for itself."""

from __future__ import annotations

import asyncio

import pytest

from kernel.database.connections import Database
from tests.registry.builders import Make as RegistryMake
from tests.reporting.builders import PATH, Make
from tests.reporting.figures.conftest import FIGURES
from tests.reporting.plans.builders import PLANS, Planning
from tests.reporting.reports.builders import COMPLETENESS, REPORTS, Office
from tests.support.answers import ok

YEAR = {"from": "2023-01-01", "to": "2023-12-31", "province": "25-2025"}


@pytest.fixture
async def pool(db: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Reporting's pool, which opens no second connection."""
    monkeypatch.setattr(db, "size", 1)
    # Those that the start opened go.
    while db._open:
        await db.close()
        await asyncio.sleep(0.01)
    await db.open()
    # One of those that tests keep for each other is enough.
    while len(db._free) > 1:
        db._free.pop().raw.terminate()
        db._open -= 1
    return db


async def test_figures_plans_and_reports_need_one_connection_each(
    pool: Database, office: Office, make: Make, register: RegistryMake, planning: Planning
) -> None:
    await make.coverage("contests", "bulletins")
    await make.activity("contest")
    await register.coverage(province="25-2025")
    await register.organization(registered_on="2023-03-01")
    plan = await planning.plan(province="25-2025")
    task = await planning.task(plan)
    await planning.measure(plan, task_id=task["id"])
    await planning.approve(plan)
    for more in ({"previous": "year"}, {"group_by": "month"}, {"group_by": "province", "geography": "2008"}):
        # Only some indicators offer each group.
        codes = "media_contests,cooperatives_new"
        ok(await office.preparer.get(FIGURES, params={**YEAR, "indicators": codes, **more}))
    ok(await office.preparer.get(FIGURES, params=YEAR))
    ok(await office.preparer.get(f"{PLANS}/{plan['id']}/progress"))
    ok(await office.preparer.get(f"{PATH}/overview", params={"year": "2023"}))
    report = await office.issued(included=None, plan_id=plan["id"])
    for what in ("content", "checks", "drift", "diff", "provinces"):
        ok(await office.preparer.get(f"{REPORTS}/{report['id']}/{what}"))
    await office.receive(report, "returned", reason="Thiếu số liệu")
    revision = await office.revise(report)
    for what in ("content", "checks", "diff", "provinces"):
        ok(await office.preparer.get(f"{REPORTS}/{revision['id']}/{what}"))
    ok(await office.preparer.get(COMPLETENESS, params={"period": "2023"}))
    assert pool._open == 1
