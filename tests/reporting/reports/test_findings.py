"""What is worth a look, or to be mended, in a report's cells: pure, from cells and the years before."""

from __future__ import annotations

import random
from decimal import Decimal
from statistics import median
from typing import Any

import pytest

from kernel.web.replies import dump
from services.reporting.reports.findings import agrees, findings, robust_z
from services.reporting.reports.life import unanswered


def a_cell(**fields: Any) -> dict[str, Any]:
    """Return a figure of new cooperatives that nothing is wrong with."""
    cell = {
        "indicator": "cooperatives_new",
        "indicator_label": "HTX thành lập mới",
        "scope": "province",
        "key": "cooperatives_new:province",
        "unit": "cooperative",
        "value": 41,
        "status": "reported",
        "missing_provinces": [],
        "numerator": None,
        "denominator": None,
        "previous": {"value": 38},
        "plan": None,
        "reported_elsewhere": [],
        "unavailable": None,
        "source_service": "registry",
        "evidence": "/v1/registry/organizations?counted_in=cooperatives_new",
        "denominator_evidence": None,
    }
    return {**cell, **fields}


def kinds(*cells: dict[str, Any], **series: list[float]) -> list[tuple[str, str]]:
    found = findings(cells, {"cooperatives_new:province": series.get("before", [])})
    return [(each["kind"], each["severity"]) for each in found]


def reported(value: Any, comparator: str = "eq", **fields: Any) -> dict[str, Any]:
    return {
        "value": value,
        "comparator": comparator,
        "unit": "cooperative",
        "source": "Cục Thống kê",
        "document": "12/BC-CTK",
        "reported_figure_id": "0192c7e0-0000-7000-8000-000000000000",
        **fields,
    }


def test_a_sound_cell_has_no_finding() -> None:
    assert kinds(a_cell(), before=[38, 40, 42, 39, 41]) == []


def test_a_plan_without_value_has_to_be_mended_and_says_where() -> None:
    (found,) = findings([a_cell(status="not_reported", value=None, plan={"value": 40})], {})
    assert (found["code"], found["severity"]) == ("plan_without_value.cooperatives_new.province", "blocking")
    assert found["remedy"] == "/v1/registry/coverages"
    assert "có kế hoạch" in found["message"][0]
    assert "has a plan" in found["message"][1]
    # Without a plan it is asked for by the report alone, which may do without.
    assert kinds(a_cell(status="not_reported", value=None)) == [("missing_coverage", "warning")]


@pytest.mark.parametrize(("plan", "severity"), [({"value": 40}, "blocking"), (None, "warning")])
def test_a_part_of_the_area_is_worse_where_there_is_a_plan(plan: dict[str, Any] | None, severity: str) -> None:
    assert kinds(a_cell(status="partial", missing_provinces=["17-2008"], plan=plan)) == [("missing_coverage", severity)]


def test_a_service_that_is_down_stands_in_the_way() -> None:
    down = {"service": "registry", "code": "service_down", "detail": "Dịch vụ đang ngừng"}
    assert kinds(a_cell(status="unavailable", value=None, unavailable=down)) == [("unavailable", "blocking")]


@pytest.mark.parametrize(
    ("value", "before", "is_outlier"),
    [
        (41, [38, 40, 42, 39, 41], False),
        (400, [38, 40, 42, 39, 41], True),
        (3, [38, 40, 42, 39, 41], True),
        (400, [38, 40, 42], False),
        (41, [40, 40, 40, 40, 40], False),
        (60, [40, 40, 40, 40, 40], True),
        (1, [0, 0, 0, 0, 0], False),
    ],
)
def test_an_outlier_is_told_by_its_own_history(value: float, before: list[float], is_outlier: bool) -> None:
    cell = a_cell(value=value, previous=None)
    assert kinds(cell, before=before) == ([("outlier", "warning")] if is_outlier else [])


