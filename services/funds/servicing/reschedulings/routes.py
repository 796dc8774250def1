"""New schedules and early recall over HTTP."""

from __future__ import annotations

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.records import answer, existing, loaded, locked
from kernel.records.crud import find_replay, record_router
from kernel.values.ids import Id
from kernel.web.calls import Call, CurrentCall
from kernel.web.idempotency import once
from services.funds import problems
from services.funds.rows import ReschedulingRow
from services.funds.scopes import APPROVE, WRITE
from services.funds.servicing.loans.derivation import Applied, outcome
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.reschedulings import service
from services.funds.servicing.reschedulings.records import RESCHEDULINGS
from services.funds.servicing.reschedulings.resource import RESCHEDULING
from services.funds.servicing.reschedulings.schemas import (
    EarlyRecallCreate,
    Rescheduling,
    ReschedulingApproval,
    ReschedulingCreate,
    ReschedulingDecided,
    ReschedulingRejection,
)

# GET              /v1/funds/reschedulings
# GET              /v1/funds/loans/{loan_id}/reschedulings
# GET              /v1/funds/reschedulings/{rescheduling_id}
# GET              /v1/funds/reschedulings/{rescheduling_id}/history
# POST             /v1/funds/reschedulings/{rescheduling_id}/confirmation (of an early recall)
# POST             /v1/funds/reschedulings/{rescheduling_id}/withdrawal
router = record_router(RESCHEDULINGS)
_LOAN = existing(LOAN, "loan_id")


async def _decided(tx: Transaction, call: Call, row: ReschedulingRow, applied: Applied) -> Response:
    """Answer a new schedule or a recall that is in force: the record, and what it moved."""
    return await answer(tx, call, RESCHEDULING, row, status=201, extra=outcome(applied))


@router.operation(
    "POST",
    "/loans/{loan_id}/reschedulings",
    scopes=WRITE,
    guard=_LOAN,
    status_code=201,
    minted=True,
    response_model=Rescheduling,
    summary="Propose a rescheduling",
    problems=(
        kernel_problems.NotConfirmed,
        problems.LoanStateForbids,
        problems.BooksKeptElsewhere,
        problems.BeforeLoan,
        problems.ExtensionNeeded,
        problems.NotAnExtension,
        problems.PeriodClosed,
        kernel_problems.IdInUse,
        kernel_problems.AlreadyErased,
    ),
)
async def propose_rescheduling(call: CurrentCall, loan_id: Id, body: ReschedulingCreate) -> Response:
    """Propose a new schedule for all that is outstanding from a day on. Nothing changes until another person approves.

    `dues` shows what it comes to now. An `installment_adjustment` stays within the term; an
    `extension` goes beyond it.
    """

    async def effect(tx: Transaction) -> Response:
        loan = await locked(tx, call, LOAN, loan_id)
        existing_row, digest = await find_replay(tx, call, RESCHEDULINGS, body)
        if existing_row is not None:
            return await answer(tx, call, RESCHEDULING, existing_row)
        row = await service.propose(tx, loan, body, by=call.caller, digest=digest)
        return await answer(tx, call, RESCHEDULING, row, status=201)

    return await once(call, effect)


@router.operation(
    "POST",
    "/reschedulings/{rescheduling_id}/approval",
    scopes=APPROVE,
    status_code=201,
    guard=existing(RESCHEDULING, "rescheduling_id"),
    response_model=ReschedulingDecided,
    problems=(
        kernel_problems.SamePerson,
        kernel_problems.PersonNeeded,
        problems.ConfirmInstead,
        problems.AlreadyDecided,
        kernel_problems.NotConfirmed,
        problems.LoanStateForbids,
        problems.BooksKeptElsewhere,
        problems.BeforeLoan,
        problems.ExtensionNeeded,
        problems.NotAnExtension,
        problems.NeverDue,
        problems.PeriodClosed,
    ),
    summary="Approve a rescheduling",
)
async def approve_rescheduling(call: CurrentCall, rescheduling_id: Id, body: ReschedulingApproval) -> Response:
    """Put a proposal into force, computed from what is outstanding; whoever proposed it may not. It counts for the debt
    group. Unpaid interest falls due with the first new installment; later repayments are split anew (`moved`).
    """

    async def effect(tx: Transaction) -> Response:
        loan = await locked(tx, call, LOAN, loaded(call, RESCHEDULING)["loan_id"])
        row = await locked(tx, call, RESCHEDULING, rescheduling_id)
        decided, applied = await service.approve(tx, loan, row, body, by=call.caller)
        return await _decided(tx, call, decided, applied)

    return await once(call, effect)


@router.operation(
    "POST",
    "/reschedulings/{rescheduling_id}/rejection",
    scopes=APPROVE,
    status_code=201,
    guard=existing(RESCHEDULING, "rescheduling_id"),
    response_model=Rescheduling,
    problems=(
        kernel_problems.SamePerson,
        kernel_problems.PersonNeeded,
        problems.ConfirmInstead,
        problems.AlreadyDecided,
    ),
    summary="Reject a rescheduling",
)
async def reject_rescheduling(call: CurrentCall, rescheduling_id: Id, body: ReschedulingRejection) -> Response:
    """Decide against a proposal; the schedule stays as it is."""

    async def effect(tx: Transaction) -> Response:
        row = await locked(tx, call, RESCHEDULING, rescheduling_id)
        return await answer(tx, call, RESCHEDULING, await service.reject(tx, row, body, by=call.caller), status=201)

    return await once(call, effect)


@router.operation(
    "POST",
    "/loans/{loan_id}/early-recall",
    scopes=WRITE,
    guard=_LOAN,
    status_code=201,
    response_model=Rescheduling,
    summary="Recall a loan early",
    problems=(
        kernel_problems.NotConfirmed,
        problems.LoanStateForbids,
        problems.BooksKeptElsewhere,
        problems.BeforeLoan,
        problems.ExtensionNeeded,
        problems.NeverDue,
        problems.PeriodClosed,
    ),
)
async def recall_loan(call: CurrentCall, loan_id: Id, body: EarlyRecallCreate) -> Response:
    """Ask that everything that is not due by a day fall due on it, as after misuse; a second person confirms it
    at its `confirmation`. It does not count as a rescheduling, so it puts nothing off: what falls due before
    that day stays due on its own, and the day lies within the term.
    """

    async def effect(tx: Transaction) -> Response:
        loan = await locked(tx, call, LOAN, loan_id)
        row = await service.enter_recall(tx, call, loan, body)
        return await answer(tx, call, RESCHEDULING, row, status=201)

    return await once(call, effect)
