"""Which days a kind of report may be of, and what it is called. Pure: neither database nor web."""

from __future__ import annotations

import calendar as months
from dataclasses import dataclass
from datetime import date, timedelta

from kernel.values import geography
from kernel.values.days import day_text

NATION = "VN"
MONTHS_OF = {"month": 1, "quarter": 3, "six_months": 6, "eight_months": 8, "nine_months": 9, "year": 12}
STATISTICAL_FIRST_DAY = 15
# Circular 09/2024/TT-BKHĐT, Art. 6: 15 December to 14 December.
_STARTS_IN = {
    "plan_year": {
        "month": range(1, 13),
        "quarter": (1, 4, 7, 10),
        "six_months": (1, 7),
        "eight_months": (1,),
        "nine_months": (1,),
        "year": (1,),
    },
    "statistical_year": {
        "month": range(1, 13),
        "quarter": (12, 3, 6, 9),
        "six_months": (12, 6),
        "eight_months": (12,),
        "nine_months": (12,),
        "year": (12,),
    },
}


@dataclass(frozen=True)
class Days:
    """The whole days of a period, and the earliest day at which it may be cut."""

    first: date
    last: date
    earliest_cut: date


def _months_later(day: date, count: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


def days_of_kind(kind: str, calendar: str, first: date) -> Days | None:
    """Return the days of the period of `kind` that begins on `first`; None where none begins there.

    A period may be cut early in its last month, as offices do on 20 December; a month in its second half.
    """
    length = MONTHS_OF[kind]
    first_day = STATISTICAL_FIRST_DAY if calendar == "statistical_year" else 1
    if first.day != first_day or first.month not in _STARTS_IN[calendar][kind]:
        return None
    last = _months_later(first, length) - timedelta(days=1)
    last_month = _months_later(first, length - 1)
    return Days(first, last, last_month if length > 1 else first + timedelta(days=14))


def agrees(kind: str, calendar: str, first: date, last: date) -> bool:
    """Say whether the days are those of the kind, cut early or not; those of `free` always are."""
    if kind == "free":
        return True
    days = days_of_kind(kind, calendar, first)
    return days is not None and days.earliest_cut <= last <= days.last


def year_to_date(calendar: str, first: date) -> date:
    """Return the day on which the calendar's year began that `first` lies in: what is cumulative counts from there."""
    if calendar == "plan_year":
        return date(first.year, 1, 1)
    began = date(first.year, 12, STATISTICAL_FIRST_DAY)
    return began if first >= began else date(first.year - 1, 12, STATISTICAL_FIRST_DAY)


def years_earlier(day: date, count: int) -> date:
    """Return the same day so many years earlier; of 29 February the 28th."""
    return _months_later(day, -12 * count)


def year_before(first: date) -> tuple[date, date]:
    """Return the whole year before the one that began on `first`."""
    began = first.replace(year=first.year - 1)
    return began, first - timedelta(days=1)


def year_of(calendar: str, last: date) -> int:
    """Return the year that people call the period by."""
    if calendar == "statistical_year" and (last.month, last.day) > (12, STATISTICAL_FIRST_DAY - 1):
        return last.year + 1
    return last.year


def period_text(kind: str, calendar: str, first: date, last: date) -> str:
    """Return what people call the period in Vietnamese: "8 tháng đầu năm 2023", "quý III năm 2023", "năm 2023"."""
    year = year_of(calendar, last)
    statistical = " (năm thống kê)" if calendar == "statistical_year" else ""
    if kind == "free":
        return f"từ {day_text(first)} đến {day_text(last)}"
    # A month of the statistical year is called by the month in which it ends.
    month = _months_later(first, MONTHS_OF[kind] - (calendar == "plan_year")).month
    if kind == "month":
        return f"tháng {month} năm {year}{statistical}"
    if kind == "quarter":
        return f"quý {('I', 'II', 'III', 'IV')[(month - 1) // 3]} năm {year}{statistical}"
    if kind == "year":
        return f"năm {year}{statistical}"
    half = "đầu" if month < 12 else "cuối"
    return f"{MONTHS_OF[kind]} tháng {half} năm {year}{statistical}"


def title_of_report(kind: str, calendar: str, first: date, last: date, province: str) -> str:
    """Return the title that a report has until somebody gives it another, in Vietnamese as the document is."""
    where = "cả nước" if province == NATION else f"tỉnh {geography.province_name(province)}"
    known = None if province == NATION else geography.province(province)
    if known is not None and known.type == "municipality":
        where = f"thành phố {known.name}"
    return f"Báo cáo tình hình kinh tế tập thể, hợp tác xã {where} {period_text(kind, calendar, first, last)}"


def alliance_of(province: str) -> str:
    """Return the alliance of today that a report of `province`, or of the nation, belongs to."""
    if province == NATION:
        return NATION
    known = geography.province(province)
    assert known is not None, "checked with the body"
    return known.id if known.map == "2025" else str(known.successor_id)


def series_break(first: date, last: date) -> date | None:
    """Return 1 July 2025 where the days, or those a year before, lie on both sides of it: provinces merged then."""
    return geography.MAP_2025_FROM if _months_later(first, -12) < geography.MAP_2025_FROM <= last else None
