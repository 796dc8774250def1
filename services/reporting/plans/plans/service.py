"""The life of a plan: submitted, approved as a version that never changes, opened for an adjustment, approved again."""

from __future__ import annotations

from kernel import problems as kernel_problems
from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import Command
from kernel.records.confirmations import refuse_system
from kernel.values.days import now
from kernel.web.auth import NATION, Caller
from kernel.web.replies import dump
from services.reporting import problems
from services.reporting.plans.plans import queries
from services.reporting.plans.plans.records import NOT_SUBMITTED, PLAN
from services.reporting.plans.plans.schemas import PlanAdjustmentCreate, PlanApprovalCreate, PlanSubmissionCreate
from services.reporting.plans.reading import IN_PREPARATION
from services.reporting.plans.releasing import release
from services.reporting.rows import PlanRow


async def _require_content(tx: Transaction, plan: PlanRow) -> None:
    if plan["state"] == "approved":
        raise problems.PlanStateForbids(state=plan["state"])
    if not await tx.fetchval(queries.HAS_CONTENT, plan["id"]):
        raise problems.PlanEmpty()


async def submit(tx: Transaction, plan: PlanRow, body: PlanSubmissionCreate, *, by: Caller) -> PlanRow:
    """Let the locked plan wait for approval. Raises PlanStateForbids, PlanEmpty."""
    await _require_content(tx, plan)
    values = {"submitted_at": now(), "submitted_by": by.id, "submitted_by_name": by.name}
    return await records.update(tx, PLAN, plan, values, by=by, reason=body.reason, action="submitted")


async def approve(tx: Transaction, plan: PlanRow, body: PlanApprovalCreate, *, by: Caller) -> PlanRow:
    """Approve the locked plan: keep what it says as its next version.

    Raises PersonNeeded, PlanStateForbids, SamePerson for who prepared anything of it since the last approval, PlanEmpty.
    """
    refuse_system(by)
    await _require_content(tx, plan)
    if await tx.fetchval(queries.PREPARED_BY, plan["id"], by.id):
        raise kernel_problems.SamePerson(prepared_by=by.id)
    number = plan["version_number"] + 1
    values = {
        "state": "approved",
        "version_number": number,
        "adjustment_reason": None,
        **NOT_SUBMITTED,
        IN_PREPARATION: False,
    }
    approved: PlanRow = await records.update(tx, PLAN, plan, values, by=by, reason=body.reason, action="approved")
    await _keep(tx, plan, approved, body, by=by)
    if plan["alliance"] == NATION:
        await release(tx, plan["id"], by=by, reason=body.reason)
    return approved


async def _keep(tx: Transaction, plan: PlanRow, approved: PlanRow, body: PlanApprovalCreate, *, by: Caller) -> None:
    """Copy the plan, its tasks and its measures as they are approved."""
    number = approved["version_number"]
    await tx.execute(
        queries.KEEP_PLAN,
        plan["id"],
        number,
        body.decision_number,
        body.decided_on,
        body.reason,
        plan["adjustment_reason"],
        approved["updated_at"],
        by.id,
        by.name,
        dump(PLAN.represent(approved)).decode(),
    )
    copies: tuple[Command, ...] = (queries.KEEP_TASKS, queries.KEEP_MEASURES)
    for copy in copies:
        await tx.execute(copy, plan["id"], number)


async def adjust(tx: Transaction, plan: PlanRow, body: PlanAdjustmentCreate, *, by: Caller) -> PlanRow:
    """Open the locked plan to be edited; its approved version stays in force. Raises PlanStateForbids."""
    if plan["state"] != "approved":
        raise problems.PlanStateForbids(state=plan["state"])
    values = {"state": "adjusting", "adjustment_reason": body.reason}
    return await records.update(tx, PLAN, plan, values, by=by, reason=body.reason, action="adjusted")
