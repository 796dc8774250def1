"""Giving up interest that is owed, and reversing that."""

from __future__ import annotations

from kernel import records
from kernel.database.connections import Transaction
from kernel.records import confirmations
from kernel.records.confirmations import Confirmation
from kernel.values.ids import new_id
from kernel.web.calls import Call
from services.funds import posting, problems
from services.funds.rows import InterestReductionRow, LoanRow
from services.funds.scopes import APPROVE
from services.funds.servicing.interest_reductions.resource import INTEREST_REDUCTION
from services.funds.servicing.interest_reductions.schemas import InterestReductionCreate
from services.funds.servicing.loans.account import account_of, contract_of, with_all
from services.funds.servicing.loans.derivation import Applied, apply
from services.funds.servicing.loans.locks import lock_loan_of
from services.funds.servicing.loans.resource import owner_of
from services.funds.servicing.loans.reversals import NOT_REVERSED, Undo
from services.funds.servicing.loans.steps import refuse_before_start, require
from services.funds.servicing.replay.replay import replay
from services.funds.servicing.replay.state import Entry


async def enter(
    tx: Transaction, call: Call, loan: LoanRow, body: InterestReductionCreate, *, digest: bytes | None
) -> InterestReductionRow:
    """Enter interest to be given up, for a second person to confirm.

    Raises LoanStateForbids, BeforeLoan, TooMuchReduced, PeriodClosed.
    """
    values = {**body.model_dump(), "id": body.id or new_id(), **NOT_REVERSED, **owner_of(loan)}
    return await confirmations.enter(tx, call, INTEREST_REDUCTION, CONFIRMATION, values, digest=digest)


async def take_effect(tx: Transaction, call: Call, reduction: InterestReductionRow) -> InterestReductionRow:
    """Give up interest owed on a day, as it was confirmed. Raises what `enter` raises."""
    loan, on = await lock_loan_of(tx, call, reduction), reduction["effective_on"]
    require(loan, "reduce_interest")
    refuse_before_start(loan, on)
    closed = await posting.closed_until(tx, loan["fund_id"])
    posting.refuse_closed(on, closed)
    account = (await account_of(tx, loan)).without(reduction["id"])
    reduced = (reduction["interest_vnd"], reduction["overdue_interest_vnd"])
    after = [*account.entries, Entry(reduction["id"], "interest_reduction", on, 0, *reduced)]
    # The replay waives no more than is owed on the day, so what it waived tells whether as much was owed.
    without_it, with_it = with_all(loan, account.entries), with_all(loan, after)
    interest = with_it.interest_waived_vnd - without_it.interest_waived_vnd
    overdue_interest = with_it.overdue_interest_waived_vnd - without_it.overdue_interest_waived_vnd
    if (interest, overdue_interest) != reduced:
        state = replay(contract_of(loan), account.entries, on)
        raise problems.TooMuchReduced(
            interest_vnd=state.interest_owed_vnd + state.interest_accrued_vnd,
            overdue_interest_vnd=state.overdue_interest_owed_vnd,
        )
    await apply(tx, loan, account, after, by=call.caller, action="interest_reduced", closed=closed, state=with_it)
    return reduction


CONFIRMATION = Confirmation(
    scopes=APPROVE,
    take_effect=take_effect,
    hold=lock_loan_of,
    refusals=(
        problems.LoanStateForbids,
        problems.BooksKeptElsewhere,
        problems.BeforeLoan,
        problems.TooMuchReduced,
        problems.PeriodClosed,
    ),
)


async def reverse(tx: Transaction, loan: LoanRow, reduction: InterestReductionRow, undo: Undo) -> Applied:
    """Take a reduction of the locked loan back as if it never was. Raises LoanStateForbids."""
    require(loan, "reduce_interest")
    account = await account_of(tx, loan)
    await records.update(
        tx, INTEREST_REDUCTION, reduction, undo.columns, by=undo.by, action="reversed", reason=undo.reason
    )
    return await apply(
        tx,
        loan,
        account,
        account.without(reduction["id"]).entries,
        by=undo.by,
        action="reduction_reversed",
        reason=undo.reason,
        closed=undo.closed,
    )
