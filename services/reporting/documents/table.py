"""The plan-and-actual table of a report: one row a figure, with the columns that offices use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from kernel.values.common_lists import FIGURE_SCOPES, FIGURE_UNITS
from kernel.values.periods import months_in
from services.reporting.documents.content import ReportContent
from services.reporting.documents.figures_read import HUNDRED, Figure, figures_by_key, rounded
from services.reporting.documents.wording.context import day_words
from services.reporting.documents.wording.goals import name_of
from services.reporting.documents.wording.numbers import in_millions, is_money, said_decimals, with_unit
from services.reporting.documents.wording.phrases import partial_words

VERDICTS: Mapping[str, str] = {
    "exceeded": "Vượt kế hoạch",
    "met": "Đạt kế hoạch",
    "partly_met": "Đạt một phần kế hoạch",
    "missed": "Chưa đạt kế hoạch",
    "running": "Đang thực hiện",
}
_NEAR = Decimal("0.06")
"""A percent shown with one decimal is that of two numbers where it is no further from their quotient."""
_SHARES = ("percent", "percent_vs_previous_year")


@dataclass(frozen=True)
class Row:
    """A figure in the table, money in millions. Percents are of 100 and unrounded.

    `year_before`: the whole year before, or the same days of it where these stand for it; `previous`: the same days of it.
    `divides`: which of the row's numbers over its plan gives the percent; None where the percent is of something else.
    """

    number: int
    label: str
    unit: str
    year_before: Decimal | None
    plan: Decimal | None
    value: Decimal | None
    cumulative: Decimal | None
    estimate: Decimal | None
    percent_of_plan: Decimal | None
    percent_of_previous: Decimal | None
    previous: Decimal | None
    divides: Literal["value", "cumulative"] | None
    decimals: int
    note: str


def columns_of(content: ReportContent) -> tuple[str, ...]:
    """Return the headings; where only the same days of the year before are known, theirs."""
    year = content.to.year
    whole = _is_whole_year(content) or has_full_year(content)
    before = f"TH năm {year - 1}" if whole else same_days_heading(content)
    return (
        "STT",
        "Chỉ tiêu",
        "ĐVT",
        before,
        f"KH năm {year}",
        "TH kỳ báo cáo",
        "Lũy kế",
        f"Ước TH năm {year}",
        "% so KH",
        "% so cùng kỳ",
        "Ghi chú",
    )


def _is_whole_year(content: ReportContent) -> bool:
    """Whether a report stands for its year, also where it was cut off early."""
    return months_in(content.from_, content.to) == 12 or content.kind == "year"


def same_days_heading(content: ReportContent) -> str:
    """Return the heading of the same days of the year before."""
    return f"TH cùng kỳ năm {content.to.year - 1}"


def has_full_year(content: ReportContent) -> bool:
    """Whether the whole year before stands in the table, beside which the same days of it are something else."""
    return any(cell.get("previous_full_year") for cell in content.cells)


def rows_of(content: ReportContent) -> tuple[Row, ...]:
    """Return the rows of a report's table, in the order of its cells."""
    figures = list(figures_by_key(content.cells).values())
    codes = [figure.code for figure in figures]
    full_year = has_full_year(content)
    return tuple(
        _row(number, figure, content, alone=codes.count(figure.code) == 1, full_year=full_year)
        for number, figure in enumerate(figures, 1)
    )


def _row(number: int, figure: Figure, content: ReportContent, *, alone: bool, full_year: bool) -> Row:
    measured, estimate = figure.measured, figure.estimate
    value, plan, previous = (_shown(figure, each) for each in (figure.value, measured.plan, figure.previous))
    cumulative = _shown(figure, figure.so_far if figure.so_far is not None else _cumulative(figure, content))
    before = _shown(figure, figure.before_full_year)
    if before is None and (_is_whole_year(content) or not full_year):
        before = previous
    against = None
    if value is not None and previous and figure.unit not in _SHARES:
        against = value * HUNDRED / previous
    return Row(
        number=number,
        label=_label(figure, alone=alone),
        unit=_unit(figure.unit),
        year_before=before,
        plan=plan,
        value=value,
        cumulative=cumulative,
        estimate=None if estimate is None else _shown(figure, estimate.value),
        percent_of_plan=measured.percent,
        percent_of_previous=against,
        previous=previous,
        divides=_divided(value, cumulative, plan, measured.percent),
        decimals=_decimals(figure, (value, plan, before, cumulative)),
        note=_note(figure),
    )


def _divided(
    value: Decimal | None, cumulative: Decimal | None, plan: Decimal | None, percent: Decimal | None
) -> Literal["value", "cumulative"] | None:
    if not plan or percent is None:
        return None
    if value is not None and abs(value * HUNDRED / plan - percent) < _NEAR:
        return "value"
    return "cumulative" if cumulative is not None and abs(cumulative * HUNDRED / plan - percent) < _NEAR else None


def _shown(figure: Figure, value: Decimal | None) -> Decimal | None:
    return in_millions(value, figure.unit) if value is not None and is_money(figure.unit) else value


