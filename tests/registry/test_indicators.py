"""Figures: what each counts, for whom it is reported, and that its evidence is exactly what was counted."""

from __future__ import annotations

import pytest

from kernel.values.days import today
from tests.registry.builders import PATH, RECORD_TYPES, Make, Record
from tests.registry.reports import INDICATORS, PERIOD, VALUES, figures, make_reports, value
from tests.support.answers import faults, ok
from tests.support.client import ApiClient


@pytest.fixture
async def reports(make: Make) -> dict[str, Record]:
    """The records, for a test that adds to them."""
    return await make_reports(make)


# --- for whom, and from when


async def test_only_what_is_partial_names_what_is_missing(
    registry: ApiClient, make: Make, reports: dict[str, Record]
) -> None:
    for params in ({"province": "25-2008"}, {"province": "26-2008"}, {"province": "40-2025"}):
        by_indicator = await figures(registry, **params)
        assert {(tuple(item["missing_provinces"]), item["status"] == "partial") for item in by_indicator.values()} == {
            ((), False)
        }
    await make.coverage(province="26-2008", covered_from="2023-01-01", record_types=["cooperatives"])
    by_indicator = await figures(registry, indicators="cooperatives_total,cooperatives_operating")
    assert [(item["status"], item["missing_provinces"]) for item in by_indicator.values()] == [
        ("reported", []),
        ("partial", ["26-2008"]),
    ]


async def test_once_all_report_the_new_province_does(
    registry: ApiClient, make: Make, reports: dict[str, Record]
) -> None:
    await make.coverage(province="26-2008", covered_from="2023-01-01", covered_to="2023-08-31")
    assert await value(registry, "cooperatives_total", province="25-2025") == 8
    assert await value(registry, "cooperatives_total") == 8


async def test_a_coverage_of_the_new_province_covers_the_old_ones(registry: ApiClient, make: Make) -> None:
    await make.organization(registered_on="2023-02-01")
    await make.coverage(province="25-2025", covered_from="2023-01-01")
    assert await value(registry, "cooperatives_new", province="25-2008") == 1
    assert await value(registry, "cooperatives_new", province="26-2008") == 0


async def test_without_coverage_a_figure_is_not_reported_never_0(registry: ApiClient, make: Make) -> None:
    await make.organization(registered_on="2023-02-01")
    for item in (await figures(registry, province="25-2008")).values():
        nothing = ("value", "numerator", "denominator", "evidence", "denominator_evidence")
        assert (item["status"], *(item[name] for name in nothing)) == ("not_reported", *[None] * 5)


async def test_a_coverage_speaks_for_its_kinds_of_record_only(registry: ApiClient, make: Make) -> None:
    await make.coverage(record_types=["cooperatives"])
    by_indicator = await figures(registry, province="25-2008")
    reported = {code for (code, _, _), item in by_indicator.items() if item["status"] == "reported"}
    assert reported == {"cooperatives_total", "cooperatives_without_credit_funds"}


async def test_every_indicator_needs_coverage_that_can_be_declared(registry: ApiClient, make: Make) -> None:
    await make.coverage(record_types=RECORD_TYPES)
    by_indicator = await figures(registry, province="25-2008")
    assert {item["status"] for item in by_indicator.values()} == {"reported"}
    counted = [(code, item) for (code, _, _), item in by_indicator.items() if item["denominator"] is None]
    assert all(item["value"] == INDICATORS[code].nothing for code, item in counted)


async def test_a_share_of_nothing_is_null_and_reported(registry: ApiClient, make: Make) -> None:
    await make.coverage()
    (item,) = (await figures(registry, province="25-2008", indicators="alliance_member_share_of_active")).values()
    assert (item["status"], item["value"], item["numerator"], item["denominator"]) == ("reported", None, 0, 0)


@pytest.mark.parametrize(
    ("covered_from", "covered_to", "flow", "stock"),
    [
        ("2023-01-01", "2023-08-31", "reported", "reported"),
        ("2023-01-02", "2023-08-31", "not_reported", "reported"),
        ("2023-01-01", "2023-08-30", "not_reported", "not_reported"),
        ("2023-08-31", "2023-08-31", "not_reported", "reported"),
        ("2000-01-01", None, "reported", "reported"),
        ("2023-09-01", None, "not_reported", "not_reported"),
    ],
)
async def test_a_flow_needs_its_whole_period_covered_and_a_stock_its_last_day(
    registry: ApiClient, make: Make, covered_from: str, covered_to: str | None, flow: str, stock: str
) -> None:
    await make.coverage(covered_from=covered_from, covered_to=covered_to)
    by_indicator = await figures(registry, province="25-2008", indicators="cooperatives_new,cooperatives_total")
    assert [item["status"] for item in by_indicator.values()] == [flow, stock]


async def test_coverages_side_by_side_add_up(registry: ApiClient, make: Make) -> None:
    await make.coverage(covered_from="2023-01-01", covered_to="2023-03-31", record_types=["cooperative_registrations"])
    await make.coverage(covered_from="2023-04-01", covered_to="2023-08-31", record_types=["cooperative_registrations"])
    assert await value(registry, "cooperatives_new", province="25-2008") == 0


