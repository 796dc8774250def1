"""A fund that goes live: its capital, all of it, and the loans that ran before leave in cash just what is there."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from kernel.database.connections import Database
from migrations.run import downgrade, upgrade
from tests.funds.builders import (
    BILLION,
    CAPITAL,
    MILLION,
    PATH,
    Make,
    Record,
    a_repayment,
    a_tranche,
    an_opening,
    keyed,
)
from tests.funds.test_cash import lowest_cash
from tests.support.answers import assert_problem, faults, ok
from tests.support.client import ApiClient
from tests.support.databases import Databases

LOANS = f"{PATH}/loans"


@pytest.fixture
async def funds_url(databases: Databases) -> AsyncIterator[str]:
    """A database of the test's own: it goes a step down and up."""
    async with databases.clone("funds") as url:
        yield url


DAYS = ("2022-12-30", "2022-12-31", "2023-03-01", "2023-03-02", "2023-12-31")


async def books(funds: ApiClient, fund: Record, on: str) -> dict[str, int]:
    trial_balance = ok(await funds.get(f"{PATH}/ledger/trial-balance?fund_id={fund.id}&as_of={on}"))
    assert trial_balance["is_balanced"]
    return {line["account"]: line["debit_vnd"] - line["credit_vnd"] for line in trial_balance["items"]}


async def cash_and_free(funds: ApiClient, fund: Record, on: str) -> tuple[int, int]:
    """Return the ledger's cash, and what the position says is neither lent nor lost, promised or not."""
    position = ok(await funds.get(f"{PATH}/funds/{fund.id}/position?as_of={on}"))
    free = position["free_balance_vnd"] - position["short_vnd"] + position["commitments_vnd"]
    return (await books(funds, fund, on)).get("cash", 0), free


async def take_over(make: Make, fund: Record, **opening: Any) -> Record:
    return await make.opened(fund, await make.borrower(), principal_vnd=2 * BILLION, opening=opening)


LATE = {"overdue_principal_vnd": 20 * MILLION, "overdue_since": "2022-06-30", "overdue_interest_vnd": 5}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_cash_is_the_capital_less_what_was_lent_before_in_whatever_order_it_is_entered(
    order: tuple[int, ...], funds: ApiClient, make: Make
) -> None:
    fund = await make.fund()
    steps = (
        lambda: make.movement(fund, amount_vnd=BILLION),
        lambda: make.movement(fund, kind="surplus_allocation", amount_vnd=40 * MILLION),
        lambda: take_over(make, fund, principal_vnd=600 * MILLION, **LATE),
    )
    for step in order:
        await steps[step]()
    assert await cash_and_free(funds, fund, "2022-12-30") == (1_040 * MILLION, 1_040 * MILLION)
    assert await cash_and_free(funds, fund, "2022-12-31") == (440 * MILLION, 440 * MILLION)
    await make.loan(fund, 120 * MILLION)
    for day in DAYS:
        cash, free = await cash_and_free(funds, fund, day)
        assert cash == free, day


async def test_no_more_is_left_of_a_loan_than_its_contract_lends(funds: ApiClient, make: Make) -> None:
    opening = {"principal_vnd": 100 * MILLION + 1}
    body = an_opening(await make.rich_fund(), await make.borrower(), principal_vnd=100 * MILLION, opening=opening)
    assert faults(await funds.post(LOANS, json=body)) == {("/opening/principal_vnd", "too_large")}
    early = body | {"opening": {"as_of": "2021-05-31", "principal_vnd": MILLION}}
    assert faults(await funds.post(LOANS, json=early)) == {("/opening/as_of", "end_before_start")}


async def test_money_that_was_lent_before_is_paid_out_by_no_tranche(funds: ApiClient, make: Make, db: Database) -> None:
    fund = await make.fund()
    await make.movement(fund, amount_vnd=2 * BILLION)
    await make.movement(fund, amount_vnd=BILLION, moved_on="2023-03-10")
    await take_over(make, fund, principal_vnd=1_900 * MILLION)
    loan = await make.contract(fund)
    url = f"{LOANS}/{loan.id}/disbursements"
    refused = await funds.post(url, json=a_tranche(), headers=keyed())
    sums = {"cash_vnd": 100 * MILLION, "asked_vnd": 120 * MILLION, "over_vnd": 20 * MILLION}
    assert_problem(refused, 409, "cash_short", first_short_on="2023-03-02", **sums)
    ok(await funds.post(url, json=a_tranche(disbursed_on="2023-03-10"), headers=keyed()), 201)
    assert await lowest_cash(db, fund) == 100 * MILLION


