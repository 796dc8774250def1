"""A loan in the making, day by day: interest runs, what falls due falls due, what is paid is closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.funds.engine.days import share_parts
from services.funds.engine.rounding import rate_parts
from services.funds.servicing.replay.state import Contract, Due, Exact, Installment, Part, Recalled, State

_LAST: tuple[Part, ...] = ("penalty", "interest", "principal")
"""Parts that the order of a contract leaves out come last, in this order."""


class Run:
    """The replay of one loan: what holds on the day that is reached, and the state that it has come to."""

    def __init__(self, contract: Contract) -> None:
        self.rate = rate_parts(contract.annual_rate_percent)
        self.overdue_share = rate_parts(contract.overdue_percent_of_rate)
        self.rate_on_interest = rate_parts(contract.overdue_interest_rate_percent)
        self.order = tuple(dict.fromkeys((*contract.order, *_LAST)))
        self.basis = contract.basis
        self.first_principal_vnd = 0
        self.recalled: Recalled | None = None
        self.state = State(on=contract.starts_on)
        self.open(contract.dues, contract.starts_on)

    def open(self, dues: Sequence[Due], on: date) -> None:
        """Add the installments of a schedule that holds from `on`."""
        before = on
        for due in dues:
            self.state.installments.append(
                Installment(
                    due.number,
                    on,
                    before,
                    due.due_on,
                    due.principal_vnd,
                    due.bears_interest,
                    due.pays_interest,
                    first_agreed_vnd=due.principal_vnd,
                )
            )
            before = due.due_on

    def go_to(self, day: date) -> None:
        """Let interest run to `day`; what is due on the way or on it falls due on its day, what is recalled with it."""
        if (recalled := self.recalled) is not None and recalled.due.due_on <= day:
            self._go_through(recalled.due.due_on)
            self._take_together(recalled)
        self._go_through(day)

    def _go_through(self, day: date) -> None:
        while (row := self.state.running) is not None and row.due_on <= day:
            self._earn_until(row.due_on)
            self._fall_due(row)
        self._earn_until(day)

    def _take_together(self, recalled: Recalled) -> None:
        """Let one installment of today take the place of all that are not due yet, where there are any."""
        state, self.recalled = self.state, None
        rows = state.installments[state.at :]
        if not rows:
            return
        paid_ahead = state.interest_ahead_vnd
        self.replace(rows, on=recalled.on)
        state.at = len(state.installments)
        state.accruing.add(-paid_ahead, 1)
        not_due = state.outstanding_vnd - state.principal_due_vnd
        # What it asks for was earned by those that it replaces.
        self.open([recalled.due._replace(principal_vnd=not_due, bears_interest=False)], recalled.on)

    def _earn_until(self, day: date) -> None:
        state = self.state
        if day > state.on:  # pragma: no mutate - in no days nothing is earned, so >= does the same
            self._accrue(state.on, day)
            state.on = day

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
        if unpaid:
            on_interest, each = self.rate_on_interest
            state.penalty.add(unpaid * on_interest * days, each * year)

    @property
    def is_nominal(self) -> bool:
        """Whether interest is a nominal share of a year a row, whatever its days."""
        return self.basis.day_count == "none"

    def _bearing(self) -> int:
        """Return what bears the in-term rate: what is not overdue, but where interest is flat the first principal."""
        state = self.state
        if self.basis.method == "flat":
            return self.first_principal_vnd if state.outstanding_vnd else 0
        return state.outstanding_vnd - state.principal_due_vnd

    def _share(self, row: Installment, start: date, end: date) -> tuple[int, int]:
        """Return what part of the interval's share of a year has passed, where interest is a nominal share a row."""
        part, of = self.basis.interval_share
        return (end - start).days * part, of * (row.due_on - row.starts_on).days

    def growth(self, row: Installment) -> tuple[int, int]:
        """Return rate × share of the year that an installment to come has from today, numerator and denominator."""
        if not row.bears_interest:
            return 0, 1
        start = max(row.starts_on, self.state.on)
        if not self.is_nominal:
            share, of = share_parts(start, row.due_on, self.basis.day_count)
        elif row.starts_on == row.due_on:
            share, of = self.basis.interval_share
        else:
            share, of = self._share(row, start, row.due_on)
        rate, per = self.rate
        return rate * share, per * of

    def _fall_due(self, row: Installment) -> None:
        state = self.state
        is_last = state.at == len(state.installments) - 1
        not_due = state.outstanding_vnd - state.principal_due_vnd
        unpaid = row.agreed_principal_vnd - row.principal_paid_vnd
        row.principal_vnd = row.principal_paid_vnd + (not_due if is_last else min(unpaid, not_due))
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

    def close_paid(self) -> None:
        """Close every installment that is paid in full today."""
        state = self.state
        if not state.unpaid:
            return
        unpaid = []
        for row in state.unpaid:
            if row.principal_owed_vnd or row.interest_owed_vnd:
                unpaid.append(row)
            else:
                row.closed_on = state.on
        state.unpaid = unpaid

    def replace_unpaid(self) -> None:
        """End every installment that is unpaid or not due yet, and a recall with them: nothing of it falls due any more."""
        state, self.recalled = self.state, None
        self.replace([*state.unpaid, *state.installments[state.at :]])
        state.unpaid, state.principal_due_vnd, state.interest_owed_vnd = [], 0, 0
        state.at = len(state.installments)

    def replace(self, rows: Sequence[Installment], *, on: date | None = None) -> None:
        """Let `rows` end as they stand, by what happened `on`, else today: what was paid on them stays, the rest leaves them."""
        for row in rows:
            row.replaced, row.is_due, row.closed_on = True, True, on or self.state.on
            row.principal_vnd = row.principal_paid_vnd
            row.interest_vnd = row.interest_paid_vnd + row.interest_waived_vnd
