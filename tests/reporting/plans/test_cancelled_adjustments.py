"""An adjustment that is given up: plan, tasks and measures stand as the version in force has them, to the last field."""

from __future__ import annotations

import asyncio
from typing import Any

from kernel.database.connections import Database
from tests.reporting.plans.builders import MEASURES, PLANS, TASKS, Planning, a_decision, a_measure
from tests.support.answers import assert_problem, etag, every_item, ok
from tests.support.client import ApiClient
from tests.support.followed import Followed

_WRITTEN = {"version", "updated_at"}


async def _said(client: ApiClient, plan: dict[str, Any]) -> list[Any]:
    """What the plan says, without who wrote it when."""
    records = [ok(await client.get(f"{PLANS}/{plan['id']}"))]
    for path in (TASKS, MEASURES):
        found = await every_item(client, path, plan_id=plan["id"])
        records += sorted(found, key=lambda record: str(record["id"]))
    return [{name: value for name, value in record.items() if name not in _WRITTEN} for record in records]


async def test_a_cancelled_adjustment_leaves_nothing_behind(reporting: ApiClient, planning: Planning) -> None:
    follower = Followed(reporting.as_(scope="sync.read"), "reporting")
    await follower.begin()
    plan = await planning.plan(file_ids=[await planning.scan("kế hoạch")])
    kept, gone = await planning.task(plan), await planning.task(plan, ordinal=2, title="Tổ chức hội nghị")
    raised = await planning.measure(plan, task_id=kept["id"])
    dropped = await planning.measure(
        plan, task_id=gone["id"], indicator="cooperative_groups_new", unit="cooperative_group", assignments=[]
    )
    await planning.approve(plan)
    await planning.estimate(raised)
    before = await _said(reporting, plan)
    client, path = planning.client, f"{PLANS}/{plan['id']}"

    adjusting = await planning.adjust(plan)
    changes = {"title": "Kế hoạch mới", "ends_on": "2024-12-31", "file_ids": [], "note": "khác"}
    ok(await client.patch(path, json=changes, headers=etag(adjusting)))
    ok(await client.patch(f"{TASKS}/{kept['id']}", json={"title": "Khác"}, headers=etag(kept)))
    ok(await client.patch(f"{MEASURES}/{raised['id']}", json={"value": "55", "task_id": None}, headers=etag(raised)))
    for where, record in ((MEASURES, dropped), (TASKS, gone)):
        assert (await client.delete(f"{where}/{record['id']}", headers=etag(record))).status_code == 204
    added = await planning.task(plan, ordinal=3, title="Nhiệm vụ bổ sung")
    await planning.measure(plan, task_id=added["id"], indicator="cooperatives_total")
    ok(await client.post(f"{path}/submission", json={}), 201)

    closed = await planning.cancel_adjustment(plan)
    assert (closed["state"], closed["version_number"], closed["submitted_at"]) == ("approved", 1, None)
    assert await _said(reporting, plan) == before
    await follower.assert_equal()
    history = ok(await reporting.get(f"{MEASURES}/{dropped['id']}/history"))["items"]
    assert [entry["action"] for entry in history] == ["created", "removed", "adjustment_cancelled"]
    assert history[-1]["reason"] == "Tỉnh không giao nữa"
    # It is a plan like any other: adjusted and approved again.
    await planning.adjust(plan)
    assert (await planning.approve(plan, decided_on="2023-08-01"))["version_number"] == 2


async def test_measures_that_changed_places_take_their_own_again(reporting: ApiClient, planning: Planning) -> None:
    plan = await planning.plan()
    quarters = (("2023-01-01", "2023-03-31"), ("2023-04-01", "2023-06-30"), ("2023-07-01", "2023-09-30"))
    measures = [await planning.measure(plan, starts_on=first, ends_on=last) for first, last in quarters]
    await planning.approve(plan)
    before = await _said(reporting, plan)
    await planning.adjust(plan)
    free = ("2023-10-01", "2023-12-31")
    for measure, days in ((0, free), (1, quarters[0]), (2, quarters[1]), (0, quarters[2])):
        path = f"{MEASURES}/{measures[measure]['id']}"
        record = ok(await planning.client.get(path))
        body = {"starts_on": days[0], "ends_on": days[1]}
        ok(await planning.client.patch(path, json=body, headers=etag(record)))
    await planning.cancel_adjustment(plan)
    assert await _said(reporting, plan) == before


