"""What may happen to a loan on a day besides repayments: paid out, eased, rescheduled, recalled, written off, recovered."""

from __future__ import annotations

from services.funds.engine.rounding import rate_parts
from services.funds.servicing.replay.prepayment import cover
from services.funds.servicing.replay.run import Run
from services.funds.servicing.replay.state import Entry, Exact, Installment, Recalled


def disburse(run: Run, entry: Entry) -> None:
    """Pay a tranche out. A contract's schedule has a place for it; one that was agreed since has none and gets it."""
    run.state.disbursed_vnd += entry.amount_vnd
    run.state.outstanding_vnd += entry.amount_vnd
    run.first_principal_vnd += entry.amount_vnd
    if run.state.reschedulings:
        cover(run)


def take_over(run: Run, entry: Entry) -> None:
    """Begin a loan that ran before with what was owed of it: nothing happened to it here before."""
    state = run.state
    state.disbursed_vnd = state.outstanding_vnd = entry.amount_vnd
    # The terms of a loan that ran before are those of what is not overdue.
    run.first_principal_vnd = entry.amount_vnd - entry.overdue_principal_vnd
    if entry.overdue_since is not None:
        overdue = Installment(
            0,
            entry.on,
            entry.overdue_since,
            entry.overdue_since,
            entry.overdue_principal_vnd,
            principal_vnd=entry.overdue_principal_vnd,
            interest_vnd=entry.interest_vnd,
            is_due=True,
        )
        state.installments.insert(0, overdue)
        state.at = 1
        state.unpaid = [overdue]
        state.principal_due_vnd, state.interest_owed_vnd = overdue.principal_owed_vnd, overdue.interest_owed_vnd
        run.close_paid()
    else:
        state.accruing.add(entry.interest_vnd, 1)
    state.penalty.add(entry.overdue_interest_vnd, 1)


def reduce_interest(run: Run, entry: Entry) -> None:
    """Waive interest, never more than is owed: what is due first, oldest first, then what was earned since."""
    state = run.state
    state.overdue_interest_waived_vnd += min(entry.overdue_interest_vnd, state.overdue_interest_owed_vnd)
    to_waive = entry.interest_vnd
    asking = state.asking
    for row in (*state.unpaid, *(() if asking is None else (asking,))):
        part = min(to_waive, row.interest_owed_vnd if row.is_due else state.interest_accrued_vnd)
        if row.is_due:
            state.interest_owed_vnd -= part
        row.interest_waived_vnd += part
        state.interest_waived_vnd += part
        to_waive -= part
    run.close_paid()


def reschedule(run: Run, entry: Entry) -> None:
    """Replace what is unpaid: its principal goes into the new dues, its interest falls due with the first of them."""
    state = run.state
    state.reschedulings += 1
    carried = state.interest_owed_vnd - state.interest_ahead_vnd
    run.replace_unpaid()
    state.accruing.add(carried, 1)
    if entry.annual_rate_percent is not None:
        run.rate = rate_parts(entry.annual_rate_percent)
    if entry.basis is not None:
        run.basis = entry.basis
    run.first_principal_vnd = state.outstanding_vnd
    run.open(entry.dues, state.on)
    # Of a tranche of the same day or before, entered since, its installments know nothing yet.
    cover(run)


def recall(run: Run, entry: Entry) -> None:
    """Let all that is not due by one day fall due on it. Until then each installment falls due on its own day, as agreed."""
    due = entry.dues[-1]
    if run.recalled is None or due.due_on < run.recalled.due.due_on:
        run.recalled = Recalled(entry.on, due)


def write_off(run: Run, entry: Entry) -> None:
    """Take the loan off the balance, once: nothing of it falls due any more, and nothing is earned.

    What was owed on the day stays to be recovered: the principal, the interest due or earned, and the overdue interest.
    """
    state = run.state
    state.off_balance_principal_vnd += entry.amount_vnd
    state.off_balance_interest_vnd += state.interest_owed_vnd + state.interest_accrued_vnd
    state.off_balance_overdue_interest_vnd += state.overdue_interest_owed_vnd
    state.overdue_interest_waived_vnd += state.overdue_interest_owed_vnd
    state.outstanding_vnd -= entry.amount_vnd
    state.is_written_off, state.written_off_vnd = True, entry.amount_vnd
    run.replace_unpaid()
    state.accruing = Exact()


def recover(run: Run, entry: Entry) -> None:
    """Take money that came in after all from what is left of a loan that was written off."""
    state = run.state
    state.off_balance_principal_vnd -= entry.amount_vnd
    state.off_balance_interest_vnd -= entry.interest_vnd
    state.off_balance_overdue_interest_vnd -= entry.overdue_interest_vnd
