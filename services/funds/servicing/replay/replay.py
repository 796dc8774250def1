"""What a loan is on any day, replayed from its contract and its entries: pure functions over whole days.

Entries are taken by their day, so one that is entered late changes what came after it, and one that is reversed was
never there. On a day: what falls due falls due, money is paid out, interest is reduced, the schedule changes, money
comes in. Interest runs from a day to the next on the balance at the end of the day; what is overdue bears the overdue
rate in its place. The interest of a row is rounded half up once, when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from services.funds.engine.days import share_parts
from services.funds.engine.rounding import rate_parts
from services.funds.servicing.replay.state import Contract, Due, Entry, Exact, Installment, Part, Split, State

_KINDS = ("opening", "disbursement", "interest_reduction", "rescheduling", "recall", "write_off", "repayment")


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
        percent, hundred = contract.overdue_percent_of_rate.as_integer_ratio()
        self.overdue_share = percent, hundred * 100
        self.rate_on_interest = rate_parts(contract.overdue_interest_rate_percent)
        self.order = tuple(dict.fromkeys((*contract.order, *_LAST)))
        self.basis = contract.basis
        self.first_principal_vnd = 0
        self.state = State(on=contract.starts_on)
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
        state = self.state
        row = state.running
        overdue, unpaid = state.principal_due_vnd, state.interest_owed_vnd
        if not (state.outstanding_vnd or unpaid):
            return
        rate, per = self.rate
        days, year = share_parts(start, end, "actual_365" if self.is_nominal else self.basis.day_count)
        if row is not None and row.bears_interest:
            share, of = self._share(row, start, end) if self.is_nominal else (days, year)
            state.accruing.add(self._bearing() * rate * share, per * of)
        if overdue:
            percent, hundred = self.overdue_share
            state.penalty.add(overdue * rate * percent * days, per * hundred * year)
        if unpaid and self.rate_on_interest[0]:
            on_interest, each = self.rate_on_interest
            state.penalty.add(unpaid * on_interest * days, each * year)

    @property
    def is_nominal(self) -> bool:
        """Whether interest is a nominal share of a year a row, whatever its days."""
        return self.basis.day_count == "none"

    def _bearing(self) -> int:
        """Return what bears the in-term rate: what is not overdue, but where interest is flat the first principal."""
        state = self.state
        if self.basis.flat:
            return self.first_principal_vnd if state.outstanding_vnd else 0
        return state.outstanding_vnd - state.principal_due_vnd

    def _share(self, row: Installment, start: date, end: date) -> tuple[int, int]:
        """Return what part of the interval's share of a year has passed, where interest is a nominal share a row."""
        part, of = self.basis.interval_share
        return (end - start).days * part, of * (row.due_on - row.starts_on).days

    def _fall_due(self, row: Installment) -> None:
        state = self.state
        is_last = state.at == len(state.installments) - 1
        free = state.outstanding_vnd - state.principal_due_vnd
        asked = row.agreed_principal_vnd - row.principal_paid_vnd
        row.principal_vnd = row.principal_paid_vnd + (free if is_last else max(0, min(asked, free)))
        if self.is_nominal and row.bears_interest and row.starts_on == row.due_on:
            # Holidays moved two due dates to one day: the row has no day to earn on and earns its share at once.
            rate, per = self.rate
            part, of = self.basis.interval_share
            state.accruing.add(self._bearing() * rate * part, per * of)
        if row.pays_interest:
            row.interest_vnd = state.accruing.rounded()
            state.accruing = Exact()
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
            self.first_principal_vnd += entry.amount_vnd
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
        # The terms of a loan that ran before are those of what is not overdue.
        self.first_principal_vnd += entry.amount_vnd - entry.overdue_principal_vnd
        if entry.overdue_since is not None:
            owed = Installment(
                0,
                entry.on,
                entry.overdue_since,
                entry.overdue_since,
                entry.overdue_principal_vnd,
                principal_vnd=entry.overdue_principal_vnd,
                interest_vnd=entry.interest_vnd,
                is_due=True,
            )
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
        asking = state.asking
        for row in (*state.unpaid, *(() if asking is None else (asking,))):
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

    def _reschedule(self, entry: Entry) -> None:
        """Replace what is unpaid: its principal goes into the new dues, its interest falls due with the first of them."""
        state = self.state
        state.reschedulings += 1
        carried = state.interest_owed_vnd - state.interest_ahead_vnd
        self._replace([*state.unpaid, *state.installments[state.at :]])
        state.unpaid, state.principal_due_vnd, state.interest_owed_vnd = [], 0, 0
        state.at = len(state.installments)
        if carried:
            state.accruing.add(carried, 1)
        if entry.annual_rate_percent is not None:
            self.rate = rate_parts(entry.annual_rate_percent)
        if entry.basis is not None:
            self.basis = entry.basis
        self.first_principal_vnd = state.outstanding_vnd
        self._open(entry.dues, state.on)

    def _write_off(self, entry: Entry) -> None:
        """Take the loan off the balance: nothing of it is owed or falls due any more, and nothing is earned."""
        state = self.state
        state.overdue_interest_waived_vnd += state.overdue_interest_owed_vnd
        state.outstanding_vnd -= entry.amount_vnd
        state.written_off_vnd += entry.amount_vnd
        self._replace([*state.unpaid, *state.installments[state.at :]])
        state.unpaid, state.principal_due_vnd, state.interest_owed_vnd = [], 0, 0
        state.at = len(state.installments)
        state.accruing = Exact()

    def _recall(self, entry: Entry) -> None:
        """Let all that is not due yet fall due on one day; what is overdue stays so."""
        state = self.state
        ahead = state.interest_ahead_vnd
        self._replace(state.installments[state.at :])
        state.at = len(state.installments)
        if ahead:
            state.accruing.add(-ahead, 1)
        if self.is_nominal:
            # The days to the new due date are no nominal row.
            self.basis = self.basis._replace(day_count="actual_365")
        self._open(entry.dues, state.on)

    def _repay(self, entry: Entry) -> None:
        state, left = self.state, entry.amount_vnd
        penalty = interest = principal = 0
        dues = state.unpaid
        for part in self.order:
            if part == "penalty":
                penalty = min(left, state.overdue_interest_owed_vnd)
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
        if left and state.running is not None:
            asking = state.asking
            if asking is not None:
                paid = min(left, state.interest_accrued_vnd)
                asking.interest_paid_vnd += paid
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
