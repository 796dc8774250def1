"""Due dates and shares of a year."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.funds.engine.days import (
    DAY_COUNTS,
    DayCount,
    Interval,
    days_in_leap_years,
    due_dates,
    share_parts,
    shifted,
)

MONTHLY = Interval(1, "months")
DAYS = st.dates(date(1990, 1, 1), date(2150, 12, 31))


def test_month_ends_do_not_drift_after_a_short_month() -> None:
    assert due_dates(date(2023, 1, 31), None, MONTHLY, 4) == [
        date(2023, 2, 28),
        date(2023, 3, 31),
        date(2023, 4, 30),
        date(2023, 5, 31),
    ]
    assert due_dates(date(2023, 12, 15), date(2024, 1, 31), MONTHLY, 3) == [
        date(2024, 1, 31),
        date(2024, 2, 29),
        date(2024, 3, 31),
    ]


def test_a_leap_day_comes_back_every_fourth_year() -> None:
    yearly = due_dates(date(2024, 2, 29), None, Interval(12, "months"), 4)
    assert yearly == [date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29)]


def test_the_first_due_date_sets_the_day_of_all_the_others() -> None:
    assert due_dates(date(2023, 1, 31), date(2023, 3, 5), Interval(3, "months"), 3) == [
        date(2023, 3, 5),
        date(2023, 6, 5),
        date(2023, 9, 5),
    ]


def test_days_are_counted_as_days_over_a_leap_february() -> None:
    assert due_dates(date(2024, 2, 20), None, Interval(10, "days"), 2) == [date(2024, 3, 1), date(2024, 3, 11)]


def test_a_date_after_the_year_9999_is_an_overflow() -> None:
    assert shifted(date(9999, 11, 30), MONTHLY, 1) == date(9999, 12, 30)
    with pytest.raises(OverflowError, match=r"^the date is outside the years 1 to 9999$"):
        shifted(date(9999, 12, 1), MONTHLY, 1)
    with pytest.raises(OverflowError):
        shifted(date(9999, 12, 1), Interval(60, "days"), 1)


def test_a_date_before_the_year_1_is_an_overflow_too() -> None:
    assert shifted(date(1, 3, 31), MONTHLY, -1) == date(1, 2, 28)
    with pytest.raises(OverflowError, match=r"^the date is outside the years 1 to 9999$"):
        shifted(date(1, 1, 31), MONTHLY, -1)


@given(anchor=DAYS, count=st.integers(1, 24), times=st.integers(0, 120))
def test_a_due_date_is_in_the_month_it_should_be_and_on_the_day_or_the_months_last(
    anchor: date, count: int, times: int
) -> None:
    due = shifted(anchor, Interval(count, "months"), times)
    assert (due.year - anchor.year) * 12 + due.month - anchor.month == count * times
    last_of_month = (due + timedelta(days=1)).month != due.month
    assert due.day == anchor.day or (due.day < anchor.day and last_of_month)


def year_share(start: date, end: date, day_count: DayCount, interval: Interval | None = None) -> Fraction:
    return Fraction(*share_parts(start, end, day_count, interval))


@pytest.mark.parametrize(
    ("start", "end", "day_count", "share"),
    [
        (date(2023, 1, 31), date(2023, 2, 28), "actual_365", Fraction(28, 365)),
        (date(2023, 1, 31), date(2023, 2, 28), "actual_364", Fraction(28, 364)),
        (date(2023, 1, 31), date(2023, 2, 28), "actual_360", Fraction(28, 360)),
        (date(2023, 1, 31), date(2023, 2, 28), "30e_360", Fraction(28, 360)),
        (date(2023, 2, 28), date(2023, 3, 31), "30e_360", Fraction(32, 360)),
        (date(2023, 3, 30), date(2023, 3, 31), "30e_360", Fraction(0)),
        (date(2024, 1, 15), date(2024, 2, 15), "actual_actual", Fraction(31, 366)),
        (date(2023, 1, 15), date(2023, 2, 15), "actual_actual", Fraction(31, 365)),
        # ISDA, EMU and Market Conventions (1998), the worked examples of actual/actual (ISDA):
        (date(2003, 11, 1), date(2004, 5, 1), "actual_actual", Fraction(61, 365) + Fraction(121, 366)),
        (date(1999, 2, 1), date(1999, 7, 1), "actual_actual", Fraction(150, 365)),
        (date(1999, 7, 1), date(2000, 7, 1), "actual_actual", Fraction(184, 365) + Fraction(182, 366)),
        (date(1999, 7, 30), date(2000, 1, 30), "actual_actual", Fraction(155, 365) + Fraction(29, 366)),
    ],
)
def test_each_convention_gives_its_share(start: date, end: date, day_count: DayCount, share: Fraction) -> None:
    assert year_share(start, end, day_count) == share


def test_actual_days_lie_over_365_over_366_or_over_both() -> None:
    for_a_week = [(date(2023, 12, 1), 365), (date(2024, 12, 1), 366), (date(2023, 12, 25), 365 * 366)]
    for start, year in for_a_week:
        days, of = share_parts(start, start + timedelta(days=8), "actual_actual")
        assert of == year
        assert days > 0
    # One day of eight lies in the leap year.
    assert year_share(date(2023, 12, 25), date(2024, 1, 2), "actual_actual") == Fraction(7, 365) + Fraction(1, 366)


def test_the_convention_none_is_the_interval_over_a_year_whatever_the_dates() -> None:
    some, other = date(2024, 1, 1), date(2024, 3, 17)
    assert year_share(some, other, "none", MONTHLY) == Fraction(1, 12)
    assert year_share(some, other, "none", Interval(6, "months")) == Fraction(1, 2)
    assert year_share(some, other, "none", Interval(14, "days")) == Fraction(14, 365)
    with pytest.raises(ValueError, match=r"^the day count `none` needs an interval$"):
        year_share(some, other, "none")


@given(days=st.lists(DAYS, min_size=3, max_size=3))
def test_the_shares_of_two_adjoining_times_add_up(days: list[date]) -> None:
    a, b, c = sorted(days)
    for day_count in DAY_COUNTS[:-1]:
        whole = year_share(a, c, day_count)
        assert year_share(a, b, day_count) + year_share(b, c, day_count) == whole
        assert whole >= 0


@given(start=DAYS, length=st.integers(0, 4000))
def test_days_in_leap_years_are_those_counted_one_by_one(start: date, length: int) -> None:
    end = start + timedelta(days=length)
    one_by_one = 0
    for offset in range(length):
        year = (start + timedelta(days=offset)).year
        one_by_one += year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    assert days_in_leap_years(start, end) == one_by_one
