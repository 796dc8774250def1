"""What is worth a look, or has to be mended, before a report goes out. Pure: from its cells and the years before.

A finding's code names its kind and its cell: `missing_coverage.cooperatives_new.province`; of a number that another body
reports also which one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from statistics import median
from typing import Any

from kernel.values import geography
from kernel.values.money import number_shown
from kernel.values.wording import joined

Cell = Mapping[str, Any]
Words = tuple[str, str]
"""In Vietnamese and in English."""

OUTLIER_Z, LEAST_YEARS = 3.5, 4
"""Iglewicz and Hoaglin (1993): a modified z above 3.5 is an outlier; of fewer values the median says too little."""
_CONSISTENT = 0.6745
"""The median absolute deviation of a normal distribution, in standard deviations."""
_FLAT = 0.05
"""Where the years before are all alike: the deviation that they are taken to have, as a part of their median."""
THOUSANDFOLD = (Decimal(500), Decimal(2000))
"""Within this many times the value of last year, or its inverse, a unit was probably mistaken (đồng for thousands)."""


def robust_z(value: float, before: Sequence[float]) -> float | None:
    """Return how far a value lies from the median of those before, in robust standard deviations; None of too few.

    Where more than half of them are equal, a twentieth of the median stands for their deviation, at least one.
    """
    if len(before) < LEAST_YEARS:
        return None
    middle = median(before)
    deviation = median(abs(each - middle) for each in before)
    if deviation == 0:
        deviation = max(abs(middle) * _FLAT, 1.0) * _CONSISTENT
    return _CONSISTENT * (value - middle) / deviation


def findings(cells: Sequence[Cell], series: Mapping[str, Sequence[float]]) -> list[dict[str, Any]]:
    """Return the findings of a report's cells, those to be mended or answered first. `series`: key → values of the years before.

    Each is {code, kind, severity, cell, indicator, scope, value, compared_with, message (a pair of words), remedy}.
    """
    found = [each for cell in cells for each in _of_cell(cell, series.get(cell["key"], ()))]
    return sorted(found, key=lambda each: each["severity"] != "blocking")


def _of_cell(cell: Cell, before: Sequence[float]) -> list[dict[str, Any]]:
    if cell["unavailable"] is not None:
        return [_unavailable(cell)]
    if cell["status"] not in ("reported", "partial") or cell["value"] is None:
        return _without_value(cell)
    found = [_partial(cell)] if cell["status"] == "partial" else []
    return found + [each for each in (_outlier(cell, before), *_differing(cell), *_units(cell)) if each is not None]


def _finding(
    cell: Cell,
    kind: str,
    severity: str,
    words: Words,
    remedy: str | None,
    more: str = "",
    compared_with: Any = None,
) -> dict[str, Any]:
    return {
        "code": f"{kind}.{cell['indicator']}.{cell['scope']}{more}",
        "kind": kind,
        "severity": severity,
        "cell": cell["key"],
        "indicator": cell["indicator"],
        "scope": cell["scope"],
        "value": cell["value"],
        "compared_with": compared_with,
        "message": words,
        "remedy": remedy,
    }


def remedy_of(cell: Cell) -> str:
    """Return where coverage is declared for the records that a cell counts."""
    return f"/v1/{cell['source_service']}/coverages"


def _unavailable(cell: Cell) -> dict[str, Any]:
    name = cell["indicator_label"]
    words = (
        f"Chưa lấy được “{name}”: dịch vụ nguồn chưa trả lời. Hãy thử lại.",
        f"“{name}” could not be had: its service did not answer. Try again.",
    )
    return _finding(cell, "unavailable", "blocking", words, None)


def _without_value(cell: Cell) -> list[dict[str, Any]]:
    name = cell["indicator_label"]
    if cell["plan"] is None:
        words = (
            f"“{name}” chưa có số liệu: chưa khai báo dữ liệu đầy đủ trong kỳ.",
            f"“{name}” has no value: nobody declared its records complete for these days.",
        )
        return [_finding(cell, "missing_coverage", "warning", words, remedy_of(cell))]
    words = (
        f"“{name}” có kế hoạch nhưng chưa khai báo dữ liệu đầy đủ trong kỳ, nên chưa có kết quả.",
        f"“{name}” has a plan and no value: nobody declared its records complete for these days.",
    )
    return [_finding(cell, "plan_without_value", "blocking", words, remedy_of(cell))]


def _partial(cell: Cell) -> dict[str, Any]:
    name = cell["indicator_label"]
    missing = [geography.province_name(each) for each in cell["missing_provinces"]]
    words = (
        f"“{name}” mới có số liệu của một phần địa bàn; còn thiếu: {joined(missing, 'vi')}.",
        f"“{name}” is of a part of the area only; missing: {joined(missing, 'en')}.",
    )
    severity = "blocking" if cell["plan"] is not None else "warning"
    return _finding(cell, "missing_coverage", severity, words, remedy_of(cell))


def _decimal(value: Any) -> Decimal:
    """Return a number of JSON as it is written."""
    return Decimal(str(value))


def _outlier(cell: Cell, before: Sequence[float]) -> dict[str, Any] | None:
    name = cell["indicator_label"]
    z = robust_z(float(cell["value"]), before)
    if z is None or abs(z) <= OUTLIER_Z:
        return None
    value, middle = _decimal(cell["value"]), _decimal(median(before))
    words = (
        f"“{name}” là {number_shown(value, 'vi')}, khác thường so với cùng kỳ {len(before)} năm trước "
        f"(trung vị {number_shown(middle, 'vi')}).",
        f"“{name}” is {number_shown(value, 'en')}, unlike the same days of {len(before)} years before "
        f"(median {number_shown(middle, 'en')}).",
    )
    return _finding(cell, "outlier", "warning", words, cell["evidence"])


def agrees(value: Decimal, comparator: str, reported: Decimal) -> bool:
    """Say whether a value is as another body words it: more than, at least, less than, about (within 5 %), or equal."""
    if comparator == "gt":
        return value > reported
    if comparator == "ge":
        return value >= reported
    if comparator == "lt":
        return value < reported
    if comparator == "approx":
        return abs(value - reported) <= abs(reported) * Decimal("0.05")
    return value == reported


def _differing(cell: Cell) -> list[dict[str, Any]]:
    name = cell["indicator_label"]
    found: list[dict[str, Any]] = []
    for each in cell["reported_elsewhere"]:
        if each.get("unit", cell["unit"]) != cell["unit"]:
            continue
        value, reported = _decimal(cell["value"]), _decimal(each["value"])
        if agrees(value, each["comparator"], reported):
            continue
        named = each["source"] if each["document"] is None else f"{each['source']}, {each['document']}"
        words = (
            f"“{name}” đếm được {number_shown(value, 'vi')}, còn {named} báo cáo {number_shown(reported, 'vi')}.",
            f"“{name}” is counted as {number_shown(value, 'en')}, and {named} reports {number_shown(reported, 'en')}.",
        )
        remedy = f"/v1/reporting/reported-figures/{each['reported_figure_id']}"
        # Of which body's number it is: an answer to one is none to another.
        more = f".{each['reported_figure_id'][-12:]}"
        found.append(_finding(cell, "differs_from_reported", "blocking", words, remedy, more, each["value"]))
    return found


def _units(cell: Cell) -> list[dict[str, Any]]:
    name = cell["indicator_label"]
    value = _decimal(cell["value"])
    last = (cell["previous"] or {}).get("value")
    if last and value:
        before = _decimal(last)
        times = abs(value / before)
        low, high = THOUSANDFOLD
        if low <= times <= high or low <= 1 / times <= high:
            words = (
                f"“{name}” là {number_shown(value, 'vi')}, năm trước là {number_shown(before, 'vi')}: gấp hoặc kém khoảng "
                "1.000 lần, có thể sai đơn vị tính.",
                f"“{name}” is {number_shown(value, 'en')} and was {number_shown(before, 'en')} a year before: a thousand "
                "times apart, perhaps in another unit.",
            )
            return [_finding(cell, "unit_doubt", "blocking", words, cell["evidence"], compared_with=last)]
    if not _quotient_agrees(cell, value):
        words = (
            f"“{name}” không khớp với thương của tổng và số lượng; có thể một số ghi theo đơn vị khác.",
            f"“{name}” does not agree with total over number; one of them may be in another unit.",
        )
        return [_finding(cell, "unit_doubt", "blocking", words, cell["denominator_evidence"])]
    return []


def _quotient_agrees(cell: Cell, value: Decimal) -> bool:
    """Say whether an average or share is its numerator over its denominator, in percent where it is one."""
    top, bottom = cell["numerator"], cell["denominator"]
    if top is None or not bottom:
        return True
    quotient = Decimal(str(top)) / Decimal(str(bottom))
    expected = quotient * 100 if cell["unit"] == "percent" else quotient
    return abs(value - expected) <= max(abs(expected) * Decimal("0.01"), Decimal("0.5"))
