"""Approving what the nation prepared: from then on it is everyone's to read, and every follower is told of it."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Transaction
from kernel.database.statements import Statement
from kernel.records import Resource
from kernel.records.bulk import update_many
from kernel.web.auth import Caller
from services.reporting.plans.completions.records import TASK_COMPLETION
from services.reporting.plans.estimates.records import ESTIMATE
from services.reporting.plans.measures.records import MEASURE
from services.reporting.plans.reading import IN_PREPARATION
from services.reporting.plans.tasks.records import TASK

# By the indexes on plan_id. What tasks and measures are locked by, completions and estimates of them wait for: those
# entered meanwhile are read here, or find what they belong to approved.
_IN_PREPARATION: tuple[tuple[Resource[Any], Statement[Any]], ...] = tuple(
    (
        resource,
        Statement(
            resource.row,
            f"{resource.select} WHERE plan_id = $1::uuid AND {IN_PREPARATION} ORDER BY id FOR NO KEY UPDATE",
        ),
    )
    for resource in (TASK, MEASURE, TASK_COMPLETION, ESTIMATE)
)


async def release(tx: Transaction, plan_id: str, *, by: Caller, reason: str | None) -> None:
    """Say of all below the locked plan that it is no longer in preparation, each as a version of its own.

    A province was told of nothing of it: without a version, and so an event, its followers would never hear of it.
    """
    for resource, sql in _IN_PREPARATION:
        rows = await tx.fetch(sql, plan_id)
        changes = [(row, {IN_PREPARATION: False}) for row in rows]
        await update_many(tx, resource, changes, by=by, action="approved", reasons=[reason] * len(rows))
