"""Figures by month, quarter and year, what they are called, and what they are compared with."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from kernel.indicators.definitions import BY_PLACE
from kernel.indicators.spans import MONTHS, spans_of
from kernel.values.common_lists import FIGURE_GROUPS, FIGURE_UNITS
from services.funds.indicators import INDICATORS as OF_FUNDS
from services.registry.indicators import INDICATORS
from services.reporting.indicators import INDICATORS as OF_REPORTING
from services.training.indicators import INDICATORS as OF_TRAINING
from tests.registry.builders import GIA_CAM, PATH, RECORD_TYPES, Make, Record
from tests.registry.reports import VALUES, figures, make_reports
from tests.support.answers import every_item, faults, ok
from tests.support.client import ApiClient
from tests.support.plans import recorded


@pytest.fixture
async def reports(make: Make) -> dict[str, Record]:
    """Records of 2015 to 2023, complete since 2022."""
    records = await make_reports(make)
    for province in ("25-2008", "17-2008"):
        await make.coverage(province=province, covered_from="2022-01-01", covered_to="2022-12-31")
    return records


async def _items(registry: ApiClient, **params: Any) -> list[dict[str, Any]]:
    asked = {"from": "2023-01-01", "to": "2023-08-31", "province": "25-2008", **params}
    items: list[dict[str, Any]] = ok(await registry.get(VALUES, params=asked))["items"]
    return items


@pytest.mark.parametrize("by", ["month", "quarter", "year"])
async def test_a_stock_by_period_is_what_it_was_on_each_last_day(
    registry: ApiClient, reports: dict[str, Record], by: str
) -> None:
    days = {"from": "2022-11-15", "to": "2023-08-20"}
    items = await _items(registry, group_by=by, **days)
    spans = list(spans_of(date.fromisoformat(days["from"]), date.fromisoformat(days["to"]), by))
    of_stocks = [item for item in items if INDICATORS.by_code[item["indicator"]].kind == "stock"]
    # What is counted by district has no other grouping.
    grouped = {code for code, each in INDICATORS.by_code.items() if by in each.groups}
    assert len(of_stocks) == len(spans) * sum(INDICATORS.by_code[code].kind == "stock" for code in grouped)
    compared = ("value", "numerator", "denominator", "undated_count", "status", "evidence", "denominator_evidence")
    for span in spans:
        period = {"from": span.first.isoformat(), "to": span.last.isoformat()}
        alone = {item["indicator"]: item for item in await _items(registry, **period) if item["indicator"] in grouped}
        of_span = [item for item in items if item["group"] == span.code]
        assert len(of_span) == len(alone)
        for item in of_span:
            single = alone[item["indicator"]]
            assert (item["from"], item["to"]) == (period["from"], period["to"])
            assert [item[name] for name in compared] == [single[name] for name in compared], (item, single)


async def test_the_stock_changes_from_month_to_month_and_each_evidence_is_its_records(
    registry: ApiClient, reports: dict[str, Record]
) -> None:
    items = await _items(registry, indicators="cooperatives_total", group_by="month")
    values = [item["value"] for item in items]
    assert len(set(values)) > 2, "nothing moved: nothing was checked"
    for item in items:
        assert len(await every_item(registry, item["evidence"])) == item["value"]


async def test_a_flow_by_quarter_adds_up_to_the_whole_and_opens_to_its_records(
    registry: ApiClient, reports: dict[str, Record]
) -> None:
    (whole,) = await _items(registry, indicators="cooperatives_new")
    for by in ("month", "quarter", "year"):
        items = await _items(registry, indicators="cooperatives_new", group_by=by)
        assert sum(item["value"] for item in items) == whole["value"] > 0
        for item in items:
            assert len(await every_item(registry, item["evidence"])) == item["value"]


async def test_each_month_has_its_own_coverage(registry: ApiClient, make: Make) -> None:
    await make.organization(registered_on="2023-02-01")
    await make.coverage(covered_from="2023-02-01", covered_to="2023-02-28")
    await make.coverage(covered_from="2023-03-10", covered_to="2023-03-31")
    for indicator, expected in (
        ("cooperatives_new", [None, 1, None, None]),
        ("cooperatives_total", [None, 1, 1, None]),
    ):
        items = await _items(
            registry, indicators=indicator, group_by="month", **{"from": "2023-01-01", "to": "2023-04-30"}
        )
        assert [item["value"] for item in items] == expected
        assert [item["status"] == "reported" for item in items] == [value is not None for value in expected]


async def test_many_periods_cost_as_many_statements_as_one(
    registry: ApiClient, reports: dict[str, Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = []
    for params in ({}, {"group_by": "month"}, {"group_by": "year", "previous": "year"}):
        with recorded(monkeypatch) as taken:
            await _items(registry, **{"from": "2022-01-01"}, **params)
        statements.append(len(taken))
    # Of the whole days also those that are counted by district, all in one statement more. A growth looks at the year before
    # as well: its coverage, and its figures where it has any.
    assert statements == [4, 4, 7]


async def test_at_most_thirty_six_periods_of_a_stock(registry: ApiClient, reports: dict[str, Record]) -> None:
    long = {"from": "2020-01-01", "to": "2023-01-31", "province": "25-2008", "group_by": "month"}
    refused = await registry.get(VALUES, params={**long, "indicators": "cooperatives_total"})
    assert faults(refused) == {("group_by", "too_many")}
    compared = await registry.get(VALUES, params={**long, "indicators": "cooperatives_new", "previous": "year"})
    assert faults(compared) == {("group_by", "too_many")}
    flows = ok(await registry.get(VALUES, params=long))["items"]
    assert {INDICATORS.by_code[item["indicator"]].kind for item in flows} == {"flow"}
    shorter = ok(await registry.get(VALUES, params={**long, "from": "2020-02-01", "indicators": "cooperatives_total"}))
    assert len(shorter["items"]) == 36


async def test_a_figure_is_called_in_the_language_asked_for(registry: ApiClient, reports: dict[str, Record]) -> None:
    asked = {"from": "2023-01-01", "to": "2023-08-31", "province": "25-2008"}
    for language, label, unit in (("vi", "Tổng số HTX", "Hợp tác xã"), ("en", "Cooperatives in all", "Cooperatives")):
        for more in ({}, {"scope": "province"}):
            response = await registry.get(
                VALUES,
                params={**asked, "indicators": "cooperatives_total", **more},
                headers={"Accept-Language": language},
            )
            (item,) = ok(response)["items"]
            assert (item["indicator_label"], item["unit_label"], item["group_label"]) == (label, unit, None)
            assert response.headers["content-language"] == language
            assert "Accept-Language" in response.headers["vary"]


@pytest.mark.parametrize(
    ("group_by", "language", "expected"),
    [
        ("month", "vi", {"2023-01": "Tháng 1/2023", "2023-08": "Tháng 8/2023"}),
        ("month", "en", {"2023-01": "January 2023"}),
        ("quarter", "vi", {"2023-Q1": "Quý 1/2023"}),
        ("quarter", "en", {"2023-Q3": "Q3 2023"}),
        ("year", "vi", {"2023": "Năm 2023"}),
        ("report_sector", "vi", {"trade_service": "Thương mại – dịch vụ", None: "Không rõ"}),
        ("report_sector", "en", {"trade_service": "Trade and services", None: "Not known"}),
        ("province", "vi", {"25-2008": "Phú Thọ"}),
        ("district", "vi", {"227-2008": "Thành phố Việt Trì"}),
        ("commune", "vi", {"07900-2008": "Phường Gia Cẩm"}),
    ],
)
async def test_a_group_is_called_in_the_language_asked_for(
    registry: ApiClient, reports: dict[str, Record], group_by: str, language: str, expected: dict[str | None, str]
) -> None:
    params = {"from": "2023-01-01", "to": "2023-08-31", "province": "25-2008", "indicators": "cooperatives_total"}
    asked = {**params, "group_by": group_by, "geography": "2008"}
    response = await registry.get(VALUES, params=asked, headers={"Accept-Language": language})
    labels = {item["group"]: item["group_label"] for item in ok(response)["items"]}
    assert {group: labels.get(group) for group in expected} == expected
    assert all(labels.values())


async def test_a_figure_stands_beside_the_one_before_and_the_change(registry: ApiClient, make: Make) -> None:
    await make.coverage(covered_from="2022-01-01", record_types=RECORD_TYPES)
    for day in ("2022-02-01", "2022-03-01", "2022-04-05", "2023-02-01", "2023-03-01"):
        await make.organization(registered_on=day)
    (new,) = await _items(registry, indicators="cooperatives_new", previous="year", to="2023-03-31")
    assert new["previous"] == {"value": 2, "from": "2022-01-01", "to": "2022-03-31", "status": "reported"}
    assert (new["value"], new["change"], new["change_percent"]) == (2, 0, 0.0)
    (total,) = await _items(registry, indicators="cooperatives_total", previous="period", to="2023-03-31")
    assert total["previous"] == {"value": 3, "from": "2022-10-01", "to": "2022-12-31", "status": "reported"}
    assert (total["value"], total["change"], total["change_percent"]) == (5, 2, 66.6667)
    months = await _items(
        registry,
        indicators="cooperatives_new",
        previous="period",
        group_by="month",
        **{"from": "2022-02-01", "to": "2022-05-31"},
    )
    assert [(m["group"], m["value"], m["previous"]["value"], m["change"], m["change_percent"]) for m in months] == [
        ("2022-02", 1, 0, 1, None),
        ("2022-03", 1, 1, 0, 0.0),
        ("2022-04", 1, 1, 0, 0.0),
        ("2022-05", 0, 1, -1, -100.0),
    ]
    (plain,) = await _items(registry, indicators="cooperatives_new")
    assert (plain["previous"], plain["change"], plain["change_percent"]) == (None, None, None)


async def test_the_change_of_what_is_not_known_is_not_known(registry: ApiClient, reports: dict[str, Record]) -> None:
    (item,) = await _items(
        registry, indicators="cooperatives_new", previous="year", **{"from": "2022-01-01"}, to="2022-12-31"
    )
    assert item["status"] == "reported"
    assert (item["previous"]["value"], item["previous"]["status"]) == (None, "not_reported")
    assert (item["change"], item["change_percent"]) == (None, None)


async def test_what_other_provinces_reported_is_no_change(registry: ApiClient, make: Make) -> None:
    await make.organization(registered_on="2022-02-01")
    await make.coverage(province="25-2008", covered_from="2022-01-01")
    await make.coverage(province="17-2008", covered_from="2023-01-01")
    (item,) = await _items(registry, indicators="cooperatives_total", previous="year", province="25-2025")
    assert (item["status"], item["previous"]["status"], item["previous"]["value"]) == ("partial", "partial", 1)
    assert (item["change"], item["change_percent"]) == (None, None)


async def test_a_group_that_is_gone_is_compared_too(registry: ApiClient, make: Make) -> None:
    await make.coverage(covered_from="2022-01-01")
    await make.organization(registered_on="2022-02-01", report_sector="trade_service")
    items = await _items(registry, indicators="cooperatives_new", previous="year", group_by="report_sector")
    assert [(i["group"], i["value"], i["change"], i["change_percent"]) for i in items] == [
        ("trade_service", 0, -1, -100.0)
    ]


@pytest.mark.parametrize(("by", "group"), [("report_sector", "trade_service"), ("commune", f"{GIA_CAM}-2008")])
async def test_a_period_not_reported_yet_shows_each_group_of_the_one_before(
    registry: ApiClient, make: Make, by: str, group: str
) -> None:
    await make.coverage(covered_from="2022-01-01", covered_to="2022-12-31")
    for _ in range(2):
        await make.organization(registered_on="2022-02-01", report_sector="trade_service", commune=GIA_CAM)
    asked = {"indicators": "cooperatives_new", "group_by": by, "geography": "2008"}
    items = await _items(registry, previous="year", **asked)
    assert {(item["status"], item["value"], item["change"]) for item in items} == {("not_reported", None, None)}
    assert [(i["group"], i["previous"]["value"]) for i in items if i["previous"]["value"]] == [(group, 2)]
    assert all(item["previous"]["status"] == "reported" for item in items)


async def test_of_a_period_that_has_not_begun_nothing_is_known(registry: ApiClient, make: Make) -> None:
    await make.coverage(covered_from="2022-01-01")
    await make.organization(registered_on="2022-12-31")
    with time_machine.travel(datetime(2023, 11, 20, 3, tzinfo=UTC), tick=False):
        for indicator, then in (("cooperatives_new", 0), ("cooperatives_total", 1)):
            asked = {"indicators": indicator, "from": "2023-10-01", "to": "2023-12-31"}
            months = await _items(registry, group_by="month", previous="year", **asked)
            assert [(m["value"], m["status"]) for m in months] == [
                (then, "reported"),
                (then, "reported"),
                (None, "not_reported"),
            ]
            assert (months[-1]["previous"]["value"], months[-1]["change"], months[-1]["evidence"]) == (1, None, None)
            (whole,) = await _items(registry, **asked)
            assert (whole["value"], whole["status"]) == (then, "reported"), "so far"
            (coming,) = await _items(registry, **{**asked, "from": "2023-11-21"})
            assert (coming["value"], coming["status"]) == (None, "not_reported")


async def test_the_last_of_all_days_is_a_day_too(registry: ApiClient, make: Make) -> None:
    await make.coverage()
    organization = await make.organization()
    last_year = {"from": "9999-01-01", "to": "9999-12-31"}
    assert await _items(registry, **last_year, group_by="month", previous="period")
    figure = {"counted_in": "cooperatives_total", "province": "25-2008", **last_year}
    assert [item["id"] for item in await every_item(registry, f"{PATH}/organizations", **figure)] == [organization.id]
    then = {"as_of": "9999-12-31"}
    assert [item["id"] for item in await every_item(registry, f"{PATH}/organizations", **then)] == [organization.id]
    assert ok(await registry.get(f"{PATH}/organizations/{organization.id}", params=then))["id"] == organization.id


async def test_the_change_of_a_share_is_in_points(registry: ApiClient, make: Make) -> None:
    await make.coverage(covered_from="2022-01-01")
    for day in ("2022-02-01", "2022-02-02", "2023-02-02"):
        organization = await make.organization(registered_on=day)
    await make.membership(organization, admitted_on="2023-03-01")
    (item,) = await _items(registry, indicators="alliance_member_share_of_active", previous="year")
    assert (item["value"], item["previous"]["value"], item["change"], item["change_percent"]) == (
        33.3333,
        0,
        33.3333,
        None,
    )


async def test_a_comparison_with_something_else_is_refused(registry: ApiClient) -> None:
    params = {"from": "2023-01-01", "to": "2023-08-31", "previous": "month"}
    assert faults(await registry.get(VALUES, params=params)) == {("previous", "not_allowed")}


async def test_links_of_before_to_a_month_still_open(registry: ApiClient, reports: dict[str, Record]) -> None:
    link = (
        f"{PATH}/organizations?counted_in=cooperatives_new&scope=province&from=2023-01-01&to=2023-08-31&province=25-2008"
        "&counted_by=month&counted_group=2023-04"
    )
    by_month = await figures(registry, indicators="cooperatives_new", province="25-2008", group_by="month")
    assert len(await every_item(registry, link)) == by_month["cooperatives_new", "25-2008", "2023-04"]["value"] == 1


def test_every_group_and_unit_of_a_figure_has_a_label() -> None:
    for table in (INDICATORS, OF_FUNDS, OF_TRAINING, OF_REPORTING):
        for group in table.groups:
            assert group in FIGURE_GROUPS
            assert group in ("province", *BY_PLACE, *MONTHS) or (group in table.labels) != (group in table.names), group
        assert {each.unit for each in table.by_code.values()} <= FIGURE_UNITS.keys()
