"""Odd lives of loans over HTTP, beside the oracle that lives through each day: nothing is lost where things meet."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.funds.engine.days import Interval
from services.funds.engine.terms import Terms
from tests.funds.builders import BILLION, MILLION, PATH, Make, Record, keyed
from tests.funds.loans.day_by_day import Evening, Happening, Loan, evenings
from tests.funds.test_collection_sheets import adds_up, sheet
from tests.funds.test_graces import LOANS, START, contract, enter, position, said
from tests.support.answers import ok
from tests.support.client import ApiClient

GRACED = Terms(730 * MILLION, Decimal("7.3"), 6, START, interest_grace=3, interval=Interval(20, "days"))
"""Six rows of twenty days, 146,000 đồng a day, the first three of them without interest."""
NEW = replace(GRACED, interest_grace=2)


def at(day: int, kind: str, amount: int = 0, **fields: Any) -> Happening:
    return Happening(START + timedelta(days=day), kind, amount, **fields)


WHOLE = at(0, "disbursement", 730 * MILLION)
LIVES: dict[str, tuple[Terms, Sequence[Happening]]] = {
    "paid back on the day it was paid out": (GRACED, (WHOLE, at(0, "repayment", 30 * MILLION))),
    "all of it paid back on that day": (GRACED, (WHOLE, at(0, "repayment", 730 * MILLION))),
    "two tranches of one day, a third after the grace": (
        GRACED,
        (
            at(0, "disbursement", 100 * MILLION),
            at(0, "disbursement", 130 * MILLION),
            at(30, "repayment", 90 * MILLION),
            at(80, "disbursement", 500 * MILLION),
        ),
    ),
    "all repaid in the grace, then drawn again": (
        replace(GRACED, method="bullet"),
        (at(0, "disbursement", 100 * MILLION), at(25, "repayment", 100_500_000), at(45, "disbursement", 630 * MILLION)),
    ),
    "paid and rescheduled on one day of the grace": (
        GRACED,
        (
            WHOLE,
            at(10, "repayment", 1_000_001),
            at(33, "repayment", 2_000_003),
            at(33, "rescheduling", terms=NEW, rate=Decimal("4.8")),
            at(50, "interest_reduction", interest=3_000_001),
            at(60, "repayment", 5 * MILLION),
        ),
    ),
    "rescheduled on the day that interest falls due": (
        GRACED,
        (WHOLE, at(80, "rescheduling", terms=replace(NEW, method="bullet")), at(80, "repayment", 12 * MILLION)),
    ),
    "waived in the grace to the last đồng": (
        replace(GRACED, principal_grace=3),
        (WHOLE, at(59, "interest_reduction", interest=59 * 146_000), at(61, "repayment", 146_000 * 2)),
    ),
    "recalled in the grace for the same day": (
        replace(GRACED, method="bullet"),
        (
            WHOLE,
            at(15, "repayment", 1_000_000),
            at(41, "recall", due_on=START + timedelta(days=41)),
            at(41, "repayment", 400 * MILLION),
            at(60, "interest_reduction", overdue_interest=1_000),
        ),
    ),
    "handled by provisions with interest put off": (
        GRACED,
        (WHOLE, at(12, "repayment", 700_000), at(50, "write_off", 730 * MILLION)),
    ),
    "flat, and late after the grace": (
        replace(GRACED, method="flat"),
        (WHOLE, at(70, "repayment", 20 * MILLION), at(130, "repayment", 100 * MILLION)),
    ),
}


def numbered(happened: Sequence[Happening]) -> list[Happening]:
    return [one._replace(id=f"{number:02d}") for number, one in enumerate(happened)]


def lived(name: str, days: int = 180) -> list[Evening]:
    terms, happened = LIVES[name]
    return list(evenings(Loan(terms), numbered(happened), START + timedelta(days=days)))


async def handle(make: Make, loan: Record, on: date) -> None:
    await make.ended(loan, str(on))
    await make.written_off(loan, str(on), ground="dissolved")


async def live(make: Make, name: str, fund: Record) -> Record:
    terms, happened = LIVES[name]
    loan = await contract(make, terms, fund)
    for one in happened:
        await (handle(make, loan, one.on) if one.kind == "write_off" else enter(make, loan, one))
    return loan


async def agree(funds: ApiClient, loan: Record, name: str, step: int = 7) -> None:
    _, happened = LIVES[name]
    odd = {(one.on - START).days + more for one in happened for more in (-1, 0, 1)}
    life = lived(name)
    for day in sorted({*range(0, 181, step), *odd} & set(range(181))):
        answered = await position(funds, loan, life[day].on)
        assert (said(answered), answered["total_owed_vnd"]) == (life[day], life[day].owed), name
        assert min(value for key, value in answered.items() if key.endswith("_vnd")) >= 0


@pytest.mark.thorough
@pytest.mark.parametrize("name", LIVES)
async def test_every_day_of_an_odd_life_is_what_living_through_it_makes_it(
    name: str, funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund(50 * BILLION)
    loan = await live(make, name, fund)
    await agree(funds, loan, name)
    books = ok(await funds.get(f"{PATH}/ledger/trial-balance?fund_id={fund.id}"))
    assert books["is_balanced"]
    sums = {line["account"]: line["debit_vnd"] - line["credit_vnd"] for line in books["items"]}
    assert sums.get("loan_principal", 0) == lived(name)[-1].outstanding
    assert sums["cash"] == 50 * BILLION + sum(
        {"repayment": 1, "disbursement": -1}.get(one.kind, 0) * one.amount for one in LIVES[name][1]
    )


async def test_sheets_and_the_work_list_of_loans_with_graces_say_what_their_positions_say(
    funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund(50 * BILLION)
    loans = {name: await live(make, name, fund) for name in LIVES}
    for month in range(3, 9):
        last = date(2023, month, calendar.monthrange(2023, month)[1])
        items = await sheet(funds, fund, f"2023-{month:02d}")
        lines = {line["loan_id"]: line for item in items for line in item["loans"]}
        for name, loan in loans.items():
            line, evening = lines[loan.id], lived(name, 190)[(last - START).days]
            assert adds_up(line, "principal"), (name, line)
            assert adds_up(line, "interest"), (name, line)
            assert line["remaining_principal_vnd"] == evening.due_principal, name
            assert line["remaining_interest_vnd"] == evening.due_interest + evening.overdue_interest, name
        for item in items:
            assert (
                item["arrears_vnd"] + item["falls_due_vnd"] - item["paid_ahead_vnd"] - item["collected_vnd"]
                == (item["remaining_vnd"])
            )
    tasks = ok(await funds.get(f"{PATH}/work-list?fund_id={fund.id}&kind=overdue"))["items"]
    late = set()
    for name, loan in loans.items():
        now = ok(await funds.get(f"{LOANS}/{loan.id}/position"))
        if now["overdue_since"] is None or now["state"] != "overdue":
            continue
        late.add(loan.id)
        (item,) = [one for one in tasks if one["loan_id"] == loan.id]
        owed = now["due_principal_vnd"] + now["due_interest_vnd"] + now["overdue_interest_vnd"]
        assert (item["amount_vnd"], item["on"]) == (owed, now["overdue_since"]), name
    assert len(late) > 4
    assert {item["loan_id"] for item in tasks} == late


@pytest.mark.thorough
@pytest.mark.parametrize(
    "name", ["two tranches of one day, a third after the grace", "paid and rescheduled on one day of the grace"]
)
async def test_a_waiver_or_a_payment_taken_back_in_a_grace_leaves_the_life_that_would_have_been(
    name: str, funds: ApiClient, make: Make
) -> None:
    loan = await live(make, name, await make.rich_fund(50 * BILLION))
    on = {"paid_on": str(START + timedelta(days=34)), "amount_vnd": 123_457}
    paid = await make.money(f"loans/{loan.id}/repayments", on)
    waiver = {
        "kind": "waived",
        "effective_on": str(START + timedelta(days=36)),
        "interest_vnd": 7,
        "decision_number": "4/QĐ",
        "decided_on": "2023-04-08",
    }
    waived = await make.entered_and_confirmed("interest-reductions", loan, waiver)
    undone = {"reason": "Nhầm"}
    await make.undone(f"interest-reductions/{waived.id}")
    await make.money(f"repayments/{paid.id}/reversal", undone)
    await agree(funds, loan, name)


async def test_a_loan_handled_by_provisions_in_its_grace_owes_nothing_and_takes_only_recoveries(
    funds: ApiClient, make: Make
) -> None:
    name = "handled by provisions with interest put off"
    loan = await live(make, name, await make.rich_fund(50 * BILLION))
    loan_position = await position(funds, loan, START + timedelta(days=170))
    assert (loan_position["state"], loan_position["total_owed_vnd"], loan_position["days_overdue"]) == (
        "risk_handled",
        0,
        0,
    )
    refused = await funds.post(
        f"{LOANS}/{loan.id}/repayments", json={"amount_vnd": MILLION, "paid_on": "2023-06-01"}, headers=keyed()
    )
    assert refused.json()["code"] == "loan_state_forbids"
