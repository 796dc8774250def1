"""Applications: what is filed, who may file it, and each step of the way to the decision."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.database.connections import Database
from kernel.values.ids import new_id
from tests.funds.builders import (
    APPLICATIONS,
    FUNDS,
    LE_LOI,
    MILLION,
    Make,
    Record,
    a_project,
    an_application,
    an_appraisal,
    an_approval,
)
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient


@pytest.fixture
def approver(funds: ApiClient) -> ApiClient:
    """The one who decides, and prepares nothing."""
    return funds.as_(scope="funds.read funds.approve", sub="fund-approver")


@pytest.fixture
async def fund(make: Make) -> Record:
    """A fund with a charter capital of 20 billion: 3 billion to one borrower, 5 billion to related ones."""
    return await make.fund()


def may(application: dict[str, Any]) -> set[str]:
    return {item["action"] for item in application["allowed_actions"] if item["allowed"]}


async def test_an_application_is_filed_with_its_project(funds: ApiClient, make: Make, fund: Record) -> None:
    borrower = await make.borrower()
    project = a_project(
        report_sector="agriculture",
        jobs=12,
        expected_results="Doanh thu tăng 20%",
        commune_code=LE_LOI,
        commune_map="2008",
    )
    body = an_application(fund, borrower, project=project, documents=[{"kind": "loan_request"}])
    application = ok(await funds.post(APPLICATIONS, json=body), 201)
    assert {name: application["project"][name] for name in project} == project
    assert (application["state"], application["borrower_name"], application["organization_id"]) == (
        "submitted",
        borrower.name,
        borrower.organization_id,
    )
    assert (application["province_2008"], application["alliance"]) == ("40-2008", "25-2025")
    assert application["documents"] == [{"kind": "loan_request", "file_id": None, "is_received": True, "note": None}]
    assert may(application) == {"change", "appraise", "reject", "withdraw"}
    assert ok(await funds.get(f"{APPLICATIONS}/{application['id']}")) == application


async def test_a_project_without_a_place_lies_where_the_borrower_does(make: Make, fund: Record) -> None:
    application = await make.application(fund)
    assert (application.project["commune_code"], application.province_2008) == ("07900", "25-2008")


async def test_the_way_from_filing_to_approval_by_another_person(
    funds: ApiClient, approver: ApiClient, make: Make, fund: Record
) -> None:
    application = await make.application(fund)
    path = f"{APPLICATIONS}/{application.id}"
    appraised = ok(await funds.post(f"{path}/appraisal", json=an_appraisal(400 * MILLION)), 201)
    assert (appraised["state"], appraised["appraisal"]["recorded_by"]) == ("under_appraisal", "fund-officer")
    assert appraised["appraisal"]["council"][0]["vote"] == "for"
    assert may(appraised) == {"change", "appraise", "approve", "reject", "withdraw"}
    approved = ok(await approver.post(f"{path}/approval", json=an_approval(approved_amount_vnd=350 * MILLION)), 201)
    assert (approved["state"], approved["approved_amount_vnd"], approved["approved_on"]) == (
        "approved",
        350 * MILLION,
        "2023-02-20",
    )
    assert (approved["approval"]["term_months"], approved["approval"]["annual_rate_percent"]) == (24, "6.60")
    assert may(approved) == {"withdraw", "contract", "appraise"}
    position = ok(await funds.get(f"{FUNDS}/{fund.id}/position", params={"as_of": "2023-02-20"}))
    assert (position["commitments_vnd"], position["lent_out_vnd"]) == (350 * MILLION, 0)
    before = ok(await funds.get(f"{FUNDS}/{fund.id}/position", params={"as_of": "2023-02-19"}))
    assert before["commitments_vnd"] == 0
    history = ok(await funds.get(f"{path}/history"))["items"]
    assert [(entry["action"], entry["recorded_by"]) for entry in history] == [
        ("created", "builder"),
        ("appraised", "fund-officer"),
        ("approved", "fund-approver"),
    ]


async def test_whoever_filed_corrected_or_appraised_may_not_approve(funds: ApiClient, make: Make, fund: Record) -> None:
    scope = "funds.read funds.write funds.approve"
    filer, corrector, appraiser, other = (funds.as_(scope=scope, sub=f"person-{n}") for n in range(4))
    borrower = await make.borrower()
    application = ok(await filer.post(APPLICATIONS, json=an_application(fund, borrower)), 201)
    path = f"{APPLICATIONS}/{application['id']}"
    ok(await corrector.patch(path, json={"application_number": "HS-1"}, headers=etag(application)))
    ok(await appraiser.post(f"{path}/appraisal", json=an_appraisal()), 201)
    for person, sub in [(filer, "person-0"), (corrector, "person-1"), (appraiser, "person-2")]:
        answer = await person.post(f"{path}/approval", json=an_approval())
        assert_problem(answer, 403, "same_person", prepared_by=sub)
    assert ok(await funds.get(path))["state"] == "under_appraisal"
    assert ok(await other.post(f"{path}/approval", json=an_approval()), 201)["state"] == "approved"


async def test_an_officer_without_the_right_to_approve_is_told_which_it_is(
    funds: ApiClient, make: Make, fund: Record
) -> None:
    application = await make.appraised(fund)
    answer = await funds.post(f"{APPLICATIONS}/{application.id}/approval", json=an_approval())
    assert_problem(answer, 403, "scope_missing", required_scope="funds.approve")


async def test_no_more_is_proposed_than_asked_and_no_more_approved_than_proposed(
    funds: ApiClient, approver: ApiClient, make: Make, fund: Record
) -> None:
    application = await make.application(fund)
    path = f"{APPLICATIONS}/{application.id}"
    answer = await funds.post(f"{path}/appraisal", json=an_appraisal(500 * MILLION + 1))
    assert_problem(answer, 409, "amount_too_high", limit_of="requested", limit_vnd=500 * MILLION, over_vnd=1)
    ok(await funds.post(f"{path}/appraisal", json=an_appraisal(400 * MILLION)), 201)
    answer = await approver.post(f"{path}/approval", json=an_approval(approved_amount_vnd=450 * MILLION))
    assert_problem(
        answer,
        409,
        "amount_too_high",
        limit_of="proposed",
        limit_vnd=400 * MILLION,
        asked_vnd=450 * MILLION,
        over_vnd=50 * MILLION,
    )
    assert ok(await funds.get(path))["approval"] is None


async def test_each_step_is_refused_where_the_state_forbids_it(
    funds: ApiClient, approver: ApiClient, make: Make, fund: Record
) -> None:
    application = await make.application(fund)
    path = f"{APPLICATIONS}/{application.id}"
    document = assert_problem(await approver.post(f"{path}/approval", json=an_approval()), 409, "state_forbids")
    assert (document["state"], document["action"], document["allowed_in"]) == (
        "submitted",
        "approve",
        ["under_appraisal"],
    )
    rejected = ok(
        await approver.post(
            f"{path}/rejection", json={"reason": "Phương án không khả thi", "decided_on": "2023-02-20"}
        ),
        201,
    )
    assert (rejected["state"], rejected["rejection"]["reason"]) == ("rejected", "Phương án không khả thi")
    assert may(rejected) == set()
    for step, body in [
        ("appraisal", an_appraisal()),
        ("rejection", {"reason": "x", "decided_on": "2023-02-21"}),
        ("withdrawal", {"withdrawn_on": "2023-02-21"}),
    ]:
        assert_problem(await funds.post(f"{path}/{step}", json=body), 409, "state_forbids", state="rejected")
    answer = await funds.patch(path, json={"application_number": "HS-2"}, headers=etag(rejected))
    assert_problem(answer, 409, "state_forbids", action="change")
    assert ok(await funds.get(path)) == rejected


async def test_an_approved_application_that_is_withdrawn_promises_nothing(
    funds: ApiClient, make: Make, fund: Record
) -> None:
    application = await make.approved(fund)
    path = f"{APPLICATIONS}/{application.id}"
    answer = await funds.post(f"{path}/withdrawal", json={"withdrawn_on": "2023-02-19"})
    assert faults(answer) == {("/withdrawn_on", "end_before_start")}
    withdrawn = ok(await funds.post(f"{path}/withdrawal", json={"withdrawn_on": "2023-03-10"}), 201)
    assert (withdrawn["state"], withdrawn["commitment_ended_on"]) == ("withdrawn", "2023-03-10")
    promised = [
        ok(await funds.get(f"{FUNDS}/{fund.id}/position", params={"as_of": on}))["commitments_vnd"]
        for on in ("2023-03-09", "2023-03-10")
    ]
    assert promised == [500 * MILLION, 0]


async def test_under_appraisal_only_the_checklist_may_still_change(funds: ApiClient, make: Make, fund: Record) -> None:
    application = await make.appraised(fund)
    path = f"{APPLICATIONS}/{application.id}"
    after = ok(await funds.patch(path, json={"documents": [{"kind": "bad_debt_check"}]}, headers=etag(application)))
    assert [item["kind"] for item in after["documents"]] == ["bad_debt_check"]
    answer = await funds.patch(path, json={"requested_amount_vnd": 600 * MILLION}, headers=etag(after))
    assert_problem(answer, 409, "state_forbids", fields=["requested_amount_vnd"])


async def test_a_correction_before_the_appraisal_is_judged_as_a_whole(
    funds: ApiClient, make: Make, fund: Record
) -> None:
    application = await make.application(fund)
    path = f"{APPLICATIONS}/{application.id}"
    assert faults(
        await funds.patch(path, json={"requested_amount_vnd": 2_000 * MILLION}, headers=etag(application))
    ) == {("/requested_amount_vnd", "too_large")}
    smaller = ok(await funds.patch(path, json={"requested_amount_vnd": 300 * MILLION}, headers=etag(application)))
    assert (smaller["requested_amount_vnd"], smaller["project"]) == (300 * MILLION, application.project)
    assert_problem(await funds.patch(path, json={"requested_term_months": 12}, headers=etag(application)), 412, "stale")


async def test_a_fund_that_does_not_operate_takes_no_application(funds: ApiClient, make: Make) -> None:
    planned = await make.fund(state="planned", licence_number=None, licensed_on=None)
    answer = await funds.post(APPLICATIONS, json=an_application(planned, await make.borrower()))
    assert_problem(answer, 409, "fund_not_operating", state="planned")


async def test_a_local_fund_lends_in_its_own_area_only(funds: ApiClient, make: Make, fund: Record) -> None:
    foreign = await make.borrower(commune_code=LE_LOI)
    assert faults(await funds.post(APPLICATIONS, json=an_application(fund, foreign))) == {
        ("/borrower_id", "unknown_borrower")
    }
    answer = await funds.as_(area="VN").post(APPLICATIONS, json=an_application(fund, foreign))
    assert_problem(answer, 409, "outside_fund_area", fund_alliance="25-2025", borrower_alliance="40-2025")


async def test_a_product_lends_to_its_kinds_in_its_time_for_its_terms(
    funds: ApiClient, make: Make, fund: Record
) -> None:
    product = await make.product(borrower_kinds=["cooperative_union"], valid_until="2023-12-31", term_max_months=36)
    union, cooperative = await make.borrower("cooperative_union"), await make.borrower()

    def body(borrower: Record, **fields: Any) -> dict[str, Any]:
        return an_application(fund, borrower, loan_product_id=product.id, **fields)

    ok(await funds.post(APPLICATIONS, json=body(union)), 201)
    assert_problem(
        await funds.post(APPLICATIONS, json=body(cooperative)), 409, "borrower_kind_not_served", kind="cooperative"
    )
    answer = await funds.post(APPLICATIONS, json=body(union, requested_term_months=37))
    assert_problem(answer, 409, "term_outside_product", term_max_months=36, asked_months=37)
    answer = await funds.post(APPLICATIONS, json=body(union, submitted_on="2024-01-01"))
    assert_problem(answer, 409, "product_not_offered", valid_until="2023-12-31")
    assert len(await every_item(funds, APPLICATIONS)) == 1


async def test_every_fault_of_an_application_is_named_at_once(funds: ApiClient, make: Make, fund: Record) -> None:
    body = an_application(
        fund,
        await make.borrower(),
        requested_amount_vnd=-5,
        submitted_on="2999-01-01",
        project=a_project(total_cost_vnd="1", own_capital_vnd=0.5),
    )
    assert faults(await funds.post(APPLICATIONS, json=body)) == {
        ("/requested_amount_vnd", "too_small"),
        ("/submitted_on", "in_the_future"),
        ("/project/total_cost_vnd", "not_an_integer"),
        ("/project/own_capital_vnd", "not_an_integer"),
    }


async def test_a_document_names_a_file_that_was_uploaded(funds: ApiClient, make: Make, fund: Record) -> None:
    documents = [{"kind": "charter"}, {"kind": "project", "file_id": new_id()}]
    body = an_application(fund, await make.borrower(), documents=documents)
    assert faults(await funds.post(APPLICATIONS, json=body)) == {("/documents/1/file_id", "unknown_file")}


async def test_an_application_of_another_area_is_not_there(funds: ApiClient, approver: ApiClient, make: Make) -> None:
    foreign_fund = await make.fund(province="40-2025")
    application = await make.appraised(foreign_fund, await make.borrower(commune_code=LE_LOI))
    path = f"{APPLICATIONS}/{application.id}"
    assert_problem(await funds.get(path), 404, "not_found")
    assert_problem(await approver.post(f"{path}/approval", json=an_approval()), 404, "not_found")
    assert_problem(await funds.post(f"{path}/withdrawal", json={"withdrawn_on": "2023-03-01"}), 404, "not_found")
    assert await every_item(funds, APPLICATIONS) == []


async def test_a_cooperative_files_and_withdraws_its_own_application(
    funds: ApiClient, make: Make, fund: Record
) -> None:
    mine, other = await make.borrower(), await make.borrower()
    foreign = await make.application(fund, other)
    own = funds.as_(scope="own.read own.write", sub="htx", organization_id=mine.organization_id)
    application = ok(await own.post(APPLICATIONS, json=an_application(fund, mine)), 201)
    assert [item["id"] for item in await every_item(own, APPLICATIONS)] == [application["id"]]
    assert faults(await own.post(APPLICATIONS, json=an_application(fund, other))) == {
        ("/borrower_id", "unknown_borrower")
    }
    assert_problem(await own.get(f"{APPLICATIONS}/{foreign.id}"), 404, "not_found")
    withdrawn = await own.post(f"{APPLICATIONS}/{application['id']}/withdrawal", json={"withdrawn_on": "2023-02-05"})
    assert ok(withdrawn, 201)["state"] == "withdrawn"


async def test_a_replayed_approval_is_one_approval(
    funds: ApiClient, approver: ApiClient, make: Make, fund: Record, db: Database
) -> None:
    application = await make.appraised(fund)
    key = {"Idempotency-Key": "approve-1"}
    path = f"{APPLICATIONS}/{application.id}/approval"
    first, again = [await approver.post(path, json=an_approval(), headers=key) for _ in range(2)]
    assert (first.status_code, first.content) == (201, again.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert_problem(await approver.post(path, json=an_approval()), 409, "state_forbids", state="approved")
    assert await db.fetchval("SELECT count(*) FROM history WHERE action = 'approved'") == 1


async def test_applications_are_found_by_state_place_and_day(funds: ApiClient, make: Make, fund: Record) -> None:
    first = await make.application(fund, submitted_on="2023-01-10")
    second = await make.approved(fund, submitted_on="2023-02-01")
    assert [a["id"] for a in await every_item(funds, APPLICATIONS, state="approved")] == [second.id]
    assert [a["id"] for a in await every_item(funds, APPLICATIONS, submitted_on_lte="2023-01-31")] == [first.id]
    for province, count in [("25-2008", 2), ("25-2025", 2), ("17-2008", 0)]:
        assert len(await every_item(funds, APPLICATIONS, province=province)) == count
    page = ok(await funds.get(APPLICATIONS, params={"count": "exact", "facets": "state"}))
    assert page["count"] == 2
    assert {item["value"]: item["count"] for item in page["facets"][0]["values"]} == {"submitted": 1, "approved": 1}
