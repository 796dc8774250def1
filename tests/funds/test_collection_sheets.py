"""The collection sheet: arrears + due − paid ahead − collected = remaining, in every row and every sum, whatever happened."""

from __future__ import annotations

import calendar
import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.values import geography
from services.funds.books.reports.collection import sums_of
from services.funds.engine.terms import Terms
from services.funds.servicing.replay.replay import replay
from services.funds.servicing.replay.state import Entry
from tests.funds.builders import MILLION, PATH, Make, Record, a_repayment, terms
from tests.funds.loans.lives import contract_of
from tests.funds.loans.test_day_by_day import lives_of_loans
from tests.support.answers import assert_problem, every_item, faults, ok
from tests.support.client import ApiClient

START = date(2023, 1, 31)


def adds_up(line: dict[str, int], part: str) -> bool:
    rest = line[f"arrears_{part}_vnd"] + line[f"due_{part}_vnd"] - line[f"paid_ahead_{part}_vnd"]
    return rest - line[f"collected_{part}_vnd"] == line[f"remaining_{part}_vnd"]


@pytest.mark.thorough
@settings(max_examples=200, deadline=None)
@given(life=lives_of_loans(), month=st.integers(0, 23))
def test_every_month_of_every_life_adds_up_to_the_dong(life: Any, month: int) -> None:
    contract, entries, _, _ = life
    year, at = divmod(month, 12)
    first = date(2023 + year, at + 1, 1)
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    line = sums_of(contract, entries, first, last)
    assert adds_up(line, "principal"), line
    assert adds_up(line, "interest"), line
    assert (
        min(line[f"{name}_{part}_vnd"] for name in ("arrears", "remaining") for part in ("principal", "interest")) >= 0
    )
    after = replay(contract, entries, last)
    # What is owed is what the installments that fell due still ask for, whatever was paid on them before they did.
    assert after.interest_owed_vnd == sum(row.interest_owed_vnd for row in after.installments)
    assert after.principal_due_vnd == sum(row.principal_owed_vnd for row in after.installments)
    assert line["remaining_principal_vnd"] == after.principal_due_vnd
    assert line["remaining_interest_vnd"] == after.interest_owed_vnd + after.overdue_interest_owed_vnd
    came = sum(entry.amount_vnd for entry in entries if entry.kind == "repayment" and first <= entry.on <= last)
    held_vnd = sum(after.splits[e.id].held_vnd for e in entries if e.kind == "repayment" and first <= e.on <= last)
    assert line["collected_principal_vnd"] + line["collected_interest_vnd"] == came - held_vnd


def test_what_was_paid_in_march_for_april_stands_ahead_in_both_months() -> None:
    agreed = Terms(120 * MILLION, Decimal(0), 12, START)
    contract = contract_of(agreed)
    entries = [Entry("out", "disbursement", START, 120 * MILLION)]
    entries += [Entry("a", "repayment", date(2023, 3, 10), 20 * MILLION + 12 * MILLION)]
    march = sums_of(contract, entries, date(2023, 3, 1), date(2023, 3, 31))
    assert [march[f"{name}_principal_vnd"] for name in ("arrears", "due", "paid_ahead", "collected", "remaining")] == [
        10 * MILLION,
        10 * MILLION,
        -12 * MILLION,
        32 * MILLION,
        0,
    ]
    april = sums_of(contract, entries, date(2023, 4, 1), date(2023, 4, 30))
    assert [april[f"{name}_principal_vnd"] for name in ("arrears", "due", "paid_ahead", "collected", "remaining")] == [
        0,
        10 * MILLION,
        10 * MILLION,
        0,
        0,
    ]


async def sheet(funds: ApiClient, fund: Record, month: str, **query: Any) -> list[dict[str, Any]]:
    return await every_item(funds, f"{PATH}/collection-sheets", month=month, fund_id=fund.id, **query)


