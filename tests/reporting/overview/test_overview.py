"""A province's year at a glance: the numbers of figures, what waits, what is late, and what nobody declared."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from kernel.values.days import today
from services.reporting import code_lists as codes
from tests.registry.builders import Make as RegistryMake
from tests.reporting.builders import PATH, Make
from tests.reporting.figures.conftest import ServiceWire
from tests.reporting.overview.conftest import OVERVIEW, overview
from tests.reporting.plans.builders import PLANS, Planning
from tests.reporting.reports.builders import Office
from tests.support.answers import assert_problem, ok
from tests.support.client import ApiClient

HOA_BINH = {"province": "17-2008"}


async def test_each_measure_of_the_years_plans_is_its_figure_with_its_plan(
    reporting: ApiClient, planning: Planning, make: Make
) -> None:
    plan = await planning.plan(province="25-2025")
    task = await planning.task(plan, title="Tổ chức hội thi")
    await planning.measure(
        plan, task_id=task["id"], indicator="media_contests", value="2", unit="event", scope="alliance_led"
    )
    await planning.approve(plan)
    await make.coverage("contests")
    await make.activity("contest")

    shown = await overview(reporting)
    (measure,) = shown["measures"]
    assert shown["plans"][0]["plan_id"] == plan["id"]
    assert (measure["task"], measure["value"], measure["plan"]["value"]) == ("Tổ chức hội thi", 1, 2)
    assert measure["plan"]["percent"] == 50
    params = {
        "indicators": "media_contests:alliance_led",
        "from": "2023-01-01",
        "to": "2023-08-31",
        "province": "25-2025",
        "plan": plan["id"],
        "money": "million_vnd",
    }
    (figure,) = ok(await reporting.get(f"{PATH}/figures", params=params))["items"]
    assert {name: measure[name] for name in figure} == figure
    evidence = ok(await reporting.get(measure["evidence"]))["items"]
    assert len(evidence) == measure["value"]
    assert sum(count for name, count in shown["counts"].items() if name != "behind") == 1


async def test_a_draft_and_a_plan_of_another_year_or_province_have_no_measures_here(
    reporting: ApiClient, planning: Planning
) -> None:
    for fields, approved in (
        ({}, False),
        ({"starts_on": "2022-01-01", "ends_on": "2022-12-31"}, True),
        ({"province": "40-2008"}, True),
    ):
        plan = await planning.plan(**fields)
        await planning.measure(plan)
        if approved:
            await planning.approve(plan)
    shown = await overview(reporting)
    assert (shown["plans"], shown["measures"]) == ([], [])


async def test_a_province_of_today_shows_the_plans_of_those_that_were_merged_into_it(
    reporting: ApiClient, planning: Planning
) -> None:
    plan = await planning.plan(**HOA_BINH)
    await planning.measure(plan)
    await planning.approve(plan)
    for province, shown in (("25-2025", 1), ("17-2008", 1), ("25-2008", 0)):
        assert len((await overview(reporting, province=province))["plans"]) == shown, province
    (measure,) = (await overview(reporting))["measures"]
    assert measure["province"] in ("17-2008", "25-2025")


async def test_the_year_shown_first_is_the_newest_that_has_a_plan(reporting: ApiClient, planning: Planning) -> None:
    assert (await overview(reporting, year=None, on=None))["year"] == today().year
    plan = await planning.plan(**HOA_BINH)
    await planning.task(plan)
    await planning.approve(plan)
    shown = await overview(reporting, year=None, on=None)
    assert (shown["year"], shown["from"], shown["to"]) == (2023, "2023-01-01", "2023-12-31")
    assert 2023 in shown["years"]
    past = await overview(reporting, year=None, on="2024-02-03")
    assert past["year"] == 2024
    assert today().year in past["years"], "a day looked at takes no later year away"


async def test_a_plan_that_was_submitted_waits_for_who_may_approve_it_alone(
    reporting: ApiClient, planning: Planning
) -> None:
    plan = await planning.plan(title="Kế hoạch 2023", document_number=None)
    await planning.task(plan)
    ok(await planning.client.post(f"{PLANS}/{plan['id']}/submission", json={}), 201)
    approver = reporting.as_(sub="director", scope="reports.read reports.approve")
    (waits,) = (await overview(approver))["waiting"]
    assert (waits["kind"], waits["title"], waits["path"]) == ("plan", "Kế hoạch 2023", f"{PLANS}/{plan['id']}")
    for other in (reporting, reporting.as_(sub="planner", scope="reports.read reports.approve")):
        assert (await overview(other))["waiting"] == []


async def test_what_waits_in_other_services_is_asked_as_the_caller(reporting: ApiClient, wire: ServiceWire) -> None:
    asked: list[httpx.Request] = []

    async def inbox(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.url.path != "/v1/funds/approvals":
            return httpx.Response(200, json={"items": [], "count": 0})
        item = {
            "resource_type": "loan_application",
            "resource_id": "x",
            "title": "HS-12",
            "amount_vnd": 5_000_000,
            "count": 1,
            "entered_by": "x",
            "entered_by_name": None,
            "entered_at": "2023-08-01T02:00:00Z",
            "path": "/v1/funds/loan-applications/x",
            "decision_path": "/v1/funds/loan-applications/x/approval",
        }
        return httpx.Response(200, json={"items": [item, {**item, "resource_type": "a_new_kind"}]})

    wire.instead["funds"] = inbox
    approver = reporting.as_(sub="approver", scope="registry.read funds.read funds.approve")
    shown = await overview(approver)
    assert [(each["kind"], each["amount_vnd"]) for each in shown["waiting"]] == [
        ("loan_application", 5_000_000),
        ("other", 5_000_000),
    ]
    assert shown["waiting"][0]["kind_label"] == codes.WAITING_KINDS["loan_application"][0]
    # Who may not read plans is told so, and sees the rest.
    assert [(gap["part"], gap["code"]) for gap in shown["unavailable"]] == [("measures", "not_permitted")]
    assert len({request.headers["authorization"] for request in asked}) == 1


async def test_tasks_fall_due_and_are_late_by_their_cycle(reporting: ApiClient, planning: Planning) -> None:
    plan = await planning.plan(**HOA_BINH)
    task = await planning.task(plan, title="Kiểm tra, báo cáo", due_every_months=3)
    await planning.approve(plan)
    await planning.completion(task, completed_on="2023-03-30")
    shown = await overview(reporting, on="2023-09-05")
    (late,) = _of_kind("task", shown["late"])
    assert (late["title"], late["due_on"], late["days_late"]) == ("Kiểm tra, báo cáo", "2023-06-30", 67)
    assert late["path"] == f"{PATH}/tasks/{task['id']}"
    assert [(each["kind"], each["due_on"]) for each in shown["waiting"]] == [("task", "2023-09-30")]
    assert _of_kind("task", (await overview(reporting, on="2023-06-30"))["late"]) == []


def _of_kind(kind: str, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item for item in items if item["kind"] == kind]


async def test_reports_that_nobody_issued_by_their_day_are_late_a_line_for_each_kind(reporting: ApiClient) -> None:
    shown = await overview(reporting, on="2023-09-05", province="17-2008")
    late = [(each["title"], each["count"], each["due_on"]) for each in _of_kind("report", shown["late"])]
    assert late == [
        ("Báo cáo tháng, gần nhất tháng 7 năm 2023", 7, "2023-02-05"),
        ("Báo cáo quý, gần nhất quý II năm 2023", 2, "2023-04-10"),
        ("Báo cáo 6 tháng đầu năm 2023", 1, "2023-07-10"),
    ]
    # A line leads to who has not reported on its newest period.
    periods = ["2023-07", "2023-Q2", "2023-H1"]
    for each, period in zip(_of_kind("report", shown["late"]), periods, strict=True):
        listed = ok(await reporting.get(each["path"]))
        assert (listed["period"], "17-2008" in [line["province"] for line in listed["items"]]) == (period, True)
    # Each of the three provinces that were merged had its own until then; today it is one.
    whole = await overview(reporting, on="2023-09-05")
    assert [each["count"] for each in _of_kind("report", whole["late"])] == [21, 6, 3]
    today_ = await overview(reporting, on="2026-02-10", year=2026)
    assert [each["count"] for each in _of_kind("report", today_["late"])] == [1]


async def test_a_year_without_plan_or_coverage_says_what_may_be_declared(reporting: ApiClient, make: Make) -> None:
    shown = {each["service"]: each for each in (await overview(reporting))["coverage"]}
    assert list(shown) == list(codes.SOURCE_SERVICES)
    assert [each["code"] for each in shown["reporting"]["record_types"]] == list(codes.RECORD_TYPES)
    assert (shown["reporting"]["covered_from"], shown["reporting"]["covered_to"]) == ("2023-01-01", "2023-08-31")
    body = {
        "province": shown["reporting"]["province"],
        "record_types": ["contests"],
        "covered_from": shown["reporting"]["covered_from"],
        "covered_to": shown["reporting"]["covered_to"],
    }
    ok(await reporting.post(shown["reporting"]["path"], json=body), 201)
    assert "reporting" not in {each["service"] for each in (await overview(reporting))["coverage"]}
    assert "reporting" in {each["service"] for each in (await overview(reporting, year=2022))["coverage"]}


async def test_a_measure_without_a_figure_says_which_records_to_declare(
    reporting: ApiClient, planning: Planning, register: RegistryMake
) -> None:
    plan = await planning.plan(province="25-2025")
    await planning.measure(plan)
    await planning.approve(plan)
    (lacking,) = (await overview(reporting))["coverage"]
    assert (lacking["service"], lacking["province"]) == ("registry", "25-2025")
    needed = [each["code"] for each in lacking["record_types"]]
    # One of the three provinces that were merged has declared it: the others are named.
    await register.coverage(province="25-2008", record_types=needed)
    places = [each["province"] for each in (await overview(reporting))["coverage"]]
    assert sorted(places) == ["17-2008", "26-2008"]
    await register.coverage(province="25-2025", record_types=needed)
    assert (await overview(reporting))["coverage"] == []


@pytest.mark.parametrize("status", [500, 503, 200])
async def test_a_service_that_is_down_costs_its_own_part_alone(
    reporting: ApiClient, planning: Planning, wire: ServiceWire, make: Make, status: int
) -> None:
    async def down(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=b"<html>")

    wire.instead["funds"] = down
    plan = await planning.plan(province="25-2025")
    await planning.measure(plan, indicator="media_contests", value="2", unit="event", scope="alliance_led")
    await planning.measure(plan, indicator="loan_amount_disbursed", value="5000000", unit="vnd", scope="alliance")
    await planning.approve(plan)
    await make.coverage("contests")
    shown = await overview(reporting)
    by_code = {each["indicator"]: each for each in shown["measures"]}
    assert by_code["media_contests"]["value"] == 0
    assert (by_code["loan_amount_disbursed"]["status"], by_code["loan_amount_disbursed"]["value"]) == (
        "unavailable",
        None,
    )
    code = "bad_answer" if status == 200 else "service_down"
    assert {(gap["part"], gap["service"], gap["code"]) for gap in shown["unavailable"]} == {
        (part, "funds", code) for part in ("measures", "waiting", "late")
    }


@pytest.mark.parametrize(
    ("province", "code"), [("40-2025", "outside_area"), ("VN", "outside_area"), ("99-2025", "unknown_province")]
)
async def test_a_province_of_others_is_refused(reporting: ApiClient, province: str, code: str) -> None:
    answer = await reporting.get(OVERVIEW, params={"province": province})
    assert_problem(answer, 422, "invalid")
    assert [(error["code"], error["parameter"]) for error in answer.json()["errors"]] == [(code, "province")]


async def test_the_nation_is_looked_at_by_its_own_officers(reporting: ApiClient) -> None:
    nation = reporting.as_(area="VN", sub="nation")
    shown = await overview(nation)
    assert (shown["province"], shown["province_name"], shown["coverage"]) == ("VN", "Cả nước", [])
    assert (await overview(nation, province="40-2025"))["province_name"] == "Nghệ An"


async def test_a_cooperatives_own_user_has_no_overview(reporting: ApiClient) -> None:
    own = reporting.as_(sub="own", scope="own.read own.write", organization_id="0192c7e0-0000-7000-8000-000000000001")
    assert_problem(await own.get(OVERVIEW), 403, "scope_missing")


async def test_a_report_waits_for_its_approver_and_is_late_until_it_is_issued(reporting: ApiClient, make: Make) -> None:
    office = Office(reporting)
    await make.coverage("contests", "bulletins", province="25-2008")
    report = await office.draft(province="25-2008")
    await office.submit(report)

    async def looked(client: ApiClient) -> tuple[list[str], list[str]]:
        shown = await overview(client, province="25-2008", on="2024-02-01")
        late = [each["title"] for each in _of_kind("report", shown["late"])]
        return [each["kind"] for each in shown["waiting"]], [title for title in late if title == "Báo cáo năm 2023"]

    assert await looked(office.approver) == (["report"], ["Báo cáo năm 2023"])
    assert await looked(reporting) == ([], ["Báo cáo năm 2023"])
    await office.approve(report)
    assert (await looked(office.approver))[0] == []
    await office.issue(report)
    assert await looked(reporting) == ([], [])
