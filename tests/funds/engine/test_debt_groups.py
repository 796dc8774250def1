"""Debt groups by the rules for microfinance institutions, and their provisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.funds.engine import debt_groups
from services.funds.engine.debt_groups import (
    SCHEMES,
    debt_group,
    is_npl,
    provision,
    provision_percent,
    provision_step_vnd,
    scheme_on,
)


@pytest.mark.parametrize(
    ("days", "group"),
    [(0, 1), (1, 1), (9, 1), (10, 2), (29, 2), (30, 3), (89, 3), (90, 4), (179, 4), (180, 5), (4_000, 5)],
)
def test_overdue_days_put_a_debt_into_its_group_half_open(days: int, group: int) -> None:
    assert debt_group(days) == group


@pytest.mark.parametrize(
    ("count", "on_new_term", "group"),
    [
        (1, 0, 2),
        (1, 1, 3),
        (1, 29, 3),
        (1, 30, 4),
        (1, 89, 4),
        (1, 90, 5),
        (2, 0, 4),
        (2, 1, 5),
        (3, 0, 5),
        (7, 0, 5),
    ],
)
def test_rescheduling_puts_a_debt_into_its_group(count: int, on_new_term: int, group: int) -> None:
    assert debt_group(0, count, on_new_term) == group


def test_the_worst_of_the_rules_holds() -> None:
    assert debt_group(95, 1, 0) == 4
    assert debt_group(5, 1, 5) == 3
    assert debt_group(0, interest_reduced=True) == 3
    assert debt_group(100, interest_reduced=True) == 4
    assert debt_group(0, 2, 0, True) == 4
    # A debt that was never rescheduled has no new term to be late on.
    assert debt_group(0, 0, 50) == 1


def test_the_scheme_changed_on_12_august_2024() -> None:
    assert "15/2010" in scheme_on(date(2024, 8, 11)).source
    assert "14/2024" in scheme_on(date(2024, 8, 12)).source
    assert scheme_on() is SCHEMES[-1]
    assert debt_group(10, on=date(2023, 12, 31)) == debt_group(10, on=date(2025, 12, 31)) == 2


def test_groups_3_to_5_are_non_performing() -> None:
    assert [is_npl(group) for group in range(1, 6)] == [False, False, True, True, True]


def test_provisions_are_those_of_microfinance_and_not_of_banks() -> None:
    assert [provision_percent(group) for group in range(1, 6)] == [Decimal(n) for n in (0, 2, 25, 50, 100)]
    assert [provision(100_000_000, 40_000_000, group) for group in range(1, 6)] == [
        *(0, 1_200_000),
        *(15_000_000, 30_000_000, 60_000_000),
    ]


def test_collateral_worth_more_than_the_debt_leaves_no_provision_and_half_a_dong_rounds_up() -> None:
    assert provision(100, 200, 5) == 0
    assert provision(25, 0, 2) == 1
    assert provision(24, 0, 2) == 0
    assert provision(3, 0, 4) == 2


@given(st.integers(1, 5), st.lists(st.integers(0, 10**12), max_size=8))
def test_provisions_added_up_by_whole_steps_and_rests_are_those_of_each_debt(group: int, debts: list[int]) -> None:
    step = provision_step_vnd()
    by_steps = sum(debt // step for debt in debts) * provision(step, 0, group)
    by_rests = sum(provision(debt % step, 0, group) for debt in debts)
    assert by_steps + by_rests == sum(provision(debt, 0, group) for debt in debts)


def test_a_debt_is_provisioned_by_the_rules_of_its_day(monkeypatch: pytest.MonkeyPatch) -> None:
    first_day = date(2131, 1, 1)
    stricter = replace(
        SCHEMES[-1],
        valid_from=first_day,
        provision_percent=(Decimal(1), Decimal(5), Decimal(30), Decimal(60), Decimal(100)),
    )
    monkeypatch.setattr(debt_groups, "SCHEMES", (*SCHEMES, stricter))
    last_day = date(2130, 12, 31)
    assert [provision_percent(3, on=day) for day in (last_day, first_day)] == [25, 30]
    assert [provision(1_000, 0, 3, on=day) for day in (last_day, first_day)] == [250, 300]


@pytest.mark.parametrize("group", [0, 6])
def test_there_are_five_groups(group: int) -> None:
    with pytest.raises(ValueError, match=r"^debt groups are 1 to 5$"):
        provision(1, 0, group)


@pytest.mark.parametrize("numbers", [(-1, 0, 0), (0, -1, 0), (0, 0, -1)])
def test_negative_days_and_counts_are_refused(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="negative"):
        debt_group(*numbers)


@given(
    days=st.integers(0, 400),
    more=st.integers(0, 400),
    count=st.integers(0, 4),
    on_new_term=st.integers(0, 400),
    reduced=st.booleans(),
)
def test_a_debt_never_gets_better_by_being_later_or_rescheduled_again(
    days: int, more: int, count: int, on_new_term: int, reduced: bool
) -> None:
    group = debt_group(days, count, on_new_term, reduced)
    assert 1 <= group <= 5
    assert debt_group(days + more, count, on_new_term, reduced) >= group
    assert debt_group(days, count, on_new_term + more, reduced) >= group
    assert debt_group(days, count + 1, on_new_term, reduced) >= group
    assert debt_group(days, count, on_new_term, True) >= max(group, 3)


BOTH = (date(2012, 6, 30), date(2024, 8, 11), date(2024, 8, 12), date(2026, 1, 31))
"""Days of the rules before 12 August 2024, the last of them among them, and of those since."""


@pytest.mark.parametrize("on", BOTH)
def test_the_rules_of_every_day_are_laid_down_here_and_not_only_the_newest(on: date) -> None:
    by_days = {0: 1, 9: 1, 10: 2, 29: 2, 30: 3, 89: 3, 90: 4, 179: 4, 180: 5, 4_000: 5}
    assert {days: debt_group(days, on=on) for days in by_days} == by_days
    anew = {(1, 0): 2, (1, 1): 3, (1, 29): 3, (1, 30): 4, (1, 89): 4, (1, 90): 5, (2, 0): 4, (2, 1): 5, (3, 0): 5}
    assert {(count, late): debt_group(0, count, late, on=on) for count, late in anew} == anew
    assert [debt_group(days, interest_reduced=True, on=on) for days in (0, 89, 90, 180)] == [3, 3, 4, 5]
    percents = [Decimal(n) for n in (0, 2, 25, 50, 100)]
    assert [provision_percent(group, on=on) for group in range(1, 6)] == percents
    assert [provision(100_000_000, 40_000_000, group, on=on) for group in range(1, 6)] == [
        0,
        1_200_000,
        15_000_000,
        30_000_000,
        60_000_000,
    ]
    assert provision_step_vnd(on=on) == 100


def test_each_rule_has_its_source_and_its_first_day() -> None:
    assert [(scheme.valid_from, scheme.source.split()[1]) for scheme in SCHEMES] == [
        (None, "15/2010/TT-NHNN"),
        (date(2024, 8, 12), "14/2024/TT-NHNN"),
    ]
    assert [scheme_on(day) for day in BOTH] == [SCHEMES[0], SCHEMES[0], SCHEMES[1], SCHEMES[1]]
