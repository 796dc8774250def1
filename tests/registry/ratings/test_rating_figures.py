"""The share of cooperatives rated good or fair: of those that were rated, once each, when another person confirmed it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.registry.builders import PATH, THAI_BINH, Make, Record
from tests.registry.reports import figures
from tests.support.answers import every_item, ok
from tests.support.client import ApiClient

SHARE = "cooperatives_good_fair_share"
YEAR = {"from": "2023-01-01", "to": "2023-12-31", "province": "25-2008"}


async def share(registry: ApiClient, **params: Any) -> dict[str, Any]:
    (item,) = (await figures(registry, **{**YEAR, "indicators": SHARE, **params})).values()
    return item


@pytest.fixture
async def rated(make: Make) -> list[Record]:
    """Three cooperatives of old Phú Thọ: good, fair and weak in 2023."""
    await make.coverage()
    organizations = [await make.organization(report_sector="agriculture") for _ in range(3)]
    for organization, score in zip(organizations, ("80", "65", "49.99"), strict=True):
        await make.confirmed_rating(organization, score=score)
    return organizations


async def test_good_and_fair_are_divided_by_all_that_were_rated(
    registry: ApiClient, make: Make, rated: list[Record]
) -> None:
    # Not rated, not confirmed, of another year, of another province: none of them counts.
    await make.confirmed_rating(await make.organization(), score=None, not_rated_reason="under_12_months")
    await make.rating(await make.organization(), score="90")
    await make.confirmed_rating(await make.organization(), score="90", year=2022, rated_on=None)
    await make.confirmed_rating(await make.organization(commune=THAI_BINH), score="90")
    item = await share(registry)
    assert (item["value"], item["numerator"], item["denominator"]) == (66.6667, 2, 3)
    assert item["reported_by"] == {"organizations": 3, "of": 6}
    evidence = await every_item(registry, item["evidence"])
    assert sorted((each["band"], each["contribution"]) for each in evidence) == [("fair", 1), ("good", 1), ("weak", 0)]
    assert ok(await registry.get(f"{item['evidence']}&count=exact"))["count"] == 3


async def test_weak_ones_are_divided_by_the_same_ratings(registry: ApiClient, make: Make, rated: list[Record]) -> None:
    item = await share(registry, indicators="cooperatives_weak_share")
    assert (item["value"], item["numerator"], item["denominator"]) == (33.3333, 1, 3)
    evidence = await every_item(registry, item["evidence"])
    assert sorted((each["band"], each["contribution"]) for each in evidence) == [("fair", 0), ("good", 0), ("weak", 1)]
    await make.confirmed_rating(rated[0], scheme="circular_09_2017", score="20")
    assert (await share(registry, indicators="cooperatives_weak_share"))["numerator"] == 2


async def test_one_that_two_schemes_rated_counts_once_by_the_lower_points(
    registry: ApiClient, make: Make, rated: list[Record]
) -> None:
    await make.confirmed_rating(rated[0], scheme="circular_09_2017", score="64")
    item = await share(registry)
    assert (item["numerator"], item["denominator"]) == (1, 3)


async def test_unions_and_peoples_credit_funds_are_kept_apart(
    registry: ApiClient, make: Make, rated: list[Record]
) -> None:
    await make.confirmed_rating(await make.union(), score="90")
    await make.confirmed_rating(await make.organization(is_credit_fund=True), score="90")
    item = await share(registry)
    assert (item["denominator"], item["reported_by"]) == (3, {"organizations": 3, "of": 3})


async def test_of_how_many_is_not_told_where_these_are_not_known(registry: ApiClient, make: Make) -> None:
    await make.coverage(record_types=["ratings"])
    await make.confirmed_rating(await make.organization())
    assert (await share(registry))["reported_by"] == {"organizations": 1, "of": None}


async def test_a_year_counts_where_its_last_day_is_asked_for(
    registry: ApiClient, make: Make, rated: list[Record]
) -> None:
    assert (await share(registry, to="2023-12-30"))["value"] is None
    assert (await share(registry, **{"from": "2023-12-31"}))["denominator"] == 3
    years = await figures(registry, **{**YEAR, "from": "2022-01-01"}, indicators=SHARE, group_by="year")
    assert {group: item["value"] for (_, _, group), item in years.items()} == {"2022": None, "2023": 66.6667}


async def test_without_coverage_nothing_is_said(registry: ApiClient, make: Make) -> None:
    await make.confirmed_rating(await make.organization(), score="90")
    assert (await share(registry))["status"] == "not_reported"
    records = ok(await registry.get(f"{PATH}/indicators"))["items"]
    (told,) = [each for each in records if each["code"] == SHARE]
    assert (told["unit"], told["kind"]) == ("percent", "flow")