async def test_estimates_and_completions_of_what_was_added_are_not_lost_silently(
    planning: Planning, db: Database
) -> None:
    plan = await planning.plan()
    await planning.measure(plan)
    await planning.approve(plan)
    await planning.adjust(plan)
    task = await planning.task(plan)
    measure = await planning.measure(plan, indicator="cooperatives_total")
    estimate = await planning.estimate(measure)
    completion = await planning.completion(task)
    path, body = f"{PLANS}/{plan['id']}/adjustment-cancellation", {"reason": "Không giao nữa"}
    counted = "SELECT (SELECT count(*) FROM history) + (SELECT count(*) FROM change)"
    written = await db.fetchval(counted)
    assert_problem(await planning.client.post(path, json=body), 409, "measure_has_estimates")
    assert (await planning.client.delete(f"{PLANS[:-6]}/estimates/{estimate['id']}", headers=etag(estimate))).is_success
    assert_problem(await planning.client.post(path, json=body), 409, "task_in_use")
    assert await db.fetchval(counted) == written + 2, "the estimate is gone, and nothing is half undone"
    done = f"{PLANS[:-6]}/task-completions/{completion['id']}"
    assert (await planning.client.delete(done, headers=etag(completion))).is_success
    assert ok(await planning.client.post(path, json=body), 201)["state"] == "approved"


async def test_only_an_adjustment_is_cancelled_and_only_in_ones_own_area(
    reporting: ApiClient, planning: Planning
) -> None:
    plan = await planning.plan()
    await planning.measure(plan)
    path, body = f"{PLANS}/{plan['id']}/adjustment-cancellation", {"reason": "Không giao nữa"}
    assert_problem(await planning.client.post(path, json=body), 409, "plan_state_forbids", state="draft")
    await planning.approve(plan)
    assert_problem(await planning.client.post(path, json=body), 409, "plan_state_forbids", state="approved")
    await planning.adjust(plan)
    stranger = reporting.as_(area="40-2025", sub="stranger")
    assert_problem(await stranger.post(path, json=body), 404, "not_found")
    assert_problem(await planning.approver.post(path, json=body), 403, "scope_missing")


async def test_who_gave_an_adjustment_up_or_prepared_it_may_approve_the_next(
    reporting: ApiClient, planning: Planning
) -> None:
    plan = await planning.plan()
    await planning.measure(plan)
    await planning.approve(plan)
    both = reporting.as_(area="VN", sub="both", scope="reports.read reports.write reports.approve")
    path = f"{PLANS}/{plan['id']}"
    ok(await both.post(f"{path}/adjustment", json={"reason": "Giao thêm"}), 201)
    ok(await both.post(MEASURES, json=a_measure(plan_id=plan["id"], indicator="cooperatives_total")), 201)
    assert_problem(await both.post(f"{path}/approval", json=a_decision()), 403, "same_person", prepared_by="both")
    ok(await both.post(f"{path}/adjustment-cancellation", json={"reason": "Thôi"}), 201)
    await planning.adjust(plan)
    ok(await planning.client.post(f"{path}/submission", json={}), 201)
    waiting = ok(await both.get(f"{PLANS[:-6]}/approvals"))["items"]
    assert [item["resource_id"] for item in waiting] == [plan["id"]]
    assert ok(await both.post(f"{path}/approval", json=a_decision(decided_on="2023-08-01")), 201)["version_number"] == 2


async def test_of_a_cancellation_and_an_approval_at_once_one_happens(reporting: ApiClient, planning: Planning) -> None:
    for _ in range(5):
        plan = await planning.plan()
        measure = await planning.measure(plan)
        await planning.approve(plan)
        await planning.adjust(plan)
        ok(await planning.client.patch(f"{MEASURES}/{measure['id']}", json={"value": "50"}, headers=etag(measure)))
        path = f"{PLANS}/{plan['id']}"
        cancelled, approved = await asyncio.gather(
            planning.client.post(f"{path}/adjustment-cancellation", json={"reason": "Thôi"}),
            planning.approver.post(f"{path}/approval", json=a_decision(decided_on="2023-08-01")),
        )
        assert sorted((cancelled.status_code, approved.status_code)) == [201, 409]
        value = ok(await reporting.get(f"{MEASURES}/{measure['id']}"))["value"]
        assert value == ("50" if approved.status_code == 201 else "40")
