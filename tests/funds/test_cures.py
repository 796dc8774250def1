"""The cure of a rescheduled loan: a dated rule, without which its new schedules count for the debt group for ever."""

from __future__ import annotations

from typing import Any

from tests.funds.builders import MILLION, PATH, Make, Record, a_coverage, terms
from tests.funds.test_debt_groups import groups
from tests.funds.test_in_force import rescheduled
from tests.funds.test_indicators import values
from tests.support.answers import ok
from tests.support.client import ApiClient

BASIS = "Quy chế phân loại nợ của Quỹ, Điều 9"


async def cured_by(make: Make, **fields: Any) -> Record:
    """Lay down a cure of Phú Thọ's alliance from October 2023, or of the fund that is given."""
    body = {"rule": "rescheduling_cure", "valid_from": "2023-10-01", "legal_basis": BASIS, **fields}
    return await make.rule(**body)


async def position(funds: ApiClient, loan: Record, on: str) -> dict[str, Any]:
    document: dict[str, Any] = ok(await funds.get(f"{PATH}/loans/{loan.id}/position?as_of={on}"))
    return document


async def pay(funds: ApiClient, make: Make, loan: Record, *days: str) -> None:
    """Pay on each day what is due then."""
    for day in days:
        owed = await position(funds, loan, day)
        amount = owed["due_principal_vnd"] + owed["due_interest_vnd"] + owed["overdue_interest_vnd"]
        await make.money(f"loans/{loan.id}/repayments", {"amount_vnd": amount, "paid_on": day})


async def in_groups(funds: ApiClient, fund: Record, loan: Record, *days: str) -> list[int]:
    """Return the loan's group on each day: every place that tells it says the same."""
    told = []
    for day in days:
        loan_position = await position(funds, loan, day)
        classification = await groups(funds, fund, day)
        assert [item["debt_group"] for item in classification["items"] if item["loans"]] == [
            loan_position["debt_group"]
        ]
        figures = await values(funds, f"from=2023-01-01&to={day}&province=25-2008&indicators=fund_npl_ratio")
        figure = figures["fund_npl_ratio"]
        assert figure["numerator"] == classification["npl_outstanding_vnd"], day
        assert (loan_position["cure"] is not None) == (loan_position["debt_group"] < 4)
        told.append(loan_position["debt_group"])
    return told


async def test_months_without_arrears_cure_a_loan_while_the_rule_is_in_force(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    await make.create("coverages", a_coverage())
    loan = await make.loan(fund, 120 * MILLION)
    await rescheduled(funds, make, loan, "31/QĐ")
    adjusted = {"kind": "installment_adjustment", "effective_on": "2023-06-25", "terms": terms(installments=17)}
    await rescheduled(funds, make, loan, "32/QĐ", **adjusted)
    await pay(funds, make, loan, "2023-07-25", "2023-08-25", "2023-09-25")
    assert await in_groups(funds, fund, loan, "2023-09-30", "2023-10-01") == [4, 4]
    await cured_by(make, value_months=3, valid_until="2023-11-30")
    # Three months since 25 June are over; the rule says so from its first day to its last.
    assert await in_groups(funds, fund, loan, "2023-09-30", "2023-10-01", "2023-10-25") == [4, 1, 1]
    cured = await position(funds, loan, "2023-10-01")
    assert (cured["cure"], cured["reschedule_count"]) == (
        {"id": "rescheduling_cure", "version": "2023-10", "legal_basis": BASIS},
        2,
    )
    # Late again it is in the group of its days alone, until the rule ends.
    assert await in_groups(funds, fund, loan, "2023-11-03", "2023-11-04", "2023-11-30", "2023-12-01") == [1, 2, 3, 5]


async def test_arrears_begin_the_count_anew_and_the_funds_own_rule_goes_before(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    await make.create("coverages", a_coverage())
    loan = await make.loan(fund, 120 * MILLION)
    await rescheduled(funds, make, loan, "31/QĐ", effective_on="2023-06-20")
    await rescheduled(
        funds,
        make,
        loan,
        "32/QĐ",
        kind="installment_adjustment",
        effective_on="2023-06-20",
        terms=terms(installments=17),
    )
    await pay(funds, make, loan, "2023-08-05", "2023-08-20", "2023-09-20", "2023-10-20", "2023-11-20")
    await cured_by(make, value_months=2)
    # Paid on 5 August, sixteen days late: two months from then.
    assert await in_groups(funds, fund, loan, "2023-10-04", "2023-10-05") == [4, 1]
    await cured_by(make, fund_id=fund.id, alliance=None, value_installments=3)
    assert await in_groups(funds, fund, loan, "2023-10-05", "2023-10-19", "2023-10-20") == [4, 4, 1]
    await cured_by(make, fund_id=fund.id, alliance=None, valid_from="2023-10-02", value_installments=3, value_months=3)
    assert await in_groups(funds, fund, loan, "2023-11-04", "2023-11-05") == [4, 1]
    # What is agreed anew later counts with all that was agreed before.
    await rescheduled(
        funds,
        make,
        loan,
        "33/QĐ",
        kind="installment_adjustment",
        effective_on="2023-12-01",
        terms=terms(installments=6),
    )
    assert await in_groups(funds, fund, loan, "2023-12-01") == [5]


async def test_a_loan_that_came_with_new_schedules_is_cured_by_what_it_does_here(funds: ApiClient, make: Make) -> None:
    await make.create("coverages", a_coverage())
    fund, borrower = await make.rich_fund(), await make.borrower()
    opening = {"reschedule_count": 2}
    loan = await make.opened(fund, borrower, opening=opening, terms=terms(method="bullet", installments=12))
    await cured_by(make, value_months=1, valid_from="2023-01-01")
    assert await in_groups(funds, fund, loan, "2023-01-30", "2023-01-31") == [4, 1]
