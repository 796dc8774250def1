"""Undoing steps of a loan over HTTP: each is entered at the step, and confirmed at the reversal."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.records import Resource, answer, existing, locked
from kernel.records.crud import record_router
from kernel.values.ids import Id
from kernel.web.calls import Call, CurrentCall
from kernel.web.idempotency import once
from services.funds import problems
from services.funds.scopes import WRITE
from services.funds.servicing.interest_reductions.resource import INTEREST_REDUCTION
from services.funds.servicing.loans.locks import lock_fund_and_loan_of
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.loans.reversals import Reversal
from services.funds.servicing.reschedulings.resource import RESCHEDULING
from services.funds.servicing.reversals import service
from services.funds.servicing.reversals.records import REVERSALS
from services.funds.servicing.reversals.resource import REVERSAL
from services.funds.servicing.reversals.schemas import LoanReversal
from services.funds.servicing.write_offs.resource import WRITE_OFF

# GET              /v1/funds/reversals
# GET              /v1/funds/loans/{loan_id}/reversals
# GET              /v1/funds/reversals/{reversal_id}
# GET              /v1/funds/reversals/{reversal_id}/history
# POST             /v1/funds/reversals/{reversal_id}/confirmation
# POST             /v1/funds/reversals/{reversal_id}/withdrawal
router = record_router(REVERSALS)
_ENTERED: dict[str, Any] = {
    "scopes": WRITE,
    "status_code": 201,
    "response_model": LoanReversal,
    "problems": (problems.ReversalPending, *service.REFUSALS),
}
"""What entering any reversal has in common."""


async def _enter(call: Call, resource: Resource[Any], id_: str, body: Reversal) -> Response:
    """Enter the reversal of the step in the path, behind the locks of its fund and its loan."""

    async def effect(tx: Transaction) -> Response:
        loan = await lock_fund_and_loan_of(tx, call, call.record)
        step = await locked(tx, call, resource, id_)
        reversal = await service.enter(tx, call, loan, resource, step, body)
        return await answer(tx, call, REVERSAL, reversal, status=201)

    return await once(call, effect)


@router.operation(
    "POST",
    "/interest-reductions/{interest_reduction_id}/reversal",
    guard=existing(INTEREST_REDUCTION, "interest_reduction_id"),
    summary="Reverse an interest reduction",
    **_ENTERED,
)
async def reverse_interest_reduction(call: CurrentCall, interest_reduction_id: Id, body: Reversal) -> Response:
    """Enter that a reduction never was, for a second person to confirm at the reversal: the interest is then owed again."""
    return await _enter(call, INTEREST_REDUCTION, interest_reduction_id, body)


@router.operation(
    "POST",
    "/reschedulings/{rescheduling_id}/reversal",
    guard=existing(RESCHEDULING, "rescheduling_id"),
    summary="Reverse a rescheduling",
    **_ENTERED,
)
async def reverse_rescheduling(call: CurrentCall, rescheduling_id: Id, body: Reversal) -> Response:
    """Enter that a new schedule or an early recall never was, for a second person to confirm at the reversal. The schedule
    before holds again, what was paid since is split by it, and it counts no more for the debt group.
    """
    return await _enter(call, RESCHEDULING, rescheduling_id, body)


@router.operation(
    "POST",
    "/loans/{loan_id}/settlement/reversal",
    guard=existing(LOAN, "loan_id"),
    summary="Reverse the settlement of a loan",
    **_ENTERED,
)
async def reverse_settlement(call: CurrentCall, loan_id: Id, body: Reversal) -> Response:
    """Enter that a loan was not settled, for a second person to confirm at the reversal: it is then what it was before, and
    what was paid back with the settlement is held again. A payment that bounced is reversed itself: the settlement goes with it.
    """
    return await _enter(call, LOAN, loan_id, body)


@router.operation(
    "POST",
    "/write-offs/{write_off_id}/reversal",
    guard=existing(WRITE_OFF, "write_off_id"),
    summary="Reverse a write-off or a recovery",
    **_ENTERED,
)
async def reverse_write_off(call: CurrentCall, write_off_id: Id, body: Reversal) -> Response:
    """Enter that a step of giving a loan up, or a recovery, never was, for a second person to confirm at the reversal. The
    loan is owed again, or recovered by less; a settlement that came of the recovery goes with it.
    """
    return await _enter(call, WRITE_OFF, write_off_id, body)