def _cumulative(figure: Figure, content: ReportContent) -> Decimal | None:
    """Return the value where it is also what there is since the year began: of a stock, or counted from the year's first day."""
    if figure.raw.get("kind") == "stock":
        return figure.value
    first = (content.from_.month, content.from_.day)
    adds_up = figure.unit not in _SHARES and "_per_" not in figure.unit
    return figure.value if adds_up and first in ((1, 1), (12, 15)) else None


def _decimals(figure: Figure, values: Sequence[Decimal | None]) -> int:
    """Return with how many decimals the row's numbers are shown: as many as any of them needs, at most as the text says them."""
    known = [value for value in values if value is not None]
    most = max((said_decimals(value, figure.unit) for value in known), default=0)
    return next((n for n in range(most) if all(rounded(value, n) == rounded(value, most) for value in known)), most)


def _label(figure: Figure, *, alone: bool) -> str:
    name = name_of(figure)
    label = clean(name[:1].upper() + name[1:])
    scope = FIGURE_SCOPES.get(figure.key.partition(":")[2])
    return label if alone or scope is None else f"{label} ({scope[0][:1].lower()}{scope[0][1:]})"


def _unit(unit: str) -> str:
    if is_money(unit) and not unit.startswith("million_"):
        unit = f"million_{unit}"
    return {"cooperative": "HTX", "cooperative_group": "THT", "indicator": "Chỉ tiêu"}.get(unit) or (
        FIGURE_UNITS[unit][0] if unit in FIGURE_UNITS else clean(unit)
    )


def _note(figure: Figure) -> str:
    """Return what stands behind a row: why there is no number, the verdict, the reason, and what others say."""
    raw, measured = figure.raw, figure.measured
    if figure.is_unavailable:
        return "Chưa lấy được số liệu"
    notes = []
    if figure.value is None:
        notes.append("Chưa có số liệu")
    elif measured.plan and (verdict := VERDICTS.get(measured.verdict or "")):
        notes.append(verdict)
    if figure.code == "plan_indicators_assigned" and measured.percent is not None:
        notes = ["% là tỷ lệ chỉ tiêu đạt và vượt"]
    if measured.implied:
        notes.append("KH suy ra từ tỷ lệ đã công bố")
    if measured.plan is not None and measured.plan_unit != figure.unit:
        notes.append(f"KH tính theo {_unit(measured.plan_unit).lower()}")
    plan = raw.get("plan") or {}
    if plan.get("condition"):
        notes.append(f"điều kiện: {clean(str(plan['condition']))}")
    if figure.remark:
        notes.append(clean(figure.remark if figure.value is None else figure.explanation))
    if figure.is_partial:
        notes.append(partial_words(figure).strip(" ()"))
    behind = raw.get("reported_by") or {}
    if figure.value is not None and behind.get("of") and behind["organizations"] < behind["of"]:
        notes.append(f"theo {behind['organizations']}/{behind['of']} đơn vị báo cáo")
    notes += [
        _elsewhere(each, figure.unit)
        for each in raw.get("reported_elsewhere") or ()
        if each.get("value") is not None and not _is_the_same(each, figure)
    ]
    text = "; ".join(notes)
    return text[:1].upper() + text[1:]


def _is_the_same(reported: Mapping[str, Any], figure: Figure) -> bool:
    """Whether what others report is the figure itself, which need not be said twice."""
    unit = reported.get("unit") or figure.unit
    return (
        reported.get("comparator") == "eq" and unit == figure.unit and figure.value == Decimal(str(reported["value"]))
    )


def _elsewhere(reported: Mapping[str, Any], unit: str) -> str:
    word = {"gt": "hơn ", "ge": "ít nhất ", "lt": "dưới ", "approx": "khoảng "}.get(str(reported.get("comparator")), "")
    value = with_unit(Decimal(str(reported["value"])), str(reported.get("unit") or unit))
    return f"{clean(str(reported.get('source') or 'nguồn khác'))}: {word}{value}"


def number_shown(value: Decimal | None, decimals: int) -> str:
    """Return a number of the table as Vietnamese documents write it; "" where there is none."""
    if value is None:
        return ""
    return f"{rounded(value, decimals):,f}".translate(str.maketrans(",.", ".,"))


def percent_shown(percent: Decimal | None) -> str:
    """Return a percent of the table with one decimal, half up; "" where there is none."""
    return "" if percent is None else number_shown(percent, 1)


def clean(text: str) -> str:
    """Return text that a document can hold: no control characters, which XML forbids, and no half characters."""
    return "".join(letter for letter in text if letter in "\t\n" or (letter >= " " and not _is_forbidden(letter)))


def _is_forbidden(letter: str) -> bool:
    return "\x7f" <= letter <= "\x9f" or "\ud800" <= letter <= "\udfff" or letter in "\ufffe\uffff"


def period_shown(content: ReportContent) -> str:
    """Return the days of the table: (từ ngày 01/01/2023 đến ngày 31/8/2023)."""
    return f"Số liệu từ ngày {day_words(content.from_)} đến ngày {day_words(content.to)}"
