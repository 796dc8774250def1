"""Figures of the funds: what counts in a period or on a day, and the records behind each."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.database.connections import Database
from services.funds.capital.coverages import RECORDS
from services.funds.code_lists import RECORD_TYPES
from services.funds.engine.debt_groups import debt_group, is_npl
from services.funds.indicators import INDICATORS, npl_condition
from tests.funds.builders import MILLION, PATH, Make, a_coverage, a_repayment, a_tranche, keyed
from tests.support.answers import assert_problem, ok
from tests.support.client import ApiClient
from tests.support.plans import recorded

PERIOD = "from=2023-01-01&to=2023-08-31&province=25-2008"


async def values(client: ApiClient, query: str = PERIOD) -> dict[str, dict[str, Any]]:
    items = ok(await client.get(f"{PATH}/indicator-values?{query}"))["items"]
    return {item["indicator"]: item for item in items}


async def evidence(client: ApiClient, address: str) -> list[dict[str, Any]]:
    page = ok(await client.get(f"{address}&limit=200"))
    assert page["next_cursor"] is None
    return list(page["items"])


async def lent(funds: ApiClient, make: Make) -> dict[str, Any]:
    """Lend: one loan in two tranches, one late and overdue, one taken over, one by another lender, one before the period."""
    fund, borrower = await make.rich_fund(), await make.borrower()
    await make.create("coverages", a_coverage())
    two = await make.contract(fund, 100 * MILLION, borrower=borrower)
    for amount, day in ((60, "2023-03-02"), (40, "2023-05-02")):
        await make.money(f"loans/{two.id}/disbursements", a_tranche(amount * MILLION, disbursed_on=day))
    paid = await make.money(f"loans/{two.id}/repayments", a_repayment(70 * MILLION, paid_on="2023-08-20"))
    late = await make.loan(fund, 24 * MILLION)
    old = await make.opened(fund, borrower)
    elsewhere = await make.loan(fund, 50 * MILLION, channel="entrusted_out")
    await make.create(
        f"loans/{elsewhere.id}/balance-statements", {"as_of": "2023-06-30", "outstanding_vnd": 45 * MILLION}
    )
    return {"fund": fund, "two": two, "late": late, "old": old, "elsewhere": elsewhere, "paid": paid}


async def test_projects_count_once_turns_each_time_and_an_opening_not_at_all(funds: ApiClient, make: Make) -> None:
    lending = await lent(funds, make)
    figures = await values(funds)
    assert figures["loan_projects_disbursed"]["value"] == 3
    assert figures["loan_project_turns"]["value"] == 4
    assert figures["loan_amount_disbursed"]["value"] == 174 * MILLION
    projects = await evidence(funds, figures["loan_projects_disbursed"]["evidence"])
    assert [project["contribution"] for project in projects] == [1, 1, 1]
    assert {project["id"] for project in projects} == {lending[name].id for name in ("two", "late", "elsewhere")}
    assert sum(project["disbursed_in_period_vnd"] for project in projects) == 174 * MILLION
    tranches = await evidence(funds, figures["loan_amount_disbursed"]["evidence"])
    assert sum(tranche["amount_vnd"] for tranche in tranches) == 174 * MILLION
    assert all(tranche["contribution"] == tranche["amount_vnd"] for tranche in tranches)
    by_month = ok(await funds.get(f"{PATH}/indicator-values?{PERIOD}&indicators=loan_amount_disbursed&group_by=month"))
    assert {i["group"]: i["value"] for i in by_month["items"] if i["value"]} == {
        "2023-03": 134 * MILLION,
        "2023-05": 40 * MILLION,
    }


async def test_what_is_outstanding_overdue_and_bad_on_a_day_opens_to_its_loans(funds: ApiClient, make: Make) -> None:
    lending = await lent(funds, make)
    figures = await values(funds)
    two = 100 * MILLION - lending["paid"].principal_vnd
    assert figures["fund_outstanding"]["value"] == two + 24 * MILLION + 60 * MILLION + 45 * MILLION
    assert figures["fund_outstanding_own_risk"]["value"] == two + 84 * MILLION
    assert figures["loan_borrowers"]["value"] == 3
    for code in ("fund_outstanding", "fund_overdue", "loan_borrowers", "fund_npl_ratio"):
        listed = await evidence(funds, figures[code]["evidence"])
        on = [ok(await funds.get(f"{PATH}/loans/{loan['id']}/position?as_of=2023-08-31")) for loan in listed]
        counted = sum(position["outstanding_vnd"] for position in on)
        added = [position["outstanding_vnd"] for position in on] if code != "loan_borrowers" else [None] * len(on)
        assert [loan["contribution"] for loan in listed] == added
        if code == "fund_npl_ratio":
            assert figures[code]["numerator"] == counted
            assert all(position["is_npl"] for position in on)
        elif code == "fund_overdue":
            assert figures[code]["value"] == counted
            assert all(position["days_overdue"] for position in on)
        elif code == "fund_outstanding":
            assert figures[code]["value"] == counted
    groups = ok(await funds.get(f"{PATH}/funds/{lending['fund'].id}/debt-groups?as_of=2023-08-31"))
    assert figures["fund_npl_ratio"]["numerator"] == groups["npl_outstanding_vnd"]
    assert figures["fund_npl_ratio"]["denominator"] == groups["outstanding_vnd"]
    assert figures["fund_npl_ratio"]["value"] == groups["npl_ratio_percent"]


async def test_a_figure_of_every_group_adds_up_to_the_whole(funds: ApiClient, make: Make) -> None:
    await lent(funds, make)
    whole = await values(funds)
    for code in ("loan_amount_disbursed", "fund_outstanding"):
        for group_by in ("fund", "report_sector", "commune", "district", "channel", "province"):
            query = f"{PERIOD}&indicators={code}&group_by={group_by}"
            items = ok(await funds.get(f"{PATH}/indicator-values?{query}"))["items"]
            assert sum(item["value"] for item in items) == whole[code]["value"], (code, group_by)
            for item in items:
                if item["value"]:
                    listed = await evidence(funds, item["evidence"])
                    assert listed, (code, group_by)


async def test_readiness_tells_the_last_day_that_each_province_has_declared(funds: ApiClient, make: Make) -> None:
    await make.create("coverages", a_coverage())
    assert ok(await funds.get(f"{PATH}/health/ready"))["data_until"] == {"25-2008": "2023-12-31"}


async def test_without_coverage_nothing_is_reported_and_another_alliances_figures_are_not_told(
    funds: ApiClient, make: Make
) -> None:
    await make.loan()
    for item in (await values(funds)).values():
        assert (item["status"], item["value"], item["evidence"]) == ("not_reported", None, None)
    await make.create("coverages", a_coverage())
    assert (await values(funds))["loan_projects_disbursed"]["status"] == "reported"
    merged = await values(funds, "from=2023-01-01&to=2023-08-31&province=25-2025")
    assert merged["loan_projects_disbursed"]["status"] == "partial"
    assert merged["loan_projects_disbursed"]["missing_provinces"] == ["17-2008", "26-2008"]
    for item in (await values(funds.as_(area="40-2025"))).values():
        assert (item["status"], item["value"], item["missing_provinces"]) == ("outside_area", None, [])


async def test_coverage_over_no_loans_is_accepted_with_a_warning(funds: ApiClient, make: Make) -> None:
    assert set(RECORDS) == set(RECORD_TYPES)
    for record_type in RECORDS:
        coverage = await make.create("coverages", a_coverage(record_types=[record_type]))
        assert [(w["code"], w["pointer"]) for w in coverage.warnings] == [("no_records", "/record_types")]
    await lent(funds, make)
    for record_type in RECORDS:
        assert (await make.create("coverages", a_coverage(record_types=[record_type]))).warnings == []


async def test_projects_are_found_by_fund_year_province_sector_and_organization(funds: ApiClient, make: Make) -> None:
    lending = await lent(funds, make)
    url = f"{PATH}/projects"
    assert ok(await funds.get(f"{url}?year=2022&count=exact"))["count"] == 0
    year = ok(await funds.get(f"{url}?year=2023&fund_id={lending['fund'].id}&count=exact&facets=state"))
    assert year["count"] == 3
    project = next(item for item in year["items"] if item["id"] == lending["two"].id)
    assert (project["planned_vnd"], project["requested_vnd"], project["approved_vnd"], project["contracted_vnd"]) == (
        200 * MILLION,
        100 * MILLION,
        100 * MILLION,
        100 * MILLION,
    )
    assert (project["disbursed_vnd"], project["disbursed_in_period_vnd"], project["turns"]) == (
        100 * MILLION,
        100 * MILLION,
        2,
    )
    assert project["repaid_vnd"] == lending["paid"].principal_vnd
    may = ok(await funds.get(f"{url}?from=2023-05-01&to=2023-05-31"))["items"]
    assert [(item["id"], item["disbursed_in_period_vnd"], item["turns"]) for item in may] == [
        (lending["two"].id, 40 * MILLION, 1)
    ]
    of = ok(await funds.get(f"{url}?organization_id={lending['two'].organization_id}"))["items"]
    assert {item["id"] for item in of} == {lending["two"].id}
    for province in ("25-2008", "25-2025"):
        assert len(ok(await funds.get(f"{url}?province={province}"))["items"]) == 3
    assert ok(await funds.get(f"{url}?province=17-2008"))["items"] == []
    one = ok(await funds.get(f"{url}/{lending['two'].id}"))
    assert (one["disbursed_in_period_vnd"], one["turns"]) == (None, 2)
    assert_problem(await funds.get(f"{url}/{lending['old'].id}"), 404, "not_found")
    assert_problem(await funds.as_(area="40-2025").get(f"{url}/{lending['two'].id}"), 404, "not_found")
    assert_problem(await funds.get(f"{url}?from=2023-05-01"), 422, "invalid")


async def test_a_tranche_that_was_reversed_counts_no_more(funds: ApiClient, make: Make) -> None:
    lending = await lent(funds, make)
    (tranche,) = ok(await funds.get(f"{PATH}/disbursements?loan_id={lending['late'].id}"))["items"]
    ok(
        await funds.post(f"{PATH}/disbursements/{tranche['id']}/reversal", json={"reason": "Nhầm"}, headers=keyed()),
        201,
    )
    figures = await values(funds)
    assert (figures["loan_projects_disbursed"]["value"], figures["loan_amount_disbursed"]["value"]) == (
        2,
        150 * MILLION,
    )


@pytest.mark.parametrize("day", ["2023-08-31", "2024-08-12", "2026-01-31"])
async def test_non_performing_in_the_figure_is_what_the_debt_groups_say(day: str, db: Database) -> None:
    from datetime import date, timedelta

    on, grid = date.fromisoformat(day), []
    for late in (0, 1, 9, 10, 29, 30, 89, 90, 179, 180, 400):
        for count in range(5):
            grid += [(late, count, reduced) for reduced in (False, True)]
    sql = f"""
        SELECT {npl_condition("$1")} AS bad FROM unnest($2::date[], $3::int[], $4::boolean[])
          WITH ORDINALITY AS o(late_since, reschedule_count, interest_reduced, at),
               LATERAL (SELECT o.reschedule_count) AS n(reschedule_count) ORDER BY at"""
    since = [on - timedelta(days=late) if late else None for late, _, _ in grid]
    rows = await db.fetch(sql, on, since, [count for _, count, _ in grid], [reduced for _, _, reduced in grid])
    expected = [is_npl(debt_group(late, count, late, reduced, on=on)) for late, count, reduced in grid]
    assert [row["bad"] for row in rows] == expected


def test_every_indicator_says_what_it_counts() -> None:
    for indicator in INDICATORS.by_code.values():
        assert indicator.source
        assert indicator.listed in ("projects", "disbursements", "loans")


async def test_a_figure_by_fund_says_the_funds_name_in_one_statement_more(
    funds: ApiClient, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    lending = [await make.rich_fund(name=name) for name in ("Quỹ A", "Quỹ B")]
    for fund in lending:
        await make.loan(fund)
    ok(await funds.post(f"{PATH}/coverages", json=a_coverage()), 201)
    with recorded(monkeypatch) as statements:
        page = ok(await funds.get(f"{PATH}/indicator-values?{PERIOD}&group_by=fund"))
    labels = {item["group"]: item["group_label"] for item in page["items"]}
    assert labels == {fund.id: fund.name for fund in lending}
    assert len(statements) == 3, "coverage, the figures, the names"


async def test_the_balance_at_the_end_of_each_quarter_opens_to_its_loans(funds: ApiClient, make: Make) -> None:
    await lent(funds, make)
    page = ok(
        await funds.get(f"{PATH}/indicator-values?{PERIOD}&indicators=fund_outstanding,fund_npl_ratio&group_by=quarter")
    )
    balances = [item["value"] for item in page["items"] if item["indicator"] == "fund_outstanding"]
    assert len(set(balances)) > 1, "nothing moved: nothing was checked"
    for item in page["items"]:
        (alone,) = ok(
            await funds.get(
                f"{PATH}/indicator-values?from={item['from']}&to={item['to']}&province=25-2008&indicators={item['indicator']}"
            )
        )["items"]
        same = ("value", "numerator", "denominator", "status", "evidence", "denominator_evidence")
        assert [item[name] for name in same] == [alone[name] for name in same]
