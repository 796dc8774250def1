"""Due dates that do not drift, and the share of a year between two days by each day-count convention."""

from __future__ import annotations

from calendar import isleap, monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Unit = Literal["days", "months"]
DayCount = Literal["actual_365", "actual_actual", "actual_364", "actual_360", "30e_360", "none"]
DAY_COUNTS: tuple[DayCount, ...] = ("actual_365", "actual_actual", "actual_364", "actual_360", "30e_360", "none")

_YEAR_OF: dict[DayCount, int] = {"actual_365": 365, "actual_364": 364, "actual_360": 360}


@dataclass(frozen=True, slots=True)
class Interval:
    """The time from one due date to the next: `count` days, or `count` months."""

    count: int = 1
    unit: Unit = "months"

    @property
    def share(self) -> tuple[int, int]:
        """The nominal share of a year, numerator and denominator: months / 12, days / 365."""
        return self.count, 12 if self.unit == "months" else 365


MONTHLY = Interval(1, "months")


def shifted(anchor: date, interval: Interval, times: int) -> date:
    """Return `anchor` + `times` × `interval`, on the anchor's day of the month where that month has it.

    Counted from the anchor each time and never from the date before, so month-ends do not drift: 31 January,
    28 February, 31 March. `times` may be 0 or negative. Raises OverflowError outside the years 1 to 9999.
    """
    if interval.unit == "days":
        return anchor + timedelta(days=times * interval.count)
    months = anchor.year * 12 + anchor.month - 1 + times * interval.count
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError("the date is outside the years 1 to 9999")
    try:
        return date(year, month + 1, anchor.day)
    except ValueError:
        return date(year, month + 1, monthrange(year, month + 1)[1])


def due_dates(disbursed_on: date, first_due_on: date | None, interval: Interval, installments: int) -> list[date]:
    """Return the nominal due dates, one an installment, before any shift for holidays.

    With `first_due_on` it is the first of them and its day of the month is kept; without it the first is one interval
    after `disbursed_on`, and the day of the month of `disbursed_on` is kept. Raises OverflowError after the year 9999.
    """
    if first_due_on is None:
        return [shifted(disbursed_on, interval, number) for number in range(1, installments + 1)]
    return [shifted(first_due_on, interval, number) for number in range(installments)]


def days_30e_360(start: date, end: date) -> int:
    """Return the days from `start` to `end` when every month has 30 (30E/360, the Eurobond basis)."""
    return 360 * (end.year - start.year) + 30 * (end.month - start.month) + min(end.day, 30) - min(start.day, 30)


def days_in_leap_years(start: date, end: date) -> int:
    """Return how many days d with `start` <= d < `end` lie in leap years."""
    if start.year == end.year:
        return (end - start).days if isleap(start.year) else 0
    days = (date(start.year + 1, 1, 1) - start).days if isleap(start.year) else 0
    days += 366 * sum(1 for year in range(start.year + 1, end.year) if isleap(year))
    return days + ((end - date(end.year, 1, 1)).days if isleap(end.year) else 0)


def share_parts(start: date, end: date, day_count: DayCount, interval: Interval | None = None) -> tuple[int, int]:
    """Return the share of a year from `start` to `end` as numerator and denominator, not reduced.

    The first day counts and the last does not. `actual_actual` is ISDA's: the days in leap years over 366 and the
    others over 365. `none` asks no date at all: the interval over a year (months / 12, days / 365); it needs `interval`
    and raises ValueError without. Source of the conventions: ISDA Definitions 2006, 4.16 (b), (d), (e), (g).
    """
    if day_count == "none":
        if interval is None:
            raise ValueError("the day count `none` needs an interval")
        return interval.share
    if day_count == "30e_360":
        return days_30e_360(start, end), 360
    days = (end - start).days
    if day_count == "actual_actual":
        leap = days_in_leap_years(start, end)
        if leap == 0:
            return days, 365
        return (days, 366) if leap == days else (leap * 365 + (days - leap) * 366, 365 * 366)
    return days, _YEAR_OF[day_count]
