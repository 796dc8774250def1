"""Interest by the day on what is really owed: the arithmetic of the ledger.

The day on which money is paid out earns, the day on which it is paid back does not: interest runs from a day
(included) to a day (excluded) on the balance at the end of each day. Sums are exact; đồng are made once a posting.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from services.funds.engine.days import DayCount, share_parts
from services.funds.engine.rounding import rate_parts, round_vnd
from services.funds.engine.schedule import Row
from services.funds.engine.terms import Terms

MAX_OVERDUE_PERCENT = 150
"""Overdue principal bears at most this percentage of the in-term rate (Decree 45/2021/NĐ-CP art. 25 (1) (b))."""

MAX_RATE_ON_OVERDUE_INTEREST = Decimal(10)
"""Overdue interest bears at most 10 % a year (Circular 39/2016/TT-NHNN art. 13 (4) (b); Civil Code 2015 art. 466 (5),
468 (2))."""


class Balance(NamedTuple):
    """What is owed from the end of the day `since` on, until the next balance."""

    since: date
    amount_vnd: int


class Rate(NamedTuple):
    """The rate in percent a year that holds from the day `since` on, until the next rate."""

    since: date
    annual_rate_percent: Decimal


class Period(NamedTuple):
    """A row of the schedule for the day count `none`: its share of a year is spread evenly over its days.

    A row of 0 days (holidays moved two due dates to one day) has no day to earn on.
    """

    start: date
    end: date
    share: Fraction


class Posting(NamedTuple):
    """Interest posted in whole đồng, and the exact rest that the next posting takes along (-1/2 <= rest < 1/2)."""

    amount_vnd: int
    carried: Fraction


def balances(movements: Iterable[tuple[date, int]]) -> list[Balance]:
    """Return the balances that dated `movements` (+ paid out, - paid back) leave at the end of each day.

    The order of the movements, on one day or over all, changes nothing. Days on which nothing changes are left out.
    """
    moved: dict[date, int] = {}
    for day, amount in movements:
        moved[day] = moved.get(day, 0) + amount
    found, owed = [], 0
    for day in sorted(moved):
        if moved[day]:
            owed += moved[day]
            found.append(Balance(day, owed))
    return found


def in_term(owed: Sequence[Balance], overdue: Sequence[Balance]) -> list[Balance]:
    """Return the balances of `owed` less those of `overdue`: what bears the in-term rate."""
    return balances([*changes(owed), *((day, -amount) for day, amount in changes(overdue))])


def changes(found: Sequence[Balance]) -> list[tuple[date, int]]:
    """Return the movements that lead to `found`, the inverse of `balances`."""
    before = [0, *(balance.amount_vnd for balance in found)]
    return [(balance.since, balance.amount_vnd - was) for balance, was in zip(found, before, strict=False)]


def rates_of(terms: Terms, rows: Sequence[Row]) -> list[Rate]:
    """Return the in-term rates of a contract by day: 0 until the last row free of interest is due, then its rate."""
    agreed = terms.annual_rate_percent
    if not terms.interest_free:
        return [Rate(terms.disbursed_on, agreed)]
    return [Rate(terms.disbursed_on, Decimal(0)), Rate(rows[terms.interest_free - 1].due_on, agreed)]


def periods_of(terms: Terms, rows: Sequence[Row]) -> list[Period]:
    """Return the periods of a schedule with their nominal shares, for `accrued` under the day count `none`."""
    starts = [terms.disbursed_on, *(row.due_on for row in rows)]
    return [Period(start, end, Fraction(*terms.interval.share)) for start, end in pairwise(starts)]


def accrued(
    owed: Sequence[Balance],
    rates: Sequence[Rate],
    start: date,
    end: date,
    day_count: DayCount = "actual_365",
    periods: Sequence[Period] = (),
) -> Fraction:
    """Return the exact interest on `owed` from `start` (included) to `end` (excluded), in đồng; 0 if `end` <= `start`.

    `owed` and `rates` are in the order of their days; before the first balance nothing is owed, before the first rate
    nothing is earned. Under the day count `none` the share of each of `periods` is spread over its days, and days
    outside all periods (after the last due date) count 1/365. Adjoining times add up: from a to b and from b to c make
    a to c, under every day count.
    """
    if end <= start:
        return Fraction(0)
    marks = {day for day, _ in owed} | {day for day, _ in rates}
    if day_count == "none":
        marks |= {day for period in periods for day in (period.start, period.end)}
    owed_since, rated_since = [balance.since for balance in owed], [rate.since for rate in rates]
    period_starts = [period.start for period in periods]
    by_denominator: dict[int, int] = {}
    for opens, closes in pairwise([start, *sorted(day for day in marks if start < day < end), end]):
        at, rate_at = bisect_right(owed_since, opens) - 1, bisect_right(rated_since, opens) - 1
        if at < 0 or rate_at < 0 or not owed[at].amount_vnd:
            continue
        if day_count == "none":
            index = bisect_right(period_starts, opens) - 1
            share, year = _part_of(periods[index] if index >= 0 else None, opens, closes).as_integer_ratio()
        else:
            share, year = share_parts(opens, closes, day_count)
        rate, percent = rate_parts(rates[rate_at].annual_rate_percent)
        denominator = percent * year
        earned = owed[at].amount_vnd * rate * share
        by_denominator[denominator] = by_denominator.get(denominator, 0) + earned
    return sum((Fraction(earned, denominator) for denominator, earned in by_denominator.items()), Fraction(0))


def _part_of(period: Period | None, opens: date, closes: date) -> Fraction:
    days = (closes - opens).days
    if period is None or opens >= period.end:
        return Fraction(days, 365)
    return period.share * Fraction(days, (period.end - period.start).days)


def post(earned: Fraction, carried: Fraction = Fraction(0)) -> Posting:
    """Return `earned` with the rest `carried` from the posting before in whole đồng, half up, and the new rest.

    However the time is cut into postings, they add up to the whole rounded half up once. Raises ValueError below 0.
    """
    if earned < 0:
        raise ValueError("interest is never negative")
    exact = earned + carried
    amount = round_vnd(exact)
    return Posting(amount, exact - amount)


def overdue_rate(in_term_percent: Decimal, percent_of_in_term: Decimal) -> Decimal:
    """Return the rate on overdue principal, in percent a year: 6.60 at 150 % of it is 9.9.

    Raises ValueError when `percent_of_in_term` is below 0 or above 150 (MAX_OVERDUE_PERCENT).
    """
    if not 0 <= percent_of_in_term <= MAX_OVERDUE_PERCENT:
        raise ValueError(f"the overdue rate is at most {MAX_OVERDUE_PERCENT} % of the in-term rate")
    return in_term_percent * percent_of_in_term / 100


def overdue_interest(
    overdue_principal: Sequence[Balance],
    in_term_rates: Sequence[Rate],
    start: date,
    end: date,
    *,
    percent_of_in_term: Decimal = Decimal(MAX_OVERDUE_PERCENT),
    overdue_in_term_interest: Sequence[Balance] = (),
    rate_on_interest_percent: Decimal = Decimal(0),
    day_count: DayCount = "actual_365",
) -> Fraction:
    """Return the exact overdue interest from `start` (included) to `end` (excluded), in đồng.

    On overdue principal at `percent_of_in_term` of the in-term rate of the day (it takes the place of the in-term rate:
    see `in_term`); and, where the contract says so, on in-term interest that is overdue at `rate_on_interest_percent` a
    year. Overdue interest itself bears none. Counted in days also where the day count is `none` (then actual / 365).
    Raises ValueError above the legal limits (MAX_OVERDUE_PERCENT, MAX_RATE_ON_OVERDUE_INTEREST).
    """
    if not 0 <= rate_on_interest_percent <= MAX_RATE_ON_OVERDUE_INTEREST:
        raise ValueError(f"overdue interest bears at most {MAX_RATE_ON_OVERDUE_INTEREST} % a year")
    by_day: DayCount = "actual_365" if day_count == "none" else day_count
    rates = [Rate(since, overdue_rate(percent, percent_of_in_term)) for since, percent in in_term_rates]
    on_interest = [Rate(start, rate_on_interest_percent)]
    return accrued(overdue_principal, rates, start, end, by_day) + accrued(
        overdue_in_term_interest, on_interest, start, end, by_day
    )
