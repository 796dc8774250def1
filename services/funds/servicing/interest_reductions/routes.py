"""Waiving and reducing interest over HTTP."""

from __future__ import annotations

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.records import answer, existing, locked
from kernel.records.crud import find_replay, record_router
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.idempotency import once
from services.funds import problems
from services.funds.scopes import WRITE
from services.funds.servicing.interest_reductions import service
from services.funds.servicing.interest_reductions.records import INTEREST_REDUCTIONS
from services.funds.servicing.interest_reductions.resource import INTEREST_REDUCTION
from services.funds.servicing.interest_reductions.schemas import InterestReduction, InterestReductionCreate
from services.funds.servicing.loans.resource import LOAN

# GET              /v1/funds/interest-reductions
# GET              /v1/funds/loans/{loan_id}/interest-reductions
# GET              /v1/funds/interest-reductions/{interest_reduction_id}
# GET              /v1/funds/interest-reductions/{interest_reduction_id}/history
# POST             /v1/funds/interest-reductions/{interest_reduction_id}/confirmation
# POST             /v1/funds/interest-reductions/{interest_reduction_id}/withdrawal
router = record_router(INTEREST_REDUCTIONS)
_LOAN = existing(LOAN, "loan_id")


@router.operation(
    "POST",
    "/loans/{loan_id}/interest-reductions",
    scopes=WRITE,
    guard=_LOAN,
    status_code=201,
    minted=True,
    response_model=InterestReduction,
    summary="Waive or reduce interest",
    problems=(
        kernel_problems.NotConfirmed,
        problems.LoanStateForbids,
        problems.BooksKeptElsewhere,
        problems.BeforeLoan,
        problems.TooMuchReduced,
        problems.PeriodClosed,
        kernel_problems.IdInUse,
        kernel_problems.AlreadyErased,
        kernel_problems.IdempotencyKeyMissing,
    ),
)
async def reduce_interest(call: CurrentCall, loan_id: Id, body: InterestReductionCreate) -> Response:
    """Enter interest to be given up, for a second person to confirm: never more than is owed on the day. Needs an Idempotency-Key or an `id`."""

    async def effect(tx: Transaction) -> Response:
        loan = await locked(tx, call, LOAN, loan_id)
        existing_row, digest = await find_replay(tx, call, INTEREST_REDUCTIONS, body)
        if existing_row is not None:
            return await answer(tx, call, INTEREST_REDUCTION, existing_row)
        row = await service.enter(tx, call, loan, body, digest=digest)
        return await answer(tx, call, INTEREST_REDUCTION, row, status=201)

    return await once(call, effect, required=body.id is None)
