"""What a loan is made of and what it comes to on a day: what was agreed, what happened, and what stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

from services.funds.engine.days import DayCount
from services.funds.engine.rounding import half_up
from services.funds.engine.schedule import Row
from services.funds.engine.terms import Method

Part = Literal["fee", "penalty", "interest", "principal"]


class Due(NamedTuple):
    """One agreed installment: the principal that falls due; its interest follows from the balance."""

    number: int
    due_on: date
    principal_vnd: int
    bears_interest: bool = True
    pays_interest: bool = True


class Basis(NamedTuple):
    """What interest is counted on and by (`flat`: the first principal), and how principal is spread over installments.

    `interval_share`: the share of a year that a row has where the day count is `none`, numerator and denominator.
    `round_to_vnd`: installments, or principal parts, are multiples of it.
    """

    day_count: DayCount = "actual_365"
    method: Method = "equal_principal"
    interval_share: tuple[int, int] = (1, 12)
    round_to_vnd: int = 1


BY_THE_DAY = Basis()


@dataclass(frozen=True, slots=True)
class Contract:
    """What was agreed. Rates in percent a year."""

    starts_on: date
    annual_rate_percent: Decimal
    dues: tuple[Due, ...]
    basis: Basis = BY_THE_DAY
    overdue_percent_of_rate: Decimal = Decimal(150)
    overdue_interest_rate_percent: Decimal = Decimal(0)
    order: tuple[Part, ...] = ("fee", "penalty", "interest", "principal")


class Entry(NamedTuple):
    """Something that happened to the loan. `amount_vnd`: paid out, paid in, or principal written off or recovered.

    `dues`, `basis` and `annual_rate_percent`: the new schedule of a rescheduling; `dues`: of a recall, whose last is its own.
    `interest_vnd` and `overdue_interest_vnd`: of an opening, what was owed of each besides the principal; of a reduction,
    how much of each is waived; of a recovery, how much of each it pays. `prepayment`: of a repayment, what becomes of the
    installments whose principal it pays ahead.
    """

    id: str
    kind: str
    on: date
    amount_vnd: int = 0
    interest_vnd: int = 0
    overdue_interest_vnd: int = 0
    overdue_principal_vnd: int = 0
    overdue_since: date | None = None
    dues: tuple[Due, ...] = ()
    annual_rate_percent: Decimal | None = None
    basis: Basis | None = None
    prepayment: str = "keep"


class Recalled(NamedTuple):
    """What a loan is recalled for: all that is not due by the day of `due` falls due with it. `on`: when that was decided."""

    on: date
    due: Due


class Split(NamedTuple):
    """Where a repayment went, in whole đồng. `held_vnd`: more than was owed, kept for the borrower."""

    overdue_interest_vnd: int = 0
    interest_vnd: int = 0
    principal_vnd: int = 0
    held_vnd: int = 0


@dataclass(slots=True)
class Installment:
    """An installment as it stands: what fell due, what was paid on it, and the day it was closed.

    `closed_on`: the day it was paid in full, replaced by a new schedule, or left empty by a prepayment.
    `first_agreed_vnd`: the principal that its schedule began with, by which it takes part where principal is spread anew.
    """

    number: int
    opened_on: date
    starts_on: date
    due_on: date
    agreed_principal_vnd: int
    bears_interest: bool = True
    pays_interest: bool = True
    principal_vnd: int = 0
    interest_vnd: int = 0
    principal_paid_vnd: int = 0
    interest_paid_vnd: int = 0
    interest_waived_vnd: int = 0
    is_due: bool = False
    closed_on: date | None = None
    replaced: bool = False
    first_agreed_vnd: int = 0

    @property
    def principal_owed_vnd(self) -> int:
        """What fell due of the principal and is unpaid."""
        return self.principal_vnd - self.principal_paid_vnd if self.is_due else 0

    @property
    def interest_owed_vnd(self) -> int:
        """What fell due of the interest and is unpaid."""
        return self.interest_vnd - self.interest_paid_vnd - self.interest_waived_vnd if self.is_due else 0


class Exact:
    """A sum of fractions with few denominators, kept apart so that adding costs no gcd."""

    __slots__ = ("parts",)

    def __init__(self) -> None:
        self.parts: dict[int, int] = {}

    def add(self, numerator: int, denominator: int) -> None:
        """Add numerator / denominator; nothing leaves no part behind, so that rounding stays cheap."""
        if numerator:
            self.parts[denominator] = self.parts.get(denominator, 0) + numerator

    def exact(self) -> Fraction:
        """Return the sum."""
        return sum((Fraction(part, denominator) for denominator, part in self.parts.items()), Fraction(0))

    def rounded(self) -> int:
        """Return the sum rounded half up to whole đồng."""
        if not self.parts:
            return 0
        (common, numerator), *others = self.parts.items()
        for denominator, part in others:
            numerator, common = numerator * denominator + part * common, common * denominator
        return half_up(numerator, common)


@dataclass(slots=True)
class State:
    """A loan at the end of a day."""

    on: date
    disbursed_vnd: int = 0
    outstanding_vnd: int = 0
    principal_paid_vnd: int = 0
    is_written_off: bool = False
    written_off_vnd: int = 0
    interest_paid_vnd: int = 0
    interest_waived_vnd: int = 0
    overdue_interest_paid_vnd: int = 0
    overdue_interest_waived_vnd: int = 0
    held_vnd: int = 0
    off_balance_principal_vnd: int = 0
    """Principal written off and not recovered."""
    off_balance_interest_vnd: int = 0
    """In-term interest that was owed when the loan was written off, and is not recovered."""
    off_balance_overdue_interest_vnd: int = 0
    """The same of overdue interest."""
    reschedulings: int = 0
    installments: list[Installment] = field(default_factory=list)
    splits: dict[str, Split] = field(default_factory=dict)
    excess_vnd: dict[str, int] = field(default_factory=dict)
    accruing: Exact = field(default_factory=Exact)
    """In-term interest earned since interest fell due last, exactly: a row of grace asks for none, so it goes on there."""
    penalty: Exact = field(default_factory=Exact)
    """All overdue interest since the beginning, exactly."""
    unpaid: list[Installment] = field(default_factory=list)
    """Installments that fell due and are not paid in full, oldest first."""
    at: int = 0
    """Place of the running installment; those before it fell due or were replaced."""
    principal_due_vnd: int = 0
    """Principal that fell due, today or before, and is unpaid."""
    interest_owed_vnd: int = 0
    """In-term interest that fell due and is unpaid."""

    @property
    def running(self) -> Installment | None:
        """The installment that earns now."""
        return self.installments[self.at] if self.at < len(self.installments) else None

    @property
    def asking(self) -> Installment | None:
        """The installment with which the interest that is earned now falls due: in a grace, the first one after it.

        What is paid or waived of that interest before stands on it.
        """
        ahead = (self.installments[place] for place in range(self.at, len(self.installments)))
        return next((row for row in ahead if row.pays_interest), None)

    @property
    def interest_ahead_vnd(self) -> int:
        """What was paid or waived of the in-term interest that is not due yet."""
        row = self.asking
        return 0 if row is None else row.interest_paid_vnd + row.interest_waived_vnd

    @property
    def overdue_interest_owed_vnd(self) -> int:
        """Overdue interest that is owed today."""
        return self.penalty.rounded() - self.overdue_interest_paid_vnd - self.overdue_interest_waived_vnd

    @property
    def interest_accrued_vnd(self) -> int:
        """In-term interest earned since it fell due last, that of a grace included; not due yet and not paid ahead."""
        return self.accruing.rounded() - self.interest_ahead_vnd

    @property
    def total_owed_vnd(self) -> int:
        """What settles the loan today."""
        return (
            self.outstanding_vnd + self.interest_owed_vnd + self.interest_accrued_vnd + self.overdue_interest_owed_vnd
        )

    @property
    def recoverable_vnd(self) -> int:
        """What may still be recovered of a loan that was written off."""
        return self.off_balance_principal_vnd + self.off_balance_interest_vnd + self.off_balance_overdue_interest_vnd

    @property
    def overdue_since(self) -> date | None:
        """The due date of the oldest installment that is unpaid after its day, or None."""
        first = self.unpaid[0].due_on if self.unpaid else self.on
        return first if first < self.on else None

    @property
    def days_overdue(self) -> int:
        """Days since the oldest unpaid due date; 0 when nothing is overdue."""
        since = self.overdue_since
        return 0 if since is None else (self.on - since).days


def dues_of(rows: Sequence[Row], *, interest_free: int = 0, interest_grace: int = 0, after: int = 0) -> tuple[Due, ...]:
    """Return the agreed installments of a schedule of the engine; numbers go on from `after`."""
    return tuple(
        Due(after + row.number, row.due_on, row.principal_vnd, row.number > interest_free, row.number > interest_grace)
        for row in rows
    )
