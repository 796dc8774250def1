"""Figures of one set of records, which these tests only read: what each counts, and that its evidence is just that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from kernel.indicators.definitions import Indicator
from kernel.values import geography
from services.registry.main import create_app
from tests.registry.builders import PATH, THAI_BINH, Make, Record
from tests.registry.reports import INDICATORS, figures, make_reports, value
from tests.support.answers import every_item, ok
from tests.support.apps import Apps
from tests.support.client import ApiClient
from tests.support.contract import contract_of
from tests.support.databases import Databases


@pytest.fixture(scope="module")
async def registry_url(databases: Databases) -> AsyncIterator[str]:
    """The address of one database for all these tests."""
    async with databases.clone("registry") as url:
        yield url


@pytest.fixture(scope="module")
async def reports(registry_url: str, apps: Apps) -> dict[str, Record]:
    """The records, made once."""
    async with (
        apps.running(create_app, registry_url) as app,
        ApiClient(
            app, contract_of("registry"), scope="registry.read registry.write", area="VN", sub="builder"
        ) as client,
    ):
        return await make_reports(Make(client))


EXPECTED = {
    ("cooperatives_total", "province"): 6,
    ("cooperatives_operating", "province"): 3,
    ("cooperatives_new", "province"): 3,
    ("cooperatives_new", "alliance_supported"): 2,
    ("cooperatives_new", "alliance_led"): 1,
    ("cooperatives_new", "joint"): 0,
    ("cooperatives_new", "supported"): 1,
    ("cooperatives_new_supported", "alliance_supported"): 2,
    ("cooperative_groups_total", "province"): 1,
    ("cooperative_groups_new", "province"): 1,
    ("cooperative_unions_total", "province"): 1,
    ("cooperative_unions_new", "province"): 1,
    ("collective_organizations_total", "province"): 8,
    ("cooperatives_converted_new_style", "province"): 1,
    ("cooperatives_converted_new_style", "alliance_supported"): 1,
    ("cooperatives_converted_new_style", "alliance_led"): 1,
    ("cooperatives_converted_new_style", "joint"): 0,
    ("cooperatives_converted_new_style", "supported"): 0,
    ("cooperatives_dissolved", "province"): 1,
    ("alliance_members_admitted", "alliance"): 2,
    ("alliance_member_cooperatives_total", "alliance"): 2,
    ("alliance_member_share_of_active", "alliance"): 66.6667,
    ("certified_area_vietgap", "alliance_supported"): 612.5,
    ("certified_area_vietgap", "province"): 643,
    ("certified_area_vietgap", "alliance_led"): 0,
    ("certified_area_vietgap", "joint"): 12.5,
    ("certified_area_vietgap", "supported"): 600,
    ("certified_cooperatives_vietgap", "alliance_supported"): 2,
    ("certified_cooperatives_vietgap", "province"): 2,
    ("certified_cooperatives_vietgap", "alliance_led"): 0,
    ("certified_cooperatives_vietgap", "joint"): 1,
    ("certified_cooperatives_vietgap", "supported"): 1,
    ("ocop_products_recognized", "province"): 3,
    ("ocop_products_recognized", "alliance_supported"): 1,
    ("ocop_products_recognized", "alliance_led"): 1,
    ("ocop_products_recognized", "joint"): 0,
    ("ocop_products_recognized", "supported"): 0,
    ("ocop_producers", "province"): 2,
    ("ocop_producers", "alliance_supported"): 1,
    ("ocop_producers", "alliance_led"): 1,
    ("ocop_producers", "joint"): 0,
    ("ocop_producers", "supported"): 0,
    ("ocop_products", "province"): 2,
    ("ocop_products", "alliance_supported"): 2,
    ("ocop_products", "alliance_led"): 1,
    ("ocop_products", "joint"): 1,
    ("ocop_products", "supported"): 0,
    ("cooperatives_without_credit_funds", "province"): 6,
    ("cooperative_members_total", "province"): 33,
    ("collective_members_total", "province"): 33,
    ("cooperative_workers_total", "province"): 12,
    ("collective_workers_total", "province"): 12,
    ("avg_revenue_per_cooperative", "province"): 750,
    ("avg_profit_per_cooperative", "province"): -50,
    ("avg_income_per_cooperative_worker", "province"): 6_000_000,
    ("managers_share_college_or_higher", "province"): 50,
    ("managers_share_intermediate_or_higher", "province"): 75,
    ("managers_share_elementary_intermediate", "province"): 37.5,
    ("formation_dossiers_checked_cooperatives", "alliance_led"): 1,
    ("formation_dossiers_checked_cooperatives", "province"): 3,
    ("formation_dossiers_checked_cooperatives", "alliance"): 2,
    ("formation_dossiers_checked_cooperatives", "alliance_supported"): 2,
    ("formation_dossiers_checked_cooperatives", "joint"): 1,
    ("formation_dossiers_checked_cooperatives", "supported"): 0,
    ("formation_dossiers_checked_groups", "alliance_led"): 1,
    ("formation_dossiers_checked_groups", "province"): 2,
    ("formation_dossiers_checked_groups", "alliance"): 2,
    ("formation_dossiers_checked_groups", "alliance_supported"): 1,
    ("formation_dossiers_checked_groups", "joint"): 0,
    ("formation_dossiers_checked_groups", "supported"): 0,
    ("field_inspections_cooperatives", "alliance_led"): 1,
    ("field_inspections_cooperatives", "province"): 2,
    ("field_inspections_cooperatives", "alliance"): 2,
    ("field_inspections_cooperatives", "alliance_supported"): 2,
    ("field_inspections_cooperatives", "joint"): 0,
    ("field_inspections_cooperatives", "supported"): 1,
    ("dissolution_target_achievement", "province"): 25,
    ("alliance_member_teams_consolidated", "alliance"): 1,
    ("ocop_star_grade", "province"): 3,
    ("ocop_star_grade", "alliance_supported"): 4,
    ("ocop_star_grade", "alliance_led"): 4,
    ("ocop_star_grade", "joint"): None,
    ("ocop_star_grade", "supported"): None,
    ("cooperatives_effective", "province"): 2,
    ("cooperatives_effective", "alliance_supported"): 1,
    ("cooperatives_effective", "alliance_led"): 0,
    ("cooperatives_effective", "joint"): 1,
    ("cooperatives_effective", "supported"): 1,
    ("cooperatives_effective_share_of_active", "province"): 66.6667,
    ("cooperatives_effective_share_of_active", "alliance_supported"): 33.3333,
    ("cooperatives_effective_share_of_active", "alliance_led"): 0,
    ("cooperatives_effective_share_of_active", "joint"): 33.3333,
    ("cooperatives_effective_share_of_active", "supported"): 33.3333,
    ("advanced_cooperative_models", "province"): 2,
    ("advanced_cooperative_models", "alliance_supported"): 1,
    ("advanced_cooperative_models", "alliance_led"): 1,
    ("advanced_cooperative_models", "joint"): 0,
    ("advanced_cooperative_models", "supported"): 0,
    ("value_chain_models", "alliance_led"): 1,
    ("value_chain_models", "province"): 2,
    ("value_chain_models", "alliance_supported"): 2,
    ("value_chain_models", "joint"): 1,
    ("value_chain_models", "supported"): 0,
    ("value_chain_supplier_cooperatives", "alliance_supported"): 1,
    ("value_chain_supplier_cooperatives", "province"): 1,
    ("value_chain_supplier_cooperatives", "alliance_led"): 1,
    ("value_chain_supplier_cooperatives", "joint"): 0,
    ("value_chain_supplier_cooperatives", "supported"): 1,
    ("districts_with_effective_model", "province"): 1,
    ("districts_with_effective_model", "alliance_supported"): 1,
    ("districts_with_effective_model", "alliance_led"): 0,
    ("districts_with_effective_model", "joint"): 1,
    ("districts_with_effective_model", "supported"): 1,
    ("effective_models_per_district_min", "province"): 0,
    ("effective_models_per_district_min", "alliance_supported"): 0,
    ("effective_models_per_district_min", "alliance_led"): 0,
    ("effective_models_per_district_min", "joint"): 0,
    ("effective_models_per_district_min", "supported"): 0,
    ("cooperatives_high_tech", "province"): 1,
    ("cooperatives_high_tech", "alliance_supported"): 1,
    ("cooperatives_high_tech", "alliance_led"): 1,
    ("cooperatives_high_tech", "joint"): 0,
    ("cooperatives_high_tech", "supported"): 0,
    ("cooperatives_value_chain", "province"): 3,
    ("cooperatives_value_chain", "alliance_supported"): 3,
    ("cooperatives_value_chain", "alliance_led"): 2,
    ("cooperatives_value_chain", "joint"): 0,
    ("cooperatives_value_chain", "supported"): 3,
}
NOT_REPORTED = {
    ("avg_income_per_cooperative_worker_growth", "province"),
    ("cooperative_group_members_total", "province"),
    ("avg_revenue_per_cooperative_group", "province"),
    ("cooperatives_good_fair_share", "province"),
    ("cooperatives_weak_share", "province"),
}
"""Of the year before nothing is known, of the groups that stand none reported, and no year that is rated ends in these days."""


async def test_each_figure_counts_what_its_definition_says(registry: ApiClient, reports: dict[str, Record]) -> None:
    assert set(EXPECTED) | NOT_REPORTED == {(code, scope) for code, i in INDICATORS.items() for scope in i.scopes}
    answers = {(code, scope): await value(registry, code, scope=scope, province="25-2008") for code, scope in EXPECTED}
    assert answers == EXPECTED


async def test_without_a_scope_each_indicator_has_its_own(registry: ApiClient, reports: dict[str, Record]) -> None:
    by_indicator = await figures(registry, province="25-2008")
    assert {(item["indicator"], item["scope"], item["value"]) for item in by_indicator.values()} == {
        (code, i.default_scope, EXPECTED.get((code, i.default_scope))) for code, i in INDICATORS.items()
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
    elif indicator.least is not None:
        stars = [row["ocop_stars"] for row in rows]
        assert item["value"] == min(stars, default=None), where
    elif indicator.exact or indicator.reported_of is not None:
        added = sum((Decimal(str(row["contribution"])) for row in rows), Decimal())
        if not indicator.is_ratio:
            assert item["value"] == added, where
            return
        assert float(added) == pytest.approx(item["numerator"]), where
        below, times = item["denominator"], 100 if indicator.unit == "percent" else 1
        assert item["value"] == (pytest.approx(item["numerator"] / below * times, abs=1e-4) if below else None), where
        return
    elif indicator.divisor == "count":
        assert item["denominator"] == counted, where
        share = None if counted == 0 else float(round(Decimal(item["numerator"]) * 100 / counted, 4))
        assert item["value"] == share, where
    elif indicator.measure == "f.area_hectares":
        assert Decimal(str(item["value"])) == sum((Decimal(row["area_hectares"]) for row in rows), Decimal()), where
    elif indicator.by_district is not None:
        # No province of these records has a model in every district, so the least is 0.
        lying = {row["district"]["code"] for row in rows}
        assert item["value"] == (len(lying) if indicator.by_district == "count" else 0), where
        return
    else:
        assert item["value"] == counted, where
    added = sum((Decimal(str(row["contribution"])) for row in rows), Decimal())
    whole = counted if indicator.least else item["numerator"] if indicator.is_ratio else item["value"]
    assert added == Decimal(str(whole)), where
    assert all("contribution" not in row for row in ok(await client.get(f"{PATH}/{indicator.listed}"))["items"])


@pytest.mark.thorough
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


@pytest.mark.parametrize(
    "group_by", ["commune", "district", "report_sector", "type", "month", "quarter", "year", "province"]
)
async def test_groups_add_up_to_the_whole(registry: ApiClient, reports: dict[str, Record], group_by: str) -> None:
    whole = await figures(registry, province="25-2008")
    parts = await figures(registry, province="25-2008", group_by=group_by)
    for (code, province, _), item in whole.items():
        if group_by not in INDICATORS[code].groups or item["denominator"] is not None or item["value"] is None:
            continue
        in_time = group_by in ("month", "quarter", "year")
        if in_time and INDICATORS[code].kind == "stock":
            # What stands at the end of each month is no part of what stands at the end.
            continue
        values = [part["value"] for (c, _, _), part in parts.items() if c == code]
        if INDICATORS[code].least is not None:
            assert min(each for each in values if each is not None) == item["value"], code
            continue
        if INDICATORS[code].measure == "distinct" and in_time:
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


async def test_a_new_province_adds_up_the_old_ones_that_report(registry: ApiClient, reports: dict[str, Record]) -> None:
    by_indicator = await figures(registry, province="25-2025", indicators="cooperatives_total,cooperatives_new")
    assert {code: (item["value"], item["status"]) for (code, _, _), item in by_indicator.items()} == {
        "cooperatives_total": (8, "partial"),
        "cooperatives_new": (4, "partial"),
    }
    assert [item["missing_provinces"] for item in by_indicator.values()] == [["26-2008"], ["26-2008"]]


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
    assert [code for code, _, _ in led] == [code for code, i in INDICATORS.items() if "alliance_led" in i.scopes]
    sectors = await figures(registry, group_by="report_sector", province="25-2008")
    assert {code for code, _, _ in sectors} == {
        code
        for code, each in INDICATORS.items()
        if "report_sector" in each.groups
        and (each.exact or each.kind == "stock" or EXPECTED.get((code, each.default_scope)) is not None)
    }
