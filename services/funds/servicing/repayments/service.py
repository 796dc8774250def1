"""Taking money in, and reversing such an entry."""

from __future__ import annotations

from kernel import records
from kernel.database.connections import Transaction
from kernel.values.ids import new_id
from kernel.web.auth import Caller
from services.funds import posting, problems
from services.funds.rows import LoanRow, RepaymentRow
from services.funds.servicing.loans.account import account_of, excess_of, with_all
from services.funds.servicing.loans.bookings import booking_of, given_back, received
from services.funds.servicing.loans.derivation import Applied, apply
from services.funds.servicing.loans.repayment_record import REPAYMENT
from services.funds.servicing.loans.resource import owner_of
from services.funds.servicing.loans.reversals import (
    NOT_REVERSED,
    Reversal,
    booked_on,
    refuse_reversed,
    reversed_columns,
)
from services.funds.servicing.loans.steps import refuse_before_start, require
from services.funds.servicing.repayments.schemas import RepaymentCreate
from services.funds.servicing.replay.state import Entry, Split


async def record(
    tx: Transaction, loan: LoanRow, body: RepaymentCreate, *, by: Caller, digest: bytes | None
) -> tuple[RepaymentRow, Applied]:
    """Post money received against the locked loan and split it; a day before later entries splits those anew.

    `body.amount_vnd` is whole đồng. Raises LoanStateForbids, BooksKeptElsewhere, BeforeLoan, AboveOwed, PeriodClosed.
    """
    require(loan, "repay")
    refuse_before_start(loan, body.paid_on)
    id_ = body.id or new_id()
    account = await account_of(tx, loan)
    entry = Entry(id_, "repayment", body.paid_on, body.amount_vnd, prepayment=body.prepayment)
    after = [*account.entries, entry]
    # Replayed once, before anything is written: it says how this repayment is split and whether it is more than is owed.
    state = with_all(loan, after)
    excess = excess_of(state) - account.excess_vnd
    if excess > 0 and body.excess == "refuse":
        raise problems.AboveOwed(owed_vnd=body.amount_vnd - excess, asked_vnd=body.amount_vnd, over_vnd=excess)
    split = state.splits[id_]
    values = {
        **body.model_dump(exclude={"id"}),
        **split._asdict(),
        "id": id_,
        **owner_of(loan),
        **NOT_REVERSED,
    }
    row = await records.create(tx, REPAYMENT, values, by=by, digest=digest)
    booking = booking_of(loan, on=body.paid_on, kind="repayment", source_id=id_)
    await posting.book(tx, booking, received(body.amount_vnd, split), by=by)
    return row, await apply(tx, loan, account, after, by=by, action="repaid", state=state)


async def reverse(
    tx: Transaction, loan: LoanRow, repayment: RepaymentRow, body: Reversal, *, by: Caller
) -> tuple[RepaymentRow, Applied]:
    """Take back a repayment of the locked loan: its money leaves, and what came later is split as if it never was.

    Raises EntryReversed, LoanStateForbids, Invalid, PeriodClosed, CashShort.
    """
    refuse_reversed(repayment["reversed_at"])
    require(loan, "repay")
    closed = await posting.closed_until(tx, loan["fund_id"])
    on = booked_on(repayment["paid_on"], body.effective_on, closed)
    account = await account_of(tx, loan)
    columns = reversed_columns(body, by=by)
    reversed_row = await records.update(tx, REPAYMENT, repayment, columns, by=by, action="reversed", reason=body.reason)
    split = Split(
        repayment["overdue_interest_vnd"],
        repayment["interest_vnd"],
        repayment["principal_vnd"],
        repayment["held_vnd"],
    )
    booking = booking_of(
        loan,
        on=on,
        kind="reversal",
        source_id=repayment["id"],
        corrects_id=await posting.booked(tx, repayment["id"]),
        memo=body.reason,
    )
    await posting.book(tx, booking, given_back(repayment["amount_vnd"], split), by=by)
    applied = await apply(
        tx,
        loan,
        account,
        account.without(repayment["id"]).entries,
        by=by,
        action="repayment_reversed",
        reason=body.reason,
        closed=closed,
    )
    return reversed_row, applied
