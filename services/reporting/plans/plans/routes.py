"""Plans over HTTP: entering them, and each step of their life as something that is created."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.records import answer, existing, locked
from kernel.records.crud import record_router
from kernel.values.ids import Id
from kernel.web.calls import Call, CurrentCall
from kernel.web.idempotency import once
from services.reporting import problems
from services.reporting.plans.cancelling import cancel_adjustment
from services.reporting.plans.plans import service
from services.reporting.plans.plans.records import PLAN, PLAN_TYPE
from services.reporting.plans.plans.schemas import (
    Plan,
    PlanAdjustmentCancellationCreate,
    PlanAdjustmentCreate,
    PlanApprovalCreate,
    PlanSubmissionCreate,
)
from services.reporting.rows import PlanRow
from services.reporting.scopes import APPROVE, WRITE

# GET, POST             /v1/reporting/plans
# GET, PATCH, DELETE    /v1/reporting/plans/{plan_id}
# GET                   /v1/reporting/plans/{plan_id}/history
router = record_router(PLAN_TYPE)
_ONE = existing(PLAN, "plan_id")

Step = Callable[[Transaction, PlanRow], Awaitable[PlanRow]]


async def _take(call: Call, id_: str, take: Step) -> Response:
    """Take one step with the locked plan, once for its key; If-Match is honoured where it is sent."""

    async def effect(tx: Transaction) -> Response:
        plan = await locked(tx, call, PLAN, id_)
        return await answer(tx, call, PLAN, await take(tx, plan), status=201)

    return await once(call, effect)


@router.operation(
    "POST",
    "/plans/{plan_id}/submission",
    scopes=WRITE,
    guard=_ONE,
    status_code=201,
    response_model=Plan,
    problems=(problems.PlanStateForbids, problems.PlanEmpty),
    summary="Submit a plan",
)
async def submit_plan(call: CurrentCall, plan_id: Id, body: PlanSubmissionCreate) -> Response:
    """Put a draft or an adjustment before those who approve (`GET /v1/reporting/approvals`). It may still be corrected."""
    return await _take(call, plan_id, lambda tx, plan: service.submit(tx, plan, body, by=call.caller))


@router.operation(
    "POST",
    "/plans/{plan_id}/approval",
    scopes=APPROVE,
    guard=_ONE,
    status_code=201,
    response_model=Plan,
    problems=(
        kernel_problems.SamePerson,
        kernel_problems.PersonNeeded,
        problems.PlanStateForbids,
        problems.PlanEmpty,
    ),
    summary="Approve a plan",
)
async def approve_plan(call: CurrentCall, plan_id: Id, body: PlanApprovalCreate) -> Response:
    """Approve a draft or an adjustment; who entered or adjusted any of it since the last approval may not.

    What it then says is kept as the next version, which never changes, and figures are measured by it.
    """
    return await _take(call, plan_id, lambda tx, plan: service.approve(tx, plan, body, by=call.caller))


@router.operation(
    "POST",
    "/plans/{plan_id}/adjustment",
    scopes=WRITE,
    guard=_ONE,
    status_code=201,
    response_model=Plan,
    problems=(problems.PlanStateForbids,),
    summary="Open a plan for an adjustment",
)
async def adjust_plan(call: CurrentCall, plan_id: Id, body: PlanAdjustmentCreate) -> Response:
    """Open an approved plan to be edited, for a reason; the version before holds until the adjustment is approved."""
    return await _take(call, plan_id, lambda tx, plan: service.adjust(tx, plan, body, by=call.caller))


@router.operation(
    "POST",
    "/plans/{plan_id}/adjustment-cancellation",
    scopes=WRITE,
    guard=_ONE,
    status_code=201,
    response_model=Plan,
    problems=(problems.PlanStateForbids, problems.TaskInUse, problems.MeasureHasEstimates),
    summary="Cancel the adjustment of a plan",
)
async def cancel_plan_adjustment(call: CurrentCall, plan_id: Id, body: PlanAdjustmentCancellationCreate) -> Response:
    """Close an adjustment without approving it: the plan, its tasks and its measures are as the version in force has them.

    What was added goes, what was changed or removed comes back under its id. Estimates and completions stay; those of what
    was added are removed first.
    """
    return await _take(call, plan_id, lambda tx, plan: cancel_adjustment(tx, plan, body, by=call.caller))
