"""Every number of every sentence is read back from the text and found in the cells it names, and every cell in the text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.funds.indicators import INDICATORS as FUNDS
from services.registry.indicators import INDICATORS as REGISTRY
from services.reporting.documents.content import Sentence
from services.reporting.documents.figures_read import figures_by_key
from services.reporting.documents.wording import ReportContext, sentences_of
from services.reporting.documents.wording.context import context_of
from services.reporting.documents.wording.numbers_back import Stated, faults_of, numbers_of
from services.reporting.indicators import INDICATORS as REPORTING
from services.training.indicators import INDICATORS as TRAINING
from tests.reporting.documents import cells as made

_INDICATORS = [each for table in (REGISTRY, TRAINING, FUNDS, REPORTING) for each in table.by_code.values()]
_COUNTS = [f"plan_indicators_{end}" for end in ("assigned", "exceeded", "met", "partly_met", "missed")]
_CONTEXTS = [
    context_of("25-2008", "eight_months", date(2023, 1, 1), date(2023, 8, 31)),
    context_of("15-2008", "year", date(2020, 1, 1), date(2020, 12, 20)),
    context_of("01-2025", "quarter", date(2026, 4, 1), date(2026, 6, 30)),
    context_of("VN", "year", date(2025, 12, 15), date(2026, 12, 14)),
    context_of("25-2025", "free", date(2026, 2, 3), date(2026, 5, 9)),
]
_REAL_UNITS = {"percent", "percent_vs_previous_year", "hectare"}


def faults(cells: list[dict[str, Any]], context: ReportContext) -> Iterator[str]:
    """Yield what is wrong with the sentences of cells."""
    figures = figures_by_key(cells)
    for sentences in sentences_of(cells, context).values():
        for sentence in sentences:
            yield from (f"{sentence.text}: {fault}" for fault in faults_of(sentence, figures))


@pytest.mark.parametrize("name", made.REPORTS)
def test_the_published_reports_are_read_back_whole(name: str) -> None:
    cells = made.cells(name)
    assert list(faults(cells, made.context(name))) == []
    stated = {key for said in sentences_of(cells, made.context(name)).values() for each in said for key in each.cells}
    assert stated == {cell["key"] for cell in cells}


@st.composite
def some_cells(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Make up any cells of any indicators: values, plans, estimates, comparisons, bounds, gaps."""
    chosen = draw(st.lists(st.sampled_from(_INDICATORS), min_size=1, max_size=8, unique=True))
    cells = [
        _cell(draw, f"{each.code}:{draw(st.sampled_from(list(each.scopes)))}", each.unit, each.label_vi, each.kind)
        for each in chosen
    ]
    if draw(st.booleans()):
        counts = draw(st.lists(st.integers(0, 30), min_size=4, max_size=4))
        total = sum(counts)
        reached = 0.0 if total == 0 else round(sum(counts[:2]) * 100 / total, 1)
        plan = {"value": total, "percent": reached, "verdict": None, "implied": False} if total else None
        cells += [
            made.cell(f"{code}:province", unit="indicator", value=value, plan=plan if code == _COUNTS[0] else None)
            for code, value in zip(_COUNTS, [total, *counts], strict=True)
        ]
    return cells


def _cell(draw: st.DrawFn, key: str, unit: str, label: str, kind: str) -> dict[str, Any]:
    unit = _shown_unit(draw, unit)
    value = draw(st.none() | _value(unit))
    plan_value = draw(st.none() | _value(unit))
    plan = None
    so_far = draw(st.none() | _value(unit)) if value is not None else None
    estimates: list[dict[str, Any]] = []
    if plan_value is not None and plan_value >= 0:
        implied, direction = draw(st.booleans()), None
        plan = {
            "value": float(plan_value),
            "implied": implied,
            **_against(value, plan_value, running=draw(st.booleans())),
        }
        if draw(st.booleans()):
            estimate = draw(_value(unit))
            estimates = [
                {"made_on": "2023-06-30", "value": float(estimate), **_against(estimate, plan_value, running=False)}
            ]
    before = draw(st.none() | _value(unit)) if value is not None else None
    change = None if before is None or value is None else value - before
    relative = (
        None if change is None or not before else (change * 100 / before).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    )
    bound = draw(st.none() | st.sampled_from(["gt", "ge"])) if value is not None else None
    direction = draw(st.sampled_from(["more_is_better", "less_is_better", "neither"]))
    told = [] if bound is None or value is None else [{"value": str(int(value * Decimal("0.97"))), "comparator": bound}]
    return made.cell(
        key,
        label=label,
        unit=unit,
        kind=kind,
        direction=direction,
        value=None if value is None else float(value),
        status=draw(st.sampled_from(["reported", "partial"])) if value is not None else "not_reported",
        missing_provinces=draw(st.sampled_from([[], ["17-2008"]])),
        plan=plan,
        estimates=estimates,
        cumulative=None if so_far is None else {"value": float(so_far)},
        previous=None if before is None else {"value": float(before)},
        change=None if change is None else float(change),
        change_percent=None if relative is None else float(relative),
        reported_elsewhere=told,
        explanation=draw(st.sampled_from([None, "do nợ thuế", "Vướng 3 hồ sơ."])),
        **draw(st.sampled_from([{}, {"round_to": "10"}])),
    )


