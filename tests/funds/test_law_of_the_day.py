"""An approval from before a law meets it at the contract and at every tranche: by the day of each."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from services.funds.code_lists import APPROVAL_WARNINGS
from tests.funds.builders import (
    APPLICATIONS,
    BILLION,
    LOANS,
    MILLION,
    RULES,
    Make,
    Record,
    a_contract,
    a_project,
    a_tranche,
    an_approval,
    keyed,
    terms,
)
from tests.support.answers import assert_problem, etag, every_item, ok
from tests.support.client import ApiClient

BEFORE, SIGNED_BEFORE = "2021-04-20", "2021-05-10"
"""Days before 15 May 2021, from which Decree 45/2021/NĐ-CP holds."""


async def approved(make: Make, fund: Record, amount: int, *, decided_on: str = BEFORE, **fields: Any) -> Record:
    """Make an application of spring 2021 that was approved by a rule of no law."""
    appraisal = {"site_visit_on": "2021-04-05", "minutes_on": "2021-04-10", "proposed_terms": terms()}
    application = await make.appraised(
        fund,
        fields.pop("borrower", None),
        submitted_on="2021-04-01",
        requested_amount_vnd=amount,
        appraisal=appraisal,
        **fields,
    )
    body = an_approval(decided_on=decided_on, acknowledged=list(APPROVAL_WARNINGS))
    answer = await make.approver.post(f"{APPLICATIONS}/{application.id}/approval", json=body)
    return Record(ok(answer, 201))


async def sign(funds: ApiClient, application: Record, **fields: Any) -> httpx.Response:
    return await funds.post(LOANS, json=a_contract(application, **fields))


async def pay(funds: ApiClient, loan: Record, amount: int, on: str) -> httpx.Response:
    body = a_tranche(amount, disbursed_on=on, bad_debt_check={"checked_on": on, "result": "clean"})
    return await funds.post(f"{LOANS}/{loan.id}/disbursements", json=body, headers=keyed())


async def test_a_contract_of_today_keeps_to_the_limit_of_one_borrower_whenever_it_was_approved(
    funds: ApiClient, make: Make
) -> None:
    fund, borrower = await make.rich_fund(), await make.borrower()
    await make.approved(fund, borrower, requested_amount_vnd=500 * MILLION)
    application = await approved(make, fund, 4 * BILLION, borrower=borrower)
    problem = assert_problem(
        await sign(funds, application),
        409,
        "single_borrower_limit_exceeded",
        pointer="/principal_vnd",
        limit_percent="15",
        basis_vnd=20 * BILLION,
        limit_vnd=3 * BILLION,
        used_vnd=500 * MILLION,
        asked_vnd=4 * BILLION,
        over_vnd=1_500 * MILLION,
    )
    (check,) = (each for each in problem["limits"] if each["check"] == "single_borrower_limit")
    assert check["rule"]["legal_basis"] == "Decree 45/2021/NĐ-CP, Art. 23(2a)"
    # Its promise is not counted beside the contract that takes its place.
    assert ok(await sign(funds, application, principal_vnd=2_500 * MILLION), 201)["state"] == "contracted"


async def test_a_contract_of_before_the_law_is_signed_by_what_held_then(funds: ApiClient, make: Make) -> None:
    application = await approved(make, await make.rich_fund(), 4 * BILLION)
    assert ok(await sign(funds, application, signed_on="2021-05-14"), 201)["principal_vnd"] == 4 * BILLION
    another = await approved(make, await make.rich_fund(), 4 * BILLION)
    late = await sign(funds, another, signed_on="2021-05-15")
    assert_problem(late, 409, "single_borrower_limit_exceeded", over_vnd=BILLION)


async def test_a_contract_of_today_keeps_to_the_limit_of_related_persons(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    family = [await make.borrower("member_person") for _ in range(2)]
    group = await make.related(*family)
    await make.approved(fund, family[0], requested_amount_vnd=2_900 * MILLION)
    application = await approved(make, fund, 2_200 * MILLION, borrower=family[1])
    assert_problem(
        await sign(funds, application),
        409,
        "related_borrowers_limit_exceeded",
        borrower_group_id=group.id,
        used_vnd=2_900 * MILLION,
        over_vnd=100 * MILLION,
    )


async def test_a_contract_of_today_needs_a_fifth_of_own_capital(funds: ApiClient, make: Make) -> None:
    project = a_project(own_capital_vnd=150 * MILLION)
    application = await approved(make, await make.rich_fund(), 500 * MILLION, project=project)
    told = {"pointer": "/loan_application_id", "limit_vnd": 200 * MILLION, "over_vnd": 50 * MILLION}
    assert_problem(await sign(funds, application), 409, "own_capital_too_low", **told)
    contracted = Record(ok(await sign(funds, application, signed_on=SIGNED_BEFORE), 201))
    told = {"pointer": None, "limit_vnd": 200 * MILLION, "over_vnd": 50 * MILLION}
    assert_problem(await pay(funds, contracted, 100 * MILLION, "2023-03-02"), 409, "own_capital_too_low", **told)


async def test_each_tranche_keeps_to_the_limits_of_its_own_day(funds: ApiClient, make: Make) -> None:
    application = await approved(make, await make.rich_fund(), 4 * BILLION)
    loan = Record(ok(await sign(funds, application, signed_on=SIGNED_BEFORE), 201))
    ok(await pay(funds, loan, 2 * BILLION, "2021-05-12"), 201)
    # What the contract promises and nobody has drawn does not count against a tranche of it.
    assert_problem(
        await pay(funds, loan, BILLION + 1, "2021-05-20"),
        409,
        "single_borrower_limit_exceeded",
        pointer="/amount_vnd",
        limit_vnd=3 * BILLION,
        used_vnd=2 * BILLION,
        over_vnd=1,
    )
    assert ok(await pay(funds, loan, BILLION, "2021-05-20"), 201)["loan_outstanding_vnd"] == 3 * BILLION


async def test_a_tranche_of_today_is_not_paid_out_at_an_overdue_rate_above_the_law(
    funds: ApiClient, make: Make
) -> None:
    application = await approved(make, await make.rich_fund(), 500 * MILLION)
    signed = await sign(funds, application, signed_on=SIGNED_BEFORE, overdue_rate_percent_of_rate="200")
    loan = Record(ok(signed, 201))
    ok(await pay(funds, loan, 100 * MILLION, "2021-05-12"), 201)
    told = {"limit_percent": "150", "asked_percent": "200", "over_percent": "50", "pointer": None}
    assert_problem(await pay(funds, loan, 100 * MILLION, "2023-03-02"), 409, "overdue_rate_too_high", **told)


@pytest.mark.parametrize("whose", ["nation", "fund"])
async def test_what_the_law_asks_since_the_decision_binds_a_contract_and_a_later_rule_of_the_fund_does_not(
    whose: str, funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund()
    application = await make.approved(fund, requested_amount_vnd=500 * MILLION, appraisal={"proposed_terms": terms()})
    stricter = {"value_percent": "1", "valid_from": "2023-02-25"}
    if whose == "fund":
        await make.rule(fund_id=fund.id, **stricter)
    else:
        rules = await every_item(funds, RULES, rule="single_borrower_limit")
        (law,) = (rule for rule in rules if rule["alliance"] == "VN")
        nation = funds.as_(area="VN")
        ok(await nation.patch(f"{RULES}/{law['id']}", json=stricter, headers=etag(law)))
    signed = await sign(funds, application)
    if whose == "nation":
        assert_problem(signed, 409, "single_borrower_limit_exceeded", limit_percent="1", over_vnd=300 * MILLION)
    else:
        assert ok(signed, 201)["state"] == "contracted"


async def test_an_approval_by_the_law_holds_although_the_capital_fell_since(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    application = await make.approved(fund, requested_amount_vnd=3 * BILLION, appraisal={"proposed_terms": terms()})
    await make.movement(
        fund, kind="undistributed_result", direction="out", amount_vnd=5 * BILLION, moved_on="2023-02-25"
    )
    loan = Record(ok(await sign(funds, application), 201))
    assert ok(await pay(funds, loan, 3 * BILLION, "2023-03-02"), 201)["loan_outstanding_vnd"] == 3 * BILLION
