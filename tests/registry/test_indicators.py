"""Figures: what each counts, for whom it is reported, and that its evidence is exactly what was counted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kernel.indicators.definitions import Indicator
from kernel.values import geography
from kernel.values.days import today
from services.registry.indicators import INDICATORS as TABLE
from tests.registry.builders import LE_LOI, PATH, RECORD_TYPES, TAN_DAN, THAI_BINH, Make, Record
from tests.support.answers import every_item, faults, ok
from tests.support.client import ApiClient

VALUES = f"{PATH}/indicator-values"
PERIOD = {"from": "2023-01-01", "to": "2023-08-31"}
INDICATORS = TABLE.by_code
Figures = dict[tuple[str, str | None, str | None], dict[str, Any]]


async def figures(client: ApiClient, **params: Any) -> Figures:
    """Return the figures asked for by indicator, province and group."""
    items = ok(await client.get(VALUES, params={**PERIOD, **params}))["items"]
    by_key = {(item["indicator"], item["province"], item["group"]): item for item in items}
    assert len(by_key) == len(items), "a figure stands twice"
    return by_key


async def value(client: ApiClient, indicator: str, **params: Any) -> Any:
    """Return one figure's value, once it is known to be the only one and reported."""
    (item,) = (await figures(client, indicators=indicator, **params)).values()
    assert item["status"] == "reported"
    return item["value"]


@pytest.fixture
async def reports(make: Make) -> dict[str, Record]:
    """Old Phú Thọ and old Hòa Bình with coverage for January to August 2023; Vĩnh Phúc, merged with them, without."""
    led = await make.organization(
        registered_on="2023-03-01", founding_support="alliance_led", report_sector="agriculture"
    )
    await make.membership(led, admitted_on="2023-05-01")
    await make.fact("certificates", led, area_hectares="12.5", valid_from="2023-05-01", with_alliance_support=True)
    await make.fact("products", led, recognized_on="2023-04-01", with_alliance_support=True)
    old = await make.organization(registered_on="2019-01-01", report_sector="trade_service")
    await make.membership(old, admitted_on="2018-01-01")
    await make.fact("certificates", old, area_hectares="600", valid_from="2023-06-01", with_alliance_support=True)
    await make.fact("certificates", old, area_hectares="30.5", valid_from="2023-08-31")
    await make.fact("certificates", old, area_hectares="7", valid_from="2022-12-31", with_alliance_support=True)
    await make.fact("certificates", old, scheme="organic", valid_from="2023-06-01", with_alliance_support=True)
    helped = await make.organization(
        registered_on="2023-04-01", founding_support="alliance_supported", operating_state="dormant"
    )
    await make.membership(helped, kind="affiliate", admitted_on="2023-05-02")
    other = await make.organization(registered_on="2023-08-31", founding_support="other")
    await make.status(other, "temporarily_suspended", on="2023-08-31")
    ended = await make.organization(registered_on="2015-01-01")
    await make.membership(ended, admitted_on="2015-02-01", left_on="2023-07-01")
    await make.status(ended, "ended", on="2023-07-01")
    converted = await make.group(registered_on="2020-01-01")
    await make.fact("type-conversions", converted, kind="group_to_cooperative", effective_on="2023-02-01")
    await make.group(registered_on="2023-05-05", report_sector="agriculture")
    terminated = await make.group(registered_on="2020-01-01")
    await make.status(terminated, "terminated", on="2023-08-31")
    await make.union(registered_on="2023-01-01")
    renewed = await make.organization(registered_on="2010-01-01", report_sector="agriculture")
    await make.fact("type-conversions", renewed, effective_on="2023-03-03")
    firm = await make.organization(type="enterprise", registered_on="2012-01-01")
    await make.membership(firm, admitted_on="2023-05-01")
    await make.fact("products", firm, name="Rượu cần", ocop_stars=3, recognized_on="2023-01-01")
    await make.fact("products", firm, name="Bánh gai", ocop_stars=3, recognized_on="2023-08-31")
    await make.fact("products", firm, name="Chưa đạt", ocop_stars=2, recognized_on="2023-08-31")
    moved = await make.organization(registered_on="2018-01-01", commune=TAN_DAN)
    await make.membership(moved, admitted_on="2023-04-01")
    await make.move(moved, THAI_BINH, on="2023-06-01")
    there = await make.organization(registered_on="2023-02-02", commune=THAI_BINH)
    await make.organization(registered_on="2023-02-02", commune=LE_LOI)
    await make.organization(registered_on="2023-09-01")
    for province in ("25-2008", "17-2008"):
        await make.coverage(province=province, covered_from="2023-01-01", covered_to="2023-08-31")
    return {"led": led, "old": old, "moved": moved, "there": there}


