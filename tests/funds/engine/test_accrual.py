"""Interest by the day on the actual balance, posted in whole đồng without losing any."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.funds.engine.accrual import (
    Balance,
    Period,
    Rate,
    accrued,
    balances,
    changes,
    in_term,
    overdue_interest,
    overdue_rate,
    periods_of,
    post,
    rates_of,
)
from services.funds.engine.days import DAY_COUNTS, DayCount
from services.funds.engine.schedule import schedule
from services.funds.engine.terms import Terms
from tests.funds.engine import oracle
from tests.funds.engine.loans import a_loan, any_terms

START = date(2023, 1, 1)
TWELVE = [Rate(START, Decimal(12))]
DAYS = st.integers(0, 800).map(lambda days: START + timedelta(days=days))
BY_DATE = DAY_COUNTS[:-1]


def test_interest_runs_on_the_actual_balance_day_by_day() -> None:
    # 36.5 million from 1 January, 18.25 million paid back on the 11th: 10 days at 12 000, 20 days at 6 000 đồng a day.
    owed = balances([(START, 36_500_000), (date(2023, 1, 11), -18_250_000)])
    assert accrued(owed, TWELVE, START, date(2023, 1, 31)) == 240_000


def test_the_day_of_the_disbursement_earns_and_the_day_of_the_repayment_does_not() -> None:
    owed = balances([(date(2023, 1, 10), 36_500_000), (date(2023, 1, 12), -36_500_000)])
    assert accrued(owed, TWELVE, START, date(2023, 12, 31)) == 24_000
    assert accrued(owed, TWELVE, date(2023, 1, 10), date(2023, 1, 10)) == 0


def test_a_change_of_the_rate_holds_from_its_day() -> None:
    rates = [Rate(START, Decimal("12")), Rate(date(2023, 1, 11), Decimal("6"))]
    assert accrued([Balance(START, 36_500_000)], rates, START, date(2023, 1, 21)) == 10 * 12_000 + 10 * 6_000


def test_money_paid_out_and_back_on_one_day_leaves_nothing() -> None:
    assert balances([(START, 5), (START, -5)]) == []
    assert balances([(date(2023, 2, 1), -3), (START, 5), (START, 1)]) == [
        Balance(START, 6),
        Balance(date(2023, 2, 1), 3),
    ]


def test_nominal_months_are_spread_over_their_days_and_make_the_rows_interest() -> None:
    terms = a_loan(method="equal_principal")
    rows = schedule(terms)
    periods = periods_of(terms, rows)
    assert periods[1] == Period(date(2024, 2, 15), date(2024, 3, 15), Fraction(1, 12))
    owed = balances([(terms.disbursed_on, terms.principal_vnd), *((row.due_on, -row.principal_vnd) for row in rows)])
    rates = [Rate(terms.disbursed_on, terms.annual_rate_percent)]
    for row, period in zip(rows, periods, strict=True):
        earned = accrued(owed, rates, period.start, period.end, "none", periods)
        assert post(earned).amount_vnd == row.interest_vnd
    # Nobody paid: after the last due date the days count 1/365.
    unpaid = [Balance(terms.disbursed_on, 36_500_000)]
    end = rows[-1].due_on
    assert accrued(unpaid, rates, end, end + timedelta(days=3), "none", periods) == 36_000


@settings(max_examples=100, deadline=None)
@given(terms=any_terms())
def test_any_loan_repaid_on_time_accrues_its_schedule(terms: Terms) -> None:
    rows = schedule(terms)
    assume(terms.day_count != "none" or all(row.days for row in rows))
    repaid = [] if terms.method == "flat" else [(row.due_on, -row.principal_vnd) for row in rows]
    owed = balances([(terms.disbursed_on, terms.principal_vnd), *repaid])
    rates, periods = rates_of(terms, rows), periods_of(terms, rows)
    start, deferred = terms.disbursed_on, Fraction(0)
    for row in rows:
        earned = accrued(owed, rates, start, row.due_on, terms.day_count, periods)
        deferred += earned
        if row.number > terms.interest_grace:
            assert post(deferred).amount_vnd == row.interest_vnd
            deferred = Fraction(0)
        start = row.due_on


def test_overdue_principal_bears_at_most_half_as_much_again() -> None:
    assert overdue_rate(Decimal("6.60"), Decimal(150)) == Decimal("9.9")
    assert overdue_rate(Decimal("6.60"), Decimal(130)) == Decimal("8.58")
    with pytest.raises(ValueError, match="150"):
        overdue_rate(Decimal("6.60"), Decimal("150.01"))


def test_overdue_interest_is_on_overdue_principal_and_where_agreed_on_overdue_interest() -> None:
    late = [Balance(START, 36_500_000)]
    unpaid_interest = [Balance(START, 3_650_000)]
    until = date(2023, 1, 11)
    # 10 days at 18 % on 36.5 million; and 10 days at 10 % on 3.65 million.
    assert overdue_interest(late, TWELVE, START, until) == 180_000
    both = overdue_interest(
        late,
        TWELVE,
        START,
        until,
        overdue_in_term_interest=unpaid_interest,
        rate_on_interest_percent=Decimal(10),
        day_count="none",
    )
    assert both == 190_000
    with pytest.raises(ValueError, match="10 %"):
        overdue_interest(late, TWELVE, START, until, rate_on_interest_percent=Decimal("10.5"))


def test_overdue_principal_leaves_the_in_term_balance() -> None:
    owed = balances([(START, 100), (date(2023, 3, 1), -30)])
    overdue = balances([(date(2023, 2, 1), 40), (date(2023, 3, 1), -30)])
    assert in_term(owed, overdue) == [Balance(START, 100), Balance(date(2023, 2, 1), 60)]


def test_a_rest_is_carried_and_negative_interest_refused() -> None:
    half = Fraction(1, 2)
    assert post(half) == (1, -half)
    assert post(half, -half) == (0, 0)
    assert post(Fraction(0), -half) == (0, -half)
    with pytest.raises(ValueError, match="negative"):
        post(Fraction(-1))


MOVEMENTS = st.lists(st.tuples(DAYS, st.integers(-(10**9), 10**9)), max_size=12)
RATES = st.lists(st.tuples(DAYS, st.integers(0, 3600)), max_size=4, unique_by=lambda pair: pair[0]).map(
    lambda pairs: [Rate(day, Decimal(hundredths) / 100) for day, hundredths in sorted(pairs)]
)


@settings(deadline=None)
@given(movements=MOVEMENTS, rates=RATES, ends=st.tuples(DAYS, DAYS), day_count=st.sampled_from(BY_DATE))
def test_accrued_interest_is_the_sum_of_its_days(
    movements: list[tuple[date, int]], rates: list[Rate], ends: tuple[date, date], day_count: DayCount
) -> None:
    start, end = sorted(ends)
    total, day = Fraction(0), start
    while day < end:
        owed = sum(amount for moved_on, amount in movements if moved_on <= day)
        percent = next((rate.annual_rate_percent for rate in reversed(rates) if rate.since <= day), Decimal(0))
        share = oracle.share_of_year(day, day + timedelta(days=1), a_loan(day_count=day_count))
        total += owed * Fraction(percent) / 100 * share
        day += timedelta(days=1)
    assert accrued(balances(movements), rates, start, end, day_count) == total


@given(movements=MOVEMENTS, order=st.randoms(use_true_random=False))
def test_the_order_of_entries_does_not_matter(movements: list[tuple[date, int]], order: object) -> None:
    shuffled = list(movements)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert balances(shuffled) == balances(movements)
    assert balances(changes(balances(movements))) == balances(movements)


@settings(deadline=None)
@given(
    movements=st.lists(st.tuples(DAYS, st.integers(1, 10**9)), min_size=1, max_size=8),
    cuts=st.lists(DAYS, max_size=10),
    rates=RATES,
    day_count=st.sampled_from(BY_DATE),
)
def test_postings_add_up_to_the_whole_rounded_once_however_time_is_cut(
    movements: list[tuple[date, int]], cuts: list[date], rates: list[Rate], day_count: DayCount
) -> None:
    owed, end = balances(movements), START + timedelta(days=801)
    marks = [START, *sorted(cuts), end]
    posted, carried = 0, Fraction(0)
    for opens, closes in pairwise(marks):
        amount, carried = post(accrued(owed, rates, opens, closes, day_count), carried)
        assert amount >= 0
        assert -Fraction(1, 2) <= carried < Fraction(1, 2)
        posted += amount
    assert posted == oracle.nearest(accrued(owed, rates, START, end, day_count))
