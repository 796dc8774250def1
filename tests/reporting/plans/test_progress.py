"""The progress of a plan and the counts of its tasks, as Yên Bái 2020 and Hòa Bình 2023 have them."""

from __future__ import annotations

from typing import Any

import pytest

from services.reporting.catalogue import CATALOGUE
from tests.reporting.builders import GIA_CAM, PATH
from tests.reporting.plans.builders import PLANS, Planning
from tests.reporting.plans.told import Told
from tests.support.answers import assert_problem, faults, ok
from tests.support.client import ApiClient

FIGURES = f"{PATH}/figures"
COUNTS = tuple(f"plan_indicators_{name}" for name in ("assigned", "exceeded", "met", "partly_met", "missed"))
YEN_BAI = {"starts_on": "2020-01-01", "ends_on": "2020-12-31", "province": "15-2008"}


async def counts(client: ApiClient, **query: Any) -> list[int | None]:
    items = ok(await client.get(FIGURES, params={"indicators": ",".join(COUNTS), **query}))["items"]
    return [item["value"] for item in items]


async def yen_bai(planning: Planning, told: Told) -> dict[str, Any]:
    """Enter and approve the six tasks of Yên Bái for 2020, with what was reported to 20 December."""
    plan = await planning.plan(title="Chương trình hành động 190", **YEN_BAI)
    led = {"scope": "alliance_led"}

    async def task(ordinal: int, title: str, *measures: dict[str, Any], **fields: Any) -> dict[str, Any]:
        made = await planning.task(plan, ordinal=ordinal, title=title, **fields)
        for each in measures:
            await planning.measure(plan, task_id=made["id"], **each)
        return made

    await task(
        1,
        "Thành lập mới 30, chuyển đổi 10 hợp tác xã",
        {**led, "value": "30"},
        {**led, "indicator": "cooperatives_converted_new_style", "value": "10"},
    )
    await task(2, "250 HTX hoạt động hiệu quả", {"indicator": "cooperatives_effective", "value": "250"})
    await task(3, "3 mô hình chuỗi giá trị", {**led, "indicator": "value_chain_models", "unit": "model", "value": "3"})
    await task(
        4,
        "5 sản phẩm OCOP đạt 3 sao",
        {**led, "indicator": "ocop_products_recognized", "unit": "product", "value": "5", "condition": "3 sao"},
        {**led, "indicator": "ocop_star_grade", "unit": "star", "value": "3", "comparator": "ge", "is_condition": True},
    )
    await task(
        5, "1.000 tổ hợp tác", {"indicator": "cooperative_groups_new", "unit": "cooperative_group", "value": "1000"}
    )
    reports = await task(6, "Kiểm tra, báo cáo 3 tháng một lần", due_every_months=3, responsible_person="Trưởng phòng")
    await planning.measure(plan, scope="province", value="60")
    for day in ("2020-03-30", "2020-07-02", "2020-09-29"):
        await planning.completion(reports, completed_on=day, reported_to="Thường trực Tỉnh ủy")
    told.values |= {
        "cooperatives_new:alliance_led": 65,
        "cooperatives_new:province": 92,
        "cooperatives_converted_new_style:alliance_led": 16,
        "cooperatives_effective:province": 265,
        "value_chain_models:alliance_led": 5,
        "ocop_products_recognized:alliance_led": 8,
        "ocop_star_grade:alliance_led": 3,
        "cooperative_groups_new:province": 1283,
    }
    return await planning.approve(plan)


async def test_yen_bai_2020_has_6_tasks_of_which_5_are_exceeded_and_all_are_met(
    reporting: ApiClient, planning: Planning, told: Told
) -> None:
    plan = await yen_bai(planning, told)
    client = reporting.as_(area="15-2025")
    days: dict[str, Any] = {"from": "2020-01-01", "to": "2020-12-20", "province": "15-2008", "cut_off": True}
    assert await counts(client, **days) == [6, 5, 1, 0, 0]
    items = ok(await client.get(FIGURES, params={**days, "indicators": ",".join(COUNTS)}))["items"]
    assigned = items[0]
    assert (assigned["plan"]["value"], assigned["plan"]["percent"]) == (6, 100.0)
    assert (assigned["status"], assigned["unit"], assigned["source_service"]) == ("reported", "indicator", "reporting")
    for item, count in zip(items, (6, 5, 1, 0, 0), strict=True):
        evidence = ok(await client.get(item["evidence"]))
        assert len(evidence["tasks"]) == count
        assert evidence["counts"]["assigned"] == 6
    progress = ok(await client.get(f"{PLANS}/{plan['id']}/progress", params={"to": "2020-12-20", "cut_off": True}))
    assert [task["verdict"] for task in progress["tasks"]] == [*["exceeded"] * 5, "met"]
    first, last = progress["tasks"][0], progress["tasks"][5]
    assert [each["figure"]["plan"]["percent"] for each in first["measures"]] == [216.7, 160.0]
    assert (last["completions"], last["completions_due"], last["measures"]) == (3, 3, [])
    (beside,) = progress["measures"]
    assert (beside["figure"]["value"], beside["figure"]["plan"]["percent"]) == (92, 153.3)
    # Without the cut-off the year still runs on 20 December.
    assert await counts(client, **{**days, "cut_off": False}) == [6, 0, 0, 0, 0]
    # By its end the report of the fourth quarter is missing: three of four.
    whole_year = {**days, "to": "2020-12-31", "cut_off": False}
    assert await counts(client, **whole_year) == [6, 5, 0, 1, 0]