def test_robust_z_is_that_of_its_definition_and_one_wild_year_does_not_hide_another() -> None:
    chance = random.Random(14)
    for _ in range(200):
        before = [chance.gauss(100, 10) for _ in range(chance.randint(4, 9))]
        value = chance.gauss(100, 40)
        middle = median(before)
        deviation = median([abs(each - middle) for each in before])
        expected = 0.6745 * (value - middle) / deviation
        assert robust_z(value, before) == pytest.approx(expected)
    assert abs(robust_z(300, [38, 40, 42, 39, 9_000]) or 0) > 3.5
    assert robust_z(300, []) is None


@pytest.mark.parametrize(
    ("comparator", "value", "other", "expected"),
    [
        ("eq", 41, 41, True),
        ("eq", 41, 40, False),
        ("gt", 41, 40, True),
        ("gt", 40, 40, False),
        ("ge", 40, 40, True),
        ("lt", 39, 40, True),
        ("approx", 41, 40, True),
        ("approx", 45, 40, False),
    ],
)
def test_more_than_forty_is_met_by_forty_one(comparator: str, value: int, other: int, expected: bool) -> None:
    assert agrees(Decimal(value), comparator, Decimal(other)) is expected
    found = kinds(a_cell(value=value, previous=None, reported_elsewhere=[reported(other, comparator)]))
    assert found == ([] if expected else [("differs_from_reported", "blocking")])


def test_two_bodies_that_differ_are_two_findings_and_another_unit_is_not_compared() -> None:
    other = reported(60, reported_figure_id="0192c7e0-0000-7000-8000-00000000000f")
    cell = a_cell(reported_elsewhere=[reported(50), other, reported(70, unit="percent")])
    codes = [each["code"] for each in findings([cell], {})]
    assert codes == [
        "differs_from_reported.cooperatives_new.province.000000000000",
        "differs_from_reported.cooperatives_new.province.00000000000f",
    ]


@pytest.mark.parametrize(
    ("value", "last", "doubted"), [(13_200_000, 13_200, True), (13, 13_200, True), (99, 38, False)]
)
def test_a_thousand_times_last_year_is_a_doubt_of_the_unit(value: float, last: float, doubted: bool) -> None:
    found = kinds(a_cell(value=value, previous={"value": last}))
    assert found == ([("unit_doubt", "blocking")] if doubted else [])


@pytest.mark.parametrize(
    ("value", "unit", "doubted"),
    [(75.7299, "percent", False), (0.757299, "percent", True), (0.757299, "member", False), (757.3, "member", True)],
)
def test_an_average_agrees_with_total_over_number(value: float, unit: str, doubted: bool) -> None:
    cell = a_cell(value=value, unit=unit, numerator=415, denominator=548, previous=None)
    assert (("unit_doubt", "blocking") in kinds(cell)) is doubted


def test_those_to_be_mended_come_first_and_answered_ones_are_open_no_more() -> None:
    cells = [a_cell(status="partial", missing_provinces=["17-2008"]), a_cell(reported_elsewhere=[reported(50)])]
    found = findings(cells, {})
    assert [each["severity"] for each in found] == ["blocking", "warning"]
    code = "differs_from_reported.cooperatives_new.province.000000000000"
    answered: Any = {"answers": dump([{"check": code, "value": 41, "compared_with": 50}])}
    assert unanswered(answered, found) == []
    nothing_said: Any = {"answers": "[]"}
    assert unanswered(nothing_said, found) == [code]


@pytest.mark.parametrize(
    "cell", [a_cell(value=42, reported_elsewhere=[reported(50)]), a_cell(reported_elsewhere=[reported(51)])]
)
def test_an_answer_holds_for_the_numbers_that_it_was_given_for(cell: dict[str, Any]) -> None:
    code = "differs_from_reported.cooperatives_new.province.000000000000"
    answered: Any = {"answers": dump([{"check": code, "value": 41, "compared_with": 50}])}
    assert unanswered(answered, findings([cell], {})) == [code]