EXPECTED = {
    ("cooperatives_total", "province"): 6,
    ("cooperatives_operating", "province"): 3,
    ("cooperatives_new", "province"): 3,
    ("cooperatives_new", "alliance_supported"): 2,
    ("cooperatives_new", "alliance_led"): 1,
    ("cooperatives_new_supported", "alliance_supported"): 2,
    ("cooperative_groups_total", "province"): 1,
    ("cooperative_groups_new", "province"): 1,
    ("cooperative_unions_new", "province"): 1,
    ("collective_organizations_total", "province"): 8,
    ("cooperatives_converted_new_style", "province"): 1,
    ("cooperatives_dissolved", "province"): 1,
    ("alliance_members_admitted", "alliance"): 2,
    ("alliance_member_cooperatives_total", "alliance"): 2,
    ("alliance_member_share_of_active", "alliance"): 66.6667,
    ("certified_area_vietgap", "alliance_supported"): 612.5,
    ("certified_area_vietgap", "province"): 643,
    ("certified_cooperatives_vietgap", "alliance_supported"): 2,
    ("certified_cooperatives_vietgap", "province"): 2,
    ("ocop_products_recognized", "province"): 3,
    ("ocop_products_recognized", "alliance_supported"): 1,
    ("ocop_producers", "province"): 2,
    ("ocop_producers", "alliance_supported"): 1,
}


async def test_each_figure_counts_what_its_definition_says(registry: ApiClient, reports: dict[str, Record]) -> None:
    assert set(EXPECTED) == {(code, scope) for code, i in INDICATORS.items() for scope in i.scopes}
    answers = {(code, scope): await value(registry, code, scope=scope, province="25-2008") for code, scope in EXPECTED}
    assert answers == EXPECTED


async def test_without_a_scope_each_indicator_has_its_own(registry: ApiClient, reports: dict[str, Record]) -> None:
    by_indicator = await figures(registry, province="25-2008")
    assert {(item["indicator"], item["scope"], item["value"]) for item in by_indicator.values()} == {
        (code, i.default_scope, EXPECTED[code, i.default_scope]) for code, i in INDICATORS.items()
    }
    assert [code for code, _, _ in by_indicator] == list(INDICATORS)


async def test_the_support_scopes_lie_within_each_other(registry: ApiClient, reports: dict[str, Record]) -> None:
    whole, helped, led = [
        {
            item["id"]
            for item in await every_item(
                registry,
                (await figures(registry, indicators="cooperatives_new", scope=scope, province="25-2008"))[
                    "cooperatives_new", "25-2008", None
                ]["evidence"],
            )
        }
        for scope in ("province", "alliance_supported", "alliance_led")
    ]
    assert led < helped < whole


async def test_flows_count_the_period_and_stocks_its_last_day(registry: ApiClient, reports: dict[str, Record]) -> None:
    query = {"province": "25-2008", "from": "2023-03-01", "to": "2023-03-31"}
    assert await value(registry, "cooperatives_new", **query) == 1
    assert await value(registry, "cooperatives_converted_new_style", **query) == 1
    assert await value(registry, "cooperatives_total", **query) == 6
    assert await value(registry, "alliance_member_cooperatives_total", **query) == 2
    day = {"province": "25-2008", "from": "2023-03-01", "to": "2023-03-01"}
    assert await value(registry, "cooperatives_new", **day) == 1


async def test_a_figure_lies_where_the_organization_lay_then(registry: ApiClient, reports: dict[str, Record]) -> None:
    assert await value(registry, "cooperatives_total", province="17-2008") == 2
    assert await value(registry, "alliance_members_admitted", province="17-2008") == 0
    moved = reports["moved"]
    admitted = await figures(registry, indicators="alliance_members_admitted", province="25-2008")
    rows = await every_item(registry, next(iter(admitted.values()))["evidence"])
    assert moved.id in {row["organization_id"] for row in rows}
    standing = await figures(registry, indicators="cooperatives_total", province="17-2008")
    rows = await every_item(registry, next(iter(standing.values()))["evidence"])
    assert {row["id"] for row in rows} == {moved.id, reports["there"].id}


# --- evidence