async def test_all_figures_of_a_plan_are_asked_in_one_go(reporting: ApiClient, planning: Planning, told: Told) -> None:
    plan = await yen_bai(planning, told)
    ok(await reporting.as_(area="15-2025").get(f"{PLANS}/{plan['id']}/progress", params={"to": "2020-12-20"}))
    assert [each["service"] for each in told.asked] == ["registry", "registry"]
    assert {(each["from"], each["to"], each["province"]) for each in told.asked} == {
        ("2020-01-01", "2020-12-20", "15-2008")
    }


async def test_a_condition_that_is_not_met_fails_its_task(reporting: ApiClient, planning: Planning, told: Told) -> None:
    plan = await yen_bai(planning, told)
    told.values["ocop_star_grade:alliance_led"] = 2
    client = reporting.as_(area="15-2025")
    query: dict[str, Any] = {"to": "2020-12-20", "cut_off": True, "verdict": "missed"}
    progress = ok(await client.get(f"{PLANS}/{plan['id']}/progress", params=query))
    assert [task["title"] for task in progress["tasks"]] == ["5 sản phẩm OCOP đạt 3 sao"]
    assert progress["counts"] == {
        "assigned": 6,
        "exceeded": 4,
        "met": 1,
        "partly_met": 0,
        "missed": 1,
        "running": 0,
        "unknown": 0,
    }


_HOA_BINH = (
    ("cooperatives_new", "province", "40", 70),
    ("cooperative_groups_new", "province", "10", 12),
    ("alliance_member_teams_consolidated", "alliance", "8", 10),
    ("training_classes", "province", "10", 14),
    ("training_attendances", "province", "400", 520),
    ("market_links", "alliance_supported", "5", 9),
    ("trade_promotion_events", "alliance_supported", "3", 4),
    ("alliance_members_admitted", "alliance", "20", 25),
    ("loan_projects_disbursed", "alliance", "30", 36),
    ("collective_organizations_total", "province", "640", 640),
    ("advanced_cooperative_models", "province", "20", 18),
    ("dissolution_target_achievement", "province", "100", 19),
)


async def test_hoa_binh_2023_has_12_tasks_9_exceeded_1_met_1_partly_and_1_missed(
    reporting: ApiClient, planning: Planning, told: Told
) -> None:
    plan = await planning.plan()
    for ordinal, (code, scope, planned, value) in enumerate(_HOA_BINH, 1):
        task = await planning.task(plan, ordinal=ordinal, title=CATALOGUE[code].label_vi)
        fields = {"indicator": code, "scope": scope, "value": planned, "unit": CATALOGUE[code].unit}
        await planning.measure(plan, task_id=task["id"], **fields)
        told.values[f"{code}:{scope}"] = value
    await planning.approve(plan)
    days = {"from": "2023-01-01", "to": "2023-12-31", "province": "17-2008"}
    assert await counts(reporting, **days) == [12, 9, 1, 1, 1]
    (assigned,) = ok(await reporting.get(FIGURES, params={**days, "indicators": COUNTS[0]}))["items"]
    assert (assigned["plan"]["value"], assigned["plan"]["percent"]) == (12, 83.3)
    # A service that is down leaves its tasks unknown: they are counted nowhere, and none is missed for it.
    told.down = {"training"}
    progress = ok(await reporting.get(f"{PLANS}/{plan['id']}/progress"))
    assert (progress["counts"]["exceeded"], progress["counts"]["unknown"]) == (5, 4)


