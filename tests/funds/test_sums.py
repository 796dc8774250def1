"""What lists of money sum: exactly the rows behind, over all pages, and for every filter."""

from __future__ import annotations

from typing import Any

from kernel.values.ids import new_id
from tests.funds.builders import MILLION, PATH, Make, a_repayment, an_opening
from tests.support.answers import every_item, faults, ok
from tests.support.client import ApiClient
from tests.support.lists import check_sums

_REDUCTION = {
    "kind": "reduced",
    "effective_on": "2023-04-05",
    "interest_vnd": 1000,
    "overdue_interest_vnd": 0,
    "decision_number": "5/QĐ",
    "decided_on": "2023-04-01",
}
_COLLATERAL = {"kind": "machinery", "description": "Máy sấy chè", "owner_name": "Nguyễn Văn A"}


async def _lives(make: Make) -> None:
    """Lend, repay, reverse, reduce and write off, at odd amounts."""
    fund = await make.rich_fund()
    for amount in (120 * MILLION + 1, 77 * MILLION + 7, 50 * MILLION + 3):
        loan = await make.loan(fund, amount)
        await make.money(f"loans/{loan.id}/repayments", a_repayment(amount // 12 + 11))
        await make.create("collaterals", {**_COLLATERAL, "loan_id": loan.id, "value_vnd": amount})
    mistaken = await make.money(f"loans/{loan.id}/repayments", a_repayment(MILLION + 5, paid_on="2023-04-03"))
    await make.money(f"repayments/{mistaken.id}/reversal", {"reason": "Nhập nhầm"})
    await make.entered_and_confirmed("interest-reductions", loan, _REDUCTION)
    await make.written_off(loan)
    await make.recovered(loan, 999)
    await make.opened(fund, await make.borrower())
    await make.create("loans", an_opening(fund, await make.borrower()))


async def test_the_sums_of_every_list_of_the_funds_are_those_of_its_rows(funds: ApiClient, make: Make) -> None:
    await _lives(make)
    sums = await check_sums(funds)
    for path in (
        *("loans", "repayments", "disbursements", "capital-movements", "interest-reductions", "write-offs", "entries"),
        *("projects", "loan-applications", "collaterals", "funds"),
    ):
        assert any(sums[path].values()), f"{path} has nothing to sum: nothing was checked"
    assert sums["entries"]["debit_vnd"] == sums["entries"]["credit_vnd"]


async def test_sums_follow_the_filters_and_are_zero_where_nothing_matches(funds: ApiClient, make: Make) -> None:
    await _lives(make)
    asked: tuple[tuple[str, dict[str, Any]], ...] = (
        ("loans", {"state": "settled"}),
        ("loans", {"outstanding_vnd_gte": 60 * MILLION}),
        ("repayments", {"is_reversed": "false"}),
        ("repayments", {"is_reversed": "true"}),
        ("projects", {"year": 2023}),
        ("projects", {"year": 2023, "state": "active"}),
        ("projects", {"year": 2022}),
        ("ledger/entries", {"account": "cash"}),
        ("loans", {"fund_id": new_id()}),
    )
    for path, filters in asked:
        name = {"repayments": "amount_vnd", "ledger/entries": "debit_vnd", "projects": "disbursed_in_period_vnd"}.get(
            path, "outstanding_vnd"
        )
        page = ok(await funds.get(f"{PATH}/{path}", params={"sums": name, "limit": 1, **filters}))
        rows = await every_item(funds, f"{PATH}/{path}", **filters)
        assert page["sums"] == {name: sum(row[name] for row in rows)}, (path, filters)


async def test_sums_are_of_the_callers_area(funds: ApiClient, make: Make) -> None:
    await _lives(make)
    elsewhere = funds.as_(area="40-2025")
    asked = {"sums": "principal_vnd,outstanding_vnd"}
    page = ok(await elsewhere.get(f"{PATH}/loans", params=asked))
    assert page["sums"] == {"principal_vnd": 0, "outstanding_vnd": 0}


async def test_only_money_of_the_list_is_summed(funds: ApiClient) -> None:
    for path, name in (("loans", "annual_rate_percent"), ("loans", "id"), ("repayments", "outstanding_vnd")):
        response = await funds.get(f"{PATH}/{path}", params={"sums": name})
        assert faults(response) == {("sums", "not_allowed")}
    # A ceiling and a step of rounding are no amounts that add up.
    for path in ("lending-rules", "loan-products"):
        response = await funds.get(f"{PATH}/{path}", params={"sums": "amount_up_to_vnd"})
        assert faults(response) == {("sums", "unknown_parameter")}
