"""What a loan is on any day, replayed from its contract and its entries: pure functions over whole days.

Entries are taken by their day, so one that is entered late changes what came after it, and one that is reversed was
never there. On a day: what falls due falls due, money is paid out, interest is reduced, the schedule changes, money
comes in. Interest runs from a day to the next on the balance at the end of the day; what is overdue bears the overdue
rate in its place. The interest of a row is rounded half up once, when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from services.funds.engine.days import DayCount, share_parts
from services.funds.engine.rounding import half_up, rate_parts
from services.funds.engine.schedule import Row

Part = Literal["fee", "penalty", "interest", "principal"]
_KINDS = ("opening", "disbursement", "interest_reduction", "rescheduling", "recall", "write_off", "repayment")


class Due(NamedTuple):
    """One agreed installment: the principal that falls due; its interest follows from the balance."""

    number: int
    due_on: date
    principal_vnd: int
    bears_interest: bool = True
    pays_interest: bool = True


@dataclass(frozen=True, slots=True)
class Contract:
    """What was agreed. `flat`: interest on the principal paid out, not on the balance. Rates in percent a year."""

    starts_on: date
    annual_rate_percent: Decimal
    dues: tuple[Due, ...]
    day_count: DayCount = "actual_365"
    flat: bool = False
    overdue_percent_of_rate: Decimal = Decimal(150)
    overdue_interest_rate_percent: Decimal = Decimal(0)
    order: tuple[Part, ...] = ("fee", "penalty", "interest", "principal")
    interval_share: tuple[int, int] = (1, 12)


class Entry(NamedTuple):
    """Something that happened to the loan. `amount_vnd`: paid out, paid in, waived or written off.

    `dues` and `annual_rate_percent`: the new schedule of a rescheduling; the one due of a recall. `interest_vnd` and `overdue_interest_vnd`: of
    an opening, what was owed of each besides the principal; of a reduction, how much of each is waived.
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


class Split(NamedTuple):
    """Where a repayment went, in whole đồng. `held_vnd`: more than was owed, kept for the borrower."""

    overdue_interest_vnd: int = 0
    interest_vnd: int = 0
    principal_vnd: int = 0
    held_vnd: int = 0


