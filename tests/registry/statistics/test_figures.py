"""Figures of what organizations report: stocks of the newest period, averages of exactly the asked one, shares."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.database.connections import Database
from kernel.values.ids import new_id
from tests.registry.builders import PATH, THAI_BINH, Make, Record, a_statistic
from tests.registry.reports import VALUES, figures
from tests.support.answers import assert_problem, every_item, faults, ok
from tests.support.client import ApiClient

YEAR = {"from": "2023-01-01", "to": "2023-12-31", "province": "25-2008"}
STATISTICS = f"{PATH}/organization-statistics"
VAY_NUA = "04891"
"""In old Hòa Bình; divided between two communes of 2025."""


@pytest.fixture
async def covered(make: Make) -> None:
    """Old Phú Thọ and old Hòa Bình, whose records hold everything."""
    for province in ("25-2008", "17-2008"):
        await make.coverage(province=province, covered_from="2015-01-01")


async def figure(client: ApiClient, indicator: str, **params: Any) -> dict[str, Any]:
    """Return one figure, the only one."""
    (item,) = (await figures(client, indicators=indicator, **{**YEAR, **params})).values()
    return item


async def value(client: ApiClient, indicator: str, **params: Any) -> Any:
    return (await figure(client, indicator, **params))["value"]


async def evidence(client: ApiClient, item: dict[str, Any]) -> list[dict[str, Any]]:
    return await every_item(client, item["evidence"])


def income(amount_vnd: int, per: str = "month") -> dict[str, Any]:
    return {"amount_vnd": amount_vnd, "per": per}


@pytest.mark.usefixtures("covered")
async def test_a_stock_takes_the_newest_period_of_the_last_18_months(registry: ApiClient, make: Make) -> None:
    one, other = await make.organization(), await make.organization()
    await make.statistic(one, period="2021", members_official=10)
    newer = await make.statistic(one, period="2022", members_official=20, members_affiliate_capital=3)
    await make.statistic(one, period="2023-H1", members_official=None, workers_regular=7)
    await make.statistic(other, period="2022-H1", members_official=100)
    total = await figure(registry, "cooperative_members_total", to="2023-12-31")
    assert (total["value"], total["unit"]) == (123, "member")
    assert total["reported_by"] == {"organizations": 2, "of": 2}
    rows = await evidence(registry, total)
    assert {(row["organization_id"], row["period"], row["contribution"]) for row in rows} == {
        (one.id, "2022", 23),
        (other.id, "2022-H1", 100),
    }
    # 30 June 2022 is 18 months before 31 December 2023, and not before 1 January 2024.
    later = await figure(registry, "cooperative_members_total", to="2024-01-01")
    assert (later["value"], later["reported_by"]) == (23, {"organizations": 1, "of": 2})
    assert [row["id"] for row in await evidence(registry, later)] == [newer.id]
    # A period that ends after the day is not known on it.
    assert await value(registry, "cooperative_members_total", **{"from": "2022-01-01", "to": "2022-12-30"}) == 110
    workers = await figure(registry, "cooperative_workers_total")
    assert {row["period"] for row in await evidence(registry, workers)} == {"2023-H1", "2022-H1"}
    assert workers["value"] == 17


@pytest.mark.usefixtures("covered")
async def test_members_and_workers_are_of_those_that_stand(registry: ApiClient, make: Make) -> None:
    for made, members in ((await make.organization(), 10), (await make.group(), 20), (await make.union(), 3)):
        await make.statistic(made, period="2023", members_official=members, workers_regular=members * 2)
    ended = await make.organization()
    await make.statistic(ended, period="2022", members_official=500)
    await make.status(ended, "ended", on="2023-05-01")
    moved = await make.organization()
    await make.statistic(moved, period="2022", members_official=1000, workers_regular=1)
    await make.move(moved, THAI_BINH, on="2023-05-01")
    assert await value(registry, "cooperative_members_total") == 10
    assert await value(registry, "cooperative_group_members_total") == 20
    assert await value(registry, "collective_members_total") == 33
    assert await value(registry, "cooperative_workers_total") == 20
    assert await value(registry, "collective_workers_total") == 66
    assert await value(registry, "cooperative_members_total", to="2023-04-30") == 1500
    assert await value(registry, "cooperative_members_total", province="17-2008") == 1000
    by_type = await figures(registry, indicators="collective_members_total", group_by="type", **YEAR)
    assert {item["group"]: item["value"] for item in by_type.values()} == {
        "cooperative": 10,
        "cooperative_group": 20,
        "cooperative_union": 3,
    }
    months = await figures(registry, indicators="cooperative_members_total", group_by="quarter", **YEAR)
    assert [item["value"] for item in months.values()] == [1500, None, None, 10]


@pytest.mark.usefixtures("covered")
async def test_an_average_takes_rows_of_exactly_the_days_asked(registry: ApiClient, make: Make) -> None:
    one, other, group = await make.organization(), await make.organization(), await make.group()
    await make.organization()
    for organization, revenue, profit in ((one, 100, -40), (other, 301, 10), (group, 7, None)):
        await make.statistic(organization, period="2023-H1", revenue_vnd=revenue, profit_vnd=profit)
        await make.statistic(organization, period="2023", revenue_vnd=revenue * 3)
    await make.statistic(one, period="S2023", revenue_vnd=5000)
    half = {"to": "2023-06-30"}
    mean = await figure(registry, "avg_revenue_per_cooperative", **half)
    assert (mean["value"], mean["unit"], mean["numerator"], mean["denominator"]) == (200.5, "vnd_per_half_year", 401, 2)
    assert mean["reported_by"] == {"organizations": 2, "of": 3}
    assert [row["contribution"] for row in await evidence(registry, mean)] == [100, 301]
    assert await value(registry, "avg_revenue_per_cooperative_group", **half) == 7
    assert await value(registry, "avg_profit_per_cooperative", **half) == -15
    year = await figure(registry, "avg_revenue_per_cooperative")
    assert (year["value"], year["unit"]) == (601.5, "vnd_per_year")
    statistical = {"from": "2022-12-15", "to": "2023-12-14"}
    mean = await figure(registry, "avg_revenue_per_cooperative", **statistical)
    assert (mean["value"], mean["unit"]) == (5000, "vnd_per_year")
    eight = await figure(registry, "avg_revenue_per_cooperative", to="2023-08-31")
    assert (eight["value"], eight["unit"], eight["reported_by"]["organizations"]) == (None, "vnd_per_period", 0)
    by_year = await figures(registry, indicators="avg_revenue_per_cooperative", group_by="year", **YEAR)
    assert [(item["value"], item["group"], item["unit"]) for item in by_year.values()] == [
        (601.5, "2023", "vnd_per_year")
    ]
    by_month = await figures(registry, indicators="avg_revenue_per_cooperative", group_by="month", **YEAR)
    assert {item["value"] for item in by_month.values()} == {None}


@pytest.mark.usefixtures("covered")
async def test_an_average_is_told_as_of_those_that_stand_though_others_are_in_it(
    registry: ApiClient, make: Make
) -> None:
    standing, ended = await make.organization(), await make.organization()
    for organization, revenue in ((standing, 10), (ended, 30)):
        await make.statistic(organization, period="2023", revenue_vnd=revenue)
    await make.status(ended, "ended", on="2023-11-01")
    mean = await figure(registry, "avg_revenue_per_cooperative")
    assert (mean["value"], mean["denominator"], mean["reported_by"]) == (20, 2, {"organizations": 1, "of": 1})


@pytest.mark.usefixtures("covered")
async def test_what_may_lie_in_a_commune_is_counted_and_not_summed_up_in_money(registry: ApiClient, make: Make) -> None:
    for revenue in (1_000_000, 3_000_000):
        await make.statistic(await make.organization(commune=VAY_NUA), period="2023", revenue_vnd=revenue)
    by_commune = {"province": "17-2008", "group_by": "commune", "geography": "2025"}
    items = await figures(registry, indicators="avg_revenue_per_cooperative", **{**YEAR, **by_commune})
    doubtful = {item["group"]: item["uncertain_count"] for item in items.values() if item["uncertain_count"]}
    assert doubtful == {"04828-2025": 2, "04891-2025": 2}


@pytest.mark.usefixtures("covered")
async def test_income_is_weighted_by_workers_and_compared_with_the_year_before(registry: ApiClient, make: Make) -> None:
    one, other, third = [await make.organization() for _ in range(3)]
    # 4.54 million a month: one of 30 workers at 5.0, one of 20 at 3.85, the latter's for a year.
    await make.statistic(one, period="2023", workers_regular=30, income_per_worker=income(5_000_000))
    await make.statistic(other, period="2023", workers_regular=20, income_per_worker=income(46_200_000, "year"))
    await make.statistic(third, period="2023", workers_regular=None, income_per_worker=income(90_000_000))
    await make.statistic(one, period="2022", workers_regular=10, income_per_worker=income(26_047_044, "half_year"))
    mean = await figure(registry, "avg_income_per_cooperative_worker")
    assert (mean["value"], mean["unit"], mean["unit_label"]) == (4_540_000, "vnd_per_person_month", "Đồng/người/tháng")
    assert mean["reported_by"] == {"organizations": 2, "of": 3}
    assert {row["organization_id"] for row in await evidence(registry, mean)} == {one.id, other.id}
    growth = await figure(registry, "avg_income_per_cooperative_worker_growth")
    assert (growth["value"], growth["unit"]) == (4.58, "percent_vs_previous_year")
    assert (growth["numerator"], growth["denominator"]) == (None, None)
    shown = await figure(registry, "avg_income_per_cooperative_worker", per="year", money="million_vnd")
    assert (shown["value"], shown["unit"]) == (54.48, "million_vnd_per_person_year")
    assert shown["numerator"] / shown["denominator"] == pytest.approx(54.48)
    half = await figure(registry, "avg_income_per_cooperative_worker", per="half_year", previous="year")
    assert (half["value"], half["previous"]["value"], half["change"]) == (27_240_000, 26_047_044, 1_192_956)
    assert half["change_percent"] == growth["value"]
    million = await figure(registry, "avg_income_per_cooperative_worker", money="million_vnd")
    assert (million["value"], million["unit"]) == (4.54, "million_vnd_per_person_month")


async def test_a_growth_compares_the_provinces_that_both_years_are_known_of(registry: ApiClient, make: Make) -> None:
    await make.coverage(province="25-2008", covered_from="2021-01-01")
    await make.coverage(province="17-2008", covered_from="2023-01-01")
    one, other = await make.organization(), await make.organization(commune=THAI_BINH)
    for organization, period, amount in (
        (one, "2022", 4_000_000),
        (one, "2023", 5_000_000),
        (other, "2023", 9_000_000),
    ):
        await make.statistic(organization, period=period, income_per_worker=income(amount))
    asked = {"province": "25-2025"}
    for params in (asked, {**asked, "group_by": "year"}, {"province": "", "group_by": "province", "geography": "2025"}):
        query = {name: text for name, text in {**YEAR, **params}.items() if text}
        items = await figures(registry, indicators="avg_income_per_cooperative_worker_growth", **query)
        (growth,) = (item for item in items.values() if item["value"] is not None)
        assert (growth["value"], growth["status"]) == (25, "partial")
        assert growth["missing_provinces"] == ["17-2008", "26-2008"]
        assert {row["organization_id"] for row in await evidence(registry, growth)} == {one.id}


@pytest.mark.usefixtures("covered")
async def test_an_income_for_longer_than_the_days_is_no_figure(registry: ApiClient, make: Make) -> None:
    await make.statistic(await make.organization(), period="2023-H1", income_per_worker=income(4_000_000))
    half = {**YEAR, "to": "2023-06-30", "indicators": "avg_income_per_cooperative_worker"}
    refused = await registry.get(VALUES, params={**half, "per": "year"})
    assert faults(refused) == {("per", "longer_than_the_period")}
    assert await value(registry, "avg_income_per_cooperative_worker", to="2023-06-30", per="half_year") == 24_000_000
    by_quarter = {**YEAR, "indicators": half["indicators"], "group_by": "quarter", "per": "half_year"}
    assert faults(await registry.get(VALUES, params=by_quarter)) == {("per", "longer_than_the_period")}
    wrong = await registry.get(VALUES, params={**half, "per": "week", "money": "usd"})
    assert faults(wrong) == {("per", "not_allowed"), ("money", "not_allowed")}
    # Revenue is of the days asked, whatever income is shown per.
    assert (await figure(registry, "avg_revenue_per_cooperative", per="year"))["unit"] == "vnd_per_year"


@pytest.mark.usefixtures("covered")
async def test_credit_funds_are_apart_from_averages_unless_grouped_by(registry: ApiClient, make: Make) -> None:
    farm = await make.organization()
    fund = await make.organization(is_credit_fund=True, report_sector="credit_fund")
    managers = {
        "managers_no_qualification": 0,
        "managers_elementary": 1,
        "managers_intermediate": 1,
        "managers_college": 0,
        "managers_university_or_higher": 0,
    }
    await make.statistic(
        farm, period="2023", revenue_vnd=100, workers_regular=1, income_per_worker=income(4_000_000), **managers
    )
    await make.statistic(
        fund,
        period="2023",
        revenue_vnd=900,
        workers_regular=9,
        income_per_worker=income(12_500_000),
        **{**managers, "managers_university_or_higher": 8},
    )
    mean = await figure(registry, "avg_revenue_per_cooperative")
    assert (mean["value"], mean["reported_by"]) == (100, {"organizations": 1, "of": 1})
    assert await value(registry, "avg_income_per_cooperative_worker") == 4_000_000
    assert await value(registry, "managers_share_college_or_higher") == 0
    assert await value(registry, "cooperative_workers_total") == 10
    assert await value(registry, "cooperatives_without_credit_funds") == 1
    apart = await figures(
        registry,
        indicators="avg_income_per_cooperative_worker,managers_share_college_or_higher,cooperatives_without_credit_funds",
        group_by="is_credit_fund",
        **YEAR,
    )
    assert {(code, group): item["value"] for (code, _, group), item in apart.items()} == {
        ("avg_income_per_cooperative_worker", "false"): 4_000_000,
        ("avg_income_per_cooperative_worker", "true"): 12_500_000,
        ("managers_share_college_or_higher", "false"): 0,
        ("managers_share_college_or_higher", "true"): 80,
        ("cooperatives_without_credit_funds", "false"): 1,
        ("cooperatives_without_credit_funds", "true"): 1,
    }
    item = apart["avg_income_per_cooperative_worker", "25-2008", "true"]
    assert (item["group_label"], item["reported_by"]) == ("Quỹ tín dụng nhân dân", {"organizations": 1, "of": 1})
    assert [row["organization_id"] for row in await evidence(registry, item)] == [fund.id]


@pytest.mark.usefixtures("covered")
async def test_shares_of_managers_are_of_those_whose_qualifications_are_all_known(
    registry: ApiClient, make: Make
) -> None:
    known = {
        "managers_no_qualification": 150,
        "managers_elementary": 200,
        "managers_intermediate": 948,
        "managers_college": 301,
        "managers_university_or_higher": 401,
    }
    await make.statistic(await make.organization(), period="2023", **known)
    await make.statistic(await make.organization(), period="2023", managers_college=50)
    share = await figure(registry, "managers_share_college_or_higher")
    assert (share["value"], share["numerator"], share["denominator"], share["unit"]) == (35.1, 702, 2000, "percent")
    assert share["reported_by"] == {"organizations": 1, "of": 2}
    assert await value(registry, "managers_share_intermediate_or_higher") == 82.5
    assert await value(registry, "managers_share_elementary_intermediate") == 57.4


async def test_without_coverage_nothing_is_reported(registry: ApiClient, make: Make) -> None:
    await make.statistic(await make.organization(), period="2023")
    await make.coverage(record_types=["cooperatives"])
    for indicator in ("cooperative_members_total", "avg_revenue_per_cooperative"):
        item = await figure(registry, indicator)
        assert (item["status"], item["value"], item["reported_by"]) == ("not_reported", None, None)
    away = await registry.as_(area="40-2025").get(VALUES, params={**YEAR, "indicators": "avg_revenue_per_cooperative"})
    assert ok(away)["items"][0]["status"] == "outside_area"
    own = registry.as_(scope="own.read", organization_id=new_id())
    assert_problem(await own.get(VALUES, params=YEAR), 403, "scope_missing")


REVENUES = st.lists(
    st.tuples(st.integers(0, 900_000_000_000), st.integers(0, 500), st.booleans()), min_size=1, max_size=8
)


@pytest.mark.usefixtures("covered")
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reports=REVENUES)
async def test_a_merged_provinces_average_is_of_all_rows(
    registry: ApiClient, make: Make, db: Database, reports: list[tuple[int, int, bool]]
) -> None:
    """Not of the averages of its parts; and no order or place of the rows matters."""
    await db.execute("DELETE FROM organization_statistic")
    homes: list[Record] = [
        await make.organization(commune=THAI_BINH) if there else await make.organization() for _, _, there in reports
    ]
    items = [
        a_statistic(
            organization_id=home.id,
            period="2023",
            revenue_vnd=amount,
            workers_regular=workers,
            income_per_worker=income(amount),
        )
        for home, (amount, workers, _) in zip(homes, reports, strict=True)
    ]
    await make.batch("organization-statistics", items)
    mean = await figure(registry, "avg_revenue_per_cooperative", province="25-2025")
    whole = Fraction(sum(amount for amount, _, _ in reports), len(reports))
    assert abs(Fraction(Decimal(str(mean["value"]))) - whole) <= Fraction(1, 1000)
    weighted = await figure(registry, "avg_income_per_cooperative_worker", province="25-2025")
    workers = sum(each for _, each, _ in reports)
    if workers == 0:
        assert weighted["value"] is None
    else:
        expected = Fraction(sum(amount * each for amount, each, _ in reports), workers)
        assert abs(Fraction(Decimal(str(weighted["value"]))) - expected) <= Fraction(1, 1000)
