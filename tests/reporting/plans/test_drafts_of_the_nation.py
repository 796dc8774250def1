"""What the nation prepares is its own: a province reads a national plan from its approval on, and follows it from there."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kernel.values.ids import new_id
from tests.reporting.builders import PATH
from tests.reporting.plans.builders import COMPLETIONS, ESTIMATES, MEASURES, PLANS, TASKS, Planning
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient
from tests.support.followed import Followed

LISTS = (PLANS, TASKS, MEASURES, COMPLETIONS, ESTIMATES)
_TYPES = "plan,task,measure,task_completion,estimate"


async def _prepared(planning: Planning, plan: dict[str, Any], **of_measure: Any) -> list[tuple[str, dict[str, Any]]]:
    """Enter one record of each type below a plan of the nation; return each with its list."""
    task = await planning.task(plan)
    measure = await planning.measure(plan, task_id=task["id"], **of_measure)
    completion, estimate = await planning.completion(task), await planning.estimate(measure)
    return [(TASKS, task), (MEASURES, measure), (COMPLETIONS, completion), (ESTIMATES, estimate)]


async def _listed(client: ApiClient) -> set[str]:
    return {each["id"] for path in LISTS for each in await every_item(client, path)}


async def _told(client: ApiClient) -> set[str]:
    page = ok(await client.as_(scope="sync.read").get(f"{PATH}/changes", params={"types": _TYPES}))
    return {each["resource_id"] for each in page["items"]}


async def test_a_draft_of_the_nation_is_not_there_for_a_province(reporting: ApiClient, planning: Planning) -> None:
    scan = await planning.scan("dự thảo", alliance="40-2025")
    plan = await planning.plan(province="VN", file_ids=[scan])
    records = [(PLANS, plan), *await _prepared(planning, plan)]
    for path, record in records:
        one = f"{path}/{record['id']}"
        assert_problem(await reporting.get(one), 404, "not_found")
        assert_problem(await reporting.get(f"{one}/history"), 404, "not_found")
        assert ok(await planning.client.get(one)) == record
    of_plan = f"{PLANS}/{plan['id']}"
    for below in ("tasks", "measures", "versions"):
        assert_problem(await reporting.get(f"{of_plan}/{below}"), 404, "not_found")
    assert_problem(await reporting.get(f"{of_plan}/progress", params={"to": "2023-08-31"}), 404, "not_found")
    assert_problem(await reporting.get(f"{PATH}/files/{scan}"), 404, "not_found")
    assert await _listed(reporting) == set()
    assert await _told(reporting) == set()
    days = {"from": "2023-01-01", "to": "2023-08-31", "indicators": "cooperatives_new", "plan": plan["id"]}
    assert faults(await reporting.get(f"{PATH}/figures", params=days)) == {("plan", "unknown_plan")}
    assert await _listed(planning.client) == await _told(planning.client) == {each["id"] for _, each in records}


async def test_a_follower_of_a_province_gets_a_national_plan_with_all_below_it_when_it_is_approved(
    reporting: ApiClient, planning: Planning
) -> None:
    follower = Followed(reporting.as_(scope="sync.read"), "reporting")
    nation = Followed(planning.client.as_(scope="sync.read"), "reporting")
    await follower.begin()
    await nation.begin()
    scan = await planning.scan("kế hoạch", alliance="40-2025")
    plan = await planning.plan(province="VN", file_ids=[scan])
    records = await _prepared(planning, plan)
    ok(await planning.client.post(f"{PLANS}/{plan['id']}/submission", json={}), 201)
    await follower.assert_equal()
    assert follower.events == []
    await planning.approve(plan)
    await follower.assert_equal()
    await nation.assert_equal()
    ids = {plan["id"], *(each["id"] for _, each in records)}
    assert {event["resource_id"] for event in follower.events} == ids
    assert await _listed(reporting) == ids
    for path, record in records:
        assert ok(await reporting.get(f"{path}/{record['id']}"))["alliance"] == "VN"
        history = ok(await reporting.get(f"{path}/{record['id']}/history"))["items"]
        assert [entry["action"] for entry in history] == ["created", "approved"]
    assert ok(await reporting.get(f"{PATH}/files/{scan}"))["id"] == scan
    assert_problem(await reporting.get(f"{PATH}/files/{new_id()}"), 404, "not_found")


async def test_a_draft_of_the_nation_that_is_deleted_was_never_told_of(
    reporting: ApiClient, planning: Planning
) -> None:
    follower = Followed(reporting.as_(scope="sync.read"), "reporting")
    await follower.begin()
    plan = await planning.plan(province="VN")
    task = await planning.task(plan)
    for path, record in ((TASKS, task), (PLANS, plan)):
        gone = await planning.client.delete(
            f"{path}/{record['id']}", headers=etag(record), params={"reason": "Nhập nhầm"}
        )
        assert gone.status_code == 204
        assert_problem(await reporting.get(f"{path}/{record['id']}/history"), 404, "not_found")
    await follower.assert_equal()
    assert follower.events == []


@pytest.mark.parametrize("end", ["approved", "cancelled"])
async def test_what_an_adjustment_adds_is_the_nations_own_until_it_is_approved(
    reporting: ApiClient, planning: Planning, end: str
) -> None:
    follower = Followed(reporting.as_(scope="sync.read"), "reporting")
    await follower.begin()
    plan = await planning.plan(province="VN")
    await planning.measure(plan)
    await planning.approve(plan)
    await follower.assert_equal()
    in_force = await _listed(reporting)
    await planning.adjust(plan)
    added = await planning.task(plan, ordinal=2)
    measure = await planning.measure(plan, task_id=added["id"], indicator="cooperatives_total")
    await follower.assert_equal()
    assert await _listed(reporting) == in_force
    for path, record in ((TASKS, added), (MEASURES, measure)):
        assert_problem(await reporting.get(f"{path}/{record['id']}"), 404, "not_found")
    if end == "approved":
        await planning.approve(plan, decided_on="2023-07-01")
        in_force |= {added["id"], measure["id"]}
    else:
        await planning.cancel_adjustment(plan)
    await follower.assert_equal()
    assert await _listed(reporting) == in_force
    assert await _told(reporting) == in_force


async def test_what_was_taken_out_of_a_national_plan_and_comes_back_is_everyones_again(
    reporting: ApiClient, planning: Planning
) -> None:
    follower = Followed(reporting.as_(scope="sync.read"), "reporting")
    await follower.begin()
    plan = await planning.plan(province="VN")
    await planning.measure(plan)
    task = await planning.task(plan)
    await planning.approve(plan)
    await planning.adjust(plan)
    stands = ok(await planning.client.get(f"{TASKS}/{task['id']}"))
    assert (await planning.client.delete(f"{TASKS}/{task['id']}", headers=etag(stands))).status_code == 204
    await planning.cancel_adjustment(plan)
    assert ok(await reporting.get(f"{TASKS}/{task['id']}"))["title"] == task["title"]
    await follower.assert_equal()


async def test_an_estimate_made_while_its_plan_is_approved_is_everyones(
    reporting: ApiClient, planning: Planning
) -> None:
    for _ in range(5):
        plan = await planning.plan(province="VN")
        task = await planning.task(plan)
        measure = await planning.measure(plan, task_id=task["id"])
        made = await asyncio.gather(planning.estimate(measure), planning.completion(task), planning.approve(plan))
        for path, record in zip((ESTIMATES, COMPLETIONS), made, strict=False):
            assert ok(await reporting.get(f"{path}/{record['id']}"))["id"] == record["id"]


async def test_an_export_of_a_province_has_no_draft_of_the_nation(reporting: ApiClient, planning: Planning) -> None:
    approved, draft = await planning.plan(province="VN"), await planning.plan(province="VN")
    for plan in (approved, draft):
        await planning.measure(plan)
    await planning.approve(approved)
    own = await planning.plan()
    for client, expected in (
        (reporting, {approved["id"], own["id"]}),
        (planning.client, {approved["id"], draft["id"], own["id"]}),
    ):
        copy = Followed(client.as_(scope="sync.read"), "reporting")
        await copy.begin()
        assert {each["id"] for each in copy.copy.records("plan")} == expected
        await copy.assert_equal()