@dataclass(slots=True)
class Installment:
    """An installment as it stands: what fell due, what was paid on it, and the day it was closed.

    `closed_on`: the day it was paid in full, or replaced by a new schedule.
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
        """Add numerator / denominator."""
        self.parts[denominator] = self.parts.get(denominator, 0) + numerator

    def take(self, other: Exact) -> None:
        """Add all of `other` and empty it."""
        for denominator, numerator in other.parts.items():
            self.add(numerator, denominator)
        other.parts.clear()

    def rounded(self) -> int:
        """Return the sum rounded half up to whole đồng."""
        if not self.parts:
            return 0
        if len(self.parts) == 1:
            ((denominator, numerator),) = self.parts.items()
            return half_up(numerator, denominator)
        numerator, common = 0, 1
        for denominator, part in self.parts.items():
            numerator, common = numerator * denominator + part * common, common * denominator
        return half_up(numerator, common)


@dataclass(slots=True)
class State:
    """A loan at the end of a day."""

    on: date
    disbursed_vnd: int = 0
    outstanding_vnd: int = 0
    principal_paid_vnd: int = 0
    written_off_vnd: int = 0
    interest_paid_vnd: int = 0
    interest_waived_vnd: int = 0
    overdue_interest_paid_vnd: int = 0
    overdue_interest_waived_vnd: int = 0
    held_vnd: int = 0
    reschedulings: int = 0
    installments: list[Installment] = field(default_factory=list)
    splits: dict[str, Split] = field(default_factory=dict)
    excess_vnd: dict[str, int] = field(default_factory=dict)
    accruing: Exact = field(default_factory=Exact)
    """In-term interest of the running row, exactly."""
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
    def overdue_interest_owed_vnd(self) -> int:
        """Overdue interest that is owed today."""
        return self.penalty.rounded() - self.overdue_interest_paid_vnd - self.overdue_interest_waived_vnd

    @property
    def interest_accrued_vnd(self) -> int:
        """In-term interest earned in the running row, not due yet and not paid ahead."""
        row = self.running
        paid = 0 if row is None else row.interest_paid_vnd + row.interest_waived_vnd
        return max(0, self.accruing.rounded() - paid)

    @property
    def total_owed_vnd(self) -> int:
        """What settles the loan today."""
        return (
            self.outstanding_vnd + self.interest_owed_vnd + self.interest_accrued_vnd + self.overdue_interest_owed_vnd
        )

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


def replay(contract: Contract, entries: Iterable[Entry], until: date) -> State:
    """Return the loan at the end of the day `until`. The order of `entries` changes nothing but their own splits."""
    ordered = sorted(
        (entry for entry in entries if entry.on <= until),
        key=lambda entry: (entry.on, _KINDS.index(entry.kind), entry.id),
    )
    run = _Run(contract)
    reached: date | None = None
    for entry in ordered:
        # All of one day happens before anything that it made due on that day.
        if entry.on != reached:
            while (row := run.state.running) is not None and row.due_on < entry.on:
                run.go_to(row.due_on)
            run.go_to(entry.on)
            reached = entry.on
        run.take(entry)
    while (row := run.state.running) is not None and row.due_on <= until:
        run.go_to(row.due_on)
    run.go_to(until)
    return run.state


def replay_over(contract: Contract, entries: Iterable[Entry]) -> State:
    """Return the loan with every installment fallen due, as if nothing more were ever paid: what is stored of it."""
    taken = list(entries)
    ends = [due.due_on for due in contract.dues] + [due.due_on for entry in taken for due in entry.dues]
    return replay(contract, taken, max([contract.starts_on, *ends, *(entry.on for entry in taken)]) + timedelta(days=1))


class _Run:
    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.rate = rate_parts(contract.annual_rate_percent)
        self.by_day: DayCount = "actual_365" if contract.day_count == "none" else contract.day_count
        percent, hundred = contract.overdue_percent_of_rate.as_integer_ratio()
        self.overdue_share = percent, hundred * 100
        self.rate_on_interest = rate_parts(contract.overdue_interest_rate_percent)
        self.order = tuple(dict.fromkeys((*contract.order, *_LAST)))
        self.state = State(on=contract.starts_on)
        self.deferred = Exact()
        self._open(contract.dues, contract.starts_on)

    def _open(self, dues: Sequence[Due], on: date) -> None:
        before = on
        for due in dues:
            self.state.installments.append(
                Installment(
                    due.number, on, before, due.due_on, due.principal_vnd, due.bears_interest, due.pays_interest
                )
            )
            before = due.due_on

    def go_to(self, day: date) -> None:
        """Let interest run to `day`, then let fall due what is due on it."""
        state = self.state
        if day > state.on:
            self._accrue(state.on, day)
            state.on = day
        while (row := state.running) is not None and row.due_on <= day:
            self._fall_due(row)

    def _accrue(self, start: date, end: date) -> None:
        state, contract = self.state, self.contract
        if not state.outstanding_vnd:
            return
        row = state.running
        overdue, unpaid = state.principal_due_vnd, state.interest_owed_vnd
        rate, per = self.rate
        days, year = share_parts(start, end, self.by_day)
        if row is not None and row.bears_interest:
            base = (state.disbursed_vnd if contract.flat else state.outstanding_vnd) - overdue
            if base > 0:
                share, of = self._share(row, start, end) if contract.day_count == "none" else (days, year)
                state.accruing.add(base * rate * share, per * of)
        if overdue:
            percent, hundred = self.overdue_share
            state.penalty.add(overdue * rate * percent * days, per * hundred * year)
        if unpaid and self.rate_on_interest[0]:
            on_interest, each = self.rate_on_interest
            state.penalty.add(unpaid * on_interest * days, each * year)

    def _share(self, row: Installment, start: date, end: date) -> tuple[int, int]:
        """Return what part of the interval's share of a year has passed, where interest is a nominal share a row."""
        part, of = self.contract.interval_share
        return (end - start).days * part, of * (row.due_on - row.starts_on).days

    def _fall_due(self, row: Installment) -> None:
        state = self.state
        is_last = state.at == len(state.installments) - 1
        free = state.outstanding_vnd - state.principal_due_vnd
        asked = row.agreed_principal_vnd - row.principal_paid_vnd
        row.principal_vnd = row.principal_paid_vnd + (free if is_last else max(0, min(asked, free)))
        if row.pays_interest:
            state.accruing.take(self.deferred)
            # Never below what was paid ahead: a tranche or a correction may have lowered what it earned.
            row.interest_vnd = max(state.accruing.rounded(), row.interest_paid_vnd + row.interest_waived_vnd)
            state.accruing = Exact()
        else:
            self.deferred.take(state.accruing)
        row.is_due = True
        state.at += 1
        principal, interest = row.principal_owed_vnd, row.interest_owed_vnd
        state.principal_due_vnd += principal
        state.interest_owed_vnd += interest
        if principal or interest:
            state.unpaid.append(row)
        else:
            row.closed_on = state.on

    def _close_paid(self) -> None:
        """Close every installment that is paid in full today."""
        state = self.state
        if not state.unpaid:
            return
        left = []
        for row in state.unpaid:
            if row.principal_owed_vnd or row.interest_owed_vnd:
                left.append(row)
            else:
                row.closed_on = state.on
        state.unpaid = left

    def take(self, entry: Entry) -> None:
        """Let `entry` happen on the day that is reached."""
        state = self.state
        if entry.kind == "disbursement":
            state.disbursed_vnd += entry.amount_vnd
            state.outstanding_vnd += entry.amount_vnd
        elif entry.kind == "opening":
            self._opening(entry)
        elif entry.kind == "write_off":
            self._write_off(entry)
        elif entry.kind == "interest_reduction":
            self._reduce(entry)
        elif entry.kind == "rescheduling":
            self._reschedule(entry)
        elif entry.kind == "recall":
            self._recall(entry)
        else:
            self._repay(entry)

    def _opening(self, entry: Entry) -> None:
        state = self.state
        state.disbursed_vnd += entry.amount_vnd
        state.outstanding_vnd += entry.amount_vnd
        if entry.overdue_since is not None:
            owed = Installment(0, entry.on, entry.overdue_since, entry.overdue_since, entry.overdue_principal_vnd,
                               principal_vnd=entry.overdue_principal_vnd, interest_vnd=entry.interest_vnd, is_due=True)  # fmt: skip
            state.installments.insert(0, owed)
            state.at += 1
            state.unpaid.insert(0, owed)
            state.principal_due_vnd += owed.principal_owed_vnd
            state.interest_owed_vnd += owed.interest_owed_vnd
            self._close_paid()
        elif entry.interest_vnd:
            state.accruing.add(entry.interest_vnd, 1)
        if entry.overdue_interest_vnd:
            state.penalty.add(entry.overdue_interest_vnd, 1)

    def _reduce(self, entry: Entry) -> None:
        state = self.state
        penalty = min(entry.overdue_interest_vnd, state.overdue_interest_owed_vnd)
        state.overdue_interest_waived_vnd += penalty
        left = entry.interest_vnd
        running = state.running
        for row in (*state.unpaid, *(() if running is None else (running,))):
            part = min(left, row.interest_owed_vnd if row.is_due else state.interest_accrued_vnd)
            if row.is_due:
                state.interest_owed_vnd -= part
            row.interest_waived_vnd += part
            state.interest_waived_vnd += part
            left -= part
        self._close_paid()

    def _replace(self, rows: Sequence[Installment]) -> None:
        """Let `rows` end as they stand: what was paid on them stays, what is unpaid leaves them."""
        for row in rows:
            row.replaced, row.is_due, row.closed_on = True, True, self.state.on
            row.principal_vnd = row.principal_paid_vnd
            row.interest_vnd = row.interest_paid_vnd + row.interest_waived_vnd

    def _ahead(self) -> int:
        running = self.state.running
        return 0 if running is None else running.interest_paid_vnd + running.interest_waived_vnd

    def _reschedule(self, entry: Entry) -> None:
        """Replace what is unpaid: its principal goes into the new dues, its interest falls due with the first of them."""
        state = self.state
        state.reschedulings += 1
        carried = state.interest_owed_vnd - self._ahead()
        self._replace([*state.unpaid, *state.installments[state.at :]])
        state.unpaid, state.principal_due_vnd, state.interest_owed_vnd = [], 0, 0
        state.at = len(state.installments)
        if carried:
            state.accruing.add(carried, 1)
        if entry.annual_rate_percent is not None:
            self.rate = rate_parts(entry.annual_rate_percent)
        self._open(entry.dues, state.on)

    def _write_off(self, entry: Entry) -> None:
        """Take the principal off the balance: nothing falls due any more and nothing is earned."""
        state = self.state
        state.outstanding_vnd -= entry.amount_vnd
        state.written_off_vnd += entry.amount_vnd
        self._replace([*state.unpaid, *state.installments[state.at :]])
        state.unpaid, state.principal_due_vnd, state.interest_owed_vnd = [], 0, 0
        state.at = len(state.installments)
        state.accruing = Exact()

    def _recall(self, entry: Entry) -> None:
        """Let all that is not due yet fall due on one day; what is overdue stays so."""
        state = self.state
        ahead = self._ahead()
        self._replace(state.installments[state.at :])
        state.at = len(state.installments)
        if ahead:
            state.accruing.add(-ahead, 1)
        self._open(entry.dues, state.on)

    def _repay(self, entry: Entry) -> None:
        state, left = self.state, entry.amount_vnd
        penalty = interest = principal = 0
        dues = state.unpaid
        for part in self.order:
            if part == "penalty":
                penalty = min(left, max(0, state.overdue_interest_owed_vnd))
                left -= penalty
                state.overdue_interest_paid_vnd += penalty
            elif part == "interest" and left and state.interest_owed_vnd:
                for row in dues:
                    paid = min(left, row.interest_owed_vnd)
                    row.interest_paid_vnd += paid
                    state.interest_owed_vnd -= paid
                    interest, left = interest + paid, left - paid
            elif part == "principal" and left and state.principal_due_vnd:
                for row in dues:
                    paid = min(left, row.principal_owed_vnd)
                    row.principal_paid_vnd += paid
                    state.principal_due_vnd -= paid
                    principal, left = principal + paid, left - paid
        if interest or principal:
            self._close_paid()
        running = state.running
        if left and running is not None:
            paid = min(left, state.interest_accrued_vnd)
            running.interest_paid_vnd += paid
            interest, left = interest + paid, left - paid
            ahead = state.installments[state.at :]
            free = state.outstanding_vnd - principal - state.principal_due_vnd
            for row in ahead:
                if not left:
                    break
                room = free if row is ahead[-1] else min(free, row.agreed_principal_vnd - row.principal_paid_vnd)
                paid = min(left, max(0, room))
                row.principal_paid_vnd += paid
                principal, left, free = principal + paid, left - paid, free - paid
        state.outstanding_vnd -= principal
        state.principal_paid_vnd += principal
        state.interest_paid_vnd += interest
        if left:
            state.excess_vnd[entry.id] = left
            state.held_vnd += left
        state.splits[entry.id] = Split(penalty, interest, principal, left)


_LAST: tuple[Part, ...] = ("penalty", "interest", "principal")