async def test_rows_borrowers_and_the_whole_sheet_add_up_and_remain_as_the_position_says(
    funds: ApiClient, make: Make
) -> None:
    fund, chance = await make.rich_fund(), random.Random(7)
    borrowers = [await make.borrower() for _ in range(3)]
    loans = [await make.loan(fund, 24 * MILLION, borrower=borrowers[at % 3]) for at in range(5)]
    for loan in loans:
        for day in sorted(chance.sample(range(1, 110), 4)):
            body = a_repayment(chance.randint(1, 6 * MILLION), paid_on=str(date(2023, 3, 2) + timedelta(days=day)))
            await make.money(f"loans/{loan.id}/repayments", body)
    reduction = {
        "kind": "waived",
        "effective_on": "2023-07-20",
        "interest_vnd": 1,
        "decision_number": "1/QĐ",
        "decided_on": "2023-07-20",
    }
    await make.entered_and_confirmed("interest-reductions", loans[0], reduction)
    proposal = ok(
        await funds.post(
            f"{PATH}/loans/{loans[1].id}/reschedulings",
            json={
                "kind": "extension",
                "effective_on": "2023-07-25",
                "request_reason": "Mất mùa",
                "terms": terms(installments=18),
            },
        ),
        201,
    )
    decision = {"decision_number": "3/QĐ", "decided_on": "2023-07-25"}
    ok(await make.approver.post(f"{PATH}/reschedulings/{proposal['id']}/approval", json=decision), 201)
    for month in ("2023-03", "2023-04", "2023-05", "2023-06", "2023-07", "2023-08", "2024-03"):
        items = await sheet(funds, fund, month, limit=2)
        lines = [line for item in items for line in item["loans"]]
        assert {line["loan_id"] for line in lines} == {loan.id for loan in loans}
        last = str(date.fromisoformat(f"{month}-28") + timedelta(days=9))[:8] + "01"
        on = str(date.fromisoformat(last) - timedelta(days=1))
        for line in lines:
            assert adds_up(line, "principal"), line
            assert adds_up(line, "interest"), line
            position = ok(await funds.get(f"{PATH}/loans/{line['loan_id']}/position?as_of={on}"))
            assert line["remaining_principal_vnd"] == position["due_principal_vnd"]
            assert line["remaining_interest_vnd"] == position["due_interest_vnd"] + position["overdue_interest_vnd"]
            assert line["outstanding_vnd"] == position["outstanding_vnd"]
        url = f"{PATH}/collection-sheets?month={month}&fund_id={fund.id}&limit=1&totals=exact"
        totals = ok(await funds.get(url))["totals"]
        for item in (*items, totals):
            assert item["arrears_vnd"] + item["falls_due_vnd"] == item["due_vnd"]
            assert item["due_vnd"] - item["paid_ahead_vnd"] - item["collected_vnd"] == item["remaining_vnd"]
        for name, value in totals.items():
            assert value == sum(item[name] for item in items), name
    assert_problem(await funds.get(f"{PATH}/collection-sheets?month=2023-03&totals=exact"), 422, "invalid")


async def test_the_sheet_goes_from_commune_to_commune_and_by_name_within_each(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    places = [("07903", "HTX Ba"), ("07900", "HTX Đào"), ("07903", "HTX An"), ("07900", "HTX Chè"), ("07900", "HTX An")]
    for commune, name in places:
        await make.loan(fund, 12 * MILLION, borrower=await make.borrower(name=name, commune_code=commune))
    items = await sheet(funds, fund, "2023-04", limit=2)
    shown = [(item["commune_code"], item["borrower_name"]) for item in items]
    assert shown == [
        ("07900", "HTX An"),
        ("07900", "HTX Chè"),
        ("07900", "HTX Đào"),
        ("07903", "HTX An"),
        ("07903", "HTX Ba"),
    ]
    assert {item["commune_name"] for item in items} == {
        place.name for code in ("07900", "07903") if (place := geography.commune(code, "2008")) is not None
    }


async def test_all_that_is_wrong_with_what_is_asked_is_told_at_once(funds: ApiClient) -> None:
    sheet = {"month": "0000-01", "area": "99-2025", "totals": "exact", "placement": "uncertain"}
    assert faults(await funds.get(f"{PATH}/collection-sheets", params=sheet)) == {
        ("month", "not_a_period"),
        ("area", "unknown_alliance"),
        ("fund_id", "required"),
        ("commune_code", "required"),
    }
    loans = {"scope": "alliance", "placement": "uncertain"}
    assert faults(await funds.get(f"{PATH}/loans", params=loans)) == {
        ("scope", "needs_counted_in"),
        ("commune_code", "required"),
    }


def test_what_is_paid_in_a_grace_stands_ahead_until_its_interest_falls_due() -> None:
    agreed = Terms(120 * MILLION, Decimal("7.3"), 8, START, method="bullet", interest_grace=6)
    entries = [Entry("out", "disbursement", START, 120 * MILLION), Entry("a", "repayment", date(2023, 3, 10), 500_000)]
    for month in range(2, 9):
        first, last = date(2023, month, 1), date(2023, month, calendar.monthrange(2023, month)[1])
        line = sums_of(contract_of(agreed), entries, first, last)
        assert adds_up(line, "interest"), line
        earned = 24_000 * (last - START).days if month == 8 else 0
        assert line["due_interest_vnd"] == earned
        assert line["paid_ahead_interest_vnd"] == {3: -500_000, 8: 500_000}.get(month, 0)
        assert line["remaining_interest_vnd"] == (earned - 500_000 if earned else 0)
