"""Figures of reporting: each counts activities of one kind on their days, and opens to exactly these."""

from __future__ import annotations

from typing import Any

import pytest

from services.reporting.code_lists import MEDIA_CHANNELS, RECORD_TYPES
from services.reporting.coverages import KINDS, RECORDS
from services.reporting.indicators import INDICATORS
from tests.reporting.builders import COVERAGES, LE_LOI, OF_KIND, THAI_BINH, VALUES, Make, a_coverage
from tests.support.answers import ok
from tests.support.client import ApiClient

_BY_CHANNEL = {
    "newspaper": "media_items_newspaper_portal",
    "portal": "media_items_newspaper_portal",
    "broadcast_news": "media_news_broadcast",
    "broadcast_reportage": "media_reportages_broadcast",
    "vca_site": "media_items_vca_site",
    "own_channels": "media_items_own_channels",
}


async def _opened(client: ApiClient, figure: dict[str, Any]) -> set[str]:
    return {each["id"] for each in ok(await client.get(figure["evidence"]))["items"]}


async def test_each_channel_is_counted_in_one_figure_and_opens_to_its_items(reporting: ApiClient, make: Make) -> None:
    await make.coverage("media_items")
    items = {channel: await make.activity(channel=channel) for channel in MEDIA_CHANNELS}
    for code in dict.fromkeys(_BY_CHANNEL.values()):
        figure = await make.value(code)
        counted = {items[channel]["id"] for channel, of in _BY_CHANNEL.items() if of == code}
        assert (figure["value"], figure["unit"], figure["scope"]) == (len(counted), "item", "alliance")
        assert await _opened(reporting, figure) == counted


async def test_copies_and_households_are_summed_and_who_left_poverty_is_not_added(
    reporting: ApiClient, make: Make
) -> None:
    await make.coverage("bulletins", "household_supports")
    for quantity in (300, 200):
        await make.activity("bulletin", quantity=quantity)
    helped = [await make.activity("household_support", quantity=n, out_of_poverty=n) for n in (60, 47)]
    assert (await make.value("media_bulletin_copies"))["value"] == 500
    figure = await make.value("poor_households_supported")
    assert (figure["value"], figure["unit"]) == (107, "household")
    assert await _opened(reporting, figure) == {each["id"] for each in helped}
    shown = ok(await reporting.get(figure["evidence"]))["items"]
    assert {each["id"]: each["contribution"] for each in shown} == {each["id"]: each["quantity"] for each in helped}


async def test_projects_count_when_they_begin_and_the_scope_says_whose_they_are(make: Make) -> None:
    await make.coverage("science_projects", "contests")
    parts = ("alliance_led", "joint", "joint", "supported", "none", None)
    for part in parts:
        await make.activity("science_project", attribution=part)
    await make.activity("science_project", attribution="joint", happened_on="2022-12-31")
    code = "science_technology_projects"
    by_scope = {scope: (await make.value(code, scope=scope))["value"] for scope in INDICATORS.by_code[code].scopes}
    assert by_scope == {
        "joint": 2,
        "province": 6,
        "alliance": 5,
        "alliance_supported": 4,
        "alliance_led": 1,
        "supported": 1,
    }
    assert (await make.value(code))["scope"] == "joint"
    await make.activity("contest")
    await make.activity("contest", attribution="supported")
    assert (await make.value("media_contests"))["value"] == 1


async def test_a_merged_province_holds_what_lay_in_each_old_one_and_no_other_alliances(make: Make) -> None:
    await make.coverage("contests")
    await make.activity("contest")
    await make.activity("contest", commune_code=THAI_BINH)
    await make.activity("contest", commune_code=LE_LOI)
    assert (await make.value("media_contests"))["value"] == 2
    assert (await make.value("media_contests", province="17-2008"))["value"] == 1


@pytest.mark.parametrize("code", list(INDICATORS.by_code))
async def test_without_coverage_nothing_is_reported_and_with_it_nothing_is_zero(make: Make, code: str) -> None:
    assert (await make.value(code))["status"] == "not_reported"
    await make.coverage(*INDICATORS.by_code[code].needs)
    figure = await make.value(code)
    assert (figure["status"], figure["value"]) == ("reported", 0)


async def test_figures_are_grouped_by_channel_month_and_commune(reporting: ApiClient, make: Make) -> None:
    await make.coverage("media_items")
    await make.activity(channel="newspaper")
    await make.activity(
        channel="portal", happened_on="2023-06-01", commune_code=None, commune_map=None, province="25-2008"
    )

    async def grouped(by: str) -> dict[str | None, int]:
        params = {"indicators": "media_items_newspaper_portal", "from": "2023-01-01", "to": "2023-12-31"}
        params |= {"province": "25-2025", "group_by": by, "geography": "2008"}
        items = ok(await reporting.get(VALUES, params=params))["items"]
        return {each["group"]: each["value"] for each in items if each["value"]}

    assert await grouped("channel") == {"newspaper": 1, "portal": 1}
    assert await grouped("month") == {"2023-05": 1, "2023-06": 1}
    assert await grouped("commune") == {"07900-2008": 1, None: 1}


@pytest.mark.parametrize("record_type", RECORD_TYPES)
async def test_a_claim_over_no_records_is_warned_of_and_over_some_it_is_not(
    reporting: ApiClient, make: Make, record_type: str
) -> None:
    assert RECORDS.keys() == RECORD_TYPES.keys()
    empty = ok(await reporting.post(COVERAGES, json=a_coverage(record_type)), 201)
    assert [each["code"] for each in empty["warnings"]] == ["no_records"]
    assert KINDS[record_type] in OF_KIND
    await make.activity(KINDS[record_type])
    assert ok(await reporting.post(COVERAGES, json=a_coverage(record_type)), 201)["warnings"] == []
