"""Loans that were kept by the rules of before: what a migration notes, the service derives anew when it starts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from kernel.database.connections import Database
from migrations.run import configuration, downgrade, upgrade
from services.funds.main import create_app
from tests.funds.builders import MILLION, PATH, Make, a_tranche, keyed, terms
from tests.funds.test_graces import GRACE, START, lend, position
from tests.funds.test_in_force import rescheduled
from tests.support.answers import ok
from tests.support.apps import Apps
from tests.support.client import ApiClient
from tests.support.databases import Databases, as_owner


@pytest.fixture
async def funds_url(databases: Databases) -> AsyncIterator[str]:
    """A database of the test's own: it goes a step down and up."""
    async with databases.clone("funds") as url:
        yield url


# What the service of before kept of 10 million paid on the 41st day: nine days' interest of the second row, which asks
# for none, and the rest of it principal.
_AS_BEFORE = """
    SET session_replication_role = replica;
    UPDATE repayment SET interest_vnd = 2160000, principal_vnd = 7840000;
    UPDATE loan SET interest_paid_vnd = 2160000, outstanding_vnd = 1192160000 WHERE outstanding_vnd > 0;
    UPDATE loan_installment SET interest_paid_vnd = 2160000, interest_vnd = 0 WHERE number = 2;
    UPDATE loan_installment SET interest_paid_vnd = 0 WHERE number = 7;
    UPDATE loan_installment SET principal_paid_vnd = 7840000 WHERE number = 24;
    UPDATE ledger_entry SET credit_vnd = 2160000 WHERE account = 'interest_income';
    UPDATE ledger_entry SET credit_vnd = 7840000 WHERE account = 'loan_principal' AND credit_vnd > 0"""


async def _down_and_up(url: str, rows: str, *, step: str = "funds_0008") -> None:
    """Take the rows back to what the service kept before the step, then go up again as an upgrade does."""
    script = ScriptDirectory.from_config(configuration("funds", url))
    before = script.get_revision(step).down_revision
    assert isinstance(before, str)
    await asyncio.to_thread(downgrade, "funds", as_owner(url), before)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(rows)
    finally:
        await connection.close()
    await asyncio.to_thread(upgrade, "funds", as_owner(url))


async def _start(apps: Apps, url: str) -> None:
    async with apps.running(create_app, url):
        pass


async def test_an_open_loan_kept_by_the_rules_of_before_is_derived_anew_with_a_correction_in_the_ledger(
    funds: ApiClient, make: Make, funds_url: str, apps: Apps
) -> None:
    fund = await make.rich_fund()
    loan = await lend(make, replace(GRACE, method="bullet"), fund)
    on = (START + timedelta(days=40)).isoformat()
    paid = await make.money(f"loans/{loan.id}/repayments", {"amount_vnd": 10 * MILLION, "paid_on": on})
    assert (paid.interest_vnd, paid.principal_vnd) == (9_600_000, 400_000)
    closure = {"fund_id": fund.id, "closed_until": "2023-04-30"}
    ok(await make.approver.post(f"{PATH}/ledger-closures", json=closure), 201)
    await _down_and_up(funds_url, _AS_BEFORE)
    assert (await make.read("loans", loan.id)).outstanding_vnd == 1_192_160_000
    await _start(apps, funds_url)
    anew = await make.read("loans", loan.id)
    assert (anew.outstanding_vnd, anew.interest_paid_vnd) == (1_199_600_000, 9_600_000)
    split = await make.read("repayments", paid.id)
    assert (split.interest_vnd, split.principal_vnd) == (9_600_000, 400_000)
    later = await position(funds, loan, START + timedelta(days=100))
    assert (later["outstanding_vnd"], later["due_interest_vnd"]) == (1_199_600_000, 0)
    # The closed month stays as it was booked; the correction stands on the first open day and points at what it corrects.
    entries = ok(await funds.get(f"{PATH}/ledger/entries?loan_id={loan.id}&limit=50"))["items"]
    corrected = {
        (entry["account"], entry["debit_vnd"] - entry["credit_vnd"]) for entry in entries if entry["corrects_id"]
    }
    assert corrected == {("loan_principal", 7_440_000), ("interest_income", -7_440_000)}
    assert {entry["booked_on"] for entry in entries if entry["corrects_id"]} == {"2023-05-01"}
    # Once: nothing is left to derive.
    await _start(apps, funds_url)
    assert (await make.read("loans", loan.id)).version == anew.version


