"""Measures agree with the catalogue, with their plan and with themselves; estimates with their measure."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reporting.builders import GIA_CAM, LE_LOI, THAI_BINH
from tests.reporting.plans.builders import ESTIMATES, MEASURES, Planning, a_measure, an_estimate
from tests.support.answers import assert_problem, etag, faults, ok
from tests.support.client import ApiClient

_QUARTERS = ("2023-03-31", "2023-06-30", "2023-09-30", "2023-12-31")


def phases(*values: str, days: tuple[str, ...] = _QUARTERS) -> dict[str, Any]:
    given = [{"through": day, "value": value} for day, value in zip(days, values, strict=False)]
    return {"phasing": "by_quarter", "phases": given}


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"indicator": "cooperatives_of_the_moon"}, ("/indicator", "not_allowed")),
        ({"indicator": "plan_indicators_exceeded", "unit": "indicator"}, ("/indicator", "not_allowed")),
        ({"scope": "funds_managed_by_alliance"}, ("/scope", "not_allowed")),
        ({"unit": "cooperative_group"}, ("/unit", "not_allowed")),
        ({"unit": "vnd"}, ("/unit", "not_allowed")),
        ({"value": "1.283,5"}, ("/value", "wrong_format")),
        ({"value": "-1"}, ("/value", "wrong_format")),
        ({"value": "0"}, ("/value", "plan_of_zero")),
        ({"starts_on": "2022-12-31"}, ("/starts_on", "outside_plan_period")),
        ({"ends_on": "2024-01-01"}, ("/ends_on", "outside_plan_period")),
        ({"starts_on": "2023-07-01", "ends_on": "2023-06-30"}, ("/ends_on", "end_before_start")),
        ({"province": "40-2008"}, ("/province", "outside_plan_area")),
        ({"province": "25-2025"}, ("/province", "outside_plan_area")),
        ({"province": "VN"}, ("/province", "outside_plan_area")),
        ({"commune_code": LE_LOI}, ("/commune_code", "outside_plan_area")),
        ({"commune_code": GIA_CAM, "commune_map": "2008"}, ("/commune_code", "outside_plan_area")),
        ({"commune_code": THAI_BINH, "province": "17-2008"}, ("/province", "differs_from_commune")),
        ({"task_id": "01a228fd-efc4-7351-83a4-3c737385b638"}, ("/task_id", "unknown_task")),
        ({"is_condition": True}, ("/task_id", "required")),
        ({"phases": [{"through": "2023-12-31", "value": "40"}]}, ("/phases", "phases_of_linear")),
        (phases("10", "20", "40"), ("/phases", "phases_missing")),
        (phases("10", "20", "30", "41"), ("/phases", "phases_miss_the_plan")),
        (phases("10", "25", "20", "40"), ("/phases", "phases_fall")),
        (
            phases("10", "20", "30", "40", days=(*_QUARTERS[1::-1], *_QUARTERS[2:])),
            ("/phases", "phases_out_of_order"),
        ),
        ({"phasing": "explicit"}, ("/phases", "phases_missing")),
        ({"assignments": [{"value": "3"}]}, ("/assignments/0/unit", "required")),
    ],
    ids=lambda value: "-".join(value).strip("/") if isinstance(value, tuple) else "",
)
async def test_a_measure_that_does_not_agree_is_refused_with_a_word_of_its_own(
    planning: Planning, fields: dict[str, Any], fault: tuple[str, str]
) -> None:
    plan = await planning.plan()
    assert faults(await planning.client.post(MEASURES, json=a_measure(plan_id=plan["id"], **fields))) == {fault}


async def test_a_scope_is_always_said(planning: Planning) -> None:
    plan = await planning.plan()
    body = a_measure(plan_id=plan["id"])
    del body["scope"]
    assert faults(await planning.client.post(MEASURES, json=body)) == {("/scope", "required")}


async def test_every_fault_is_told_at_once_with_what_is_offered_in_both_languages(planning: Planning) -> None:
    plan = await planning.plan()
    body = a_measure(plan_id=plan["id"], scope="alliance", unit="percent", ends_on="2024-06-30")
    for language, words in (
        ("vi", "Hãy chọn một trong các giá trị: “Hợp tác xã”."),
        ("en", "Choose one of: “Cooperatives”."),
    ):
        response = await planning.client.post(MEASURES, json=body, headers={"Accept-Language": language})
        assert faults(response) == {
            ("/scope", "not_allowed"),
            ("/unit", "not_allowed"),
            ("/ends_on", "outside_plan_period"),
        }
        unit = next(error for error in response.json()["errors"] if error["pointer"] == "/unit")
        assert (unit["detail"], unit["allowed"]) == (words, ["cooperative"])


@pytest.mark.parametrize(
    ("indicator", "scope", "unit", "days", "allowed"),
    [
        ("avg_revenue_per_cooperative", "province", "million_vnd_per_year", ("2023-01-01", "2023-12-31"), True),
        ("avg_revenue_per_cooperative", "province", "million_vnd_per_half_year", ("2023-01-01", "2023-12-31"), False),
        ("avg_revenue_per_cooperative", "province", "vnd_per_half_year", ("2023-01-01", "2023-06-30"), True),
        ("avg_revenue_per_cooperative", "province", "million_vnd_per_period", ("2023-01-01", "2023-08-31"), True),
        (
            "avg_income_per_cooperative_worker",
            "province",
            "million_vnd_per_person_year",
            ("2023-01-01", "2023-12-31"),
            True,
        ),
        (
            "avg_income_per_cooperative_worker",
            "province",
            "million_vnd_per_person_month",
            ("2023-01-01", "2023-12-31"),
            True,
        ),
        ("avg_income_per_cooperative_worker", "province", "million_vnd_per_year", ("2023-01-01", "2023-12-31"), False),
        ("loan_amount_disbursed", "funds_managed_by_alliance", "million_vnd", ("2023-01-01", "2023-12-31"), True),
        ("loan_amount_disbursed", "funds_managed_by_alliance", "vnd_per_year", ("2023-01-01", "2023-12-31"), False),
    ],
)
async def test_money_has_the_unit_of_its_time_and_mixes_with_no_other(
    planning: Planning, indicator: str, scope: str, unit: str, days: tuple[str, str], allowed: bool
) -> None:
    plan = await planning.plan()
    fields = {"indicator": indicator, "scope": scope, "unit": unit, "value": "58.5"}
    body = a_measure(plan_id=plan["id"], **fields, starts_on=days[0], ends_on=days[1])
    answer = await planning.client.post(MEASURES, json=body)
    if allowed:
        assert ok(answer, 201)["value"] == "58.5"
    else:
        assert faults(answer) == {("/unit", "not_allowed")}


async def test_a_plan_of_0_is_for_what_is_better_when_it_is_less(planning: Planning) -> None:
    plan = await planning.plan()
    fields = {"indicator": "fund_npl_ratio", "scope": "funds_managed_by_alliance", "unit": "percent", "value": "0"}
    assert (await planning.measure(plan, **fields))["value"] == "0"


async def test_an_indicator_that_is_used_no_more_is_refused(planning: Planning) -> None:
    plan = await planning.plan(starts_on="2025-01-01", ends_on="2026-12-31")
    body = a_measure(
        plan_id=plan["id"], indicator="districts_with_effective_model", unit="district", starts_on="2026-01-01"
    )
    assert faults(await planning.client.post(MEASURES, json=body)) == {("/indicator", "indicator_retired")}


async def test_a_commune_and_a_part_of_a_merged_province_are_places_of_a_plan(planning: Planning) -> None:
    plan = await planning.plan(province="25-2025")
    commune = await planning.measure(plan, commune_code=GIA_CAM, commune_map="2008")
    assert (commune["province"], commune["commune_code"], commune["commune_map"]) == (None, GIA_CAM, "2008")
    part = await planning.measure(plan, province="17-2008")
    assert part["province"] == "17-2008"
    moved = await planning.client.patch(
        f"{MEASURES}/{commune['id']}",
        json={"commune_code": None, "commune_map": None, "province": "25-2025"},
        headers=etag(commune),
    )
    assert (ok(moved)["province"], ok(moved)["commune_code"]) == ("25-2025", None)


async def test_a_plan_says_one_thing_once(planning: Planning) -> None:
    plan = await planning.plan()
    first = await planning.measure(plan)
    again = await planning.client.post(MEASURES, json=a_measure(plan_id=plan["id"], value="41"))
    assert_problem(again, 409, "measure_exists", measure_id=first["id"], indicator="cooperatives_new")
    await planning.measure(plan, ends_on="2023-06-30", value="20")
    await planning.measure(plan, scope="alliance_led", value="30")
    # A province that was merged with no other is one place on both maps.
    nghe_an = await planning.plan(province="40-2025")
    one = await planning.measure(nghe_an, province="40-2008")
    same = await planning.client.post(MEASURES, json=a_measure(plan_id=nghe_an["id"], province="40-2025"))
    assert_problem(same, 409, "measure_exists", measure_id=one["id"])


async def test_a_measure_is_kept_as_it_was_given_and_corrected(planning: Planning, reporting: ApiClient) -> None:
    plan = await planning.plan()
    task = await planning.task(plan)
    body = a_measure(
        task_id=task["id"],
        value="40.0",
        comparator="ge",
        baseline="12",
        condition="3 sao",
        implied=True,
        **phases("10", "20", "30", "40"),
        assignments=[{"unit": "Phòng Phong trào", "person": None, "value": "25"}],
        note="Suy ra từ 175 %",
        is_synthetic=True,
    )
    measure = await planning.measure(plan, **body)
    assert {name: measure[name] for name in body} == body
    patch: dict[str, Any] = {"phasing": "linear", "phases": [], "task_id": None, "value": "44", "reason": "Đính chính"}
    changed = ok(await reporting.patch(f"{MEASURES}/{measure['id']}", json=patch, headers=etag(measure)))
    assert (changed["phases"], changed["task_id"], changed["value"]) == ([], None, "44")
    assert (changed["starts_on"], changed["baseline"], changed["condition"]) == ("2023-01-01", "12", "3 sao")


async def test_estimates_take_any_unit_of_the_measures_family(planning: Planning, reporting: ApiClient) -> None:
    plan = await planning.plan()
    income = await planning.measure(
        plan,
        indicator="avg_income_per_cooperative_worker",
        value="58.5",
        unit="million_vnd_per_person_year",
    )
    own = await planning.estimate(income, value="60")
    assert own["unit"] == "million_vnd_per_person_year"
    monthly = await planning.estimate(income, value="5", unit="million_vnd_per_person_month")
    assert (monthly["plan_id"], monthly["measure_id"]) == (plan["id"], income["id"])
    body = an_estimate(measure_id=income["id"], unit="million_vnd")
    assert faults(await reporting.post(ESTIMATES, json=body)) == {("/unit", "not_allowed")}
    future = an_estimate(measure_id=income["id"], made_on="2999-01-01")
    assert faults(await reporting.post(ESTIMATES, json=future)) == {("/made_on", "in_the_future")}
    changed = await reporting.patch(f"{ESTIMATES}/{own['id']}", json={"value": "61"}, headers=etag(own))
    assert ok(changed)["value"] == "61"
