"""How money paid in is poured over what a loan owes."""

from __future__ import annotations

from services.funds.servicing.replay.run import Run
from services.funds.servicing.replay.state import Entry, Split, State


def repay(run: Run, entry: Entry) -> None:
    """Pour a repayment over what is owed in the order of the contract, then over what is still to come.

    What is then left is more than was owed; it is held for the borrower.
    """
    state, remaining = run.state, entry.amount_vnd
    penalty = interest = principal = 0
    for part in run.order:
        if part == "penalty":
            penalty = min(remaining, state.overdue_interest_owed_vnd)
            remaining -= penalty
            state.overdue_interest_paid_vnd += penalty
        elif part == "interest" and remaining and state.interest_owed_vnd:
            for row in state.unpaid:
                paid = min(remaining, row.interest_owed_vnd)
                row.interest_paid_vnd += paid
                state.interest_owed_vnd -= paid
                interest, remaining = interest + paid, remaining - paid
        elif part == "principal" and remaining and state.principal_due_vnd:
            for row in state.unpaid:
                paid = min(remaining, row.principal_owed_vnd)
                row.principal_paid_vnd += paid
                state.principal_due_vnd -= paid
                principal, remaining = principal + paid, remaining - paid
    if interest or principal:
        run.close_paid()
    if remaining:
        interest_ahead, principal_ahead = _pay_ahead(run, remaining, outstanding=state.outstanding_vnd - principal)
        interest, principal = interest + interest_ahead, principal + principal_ahead
        remaining -= interest_ahead + principal_ahead
    state.outstanding_vnd -= principal
    state.principal_paid_vnd += principal
    state.interest_paid_vnd += interest
    if remaining:
        state.excess_vnd[entry.id] = remaining
        state.held_vnd += remaining
    state.splits[entry.id] = Split(penalty, interest, principal, remaining)


def _pay_ahead(run: Run, remaining: int, *, outstanding: int) -> tuple[int, int]:
    """Pay interest earned so far, then principal of the installments to come, the next one first; return both.

    `outstanding`: principal before this, none of it due any more. The last installment takes whatever of it the others
    leave.
    """
    state = run.state
    interest = principal = 0
    asking = state.asking
    if asking is not None:
        interest = min(remaining, state.interest_accrued_vnd)
        asking.interest_paid_vnd += interest
        remaining -= interest
    ahead = state.installments[state.at :]
    for row in ahead:
        if not remaining:
            break
        room = outstanding if row is ahead[-1] else min(outstanding, row.agreed_principal_vnd - row.principal_paid_vnd)
        paid = min(remaining, room)
        row.principal_paid_vnd += paid
        principal, remaining, outstanding = principal + paid, remaining - paid, outstanding - paid
    return interest, principal


def recovered(amount_vnd: int, state: State) -> Split:
    """Return where money goes that came in for a loan written off: to the principal, then to interest, then to overdue interest.

    So the fund's capital comes back before its income. `held_vnd`: more than can be recovered.
    """
    principal = min(amount_vnd, state.off_balance_principal_vnd)
    interest = min(amount_vnd - principal, state.off_balance_interest_vnd)
    penalty = min(amount_vnd - principal - interest, state.off_balance_overdue_interest_vnd)
    return Split(penalty, interest, principal, amount_vnd - principal - interest - penalty)
