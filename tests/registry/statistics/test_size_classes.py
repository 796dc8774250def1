"""How large an organization was in a year: derived, by the thresholds of the date."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.registry import code_lists as codes
from services.registry.statistics.size_classes import SECTOR_OF, size_class, thresholds
from tests.registry.builders import LE_LOI, ORGANIZATIONS, Make, Record
from tests.support.answers import assert_problem, faults, ok
from tests.support.client import ApiClient

BN = 1_000_000_000
DAY = date(2025, 12, 31)


@pytest.mark.parametrize(
    ("sector", "members", "revenue", "capital", "expected"),
    [
        ("agriculture", 300, 50 * BN, 0, ("large", None)),
        ("agriculture", 300, 0, 10 * BN, ("large", None)),
        ("agriculture", 299, 50 * BN, 10 * BN, ("medium", None)),
        ("agriculture", 300, 50 * BN - 1, 10 * BN - 1, ("medium", None)),
        ("agriculture", 200, 10 * BN - 1, 5 * BN - 1, ("small", None)),
        ("agriculture", 50, 2 * BN, None, ("small", None)),
        ("agriculture", 49, None, None, ("micro", None)),
        ("agriculture", 5000, 2 * BN - 1, BN - 1, ("micro", None)),
        ("agriculture", 300, 50 * BN - 1, None, (None, "statistics_missing")),
        ("agriculture", None, 5 * BN, 5 * BN, (None, "statistics_missing")),
        ("agriculture", None, 0, 0, ("micro", None)),
        ("industry_construction", 100, 80 * BN, None, ("large", None)),
        ("industry_construction", 99, 80 * BN, None, (None, "thresholds_missing")),
        ("finance", 100, 80 * BN, BN, (None, "thresholds_missing")),
        ("trade_service_other", None, None, None, (None, "thresholds_missing")),
    ],
)
def test_members_and_either_money_decide(
    sector: str, members: int | None, revenue: int | None, capital: int | None, expected: tuple[str | None, str | None]
) -> None:
    assert size_class(thresholds(), DAY, sector, members, revenue, capital) == expected


def test_before_the_decree_there_are_no_thresholds() -> None:
    assert size_class(thresholds(), date(2024, 10, 31), "agriculture", 10, 0, 0) == (None, "thresholds_missing")
    assert size_class(thresholds(), date(2024, 11, 1), "agriculture", 10, 0, 0) == ("micro", None)


def test_every_report_sector_has_one_of_the_decree() -> None:
    assert set(SECTOR_OF) == set(codes.REPORT_SECTORS)
    assert set(SECTOR_OF.values()) == {each.sector for each in thresholds()} == set(codes.SIZE_SECTORS)


async def read(client: ApiClient, organization: Record, year: int) -> dict[str, Any]:
    return ok(await client.get(f"{ORGANIZATIONS}/{organization.id}/size-class?year={year}"))


async def test_the_size_follows_from_the_figures_of_the_year(registry: ApiClient, make: Make) -> None:
    farm = await make.organization(report_sector="agriculture")
    assert (await read(registry, farm, 2024))["reason"] == "statistics_missing"
    row = await make.statistic(farm, period="S2024", members_official=60, revenue_vnd=2 * BN)
    found = await read(registry, farm, 2024)
    assert (found["size_class"], found["reason"], found["organization_statistic_id"]) == ("small", None, row.id)
    year = await make.statistic(farm, period="2024", members_official=210, revenue_vnd=0, assets_vnd=5 * BN)
    found = await read(registry, farm, 2024)
    assert (found["size_class"], found["organization_statistic_id"], found["sector"]) == (
        "medium",
        year.id,
        "agriculture",
    )
    await make.statistic(farm, period="2023", members_official=210, revenue_vnd=0, assets_vnd=5 * BN)
    assert (await read(registry, farm, 2023))["reason"] == "thresholds_missing"


async def test_what_has_no_size_says_why(registry: ApiClient, make: Make) -> None:
    assert (await read(registry, await make.group(report_sector="agriculture"), 2024))["reason"] == "not_classified"
    plain = await make.organization()
    assert (await read(registry, plain, 2024))["reason"] == "sector_missing"
    path = f"{ORGANIZATIONS}/{plain.id}/size-class"
    assert faults(await registry.get(path)) == {("year", "required")}
    assert faults(await registry.get(f"{path}?year=99999")) == {("year", "too_large")}
    own = registry.as_(scope="own.read", organization_id=plain.id)
    assert (await read(own, plain, 2024))["size_class"] is None
    for other in (await make.organization(), await make.organization(commune=LE_LOI)):
        assert_problem(await own.get(f"{ORGANIZATIONS}/{other.id}/size-class?year=2024"), 404, "not_found")