async def test_readiness_tells_the_last_day_that_each_province_has_declared(registry: ApiClient, make: Make) -> None:
    await make.coverage(province="25-2008", covered_to="2023-06-30")
    await make.coverage(province="25-2008", covered_to="2023-08-31", record_types=["products"])
    await make.coverage(province="40-2025")
    await make.coverage(province="17-2008", covered_to="9999-12-31")
    await make.coverage(province="26-2008", covered_from="9999-01-01")
    ready = ok(await registry.get("/v1/registry/health/ready"))
    open_ended = dict.fromkeys(("17-2008", "40-2008"), today().isoformat())
    assert ready["data_until"] == {"25-2008": "2023-08-31", **open_ended}


async def test_without_a_province_the_whole_area_is_meant(
    registry: ApiClient, make: Make, reports: dict[str, Record]
) -> None:
    await make.coverage(province="40-2025", covered_from="2023-01-01")
    totals = [
        next(iter((await figures(client, indicators="cooperatives_total")).values()))
        for client in (registry, registry.as_(area="40-2025"), registry.as_(area="VN"))
    ]
    assert [(item["province"], item["value"], item["status"]) for item in totals] == [
        (None, 8, "partial"),
        (None, 1, "reported"),
        (None, 9, "partial"),
    ]
    assert ok(await registry.as_(area="VN").get(f"{totals[2]['evidence']}&count=exact"))["count"] == 9


WRONG: list[tuple[dict[str, str], set[tuple[str, str]]]] = [
    ({"indicators": "cooperatives_new,beauty"}, {("indicators", "not_allowed")}),
    ({"indicators": ""}, {("indicators", "not_allowed")}),
    ({"indicators": "cooperatives_total", "scope": "alliance_led"}, {("scope", "not_allowed")}),
    ({"scope": "galaxy"}, {("scope", "not_allowed")}),
    ({"indicators": "cooperatives_total", "group_by": "fund"}, {("group_by", "not_allowed")}),
    ({"group_by": "mood"}, {("group_by", "not_allowed")}),
    ({"province": "99-2025"}, {("province", "unknown_province")}),
    ({"province": "25"}, {("province", "unknown_province")}),
    ({"geography": "1999"}, {("geography", "not_allowed")}),
    ({"to": "2022-12-31"}, {("to", "end_before_start")}),
    ({"from": "1950-01-01"}, {("to", "too_long")}),
    (
        {"from": "soon", "to": "later", "colour": "red"},
        {("from", "not_a_date"), ("to", "not_a_date"), ("colour", "unknown_parameter")},
    ),
    (
        {"province": "99-2025", "to": "2022-01-01", "geography": "1", "indicators": "beauty"},
        {
            ("province", "unknown_province"),
            ("to", "end_before_start"),
            ("geography", "not_allowed"),
            ("indicators", "not_allowed"),
        },
    ),
]


async def test_what_cannot_be_asked_is_named_by_parameter(registry: ApiClient) -> None:
    for params, expected in WRONG:
        response = await registry.get(VALUES, params={**PERIOD, **params})
        assert response.status_code == 422, params
        assert faults(response) == expected, params
    assert faults(await registry.get(VALUES)) == {("from", "required"), ("to", "required")}


EVIDENCE_WRONG: list[tuple[dict[str, str], set[tuple[str, str]]]] = [
    ({"counted_in": "beauty"}, {("counted_in", "not_allowed")}),
    ({"counted_in": "cooperatives_total"}, {("from", "required"), ("to", "required"), ("province", "required")}),
    ({"from": "2023-01-01"}, {("from", "needs_counted_in")}),
    (
        {**PERIOD, "counted_in": "cooperatives_total", "province": "25-2008", "scope": "alliance_led"},
        {("scope", "not_allowed")},
    ),
    (
        {**PERIOD, "counted_in": "cooperatives_total", "province": "25-2008", "counted_by": "type"},
        {("counted_group", "required")},
    ),
    (
        {
            **PERIOD,
            "counted_in": "cooperatives_total",
            "province": "25-2008",
            "counted_by": "month",
            "counted_group": "2023-01",
        },
        {("counted_by", "not_allowed")},
    ),
    (
        {"from": "2023-02-01", "to": "2023-01-01", "counted_in": "cooperatives_total", "province": "25-2008"},
        {("to", "end_before_start")},
    ),
]


async def test_evidence_that_names_no_figure_is_refused(registry: ApiClient) -> None:
    for params, expected in EVIDENCE_WRONG:
        response = await registry.get(f"{PATH}/organizations", params=params)
        assert response.status_code == 422, params
        assert faults(response) == expected, params


async def test_definitions_are_published_in_both_languages(registry: ApiClient) -> None:
    vi = ok(await registry.get(f"{PATH}/indicators"))["items"]
    en = ok(await registry.get(f"{PATH}/indicators", headers={"Accept-Language": "en"}))["items"]
    assert [item["code"] for item in vi] == list(INDICATORS)
    assert (vi[0]["label"], en[0]["label"]) == ("Tổng số HTX", "Cooperatives in all")
    assert all(item["predicate"] and item["source"] for item in vi)
