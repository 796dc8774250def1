"""Percent, verdict and what is expected by a day, as the five reports have them and for any numbers."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.reporting.plans.verdicts import (
    Direction,
    Phase,
    Phased,
    Verdict,
    completed_cycles,
    completion_verdict,
    cycles_ended,
    exceeds_by,
    expected_by,
    partly_met_from,
    percent_of_plan,
    percent_shown,
    task_verdict,
    verdict,
    worst,
)

MORE: Direction = "more_is_better"
LESS: Direction = "less_is_better"
NUMBERS = st.decimals(min_value=0, max_value=10**15 - 1, places=6)
PLANS = NUMBERS.filter(lambda value: value > 0)
BETTER: st.SearchStrategy[Direction] = st.sampled_from(["more_is_better", "less_is_better"])
ORDER = ["missed", "partly_met", "met", "exceeded"]


def shown(value: str, plan: str) -> str:
    return str(percent_shown(percent_of_plan(Decimal(value), Decimal(plan))))


@pytest.mark.parametrize(
    ("value", "plan", "percent"),
    [
        ("65", "30", "216.7"),
        ("92", "60", "153.3"),
        ("1283", "1000", "128.3"),
        ("5", "3", "166.7"),
        ("107", "30", "356.7"),
        ("265", "250", "106.0"),
        ("2280", "2275", "100.2"),
        ("18", "20", "90.0"),
        ("1", "800", "0.1"),
        ("1.25", "1000", "0.1"),
        ("0", "7", "0.0"),
    ],
)
def test_a_percent_has_one_decimal_half_up(value: str, plan: str, percent: str) -> None:
    assert shown(value, plan) == percent


def test_without_a_plan_or_of_a_plan_of_0_there_is_no_percent() -> None:
    assert percent_of_plan(Decimal(7), None) is None
    assert percent_of_plan(Decimal(7), Decimal(0)) is None
    assert percent_of_plan(None, Decimal(7)) is None
    assert exceeds_by(None, MORE) is None
    assert percent_shown(None) is None


def test_exceeded_by_75_percent_and_reached_175_percent_are_one_fact() -> None:
    percent = percent_of_plan(Decimal(70), Decimal(40))
    assert percent == 175
    assert exceeds_by(percent, MORE) == 75
    assert exceeds_by(percent_of_plan(Decimal(12), Decimal(10)), MORE) == 20
    assert exceeds_by(percent, "neither") is None


@pytest.mark.parametrize(
    ("value", "plan", "direction", "expected"),
    [
        ("65", "30", MORE, "exceeded"),
        ("885", "885", MORE, "met"),
        ("885.0", "885", MORE, "met"),
        ("18", "20", MORE, "partly_met"),
        ("50", "100", MORE, "partly_met"),
        ("49.999999", "100", MORE, "missed"),
        ("19", "100", MORE, "missed"),
        ("0", "100", MORE, "missed"),
        ("24.9996", "25", MORE, "partly_met"),
        ("3", "0", MORE, "exceeded"),
        ("0", "0", MORE, "met"),
        ("1", "2", LESS, "exceeded"),
        ("2", "2", LESS, "met"),
        ("4", "2", LESS, "partly_met"),
        ("4.000001", "2", LESS, "missed"),
        ("0", "0", LESS, "met"),
        ("1", "0", LESS, "missed"),
        ("5", "5", "neither", "met"),
        ("6", "5", "neither", None),
    ],
)
def test_a_verdict_is_of_the_numbers_themselves_not_of_their_rounded_percent(
    value: str, plan: str, direction: Direction, expected: Verdict | None
) -> None:
    assert verdict(Decimal(value), Decimal(plan), direction, closed=True) == expected


def test_lower_is_better_turns_the_verdict_round_and_leaves_the_percent() -> None:
    percent = percent_of_plan(Decimal(1), Decimal(2))
    assert percent == 50
    assert exceeds_by(percent, LESS) == 50
    assert verdict(Decimal(1), Decimal(2), LESS, closed=True) == "exceeded"


def test_more_than_70_percent_is_not_met_by_70() -> None:
    for value, expected in (("70.01", "exceeded"), ("70", "partly_met"), ("35", "partly_met"), ("34.9", "missed")):
        assert verdict(Decimal(value), Decimal(70), MORE, closed=True, is_strict=True) == expected


def test_a_measure_runs_until_its_period_is_closed_and_what_is_not_reported_has_no_verdict() -> None:
    assert verdict(Decimal(99), Decimal(1), MORE, closed=False) == "running"
    assert verdict(None, Decimal(1), MORE, closed=False) == "running"
    assert verdict(None, Decimal(1), MORE, closed=True) is None


def test_partly_met_is_a_dated_rule() -> None:
    assert partly_met_from(date(2020, 12, 31)) == partly_met_from() == 50


@given(value=NUMBERS, plan=PLANS)
def test_the_percent_shown_is_within_half_a_tenth_of_the_true_one(value: Decimal, plan: Decimal) -> None:
    percent = percent_shown(percent_of_plan(value, plan))
    assert percent is not None
    true = Fraction(value) * 100 / Fraction(plan)
    # Half up: the nearest tenth, and of two as near the greater.
    assert Fraction(percent) - Fraction(1, 20) <= true < Fraction(percent) + Fraction(1, 20)


@given(value=NUMBERS, plan=PLANS, direction=BETTER)
def test_a_verdict_is_as_exact_fractions_have_it(value: Decimal, plan: Decimal, direction: Direction) -> None:
    of, by = (plan, value) if direction == LESS else (value, plan)
    if value == plan:
        expected = "met"
    elif (value < plan) == (direction == LESS):
        expected = "exceeded"
    else:
        expected = "partly_met" if Fraction(of) / Fraction(by) >= Fraction(1, 2) else "missed"
    assert verdict(value, plan, direction, closed=True) == expected


@given(one=NUMBERS, other=NUMBERS, plan=NUMBERS, direction=BETTER)
def test_what_is_better_never_has_the_worse_verdict(
    one: Decimal, other: Decimal, plan: Decimal, direction: Direction
) -> None:
    low, high = sorted((one, other))
    worse, better = (high, low) if direction == LESS else (low, high)
    ranks = [ORDER.index(str(verdict(each, plan, direction, closed=True))) for each in (worse, better)]
    assert ranks[0] <= ranks[1]


@given(value=NUMBERS, plan=PLANS, factor=st.integers(1, 10**6), direction=BETTER)
def test_the_unit_decides_nothing(value: Decimal, plan: Decimal, factor: int, direction: Direction) -> None:
    assert verdict(value, plan, direction, closed=True) == verdict(
        value * factor, plan * factor, direction, closed=True
    )
    assert percent_shown(percent_of_plan(value, plan)) == percent_shown(percent_of_plan(value * factor, plan * factor))


@given(value=NUMBERS, plan=PLANS, direction=BETTER)
def test_a_plan_is_exceeded_by_more_than_0_percent_exactly_when_it_is_exceeded(
    value: Decimal, plan: Decimal, direction: Direction
) -> None:
    by = exceeds_by(percent_of_plan(value, plan), direction)
    assert by is not None
    assume(abs(by) > Decimal("1e-40"))
    assert (by > 0) == (verdict(value, plan, direction, closed=True) == "exceeded")


@given(
    parts=st.lists(
        st.tuples(st.integers(0, 10**9), st.integers(1, 10**9), st.integers(1, 10**9)), min_size=1, max_size=12
    ),
    cut=st.integers(0, 12),
)
def test_any_split_of_areas_or_periods_gives_the_same_percent(parts: list[tuple[int, int, int]], cut: int) -> None:
    def of(some: list[tuple[int, int, int]]) -> tuple[Decimal, Decimal, Decimal]:
        value, plan, below = (Decimal(sum(each[at] for each in some)) for at in range(3))
        return value, plan, below

    whole, one, other = of(parts), of(parts[:cut]), of(parts[cut:])
    for at in (1, 2):  # of what adds up its plan, of a ratio its denominator
        together = percent_of_plan(one[0] + other[0], one[at] + other[at])
        assert together == percent_of_plan(whole[0], whole[at])


# --- tasks


def test_a_task_is_its_worst_measure() -> None:
    assert worst(["exceeded", "exceeded"]) == "exceeded"
    assert worst(["exceeded", "met"]) == "met"
    assert worst(["met", "partly_met", "exceeded"]) == "partly_met"
    assert worst(["missed", None]) == "missed"
    assert worst(["met", None]) is None
    assert worst(["missed", "running"]) == "running"
    assert worst([]) is None


def test_a_condition_can_only_fail_its_task() -> None:
    assert task_verdict([("exceeded", False), ("met", True)]) == "exceeded"
    assert task_verdict([("met", False), ("exceeded", True)]) == "met"
    assert task_verdict([("exceeded", False), ("partly_met", True)]) == "missed"
    assert task_verdict([("exceeded", False), ("missed", True)]) == "missed"
    assert task_verdict([("exceeded", False), (None, True)]) is None
    assert task_verdict([("exceeded", False), ("running", True)]) == "running"
    assert task_verdict([("exceeded", True)]) == "met"
    assert task_verdict([]) is None


YEAR = (date(2020, 1, 1), date(2020, 12, 31))


def test_cycles_of_three_months_that_ended_by_the_cut_off() -> None:
    ends = [last for _, last in cycles_ended(*YEAR, 3, date(2020, 12, 20))]
    assert ends == [date(2020, 3, 31), date(2020, 6, 30), date(2020, 9, 30)]
    assert len(cycles_ended(*YEAR, 3, date(2020, 12, 31))) == 4
    assert cycles_ended(*YEAR, 3, date(2020, 3, 30)) == ()
    assert [last for _, last in cycles_ended(date(2020, 1, 31), date(2020, 12, 31), 1, date(2020, 4, 1))] == [
        date(2020, 2, 28),
        date(2020, 3, 30),
    ]


def test_a_report_of_the_days_behind_a_quarter_counts_for_the_quarter() -> None:
    cycles = cycles_ended(*YEAR, 3, date(2020, 12, 20))
    assert completed_cycles(cycles, [date(2020, 3, 30), date(2020, 6, 29), date(2020, 9, 30)]) == 3
    assert completed_cycles(cycles, [date(2020, 4, 2), date(2020, 7, 3), date(2020, 10, 2)]) == 3
    assert completed_cycles(cycles, [date(2020, 2, 1), date(2020, 2, 2), date(2020, 2, 3)]) == 1
    assert completed_cycles(cycles, [date(2020, 12, 1)]) == 1
    assert completed_cycles(cycles, [date(2020, 12, 1), date(2020, 12, 2)]) == 1
    assert completed_cycles(cycles, []) == 0


@pytest.mark.parametrize(
    ("months", "days", "expected"),
    [
        (3, ["2020-03-30", "2020-06-30", "2020-09-30"], "met"),
        (3, ["2020-03-30", "2020-06-30", "2020-09-30", "2020-11-30", "2020-12-01"], "met"),
        (3, ["2020-03-30", "2020-06-30"], "partly_met"),
        (3, ["2020-03-30"], "missed"),
        (3, [], "missed"),
        (None, ["2020-05-01"], "met"),
        (None, [], "missed"),
        (None, ["2020-12-31"], "missed"),
        (24, ["2020-05-01"], "met"),
    ],
)
def test_a_task_without_measure_is_met_by_its_completions_and_never_exceeded(
    months: int | None, days: list[str], expected: Verdict
) -> None:
    done = [date.fromisoformat(day) for day in days]
    assert completion_verdict(*YEAR, months, done, date(2020, 12, 20), closed=True) == expected
    assert completion_verdict(*YEAR, months, done, date(2020, 12, 20), closed=False) == "running"


# --- what is expected on the way


def a_course(**fields: object) -> Phased:
    given_: dict[str, object] = {
        "starts_on": date(2023, 1, 1),
        "ends_on": date(2023, 12, 31),
        "value": Decimal(365),
        "accrues": True,
    }
    return Phased(**{**given_, **fields})  # type: ignore[arg-type]


def test_linear_grows_with_the_days_and_ends_at_the_plan() -> None:
    flow = a_course()
    assert expected_by(flow, date(2022, 12, 31)) is None
    assert expected_by(flow, date(2023, 1, 1)) == 1
    assert expected_by(flow, date(2023, 6, 30)) == 181
    assert expected_by(flow, date(2023, 12, 31)) == 365
    assert expected_by(flow, date(2024, 5, 1)) == 365


def test_a_stock_goes_from_its_baseline_up_or_down_and_without_one_nowhere_before_its_end() -> None:
    up = a_course(accrues=False, baseline=Decimal(0))
    down = a_course(accrues=False, baseline=Decimal(730))
    assert expected_by(up, date(2023, 6, 30)) == 181
    assert expected_by(down, date(2023, 6, 30)) == 730 - 181
    without = a_course(accrues=False)
    assert expected_by(without, date(2023, 6, 30)) is None
    assert expected_by(without, date(2023, 12, 31)) == 365


def test_phases_are_straight_between_their_ends() -> None:
    quarters = tuple(
        Phase(date.fromisoformat(f"2023-{day}"), Decimal(value))
        for day, value in (("03-31", 90), ("06-30", 90), ("09-30", 182), ("12-31", 365))
    )
    flow = a_course(phases=quarters)
    assert expected_by(flow, date(2023, 1, 31)) == 31
    assert expected_by(flow, date(2023, 3, 31)) == 90
    assert expected_by(flow, date(2023, 5, 5)) == 90
    assert expected_by(flow, date(2023, 8, 15)) == 136
    assert expected_by(flow, date(2023, 12, 31)) == 365
    stock = a_course(phases=quarters, accrues=False)
    assert expected_by(stock, date(2023, 1, 31)) is None
    assert expected_by(stock, date(2023, 3, 31)) == 90
    assert expected_by(stock, date(2023, 8, 15)) == 136


@given(
    days=st.integers(1, 4000),
    value=NUMBERS,
    cuts=st.lists(st.tuples(st.integers(1, 3999), st.fractions(0, 1)), max_size=6, unique_by=lambda cut: cut[0]),
)
def test_what_a_flow_is_expected_to_reach_grows_day_by_day_from_0_to_the_plan(
    days: int, value: Decimal, cuts: list[tuple[int, Fraction]]
) -> None:
    first = date(2020, 1, 1)
    last = first + timedelta(days=days - 1)
    at = sorted(day for day, _ in cuts if day < days)
    shares = sorted(share for _, share in cuts)[: len(at)]
    phases = tuple(
        Phase(first + timedelta(days=day - 1), value * share.numerator / share.denominator)
        for day, share in zip(at, shares, strict=True)
    )
    course = Phased(starts_on=first, ends_on=last, value=value, accrues=True, phases=phases)
    reached = [expected_by(course, first + timedelta(days=n)) for n in range(0, days, max(1, days // 60))]
    numbers = [each for each in reached if each is not None]
    assert len(numbers) == len(reached)
    slack = Decimal("1e-20") * max(value, Decimal(1))
    assert all(one <= other + slack for one, other in pairwise(numbers))
    assert all(0 <= each <= value + slack for each in numbers)
    assert expected_by(course, last) == value
