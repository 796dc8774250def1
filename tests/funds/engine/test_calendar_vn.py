"""Days that are not worked in Vietnam, and due dates that move off them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.funds.engine.calendar_vn import (
    HOLIDAY_RULES,
    HolidayRule,
    holidays_of,
    is_working_day,
    moved,
    next_working_day,
    previous_working_day,
)
from tests.funds.engine import lunar

# Published first days of Tết; 1985, 2007 and 2030 differ from China's by the hour between Hanoi and Beijing.
TET = {
    1985: date(1985, 1, 21),
    2000: date(2000, 2, 5),
    2007: date(2007, 2, 17),
    2015: date(2015, 2, 19),
    2020: date(2020, 1, 25),
    2021: date(2021, 2, 12),
    2022: date(2022, 2, 1),
    2023: date(2023, 1, 22),
    2024: date(2024, 2, 10),
    2025: date(2025, 1, 29),
    2026: date(2026, 2, 17),
    2027: date(2027, 2, 6),
    2028: date(2028, 1, 26),
    2029: date(2029, 2, 13),
    2030: date(2030, 2, 2),
}


def test_the_lunar_calendar_computed_here_gives_the_published_days_of_tet() -> None:
    assert {year: lunar.tet(year) for year in TET} == TET
    assert lunar.hung_kings_day(2023) == date(2023, 4, 29)
    assert lunar.hung_kings_day(2024) == date(2024, 4, 18)
    assert lunar.hung_kings_day(2025) == date(2025, 4, 7)


@pytest.mark.parametrize("decade", range(2000, 2100, 10))
def test_every_lunar_holiday_is_where_the_sky_puts_it(decade: int) -> None:
    for year in range(decade, decade + 10):
        first = lunar.tet(year)
        days = holidays_of(year)
        expected = {first + timedelta(days=offset) for offset in range(-1, 4 if year >= 2013 else 3)}
        assert expected <= days.keys(), year
        if year >= 2007:
            assert lunar.hung_kings_day(year) in days, year


def test_the_holidays_of_2025_are_those_that_were_kept() -> None:
    off = [date(2025, 1, 1), *(date(2025, 1, 27) + timedelta(days=n) for n in range(7)), date(2025, 4, 7)]
    off += [date(2025, 4, 30), date(2025, 5, 1), date(2025, 5, 2), date(2025, 9, 1), date(2025, 9, 2)]
    assert all(not is_working_day(day) for day in off)
    assert all(is_working_day(day) for day in (date(2025, 1, 24), date(2025, 2, 3), date(2025, 5, 5), date(2025, 9, 3)))


def test_a_due_date_in_tet_moves_past_it_or_before_it() -> None:
    due = [date(2025, 1, 29)]
    assert moved(due, "next_working_day", date(2024, 1, 1)) == [date(2025, 2, 3)]
    assert moved(due, "previous_working_day", date(2024, 1, 1)) == [date(2025, 1, 24)]
    assert moved(due, "none", date(2024, 1, 1)) == due


def test_a_date_never_moves_back_to_the_disbursement() -> None:
    saturday_disbursement = date(2024, 3, 2)
    assert moved([date(2024, 3, 3)], "previous_working_day", saturday_disbursement) == [date(2024, 3, 4)]
    friday_disbursement = date(2024, 3, 1)
    daily = [friday_disbursement + timedelta(days=n) for n in (1, 2, 3, 4)]
    monday = date(2024, 3, 4)
    assert moved(daily, "previous_working_day", friday_disbursement) == [monday, monday, monday, date(2024, 3, 5)]


def test_a_year_whose_holidays_are_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="2101"):
        is_working_day(date(2101, 3, 1))


@given(
    start=st.dates(date(1996, 1, 1), date(2090, 1, 1)),
    gaps=st.lists(st.integers(1, 40), min_size=1, max_size=30),
    rule=st.sampled_from(HOLIDAY_RULES),
)
def test_moved_dates_keep_their_order_and_are_worked(start: date, gaps: list[int], rule: HolidayRule) -> None:
    due, day = [], start
    for gap in gaps:
        day += timedelta(days=gap)
        due.append(day)
    result = moved(due, rule, start)
    assert result == sorted(result)
    assert all(day > start for day in result)
    if rule != "none":
        assert all(is_working_day(day) for day in result)
        assert all(abs((after - before).days) <= 11 for before, after in zip(due, result, strict=True))


@given(day=st.dates(date(1996, 1, 1), date(2099, 12, 1)))
def test_the_nearest_working_days_have_only_days_off_between(day: date) -> None:
    after, before = next_working_day(day), previous_working_day(day)
    assert before <= day <= after
    assert (before == after) == is_working_day(day)
    between = [before + timedelta(days=n) for n in range(1, (after - before).days)]
    assert not any(is_working_day(off) for off in between)
