"""A loan lived through day by day, in exact fractions and without a line of the replay's arithmetic.

One pass over the calendar: in the morning what is agreed falls due, then what happened that day happens, at night every
đồng that is out earns for one day. Slow, and meant to be read beside "What a loan is on a day" in docs/funds.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from services.funds.engine.terms import Terms
from tests.funds.engine import oracle
from tests.funds.engine.oracle import nearest, share_of_year

ONE_DAY = timedelta(days=1)
ORDER = ("opening", "disbursement", "interest_reduction", "rescheduling", "recall", "repayment", "write_off")
"""In which order what happens on one day counts."""


class Happening(NamedTuple):
    """Something of a day. `terms`: the new ones of a rescheduling; their principal is what is outstanding then.

    `due_on`: of a recall, the day on which all falls due; of an opening, since when something is overdue.
    """

    on: date
    kind: str
    amount: int = 0
    interest: int = 0
    overdue_interest: int = 0
    overdue_principal: int = 0
    terms: Terms | None = None
    rate: Decimal | None = None
    due_on: date | None = None
    id: str = ""


class Evening(NamedTuple):
    """What is so at the end of a day."""

    on: date
    outstanding: int
    due_principal: int
    due_interest: int
    accrued_interest: int
    overdue_interest: int
    held: int
    overdue_since: date | None

    @property
    def owed(self) -> int:
        return self.outstanding + self.due_interest + self.accrued_interest + self.overdue_interest


@dataclass
class Row:
    """An installment to come."""

    starts_on: date
    due_on: date
    principal: int
    bears_interest: bool
    asks_interest: bool


@dataclass
class Claim:
    """What fell due on a day and is unpaid."""

    since: date
    principal: int
    interest: int


@dataclass
class Loan:
    """The purse of one loan, in the terms that are in force."""

    terms: Terms
    overdue_percent: int = 150
    rate_on_interest: int = 0
    order: Sequence[str] = ("penalty", "interest", "principal")
    rate: Fraction = field(init=False)
    rows: list[Row] = field(init=False)
    claims: list[Claim] = field(default_factory=list)
    outstanding: int = 0
    first_principal: int = 0
    earned: Fraction = Fraction(0)
    """In-term interest since interest fell due last; a row of grace asks for none, so it goes on."""
    given: int = 0
    """What of that was paid or waived before it fell due."""
    ahead: int = 0
    """Principal paid before it fell due."""
    penalty: Fraction = Fraction(0)
    penalty_given: int = 0
    held: int = 0
    nominal: bool = field(init=False)

    def __post_init__(self) -> None:
        self.rate = Fraction(self.terms.annual_rate_percent) / 100
        self.agree(self.terms)

    def agree(self, terms: Terms) -> None:
        self.terms, self.rows, before = terms, [], terms.disbursed_on
        self.nominal = terms.day_count == "none"
        for number, due, _, _, principal, *_ in oracle.rows(terms):
            self.rows.append(Row(before, due, principal, number > terms.interest_free, number > terms.interest_grace))
            before = due

    @property
    def due_principal(self) -> int:
        return sum(claim.principal for claim in self.claims)

    @property
    def due_interest(self) -> int:
        return sum(claim.interest for claim in self.claims)

    @property
    def accrued(self) -> int:
        return max(0, nearest(self.earned) - self.given)

    @property
    def overdue_interest(self) -> int:
        return nearest(self.penalty) - self.penalty_given

    @property
    def bearing(self) -> int:
        """What bears the rate of the contract."""
        if self.terms.method == "flat":
            return self.first_principal if self.outstanding else 0
        return self.outstanding - self.due_principal

    def morning(self, day: date) -> None:
        while self.rows and self.rows[0].due_on <= day:
            row = self.rows.pop(0)
            if self.nominal and row.starts_on == row.due_on and row.bears_interest:
                self.earned += self.bearing * self.rate * share_of_year(day, day, self.terms)
            free, covered = self.outstanding - self.due_principal, min(self.ahead, row.principal)
            self.ahead -= covered
            principal = min(row.principal - covered, free) if self.rows else free
            interest = 0
            if row.asks_interest:
                interest = self.accrued
                self.earned, self.given = Fraction(0), 0
            self.claims.append(Claim(row.due_on, principal, interest))
        self.forget_paid()

    def forget_paid(self) -> None:
        self.claims = [claim for claim in self.claims if claim.principal or claim.interest]

    def night(self, day: date) -> None:
        by_day = replace(self.terms, day_count="actual_365") if self.terms.day_count == "none" else self.terms
        share = share_of_year(day, day + ONE_DAY, by_day)
        self.penalty += self.due_principal * self.rate * Fraction(self.overdue_percent, 100) * share
        self.penalty += self.due_interest * Fraction(self.rate_on_interest, 100) * share
        if self.rows and self.rows[0].bears_interest:
            row = self.rows[0]
            if self.nominal:
                share = share_of_year(day, day, self.terms) / (row.due_on - row.starts_on).days
            self.earned += self.bearing * self.rate * share

    def happen(self, what: Happening) -> None:
        getattr(self, what.kind)(what)
        self.forget_paid()

    def opening(self, what: Happening) -> None:
        self.outstanding += what.amount
        self.first_principal += what.amount - what.overdue_principal
        self.penalty += what.overdue_interest
        if what.due_on is None:
            self.earned += what.interest
        else:
            self.claims.append(Claim(what.due_on, what.overdue_principal, what.interest))

    def disbursement(self, what: Happening) -> None:
        self.outstanding += what.amount
        self.first_principal += what.amount

    def interest_reduction(self, what: Happening) -> None:
        self.penalty_given += min(what.overdue_interest, self.overdue_interest)
        rest = what.interest - self.pay_interest_due(what.interest)
        self.given += min(rest, self.accrued)

    def rescheduling(self, what: Happening) -> None:
        assert what.terms is not None
        self.earned += self.due_interest - self.given
        self.claims, self.given, self.ahead = [], 0, 0
        self.first_principal = self.outstanding
        if what.rate is not None:
            self.rate = Fraction(what.rate) / 100
        rate = Decimal(self.rate.numerator * 100) / self.rate.denominator
        self.agree(replace(what.terms, principal_vnd=self.outstanding, disbursed_on=what.on, annual_rate_percent=rate))

    def recall(self, what: Happening) -> None:
        assert what.due_on is not None
        self.earned -= self.given
        self.given, self.ahead, self.nominal = 0, 0, False
        self.rows = [Row(what.on, what.due_on, self.outstanding - self.due_principal, True, True)]

    def write_off(self, what: Happening) -> None:
        self.outstanding -= what.amount
        self.rows, self.claims = [], []
        self.earned, self.given = Fraction(0), 0
        self.penalty, self.penalty_given = Fraction(0), 0

    def pay_interest_due(self, money: int) -> int:
        before = money
        for claim in self.claims:
            part = min(money, claim.interest)
            claim.interest -= part
            money -= part
        return before - money

    def pay_principal_due(self, money: int) -> int:
        before = money
        for claim in self.claims:
            part = min(money, claim.principal)
            claim.principal -= part
            money -= part
        self.outstanding -= before - money
        return before - money

    def pay_penalty(self, money: int) -> int:
        part = min(money, self.overdue_interest)
        self.penalty_given += part
        return part

    def repayment(self, what: Happening) -> None:
        ways = {
            "penalty": self.pay_penalty,
            "interest": self.pay_interest_due,
            "principal": self.pay_principal_due,
        }
        money = what.amount
        for part in self.order:
            money -= ways[part](money)
        if self.rows:
            earned = min(money, self.accrued)
            self.given += earned
            money -= earned
            early = min(money, self.outstanding - self.due_principal)
            self.ahead += early
            self.outstanding -= early
            money -= early
        self.held += money


def evenings(loan: Loan, happenings: Sequence[Happening], until: date) -> Iterator[Evening]:
    """Live through the loan from its first day; yield what is so at the end of each day until `until`, included."""
    ordered = sorted(happenings, key=lambda what: (what.on, ORDER.index(what.kind), what.id))
    day = ordered[0].on
    while day <= until:
        loan.morning(day)
        for what in ordered:
            if what.on == day:
                loan.happen(what)
        # A recall may ask for everything on the day that it is decided.
        loan.morning(day)
        overdue = [claim.since for claim in loan.claims if claim.since < day]
        yield Evening(
            day,
            loan.outstanding,
            loan.due_principal,
            loan.due_interest,
            loan.accrued,
            loan.overdue_interest,
            loan.held,
            min(overdue, default=None),
        )
        loan.night(day)
        day += ONE_DAY
