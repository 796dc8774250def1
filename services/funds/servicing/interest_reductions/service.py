"""Giving up interest that is owed, and reversing that."""

from __future__ import annotations

from kernel.database.connections import Row, Transaction
from kernel.records import records
from kernel.values.days import now
from kernel.values.ids import new_id
from kernel.web.auth import Caller
from services.funds import posting, problems
from services.funds.servicing.interest_reductions.records import INTEREST_REDUCTION
from services.funds.servicing.interest_reductions.schemas import InterestReductionCreate
from services.funds.servicing.loans.account import account_of, state_on, with_all
from services.funds.servicing.loans.derivation import Applied, apply
from services.funds.servicing.loans.resource import owner
from services.funds.servicing.loans.reversals import Reversal
from services.funds.servicing.loans.steps import refuse_before_start, require
from services.funds.servicing.replay.state import Entry


async def reduce(
    tx: Transaction, loan: Row, body: InterestReductionCreate, *, by: Caller, digest: bytes | None
) -> tuple[Row, Applied]:
    """Give up interest owed on a day. Raises LoanStateForbids, BeforeLoan, TooMuchReduced, PeriodClosed."""
    require(loan, "reduce_interest")
    refuse_before_start(loan, body.effective_on)
    closed = await posting.closed_until(tx, loan["fund_id"])
    posting.refuse_closed(body.effective_on, closed)
    id_ = body.id or new_id()
    account = await account_of(tx, loan)
    after = [
        *account.entries,
        Entry(id_, "interest_reduction", body.effective_on, 0, body.interest_vnd, body.overdue_interest_vnd),
    ]
    without, with_it = with_all(loan, account.entries), with_all(loan, after)
    taken = with_it.interest_waived_vnd - without.interest_waived_vnd
    penalty = with_it.overdue_interest_waived_vnd - without.overdue_interest_waived_vnd
    if (taken, penalty) != (body.interest_vnd, body.overdue_interest_vnd):
        state = await state_on(tx, loan, body.effective_on)
        raise problems.TooMuchReduced(
            interest_vnd=state.interest_owed_vnd + state.interest_accrued_vnd,
            overdue_interest_vnd=state.overdue_interest_owed_vnd,
        )
    values = {
        **body.model_dump(),
        "id": id_,
        "reversed_at": None,
        "reversed_by": None,
        "reversal_reason": None,
        **owner(loan),
    }
    row: Row = await records.create(tx, INTEREST_REDUCTION, values, by=by, digest=digest)
    applied = await apply(tx, loan, account, after, by=by, action="interest_reduced", closed=closed, state=with_it)
    return row, applied


async def reverse_reduction(tx: Transaction, loan: Row, row: Row, body: Reversal, *, by: Caller) -> tuple[Row, Applied]:
    """Take a reduction back as if it never was. Raises EntryReversed, LoanStateForbids, PeriodClosed."""
    if row["reversed_at"] is not None:
        raise problems.EntryReversed(reversed_at=row["reversed_at"])
    require(loan, "reduce_interest")
    closed = await posting.closed_until(tx, loan["fund_id"])
    account = await account_of(tx, loan)
    after = account.without(row["id"])
    gone = {"reversed_at": now(), "reversed_by": by.id, "reversal_reason": body.reason}
    changed: Row = await records.update(tx, INTEREST_REDUCTION, row, gone, by=by, action="reversed", reason=body.reason)
    applied = await apply(
        tx, loan, account, after, by=by, action="reduction_reversed", reason=body.reason, closed=closed
    )
    return changed, applied
