"""How long terms lend, and how long each part of the borrower's burden may wait: what an approval binds a contract to."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from services.funds.engine.days import MONTHLY, shifted
from services.funds.engine.terms import Terms


class Spans(NamedTuple):
    """The spans of a schedule in whole months from the day that the loan begins.

    `term`: to the last due date. `principal_grace`, `interest_grace`: to the first due date that asks for principal, or
    for interest, beyond the interval that it would come after anyway: a month where all falls due at once and where the
    dates are given. `interest_free`: to the end of the rows that earn no interest.
    """

    term: int
    principal_grace: int
    interest_grace: int
    interest_free: int


def whole_months(start: date, end: date) -> int:
    """Return the most months n with `start` + n months not after `end`; a part of a month does not count. Never negative.

    Month-ends as in `shifted`: 28 February is one month after 31 January.
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and shifted(start, MONTHLY, months) > end:
        months -= 1
    return max(0, months)


def months_until(start: date, end: date) -> int:
    """Return the fewest months n with `start` + n months not before `end`: a begun month counts."""
    months = whole_months(start, end)
    return months + 1 if shifted(start, MONTHLY, months) < end else months


def spans(terms: Terms) -> Spans:
    """Return the spans of terms that are not contradictory, by their due dates before holidays move them.

    They are counted in months and not in rows, since six rows of a quarter wait longer than six of a month.
    """
    due, start = terms.nominal_due_dates(), terms.disbursed_on
    months = [whole_months(start, day) for day in due]
    carrying = [number for number in range(1, terms.installments + 1) if _repays(terms, number)]
    regular = terms.method != "custom"
    interval = whole_months(start, shifted(start, terms.interval, 1))
    return Spans(
        term=months[-1],
        principal_grace=max(0, months[carrying[0] - 1] - (interval if regular and len(carrying) > 1 else 1)),
        interest_grace=max(0, months[terms.interest_grace] - (interval if regular and len(due) > 1 else 1)),
        interest_free=months[terms.interest_free - 1] if terms.interest_free else 0,
    )


def _repays(terms: Terms, number: int) -> bool:
    if terms.method == "custom":
        return terms.parts[number - 1].principal_vnd > 0
    return terms.carries_principal(number)
