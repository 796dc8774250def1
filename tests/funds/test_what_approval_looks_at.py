"""What an approver is shown before deciding: other loans, persons of one organization, papers, votes, what the fund has."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kernel.values.ids import new_id
from tests.funds.builders import (
    APPLICATIONS,
    BILLION,
    MILLION,
    PAPERS,
    PATH,
    Make,
    Record,
    a_rule,
    an_appraisal,
    an_approval,
    an_opening,
)
from tests.support.answers import assert_problem, faults, ok
from tests.support.client import ApiClient


@pytest.fixture
def approver(funds: ApiClient) -> ApiClient:
    """The one who decides, and prepares nothing."""
    return funds.as_(scope="funds.read funds.approve", sub="fund-approver")


async def approve(approver: ApiClient, application: Record, *acknowledged: str, **fields: Any) -> Any:
    body = an_approval(acknowledged=list(acknowledged), **fields)
    return await approver.post(f"{APPLICATIONS}/{application.id}/approval", json=body)


def warnings(answer: Any) -> dict[str, dict[str, Any]]:
    document = assert_problem(answer, 409, "warnings_unacknowledged")
    return {each["code"]: each for each in document["warnings"]}


def check(application: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in application["approval"]["limits"] if each["check"] == name)
    return found


async def test_a_sound_application_warns_of_nothing(approver: ApiClient, make: Make) -> None:
    application = await make.appraised(await make.rich_fund())
    approved = ok(await approve(approver, application, "free_balance_short", "documents_missing"), 201)
    assert approved["approval"]["acknowledged"] == []
    assert all(each["is_met"] and each["warning"] is None for each in approved["approval"]["limits"])
    assert check(approved, "council_votes")["votes"] == {"votes_for": 1, "votes_against": 0, "votes_abstain": 1}
    balance = check(approved, "free_balance")
    assert (balance["basis_vnd"], balance["used_vnd"], balance["limit_vnd"]) == (20 * BILLION, 0, 20 * BILLION)


async def test_each_warning_is_acknowledged_by_its_code_and_kept_with_its_numbers(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    application = await make.appraised(await make.rich_fund(300 * MILLION, charter_capital_vnd=None), documents=[])
    # A fund of 300 million may not lend 500 to one borrower: others' money makes it large enough.
    await make.movement(Record(id=application.fund_id), kind="members", amount_vnd=4 * BILLION, moved_on="2020-01-01")
    await make.approved(Record(id=application.fund_id), requested_amount_vnd=600 * MILLION)
    leaving = {"kind": "entrusted_out", "direction": "out", "amount_vnd": 3_500 * MILLION, "moved_on": "2020-02-01"}
    await make.movement(Record(id=application.fund_id), **leaving)
    answer = await approve(approver, application)
    unseen = warnings(answer)
    assert set(unseen) == {"documents_missing", "free_balance_short"}
    assert unseen["documents_missing"]["missing_documents"] == list(PAPERS[:6])
    short = unseen["free_balance_short"]
    assert (short["basis_vnd"], short["used_vnd"], short["limit_vnd"], short["over_vnd"]) == (
        800 * MILLION,
        600 * MILLION,
        200 * MILLION,
        300 * MILLION,
    )
    assert "Quỹ không đủ nguồn" in answer.json()["detail"]
    assert set(warnings(await approve(approver, application, "documents_missing"))) == {"free_balance_short"}
    position = ok(await funds.get(f"{PATH}/funds/{application.fund_id}/position?as_of=2023-02-20"))
    assert position["free_balance_vnd"] == 200 * MILLION
    approved = ok(await approve(approver, application, "free_balance_short", "documents_missing"), 201)
    assert approved["approval"]["acknowledged"] == ["documents_missing", "free_balance_short"]
    kept = check(approved, "free_balance")
    assert (kept["is_met"], kept["warning"], kept["over_vnd"]) == (False, "free_balance_short", 300 * MILLION)
    assert check(approved, "documents")["rule"]["id"] == "document_checklist"


async def test_a_code_that_is_no_warning_is_not_taken(approver: ApiClient, make: Make) -> None:
    application = await make.appraised(await make.rich_fund())
    answer = await approve(approver, application, "single_borrower_limit")
    assert faults(answer) == {("/acknowledged/0", "not_allowed")}


async def test_what_the_law_makes_absolute_is_not_acknowledged_away(approver: ApiClient, make: Make) -> None:
    application = await make.appraised(await make.fund(), requested_amount_vnd=4 * BILLION, documents=[])
    answer = await approve(approver, application, "free_balance_short", "documents_missing")
    document = assert_problem(answer, 409, "single_borrower_limit_exceeded")
    assert {each["check"] for each in document["limits"] if not each["is_met"]} == {
        "single_borrower_limit",
        "documents",
        "free_balance",
    }


async def test_the_borrowers_loans_in_every_fund_are_shown_as_of_the_decision_day(
    approver: ApiClient, make: Make
) -> None:
    borrower, fund, other = await make.borrower(), await make.rich_fund(), await make.rich_fund()
    late = await make.loan(other, borrower=borrower)
    waiting = await make.create("loans", an_opening(other, borrower))
    opening = {"overdue_since": "2022-10-01", "overdue_principal_vnd": 10 * MILLION}
    ran = await make.opened(other, borrower, opening=opening)
    ok(
        await make.client.post(
            f"{PATH}/loans/{ran.id}/repayments",
            json={"amount_vnd": 10 * MILLION, "paid_on": "2023-04-01"},
            headers={"Idempotency-Key": new_id()},
        ),
        201,
    )
    application = await make.appraised(fund, borrower)
    # On 2 April the first installment of the loan of March falls due; five days later it is five days late.
    for day, days, code in [
        ("2023-04-07", 5, "other_loans_bad_debt"),
        ("2023-02-20", None, "other_loans_bad_debt"),
    ]:
        seen = warnings(await approve(approver, application, decided_on=day))[code]
        by_id = {each["loan_id"]: each for each in seen["loans"]}
        assert (late.id in by_id) == (days is not None)
        if days is not None:
            assert (by_id[late.id]["days_overdue"], by_id[late.id]["debt_group"]) == (days, 1)
            assert (by_id[late.id]["fund_id"], by_id[late.id]["fund_name"]) == (other.id, other.name)
            assert by_id[late.id]["outstanding_vnd"] == 120 * MILLION
        assert by_id[ran.id]["days_overdue"] > 90
        assert waiting.id not in by_id, "nobody has confirmed it"
    approved = ok(await approve(approver, application, "other_loans_bad_debt", decided_on="2023-04-07"), 201)
    assert len(check(approved, "other_loans")["loans"]) == 2


async def test_a_loan_a_few_days_late_and_one_that_provisions_handled_are_two_warnings(
    approver: ApiClient, make: Make
) -> None:
    fund, borrower, lost = await make.rich_fund(), await make.borrower(), await make.borrower()
    await make.loan(fund, borrower=borrower)
    application = await make.appraised(fund, borrower)
    on_time = await approve(approver, application, decided_on="2023-04-02")
    assert check(ok(on_time, 201), "other_loans")["is_met"]
    second = await make.appraised(fund, borrower)
    assert set(warnings(await approve(approver, second, decided_on="2023-04-03"))) == {"other_loans_overdue"}
    given_up = await make.loan(fund, borrower=lost)
    await make.client.get(f"{PATH}/loans/{given_up.id}")
    third = await make.appraised(fund, lost)
    answer = await approve(approver, third, decided_on="2023-11-01")
    seen = warnings(answer)["other_loans_bad_debt"]
    assert (seen["loans"][0]["debt_group"], seen["used_vnd"]) == (5, 120 * MILLION)


async def test_what_was_lost_of_a_loan_is_as_of_the_decision_day(approver: ApiClient, make: Make) -> None:
    fund, borrower = await make.rich_fund(), await make.borrower()
    loan = await make.loan(fund, borrower=borrower)
    await make.written_off(loan)
    await make.recovered(loan, 30 * MILLION, "2024-01-05")
    # The rest of the principal, and some interest.
    await make.recovered(loan, 90 * MILLION + 1000, "2024-02-01")
    application = await make.appraised(fund, borrower)
    for day, outstanding, lost in (
        ("2023-09-30", 120, 0),
        ("2023-10-01", 0, 120),
        ("2024-01-04", 0, 120),
        ("2024-01-31", 0, 90),
    ):
        (seen,) = warnings(await approve(approver, application, decided_on=day))["other_loans_bad_debt"]["loans"]
        assert (seen["outstanding_vnd"], seen["lost_vnd"]) == (outstanding * MILLION, lost * MILLION)
        assert seen["debt_group"] == 5
    approved = ok(await approve(approver, application, decided_on="2024-02-01"), 201)
    assert check(approved, "other_loans")["loans"] == []


async def test_borrowers_of_one_organization_are_shown_with_what_they_have_together(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    fund, organization = await make.rich_fund(), new_id()
    cooperative = await make.borrower(organization_id=organization)
    members = [
        await make.borrower("member_person", beneficiary_organization_id=organization, beneficiary_kind="cooperative")
        for _ in range(3)
    ]
    await make.borrower("member_person")
    await make.approved(fund, cooperative, requested_amount_vnd=2 * BILLION)
    await make.loan(fund, 300 * MILLION, borrower=members[0])
    # Nothing is lent to the second, and what another fund lends is that fund's limit.
    await make.approved(await make.rich_fund(), members[1])
    application = await make.appraised(fund, members[2], requested_amount_vnd=2_800 * MILLION)
    seen = warnings(await approve(approver, application))["shared_beneficiary"]
    assert [(each["borrower_id"], each["used_vnd"], each["is_related"]) for each in seen["borrowers"]] == [
        (cooperative.id, 2 * BILLION, False),
        (members[0].id, 300 * MILLION, False),
    ]
    assert (seen["used_vnd"], seen["limit_vnd"], seen["over_vnd"], seen["limit_percent"]) == (
        2_300 * MILLION,
        5 * BILLION,
        100 * MILLION,
        "25",
    )
    # Entered as related they are of the law's limit, and no more a question.
    group = await make.related(cooperative, members[0], members[2])
    document = assert_problem(await approve(approver, application), 409, "related_borrowers_limit_exceeded")
    assert document["borrower_group_id"] == group.id
    answer = await approve(approver, application, approved_amount_vnd=2_700 * MILLION)
    approved = ok(answer, 201)
    shared = check(approved, "shared_beneficiary")
    assert (shared["is_met"], [each["is_related"] for each in shared["borrowers"]]) == (True, [True, True])


async def test_the_cooperative_itself_is_shown_its_members(approver: ApiClient, make: Make) -> None:
    fund, organization = await make.rich_fund(), new_id()
    cooperative = await make.borrower(organization_id=organization)
    member = await make.borrower(
        "member_household", beneficiary_organization_id=organization, beneficiary_kind="cooperative"
    )
    await make.approved(fund, member)
    application = await make.appraised(fund, cooperative)
    seen = warnings(await approve(approver, application))["shared_beneficiary"]
    assert [each["borrower_name"] for each in seen["borrowers"]] == [member.name]


async def test_its_own_user_is_not_shown_who_else_borrows(funds: ApiClient, approver: ApiClient, make: Make) -> None:
    fund, organization = await make.rich_fund(), new_id()
    cooperative = await make.borrower(organization_id=organization)
    member = await make.borrower(
        "member_person", beneficiary_organization_id=organization, beneficiary_kind="cooperative"
    )
    await make.approved(fund, member)
    application = await make.appraised(fund, cooperative, documents=[])
    ok(await approve(approver, application, "shared_beneficiary", "documents_missing"), 201)
    own = funds.as_(scope="own.read own.write", sub="own-user", organization_id=organization)
    path = f"{APPLICATIONS}/{application.id}"
    history = ok(await own.get(f"{path}/history"))["items"]
    for shown in (ok(await own.get(path)), history[-1]["content"]):
        names = {each["check"] for each in shown["approval"]["limits"]}
        assert not names & {"related_borrowers_limit", "shared_beneficiary", "free_balance"}
        assert {"documents", "other_loans", "council_votes"} <= names
        assert shown["approval"]["acknowledged"] == ["documents_missing"]


@pytest.mark.parametrize(
    ("votes", "refused", "warned"),
    [
        ((0, 0, 0), False, False),
        ((3, 0, 0), False, False),
        ((2, 1, 2), False, False),
        ((1, 1, 1), False, True),
        ((0, 0, 2), False, True),
        ((1, 2, 5), True, False),
        ((0, 1, 0), True, False),
    ],
)
async def test_the_councils_votes_decide(
    funds: ApiClient, approver: ApiClient, make: Make, votes: tuple[int, int, int], refused: bool, warned: bool
) -> None:
    cast = [vote for vote, count in zip(("for", "against", "abstain"), votes, strict=True) for _ in range(count)]
    council = [{"name": f"Ủy viên {at}", "vote": vote} for at, vote in enumerate(cast)]
    application = await make.appraised(await make.rich_fund(), appraisal={"council": council})
    answer = await approve(approver, application)
    if refused:
        assert_problem(answer, 409, "council_against", votes_for=votes[0], votes_against=votes[1])
        assert_problem(await approve(approver, application, "council_divided"), 409, "council_against")
        again = an_appraisal(500 * MILLION)
        ok(await funds.post(f"{APPLICATIONS}/{application.id}/appraisal", json=again), 201)
    elif warned:
        assert set(warnings(answer)) == {"council_divided"}
        answer = await approve(approver, application, "council_divided")
        assert ok(answer, 201)["approval"]["acknowledged"] == ["council_divided"]
        return
    if refused:
        answer = await approve(approver, application)
    assert ok(answer, 201)["state"] == "approved"


async def test_the_checklist_is_that_of_fund_and_kind_on_the_decision_day(approver: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    for kind, body in [
        ("cooperative", {"valid_from": "2023-02-10", "documents": ["loan_request", "bad_debt_check"]}),
        ("member_person", {"valid_from": "2023-03-01", "documents": ["bad_debt_check"]}),
    ]:
        await make.rule(fund_id=fund.id, rule="document_checklist", borrower_kind=kind, **body)
    papers = [{"kind": "loan_request"}, {"kind": "bad_debt_check", "is_received": False}]
    application = await make.appraised(fund, documents=papers)
    seen = warnings(await approve(approver, application))["documents_missing"]
    assert (seen["missing_documents"], seen["rule"]["version"]) == (["bad_debt_check"], "2023-02")
    person = await make.appraised(fund, await make.borrower("member_person"), documents=papers)
    of_nation = warnings(await approve(approver, person))["documents_missing"]
    assert of_nation["missing_documents"] == ["membership_proof", "project"]
    elsewhere = await make.appraised(await make.rich_fund(), documents=papers)
    assert len(warnings(await approve(approver, elsewhere))["documents_missing"]["missing_documents"]) == 5


async def test_a_checklist_names_whose_it_is_and_what_it_asks_for(funds: ApiClient) -> None:
    path, of = f"{PATH}/lending-rules", {"rule": "document_checklist"}
    documents = ["loan_request", "charter"]
    wrong: list[tuple[dict[str, Any], tuple[str, str]]] = [
        ({"documents": documents}, ("/borrower_kind", "required")),
        ({"borrower_kind": "cooperative"}, ("/documents", "required")),
        ({"borrower_kind": "cooperative", "documents": ["charter", "charter"]}, ("/documents", "given_twice")),
        ({"borrower_kind": "cooperative", "documents": documents, "value_days": 3}, ("/value_days", "not_null")),
        ({"borrower_kind": "cooperative", "documents": ["passport"]}, ("/documents/0", "not_allowed")),
    ]
    for fields, fault in wrong:
        assert fault in faults(await funds.post(path, json=a_rule(**of, **fields)))
    misplaced = a_rule(documents=documents)
    assert faults(await funds.post(path, json=misplaced)) == {("/documents", "not_null")}
    rule = ok(await funds.post(path, json=a_rule(**of, borrower_kind="cooperative", documents=documents)), 201)
    assert rule["documents"] == documents
    page = ok(await funds.get(path, params={"rule": "document_checklist", "borrower_kind": "cooperative"}))
    assert {each["alliance"] for each in page["items"]} == {"VN", "25-2025"}


async def test_of_approvals_at_once_the_later_ones_see_what_the_earlier_promised(
    approver: ApiClient, make: Make
) -> None:
    fund = await make.fund(charter_capital_vnd=None)
    await make.movement(fund, amount_vnd=2 * BILLION)
    await make.movement(fund, amount_vnd=20 * BILLION)
    leaving = {"kind": "entrusted_out", "direction": "out", "amount_vnd": 20 * BILLION, "moved_on": "2020-04-01"}
    await make.movement(fund, **leaving)
    applications = [await make.appraised(fund) for _ in range(12)]
    answers = await asyncio.gather(*(approve(approver, application) for application in applications))
    taken = [answer for answer in answers if answer.status_code == 201]
    assert len(taken) == 4
    for answer in answers:
        if answer.status_code != 201:
            assert warnings(answer)["free_balance_short"]["limit_vnd"] == 0


async def test_a_fund_that_entrusts_its_capital_lends_what_the_other_lender_has(
    approver: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund(operating_model="entrusted")
    leaving = {"kind": "entrusted_out", "direction": "out", "amount_vnd": 20 * BILLION, "moved_on": "2020-04-01"}
    await make.movement(fund, **leaving)
    application = await make.appraised(fund)
    balance = check(ok(await approve(approver, application), 201), "free_balance")
    assert (balance["basis_vnd"], balance["is_met"]) == (20 * BILLION, True)
