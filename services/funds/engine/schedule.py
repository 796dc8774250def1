"""The repayment schedule of a loan: what falls due, when, and what is still owed after it.

The one definition that quotes, contracts, the ledger and rescheduling share:

- interest of a row = opening balance × annual rate × the day count's share of a year from the due date before to this
  one, rounded half up to whole đồng; `flat` takes the first principal in place of the balance, throughout;
- `equal_principal`, `flat`: the same part of the principal in every row that carries principal;
- `equal_installment`: the level payment A with principal = A × Σₖ Πⱼ≤ₖ 1 / (1 + r·sⱼ) over the rows that carry
  principal, so it clears the loan under the same shares; principal of a row = A - interest earned in it, never below 0;
- `bullet`: all principal in the last row; `custom`: the parts that are given;
- the last row takes what is left, so the parts add up to the principal exactly.

Worked example (a test computes it again): 100 000 000 đồng at 12 % a year over 12 months, `equal_installment` with the
day count `none`. A row's share is 1/12, its interest 1 % of the balance; A = 1 000 000 / (1 - 1.01⁻¹²) = 8 884 878.87,
so 8 884 879 đồng. Row 1: interest 1 000 000, principal 7 884 879, outstanding 92 115 121. Row 2: interest 921 151,
principal 7 963 728, outstanding 84 151 393. Row 12 opens with 8 796 907, pays it with interest 87 969, in all
8 884 876; interest in all 6 618 545.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from services.funds.engine.calendar_vn import moved
from services.funds.engine.days import share_parts
from services.funds.engine.rounding import half_up, rate_parts, round_vnd
from services.funds.engine.terms import Terms


class Row(NamedTuple):
    """One installment. `days` are those between the actual due dates; money is whole đồng, never negative."""

    number: int
    due_on: date
    days: int
    opening_principal_vnd: int
    principal_vnd: int
    interest_vnd: int
    total_vnd: int
    outstanding_principal_vnd: int


class Totals(NamedTuple):
    """The sums over a schedule."""

    principal_vnd: int
    interest_vnd: int
    total_vnd: int
    days: int


def schedule(terms: Terms) -> list[Row]:
    """Return the rows of the schedule of `terms`, as many as installments. `faults(terms)` must be empty.

    Several rows may fall due on one day when holidays move them; the later ones then count 0 days.
    """
    due = moved(terms.nominal_due_dates(), terms.holiday_rule, terms.disbursed_on)
    growths = growth_parts(terms, due)
    principal_of = _principal_rule(terms, growths)
    flat, grace = terms.method == "flat", terms.interest_grace
    rows: list[Row] = []
    opening, before, deferred = terms.principal_vnd, terms.disbursed_on, Fraction(0)
    for number, day in enumerate(due, 1):
        numerator, denominator = growths[number - 1]
        earning = (terms.principal_vnd if flat else opening) * numerator
        interest = earned = half_up(earning, denominator)
        if number <= grace:
            deferred += Fraction(earning, denominator)
            interest = 0
        elif deferred:
            interest, deferred = round_vnd(deferred + Fraction(earning, denominator)), Fraction(0)
        principal = principal_of(number, opening, earned)
        outstanding, days = opening - principal, (day - before).days
        rows.append(Row(number, day, days, opening, principal, interest, principal + interest, outstanding))
        opening, before = outstanding, day
    return rows


def _principal_rule(terms: Terms, growths: Sequence[tuple[int, int]]) -> Callable[[int, int, int], int]:
    """Return what gives the principal of a row by its number, its opening balance and the interest earned in it."""
    if terms.method != "equal_installment":
        parts = principal_parts(terms)
        return lambda number, _opening, _earned: parts[number - 1]
    level_vnd = level_installment_vnd(terms, growths)

    def level_principal(number: int, opening: int, earned: int) -> int:
        if number == terms.installments:
            return opening
        if terms.carries_principal(number):
            return min(max(level_vnd - earned, 0), opening)
        return 0

    return level_principal


def totals(rows: Sequence[Row]) -> Totals:
    """Return the sums over `rows`."""
    principal, interest = sum(row.principal_vnd for row in rows), sum(row.interest_vnd for row in rows)
    return Totals(principal, interest, principal + interest, sum(row.days for row in rows))


def growth_parts(terms: Terms, due: Sequence[date]) -> list[tuple[int, int]]:
    """Return for each row rate × share of the year, numerator and denominator; 0 in rows that earn no interest."""
    rate_numerator, rate_denominator = rate_parts(terms.annual_rate_percent)
    growths, before = [], terms.disbursed_on
    for number, day in enumerate(due, 1):
        numerator, denominator = share_parts(before, day, terms.day_count, terms.interval)
        earning_rate = rate_numerator if number > terms.interest_free else 0
        growths.append((earning_rate * numerator, rate_denominator * denominator))
        before = day
    return growths


def principal_parts(terms: Terms) -> tuple[int, ...]:
    """Return the principal of each row for every method but `equal_installment`."""
    if terms.method == "custom":
        return tuple(part.principal_vnd for part in terms.parts)
    carrying = [terms.carries_principal(number) for number in range(1, terms.installments + 1)]
    to = terms.round_installment_to_vnd or 1
    equal_vnd = half_up(terms.principal_vnd, sum(carrying) * to) * to
    parts, left = [], terms.principal_vnd
    for carries in carrying[:-1]:
        part = min(equal_vnd, left) if carries else 0
        parts.append(part)
        left -= part
    return (*parts, left)


_SCALE = 1 << 256
_NEAR = 1 << 128


def level_installment_vnd(terms: Terms, growths: Sequence[tuple[int, int]]) -> int:
    """Return the level payment of `equal_installment`, half up to whole đồng or to the rounding of the terms."""
    carrying = [growth for number, growth in enumerate(growths, 1) if terms.carries_principal(number)]
    return level_vnd(terms.principal_vnd, carrying, to_vnd=terms.round_installment_to_vnd or 1)


def level_vnd(principal_vnd: int, growths: Sequence[tuple[int, int]], *, to_vnd: int) -> int:
    """Return the level payment that clears `principal_vnd`, half up to multiples of `to_vnd`.

    `growths`: of the rows that carry principal, in their order; the others pay their interest alone.
    Computed with integers scaled by 2²⁵⁶, each rounded down: the payment found is never below the exact one and above it
    by less than 2⁻¹⁵⁰ đồng. Only where it lies within 2⁻¹²⁸ above a rounding boundary is it computed anew in fractions.
    """
    factor, annuity = _SCALE, 0
    for numerator, denominator in growths:
        factor = factor * denominator // (denominator + numerator)
        annuity += factor
    divisor = 2 * annuity * to_vnd
    rounded, rest = divmod(2 * principal_vnd * _SCALE + annuity * to_vnd, divisor)
    if rest * _NEAR // divisor == 0:
        return round_vnd(exact_level(principal_vnd, growths), to=to_vnd)
    return rounded * to_vnd


def exact_level(principal_vnd: int, growths: Sequence[tuple[int, int]]) -> Fraction:
    """Return the level payment exactly; slow for many rows, as the fractions grow."""
    factor, annuity = Fraction(1), Fraction(0)
    for numerator, denominator in growths:
        factor *= Fraction(denominator, denominator + numerator)
        annuity += factor
    return principal_vnd / annuity
