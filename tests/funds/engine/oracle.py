"""The same definitions computed another way, in exact fractions and without a line of the engine's arithmetic.

Dates are walked month by month, shares are summed calendar year by calendar year, the level payment comes from the
present value worked backwards from the last row, the balance from what was paid so far. Slow, and meant to be read
beside the definitions in docs/funds.md.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from math import floor

import holidays

from services.funds.engine.terms import Terms

_VN = holidays.country_holidays("VN")


def nearest(amount: Fraction, unit: int = 1) -> int:
    """Round half up to a multiple of `unit`."""
    return floor(amount / unit + Fraction(1, 2)) * unit


def month_after(day: date, anchor_day: int) -> date:
    """Return the day `anchor_day` of the month after that of `day`, or that month's last."""
    first = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    result = first
    while result.day < anchor_day and (result + timedelta(days=1)).month == first.month:
        result += timedelta(days=1)
    return result


def due_days(terms: Terms) -> list[date]:
    """The days on which the rows fall due, after holidays."""
    if terms.method == "custom":
        nominal = [part.due_on for part in terms.parts]
    else:
        anchor = terms.first_due_on or terms.disbursed_on
        nominal, day = ([anchor] if terms.first_due_on else []), anchor
        while len(nominal) < terms.installments:
            for _ in range(terms.interval.count):
                day = month_after(day, anchor.day) if terms.interval.unit == "months" else day + timedelta(days=1)
            nominal.append(day)
    step = {"none": 0, "next_working_day": 1, "previous_working_day": -1}[terms.holiday_rule]
    return [_off_holidays(day, step, terms.disbursed_on) for day in nominal]


def _off_holidays(nominal: date, step: int, disbursed_on: date) -> date:
    day = nominal
    while step and (day.weekday() in (5, 6) or day in _VN):
        day += timedelta(days=step)
    return day if day > disbursed_on else _off_holidays(nominal, 1, disbursed_on)


def share_of_year(start: date, end: date, terms: Terms) -> Fraction:
    """The share of a year between two days by the day count of the terms."""
    if terms.day_count == "none":
        return Fraction(terms.interval.count, {"months": 12, "days": 365}[terms.interval.unit])
    if terms.day_count == "30e_360":
        months = (end.year - start.year) * 12 + end.month - start.month
        return Fraction(months, 12) + Fraction(min(end.day, 30) - min(start.day, 30), 360)
    if terms.day_count == "actual_actual":
        total = Fraction(0)
        for year in range(start.year, end.year + 1):
            opens, closes = date(year, 1, 1), date(year + 1, 1, 1)
            inside = (min(end, closes) - max(start, opens)).days
            total += Fraction(max(inside, 0), (closes - opens).days)
        return total
    return Fraction((end - start).days, int(terms.day_count.removeprefix("actual_")))


def growth_of_rows(terms: Terms) -> list[Fraction]:
    """Rate × share for each row; nothing in rows that earn no interest."""
    due = due_days(terms)
    rate = Fraction(terms.annual_rate_percent) / 100
    starts = [terms.disbursed_on, *due[:-1]]
    return [
        Fraction(0) if index < terms.interest_free else rate * share_of_year(start, end, terms)
        for index, (start, end) in enumerate(zip(starts, due, strict=True))
    ]


def principal_rows(terms: Terms) -> list[int]:
    """The numbers of the rows in which principal falls due."""
    last = terms.installments
    if terms.method == "bullet":
        return [last]
    after_grace = set(range(terms.principal_grace + 1, last + 1))
    return sorted((after_grace & set(range(0, last + 1, terms.principal_every))) | {last})


def level_payment(terms: Terms) -> Fraction:
    """The payment whose present value is the principal, from the last row backwards."""
    paying = set(principal_rows(terms))
    growth = growth_of_rows(terms)
    # Kept as numerator over denominator without reducing: a gcd a row would cost more than all the rest.
    above, below = 0, 1
    for number in range(terms.installments, 0, -1):
        if number in paying:
            discount = 1 / (1 + growth[number - 1])
            above, below = (above + below) * discount.numerator, below * discount.denominator
    return Fraction(terms.principal_vnd * below, above)


def rows(terms: Terms) -> list[tuple[int, date, int, int, int, int, int, int]]:
    """The whole schedule, in the order of the fields of the engine's rows."""
    due, growth, paying = due_days(terms), growth_of_rows(terms), principal_rows(terms)
    unit = terms.round_installment_to_vnd or 1
    level = nearest(level_payment(terms), unit) if terms.method == "equal_installment" else 0
    equal = nearest(Fraction(terms.principal_vnd, len(paying)), unit)
    paid: list[int] = []
    earned: list[Fraction] = []
    computed = []
    for index in range(terms.installments):
        owed = terms.principal_vnd - sum(paid)
        earned.append((terms.principal_vnd if terms.method == "flat" else owed) * growth[index])
        number = index + 1
        if terms.method == "custom":
            principal = terms.parts[index].principal_vnd
        elif number == terms.installments:
            principal = owed
        elif number not in paying:
            principal = 0
        elif terms.method == "equal_installment":
            principal = sorted((0, level - nearest(earned[index]), owed))[1]
        else:
            principal = min(equal, owed)
        if number <= terms.interest_grace:
            interest = 0
        elif number == terms.interest_grace + 1:
            interest = nearest(sum(earned, Fraction(0)))
        else:
            interest = nearest(earned[index])
        paid.append(principal)
        days = (due[index] - (due[index - 1] if index else terms.disbursed_on)).days
        computed.append((number, due[index], days, owed, principal, interest, principal + interest, owed - principal))
    return computed
