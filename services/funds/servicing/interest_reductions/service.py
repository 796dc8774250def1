"""Giving up interest that is owed, and reversing that."""

from __future__ import annotations

from kernel import records
from kernel.database.connections import Transaction
from kernel.values.ids import new_id
from kernel.web.auth import Caller
from services.funds import posting, problems
from services.funds.rows import InterestReductionRow, LoanRow
from services.funds.servicing.interest_reductions.records import INTEREST_REDUCTION
from services.funds.servicing.interest_reductions.schemas import InterestReductionCreate
from services.funds.servicing.loans.account import account_of, state_on, with_all
from services.funds.servicing.loans.derivation import Applied, apply
from services.funds.servicing.loans.resource import owner_of
from services.funds.servicing.loans.reversals import NOT_REVERSED, Reversal, refuse_reversed, reversed_columns
from services.funds.servicing.loans.steps import refuse_before_start, require
from services.funds.servicing.replay.state import Entry


async def reduce(
    tx: Transaction, loan: LoanRow, body: InterestReductionCreate, *, by: Caller, digest: bytes | None
) -> tuple[InterestReductionRow, Applied]:
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
    # The replay waives no more than is owed on the day, so what it waived tells whether as much was owed.
    without_it, with_it = with_all(loan, account.entries), with_all(loan, after)
    interest = with_it.interest_waived_vnd - without_it.interest_waived_vnd
    overdue_interest = with_it.overdue_interest_waived_vnd - without_it.overdue_interest_waived_vnd
    if (interest, overdue_interest) != (body.interest_vnd, body.overdue_interest_vnd):
        state = await state_on(tx, loan, body.effective_on)
        raise problems.TooMuchReduced(
            interest_vnd=state.interest_owed_vnd + state.interest_accrued_vnd,
            overdue_interest_vnd=state.overdue_interest_owed_vnd,
        )
    values = {
        **body.model_dump(),
        "id": id_,
        **NOT_REVERSED,
        **owner_of(loan),
    }
    row = await records.create(tx, INTEREST_REDUCTION, values, by=by, digest=digest)
    applied = await apply(tx, loan, account, after, by=by, action="interest_reduced", closed=closed, state=with_it)
    return row, applied


async def reverse(
    tx: Transaction, loan: LoanRow, reduction: InterestReductionRow, body: Reversal, *, by: Caller
) -> tuple[InterestReductionRow, Applied]:
    """Take a reduction back as if it never was. Raises EntryReversed, LoanStateForbids, PeriodClosed."""
    refuse_reversed(reduction["reversed_at"])
    require(loan, "reduce_interest")
    closed = await posting.closed_until(tx, loan["fund_id"])
    account = await account_of(tx, loan)
    after = account.without(reduction["id"])
    columns = reversed_columns(body, by=by)
    reversed_row = await records.update(
        tx, INTEREST_REDUCTION, reduction, columns, by=by, action="reversed", reason=body.reason
    )
    applied = await apply(
        tx, loan, account, after, by=by, action="reduction_reversed", reason=body.reason, closed=closed
    )
    return reversed_row, applied