def _shown_unit(draw: st.DrawFn, unit: str) -> str:
    if unit == "vnd_per_period":
        unit = draw(st.sampled_from(["vnd_per_half_year", "vnd_per_year", "vnd_per_period"]))
    return f"million_{unit}" if unit.startswith("vnd") and draw(st.booleans()) else unit


def _value(unit: str) -> st.SearchStrategy[Decimal]:
    if unit == "percent_vs_previous_year":
        return st.decimals(-90, 300, places=4)
    if unit in _REAL_UNITS or unit.startswith("million_vnd"):
        return st.decimals(0, 300_000, places=4) if unit != "percent" else st.decimals(0, 100, places=4)
    if unit.startswith("vnd"):
        return st.integers(0, 10**13).map(Decimal)
    return st.one_of(st.integers(0, 120), st.integers(0, 400_000)).map(Decimal)


def _against(value: Decimal | None, plan: Decimal, *, running: bool) -> dict[str, Any]:
    if value is None or plan == 0:
        return {"percent": None, "exceeds_by_percent": None, "verdict": None}
    percent = value * 100 / plan
    verdict = "exceeded" if percent > 100 else "met" if percent == 100 else "partly_met" if percent >= 50 else "missed"
    shown = float(percent.quantize(Decimal("0.1"), ROUND_HALF_UP))
    over = round(shown - 100, 1) if percent > 100 else None
    return {"percent": shown, "exceeds_by_percent": over, "verdict": "running" if running else verdict}


@settings(max_examples=400, deadline=None)
@given(some_cells(), st.sampled_from(_CONTEXTS))
def test_whatever_the_cells_are_the_text_holds_their_numbers_and_no_others(
    cells: list[dict[str, Any]], context: ReportContext
) -> None:
    assert list(faults(cells, context)) == []


@settings(max_examples=200, deadline=None)
@given(some_cells(), st.sampled_from(_CONTEXTS))
def test_a_known_figure_with_a_plan_is_never_left_out(cells: list[dict[str, Any]], context: ReportContext) -> None:
    said = {key for sentences in sentences_of(cells, context).values() for each in sentences for key in each.cells}
    planned = {
        cell["key"]
        for cell in cells
        if cell["value"] is not None and cell["plan"] and cell["plan"]["value"] and not cell["key"].startswith("plan_")
    }
    assert planned <= said


@settings(max_examples=100, deadline=None)
@given(some_cells(), st.sampled_from(_CONTEXTS))
def test_sentences_are_written_as_sentences(cells: list[dict[str, Any]], context: ReportContext) -> None:
    for sentences in sentences_of(cells, context).values():
        for each in sentences:
            assert each.text[0].isupper() or each.text[0].isdigit()
            assert each.text.endswith(".")
            assert not any(bad in each.text for bad in ("  ", " ,", " ;", "..", "{", "}", ",,", "None")), each.text


def test_the_reader_tells_value_plan_percent_and_comparator_apart() -> None:
    read = numbers_of(
        "Năm 2020 thành lập mới 65/30 HTX, đạt 217% kế hoạch; hơn 40 lượt HTX; 16,3 nghìn thành viên, tăng 4,58% so với năm 2019."
    )
    assert [(each.value, each.decimals, each.unit, each.comparator, each.role) for each in read] == [
        (65, 0, "cooperative", "eq", "value"),
        (30, 0, "cooperative", "eq", "plan"),
        (217, 0, "percent", "eq", "percent_of_plan"),
        (40, 0, "participation", "gt", "value"),
        (16300, -2, "member", "eq", "value"),
        (Decimal("4.58"), 2, "percent", "eq", "rise"),
    ]


def test_the_reader_takes_vietnamese_numbers_apart() -> None:
    (amount,) = numbers_of("tổng số tiền cho vay là 13.200,5 triệu đồng.")
    assert amount == Stated("13.200,5", Decimal("13200.5"), 1, "million_vnd", "eq", "value")


@pytest.mark.parametrize(
    "wrong",
    [
        "Thành lập mới 37 HTX.",
        "Thành lập mới 36 THT.",
        "Thành lập mới hơn 36 HTX.",
        "Thành lập mới 36/41 HTX.",
        "Thành lập mới 36 HTX, đạt 91% kế hoạch.",
        "Thành lập mới 36 HTX, vượt 90% kế hoạch.",
        "Thành lập mới 36 HTX, giảm 4% so với năm 2022.",
        "Thành lập mới 36 HTX và 5 liên hiệp HTX.",
        "Đã thành lập mới nhiều HTX.",
    ],
)
def test_the_reader_finds_a_wrong_number(wrong: str) -> None:
    plan = {"value": 40, "percent": 90.0, "verdict": "partly_met", "implied": False}
    cell = made.cell("cooperatives_new:province", value=36, plan=plan, previous={"value": 34}, change_percent=5.8824)
    figures = figures_by_key([cell])
    assert faults_of(Sentence("Thành lập mới 36/40 HTX, đạt 90% kế hoạch.", (cell["key"],)), figures) == []
    assert faults_of(Sentence(wrong, (cell["key"],)), figures)