async def test_a_settled_loan_is_left_as_it_was_settled_and_its_rows_fit(
    funds: ApiClient, make: Make, funds_url: str, db: Database, apps: Apps
) -> None:
    loan = await lend(make, replace(GRACE, method="bullet"))
    on = (START + timedelta(days=40)).isoformat()
    await make.money(f"loans/{loan.id}/repayments", {"amount_vnd": 10 * MILLION, "paid_on": on})
    await make.money(f"loans/{loan.id}/repayments", {"amount_vnd": 1_199_600_000, "paid_on": on})
    ok(await funds.post(f"{PATH}/loans/{loan.id}/settlement", json={"settled_on": on}, headers=keyed()), 201)
    settled = await make.read("loans", loan.id)
    await _down_and_up(
        funds_url, "UPDATE loan_installment SET interest_paid_vnd = 1, interest_vnd = 0 WHERE number = 2"
    )
    assert await db.fetchval("SELECT count(*) FROM loan_to_derive") == 0
    row = await db.fetchrow("SELECT interest_vnd, interest_paid_vnd FROM loan_installment WHERE number = 2")
    assert row is not None
    assert tuple(row.values()) == (1, 1)
    await _start(apps, funds_url)
    assert await make.read("loans", loan.id) == settled


# The service of before let a tranche that came after a new schedule fall due with the last of its installments.
_TRANCHE_IN_THE_LAST = """
    UPDATE loan_installment SET principal_vnd = 5000000 WHERE number BETWEEN 9 AND 17;
    UPDATE loan_installment SET principal_vnd = 65000000 WHERE number = 18"""


async def test_a_tranche_that_came_after_a_new_schedule_is_spread_when_the_service_starts(
    funds: ApiClient, make: Make, funds_url: str, db: Database, apps: Apps
) -> None:
    loan = await make.contract(terms=terms(installments=6))
    await make.money(f"loans/{loan.id}/disbursements", a_tranche(60 * MILLION))
    await rescheduled(funds, make, loan, "31/QĐ", effective_on="2023-03-20", terms=terms(installments=12))
    await make.money(f"loans/{loan.id}/disbursements", a_tranche(60 * MILLION, disbursed_on="2023-05-25"))
    untouched = await make.loan(terms=terms(installments=6))
    kept = "SELECT number, principal_vnd FROM loan_installment WHERE NOT replaced"
    spread = sorted(tuple(row.values()) for row in await db.fetch(kept))
    await _down_and_up(funds_url, _TRANCHE_IN_THE_LAST, step="funds_0017")
    assert sorted(tuple(row.values()) for row in await db.fetch(kept)) != spread
    assert await db.fetchval("SELECT array_agg(loan_id) FROM loan_to_derive") == [loan.id]
    await _start(apps, funds_url)
    assert sorted(tuple(row.values()) for row in await db.fetch(kept)) == spread
    assert [part for number, part in spread if number > 8] == [11 * MILLION] * 10
    assert await make.read("loans", untouched.id) == untouched


# The service of before let all fall due on the day of a recall, also what was due sooner.
_PUT_OFF = """
    SET session_replication_role = replica;
    UPDATE rescheduling SET dues = '[[13, "2023-06-20", 120000000, true, true]]';
    UPDATE loan_installment SET principal_vnd = 0, interest_vnd = 0, closed_on = '2023-03-20', replaced = true WHERE number < 4;
    UPDATE loan_installment SET principal_vnd = 120000000, interest_vnd = 2386849 WHERE number = 13;
    UPDATE loan SET unpaid_since = '2023-06-20'"""


async def test_what_a_recall_had_put_off_is_late_again_when_the_service_starts(
    funds: ApiClient, make: Make, funds_url: str, apps: Apps
) -> None:
    loan = await make.loan()
    recall = {"effective_on": "2023-03-20", "due_on": "2023-06-20", "reason": "Sai mục đích"}
    decision = {"decision_number": "4/QĐ", "decided_on": "2023-03-20"}
    await make.entered_and_confirmed("early-recall", loan, {**recall, **decision})
    overdue, schedule = f"{PATH}/loans?overdue_on=2023-05-10", f"{PATH}/loans/{loan.id}/schedule?as_of=2023-05-10"
    before = ok(await funds.get(schedule))["items"]
    await _down_and_up(funds_url, _PUT_OFF, step="funds_0028")
    assert ok(await funds.get(overdue))["items"] == []
    await _start(apps, funds_url)
    assert [each["id"] for each in ok(await funds.get(overdue))["items"]] == [loan.id]
    assert ok(await funds.get(schedule))["items"] == before
    late = await position(funds, loan, date(2023, 5, 10))
    assert (late["overdue_since"], late["debt_group"]) == ("2023-04-02", 3)


@pytest.mark.parametrize(
    "change",
    ["interest_paid_vnd = interest_vnd + 1", "interest_waived_vnd = -1", "principal_paid_vnd = principal_vnd + 1"],
)
async def test_the_database_refuses_what_would_be_owed_below_nothing(change: str, make: Make, funds_url: str) -> None:
    await lend(make, GRACE)
    connection = await asyncpg.connect(funds_url)
    try:
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(f"UPDATE loan_installment SET {change} WHERE number = 1")
    finally:
        await connection.close()
