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
    prepayment: str = "keep"


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
    """An installment to come. `agreed`: the principal that it was first agreed with."""

    starts_on: date
    due_on: date
    principal: int
    bears_interest: bool
    asks_interest: bool
    agreed: int = 0
    paid: bool = False


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
    anew: bool = False
    """Whether there was a new schedule."""
    recalled: date | None = None
    """When all falls due that is not due by then."""

    def __post_init__(self) -> None:
        self.rate = Fraction(self.terms.annual_rate_percent) / 100
        self.agree(self.terms)

    def agree(self, terms: Terms) -> None:
        self.terms, self.rows, before = terms, [], terms.disbursed_on
        self.nominal = terms.day_count == "none"
        for number, due, _, _, principal, *_ in oracle.rows(terms):
            bears, asks = number > terms.interest_free, number > terms.interest_grace
            self.rows.append(Row(before, due, principal, bears, asks, principal))
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
        if self.recalled == day:
            if self.rows:
                self.claims.append(Claim(day, self.outstanding - self.due_principal, self.accrued))
            self.rows, self.earned, self.given, self.ahead, self.recalled = [], Fraction(0), 0, 0, None
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
        if self.anew:
            # A schedule that was agreed since the contract has no place for it yet.
            self.take_ahead()
            homeless = self.outstanding - self.due_principal - sum(row.principal for row in self.rows)
            if self.rows and homeless > 0:
                for row, part in zip(self.rows, self.spread(what.on, homeless, self.rows), strict=True):
                    row.principal += part

    def take_ahead(self) -> None:
        """Take what was paid early off the rows it was paid for, the next one first."""
        for row in self.rows:
            covered = min(self.ahead, row.principal)
            row.paid = row.paid or covered > 0
            row.principal -= covered
            self.ahead -= covered
        self.ahead = 0

    def growth(self, day: date, row: Row) -> Fraction:
        """What a đồng earns from today, or from the row before, until the row falls due."""
        if not row.bears_interest:
            return Fraction(0)
        start = max(day, row.starts_on)
        if not self.nominal:
            terms = replace(self.terms, day_count="actual_365") if self.terms.day_count == "none" else self.terms
            return self.rate * share_of_year(start, row.due_on, terms)
        whole = self.rate * share_of_year(start, row.due_on, self.terms)
        days = (row.due_on - row.starts_on).days
        return whole * Fraction((row.due_on - start).days, days) if days else whole

    def spread(self, day: date, amount: int, rows: Sequence[Row]) -> list[int]:
        """Return the principal of rows over which an amount is spread by the terms in force."""
        unit, growth = self.terms.round_installment_to_vnd or 1, [self.growth(day, row) for row in rows]
        carry = [row.agreed > 0 or row is rows[-1] for row in rows]
        worth = Fraction(0)
        for grown, carries in zip(reversed(growth), reversed(carry), strict=True):
            worth = (worth + 1) / (1 + grown) if carries else worth
        level = nearest(amount / worth, unit)
        parts: list[int] = []
        for row, grown, carries in zip(rows, growth, carry, strict=True):
            left = amount - sum(parts)
            if row is rows[-1]:
                part = left
            elif not carries:
                part = 0
            elif self.terms.method == "equal_installment":
                part = max(0, level - nearest(left * grown))
            elif self.terms.method == "custom":
                part = nearest(Fraction(amount * row.agreed, sum(each.agreed for each in rows)))
            else:
                part = nearest(Fraction(amount, sum(carry)), unit)
            parts.append(min(part, left))
        return parts

    def plan(self, day: date, choice: str, early: int) -> None:
        """Let money that came early make installments fewer, or smaller; what is not paid out yet keeps its place."""
        self.take_ahead()
        owed = self.outstanding - self.due_principal
        shares: list[int] = []
        for row in self.rows:
            left = owed - sum(shares)
            shares.append(left if row is self.rows[-1] else min(row.principal, left))
        later = [max(0, row.principal - share) for row, share in zip(self.rows, shares, strict=True)]
        left, anew, earned = owed - early, [], self.earned
        if choice == "lower":
            end = max(place for place, share in enumerate(shares) if share) + 1
            anew = self.spread(day, left, self.rows[:end]) + [0] * (len(self.rows) - end)
        else:
            for row, share in zip(self.rows, shares, strict=True):
                size = share
                if share and self.terms.method == "equal_installment":
                    # The payment stays: what it held of principal, and of interest on the old balance.
                    grown = self.growth(day, row)
                    size = share + nearest(earned + owed * grown) - nearest(earned + left * grown)
                anew.append(min(size, left))
                owed, left, earned = owed - share, left - anew[-1], Fraction(0)
        for row, part, undrawn in zip(self.rows, anew, later, strict=True):
            row.principal = part + undrawn
        self.rows[0].paid = True
        if choice == "shorten":
            last = max((place for place, row in enumerate(self.rows) if row.principal), default=0)
            while not self.rows[last].asks_interest:
                last += 1
            self.rows = [row for place, row in enumerate(self.rows) if place <= last or row.paid]

    def interest_reduction(self, what: Happening) -> None:
        self.penalty_given += min(what.overdue_interest, self.overdue_interest)
        rest = what.interest - self.pay_interest_due(what.interest)
        self.given += min(rest, self.accrued)

    def rescheduling(self, what: Happening) -> None:
        assert what.terms is not None
        self.earned += self.due_interest - self.given
        self.claims, self.given, self.ahead, self.recalled = [], 0, 0, None
        self.first_principal = self.outstanding
        if what.rate is not None:
            self.rate = Fraction(what.rate) / 100
        rate = Decimal(self.rate.numerator * 100) / self.rate.denominator
        self.agree(replace(what.terms, principal_vnd=self.outstanding, disbursed_on=what.on, annual_rate_percent=rate))
        self.anew = True

    def recall(self, what: Happening) -> None:
        assert what.due_on is not None
        self.recalled = what.due_on

    def write_off(self, what: Happening) -> None:
        self.outstanding -= what.amount
        self.rows, self.claims, self.recalled = [], [], None
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
            if what.prepayment == "keep":
                self.ahead += early
            elif early:
                self.plan(what.on, what.prepayment, early)
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
