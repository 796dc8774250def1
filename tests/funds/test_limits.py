"""Limits of an approval: own capital, 15 %, 25 %, authority; by how much they are missed, and never passed together."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kernel.database.connections import Database
from tests.funds.builders import (
    APPLICATIONS,
    BILLION,
    CAPITAL,
    FUNDS,
    MILLION,
    Make,
    Record,
    a_movement,
    a_project,
    an_approval,
)
from tests.support.answers import assert_problem, ok
from tests.support.client import ApiClient


@pytest.fixture
def approver(funds: ApiClient) -> ApiClient:
    return funds.as_(scope="funds.read funds.approve", sub="fund-approver")


async def approve(approver: ApiClient, application: Record, **fields: Any) -> Any:
    return await approver.post(f"{APPLICATIONS}/{application.id}/approval", json=an_approval(**fields))


def checks(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["check"]: item for item in document["limits"]}


async def test_an_approval_keeps_every_limit_that_was_checked_with_its_numbers(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    fund, borrower = await make.fund(), await make.borrower()
    group = await make.related(borrower, await make.borrower())
    await make.approved(fund, borrower, requested_amount_vnd=400 * MILLION)
    application = await make.appraised(fund, borrower, requested_amount_vnd=600 * MILLION)
    approval = ok(await approve(approver, application), 201)["approval"]
    checked = checks(approval)
    limits = {"own_capital_minimum", "single_borrower_limit", "related_borrowers_limit"}
    assert set(checked) == limits | {
        "council_votes",
        "other_loans",
        "shared_beneficiary",
        "documents",
        "free_balance",
    }
    rule = {"version": "2021-05", "legal_basis": "Decree 45/2021/NĐ-CP, Art. 23(2a)", "id": "single_borrower_limit"}
    assert checked["single_borrower_limit"] == {
        "check": "single_borrower_limit",
        "is_met": True,
        "warning": None,
        "limit_percent": "15",
        "asked_percent": None,
        "basis_vnd": 20 * BILLION,
        "limit_vnd": 3 * BILLION,
        "used_vnd": 400 * MILLION,
        "asked_vnd": 600 * MILLION,
        "over_vnd": 0,
        "borrower_group_id": None,
        "authority": None,
        "loans": [],
        "borrowers": [],
        "missing_documents": [],
        "votes": None,
        "rule": rule,
    }
    assert checked["related_borrowers_limit"]["limit_vnd"] == 5 * BILLION
    assert checked["related_borrowers_limit"]["borrower_group_id"] == group.id
    assert checked["own_capital_minimum"]["limit_vnd"] == 240 * MILLION
    assert ok(await funds.get(f"{APPLICATIONS}/{application.id}"))["approval"] == approval


async def test_own_capital_below_a_fifth_is_refused_with_what_is_missing(approver: ApiClient, make: Make) -> None:
    fund = await make.fund()
    for own, missing in [(199_999_999, 1), (150 * MILLION, 50 * MILLION), (0, 200 * MILLION)]:
        application = await make.appraised(fund, project=a_project(own_capital_vnd=own))
        answer = await approve(approver, application)
        assert_problem(
            answer,
            409,
            "own_capital_too_low",
            limit_percent="20",
            basis_vnd=BILLION,
            limit_vnd=200 * MILLION,
            asked_vnd=own,
            over_vnd=missing,
        )
    application = await make.appraised(fund, project=a_project(own_capital_vnd=200 * MILLION))
    assert ok(await approve(approver, application), 201)["state"] == "approved"


async def test_a_least_own_capital_is_rounded_up_and_a_limit_down(approver: ApiClient, make: Make) -> None:
    fund = await make.fund(charter_capital_vnd=10 * BILLION + 6)
    application = await make.appraised(
        fund, requested_amount_vnd=BILLION, project=a_project(total_cost_vnd=BILLION + 1, own_capital_vnd=200 * MILLION)
    )
    document = assert_problem(await approve(approver, application), 409, "own_capital_too_low", limit_vnd=200_000_001)
    assert checks(document)["single_borrower_limit"]["limit_vnd"] == 1_500_000_000


async def test_a_product_or_a_fund_may_ask_for_more_own_capital(approver: ApiClient, make: Make) -> None:
    fund, strict = await make.fund(), await make.fund()
    product = await make.product(own_capital_minimum_percent="30")
    await make.rule(fund_id=strict.id, rule="own_capital_minimum", value_percent="40")
    project = a_project(own_capital_vnd=250 * MILLION)
    application = await make.appraised(fund, loan_product_id=product.id, project=project)
    assert_problem(
        await approve(approver, application), 409, "own_capital_too_low", limit_percent="30", over_vnd=50 * MILLION
    )
    application = await make.appraised(strict, loan_product_id=product.id, project=project)
    assert_problem(
        await approve(approver, application), 409, "own_capital_too_low", limit_percent="40", over_vnd=150 * MILLION
    )


async def test_one_borrower_gets_no_more_than_15_percent_over_all_its_loans(approver: ApiClient, make: Make) -> None:
    fund, borrower = await make.fund(), await make.borrower()
    await make.approved(fund, borrower, requested_amount_vnd=2_500 * MILLION)
    application = await make.appraised(fund, borrower, requested_amount_vnd=600 * MILLION)
    document = assert_problem(
        await approve(approver, application),
        409,
        "single_borrower_limit_exceeded",
        limit_percent="15",
        basis_vnd=20 * BILLION,
        limit_vnd=3 * BILLION,
        used_vnd=2_500 * MILLION,
        asked_vnd=600 * MILLION,
        over_vnd=100 * MILLION,
    )
    assert "100.000.000" in document["detail"]
    assert ok(await approve(approver, application, approved_amount_vnd=500 * MILLION), 201)["approved_amount_vnd"] == (
        500 * MILLION
    )


async def test_related_borrowers_get_no_more_than_25_percent_together(approver: ApiClient, make: Make) -> None:
    fund = await make.fund()
    family = [await make.borrower("member_person") for _ in range(3)]
    group = await make.related(*family)
    for borrower in family[:2]:
        await make.approved(fund, borrower, requested_amount_vnd=2_400 * MILLION)
    application = await make.appraised(fund, family[2], requested_amount_vnd=201 * MILLION)
    assert_problem(
        await approve(approver, application),
        409,
        "related_borrowers_limit_exceeded",
        limit_percent="25",
        limit_vnd=5 * BILLION,
        used_vnd=4_800 * MILLION,
        over_vnd=MILLION,
        borrower_group_id=group.id,
    )
    stranger = await make.appraised(fund, requested_amount_vnd=201 * MILLION)
    assert ok(await approve(approver, stranger), 201)["state"] == "approved"


async def test_who_left_the_group_before_the_decision_counts_no_more(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    fund = await make.fund()
    first, second = await make.borrower(), await make.borrower()
    group = await make.related(first)
    await make.create(
        f"borrower-groups/{group.id}/members",
        {"borrower_id": second.id, "valid_from": "2020-01-01", "valid_until": "2023-02-19"},
    )
    await make.approved(fund, first, requested_amount_vnd=3 * BILLION)
    application = await make.appraised(fund, second, requested_amount_vnd=2_500 * MILLION)
    assert ok(await approve(approver, application, decided_on="2023-02-20"), 201)["state"] == "approved"


async def test_the_limit_is_of_the_actual_charter_capital_on_the_decision_day(approver: ApiClient, make: Make) -> None:
    fund = await make.fund()
    await make.movement(fund, amount_vnd=10 * BILLION, moved_on="2020-01-01")
    await make.movement(fund, kind="undistributed_result", direction="out", amount_vnd=BILLION, moved_on="2022-12-31")
    await make.movement(fund, kind="entrusted_in", amount_vnd=50 * BILLION, moved_on="2021-01-01")
    await make.movement(fund, amount_vnd=90 * BILLION, moved_on="2023-02-21")
    application = await make.appraised(fund, requested_amount_vnd=1_351 * MILLION)
    assert_problem(
        await approve(approver, application, decided_on="2023-02-20"),
        409,
        "single_borrower_limit_exceeded",
        basis_vnd=9 * BILLION,
        limit_vnd=1_350 * MILLION,
        over_vnd=MILLION,
    )
    assert ok(await approve(approver, application, decided_on="2023-02-21"), 201)["approval"]["limits"][1][
        "basis_vnd"
    ] == (99 * BILLION)


async def test_what_one_fund_lent_does_not_count_in_another(approver: ApiClient, make: Make) -> None:
    borrower = await make.borrower()
    for fund in [await make.fund(), await make.fund(province="17-2008")]:
        application = await make.appraised(fund, borrower, requested_amount_vnd=3 * BILLION)
        assert ok(await approve(approver, application), 201)["state"] == "approved"


async def test_the_authority_goes_by_the_amount(approver: ApiClient, make: Make) -> None:
    fund = await make.fund()
    for authority, up_to in [("director", 500 * MILLION), ("management_council", None)]:
        await make.rule(fund_id=fund.id, rule="approval_authority", authority=authority, amount_up_to_vnd=up_to)
    small, large = await make.appraised(fund), await make.appraised(fund, requested_amount_vnd=600 * MILLION)
    assert_problem(
        await approve(approver, large, authority="director"),
        409,
        "authority_exceeded",
        authority="director",
        limit_vnd=500 * MILLION,
        over_vnd=100 * MILLION,
    )
    assert_problem(await approve(approver, large, authority="chairman"), 409, "authority_exceeded", limit_vnd=0)
    assert ok(await approve(approver, large), 201)["approval"]["authority"] == "management_council"
    assert ok(await approve(approver, small), 201)["approval"]["authority"] == "director"


async def test_of_twenty_approvals_at_once_none_passes_the_limit_of_15_percent(
    approver: ApiClient, make: Make, db: Database
) -> None:
    fund, borrower = await make.fund(), await make.borrower()
    applications = [await make.appraised(fund, borrower, requested_amount_vnd=400 * MILLION) for _ in range(20)]
    answers = await asyncio.gather(*(approve(approver, application) for application in applications))
    refused = [answer for answer in answers if answer.status_code != 201]
    assert len(refused) == 13
    for answer in refused:
        assert_problem(answer, 409, "single_borrower_limit_exceeded", used_vnd=2_800 * MILLION, over_vnd=200 * MILLION)
    promised = await db.fetchval("SELECT sum(approved_amount_vnd)::bigint FROM loan_application")
    assert promised == 7 * 400 * MILLION


async def test_of_twenty_related_borrowers_at_once_none_passes_the_limit_of_25_percent(
    approver: ApiClient, make: Make, db: Database
) -> None:
    fund = await make.fund()
    family = [await make.borrower() for _ in range(20)]
    await make.related(*family)
    applications = [await make.appraised(fund, one, requested_amount_vnd=700 * MILLION) for one in family]
    answers = await asyncio.gather(*(approve(approver, application) for application in applications))
    assert sorted({answer.status_code for answer in answers}) == [201, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {
        "related_borrowers_limit_exceeded"
    }
    promised = await db.fetchval("SELECT sum(approved_amount_vnd)::bigint FROM loan_application")
    assert promised == 7 * 700 * MILLION


async def test_twenty_approvals_of_one_application_are_one(approver: ApiClient, make: Make, db: Database) -> None:
    fund = await make.fund()
    application = await make.appraised(fund)
    answers = await asyncio.gather(*(approve(approver, application) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 19]
    assert await db.fetchval("SELECT count(*) FROM history WHERE action = 'approved'") == 1


async def test_capital_that_leaves_while_it_is_approved_is_seen_by_one_or_the_other(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    fund = await make.fund()
    await make.movement(fund, kind="members", amount_vnd=20 * BILLION, moved_on="2020-01-01")
    applications = [await make.appraised(fund, requested_amount_vnd=3 * BILLION) for _ in range(4)]
    leaving = a_movement(fund, kind="members", direction="out", amount_vnd=10 * BILLION, moved_on="2023-02-01")
    waiting = ok(await funds.post(CAPITAL, json=leaving), 201)
    moved, *answers = await asyncio.gather(
        make.approver.post(f"{CAPITAL}/{waiting['id']}/confirmation", json={"decision": "confirm"}),
        *(approve(approver, application) for application in applications),
    )
    assert moved.status_code == 201
    bases = {answer.json()["approval"]["limits"][1]["basis_vnd"] for answer in answers if answer.status_code == 201}
    assert bases <= {20 * BILLION}
    for answer in answers:
        if answer.status_code != 201:
            assert_problem(answer, 409, "single_borrower_limit_exceeded", basis_vnd=10 * BILLION)
    position = ok(await funds.get(f"{FUNDS}/{fund.id}/position"))
    assert position["commitments_vnd"] == sum(a.status_code == 201 for a in answers) * 3 * BILLION
