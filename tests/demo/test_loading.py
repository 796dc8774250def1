"""The scenarios loaded as any client system would: the registry then answers what the reports published."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.demo.records import Records
from vca.demo.registry import load_registry
from vca.demo.scenarios import ALL, DEFAULT, records

pytestmark = pytest.mark.thorough

Loaded = tuple[httpx.Client, dict[str, int]]
EIGHT_MONTHS = {"from": "2023-01-01", "to": "2023-08-31"}
YEAR_2020 = {"from": "2020-01-01", "to": "2020-12-20"}
YEAR_2023 = {"from": "2023-01-01", "to": "2023-12-31"}


def values(client: httpx.Client, **query: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the figures asked for, by indicator and scope."""
    answer = client.get("/v1/registry/indicator-values", params=query)
    assert answer.status_code == 200, answer.text
    return {(item["indicator"], item["scope"]): item for item in answer.json()["items"]}


def test_a_scenario_is_loaded_in_whole_batches_and_not_record_by_record(registry_of_all_scenarios: Loaded) -> None:
    _, calls = registry_of_all_scenarios
    for scenario in ALL:
        scenario_records = Records(scenario)
        others = (
            scenario_records.organizations,
            scenario_records.member_teams,
            scenario_records.value_chains,
            scenario_records.organization_statistics,
            scenario_records.coverages,
        )
        kinds = (*others, *scenario_records.facts().values())
        assert calls[scenario] == sum(math.ceil(len(rows) / 500) for rows in kinds)


def test_loading_again_changes_nothing(registry_of_all_scenarios: Loaded) -> None:
    client, _ = registry_of_all_scenarios
    assert [load_registry(client, scenario) for scenario in ALL] == [0] * len(ALL)