async def test_the_plan_is_the_one_that_holds_the_days_and_of_several_one_is_named(
    reporting: ApiClient, planning: Planning, told: Told
) -> None:
    days = {"from": "2023-01-01", "to": "2023-06-30", "province": "17-2008"}
    assert await counts(reporting, **days) == [None] * 5
    one = await planning.plan()
    await planning.task(one)
    await planning.approve(one)
    other = await planning.plan(kind="provincial_plan")
    await planning.task(other)
    await planning.task(other, ordinal=2)
    await planning.approve(other)
    assert (await counts(reporting, **days))[0] == 1
    assert (await counts(reporting, **days, plan=other["id"]))[0] == 2
    assert (await counts(reporting, **{**days, "province": "25-2008"}))[0] is None
    elsewhere = {**days, "province": "25-2008", "plan": one["id"], "indicators": COUNTS[0]}
    (item,) = ok(await reporting.get(FIGURES, params=elsewhere))["items"]
    assert (item["value"], item["explanation"]) == (None, "Kế hoạch này của nơi khác, không phải nơi được hỏi.")
    second = await planning.plan()
    await planning.task(second)
    await planning.approve(second)
    for language, words in (("vi", "Có 2 kế hoạch"), ("en", "2 plans of assigned targets")):
        response = await reporting.get(
            FIGURES, params={**days, "indicators": COUNTS[1]}, headers={"Accept-Language": language}
        )
        (item,) = ok(response)["items"]
        assert (item["value"], item["status"]) == (None, "not_reported")
        assert item["explanation"].startswith(words)
    assert (await counts(reporting, **days, plan=second["id"]))[0] == 1


async def test_an_older_version_is_counted_by_its_own_tasks(
    reporting: ApiClient, planning: Planning, told: Told
) -> None:
    plan = await planning.plan()
    await planning.task(plan)
    await planning.approve(plan)
    await planning.adjust(plan)
    await planning.task(plan, ordinal=2)
    await planning.approve(plan)
    days = {"from": "2023-01-01", "to": "2023-12-31", "province": "17-2008", "plan": plan["id"]}
    assert (await counts(reporting, **days))[0] == 2
    assert (await counts(reporting, **days, plan_version=1))[0] == 1
    (item,) = ok(await reporting.get(FIGURES, params={**days, "plan_version": 1, "indicators": COUNTS[4]}))["items"]
    assert item["value"] == len(ok(await reporting.get(item["evidence"]))["tasks"]) == 1


async def test_measures_of_communes_and_of_parts_of_the_year_have_figures_of_their_own(
    reporting: ApiClient, planning: Planning, told: Told
) -> None:
    plan = await planning.plan(province="25-2025")
    task = await planning.task(plan)
    await planning.measure(plan, task_id=task["id"], commune_code=GIA_CAM, commune_map="2008", value="2")
    await planning.measure(plan, task_id=task["id"], ends_on="2023-06-30", value="5")
    await planning.measure(plan, task_id=task["id"], starts_on="2023-07-01", value="7")
    await planning.approve(plan)
    told.values["cooperatives_new:province"] = {f"{GIA_CAM}-2008": 2, None: 6}
    progress = ok(await reporting.get(f"{PLANS}/{plan['id']}/progress", params={"to": "2023-06-30"}))
    commune, half, rest = (each["figure"] for each in progress["tasks"][0]["measures"])
    assert (commune["group"], commune["value"], commune["plan"]["verdict"]) == (f"{GIA_CAM}-2008", 2, "running")
    assert (half["to"], half["plan"]["value"], half["plan"]["verdict"]) == ("2023-06-30", 5, "exceeded")
    assert (rest["value"], rest["plan"]["verdict"]) == (None, "running")
    assert progress["tasks"][0]["verdict"] == "running"


async def test_progress_of_a_draft_of_another_area_and_by_an_unknown_verdict(
    reporting: ApiClient, planning: Planning, told: Told
) -> None:
    plan = await planning.plan()
    task = await planning.task(plan)
    path = f"{PLANS}/{plan['id']}/progress"
    document = assert_problem(await reporting.get(path), 409, "plan_not_approved")
    assert "chưa được phê duyệt" in document["detail"]
    await planning.approve(plan)
    assert_problem(await reporting.as_(area="40-2025").get(path), 404, "not_found")
    assert faults(await reporting.get(path, params={"verdict": "good"})) == {("verdict", "not_allowed")}
    assert faults(await reporting.get(path, params={"plan_version": 9})) == {("plan_version", "unknown_version")}
    assert ok(await reporting.get(path))["tasks"][0]["verdict"] == "missed"
    await planning.completion(task)
    assert ok(await reporting.get(path))["tasks"][0]["verdict"] == "met"


@pytest.mark.parametrize("direction", [1, -1])
async def test_completions_and_estimates_count_at_once(
    reporting: ApiClient, planning: Planning, told: Told, direction: int
) -> None:
    plan = await planning.plan()
    task = await planning.task(plan, due_every_months=6)
    await planning.approve(plan)
    days = ["2023-05-30", "2023-12-01"][::direction]
    path = f"{PLANS}/{plan['id']}/progress"
    verdicts = []
    for day in days:
        await planning.completion(task, completed_on=day)
        verdicts.append(ok(await reporting.get(path))["tasks"][0]["verdict"])
    assert verdicts == ["partly_met", "met"]
