"""The periods of an organization's timeline by themselves, without a database."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.registry.organizations.timeline import (
    END,
    SEAT,
    STATE,
    Period,
    State,
    Step,
    first_day,
    first_difference,
    periods,
)
from tests.registry.builders import GIA_CAM

FIRST = date(2020, 1, 1)
ONE_DAY = timedelta(days=1)


def a_state(**fields: Any) -> State:
    return State(
        **{
            "type": "cooperative",
            "legal_status": "active",
            "operating_state": "unknown",
            "commune_code": GIA_CAM,
            "commune_map": "2008",
            "commune_name": None,
            "address": None,
            "province_2008": "25-2008",
            "province_2025": "25-2025",
            **fields,
        }
    )


# Few days, so that facts meet on one.
days = st.integers(0, 12).map(lambda n: FIRST + timedelta(days=30 * n))
steps = st.builds(
    Step,
    days,
    st.integers(0, 1000),
    st.tuples(st.tuples(st.sampled_from(["legal_status", "operating_state", "address"]), st.sampled_from("abc"))),
)


@settings(max_examples=300)
@given(
    opening_day=st.one_of(days, st.just(date.min)), taken=st.lists(steps, max_size=12, unique_by=lambda s: s.entered)
)
def test_periods_have_no_gaps_and_no_equal_neighbours(opening_day: date, taken: list[Step]) -> None:
    computed = periods(opening_day, a_state(), taken)
    assert computed[0].valid_from == opening_day
    assert computed[-1].valid_to == END
    for before, after in itertools.pairwise(computed):
        assert before.valid_to == after.valid_from
        assert before.state != after.state
    assert all(period.valid_from < period.valid_to for period in computed)
    for period in computed:
        assert period.state == _naive(opening_day, taken, period.valid_from)


def _naive(opening_day: date, taken: list[Step], day: date) -> State:
    values: dict[str, str] = {}
    for step in sorted(taken, key=lambda s: (s.on, s.entered)):
        if step.on <= max(day, opening_day):
            values.update({name: str(value) for name, value in step.sets})
    return a_state(**values)


def test_a_change_undone_on_its_day_leaves_no_trace() -> None:
    there, back = (("address", "a"),), (("address", None),)
    day = FIRST + ONE_DAY
    assert periods(FIRST, a_state(), [Step(day, 0, there), Step(day, 1, back)]) == [Period(FIRST, END, a_state())]


def test_a_state_is_kept_column_by_column_and_its_alliance_is_that_of_todays_province() -> None:
    state = a_state(address="Đường Hùng Vương")
    assert tuple(state.columns()) == STATE
    assert State(**state.columns()) == state  # type: ignore[arg-type]  # the required columns are texts
    assert state.alliance == "25-2025"
    place = ("commune_code", "commune_map", "commune_name", "address", "province_2008", "province_2025")
    assert (*place, "seat_2025_commune_code") == SEAT


def test_a_timeline_begins_when_it_was_registered_else_founded_else_with_what_the_records_show_first() -> None:
    registered, founded, fact, entered = (date(year, 5, 1) for year in (2012, 2010, 2015, 2023))
    assert first_day(registered, founded, entered, fact) == registered
    assert first_day(None, founded, entered, fact) == founded
    assert first_day(None, None, entered, fact) == fact
    assert first_day(None, None, fact, entered) == fact
    assert first_day(None, None, entered, None) == entered


def test_two_timelines_differ_from_the_first_day_on_which_figures_would() -> None:
    dormant = (("operating_state", "dormant"),)
    change = FIRST + timedelta(days=60)
    as_it_was = periods(FIRST, a_state(), [])
    assert first_difference(as_it_was, as_it_was) is None
    assert first_difference(as_it_was, periods(FIRST, a_state(), [Step(change, 0, dormant)])) == change
    assert first_difference(periods(FIRST, a_state(), [Step(change, 0, dormant)]), as_it_was) == change
    # Begun a day later, the first day is one on which there was nothing.
    assert first_difference(as_it_was, periods(FIRST + ONE_DAY, a_state(), [])) == FIRST
    assert first_difference(periods(FIRST + ONE_DAY, a_state(), []), as_it_was) == FIRST


def test_an_address_is_in_no_figure() -> None:
    moved = periods(FIRST, a_state(), [Step(FIRST + ONE_DAY, 0, (("address", "Đường Hùng Vương"),))])
    assert first_difference(periods(FIRST, a_state(), []), moved) is None


@given(before=st.lists(steps, max_size=5), after=st.lists(steps, max_size=5), begins=days)
def test_up_to_the_first_difference_two_timelines_are_equal_day_by_day(
    before: list[Step], after: list[Step], begins: date
) -> None:
    one, other = periods(FIRST, a_state(), before), periods(begins, a_state(), after)
    until = FIRST + timedelta(days=400)
    differing = (day for day in _every_day(FIRST, until) if _figures_on(one, day) != _figures_on(other, day))
    assert first_difference(one, other) == next(differing, None)


def _every_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _figures_on(timeline: list[Period], day: date) -> dict[str, str | None] | None:
    began = [period for period in timeline if period.valid_from <= day]
    if not began:
        return None
    return {name: value for name, value in began[-1].state.columns().items() if name != "address"}