async def test_what_a_borrower_gets_back_waits_for_no_capital_to_be_entered(funds: ApiClient, make: Make) -> None:
    fund = await make.fund()
    loan = await take_over(make, fund)
    wrong = await make.money(f"loans/{loan.id}/repayments", a_repayment(paid_on="2023-01-05"))
    await make.money(f"repayments/{wrong.id}/reversal", {"reason": "Nhầm khoản vay"})
    assert (await books(funds, fund, "2023-12-31"))["cash"] == -60 * MILLION
    more = a_repayment(70 * MILLION, paid_on="2023-01-10", excess="hold")
    held_vnd = (await make.money(f"loans/{loan.id}/repayments", more)).held_vnd
    assert held_vnd > 9 * MILLION
    ok(await funds.post(f"{LOANS}/{loan.id}/settlement", json={"settled_on": "2023-01-10"}, headers=keyed()), 201)
    await make.movement(fund, amount_vnd=60 * MILLION)
    assert (await books(funds, fund, "2023-12-31"))["cash"] == 70 * MILLION - held_vnd


async def test_a_surplus_of_what_the_books_earned_brings_no_cash_and_one_of_before_does(
    funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund(BILLION)
    loan = await make.loan(fund, 120 * MILLION)
    owed = ok(await funds.get(f"{LOANS}/{loan.id}/position?as_of=2024-06-01"))["total_owed_vnd"]
    await make.money(f"loans/{loan.id}/repayments", a_repayment(owed, paid_on="2024-06-01"))
    cash, earned = (await books(funds, fund, "2024-12-31"))["cash"], owed - 120 * MILLION
    own = {"kind": "surplus_allocation", "amount_vnd": earned, "moved_on": "2024-12-31"}
    await make.movement(fund, **own)
    after = await books(funds, fund, "2024-12-31")
    assert (after["cash"], after["fund_capital"]) == (cash, -BILLION - earned)
    before = await make.movement(fund, **{**own, "amount_vnd": 7 * MILLION})
    assert (await books(funds, fund, "2024-12-31"))["cash"] == cash + 7 * MILLION
    # Not distributed yet in the one year, made capital of in the next: it is the same money.
    undone = {"reason": "Nhập nhầm", "effective_on": "2024-12-31"}
    await make.confirmed("capital-movements", ok(await funds.post(f"{CAPITAL}/{before.id}/reversal", json=undone), 201))
    assert await books(funds, fund, "2024-12-31") == after | {"opening_balance": 0}
    for body in (
        {"kind": "undistributed_result"},
        {"kind": "undistributed_result", "direction": "out"},
        {"kind": "surplus_allocation"},
    ):
        await make.movement(fund, amount_vnd=9 * MILLION, moved_on="2025-01-31", **body)
    assert (await books(funds, fund, "2025-12-31"))["cash"] == cash + 9 * MILLION


# What the service of before booked: openings against `opening_balance`, of a surplus no cash.
_AS_BEFORE = """
    SET session_replication_role = replica;
    UPDATE ledger_entry e SET account = 'opening_balance' FROM ledger_transaction t
     WHERE t.id = e.transaction_id AND t.kind = 'opening' AND e.account = 'cash';
    DELETE FROM ledger_entry e USING ledger_transaction t
     WHERE t.id = e.transaction_id AND t.kind = 'capital' AND e.line > 2"""


async def test_the_books_of_before_are_corrected_once_on_the_first_open_day(
    funds: ApiClient, make: Make, funds_url: str
) -> None:
    fund, other = await make.rich_fund(BILLION), await make.rich_fund(BILLION)
    await make.movement(fund, kind="surplus_allocation", amount_vnd=40 * MILLION)
    for one in (fund, other):
        await take_over(make, one, principal_vnd=600 * MILLION)
    before = await books(funds, fund, "2023-12-31"), await books(funds, other, "2023-12-31")
    assert [one["cash"] for one in before] == [440 * MILLION, 400 * MILLION]
    closure = {"fund_id": other.id, "closed_until": "2023-06-30"}
    ok(await make.approver.post(f"{PATH}/ledger-closures", json=closure), 201)
    connection = await asyncpg.connect(funds_url)
    try:
        await connection.execute(_AS_BEFORE)
    finally:
        await connection.close()
    assert (await books(funds, fund, "2023-12-31"))["cash"] == BILLION
    for _ in range(2):
        await asyncio.to_thread(downgrade, "funds", funds_url, "funds_0009")
        await asyncio.to_thread(upgrade, "funds", funds_url)
        for one, were in zip((fund, other), before, strict=True):
            balances_then = await books(funds, one, "2023-12-31")
            assert {account: vnd for account, vnd in balances_then.items() if vnd} == {
                a: vnd for a, vnd in were.items() if vnd
            }
    assert (await books(funds, other, "2023-06-30"))["cash"] == BILLION
    assert (await books(funds, other, "2023-07-01"))["cash"] == 400 * MILLION
