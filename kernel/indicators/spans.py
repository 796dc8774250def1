"""Days that figures are of: the months, quarters and years of a period, and the days that one is compared with."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal, NamedTuple

Previous = Literal["year", "period"]

MONTHS = {"month": 1, "quarter": 3, "year": 12}
"""What a figure is grouped by in time → the months of one group."""
MAX_SPANS = 36
"""Of what is counted once for each span, as stocks are: three years of months, nine of quarters. Each costs as much as one."""


class Span(NamedTuple):
    """The days of a figure, both included; `code` is the period's, where figures are grouped by it: 2023-07, 2023-Q3, 2023."""

    first: date
    last: date
    code: str | None = None


def spans_of(first: date, last: date, by: str) -> Iterator[Span]:
    """Yield the months, quarters or years from `first` to `last`; those at the ends may be cut short."""
    months = MONTHS[by]
    begins = first.replace(month=(first.month - 1) // months * months + 1, day=1)
    while (ends := _end_of(begins, months)) < last:
        yield Span(max(first, begins), ends, _code(begins, by))
        begins = ends + timedelta(days=1)
    yield Span(max(first, begins), last, _code(begins, by))


def _code(begins: date, by: str) -> str:
    if by == "year":
        return f"{begins.year:04d}"
    return (
        f"{begins.year:04d}-Q{(begins.month + 2) // 3}" if by == "quarter" else f"{begins.year:04d}-{begins.month:02d}"
    )


def _end_of(first: date, months: int) -> date:
    """Return the last day of so many months from the first day of one on; of less than none, the last day before those."""
    year, month = divmod(first.year * 12 + first.month - 2 + months, 12)
    return date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def before(span: Span, by: Previous) -> Span:
    """Return the days that `span` is compared with, under its own code.

    `year`: the same days a year before; the last day of a month is the last of that month. `period`: of a whole month,
    quarter, half-year or year the one before it, else as many days directly before.
    """
    if by == "year":
        return span._replace(first=_year_before(span.first), last=_year_before(span.last, ends=True))
    day_before = span.first - timedelta(days=1)
    if (months := _whole_months(span)) is not None:
        return span._replace(first=_end_of(span.first, -months) + timedelta(days=1), last=day_before)
    return span._replace(first=span.first - (span.last - day_before), last=day_before)


def _year_before(day: date, *, ends: bool = False) -> date:
    last = calendar.monthrange(day.year - 1, day.month)[1]
    is_last = ends and day.day == calendar.monthrange(day.year, day.month)[1]
    return date(day.year - 1, day.month, last if is_last else min(day.day, last))


def _whole_months(span: Span) -> int | None:
    """Return how many months a span has that is a month, quarter, half-year or year, or None."""
    for months in (1, 3, 6, 12):
        begins = span.first.day == 1 and (span.first.month - 1) % months == 0
        if begins and _end_of(span.first, months) == span.last:
            return months
    return None