def test_what_an_earlier_version_loaded_otherwise_stays_as_it_is(
    registry_of_all_scenarios: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _ = registry_of_all_scenarios
    first = next(records(DEFAULT, "organizations"))["id"]
    before = client.get(f"/v1/registry/organizations/{first}").json()

    def reworded(scenario: str, table: str) -> list[dict[str, str]]:
        rows = list(records(scenario, table))
        return [{**row, "name": "HTX tên khác"} if row.get("id") == first else row for row in rows]

    monkeypatch.setattr("vca.demo.registry.records", reworded)
    assert load_registry(client, DEFAULT) == 0
    assert client.get(f"/v1/registry/organizations/{first}").json() == before


PUBLISHED = [
    ("25-2008", EIGHT_MONTHS, "cooperatives_total", "province", "698"),
    ("25-2008", EIGHT_MONTHS, "cooperatives_operating", "province", "548"),
    ("25-2008", EIGHT_MONTHS, "cooperatives_new_supported", "alliance_supported", "36"),
    ("25-2008", EIGHT_MONTHS, "cooperatives_new", "province", "36"),
    ("25-2008", EIGHT_MONTHS, "alliance_members_admitted", "alliance", "23"),
    ("25-2008", EIGHT_MONTHS, "alliance_member_cooperatives_total", "alliance", "415"),
    ("25-2008", EIGHT_MONTHS, "alliance_member_share_of_active", "alliance", "75.7299"),
    ("25-2008", EIGHT_MONTHS, "certified_area_vietgap", "alliance_supported", "643"),
    ("25-2008", EIGHT_MONTHS, "certified_cooperatives_vietgap", "alliance_supported", "4"),
    ("40-2008", {"from": "2023-01-01", "to": "2023-06-30"}, "cooperatives_total", "province", "878"),
    ("17-2008", {"from": "2023-01-01", "to": "2023-12-31"}, "cooperatives_new", "province", "70"),
    ("17-2008", {"from": "2023-01-01", "to": "2023-12-31"}, "cooperative_groups_new", "province", "12"),
    ("17-2008", {"from": "2023-01-01", "to": "2023-12-31"}, "collective_organizations_total", "province", "640"),
    ("15-2008", {"from": "2020-01-01", "to": "2020-12-20"}, "cooperatives_new", "province", "92"),
    ("15-2008", {"from": "2020-01-01", "to": "2020-12-20"}, "cooperatives_new", "alliance_led", "65"),
    ("15-2008", {"from": "2020-01-01", "to": "2020-12-20"}, "cooperative_groups_new", "province", "1283"),
    ("15-2008", {"from": "2020-01-01", "to": "2020-12-20"}, "cooperatives_converted_new_style", "province", "16"),
    ("15-2008", {"from": "2020-01-01", "to": "2020-12-20"}, "ocop_products_recognized", "province", "8"),
    ("15-2008", {"from": "2020-01-01", "to": "2020-12-20"}, "ocop_producers", "province", "7"),
    ("15-2008", YEAR_2020, "ocop_star_grade", "alliance_led", "3"),
    ("15-2008", YEAR_2020, "formation_dossiers_checked_cooperatives", "alliance_led", "41"),
    ("15-2008", YEAR_2020, "formation_dossiers_checked_groups", "alliance_led", "62"),
    ("15-2008", YEAR_2020, "field_inspections_cooperatives", "alliance_led", "7"),
    ("17-2008", YEAR_2023, "dissolution_target_achievement", "province", "19"),
    ("17-2008", YEAR_2023, "alliance_member_teams_consolidated", "alliance", "10"),
    ("25-2008", EIGHT_MONTHS, "value_chain_supplier_cooperatives", "alliance_supported", "4"),
    ("17-2008", {"from": "2023-01-01", "to": "2023-12-31"}, "advanced_cooperative_models", "province", "18"),
    ("15-2008", {"from": "2020-01-01", "to": "2020-12-20"}, "cooperatives_effective", "province", "265"),
    ("15-2008", {"from": "2020-01-01", "to": "2020-12-20"}, "value_chain_models", "alliance_led", "5"),
]


@pytest.mark.parametrize(
    ("province", "period", "indicator", "scope", "published"),
    PUBLISHED,
    ids=[f"{p[0]}-{p[2]}-{p[3]}" for p in PUBLISHED],
)
def test_a_published_figure_is_answered_with_the_records_behind_it(
    registry_of_all_scenarios: Loaded, province: str, period: dict[str, str], indicator: str, scope: str, published: str
) -> None:
    client, _ = registry_of_all_scenarios
    figure = values(client, indicators=indicator, province=province, scope=scope, **period)[indicator, scope]
    assert (Decimal(str(figure["value"])), figure["status"]) == (Decimal(published), "reported")
    counted = client.get(f"{figure['evidence']}&count=exact").json()["count"]
    if indicator == "certified_area_vietgap":
        assert counted == 4
    elif indicator == "dissolution_target_achievement":
        assert (counted, figure["numerator"], figure["denominator"]) == (100, 19, 100)
    elif indicator == "ocop_star_grade":
        assert counted == 8
    elif figure["unit"] == "percent":
        assert (counted, figure["numerator"], figure["denominator"]) == (415, 415, 548)
    else:
        assert counted == figure["value"]


def test_more_than_seven_in_ten_that_operated_in_yen_bai_were_effective(registry_of_all_scenarios: Loaded) -> None:
    client, _ = registry_of_all_scenarios
    code, period = "cooperatives_effective_share_of_active", {"from": "2020-01-01", "to": "2020-12-20"}
    (share,) = values(client, indicators=code, province="15-2008", **period).values()
    assert (share["numerator"], share["denominator"], share["value"]) == (265, 372, 71.2366)


def test_each_of_the_21_districts_of_nghe_an_had_an_effective_model(registry_of_all_scenarios: Loaded) -> None:
    client, _ = registry_of_all_scenarios
    codes = "districts_with_effective_model,effective_models_per_district_min"
    query = {"indicators": codes, "province": "40-2008", "from": "2023-01-01", "to": "2023-06-30"}
    counted, least = values(client, **query).values()
    assert (counted["value"], least["value"]) == (21, 1)
    rows = client.get(f"{counted['evidence']}&limit=200").json()["items"]
    assert len({row["district"]["code"] for row in rows}) == 21 < len(rows)
    assert "Thị xã Cửa Lò" in {row["district"]["name"] for row in rows}


def test_operating_lists_exactly_the_548_that_the_figure_counts(registry_of_all_scenarios: Loaded) -> None:
    """591 were seen operating, 26 of them had ended and 17 stood still by law."""
    client, _ = registry_of_all_scenarios
    query = {"type": "cooperative", "province": "25-2008", "as_of": "2023-08-31", "count": "exact", "limit": "1"}
    listed = [
        client.get("/v1/registry/organizations", params={**query, **wanted}).json()["count"]
        for wanted in ({"is_operating": "true"}, {"operating_state": "operating"}, {"membership": "member"})
    ]
    assert listed[:2] == [548, 591]
    assert listed[2] >= 415


def test_the_certified_cooperatives_are_named(registry_of_all_scenarios: Loaded) -> None:
    client, _ = registry_of_all_scenarios
    query = {"indicators": "certified_cooperatives_vietgap", "province": "25-2008", **EIGHT_MONTHS}
    [figure] = values(client, **query).values()
    names = [item["name"] for item in client.get(figure["evidence"]).json()["items"]]
    assert "HTX DVNN – ĐN Vĩnh Lại" in names
    assert len(set(names)) == 4


def test_todays_province_answers_for_what_was_merged_into_it(registry_of_all_scenarios: Loaded) -> None:
    """Old Phú Thọ and Hòa Bình report; old Vĩnh Phúc has declared nothing, so the figure is a part and says so."""
    client, _ = registry_of_all_scenarios
    total = {
        province: values(client, indicators="cooperatives_total", province=province, **EIGHT_MONTHS)
        for province in ("25-2008", "17-2008", "26-2008", "25-2025")
    }
    by_province = {province: item["cooperatives_total", "province"] for province, item in total.items()}
    assert (by_province["26-2008"]["status"], by_province["26-2008"]["value"]) == ("not_reported", None)
    assert (by_province["25-2025"]["status"], by_province["25-2025"]["missing_provinces"]) == ("partial", ["26-2008"])
    assert by_province["25-2025"]["value"] == by_province["25-2008"]["value"] + by_province["17-2008"]["value"]


@pytest.mark.parametrize(
    ("province", "period", "indicator"),
    [
        ("25-2008", EIGHT_MONTHS, "cooperative_groups_total"),
        ("25-2008", EIGHT_MONTHS, "ocop_products_recognized"),
        ("40-2008", {"from": "2023-01-01", "to": "2023-12-31"}, "cooperatives_total"),
        ("40-2008", {"from": "2023-01-01", "to": "2023-06-30"}, "cooperatives_operating"),
        ("17-2008", {"from": "2023-01-01", "to": "2023-12-31"}, "alliance_member_cooperatives_total"),
        ("15-2008", {"from": "2020-01-01", "to": "2020-12-20"}, "cooperative_groups_total"),
        ("15-2008", {"from": "2020-01-01", "to": "2020-12-31"}, "cooperatives_new"),
    ],
)
def test_what_the_reports_do_not_tell_is_not_reported(
    registry_of_all_scenarios: Loaded, province: str, period: dict[str, str], indicator: str
) -> None:
    client, _ = registry_of_all_scenarios
    for figure in values(client, indicators=indicator, province=province, **period).values():
        assert (figure["status"], figure["value"], figure["evidence"]) == ("not_reported", None, None)


def test_a_real_name_is_found_as_people_type_it(registry_of_all_scenarios: Loaded) -> None:
    client, _ = registry_of_all_scenarios
    for typed, name in (
        ("htx vinh lai", "HTX DVNN – ĐN Vĩnh Lại"),
        ("6/12 dao thinh", "HTX 6/12 Đào Thịnh"),
        ("xanh 27/7", "HTX nông lâm nghiệp Xanh 27/7"),
    ):
        items = client.get("/v1/registry/organizations", params={"q": typed}).json()["items"]
        assert items[0]["name"] == name
