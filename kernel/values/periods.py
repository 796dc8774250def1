"""Codes of reporting periods and the days they stand for (DHIS2's period codes, in ISO order)."""

from __future__ import annotations

import calendar
import re
from datetime import MAXYEAR, date
from typing import Annotated

from pydantic import AfterValidator, StringConstraints, WithJsonSchema

from kernel.values.days import EARLIEST
from kernel.values.field_errors import field_error

_CODE = re.compile(
    r"(?P<year>\d{4})(?:-(?:H(?P<half>[12])|Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])|(?P<months>[1-9]|1[0-2])M))?"
    r"|S(?P<statistical>\d{4})",
    re.ASCII,
)


def days_of(code: str) -> tuple[date, date]:
    """Return the first and last day of the period `code`, both included; raise the fault `not_a_period`.

    2026 is the year, 2026-H1 a half, 2026-Q3 a quarter, 2026-07 a month, 2026-8M January to August. S2026 is the
    statistical year, 15 December 2025 to 14 December 2026 (Circular 09/2024/TT-BKHĐT, Art. 6).
    """
    match = _CODE.fullmatch(code)
    year = 0 if match is None else int(match["year"] or match["statistical"])
    if match is None or not EARLIEST.year < year < MAXYEAR:
        raise field_error(
            "not_a_period",
            "Hãy ghi mã kỳ: năm, nửa năm, quý, tháng, số tháng đầu năm hoặc năm thống kê, như tài liệu nêu.",
            "Give the code of a year, half, quarter, month, first months of a year or statistical year, as the documentation says.",
        )
    if match["statistical"]:
        return date(year - 1, 12, 15), date(year, 12, 14)
    first, last = 1, 12
    if match["half"]:
        last = int(match["half"]) * 6
        first = last - 5
    elif match["quarter"]:
        last = int(match["quarter"]) * 3
        first = last - 2
    elif match["month"]:
        first = last = int(match["month"])
    elif match["months"]:
        last = int(match["months"])
    return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])


def months_in(first: date, last: date) -> int | None:
    """Return how many months a period has; 12 for a statistical year, None for days that make no whole months."""
    if (first.month, first.day, last.month, last.day) == (12, 15, 12, 14):
        return 12 * (last.year - first.year)
    if first.day != 1 or last.day != calendar.monthrange(last.year, last.month)[1]:
        return None
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _is_period(code: str) -> str:
    days_of(code)
    return code


PeriodCode = Annotated[
    str,
    StringConstraints(strict=True, max_length=8),
    AfterValidator(_is_period),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^([0-9]{4}(-(H[12]|Q[1-4]|(0[1-9]|1[0-2])|([1-9]|1[0-2])M))?|S[0-9]{4})$",
            "description": "Reporting period: 2026, 2026-H1, 2026-Q3, 2026-07, 2026-8M (January to August, cumulative), "
            "S2026 (statistical year, 15 December 2025 to 14 December 2026).",
            "examples": ["2026-8M"],
        }
    ),
]
"""The code of a reporting period."""