async def assert_evidence(client: ApiClient, indicator: Indicator, item: dict[str, Any]) -> None:
    """Check that the list behind a figure holds exactly as many records as it counts."""
    where = f"{item['indicator']} at {item['scope']} in {item['province']}, group {item['group']}"
    page = ok(await client.get(item["evidence"]))
    rows = await every_item(client, f"{item['evidence']}&limit=2")
    counted = ok(await client.get(f"{item['evidence']}&count=exact"))["count"]
    assert counted == len(rows), where
    assert page["items"] == rows[:50]
    if indicator.denominator is not None:
        below = ok(await client.get(f"{item['denominator_evidence']}&count=exact"))["count"]
        assert (item["numerator"], item["denominator"]) == (counted, below), where
        share = None if below == 0 else float(round(Decimal(counted) * 100 / Decimal(below), 4))
        assert item["value"] == share, where
    elif indicator.measure == "f.area_hectares":
        assert Decimal(str(item["value"])) == sum((Decimal(row["area_hectares"]) for row in rows), Decimal()), where
    else:
        assert item["value"] == counted, where


@pytest.mark.parametrize("group_by", [None, "province", "commune", "district", "report_sector", "type", "month"])
async def test_the_evidence_of_every_figure_is_what_it_counts(
    registry: ApiClient, reports: dict[str, Record], group_by: str | None
) -> None:
    # Where a figure is counted and how it is grouped are independent of each other.
    provinces = (
        ("25-2008", "25-2025", None) if group_by is None else (None,) if group_by == "province" else ("25-2025",)
    )
    checked = 0
    for code, indicator in INDICATORS.items():
        if group_by is not None and group_by not in indicator.groups:
            continue
        for scope in indicator.scopes:
            for province in provinces:
                query = {"indicators": code, "scope": scope, "province": province, "group_by": group_by}
                by_indicator = await figures(registry, **{name: value_ for name, value_ in query.items() if value_})
                assert by_indicator or group_by not in (None, "province", "month")
                # Every commune and district has its figure: of those without anything a few are opened.
                empty = [item for item in by_indicator.values() if not item["value"]]
                skipped = [id(item) for item in empty[3:]] if group_by in ("commune", "district") else []
                for item in by_indicator.values():
                    if item["status"] != "not_reported" and id(item) not in skipped:
                        await assert_evidence(registry, indicator, item)
                        checked += 1
    assert checked > 10


@pytest.mark.parametrize("group_by", ["commune", "district", "report_sector", "type", "month", "province"])
async def test_groups_add_up_to_the_whole(registry: ApiClient, reports: dict[str, Record], group_by: str) -> None:
    whole = await figures(registry, province="25-2008")
    parts = await figures(registry, province="25-2008", group_by=group_by)
    for (code, province, _), item in whole.items():
        if group_by not in INDICATORS[code].groups or item["denominator"] is not None:
            continue
        values = [part["value"] for (c, _, _), part in parts.items() if c == code]
        if INDICATORS[code].measure == "distinct" and group_by == "month":
            # One with two certificates in two months is one in each, and one in all.
            assert sum(values) >= item["value"], code
        else:
            assert sum(values) == item["value"], (code, province)


async def test_months_without_anything_are_told(registry: ApiClient, reports: dict[str, Record]) -> None:
    by_indicator = await figures(registry, province="25-2008", indicators="cooperatives_new", group_by="month")
    assert {group: item["value"] for (_, _, group), item in by_indicator.items()} == {
        "2023-01": 0,
        "2023-02": 0,
        "2023-03": 1,
        "2023-04": 1,
        "2023-05": 0,
        "2023-06": 0,
        "2023-07": 0,
        "2023-08": 1,
    }


async def test_records_without_a_value_are_a_group_of_their_own(
    registry: ApiClient, reports: dict[str, Record]
) -> None:
    by_indicator = await figures(
        registry, province="25-2008", indicators="cooperatives_total", group_by="report_sector"
    )
    assert {group: item["value"] for (_, _, group), item in by_indicator.items()} == {
        "agriculture": 2,
        "trade_service": 1,
        None: 3,
    }
    rows = await every_item(registry, by_indicator["cooperatives_total", "25-2008", None]["evidence"])
    assert {row["report_sector"] for row in rows} == {None}


async def test_communes_are_told_apart_by_their_map(registry: ApiClient, reports: dict[str, Record]) -> None:
    by_indicator = await figures(registry, province="17-2008", indicators="cooperatives_total", group_by="commune")
    assert [group for (_, _, group), item in by_indicator.items() if item["value"]] == [f"{THAI_BINH}-2008"]
    assert {group.removesuffix("-2008") for _, _, group in by_indicator if group} == {
        commune.code for commune in geography.communes() if commune.province_id == "17-2008"
    }


