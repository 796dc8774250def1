"""Waiving and reducing interest over HTTP."""

from __future__ import annotations

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.records import answer, existing, loaded, locked
from kernel.records.crud import find_replay, record_router
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.idempotency import once
from services.funds import problems
from services.funds.scopes import APPROVE
from services.funds.servicing.interest_reductions import service
from services.funds.servicing.interest_reductions.records import INTEREST_REDUCTION, INTEREST_REDUCTIONS
from services.funds.servicing.interest_reductions.schemas import InterestReduction, InterestReductionCreate
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.loans.reversals import Reversal

# GET              /v1/funds/interest-reductions
# GET              /v1/funds/loans/{loan_id}/interest-reductions
# GET              /v1/funds/interest-reductions/{interest_reduction_id}
# GET              /v1/funds/interest-reductions/{interest_reduction_id}/history
router = record_router(INTEREST_REDUCTIONS)
_LOAN = existing(LOAN, "loan_id")


@router.operation(
    "POST",
    "/loans/{loan_id}/interest-reductions",
    scopes=APPROVE,
    guard=_LOAN,
    status_code=201,
    minted=True,
    response_model=InterestReduction,
    summary="Waive or reduce interest",
    problems=(
        problems.LoanStateForbids,
        problems.BooksKeptElsewhere,
        problems.BeforeLoan,
        problems.TooMuchReduced,
        problems.PeriodClosed,
        kernel_problems.IdInUse,
        kernel_problems.IdempotencyKeyMissing,
    ),
)
async def reduce_interest(call: CurrentCall, loan_id: Id, body: InterestReductionCreate) -> Response:
    """Give up interest that is owed on a day, never more than that. Needs an Idempotency-Key or an `id`."""

    async def effect(tx: Transaction) -> Response:
        loan = await locked(tx, call, LOAN, loan_id)
        existing_row, digest = await find_replay(tx, call, INTEREST_REDUCTIONS, body)
        if existing_row is not None:
            return answer(call, INTEREST_REDUCTION, existing_row)
        row, _ = await service.reduce(tx, loan, body, by=call.caller, digest=digest)
        return answer(call, INTEREST_REDUCTION, row, status=201)

    return await once(call, effect, required=body.id is None)


@router.operation(
    "POST",
    "/interest-reductions/{interest_reduction_id}/reversal",
    scopes=APPROVE,
    status_code=201,
    guard=existing(INTEREST_REDUCTION, "interest_reduction_id"),
    response_model=InterestReduction,
    problems=(problems.EntryReversed, problems.LoanStateForbids, problems.BooksKeptElsewhere),
    summary="Reverse an interest reduction",
)
async def reverse_interest_reduction(call: CurrentCall, interest_reduction_id: Id, body: Reversal) -> Response:
    """Take a reduction back as if it never was: the interest is owed again."""

    async def effect(tx: Transaction) -> Response:
        loan = await locked(tx, call, LOAN, loaded(call, INTEREST_REDUCTION)["loan_id"])
        row = await locked(tx, call, INTEREST_REDUCTION, interest_reduction_id)
        changed, _ = await service.reverse(tx, loan, row, body, by=call.caller)
        return answer(call, INTEREST_REDUCTION, changed, status=201)

    return await once(call, effect)
