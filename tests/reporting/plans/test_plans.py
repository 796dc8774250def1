"""Plans: entered with their tasks and measures, submitted, approved by another person, adjusted, approved again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kernel.values.ids import new_id
from services.reporting.main import _NAMINGS
from tests.reporting.builders import PATH
from tests.reporting.plans.builders import (
    APPROVALS,
    COMPLETIONS,
    ESTIMATES,
    MEASURES,
    PLANS,
    TASKS,
    Planning,
    a_completion,
    a_decision,
    a_measure,
    a_plan,
    a_task,
    an_estimate,
)
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.cleaning import cleaned
from tests.support.client import ApiClient
from tests.support.followed import Followed


async def test_a_plan_is_entered_as_its_document_lays_it_down(reporting: ApiClient) -> None:
    body = a_plan(note="Theo Chương trình hành động 190")
    plan = ok(await reporting.post(PLANS, json=body), 201)
    assert {name: plan[name] for name in body} == body
    assert (plan["state"], plan["version_number"], plan["alliance"]) == ("draft", 0, "25-2025")
    assert (plan["province_2008"], plan["province_2025"]) == ("17-2008", "25-2025")
    assert ok(await reporting.get(f"{PLANS}/{plan['id']}")) == plan


async def test_a_plan_is_of_a_merged_province_of_the_callers_own_or_of_the_nation(
    reporting: ApiClient, planning: Planning
) -> None:
    own = a_plan()
    del own["province"]
    plan = ok(await reporting.post(PLANS, json=own), 201)
    assert (plan["province"], plan["province_2008"]) == ("25-2025", None)
    nation = await planning.plan(province="VN")
    assert (nation["alliance"], nation["province_2025"]) == ("VN", None)
    task = await planning.task(nation)
    measure = await planning.measure(nation, task_id=task["id"])
    assert (measure["province"], measure["alliance"]) == ("VN", "VN")
    nation = await planning.approve(nation)
    # Everyone's to read, and the nation's alone to write.
    assert ok(await reporting.get(f"{PLANS}/{nation['id']}"))["id"] == nation["id"]
    assert nation["id"] in {each["id"] for each in await every_item(reporting, PLANS)}
    assert_problem(
        await reporting.patch(f"{PLANS}/{nation['id']}", json={"note": "…"}, headers=etag(nation)), 404, "not_found"
    )
    assert faults(await reporting.post(PLANS, json=a_plan(province="VN"))) == {("/province", "outside_area")}
    assert ok(await reporting.get(f"{MEASURES}/{measure['id']}"))["value"] == "40"
    completion, estimate = await planning.completion(task), await planning.estimate(measure)
    for parent, below, record in (
        (f"{PLANS}/{nation['id']}", "tasks", task),
        (f"{PLANS}/{nation['id']}", "measures", measure),
        (f"{TASKS}/{task['id']}", "task-completions", completion),
        (f"{MEASURES}/{measure['id']}", "estimates", estimate),
    ):
        assert [each["id"] for each in await every_item(reporting, f"{parent}/{below}")] == [record["id"]]
        assert_problem(await reporting.post(f"{parent}/{below}", json={}), 404, "not_found")
    refused = await reporting.post(MEASURES, json=a_measure(plan_id=nation["id"]))
    assert faults(refused) == {("/plan_id", "unknown_plan")}


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"kind": "dream"}, ("/kind", "not_allowed")),
        ({"title": " "}, ("/title", "blank")),
        ({"ends_on": "2022-12-31"}, ("/ends_on", "end_before_start")),
        ({"province": "99-2008"}, ("/province", "unknown_province")),
        ({"province": "Hòa Bình"}, ("/province", "wrong_format")),
        ({"province": "40-2008"}, ("/province", "outside_area")),
        ({"document_on": "2999-01-01"}, ("/document_on", "in_the_future")),
        ({"file_ids": [new_id()]}, ("/file_ids/0", "unknown_file")),
    ],
    ids=lambda value: "-".join(value).strip("/") if isinstance(value, tuple) else "",
)
async def test_a_plan_that_does_not_agree_is_refused(
    reporting: ApiClient, fields: dict[str, Any], fault: tuple[str, str]
) -> None:
    assert faults(await reporting.post(PLANS, json=a_plan(**fields))) == {fault}


async def test_tasks_and_measures_are_entered_below_their_plan_beside_it_and_together(
    reporting: ApiClient, planning: Planning
) -> None:
    plan = await planning.plan()
    below = ok(await reporting.post(f"{PLANS}/{plan['id']}/tasks", json=a_task()), 201)
    beside = ok(await reporting.post(TASKS, json=a_task(plan_id=plan["id"], ordinal=2)), 201)
    items = [a_measure(plan_id=plan["id"], task_id=below["id"]), a_measure(plan_id=plan["id"], scope="moon")]
    batch = ok(await reporting.post(f"{MEASURES}/batch", json={"mode": "each", "items": items}), 207)
    assert [item["status"] for item in batch["items"]] == [201, 422]
    listed = await every_item(reporting, f"{PLANS}/{plan['id']}/tasks", sort="ordinal")
    assert [each["id"] for each in listed] == [below["id"], beside["id"]]
    (measure,) = await every_item(reporting, MEASURES, plan_id=plan["id"])
    assert (measure["task_id"], measure["starts_on"], measure["ends_on"]) == (below["id"], "2023-01-01", "2023-12-31")
    assert (measure["province"], measure["phasing"], measure["comparator"]) == ("17-2008", "linear", "eq")
    assert faults(await reporting.post(TASKS, json=a_task())) == {("/plan_id", "required")}


async def test_the_same_plan_and_measure_sent_again_are_made_once(reporting: ApiClient) -> None:
    body = a_plan(id=new_id())
    plan = ok(await reporting.post(PLANS, json=body), 201)
    assert ok(await reporting.post(PLANS, json=body)) == plan
    measure_body = a_measure(id=new_id())
    path = f"{PLANS}/{plan['id']}/measures"
    measure = ok(await reporting.post(path, json=measure_body), 201)
    assert ok(await reporting.post(path, json=measure_body)) == measure
    assert_problem(await reporting.post(path, json={**measure_body, "value": "41"}), 409, "id_in_use")
    key = {"Idempotency-Key": new_id()}
    first = await reporting.post(TASKS, json=a_task(plan_id=plan["id"]), headers=key)
    again = await reporting.post(TASKS, json=a_task(plan_id=plan["id"]), headers=key)
    assert ok(first, 201) == ok(again, 201)


async def test_from_draft_to_a_version_that_is_adjusted_and_stays_answerable(
    reporting: ApiClient, planning: Planning
) -> None:
    follower = Followed(reporting.as_(scope="sync.read"), "reporting")
    await follower.begin()
    plan = await planning.plan()
    path = f"{PLANS}/{plan['id']}"
    assert_problem(await planning.approver.post(f"{path}/approval", json=a_decision()), 409, "plan_empty")
    task = await planning.task(plan)
    measure = await planning.measure(plan, task_id=task["id"])
    submitted = ok(await planning.client.post(f"{path}/submission", json={}), 201)
    assert submitted["submitted_by"] == "planner"
    approved = await planning.approve(plan)
    assert (approved["state"], approved["version_number"], approved["submitted_at"]) == ("approved", 1, None)

    for refused in (
        planning.client.patch(path, json={"note": "khác"}, headers=etag(approved)),
        planning.client.post(TASKS, json=a_task(plan_id=plan["id"])),
        planning.client.patch(f"{TASKS}/{task['id']}", json={"title": "khác"}, headers=etag(task)),
        planning.client.delete(f"{TASKS}/{task['id']}", headers=etag(task)),
        planning.client.post(MEASURES, json=a_measure(plan_id=plan["id"], indicator="cooperatives_total")),
        planning.client.patch(f"{MEASURES}/{measure['id']}", json={"value": "50"}, headers=etag(measure)),
        planning.client.delete(f"{MEASURES}/{measure['id']}", headers=etag(measure)),
    ):
        document = assert_problem(await refused, 409, "plan_not_editable", plan_id=plan["id"], version_number=1)
        assert "mở điều chỉnh" in document["detail"]
    # Estimates and completions are entered at any time.
    await planning.estimate(measure)
    await planning.completion(task)

    adjusting = await planning.adjust(plan, "Tỉnh giao thêm 10 HTX")
    assert (adjusting["state"], adjusting["adjustment_reason"]) == ("adjusting", "Tỉnh giao thêm 10 HTX")
    patched = await planning.client.patch(f"{MEASURES}/{measure['id']}", json={"value": "50"}, headers=etag(measure))
    assert ok(patched)["id"] == measure["id"]
    await planning.task(plan, ordinal=2, title="Nhiệm vụ bổ sung")
    second = await planning.approve(plan, decision_number="99/QĐ-LMHTX", decided_on="2023-07-01")
    assert second["version_number"] == 2

    versions = ok(await reporting.get(f"{path}/versions"))["items"]
    assert [(v["number"], v["decision_number"], v["is_in_force"]) for v in versions] == [
        (2, "99/QĐ-LMHTX", True),
        (1, "45/QĐ-LMHTX", False),
    ]
    assert [v["adjustment_reason"] for v in versions] == ["Tỉnh giao thêm 10 HTX", None]
    old = ok(await reporting.get(f"{path}/versions/1"))
    new = ok(await reporting.get(f"{path}/versions/2"))
    assert [(m["measure_id"], m["value"]) for m in old["measures"]] == [(measure["id"], "40")]
    assert [(m["measure_id"], m["value"]) for m in new["measures"]] == [(measure["id"], "50")]
    assert (len(old["tasks"]), len(new["tasks"])) == (1, 2)
    assert (old["plan"]["version_number"], old["approved_by"]) == (1, "director")
    assert_problem(await reporting.get(f"{path}/versions/3"), 404, "not_found")
    await follower.assert_equal()
    told = [action for action, _ in follower.told_of(plan["id"])]
    assert told == ["created", *["changed"] * 4]


async def test_the_scan_of_an_approved_version_stays_when_its_adjustment_names_another(
    reporting: ApiClient, planning: Planning
) -> None:
    first, second, unused = [await planning.scan(text) for text in ("lần 1", "lần 2", "không dùng")]
    plan = await planning.plan(file_ids=[first])
    await planning.measure(plan)
    await planning.approve(plan)
    adjusting = await planning.adjust(plan)
    path = f"{PLANS}/{plan['id']}"
    ok(await planning.client.patch(path, json={"file_ids": [second]}, headers=etag(adjusting)))
    await planning.approve(plan, decided_on="2023-07-01")
    await cleaned(reporting.app, _NAMINGS, unused)
    kept = ok(await reporting.get(f"{path}/versions/1"))["plan"]["file_ids"]
    for id_ in (*kept, second):
        assert (await reporting.get(f"{PATH}/files/{id_}")).status_code == 200


async def test_who_prepared_anything_of_it_does_not_approve_it_nor_does_a_system(
    reporting: ApiClient, planning: Planning
) -> None:
    plan = await planning.plan()
    path = f"{PLANS}/{plan['id']}/approval"
    both = reporting.as_(sub="both", scope="reports.read reports.write reports.approve")
    ok(await both.post(MEASURES, json=a_measure(plan_id=plan["id"])), 201)
    assert_problem(await both.post(path, json=a_decision()), 403, "same_person", prepared_by="both")
    planner = planning.client.as_(scope="reports.read reports.write reports.approve")
    assert_problem(await planner.post(path, json=a_decision()), 403, "same_person")
    system = reporting.as_(sub="robot", client_id="robot", scope="reports.approve")
    assert_problem(await system.post(path, json=a_decision()), 403, "person_needed")
    assert_problem(await reporting.post(path, json=a_decision()), 403, "scope_missing")
    await planning.approve(plan)
    # What somebody did before an approval does not count for the next one.
    await planning.adjust(plan)
    assert ok(await both.post(path, json=a_decision(decided_on="2023-08-01")), 201)["version_number"] == 2


async def test_who_took_anything_out_of_it_prepared_it_too(reporting: ApiClient, planning: Planning) -> None:
    plan = await planning.plan()
    await planning.task(plan)
    measure, task = await planning.measure(plan), await planning.task(plan, ordinal=2)
    for record, path in ((measure, MEASURES), (task, TASKS)):
        both = reporting.as_(sub=f"both-{path[-5:]}", scope="reports.read reports.write reports.approve")
        gone = await both.delete(f"{path}/{record['id']}", params={"reason": "Không giao nữa"}, headers=etag(record))
        assert gone.status_code == 204, gone.text
        refused = await both.post(f"{PLANS}/{plan['id']}/approval", json=a_decision())
        assert_problem(refused, 403, "same_person")
    await planning.approve(plan)


async def test_of_ten_approvals_at_once_one_makes_a_version(reporting: ApiClient, planning: Planning) -> None:
    plan = await planning.plan()
    await planning.measure(plan)
    approvers = [planning.approver.as_(sub=f"director-{n}") for n in range(10)]
    answers = await asyncio.gather(
        *(each.post(f"{PLANS}/{plan['id']}/approval", json=a_decision()) for each in approvers)
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert_problem(refused, 409, "plan_state_forbids", state="approved")
    assert len(ok(await reporting.get(f"{PLANS}/{plan['id']}/versions"))["items"]) == 1


async def test_a_measure_entered_while_the_plan_is_approved_is_in_the_version_or_refused(
    reporting: ApiClient, planning: Planning
) -> None:
    for _ in range(5):
        plan = await planning.plan()
        await planning.measure(plan)
        entry, approval = await asyncio.gather(
            planning.client.post(
                MEASURES,
                json=a_measure(plan_id=plan["id"], indicator="cooperative_groups_new", unit="cooperative_group"),
            ),
            planning.approver.post(f"{PLANS}/{plan['id']}/approval", json=a_decision()),
        )
        assert approval.status_code == 201
        kept = ok(await reporting.get(f"{PLANS}/{plan['id']}/versions/1"))["measures"]
        assert len(kept) == (2 if entry.status_code == 201 else 1)


async def test_what_waits_for_approval_is_in_the_inbox_of_who_may_decide(
    reporting: ApiClient, planning: Planning
) -> None:
    plan = await planning.plan(province="25-2025")
    await planning.measure(plan)
    approver = reporting.as_(sub="director", scope="reports.approve")
    assert ok(await approver.get(APPROVALS))["items"] == []
    ok(await planning.client.post(f"{PLANS}/{plan['id']}/submission", json={"reason": "Đủ nội dung"}), 201)
    (item,) = ok(await approver.get(APPROVALS))["items"]
    assert (item["resource_type"], item["resource_id"], item["entered_by"]) == ("plan", plan["id"], "planner")
    assert item["title"] == f"12/KH-UBND · {plan['title']}"
    assert item["decision_path"] == f"{PLANS}/{plan['id']}/approval"
    assert ok(await approver.as_(sub="planner").get(APPROVALS))["items"] == []
    assert ok(await approver.as_(area="40-2025").get(APPROVALS))["items"] == []
    await planning.approve(plan)
    assert ok(await approver.get(APPROVALS))["items"] == []


@pytest.mark.parametrize("state", ["approved", "draft"])
async def test_a_step_that_the_state_forbids_says_what_may_be_done_in_both_languages(
    planning: Planning, state: str
) -> None:
    plan = await planning.plan()
    await planning.measure(plan)
    step = "adjustment"
    if state == "approved":
        await planning.approve(plan)
        step = "submission"
    body = {"reason": "Giao bổ sung"}
    for language, words in (("vi", "mở điều chỉnh được"), ("en", "opened for an adjustment")):
        response = await planning.client.post(
            f"{PLANS}/{plan['id']}/{step}", json=body, headers={"Accept-Language": language}
        )
        assert words in assert_problem(response, 409, "plan_state_forbids", state=state)["detail"]


async def test_nothing_that_something_hangs_on_is_deleted_silently(planning: Planning) -> None:
    plan = await planning.plan()
    task = await planning.task(plan)
    measure = await planning.measure(plan, task_id=task["id"])
    estimate = await planning.estimate(measure)
    client = planning.client

    async def delete(path: str, record: dict[str, Any]) -> Any:
        return await client.delete(f"{path}/{record['id']}", headers=etag(record), params={"reason": "Nhập nhầm"})

    assert_problem(await delete(PLANS, plan), 409, "plan_in_use")
    assert_problem(await delete(TASKS, task), 409, "task_in_use")
    assert_problem(await delete(MEASURES, measure), 409, "measure_has_estimates")
    for path, record in ((ESTIMATES, estimate), (MEASURES, measure)):
        assert (await delete(path, record)).status_code == 204
    completion = await planning.completion(task)
    assert_problem(await delete(TASKS, task), 409, "task_in_use")
    for path, record in ((COMPLETIONS, completion), (TASKS, task), (PLANS, plan)):
        assert (await delete(path, record)).status_code == 204
    approved = await planning.plan()
    gone = await planning.measure(approved)
    stands = await planning.approve(approved)
    assert_problem(await delete(PLANS, stands), 409, "plan_in_use")
    adjusting = await planning.adjust(approved)
    assert (await delete(MEASURES, gone)).status_code == 204
    assert_problem(await delete(PLANS, adjusting), 409, "plan_in_use")
    assert len(ok(await client.get(f"{PLANS}/{approved['id']}/versions/1"))["measures"]) == 1
    history = ok(await client.get(f"{MEASURES}/{gone['id']}/history"))["items"]
    assert [entry["action"] for entry in history] == ["created", "removed"]


async def test_a_plan_keeps_the_days_and_area_of_its_measures(planning: Planning) -> None:
    plan = await planning.plan(province="25-2025")
    await planning.measure(plan)
    path = f"{PLANS}/{plan['id']}"
    shorter = await planning.client.patch(path, json={"ends_on": "2023-06-30"}, headers=etag(plan))
    assert faults(shorter) == {("/ends_on", "leaves_measures_out")}
    moved = await planning.client.patch(path, json={"province": "25-2008"}, headers=etag(plan))
    assert faults(moved) == {("/province", "leaves_measures_out")}
    longer = ok(await planning.client.patch(path, json={"ends_on": "2024-12-31"}, headers=etag(plan)))
    assert longer["ends_on"] == "2024-12-31"
    away = await planning.client.patch(path, json={"province": "40-2025"}, headers=etag(longer))
    assert faults(away) == {("/province", "outside_area")}


async def test_callers_of_another_area_neither_read_nor_write(reporting: ApiClient, planning: Planning) -> None:
    plan = await planning.plan()
    task = await planning.task(plan)
    measure = await planning.measure(plan)
    stranger = reporting.as_(area="40-2025", scope="reports.read reports.write reports.approve", sub="stranger")
    for path in (f"{PLANS}/{plan['id']}", f"{TASKS}/{task['id']}", f"{MEASURES}/{measure['id']}"):
        assert_problem(await stranger.get(path), 404, "not_found")
        assert_problem(await stranger.get(f"{path}/history"), 404, "not_found")
    assert_problem(await stranger.get(f"{PLANS}/{plan['id']}/versions"), 404, "not_found")
    for step, body in (("submission", {}), ("approval", a_decision()), ("adjustment", {"reason": "…"})):
        assert_problem(await stranger.post(f"{PLANS}/{plan['id']}/{step}", json=body), 404, "not_found")
    refused = {
        "/plan_id": stranger.post(MEASURES, json=a_measure(plan_id=plan["id"])),
        "/task_id": stranger.post(COMPLETIONS, json=a_completion(task_id=task["id"])),
        "/measure_id": stranger.post(ESTIMATES, json=an_estimate(measure_id=measure["id"])),
    }
    for pointer, call in refused.items():
        assert faults(await call) == {(pointer, f"unknown_{pointer[1:-3]}")}
    assert await every_item(stranger, PLANS) == []
    own = reporting.as_(scope="own.read own.write", organization_id=new_id())
    assert_problem(await own.get(PLANS), 403, "scope_missing")


async def test_plans_are_found_by_kind_state_words_days_and_province(reporting: ApiClient, planning: Planning) -> None:
    one = await planning.plan()
    other = await planning.plan(
        kind="provincial_plan",
        title="Kế hoạch kinh tế tập thể",
        starts_on="2024-01-01",
        ends_on="2024-12-31",
        province="25-2008",
    )
    await planning.plan(province="40-2008")

    async def found(**query: Any) -> set[str]:
        return {each["id"] for each in await every_item(reporting, PLANS, **query)}

    assert await found() == {one["id"], other["id"]}
    assert await found(kind="provincial_plan") == {other["id"]}
    assert await found(q="ke hoach kinh te") == {other["id"]}
    assert await found(as_of="2023-06-01") == {one["id"]}
    assert await found(province="25-2008") == {other["id"]}
    assert await found(province="25-2025") == {one["id"], other["id"]}
    assert await found(state="approved") == set()


async def test_code_lists_of_plans_have_both_languages(reporting: ApiClient) -> None:
    for name in ("plan-kinds", "plan-states", "phasings", "verdicts", "measure-comparators"):
        items = ok(await reporting.get(f"{PATH}/code-lists/{name}"))["items"]
        assert all(item["label_vi"] and item["label_en"] for item in items)
