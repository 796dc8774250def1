"""Loans with graces over HTTP: what is earned in a grace is owed from its first day, whoever adds it up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.funds.engine.days import Interval
from services.funds.engine.debt_groups import debt_group
from services.funds.engine.terms import Part, Terms
from tests.funds.builders import BILLION, CLEAN, MILLION, PATH, Make, Record, a_tranche, keyed
from tests.funds.loans.day_by_day import Evening, Happening, Loan, evenings
from tests.support.answers import assert_problem, ok
from tests.support.client import ApiClient

LOANS = f"{PATH}/loans"
START = date(2023, 3, 2)
GRACE = Terms(1_200 * MILLION, Decimal("7.3"), 24, START, interest_grace=6)
"""Two years of equal principal parts; at 7.3 % the whole sum earns 240,000 đồng a day."""


def document(terms: Terms) -> dict[str, Any]:
    """Return terms as they travel."""
    names = (
        "method",
        "installments",
        "day_count",
        "principal_every",
        "principal_grace",
        "interest_grace",
        "interest_free",
        "round_installment_to_vnd",
        "holiday_rule",
    )
    shown: dict[str, Any] = {name: getattr(terms, name) for name in names}
    shown["interval"] = {"count": terms.interval.count, "unit": terms.interval.unit}
    shown["parts"] = [{"due_on": part.due_on.isoformat(), "principal_vnd": part.principal_vnd} for part in terms.parts]
    return shown


async def contract(make: Make, terms: Terms, fund: Record | None = None, **fields: Any) -> Record:
    """Make a contract of these terms, approved like this; nothing is paid out yet."""
    body = {"annual_rate_percent": str(terms.annual_rate_percent), "terms": document(terms), **fields}
    return await make.contract(fund, terms.principal_vnd, **body)


async def lend(make: Make, terms: Terms, fund: Record | None = None) -> Record:
    """Make a loan of these terms that was paid out in full on its first day."""
    loan = await contract(make, terms, fund)
    await make.money(f"loans/{loan.id}/disbursements", a_tranche(terms.principal_vnd))
    return loan


async def position(client: ApiClient, loan: Record, on: date) -> dict[str, Any]:
    document: dict[str, Any] = ok(await client.get(f"{LOANS}/{loan.id}/position?as_of={on}"))
    return document


async def enter(make: Make, loan: Record, what: Happening) -> None:
    """Enter what happened through the service's own operations."""
    at, on = f"loans/{loan.id}", what.on.isoformat()
    decided = {"decision_number": "3/QĐ", "decided_on": on}
    if what.kind == "disbursement":
        body: dict[str, Any] = {"amount_vnd": what.amount, "disbursed_on": on, "bad_debt_check": CLEAN}
        await make.money(f"{at}/disbursements", body)
    elif what.kind == "repayment":
        await make.money(f"{at}/repayments", {"amount_vnd": what.amount, "paid_on": on, "excess": "hold"})
    elif what.kind == "interest_reduction":
        body = {
            "kind": "reduced",
            "effective_on": on,
            "interest_vnd": what.interest,
            "for_inability": False,
            "overdue_interest_vnd": what.overdue_interest,
            **decided,
        }
        await make.entered_and_confirmed("interest-reductions", loan, body)
    elif what.kind == "recall":
        assert what.due_on is not None
        body = {"effective_on": on, "due_on": what.due_on.isoformat(), "reason": "Sai mục đích", **decided}
        await make.entered_and_confirmed("early-recall", loan, body)
    else:
        assert what.kind == "rescheduling"
        assert what.terms is not None
        body = {"kind": "extension", "effective_on": on, "terms": document(what.terms), "request_reason": "Mất mùa"}
        rescheduling = await make.create(
            f"{at}/reschedulings", body | ({"annual_rate_percent": str(what.rate)} if what.rate else {})
        )
        ok(await make.approver.post(f"{PATH}/reschedulings/{rescheduling.id}/approval", json=decided), 201)