# --- for whom, and from when


async def test_a_new_province_adds_up_the_old_ones_that_report(registry: ApiClient, reports: dict[str, Record]) -> None:
    by_indicator = await figures(registry, province="25-2025", indicators="cooperatives_total,cooperatives_new")
    assert {code: (item["value"], item["status"]) for (code, _, _), item in by_indicator.items()} == {
        "cooperatives_total": (8, "partial"),
        "cooperatives_new": (4, "partial"),
    }
    assert [item["missing_provinces"] for item in by_indicator.values()] == [["26-2008"], ["26-2008"]]


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
    assert reported == {"cooperatives_total"}


async def test_every_indicator_needs_coverage_that_can_be_declared(registry: ApiClient, make: Make) -> None:
    await make.coverage(record_types=RECORD_TYPES)
    by_indicator = await figures(registry, province="25-2008")
    assert {item["status"] for item in by_indicator.values()} == {"reported"}
    assert {item["value"] for item in by_indicator.values() if item["denominator"] is None} == {0}


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
    ready = ok(await registry.get("/v1/registry/health/ready"))
    assert ready["data_until"] == {"25-2008": "2023-08-31", "40-2008": today().isoformat()}


async def test_outside_the_area_nothing_is_said(registry: ApiClient, reports: dict[str, Record]) -> None:
    abroad = registry.as_(area="40-2025")
    for province in ("25-2008", "25-2025"):
        by_indicator = await figures(abroad, province=province)
        assert {(item["status"], item["value"], item["evidence"]) for item in by_indicator.values()} == {
            ("outside_area", None, None)
        }
        grouped = await figures(abroad, province=province, group_by="province")
        assert {item["status"] for item in grouped.values()} == {"outside_area"}
    (item,) = (await figures(registry, province="25-2008", indicators="cooperatives_total")).values()
    assert ok(await abroad.get(item["evidence"]))["items"] == []


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


async def test_provinces_group_by_the_map_in_force_or_the_one_asked_for(
    registry: ApiClient, reports: dict[str, Record]
) -> None:
    async def grouped(**params: str) -> dict[str | None, tuple[Any, str]]:
        by_indicator = await figures(registry, indicators="cooperatives_total", group_by="province", **params)
        return {province: (item["value"], item["status"]) for (_, province, _), item in by_indicator.items()}

    old = {"17-2008": (2, "reported"), "25-2008": (6, "reported"), "26-2008": (None, "not_reported")}
    assert await grouped() == old
    assert await grouped(province="25-2025", geography="2008") == old
    assert await grouped(geography="2025") == {"25-2025": (8, "partial")}
    assert await grouped(province="25-2008") == {"25-2008": (6, "reported")}
    assert await grouped(province="17-2008", geography="2025") == {"25-2025": (2, "partial")}


async def test_a_nation_groups_by_all_its_provinces(registry: ApiClient, reports: dict[str, Record]) -> None:
    nation = registry.as_(area="VN")
    for map_, number in (("2008", 63), ("2025", 34)):
        by_indicator = await figures(nation, indicators="cooperatives_total", group_by="province", geography=map_)
        assert len(by_indicator) == number
        assert sum(item["value"] or 0 for item in by_indicator.values()) == 8


async def test_indicators_come_in_the_order_asked_for(registry: ApiClient, reports: dict[str, Record]) -> None:
    codes = ["ocop_producers", "cooperatives_new", "cooperatives_total"]
    by_indicator = await figures(registry, indicators=",".join(codes), province="25-2008")
    assert [code for code, _, _ in by_indicator] == codes


async def test_a_scope_or_group_without_names_takes_the_indicators_that_have_it(
    registry: ApiClient, reports: dict[str, Record]
) -> None:
    led = await figures(registry, scope="alliance_led", province="25-2008")
    assert [code for code, _, _ in led] == ["cooperatives_new"]
    monthly = await figures(registry, group_by="month", province="25-2008")
    assert {INDICATORS[code].kind for code, _, _ in monthly} == {"flow"}


WRONG: list[tuple[dict[str, str], set[tuple[str, str]]]] = [
    ({"indicators": "cooperatives_new,beauty"}, {("indicators", "not_allowed")}),
    ({"indicators": ""}, {("indicators", "not_allowed")}),
    ({"indicators": "cooperatives_total", "scope": "alliance_led"}, {("scope", "not_allowed")}),
    ({"scope": "galaxy"}, {("scope", "not_allowed")}),
    ({"indicators": "cooperatives_total", "group_by": "month"}, {("group_by", "not_allowed")}),
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
