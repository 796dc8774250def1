"""What an organization reports for a period: entering it, what cannot be, what is worth a look."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.values.days import today
from tests.registry.builders import LE_LOI, ORGANIZATIONS, PATH, Make, a_statistic
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient

STATISTICS = f"{PATH}/organization-statistics"


async def test_a_row_says_the_days_of_its_period(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    income = {"amount_vnd": 4_540_000, "per": "month"}
    for period, first, last in (
        ("2023", "2023-01-01", "2023-12-31"),
        ("2023-H1", "2023-01-01", "2023-06-30"),
        ("S2022", "2021-12-15", "2022-12-14"),
        ("2023-Q4", "2023-10-01", "2023-12-31"),
    ):
        row = await make.statistic(organization, period=period, income_per_worker=income, profit_vnd=-5)
        assert (row.period_from, row.period_to, row.income_per_worker, row.profit_vnd) == (first, last, income, -5)
        assert (row.members_female, row.province_2008, row.province_2025) == (None, "25-2008", "25-2025")
    sorted_ = await every_item(registry, f"{STATISTICS}?sort=-period&organization_id={organization.id}")
    assert [row["period"] for row in sorted_][2:] == ["2023-H1", "S2022"]


async def test_rows_are_found_by_period_days_source_province_and_sector(registry: ApiClient, make: Make) -> None:
    farm = await make.organization(report_sector="agriculture")
    shop = await make.organization(report_sector="trade_service")
    far = await make.organization(commune=LE_LOI, report_sector="agriculture")
    for organization in (farm, shop, far):
        await make.statistic(organization, period="2022")
    await make.statistic(farm, period="2023-H1", source="tax", is_synthetic=True)
    nation = registry.as_(area="VN")

    async def found(query: str) -> list[tuple[str, str]]:
        names = {farm.id: "farm", shop.id: "shop", far.id: "far"}
        rows = await every_item(nation, f"{STATISTICS}?{query}")
        return [(names[row["organization_id"]], row["period"]) for row in rows]

    assert await found("period=2023-H1") == [("farm", "2023-H1")]
    assert await found("period=2022&province=25-2025") == [("farm", "2022"), ("shop", "2022")]
    assert await found("report_sector=agriculture&period=2022") == [("farm", "2022"), ("far", "2022")]
    assert await found("source=tax") == await found("is_synthetic=true") == [("farm", "2023-H1")]
    assert await found("period_from_gte=2023-01-01&period_to_lte=2023-06-30") == [("farm", "2023-H1")]
    assert await found("as_of=2023-06-29&province=40-2008") == [("far", "2022")]
    assert faults(await nation.get(f"{STATISTICS}?period=2022-H3")) == {("period", "not_a_period")}


async def test_a_period_has_one_row_whatever_its_code(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    row = await make.statistic(organization, period="2022")
    for period in ("2022", "2022-12M"):
        again = await registry.post(
            f"{ORGANIZATIONS}/{organization.id}/organization-statistics", json=a_statistic(period=period)
        )
        assert_problem(again, 409, "statistic_exists", organization_statistic_id=row.id, period=period)
    other = await make.statistic(organization, period="2023")
    moved = await registry.patch(f"{STATISTICS}/{other.id}", json={"period": "2022"}, headers=etag(other))
    assert_problem(moved, 409, "statistic_exists", organization_statistic_id=row.id)
    await registry.delete(f"{STATISTICS}/{row.id}", headers=etag(row))
    moved = await registry.patch(f"{STATISTICS}/{other.id}", json={"period": "2022"}, headers=etag(other))
    assert ok(moved)["period_to"] == "2022-12-31"


async def test_a_period_that_is_none_or_not_over_is_refused(registry: ApiClient, make: Make) -> None:
    path = f"{ORGANIZATIONS}/{(await make.organization()).id}/organization-statistics"
    for period, code in (
        ("2023-13", "not_a_period"),
        ("2023-H3", "not_a_period"),
        (str(today().year + 1), "period_not_begun"),
        (str(today().year), "period_not_ended"),
    ):
        assert faults(await registry.post(path, json=a_statistic(period=period))) == {("/period", code)}


async def test_a_period_in_which_the_organization_was_not_there_is_refused(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(registered_on="2020-05-01")
    await make.status(organization, "ended", on="2023-03-01")
    path = f"{ORGANIZATIONS}/{organization.id}/organization-statistics"
    for period in ("2019", "2020-Q1", "2023-Q2", "2024"):
        refused = await registry.post(path, json=a_statistic(period=period))
        assert faults(refused) == {("/period", "organization_not_there")}, period
    for period in ("2020", "2020-Q2", "2023-Q1", "2023"):
        ok(await registry.post(path, json=a_statistic(period=period)), 201)
    words = (await registry.post(path, json=a_statistic(period="2024"))).json()["errors"][0]["detail"]
    assert "01/03/2023" in words


async def test_an_organization_without_a_day_begins_with_its_first_figures(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(registered_on=None)
    row = await make.statistic(organization, period="2018")
    assert (await make.now(organization, as_of="2018-12-31")).name == organization.name
    gone = await registry.delete(f"{STATISTICS}/{row.id}", headers=etag(row))
    assert gone.status_code == 204
    assert_problem(await registry.get(f"{ORGANIZATIONS}/{organization.id}?as_of=2018-12-31"), 404, "not_found")


IMPOSSIBLE: list[tuple[dict[str, Any], set[tuple[str, str]]]] = [
    (
        {"revenue_internal_vnd": 1_500_000_000, "revenue_external_vnd": 400_000_000},
        {("/revenue_vnd", "not_the_sum")},
    ),
    ({"revenue_internal_vnd": 2_000_000_001}, {("/revenue_internal_vnd", "above_the_whole")}),
    (
        {"workers_female": 11, "workers_members": 12, "workers_insured": 10},
        {
            ("/workers_female", "above_the_whole"),
            ("/workers_members", "above_the_whole"),
        },
    ),
    (
        {"members_affiliate_capital": 0, "members_affiliate_noncapital": 0, "members_female": 26},
        {("/members_female", "above_the_whole")},
    ),
    (
        {
            "members_affiliate_capital": 0,
            "members_affiliate_noncapital": 0,
            "members_households": 20,
            "members_legal_entities": 6,
        },
        {("/members_households", "above_the_whole")},
    ),
    (
        {
            "managers_no_qualification": 0,
            "managers_elementary": 1,
            "managers_intermediate": 1,
            "managers_college": 0,
            "managers_university_or_higher": 0,
            "managers_female": 3,
        },
        {("/managers_female", "above_the_whole")},
    ),
    ({"charter_capital_vnd": 5, "paid_capital_vnd": 6}, {("/paid_capital_vnd", "above_the_whole")}),
    (
        {"period": "2022-H1", "income_per_worker": {"amount_vnd": 60_000_000, "per": "year"}},
        {("/income_per_worker", "longer_than_the_period")},
    ),
    (
        {"members_official": -1, "revenue_vnd": 0.5},
        {("/members_official", "too_small"), ("/revenue_vnd", "not_an_integer")},
    ),
    ({"income_per_worker": {"amount_vnd": 5, "per": "week"}}, {("/income_per_worker/per", "not_allowed")}),
    ({"source": None, "managers_share": 5}, {("/source", "not_a_string"), ("/managers_share", "unknown_field")}),
]


@pytest.mark.parametrize(("given", "expected"), IMPOSSIBLE, ids=["-".join(given) for given, _ in IMPOSSIBLE])
async def test_what_cannot_be_is_refused(
    registry: ApiClient, make: Make, given: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    path = f"{ORGANIZATIONS}/{(await make.organization()).id}/organization-statistics"
    assert faults(await registry.post(path, json=a_statistic(**given))) == expected


async def test_what_may_be_is_taken(registry: ApiClient, make: Make) -> None:
    """Of a whole that is known in part nobody can say that a part is above it."""
    row = await make.statistic(
        await make.organization(),
        members_female=30,
        workers_female=10,
        revenue_internal_vnd=500_000_000,
        revenue_external_vnd=1_500_000_000,
        managers_female=7,
        managers_college=2,
        paid_capital_vnd=5,
    )
    assert row.members_female == 30
    refused = await registry.patch(f"{STATISTICS}/{row.id}", json={"revenue_vnd": 7}, headers=etag(row))
    assert faults(refused) == {
        ("/revenue_internal_vnd", "above_the_whole"),
        ("/revenue_external_vnd", "above_the_whole"),
    }
    changed = await registry.patch(f"{STATISTICS}/{row.id}", json={"revenue_vnd": None}, headers=etag(row))
    assert ok(changed)["revenue_vnd"] is None


async def test_what_is_hardly_so_is_warned_of_with_its_numbers(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    path = f"{ORGANIZATIONS}/{organization.id}/organization-statistics"

    async def warned(**fields: Any) -> dict[tuple[str, str], str]:
        written = ok(await registry.post(path, json=a_statistic(**fields), headers={"Accept-Language": "en"}), 201)
        return {(each["code"], each["pointer"]): each["detail"] for each in written["warnings"]}

    assert await warned(period="2020") == {}
    assert await warned(period="2021", members_official=250, workers_regular=100, revenue_vnd=20_000_000_000) == {}
    leaps = await warned(period="2022", members_official=2501, workers_regular=9, revenue_vnd=200_000_000_001)
    assert leaps == {
        (
            "unlike_last_period",
            "/members_official",
        ): "Members: 2,501 in this period, 250 in 2021, more than ten times apart; check them.",
        (
            "unlike_last_period",
            "/workers_regular",
        ): "Workers: 9 in this period, 100 in 2021, more than ten times apart; check them.",
        (
            "unlike_last_period",
            "/revenue_vnd",
        ): "The revenue: 200,000,000,001 in this period, 20,000,000,000 in 2021, more than "
        "ten times apart; check them.",
    }
    # The half-year before it is no year, and a year after the last one is compared with that.
    assert await warned(period="2023-H1", members_official=2) == {}
    poor = await warned(
        period="2023-H2",
        workers_regular=2,
        members_official=2,
        managers_college=3,
        revenue_vnd=100_000_000,
        income_per_worker={"amount_vnd": 9_000_000, "per": "month"},
    )
    assert {("managers_above_workers", "/workers_regular"), ("income_above_revenue", "/income_per_worker")} <= set(poor)
    assert "108,000,000" in poor["income_above_revenue", "/income_per_worker"]
    vietnamese = ok(await registry.get(f"{STATISTICS}?period=2023-H2"))["items"][0]
    again = await registry.patch(
        f"{STATISTICS}/{vietnamese['id']}", json={"workers_regular": 1}, headers=etag(vietnamese)
    )
    assert "3 cán bộ quản lý mà chỉ 1 lao động" in ok(again)["warnings"][0]["detail"]


async def test_corrections_stay_in_the_history(registry: ApiClient, make: Make) -> None:
    row = await make.statistic(await make.organization())
    patch = {
        "revenue_vnd": 2_100_000_000,
        "income_per_worker": {"amount_vnd": 60_000_000, "per": "year"},
        "reason": "quyết toán",
    }
    ok(await registry.patch(f"{STATISTICS}/{row.id}", json=patch, headers=etag(row)))
    first, second = ok(await registry.get(f"{STATISTICS}/{row.id}/history"))["items"]
    assert first["content"]["revenue_vnd"] == 2_000_000_000
    assert (second["reason"], second["changed"]) == ("quyết toán", ["income_per_worker", "revenue_vnd"])


async def test_figures_follow_a_merge_unless_both_have_the_period(registry: ApiClient, make: Make) -> None:
    double, kept = await make.organization(), await make.organization()
    mine, theirs = await make.statistic(double, period="2022"), await make.statistic(kept, period="2022-12M")
    await make.statistic(double, period="2023")
    path, body = f"{ORGANIZATIONS}/{double.id}/deduplication", {"into": kept.id, "reason": "nhập hai lần"}
    refused = assert_problem(await registry.post(path, json=body), 409, "statistics_overlap")
    assert refused["statistics"] == [
        {"organization_statistic_id": mine.id, "overlaps_id": theirs.id, "period": "2022-12M"}
    ]
    await registry.delete(f"{STATISTICS}/{mine.id}", headers=etag(mine))
    ok(await registry.post(path, json=body), 201)
    rows = await every_item(registry, f"{STATISTICS}?organization_id={kept.id}&sort=period")
    assert [row["period"] for row in rows] == ["2022-12M", "2023"]
