"""Figures beside their plans: which plan, in which unit, with which percent, verdict and estimates."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.values.days import today
from kernel.values.ids import new_id
from tests.reporting.builders import GIA_CAM, PATH
from tests.reporting.plans.builders import MEASURES, Planning
from tests.reporting.plans.told import Told
from tests.support.answers import etag, faults, ok
from tests.support.client import ApiClient

FIGURES = f"{PATH}/figures"
YEAR = {"from": "2023-01-01", "to": "2023-12-31", "province": "17-2008"}


async def figure(client: ApiClient, indicator: str, **query: Any) -> dict[str, Any]:
    (item,) = ok(await client.get(FIGURES, params={**YEAR, "indicators": indicator, **query}))["items"]
    found: dict[str, Any] = item
    return found


async def test_exceeded_by_75_percent_is_said_both_ways_of_an_implied_plan(
    reporting: ApiClient, planning: Planning, told: Told
) -> None:
    plan = await planning.plan()
    measure = await planning.measure(plan, implied=True, comparator="ge")
    await planning.approve(plan)
    told.values["cooperatives_new:province"] = 70
    item = await figure(reporting, "cooperatives_new")
    assert item["plan"] == {
        "plan_id": plan["id"],
        "version": 1,
        "measure_id": measure["id"],
        "value": 40,
        "unit": "cooperative",
        "implied": True,
        "condition": None,
        "expected_by_now": 40,
        "percent": 175.0,
        "exceeds_by_percent": 75.0,
        "verdict": "exceeded",
    }
    assert item["estimates"] == []


async def test_two_scopes_of_one_indicator_have_plans_of_their_own(
    reporting: ApiClient, planning: Planning, told: Told
) -> None:
    plan = await planning.plan()
    await planning.measure(plan, scope="alliance_led", value="30")
    await planning.measure(plan, scope="province", value="60")
    await planning.measure(plan, indicator="cooperative_groups_new", unit="cooperative_group", value="1000")
    await planning.approve(plan)
    told.values |= {
        "cooperatives_new:alliance_led": 65,
        "cooperatives_new:province": 92,
        "cooperative_groups_new:province": 1283,
    }
    query = {**YEAR, "indicators": "cooperatives_new:alliance_led,cooperatives_new,cooperative_groups_new"}
    items = ok(await reporting.get(FIGURES, params=query))["items"]
    assert [item["plan"]["percent"] for item in items] == [216.7, 153.3, 128.3]
    assert [item["plan"]["exceeds_by_percent"] for item in items] == [116.7, 53.3, 28.3]


async def test_a_draft_measures_nothing_and_an_older_version_stays_answerable(
    reporting: ApiClient, planning: Planning, told: Told
) -> None:
    plan = await planning.plan()
    measure = await planning.measure(plan)
    told.values["cooperatives_new:province"] = 45
    assert (await figure(reporting, "cooperatives_new"))["plan"] is None
    await planning.approve(plan)
    await planning.adjust(plan)
    patch = {"value": "50", "reason": "Giao thêm"}
    ok(await planning.client.patch(f"{MEASURES}/{measure['id']}", json=patch, headers=etag(measure)))
    # Until the adjustment is approved, what was approved holds.
    assert (await figure(reporting, "cooperatives_new"))["plan"]["value"] == 40
    await planning.approve(plan)
    now = (await figure(reporting, "cooperatives_new"))["plan"]
    assert (now["version"], now["value"], now["percent"], now["verdict"]) == (2, 50, 90.0, "partly_met")
    assert now["exceeds_by_percent"] is None
    then = (await figure(reporting, "cooperatives_new", plan=plan["id"], plan_version=1))["plan"]
    assert (then["version"], then["value"], then["verdict"], then["measure_id"]) == (1, 40, "exceeded", measure["id"])


async def test_a_plan_answers_its_own_days_where_nothing_is_reported(
    reporting: ApiClient, planning: Planning, told: Told
) -> None:
    plan = await planning.plan(starts_on="2024-01-01", ends_on="2024-12-31")
    await planning.measure(plan, value="58")
    await planning.approve(plan)
    item = await figure(reporting, "cooperatives_new", **{"from": "2024-01-01", "to": "2024-12-31"})
    assert (item["value"], item["status"]) == (None, "not_reported")
    shown = item["plan"]
    assert (shown["value"], shown["percent"], shown["verdict"], shown["expected_by_now"]) == (58, None, None, 58)


async def test_it_runs_until_its_period_ends_and_a_cut_off_closes_it(
    reporting: ApiClient, planning: Planning, told: Told
) -> None:
    plan = await planning.plan()
    await planning.measure(plan, value="365")
    await planning.approve(plan)
    told.values["cooperatives_new:province"] = 400
    eight_months = {"to": "2023-08-31"}
    running = (await figure(reporting, "cooperatives_new", **eight_months))["plan"]
    assert (running["verdict"], running["expected_by_now"], running["percent"]) == ("running", 243, 109.6)
    closed = (await figure(reporting, "cooperatives_new", **eight_months, cut_off=True))["plan"]
    assert closed["verdict"] == "exceeded"
    # A plan of this year, asked for to its end that has not come.
    year = today().year
    of_now = await planning.plan(starts_on=f"{year}-01-01", ends_on=f"{year}-12-31")
    await planning.measure(of_now, value="1000")
    await planning.approve(of_now)
    days = {"from": f"{year}-01-01", "to": f"{year}-12-31"}
    running = (await figure(reporting, "cooperatives_new", **days))["plan"]
    assert running["verdict"] == "running"
    assert 0 < running["expected_by_now"] <= 1000


async def test_other_days_other_scopes_and_other_areas_have_no_plan(
    reporting: ApiClient, planning: Planning, told: Told
) -> None:
    plan = await planning.plan()
    await planning.measure(plan)
    await planning.approve(plan)
    for other in (
        {"from": "2023-02-01"},
        {"to": "2024-01-31"},
        {"scope": "alliance_led"},
        {"province": "25-2025"},
        {"province": "25-2008"},
    ):
        assert (await figure(reporting, "cooperatives_new", **other))["plan"] is None, other
    by_month = {**YEAR, "indicators": "cooperatives_new", "group_by": "month"}
    items = ok(await reporting.get(FIGURES, params=by_month))["items"]
    # The plan of the year is none of its first month, but holds the days that begin with it.
    assert items[0]["plan"] is not None
    assert {item["plan"] is None for item in items[1:]} <= {True}


async def test_a_province_that_was_merged_with_no_other_has_one_plan_on_both_maps(
    reporting: ApiClient, planning: Planning, told: Told
) -> None:
    plan = await planning.plan(province="40-2008")
    await planning.measure(plan)
    await planning.approve(plan)
    nghe_an = reporting.as_(area="40-2025")
    for province in ("40-2008", "40-2025"):
        item = await figure(nghe_an, "cooperatives_new", province=province)
        assert item["plan"]["plan_id"] == plan["id"]
    whole = ok(
        await nghe_an.get(FIGURES, params={"from": "2023-01-01", "to": "2023-12-31", "indicators": "cooperatives_new"})
    )
    assert whole["items"][0]["plan"]["plan_id"] == plan["id"]
    assert (await figure(reporting, "cooperatives_new", province="40-2008"))["plan"] is None


async def test_the_nations_plan_measures_the_nation_and_a_communes_its_commune(
    reporting: ApiClient, planning: Planning, told: Told
) -> None:
    nation = await planning.plan(province="VN")
    await planning.measure(nation, indicator="cooperatives_total", value="35000")
    await planning.approve(nation)
    communes = await planning.plan(province="25-2025")
    await planning.measure(communes, commune_code=GIA_CAM, commune_map="2008", value="2")
    await planning.approve(communes)
    everyone = reporting.as_(area="VN")
    told.values["cooperatives_total:province"] = 33_000
    days = {"from": "2023-01-01", "to": "2023-12-31"}
    (item,) = ok(await everyone.get(FIGURES, params={**days, "indicators": "cooperatives_total"}))["items"]
    assert (item["plan"]["value"], item["plan"]["percent"], item["plan"]["verdict"]) == (35_000, 94.3, "partly_met")
    (own,) = ok(await reporting.get(FIGURES, params={**days, "indicators": "cooperatives_total"}))["items"]
    assert own["plan"] is None
    told.values["cooperatives_new:province"] = {f"{GIA_CAM}-2008": 3, "07909-2008": 1}
    query = {
        **days,
        "province": "25-2025",
        "indicators": "cooperatives_new",
        "group_by": "commune",
        "geography": "2008",
    }
    items = ok(await reporting.get(FIGURES, params=query))["items"]
    assert [item["plan"] and item["plan"]["verdict"] for item in items] == ["exceeded", None]


async def test_an_income_of_a_year_and_of_a_month_are_one_plan_exactly(
    reporting: ApiClient, planning: Planning, told: Told
) -> None:
    plan = await planning.plan()
    income = {"indicator": "avg_income_per_cooperative_worker", "unit": "million_vnd_per_person_year"}
    await planning.measure(plan, **income, value="50")
    await planning.approve(plan)
    code = income["indicator"]
    # 50 a year is 4.1666… a month: exactly a twelfth, which no decimal is.
    told.values[f"{code}:province"] = 50
    yearly = await figure(reporting, code, per="year", money="million_vnd")
    assert (yearly["plan"]["value"], yearly["plan"]["percent"], yearly["plan"]["verdict"]) == (50, 100.0, "met")
    told.values[f"{code}:province"] = 4.1667
    monthly = await figure(reporting, code, money="million_vnd")
    assert (monthly["plan"]["value"], monthly["plan"]["unit"]) == (4.166667, "million_vnd_per_person_month")
    assert (monthly["plan"]["percent"], monthly["plan"]["verdict"]) == (100.0, "exceeded")
    assert monthly["plan"]["expected_by_now"] == 4.166667
    told.values[f"{code}:province"] = 4_000_000
    plain = await figure(reporting, code)
    assert (plain["plan"]["percent"], plain["plan"]["unit"]) == (96.0, "vnd_per_person_month")


async def test_an_amount_of_a_half_year_is_a_plain_percent_of_the_years_plan_with_the_estimate_of_the_year(
    reporting: ApiClient, planning: Planning, told: Told
) -> None:
    plan = await planning.plan(province="40-2008")
    code = "avg_revenue_per_cooperative"
    measure = await planning.measure(plan, indicator=code, unit="million_vnd_per_year", value="2275", implied=True)
    total = await planning.measure(
        plan, indicator="cooperatives_total", unit="cooperative", value="885", implied=True, baseline="870"
    )
    await planning.approve(plan)
    await planning.estimate(measure, value="2280000000", unit="vnd_per_year")
    await planning.estimate(measure, value="2200", made_on="2023-03-31", source="Báo cáo quý I")
    await planning.estimate(total, value="885")
    nghe_an = reporting.as_(area="40-2025")
    told.values |= {f"{code}:province": 1117, "cooperatives_total:province": 878}
    half = {"to": "2023-06-30", "province": "40-2008", "money": "million_vnd"}
    item = await figure(nghe_an, code, **half)
    shown = item["plan"]
    assert (item["unit"], shown["unit"]) == ("million_vnd_per_half_year", "million_vnd_per_year")
    assert (shown["value"], shown["percent"], shown["verdict"]) == (2275, 49.1, "running")
    newest, older = item["estimates"]
    assert (newest["value"], newest["percent"], newest["exceeds_by_percent"]) == (2280, 100.2, 0.2)
    assert (newest["verdict"], newest["source"], newest["made_on"]) == ("exceeded", "Báo cáo 6 tháng", "2023-06-30")
    assert (older["value"], older["percent"], older["verdict"]) == (2200, 96.7, "partly_met")
    members = await figure(nghe_an, "cooperatives_total", **half)
    (estimate,) = members["estimates"]
    assert (estimate["value"], estimate["percent"], estimate["verdict"]) == (885, 100.0, "met")
    assert members["plan"]["expected_by_now"] == pytest.approx(877.438356)
    # Asked for the whole year, where nothing is reported, the estimate stands all the same.
    del told.values[f"{code}:province"]
    year = await figure(nghe_an, code, province="40-2008")
    assert (year["value"], year["plan"]["value"], year["estimates"][0]["value"]) == (None, 2_275_000_000, 2_280_000_000)


async def test_a_ratio_is_judged_by_its_parts_and_lower_is_better_turns_round(
    reporting: ApiClient, planning: Planning, told: Told
) -> None:
    plan = await planning.plan()
    await planning.measure(plan, indicator="managers_share_college_or_higher", unit="percent", value="25")
    npl = {"indicator": "fund_npl_ratio", "scope": "funds_managed_by_alliance", "unit": "percent"}
    await planning.measure(plan, **npl, value="2")
    more_than = {"indicator": "cooperatives_effective_share_of_active", "unit": "percent", "comparator": "gt"}
    await planning.measure(plan, **more_than, value="70")
    await planning.approve(plan)
    # 249,999 of 1,000,000 is shown as 25.0 percent of the whole, and is not 25.
    told.values["managers_share_college_or_higher:province"] = (2_499_999, 10_000_000)
    share = await figure(reporting, "managers_share_college_or_higher")
    assert (share["value"], share["plan"]["percent"], share["plan"]["verdict"]) == (25.0, 100.0, "partly_met")
    told.values["fund_npl_ratio:funds_managed_by_alliance"] = (1, 100)
    low = (await figure(reporting, "fund_npl_ratio:funds_managed_by_alliance"))["plan"]
    assert (low["percent"], low["exceeds_by_percent"], low["verdict"]) == (50.0, 50.0, "exceeded")
    told.values["cooperatives_effective_share_of_active:province"] = (70, 100)
    strict = (await figure(reporting, "cooperatives_effective_share_of_active"))["plan"]
    assert (strict["percent"], strict["verdict"]) == (100.0, "partly_met")


async def test_a_plan_of_0_has_a_verdict_and_no_percent(reporting: ApiClient, planning: Planning, told: Told) -> None:
    plan = await planning.plan()
    npl = {"indicator": "fund_npl_ratio", "scope": "funds_managed_by_alliance", "unit": "percent", "value": "0"}
    await planning.measure(plan, **npl)
    await planning.approve(plan)
    told.values["fund_npl_ratio:funds_managed_by_alliance"] = (1, 100)
    shown = (await figure(reporting, "fund_npl_ratio:funds_managed_by_alliance"))["plan"]
    assert (shown["value"], shown["percent"], shown["exceeds_by_percent"], shown["verdict"]) == (
        0,
        None,
        None,
        "missed",
    )


async def test_what_is_not_known_as_a_whole_is_not_measured(
    reporting: ApiClient, planning: Planning, told: Told
) -> None:
    plan = await planning.plan(province="25-2025")
    await planning.measure(plan)
    await planning.approve(plan)
    told.values["cooperatives_new:province"] = 70
    told.status = "partial"
    part = await figure(reporting, "cooperatives_new", province="25-2025")
    assert (part["value"], part["plan"]["percent"], part["plan"]["verdict"]) == (70, None, None)
    told.down = {"registry"}
    gone = await figure(reporting, "cooperatives_new", province="25-2025")
    assert (gone["status"], gone["plan"]["value"], gone["plan"]["verdict"]) == ("unavailable", 40, None)


async def test_phases_say_what_was_expected_by_the_day(reporting: ApiClient, planning: Planning, told: Told) -> None:
    plan = await planning.plan()
    days = ("2023-03-31", "2023-06-30", "2023-09-30", "2023-12-31")
    phases = [{"through": day, "value": value} for day, value in zip(days, ("4", "16", "28", "40"), strict=True)]
    await planning.measure(plan, phasing="by_quarter", phases=phases)
    await planning.approve(plan)
    expected = [
        (await figure(reporting, "cooperatives_new", to=day))["plan"]["expected_by_now"]
        for day in (*days, "2023-08-15")
    ]
    assert expected == [4, 16, 28, 40, 22]


async def test_a_plan_that_there_is_not_is_said_so_in_both_languages(
    reporting: ApiClient, planning: Planning, told: Told
) -> None:
    draft = await planning.plan()
    approved = await planning.plan()
    await planning.measure(approved)
    await planning.approve(approved)
    for query, fault, vi, en in (
        ({"plan": new_id()}, ("plan", "unknown_plan"), "Không có kế hoạch này", "There is no such plan"),
        ({"plan": draft["id"]}, ("plan", "plan_not_approved"), "chưa được phê duyệt", "never approved"),
        (
            {"plan": approved["id"], "plan_version": 7},
            ("plan_version", "unknown_version"),
            "mới nhất là 1",
            "newest is 1",
        ),
    ):
        for language, words in (("vi", vi), ("en", en)):
            params = {**YEAR, "indicators": "cooperatives_new", **query}
            response = await reporting.get(FIGURES, params=params, headers={"Accept-Language": language})
            assert faults(response) == {fault}
            assert words in response.json()["errors"][0]["detail"]
    stranger = reporting.as_(area="40-2025")
    params = {**YEAR, "indicators": "cooperatives_new", "province": "40-2025", "plan": approved["id"]}
    assert faults(await stranger.get(FIGURES, params=params)) == {("plan", "unknown_plan")}
