"""Loans over HTTP: the contract, its steps, and what it is on a day."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.records import answer, existing, loaded, locked
from kernel.records.crud import record_router
from kernel.values.ids import Id
from kernel.web.calls import Call, CurrentCall
from kernel.web.idempotency import once
from services.funds import problems
from services.funds.rows import LoanRow
from services.funds.scopes import APPROVE, WRITE
from services.funds.servicing.loans import service
from services.funds.servicing.loans.locks import lock_fund_and_loan
from services.funds.servicing.loans.parts import LOAN_PARTS
from services.funds.servicing.loans.records import LOANS
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.loans.schemas import DrawingClosure, Loan, LoanCancellation, LoanChange, SettlementCreate

# GET, POST        /v1/funds/loans
# GET              /v1/funds/loans/{loan_id}
# GET              /v1/funds/loans/{loan_id}/history
router = record_router(LOANS, *LOAN_PARTS)
_LOAN = existing(LOAN, "loan_id")
_Step = Callable[[Transaction, LoanRow], Awaitable[LoanRow]]


async def _step(call: Call, loan_id: str, take: _Step, *, pays: bool = False) -> Response:
    """Take one step with the locked loan, once for its key; If-Match is honoured where it is sent.

    `pays`: money may leave with it, so it needs a key, and the fund is locked before the loan.
    """

    async def effect(tx: Transaction) -> Response:
        if pays:
            _, loan = await lock_fund_and_loan(tx, call, loaded(call, LOAN)["fund_id"], loan_id)
        else:
            loan = await locked(tx, call, LOAN, loan_id)
        return await answer(tx, call, LOAN, await take(tx, loan), status=201)

    return await once(call, effect, required=pays)


@router.operation(
    "PATCH",
    "/loans/{loan_id}",
    scopes=WRITE,
    etag=True,
    guard=existing(LOAN, "loan_id", if_match=True),
    response_model=Loan,
    problems=(
        kernel_problems.AlreadyErased,
        kernel_problems.NotConfirmed,
        problems.LoanStateForbids,
        problems.ContractNumberInUse,
        problems.TermsContradict,
        problems.DiffersFromApproval,
    ),
    summary="Update a loan",
)
async def change_loan(call: CurrentCall, loan_id: Id, body: LoanChange) -> Response:
    """Apply a merge patch: absent leaves, null clears. Terms may change until the first tranche; then reschedule.

    Terms go no further than the approval: 409 `differs_from_approval` names each difference.
    """

    async def effect(tx: Transaction) -> Response:
        loan = await locked(tx, call, LOAN, loan_id)
        after = await service.change(tx, loan, body, by=call.caller)
        return await answer(tx, call, LOAN, after)

    return await once(call, effect)


@router.operation(
    "POST",
    "/loans/{loan_id}/drawing-closure",
    scopes=WRITE,
    guard=_LOAN,
    status_code=201,
    response_model=Loan,
    problems=(kernel_problems.NotConfirmed, problems.LoanStateForbids, problems.BeforeLoan),
    summary="Close drawing on a loan",
)
async def close_loan_drawing(call: CurrentCall, loan_id: Id, body: DrawingClosure) -> Response:
    """Say that the rest of the contract is not paid out: it is free to lend again, and the last installments shrink."""
    return await _step(call, loan_id, lambda tx, loan: service.close_drawing(tx, loan, body, by=call.caller))


@router.operation(
    "POST",
    "/loans/{loan_id}/cancellation",
    scopes=(*WRITE, *APPROVE),
    guard=_LOAN,
    status_code=201,
    response_model=Loan,
    problems=(kernel_problems.NotConfirmed, problems.LoanStateForbids, problems.BeforeLoan),
    summary="Cancel a loan",
)
async def cancel_loan(call: CurrentCall, loan_id: Id, body: LoanCancellation) -> Response:
    """End a contract on which nothing was paid out; the sum is free to lend again."""
    return await _step(call, loan_id, lambda tx, loan: service.cancel(tx, loan, body, by=call.caller))


@router.operation(
    "POST",
    "/loans/{loan_id}/settlement",
    scopes=WRITE,
    guard=_LOAN,
    status_code=201,
    response_model=Loan,
    problems=(
        kernel_problems.AlreadyErased,
        kernel_problems.NotConfirmed,
        problems.LoanStateForbids,
        problems.BeforeLoan,
        problems.StillOwed,
        problems.StillRecoverable,
        problems.PeriodClosed,
        problems.CashShort,
        kernel_problems.IdempotencyKeyMissing,
    ),
    summary="Settle a loan",
)
async def settle_loan(call: CurrentCall, loan_id: Id, body: SettlementCreate) -> Response:
    """Close the loan on a day when neither principal nor interest is owed, with the number of the liquidation minutes; one that
    was written off once all was recovered.

    What was held for the borrower is paid back and booked, so it needs an Idempotency-Key.
    """
    return await _step(call, loan_id, lambda tx, loan: service.settle(tx, loan, body, by=call.caller), pays=True)