async def test_a_loan_is_settled_in_its_grace_with_all_that_it_earned(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    loan = await lend(make, GRACE, fund)
    on = START + timedelta(days=151)
    # Nothing is repaid in the first 151 days: four parts of 50 million are late, the rest earned what it was due.
    bullet = await lend(make, replace(GRACE, method="bullet"), fund)
    loan_position = await position(funds, bullet, on)
    assert (loan_position["due_interest_vnd"], loan_position["accrued_interest_vnd"]) == (0, 36_240_000)
    assert loan_position["total_owed_vnd"] == 1_236_240_000
    assert (loan_position["state"], loan_position["debt_group"], loan_position["provision_vnd"]) == ("active", 1, 0)
    short = {"amount_vnd": 1_200 * MILLION, "paid_on": on.isoformat()}
    await make.money(f"loans/{bullet.id}/repayments", short)
    settlement = {"settled_on": on.isoformat()}
    refused = await funds.post(f"{LOANS}/{bullet.id}/settlement", json=settlement, headers=keyed())
    # Interest first: what is missing is principal.
    assert_problem(refused, 409, "still_owed", owed_vnd=36_240_000, principal_vnd=36_240_000, interest_vnd=0)
    await make.money(f"loans/{bullet.id}/repayments", {**short, "amount_vnd": 36_240_000})
    ok(await funds.post(f"{LOANS}/{bullet.id}/settlement", json=settlement, headers=keyed()), 201)
    books = {
        line["account"]: line["credit_vnd"] - line["debit_vnd"]
        for line in ok(await funds.get(f"{PATH}/ledger/trial-balance?fund_id={fund.id}"))["items"]
    }
    assert (books["interest_income"], -books["loan_principal"]) == (36_240_000, 1_200 * MILLION)
    assert loan.id != bullet.id


@pytest.mark.parametrize("what", ["repayment", "interest_reduction"])
async def test_what_is_paid_or_waived_in_a_grace_leaves_nothing_negative_and_nobody_late(
    what: str, funds: ApiClient, make: Make
) -> None:
    loan = await lend(make, replace(GRACE, method="bullet", principal_vnd=1_200 * MILLION))
    paid_on, later = START + timedelta(days=40), START + timedelta(days=75)
    amount = 5 * MILLION
    happening = Happening(paid_on, what, amount=amount if what == "repayment" else 0, interest=amount)
    await enter(make, loan, happening)
    for days in (40, 62, 75, 150, 200):
        loan_position = await position(funds, loan, START + timedelta(days=days))
        assert (loan_position["due_interest_vnd"], loan_position["accrued_interest_vnd"]) == (
            0,
            240_000 * days - amount,
        ), days
        assert (loan_position["state"], loan_position["overdue_since"], loan_position["debt_group"]) == (
            "active",
            None,
            1,
        )
        assert loan_position["provision_vnd"] == 0
    on = later.isoformat()
    notice = await funds.get(f"{LOANS}/{loan.id}/documents/overdue-notice?as_of={on}")
    assert_problem(notice, 409, "nothing_overdue")
    for document_ in ("contract-annex", "repayment-schedule"):
        assert (await funds.get(f"{LOANS}/{loan.id}/documents/{document_}?as_of={on}")).status_code == 200
    # All that was earned until then, and a first part of the principal.
    paid = await make.money(f"loans/{loan.id}/repayments", {"amount_vnd": 18 * MILLION, "paid_on": on})
    assert (paid.interest_vnd, paid.principal_vnd) == (13 * MILLION, 5 * MILLION)
    rows = ok(await funds.get(f"{LOANS}/{loan.id}/schedule?as_of={on}"))["items"]
    assert min(row[name] for row in rows for name in row if name.endswith("_vnd")) >= 0
    seventh = rows[6]
    assert seventh["interest_paid_vnd"] + seventh["interest_waived_vnd"] == 18 * MILLION
    assert all(row["interest_vnd"] == row["interest_paid_vnd"] == 0 for row in rows[:6])


SHORT = replace(GRACE, principal_vnd=730 * MILLION, installments=6, interest_grace=0, interval=Interval(20, "days"))
"""Six rows of twenty days: 146,000 đồng a day."""
PLANS: dict[str, tuple[Terms, Sequence[Happening]]] = {
    "grace of interest": (replace(SHORT, interest_grace=3), ()),
    "grace of principal": (replace(SHORT, interest_grace=0, principal_grace=3), ()),
    "both, of different lengths": (replace(SHORT, interest_grace=2, principal_grace=4, day_count="actual_360"), ()),
    "level payments": (replace(SHORT, method="equal_installment", interest_grace=2, day_count="30e_360"), ()),
    "flat": (replace(SHORT, method="flat", interest_grace=2), ()),
    "nominal months": (
        replace(
            SHORT, method="bullet", interest_grace=3, day_count="none", installments=4, interval=Interval(1, "months")
        ),
        (),
    ),
    "given parts": (
        replace(
            SHORT,
            method="custom",
            interest_grace=2,
            installments=3,
            parts=tuple(
                Part(START + timedelta(days=days), amount * MILLION)
                for days, amount in ((15, 30), (50, 200), (121, 500))
            ),
        ),
        (),
    ),
    "tranches in the grace and after it": (
        replace(SHORT, interest_grace=3, principal_grace=1),
        (
            Happening(START, "disbursement", 300 * MILLION),
            Happening(START + timedelta(days=33), "disbursement", 100 * MILLION),
            Happening(START + timedelta(days=90), "disbursement", 330 * MILLION),
        ),
    ),
    "paid and waived in the grace": (
        replace(SHORT, interest_grace=4, principal_grace=3),
        (
            Happening(START + timedelta(days=12), "repayment", 1_000_001),
            Happening(START + timedelta(days=31), "interest_reduction", interest=2_000_000),
            Happening(START + timedelta(days=47), "repayment", 60 * MILLION),
            Happening(START + timedelta(days=112), "repayment", 100 * MILLION),
        ),
    ),
    "rescheduled in the grace, with another": (
        replace(SHORT, interest_grace=4),
        (
            Happening(START + timedelta(days=9), "repayment", 700_000),
            Happening(
                START + timedelta(days=50),
                "rescheduling",
                rate=Decimal("4.8"),
                terms=replace(
                    SHORT,
                    method="flat",
                    interest_grace=2,
                    installments=4,
                    day_count="actual_360",
                    interval=Interval(1, "months"),
                ),
            ),
        ),
    ),
    "recalled in the grace": (
        replace(SHORT, method="bullet", interest_grace=4),
        (
            Happening(START + timedelta(days=20), "repayment", 50 * MILLION),
            Happening(START + timedelta(days=41), "recall", due_on=START + timedelta(days=60)),
        ),
    ),
}


def lived(plan: str, days: int = 180) -> list[Evening]:
    terms, happened = PLANS[plan]
    whole = [Happening(START, "disbursement", terms.principal_vnd)]
    first = [] if any(one.kind == "disbursement" for one in happened) else whole
    numbered = [one._replace(id=f"{number:02d}") for number, one in enumerate([*first, *happened])]
    return list(evenings(Loan(terms), numbered, START + timedelta(days=days)))


async def live(make: Make, plan: str, fund: Record) -> Record:
    terms, happened = PLANS[plan]
    if any(one.kind == "disbursement" for one in happened):
        loan = await contract(make, terms, fund)
    else:
        loan = await lend(make, terms, fund)
    for one in happened:
        await enter(make, loan, one)
    return loan


def said(found: dict[str, Any]) -> Evening:
    since = found["overdue_since"]
    return Evening(
        date.fromisoformat(found["as_of"]),
        found["outstanding_vnd"],
        found["due_principal_vnd"],
        found["due_interest_vnd"],
        found["accrued_interest_vnd"],
        found["overdue_interest_vnd"],
        found["held_vnd"],
        None if since is None else date.fromisoformat(since),
    )


@pytest.mark.thorough
async def test_positions_groups_and_lists_of_every_day_agree_with_a_life_lived_day_by_day(
    funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund()
    loans = {plan: await live(make, plan, fund) for plan in PLANS}
    lives = {plan: lived(plan) for plan in PLANS}
    renewed = {
        plan: [one.on for one in happened if one.kind == "rescheduling"] for plan, (_, happened) in PLANS.items()
    }
    for number, plan in enumerate(PLANS):
        # Of each loan every third day: together all of them.
        for evening in lives[plan][number % 3 :: 3]:
            loan_position = await position(funds, loans[plan], evening.on)
            assert (said(loan_position), loan_position["total_owed_vnd"]) == (evening, evening.owed), plan
    for day in range(0, 181, 4):
        on, groups = START + timedelta(days=day), dict.fromkeys(range(1, 6), 0)
        evenings_of = {plan: lives[plan][day] for plan in PLANS}
        for plan, evening in evenings_of.items():
            late = 0 if evening.overdue_since is None else (on - evening.overdue_since).days
            groups[debt_group(late, sum(1 for r in renewed[plan] if r <= on), late, on=on)] += evening.outstanding
        answered = ok(await funds.get(f"{PATH}/funds/{fund.id}/debt-groups?as_of={on}"))["items"]
        assert {item["debt_group"]: item["outstanding_vnd"] for item in answered} == groups, on
        overdue = ok(await funds.get(f"{LOANS}?overdue_on={on}&fund_id={fund.id}&limit=200"))["items"]
        expected = {loans[plan].id for plan, evening in evenings_of.items() if evening.overdue_since is not None}
        assert {one["id"] for one in overdue} == expected, on


@pytest.mark.parametrize("plan", PLANS)
async def test_a_quote_is_the_schedule_of_the_loan(plan: str, funds: ApiClient, make: Make) -> None:
    terms, _ = PLANS[plan]
    loan = await lend(make, terms)
    query = {
        "principal_vnd": terms.principal_vnd,
        "annual_rate_percent": str(terms.annual_rate_percent),
        "disbursed_on": START.isoformat(),
        **document(terms),
    }
    quoted = ok(await funds.post(f"{PATH}/loan-quotes", json=query))["items"]
    names = ("number", "due_on", "opening_principal_vnd", "principal_vnd", "interest_vnd", "total_vnd")
    for days in (0, 45, 400):
        items = ok(await funds.get(f"{LOANS}/{loan.id}/schedule?as_of={START + timedelta(days=days)}"))["items"]
        assert [{name: row[name] for name in names} for row in items] == [
            {name: row[name] for name in names} for row in quoted
        ], days


@pytest.mark.thorough
@pytest.mark.parametrize("day", [0, 13, 40, 60, 99, 175])
async def test_on_any_day_what_is_owed_settles_the_loan_and_the_books_balance(
    day: int, funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund(50 * BILLION)
    on, interest = START + timedelta(days=day), 0
    for plan, (terms, happened) in PLANS.items():
        if any(one.on > on for one in happened):
            continue
        loan = await live(make, plan, fund)
        owed = (await position(funds, loan, on))["total_owed_vnd"]
        assert owed == lived(plan)[day].owed
        if owed:
            await make.money(f"loans/{loan.id}/repayments", {"amount_vnd": owed, "paid_on": on.isoformat()})
        ok(await funds.post(f"{LOANS}/{loan.id}/settlement", json={"settled_on": on.isoformat()}, headers=keyed()), 201)
        for after in (0, 300):
            closed = await position(funds, loan, on + timedelta(days=after))
            assert (closed["state"], closed["total_owed_vnd"], closed["overdue_since"]) == ("settled", 0, None), plan
        paid = sum(one.amount for one in happened if one.kind == "repayment")
        interest += paid + owed - terms.principal_vnd
    books = ok(await funds.get(f"{PATH}/ledger/trial-balance?fund_id={fund.id}&as_of=2030-12-31"))
    assert books["is_balanced"]
    sums = {line["account"]: line["credit_vnd"] - line["debit_vnd"] for line in books["items"]}
    assert sums["loan_principal"] == 0
    assert sums.get("interest_income", 0) + sums.get("overdue_interest_income", 0) == interest


async def test_money_that_no_installment_repays_is_not_paid_out(funds: ApiClient, make: Make) -> None:
    terms = replace(SHORT, installments=2, principal_vnd=30 * MILLION)
    loan = await contract(make, terms)
    first = {"amount_vnd": 10 * MILLION, "disbursed_on": START.isoformat(), "bad_debt_check": CLEAN}
    await make.money(f"loans/{loan.id}/disbursements", first)
    last = START + timedelta(days=40)
    late = {"amount_vnd": 20 * MILLION, "disbursed_on": last.isoformat()}
    refused = await funds.post(f"{LOANS}/{loan.id}/disbursements", json=late, headers=keyed())
    problem = assert_problem(refused, 409, "never_due", last_due_on=last.isoformat(), never_due_vnd=20 * MILLION)
    assert "20.000.000 đồng" in problem["detail"]
    assert (await position(funds, loan, last))["outstanding_vnd"] == 10 * MILLION
    before = {**late, "disbursed_on": (last - timedelta(days=1)).isoformat()}
    await make.money(f"loans/{loan.id}/disbursements", before)
    # A recall of an earlier day would leave the second tranche behind.
    body = {
        "effective_on": "2023-03-20",
        "due_on": "2023-03-25",
        "reason": "Sai mục đích",
        "decision_number": "3/QĐ",
        "decided_on": "2023-03-20",
    }
    refused = await funds.post(f"{LOANS}/{loan.id}/early-recall", json=body)
    assert_problem(refused, 409, "never_due", last_due_on="2023-03-25", never_due_vnd=20 * MILLION)
    loan_position = await position(funds, loan, last)
    assert (loan_position["due_principal_vnd"], loan_position["outstanding_vnd"]) == (30 * MILLION, 30 * MILLION)
