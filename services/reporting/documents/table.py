"""The plan-and-actual table of a report: one row a figure, with the columns that offices use (DOMAIN.md 5.4's layout)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kernel.values.common_lists import FIGURE_SCOPES, FIGURE_UNITS
from kernel.values.periods import months_in
from services.reporting.documents.content import ReportContent
from services.reporting.documents.figures_read import HUNDRED, Figure, figures_by_key, rounded
from services.reporting.documents.wording.context import day_words
from services.reporting.documents.wording.goals import name_of
from services.reporting.documents.wording.numbers import digits, in_millions, is_money, said_decimals
from services.reporting.documents.wording.phrases import partial_words

VERDICTS: Mapping[str, str] = {
    "exceeded": "Vượt kế hoạch",
    "met": "Đạt kế hoạch",
    "partly_met": "Đạt một phần kế hoạch",
    "missed": "Chưa đạt kế hoạch",
    "running": "Đang thực hiện",
}
_SHARES = ("percent", "percent_vs_previous_year")


@dataclass(frozen=True)
class Row:
    """A figure in the table, money in millions. Percents are of 100 and unrounded; `divides`: they follow from the row's numbers."""

    number: int
    label: str
    unit: str
    previous: Decimal | None
    plan: Decimal | None
    value: Decimal | None
    cumulative: Decimal | None
    estimate: Decimal | None
    percent_of_plan: Decimal | None
    percent_of_previous: Decimal | None
    divides: bool
    decimals: int
    note: str


def columns_of(content: ReportContent) -> tuple[str, ...]:
    """Return the headings; of part of a year the year before is the same part of it."""
    year = content.to.year
    whole = months_in(content.from_, content.to) == 12 or content.kind == "year"
    before = f"TH năm {year - 1}" if whole else f"TH cùng kỳ năm {year - 1}"
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


def rows_of(content: ReportContent) -> tuple[Row, ...]:
    """Return the rows of a report's table, in the order of its cells."""
    figures = list(figures_by_key(content.cells).values())
    codes = [figure.code for figure in figures]
    return tuple(
        _row(number, figure, content, alone=codes.count(figure.code) == 1) for number, figure in enumerate(figures, 1)
    )


def _row(number: int, figure: Figure, content: ReportContent, *, alone: bool) -> Row:
    measured, estimate = figure.measured, figure.estimate
    value, plan, previous = (_shown(figure, each) for each in (figure.value, measured.plan, figure.previous))
    percent, before = measured.percent, None
    if value is not None and previous and figure.unit not in _SHARES:
        before = value * HUNDRED / previous
    divides = value is not None and bool(plan) and percent is not None and _agrees(value, plan, percent)
    return Row(
        number=number,
        label=_label(figure, alone=alone),
        unit=_unit(figure),
        previous=previous,
        plan=plan,
        value=value,
        cumulative=value if _is_cumulative(figure, content) else None,
        estimate=None if estimate is None else _shown(figure, estimate.value),
        percent_of_plan=percent,
        percent_of_previous=before,
        divides=divides,
        decimals=_decimals(figure, (value, plan, previous)),
        note=_note(figure),
    )


def _agrees(value: Decimal, plan: Decimal | None, percent: Decimal) -> bool:
    return bool(plan) and plan is not None and abs(value * HUNDRED / plan - percent) < Decimal("0.06")


def _shown(figure: Figure, value: Decimal | None) -> Decimal | None:
    return in_millions(value, figure.unit) if value is not None and is_money(figure.unit) else value


def _is_cumulative(figure: Figure, content: ReportContent) -> bool:
    """Whether the value is also what there is since the year began: a stock, or what was counted from the year's first day."""
    if figure.raw.get("kind") == "stock":
        return True
    first = (content.from_.month, content.from_.day)
    return first in ((1, 1), (12, 15)) and figure.unit not in _SHARES and "_per_" not in figure.unit


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


def _unit(figure: Figure) -> str:
    unit = figure.unit
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
    if measured.implied:
        notes.append("KH suy ra từ tỷ lệ đã công bố")
    plan = raw.get("plan") or {}
    if plan.get("condition"):
        notes.append(f"điều kiện: {clean(str(plan['condition']))}")
    if figure.explanation:
        notes.append(clean(figure.explanation))
    if figure.is_partial:
        notes.append(partial_words(figure).strip(" ()"))
    behind = raw.get("reported_by") or {}
    if behind.get("of") and behind["organizations"] < behind["of"]:
        notes.append(f"theo {behind['organizations']}/{behind['of']} đơn vị báo cáo")
    notes += [
        _elsewhere(each, figure.unit) for each in (raw.get("reported_elsewhere") or ()) if each.get("value") is not None
    ]
    text = "; ".join(notes)
    return text[:1].upper() + text[1:]


def _elsewhere(reported: Mapping[str, object], unit: str) -> str:
    word = {"gt": "hơn ", "ge": "ít nhất "}.get(str(reported.get("comparator")), "")
    value = Decimal(str(reported["value"]))
    return f"{clean(str(reported.get('source') or 'nguồn khác'))}: {word}{digits(value, 2)}"


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
