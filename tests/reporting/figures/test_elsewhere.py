"""What other bodies report of the same thing stands beside the figure, never in its place."""

from __future__ import annotations

from typing import Any

import pytest

from tests.registry.builders import Make as RegistryMake
from tests.reporting.builders import FIGURES as REPORTED
from tests.reporting.builders import GIA_CAM, Make, a_figure
from tests.reporting.figures.conftest import Asking
from tests.support.answers import faults
from tests.support.client import ApiClient

YEAR = {"starts_on": "2023-01-01", "ends_on": "2023-12-31"}


async def test_it_stands_beside_the_figure_of_the_same_indicator_scope_place_and_days(
    ask: Asking, make: Make, register: RegistryMake
) -> None:
    await register.coverage(province="25-2025")
    reported = await make.figure(**YEAR, province="25-2025", value="1290", comparator="approx")
    await make.figure(**YEAR, province="25-2025", value="1300", source="Chi cục Phát triển nông thôn", document_on=None)
    item = await ask.one("cooperative_groups_new")
    assert item["value"] == 0
    first, second = item["reported_elsewhere"]
    assert first == {
        "value": 1290,
        "unit": "cooperative_group",
        "comparator": "approx",
        "source": "Sở Kế hoạch và Đầu tư",
        "document": reported["document_number"],
        "document_on": "2020-12-25",
        "reported_figure_id": reported["id"],
    }
    assert second["source"] == "Chi cục Phát triển nông thôn"


@pytest.mark.parametrize(
    ("fields", "is_shown"),
    [
        ({}, True),
        ({"scope": "alliance_led"}, False),
        ({"indicator": "cooperatives_new"}, False),
        ({"province": "25-2008"}, False),
        ({"province": "40-2025"}, False),
        ({"starts_on": "2023-02-01"}, False),
        ({"ends_on": "2023-11-30"}, False),
        ({"province": None, "commune_code": GIA_CAM, "commune_map": "2008"}, False),
    ],
)
async def test_of_anything_else_it_is_not_shown(
    ask: Asking, make: Make, fields: dict[str, Any], is_shown: bool
) -> None:
    await make.figure(**{**YEAR, "province": "25-2025", **fields})
    assert len((await ask.one("cooperative_groups_new"))["reported_elsewhere"]) == is_shown


@pytest.mark.parametrize(("entered", "asked"), [("40-2008", "40-2025"), ("40-2025", "40-2008")])
async def test_a_province_that_was_not_merged_is_the_same_on_both_maps(
    reporting: ApiClient, make: Make, entered: str, asked: str
) -> None:
    await make.figure(**YEAR, province=entered)
    item = await Asking(reporting.as_(area="VN")).one("cooperative_groups_new", province=asked)
    assert len(item["reported_elsewhere"]) == 1


async def test_a_stock_is_of_its_last_day_however_the_report_began(ask: Asking, make: Make) -> None:
    stock = {"indicator": "cooperatives_total", "unit": "cooperative", "province": "25-2025"}
    await make.figure(**stock, starts_on="2023-12-31", ends_on="2023-12-31", value="698")
    assert [each["value"] for each in (await ask.one("cooperatives_total"))["reported_elsewhere"]] == [698]


async def test_money_is_said_in_the_figures_own_unit(ask: Asking, make: Make) -> None:
    amount = {"indicator": "loan_amount_disbursed", "scope": "alliance", "province": "25-2025", **YEAR}
    await make.figure(**amount, value="13200.5", unit="million_vnd")
    for money, value in (("vnd", 13_200_500_000), ("million_vnd", 13200.5)):
        (other,) = (await ask.one("loan_amount_disbursed", money=money))["reported_elsewhere"]
        assert (other["value"], other["unit"]) == (value, money)


async def test_grouped_by_province_commune_or_month_each_has_its_own(reporting: ApiClient, make: Make) -> None:
    await make.figure(**YEAR, province="25-2008", value="7")
    await make.figure(**YEAR, province=None, commune_code=GIA_CAM, commune_map="2008", value="3")
    await make.figure(starts_on="2023-05-01", ends_on="2023-05-31", province="25-2025", value="2")
    await make.figure(**YEAR, indicator="training_classes", unit="class", province="25-2025", value="9")
    ask = Asking(reporting)

    async def beside(group_by: str, code: str = "cooperative_groups_new") -> dict[str | None, list[float]]:
        items = await ask.items(code, group_by=group_by, geography="2008")
        return {
            each["group"]: [other["value"] for other in each["reported_elsewhere"]]
            for each in items
            if each["reported_elsewhere"]
        }

    assert await beside("province") == {"25-2008": [7]}
    assert await beside("month") == {"2023-05": [2]}
    assert await beside("topic", "training_classes") == {}


async def test_two_bodies_disagree_of_the_nation_and_only_the_nation_reads_it(reporting: ApiClient, make: Make) -> None:
    nation = {"indicator": "cooperatives_total", "unit": "cooperative", "province": "VN", "starts_on": "2022-01-01"}
    for value, day, source in (
        ("29021", "2022-11-30", "Liên minh Hợp tác xã Việt Nam"),
        ("29378", "2022-12-31", "Bộ Kế hoạch và Đầu tư"),
        ("29021", "2022-12-31", "Liên minh Hợp tác xã Việt Nam"),
    ):
        made = await make.figure(**nation, ends_on=day, value=value, source=source, document_on=None)
        assert (made["province"], made["province_2025"], made["alliance"]) == ("VN", "VN", "VN")
    days = {"from": "2022-01-01", "to": "2022-12-31"}
    for province in ("VN", None):
        item = await Asking(reporting.as_(area="VN")).one("cooperatives_total", province=province, **days)
        beside = {(each["source"], each["value"]) for each in item["reported_elsewhere"]}
        assert beside == {("Bộ Kế hoạch và Đầu tư", 29378), ("Liên minh Hợp tác xã Việt Nam", 29021)}
    assert (await Asking(reporting).one("cooperatives_total", **days))["reported_elsewhere"] == []


async def test_an_officer_of_a_province_enters_nothing_of_the_nation(reporting: ApiClient) -> None:
    answer = await reporting.post(REPORTED, json=a_figure(province="VN"))
    assert faults(answer) == {("/province", "outside_area")}


async def test_what_another_alliances_place_is_reported_with_is_not_told(ask: Asking, make: Make) -> None:
    await make.figure(**YEAR, province="40-2025")
    item = await ask.one("cooperative_groups_new", province="40-2025")
    assert (item["status"], item["reported_elsewhere"]) == ("outside_area", [])
