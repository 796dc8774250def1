"""Dissolutions on their way: what stands in the way of each, and how it ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.registry.builders import ORGANIZATIONS, PATH, Make, Record, a_blocker, a_case
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient

CASES = f"{PATH}/dissolution-cases"
RESOLVED = a_blocker(resolved_on="2023-05-10")
ENDED = {"outcome": "ended", "outcome_on": "2023-06-30"}


async def listed(registry: ApiClient, **params: Any) -> list[str]:
    return [each["id"] for each in await every_item(registry, CASES, **params)]


def below(organization: Record) -> str:
    return f"{ORGANIZATIONS}/{organization.id}/dissolution-cases"


async def test_a_case_is_opened_unblocked_and_ended(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    case = await make.fact("dissolution-cases", organization)
    path = f"{CASES}/{case.id}"
    steps = [*case.steps, {"kind": "tax_confirmed", "on": "2023-05-10", "document_number": None}]
    case = Record(ok(await registry.patch(path, json={"blockers": [RESOLVED], "steps": steps}, headers=etag(case))))
    assert (case.blockers, case.steps) == ([RESOLVED], steps)
    await make.status(organization, "ended", on="2023-06-30")
    case = Record(ok(await registry.patch(path, json=ENDED, headers=etag(case))))
    assert (case.outcome, case.outcome_on) == ("ended", "2023-06-30")
    actions = [each["action"] for each in ok(await registry.get(f"{path}/history"))["items"]]
    assert actions == ["created", "corrected", "corrected"]


async def test_what_blocks_is_resolved_before_the_case_ends(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    await make.status(organization, "ended", on="2023-06-30")
    blockers = [a_blocker(), a_blocker(kind="lost_seal"), a_blocker(kind="payables", resolved_on="2023-04-01")]
    case = await make.fact("dissolution-cases", organization, blockers=blockers)
    response = await registry.patch(f"{CASES}/{case.id}", json=ENDED, headers=etag(case))
    problem = assert_problem(response, 409, "blockers_unresolved", blockers=["lost_seal", "tax_debt"])
    assert "“Mất con dấu” hoặc “Nợ thuế”" in problem["detail"]
    # Withdrawn it may be as it stands: what blocked is why.
    withdrawn = {"outcome": "withdrawn", "outcome_on": "2023-06-30"}
    ok(await registry.patch(f"{CASES}/{case.id}", json=withdrawn, headers=etag(case)))


async def test_the_legal_status_ends_before_the_case_does(registry: ApiClient, make: Make) -> None:
    organization, group = await make.organization(), await make.group()
    body = a_case(blockers=[], **ENDED)
    response = await registry.post(below(organization), json=body)
    problem = assert_problem(response, 409, "organization_not_ended", legal_status="active", outcome_on="2023-06-30")
    assert problem["post_to"] == f"{ORGANIZATIONS}/{organization.id}/status-changes"
    await make.status(organization, "ended", on="2023-07-01")
    assert_problem(await registry.post(below(organization), json=body), 409, "organization_not_ended")
    ok(await registry.post(below(organization), json={**body, "outcome_on": "2023-07-01"}), 201)
    await make.status(group, "terminated", on="2023-06-30")
    ok(await registry.post(below(group), json=body), 201)


async def test_an_organization_has_one_open_case(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    first = await make.fact("dissolution-cases", organization)
    again = a_case(opened_on="2024-01-10", planned_year=2024, blockers=[], steps=[])
    response = await registry.post(below(organization), json=again)
    assert_problem(response, 409, "dissolution_case_open", dissolution_case_id=first.id)
    withdrawn = {"outcome": "withdrawn", "outcome_on": "2023-12-31"}
    first = Record(ok(await registry.patch(f"{CASES}/{first.id}", json=withdrawn, headers=etag(first))))
    second = ok(await registry.post(below(organization), json=again), 201)
    reopened = {"outcome": None, "outcome_on": None}
    response = await registry.patch(f"{CASES}/{first.id}", json=reopened, headers=etag(first))
    assert_problem(response, 409, "dissolution_case_open", dissolution_case_id=second["id"])


async def test_of_cases_opened_at_once_one_is_taken(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    answers = await asyncio.gather(*(registry.post(below(organization), json=a_case()) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 7]
    assert {answer.json().get("code") for answer in answers} == {None, "dissolution_case_open"}


WRONG: list[tuple[dict[str, Any], set[tuple[str, str]]]] = [
    ({"blockers": [a_blocker(since="2023-01-31")]}, {("/blockers/0/since", "outside_case")}),
    ({"steps": [{"kind": "notice_sent", "on": "2023-01-31"}]}, {("/steps/0/on", "outside_case")}),
    (
        {"blockers": [a_blocker(resolved_on="2023-07-01")], "outcome": "withdrawn", "outcome_on": "2023-06-30"},
        {("/blockers/0/resolved_on", "outside_case")},
    ),
    ({"blockers": [a_blocker(kind="other_debt")]}, {("/blockers/0/kind", "not_allowed")}),
    ({"blockers": [a_blocker(amount_vnd=0)]}, {("/blockers/0/amount_vnd", "too_small")}),
    ({"blockers": [a_blocker(resolved_on="2023-02-28")]}, {("/blockers/0/resolved_on", "end_before_start")}),
    ({"blockers": [RESOLVED, a_blocker(since="2023-05-09")]}, {("/blockers/1/kind", "given_twice")}),
    ({"steps": [{"kind": "resolution", "on": "2023-02-01"}] * 2}, {("/steps/1/kind", "given_twice")}),
    ({"steps": [{"kind": "farewell", "on": "2023-02-01"}]}, {("/steps/0/kind", "not_allowed")}),
    ({"outcome": "withdrawn"}, {("/outcome_on", "required")}),
    ({"outcome_on": "2023-06-30"}, {("/outcome_on", "needs_outcome")}),
    ({"outcome": "withdrawn", "outcome_on": "2023-01-01"}, {("/outcome_on", "end_before_start")}),
    ({"planned_year": 1800, "ground": "boredom"}, {("/planned_year", "too_small"), ("/ground", "not_allowed")}),
]


@pytest.mark.parametrize(("given", "expected"), WRONG)
async def test_a_case_that_does_not_agree_with_itself_is_refused(
    registry: ApiClient, make: Make, given: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    organization = await make.organization()
    assert faults(await registry.post(below(organization), json=a_case(**given))) == expected
    assert await listed(registry) == []


async def test_the_same_blocker_may_come_back_once_it_was_resolved(registry: ApiClient, make: Make) -> None:
    blockers = [RESOLVED, a_blocker(since="2023-05-10")]
    case = await make.fact("dissolution-cases", await make.organization(), blockers=blockers)
    assert case.blockers == blockers


async def test_there_is_no_blocker_without_a_case(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    assert faults(await registry.post(below(organization), json={"blockers": [a_blocker()]})) == {
        ("/opened_on", "required"),
        ("/ground", "required"),
    }
    assert ("/blockers", "unknown_field") in faults(
        await registry.post(
            f"{ORGANIZATIONS}/{organization.id}/status-changes",
            json={"kind": "legal", "status": "ended", "effective_on": "2023-01-01", "blockers": [a_blocker()]},
        )
    )


async def test_a_correction_is_judged_with_what_stays(registry: ApiClient, make: Make) -> None:
    case = await make.fact("dissolution-cases", await make.organization())
    response = await registry.patch(f"{CASES}/{case.id}", json={"opened_on": "2023-03-02"}, headers=etag(case))
    assert faults(response) == {("/blockers/0/since", "outside_case")}


async def test_cases_are_found_by_plan_blocker_and_outcome(registry: ApiClient, make: Make) -> None:
    blocked = await make.fact("dissolution-cases", await make.organization())
    blockers = [RESOLVED, a_blocker(kind="lost_records"), a_blocker(kind="payables")]
    two = await make.fact("dissolution-cases", await make.organization(), planned_year=2024, blockers=blockers)
    withdrawn = await make.fact(
        "dissolution-cases",
        await make.organization(),
        planned_year=None,
        blockers=[],
        outcome="withdrawn",
        outcome_on="2023-08-01",
    )
    assert await listed(registry, planned_year="2023") == [blocked.id]
    assert await listed(registry, blocker="tax_debt") == [blocked.id]
    assert await listed(registry, blocker=["lost_records", "tax_debt"]) == [blocked.id, two.id]
    assert await listed(registry, is_open="true") == [blocked.id, two.id]
    assert await listed(registry, outcome="withdrawn", province="25-2025") == [withdrawn.id]
    assert faults(await registry.get(CASES, params={"blocker": "other_debt"})) == {("blocker", "not_allowed")}
    page = ok(await registry.get(CASES, params={"facets": "blocker,outcome,planned_year,ground"}))
    facets = {f["name"]: {each["value"]: each["count"] for each in f["values"]} for f in page["facets"]}
    assert facets == {
        "blocker": {"tax_debt": 1, "lost_records": 1, "payables": 1},
        "outcome": {None: 2, "withdrawn": 1},
        "planned_year": {"2023": 1, "2024": 1, None: 1},
        "ground": {"voluntary": 3},
    }


async def test_two_with_an_open_case_each_are_not_put_together(registry: ApiClient, make: Make) -> None:
    kept, duplicate = await make.organization(), await make.organization()
    cases = [await make.fact("dissolution-cases", each) for each in (kept, duplicate)]
    body = {"into": kept.id, "reason": "Nhập hai lần"}
    path = f"{ORGANIZATIONS}/{duplicate.id}/deduplication"
    assert_problem(
        await registry.post(path, json=body),
        409,
        "dissolution_cases_open",
        dissolution_case_ids=sorted(case.id for case in cases),
    )
    removed = await registry.delete(f"{CASES}/{cases[1].id}", headers=etag(cases[1]))
    assert removed.status_code == 204
    ok(await registry.post(path, json=body), 201)


async def test_what_a_case_ended_by_is_not_taken_back_while_the_case_has_ended(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    ending = await make.status(organization, "ended", on="2023-06-30")
    case = await make.fact("dissolution-cases", organization, blockers=[RESOLVED], **ENDED)
    path = f"{PATH}/status-changes/{ending.id}"
    later = await registry.patch(path, json={"effective_on": "2023-07-01"}, headers=etag(ending))
    for response in (later, await registry.delete(path, headers=etag(ending))):
        assert_problem(response, 409, "dissolution_case_ended", dissolution_case_id=case.id, outcome_on="2023-06-30")
    # Earlier is no contradiction, and a case that is open again forbids nothing.
    ending = Record(ok(await registry.patch(path, json={"effective_on": "2023-06-29"}, headers=etag(ending))))
    reopened = {"outcome": None, "outcome_on": None}
    ok(await registry.patch(f"{CASES}/{case.id}", json=reopened, headers=etag(case)))
    assert (await registry.delete(path, headers=etag(ending))).status_code == 204


async def test_a_case_ends_or_its_status_is_taken_back_never_both(registry: ApiClient, make: Make) -> None:
    for _ in range(3):
        organization = await make.organization()
        ending = await make.status(organization, "ended", on="2023-06-30")
        case = await make.fact("dissolution-cases", organization, blockers=[])
        answers = await asyncio.gather(
            registry.patch(f"{CASES}/{case.id}", json=ENDED, headers=etag(case)),
            registry.delete(f"{PATH}/status-changes/{ending.id}", headers=etag(ending)),
        )
        assert {answers[0].status_code // 100, answers[1].status_code // 100} == {2, 4}


async def test_an_ended_case_does_not_follow_to_one_that_stands(registry: ApiClient, make: Make) -> None:
    kept, duplicate = await make.organization(), await make.organization()
    await make.status(duplicate, "ended", on="2023-06-30")
    case = await make.fact("dissolution-cases", duplicate, blockers=[], **ENDED)
    path = f"{ORGANIZATIONS}/{duplicate.id}/deduplication"
    body = {"into": kept.id, "reason": "Nhập hai lần"}
    assert_problem(await registry.post(path, json=body), 409, "dissolution_case_ended", dissolution_case_id=case.id)
    await make.status(kept, "ended", on="2023-06-01")
    ok(await registry.post(path, json=body), 201)


async def test_the_plan_of_a_year_is_met_as_its_cases_end(registry: ApiClient, make: Make) -> None:
    await make.coverage(covered_from="2023-01-01", covered_to="2023-12-31")
    ended = await make.organization()
    await make.status(ended, "ended", on="2023-06-30")
    done = await make.fact("dissolution-cases", ended, blockers=[RESOLVED], **ENDED)
    late = await make.organization()
    await make.status(late, "ended", on="2024-01-15")
    over = await make.fact("dissolution-cases", late, blockers=[], outcome="ended", outcome_on="2024-01-15")
    for _ in range(2):
        await make.fact("dissolution-cases", await make.organization())
    await make.fact("dissolution-cases", await make.organization(), planned_year=2024)
    query = {"indicators": "dissolution_target_achievement", "province": "25-2008", "from": "2023-01-01"}
    params = {**query, "to": "2023-12-31"}
    (figure,) = ok(await registry.get(f"{PATH}/indicator-values", params=params))["items"]
    assert (figure["value"], figure["numerator"], figure["denominator"]) == (25, 1, 4)
    rows = await every_item(registry, figure["evidence"])
    assert {row["id"]: row["contribution"] for row in rows}[over.id] == 0
    assert [row["id"] for row in rows if row["contribution"] == 1] == [done.id]
    months = ok(await registry.get(f"{PATH}/indicator-values", params={**params, "group_by": "month"}))["items"]
    assert [item["value"] for item in months] == [0] * 5 + [25] * 7
