"""Debt groups of a fund on any day: every rule, the loans behind each group, and what is kept at the end of a month."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import time_machine

from tests.funds.builders import MILLION, PATH, Make, Record, a_repayment, keyed
from tests.support.answers import assert_problem, ok
from tests.support.client import ApiClient


async def groups(funds: ApiClient, fund: Record, on: str) -> dict[str, Any]:
    classification = ok(await funds.get(f"{PATH}/funds/{fund.id}/debt-groups?as_of={on}"))
    assert sum(item["outstanding_vnd"] for item in classification["items"]) == classification["outstanding_vnd"]
    assert sum(item["provision_vnd"] for item in classification["items"]) == classification["provision_vnd"]
    for item in classification["items"]:
        listed = ok(await funds.get(f"{item['evidence']}&count=exact&limit=200"))
        assert listed["count"] == item["loans"] == len(listed["items"])
        assert sum(loan["outstanding_vnd"] for loan in listed["items"]) == item["outstanding_vnd"]
        assert sum(loan["provision_vnd"] for loan in listed["items"]) == item["provision_vnd"]
    return classification


async def test_the_groups_follow_from_the_days_overdue_and_add_up_to_what_is_lent(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    late = [await make.loan(fund, 12 * MILLION) for _ in range(2)]
    good = await make.loan(fund, 24 * MILLION)
    await make.money(f"loans/{good.id}/repayments", a_repayment(3 * MILLION))
    shares = {}
    for on in ("2023-04-02", "2023-04-12", "2023-05-02", "2023-07-01", "2023-09-29"):
        classification = await groups(funds, fund, on)
        shares[on] = {item["debt_group"]: item["loans"] for item in classification["items"] if item["loans"]}
        position = ok(await funds.get(f"{PATH}/funds/{fund.id}/position?as_of={on}"))
        assert (position["lent_out_vnd"], position["provisions_vnd"]) == (
            classification["outstanding_vnd"],
            classification["provision_vnd"],
        )
    assert shares["2023-04-02"] == {1: 3}
    assert shares["2023-04-12"] == {1: 1, 2: 2}
    assert shares["2023-05-02"] == {1: 1, 3: 2}
    # From here on the loan that paid once is late as well, a month behind the others.
    assert shares["2023-07-01"] == {3: 1, 4: 2}
    assert shares["2023-09-29"] == {4: 1, 5: 2}
    last = await groups(funds, fund, "2023-09-29")
    assert last["npl_ratio_percent"] == 100
    assert {item["debt_group"]: item["provision_vnd"] for item in last["items"]}[5] == 24 * MILLION
    assert late


async def test_each_loans_provision_is_rounded_for_itself(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    for _ in range(3):
        await make.loan(fund, 12 * MILLION + 25)
    classification = await groups(funds, fund, "2023-04-12")
    # Two in a hundred of 12,000,025 are 240,000.5; together they would be 720,001.5.
    assert {item["debt_group"]: item["provision_vnd"] for item in classification["items"]}[2] == 3 * 240_001


async def test_collateral_lowers_the_provision_and_an_opening_brings_its_arrears(funds: ApiClient, make: Make) -> None:
    fund, borrower = await make.rich_fund(), await make.borrower()
    opening = {"overdue_principal_vnd": 10 * MILLION, "overdue_since": "2022-11-20", "reschedule_count": 0}
    loan = await make.opened(fund, borrower, opening=opening)
    classification = await groups(funds, fund, "2022-12-31")
    # 41 days: group 3, a quarter of what is outstanding.
    assert (classification["npl_outstanding_vnd"], classification["provision_vnd"]) == (60 * MILLION, 15 * MILLION)
    await make.create(
        "collaterals",
        {
            "loan_id": loan.id,
            "kind": "machinery",
            "description": "Máy cày",
            "owner_name": "HTX",
            "value_vnd": 80 * MILLION,
            "deductible_value_vnd": 40 * MILLION,
            "registered_on": "2022-01-10",
        },
    )
    assert (await groups(funds, fund, "2022-12-31"))["provision_vnd"] == 5 * MILLION
    assert (await groups(funds, fund, "2022-12-30"))["outstanding_vnd"] == 0


async def test_collateral_without_a_day_lowers_no_provision_of_before_it_was_entered(
    funds: ApiClient, make: Make
) -> None:
    fund, borrower = await make.rich_fund(), await make.borrower()
    opening = {"overdue_principal_vnd": 10 * MILLION, "overdue_since": "2022-11-20", "reschedule_count": 0}
    loan = await make.opened(fund, borrower, opening=opening)
    days = ("2022-12-31", "2026-03-01", "2026-03-02")
    before = [(await groups(funds, fund, day))["provision_vnd"] for day in days]
    # 23:30 UTC of the day before is half past six of 2 March in Vietnam.
    with time_machine.travel(datetime(2026, 3, 1, 23, 30, tzinfo=UTC), tick=False):
        await make.create(
            "collaterals",
            {
                "loan_id": loan.id,
                "kind": "machinery",
                "description": "Máy cày",
                "owner_name": "HTX",
                "value_vnd": 80 * MILLION,
                "deductible_value_vnd": 40 * MILLION,
            },
        )
    after = [(await groups(funds, fund, day))["provision_vnd"] for day in days]
    assert after[:2] == before[:2]
    assert after[2] < before[2]


async def test_loans_without_own_risk_stand_apart_and_are_not_provisioned(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    await make.loan(fund, 12 * MILLION, channel="entrusted_in")
    elsewhere = await make.loan(fund, 24 * MILLION, channel="entrusted_out")
    classification = await groups(funds, fund, "2023-12-31")
    assert (
        classification["outstanding_vnd"],
        classification["provision_vnd"],
        classification["npl_ratio_percent"],
    ) == (0, 0, None)
    assert classification["without_risk_vnd"] == 36 * MILLION
    refused = await funds.post(f"{PATH}/loans/{elsewhere.id}/repayments", json=a_repayment(), headers=keyed())
    assert_problem(refused, 409, "books_kept_elsewhere", channel="entrusted_out")
    statement = {"as_of": "2023-06-30", "outstanding_vnd": 9 * MILLION}
    ok(await funds.post(f"{PATH}/loans/{elsewhere.id}/balance-statements", json=statement), 201)
    assert (await groups(funds, fund, "2023-06-29"))["without_risk_vnd"] == 36 * MILLION
    assert (await groups(funds, fund, "2023-06-30"))["without_risk_vnd"] == 21 * MILLION
    assert (await make.read("loans", elsewhere.id)).outstanding_vnd == 9 * MILLION


async def test_a_loan_that_another_lender_keeps_at_the_funds_risk_is_grouped_by_what_that_lender_tells(
    funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund()
    loan = await make.loan(fund, 24 * MILLION, channel="entrusted_out", own_risk=True)
    at = f"{PATH}/loans/{loan.id}"
    first = (await groups(funds, fund, "2023-05-31"))["items"][0]
    assert (first["loans"], first["outstanding_vnd"]) == (1, 24 * MILLION)
    late = {"overdue_principal_vnd": 2 * MILLION, "overdue_since": "2023-05-20"}
    statement = {"as_of": "2023-06-30", "outstanding_vnd": 20 * MILLION, **late}
    ok(await funds.post(f"{at}/balance-statements", json=statement), 201)
    classification = await groups(funds, fund, "2023-06-30")
    third = classification["items"][2]
    assert (third["debt_group"], third["loans"], third["outstanding_vnd"]) == (3, 1, 20 * MILLION)
    assert (classification["provision_vnd"], classification["without_risk_vnd"]) == (5 * MILLION, 0)
    position = ok(await funds.get(f"{at}/position?as_of=2023-06-30"))
    assert (position["debt_group"], position["days_overdue"], position["provision_vnd"]) == (3, 41, 5 * MILLION)
    ok(await funds.post(f"{at}/balance-statements", json={"as_of": "2023-07-31", "outstanding_vnd": 0}), 201)
    assert (await groups(funds, fund, "2023-07-31"))["outstanding_vnd"] == 0


async def test_what_is_kept_of_a_month_stays_and_says_where_it_differs_from_what_is_known_now(
    funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund()
    loan = await make.loan(fund, 12 * MILLION)
    body = {"fund_id": fund.id, "as_of": "2023-05-31", "minutes_number": "2/BB-HĐRR"}
    saved = ok(await funds.post(f"{PATH}/debt-classifications", json=body), 201)
    assert [group["loans"] for group in saved["groups"]] == [0, 0, 1, 0, 0]
    again = ok(await funds.post(f"{PATH}/debt-classifications", json={**body, "minutes_number": "3/BB"}))
    assert again == saved
    one = f"{PATH}/debt-classifications/{saved['id']}"
    assert ok(await funds.get(f"{one}/comparison"))["differs_from_now"] is False
    await make.money(f"loans/{loan.id}/repayments", a_repayment(3 * MILLION, paid_on="2023-05-02"))
    compared = ok(await funds.get(f"{one}/comparison"))
    assert compared["differs_from_now"] is True
    assert [group["loans"] for group in compared["groups_now"]] == [1, 0, 0, 0, 0]
    (kept,) = ok(await funds.get(f"{one}/loans?debt_group=3"))["items"]
    assert (kept["loan_id"], kept["days_overdue"], kept["outstanding_vnd"]) == (loan.id, 59, 12 * MILLION)
    wrong = await funds.post(f"{PATH}/debt-classifications", json={**body, "as_of": "2023-05-30"})
    assert assert_problem(wrong, 422, "invalid")["errors"][0]["code"] == "not_a_month_end"


async def test_on_the_last_of_all_days_a_loan_is_as_late_as_on_the_one_before(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    shown = []
    for day in ("9999-12-30", "9999-12-31"):
        classified = ok(await funds.get(f"{PATH}/funds/{loan.fund_id}/classified-loans", params={"as_of": day}))
        position = ok(await funds.get(f"{PATH}/loans/{loan.id}/position", params={"as_of": day}))
        shown.append((classified["items"], position))
    assert shown[0] == shown[1]


async def test_the_groups_of_another_alliances_fund_are_not_there(funds: ApiClient, make: Make) -> None:
    fund, stranger = await make.fund(), funds.as_(area="40-2025")
    for path in ("debt-groups", "classified-loans", "position"):
        assert_problem(await stranger.get(f"{PATH}/funds/{fund.id}/{path}"), 404, "not_found")


async def test_a_page_of_classified_loans_goes_on_where_the_one_before_ended(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    loans = [(await make.loan(fund, 12 * MILLION)).id for _ in range(3)]
    first = ok(await funds.get(f"{PATH}/funds/{fund.id}/classified-loans?as_of=2023-03-31&limit=2"))
    second = ok(await funds.get(first["next"]))
    assert sorted(item["loan_id"] for item in first["items"] + second["items"]) == sorted(loans)
    assert second["next_cursor"] is None
    other = f"{PATH}/funds/{fund.id}/classified-loans?as_of=2023-04-30&cursor={first['next_cursor']}"
    assert_problem(await funds.get(other), 422, "cursor_mismatch")
