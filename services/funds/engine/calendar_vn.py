"""Vietnamese working days, and due dates that move off the days when nobody works.

Not worked: Saturdays, Sundays and the public holidays of the Labour Code (Law 45/2019/QH14) art. 112: 1 January, five
days of the lunar new year (Tết), the Hùng Kings (10th of the 3rd lunar month), 30 April, 1 May, 2 September with one
day beside it; and by art. 111 (3) the next working day where a holiday meets the weekly rest. The days that the
Government moved in past years are in. They come from the library `holidays`, whose lunar calendar is Vietnam's own
(UTC+7: Tết of 2007 and of 2030 is a day before China's), up to the year 2100; tests compute the lunar calendar anew.
A Saturday that the public sector works in exchange for a day off stays a day off here: banks and payers follow the
calendar of their own house.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

import holidays

HolidayRule = Literal["none", "next_working_day", "previous_working_day"]
HOLIDAY_RULES: tuple[HolidayRule, ...] = ("none", "next_working_day", "previous_working_day")

FIRST_YEAR, LAST_YEAR = 1995, 2100
"""The years whose holidays are known; the rules before 1995 had no day in lieu."""

_ONE_DAY = timedelta(days=1)


@lru_cache(maxsize=LAST_YEAR - FIRST_YEAR + 1)
def holidays_of(year: int) -> dict[date, str]:
    """Return the public holidays of `year` with their Vietnamese names, days in lieu with them.

    Raises ValueError outside FIRST_YEAR to LAST_YEAR.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"the Vietnamese holidays of {year} are not known")
    found = holidays.country_holidays("VN", years=year, expand=False, language="vi")
    return {day: str(name) for day, name in sorted(found.items()) if day.year == year}


def is_working_day(day: date) -> bool:
    """Return whether people work on `day` in Vietnam. Raises ValueError for a year whose holidays are not known."""
    return day not in holidays_of(day.year) and day.weekday() < 5


def next_working_day(day: date) -> date:
    """Return `day`, or the first working day after it."""
    while not is_working_day(day):
        day += _ONE_DAY
    return day


def previous_working_day(day: date) -> date:
    """Return `day`, or the last working day before it."""
    while not is_working_day(day):
        day -= _ONE_DAY
    return day


def moved(due_on: Sequence[date], rule: HolidayRule, disbursed_on: date) -> list[date]:
    """Return the due dates moved by `rule`: the moved date is what is due, and the days of a row count between them.

    A date that would move back to the day of the disbursement or before moves forward instead, so a row never counts
    fewer than 0 days. Dates within one holiday move to the same day and keep their order. The next date is counted from
    the nominal one, so one holiday never moves the dates after it.
    """
    if rule == "none":
        return list(due_on)
    if rule == "next_working_day":
        return [next_working_day(day) for day in due_on]
    return [_moved_back(day, disbursed_on) for day in due_on]


def _moved_back(day: date, disbursed_on: date) -> date:
    back = previous_working_day(day)
    return back if back > disbursed_on else next_working_day(day)
