"""Taking money in, and taking such an entry back."""

from __future__ import annotations

from kernel.database.connections import Row, Transaction
from kernel.records import records
from kernel.values.days import now
from kernel.values.ids import new_id
from kernel.web.auth import Caller
from services.funds import posting, problems
from services.funds.servicing.loans.account import account_of, excess_of, with_all
from services.funds.servicing.loans.derivation import Applied, apply, received, split_lines
from services.funds.servicing.loans.repayment_record import REPAYMENT
from services.funds.servicing.loans.reversals import NOT_REVERSED, Reversal, booked_on
from services.funds.servicing.loans.steps import require
from services.funds.servicing.repayments.schemas import RepaymentCreate
from services.funds.servicing.replay.state import Entry, Split


async def record(
    tx: Transaction, loan: Row, body: RepaymentCreate, *, by: Caller, digest: bytes | None
) -> tuple[Row, Applied]:
    """Post money received against the locked loan and split it; a day before later entries splits those anew.

    `body.amount_vnd` is whole đồng. Raises LoanStateForbids, BooksKeptElsewhere, BeforeLoan, AboveOwed, PeriodClosed.
    """
    require(loan, "repay")
    if body.paid_on < loan["starts_on"]:
        raise problems.BeforeLoan(on=body.paid_on.isoformat(), starts_on=loan["starts_on"].isoformat())
    id_ = body.id or new_id()
    account = await account_of(tx, loan)
    after = [*account.entries, Entry(id_, "repayment", body.paid_on, body.amount_vnd)]
    state = with_all(loan, after)
    more = excess_of(state) - account.excess_vnd
    if more > 0 and body.excess == "refuse":
        raise problems.AboveOwed(owed_vnd=body.amount_vnd - more, asked_vnd=body.amount_vnd, over_vnd=more)
    split = state.splits[id_]
    values = {
        **body.model_dump(exclude={"id"}),
        **split._asdict(),
        "id": id_,
        "fund_id": loan["fund_id"],
        "loan_id": loan["id"],
        "alliance": loan["alliance"],
        **NOT_REVERSED,
    }
    row: Row = await records.create(tx, REPAYMENT, values, by=by, digest=digest)
    booking = posting.Booking(loan["fund_id"], loan["alliance"], body.paid_on, "repayment", loan["id"], id_)
    await posting.book(tx, booking, received(body.amount_vnd, split), by=by)
    applied = await apply(tx, loan, account, after, by=by, action="repaid", state=state)
    return row, applied


async def reverse(tx: Transaction, loan: Row, row: Row, body: Reversal, *, by: Caller) -> tuple[Row, Applied]:
    """Take back a repayment of the locked loan: its money leaves, and what came later is split as if it never was.

    Raises EntryReversed, LoanStateForbids, Invalid, PeriodClosed, CashShort.
    """
    if row["reversed_at"] is not None:
        raise problems.EntryReversed(reversed_at=row["reversed_at"])
    require(loan, "repay")
    closed = await posting.closed_until(tx, loan["fund_id"])
    on = booked_on(row["paid_on"], body.effective_on, closed)
    account = await account_of(tx, loan)
    gone = {"reversed_at": now(), "reversed_by": by.id, "reversal_reason": body.reason}
    reversed_row: Row = await records.update(tx, REPAYMENT, row, gone, by=by, action="reversed", reason=body.reason)
    split = Split(row["overdue_interest_vnd"], row["interest_vnd"], row["principal_vnd"], row["held_vnd"])
    lines = [(posting.CASH, -row["amount_vnd"]), *split_lines(split, Split())]
    booking = posting.Booking(
        loan["fund_id"],
        loan["alliance"],
        on,
        "reversal",
        loan["id"],
        row["id"],
        corrects_id=await posting.booked(tx, row["id"]),
        memo=body.reason,
    )
    await posting.book(tx, booking, lines, by=by)
    applied = await apply(
        tx,
        loan,
        account,
        account.without(row["id"]),
        by=by,
        action="repayment_reversed",
        reason=body.reason,
        closed=closed,
    )
    return reversed_row, applied
