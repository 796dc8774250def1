"""Statements on the approved versions of plans, by their keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kernel.database.connections import Database
from kernel.database.statements import statement
from kernel.values.days import instant_text
from services.reporting.rows import ApprovedMeasureRow, ApprovedPlanRow, ApprovedTaskRow

VERSIONS = statement(
    ApprovedPlanRow,
    """
    SELECT plan_id, number, decision_number, decided_on, reason, adjustment_reason, approved_at, approved_by,
           approved_by_name, content
      FROM approved_plan WHERE plan_id = $1::uuid ORDER BY number DESC""",
)
TASKS = statement(
    ApprovedTaskRow,
    """
    SELECT plan_id, number, task_id, ordinal, title, responsible_unit, responsible_person, due_every_months, note,
           is_synthetic
      FROM approved_task WHERE plan_id = $1::uuid AND number = $2 ORDER BY ordinal, task_id""",
)
MEASURES = statement(
    ApprovedMeasureRow,
    """
    SELECT plan_id, number, measure_id, task_id, indicator, scope, place, province, commune_code, commune_map, starts_on,
           ends_on, value, unit, comparator, baseline, condition, is_condition, implied, phasing, phases, assignments,
           note, is_synthetic
      FROM approved_measure WHERE plan_id = $1::uuid AND number = $2 ORDER BY measure_id""",
)


async def tasks_of(db: Database, plan_id: str, number: int) -> list[ApprovedTaskRow]:
    """Return the tasks of a version in their order."""
    return await db.fetch(TASKS, plan_id, number)


async def measures_of(db: Database, plan_id: str, number: int) -> list[ApprovedMeasureRow]:
    """Return the measures of a version, in the order in which they were entered."""
    return await db.fetch(MEASURES, plan_id, number)


def version_shown(row: ApprovedPlanRow, newest: int) -> dict[str, Any]:
    """Return a version as it is answered."""
    names = (
        "number",
        "decision_number",
        "decided_on",
        "reason",
        "adjustment_reason",
        "approved_by",
        "approved_by_name",
    )
    at: datetime = row["approved_at"]
    return {
        **{name: row[name] for name in names},  # type: ignore[literal-required]
        "approved_at": instant_text(at),
        "is_in_force": row["number"] == newest,
    }
