"""What reporting's own tables say of a year: plans in force, tasks, and what waits for a decision."""

from __future__ import annotations

from datetime import date
from typing import TypedDict

from kernel.database.statements import statement


class YearRow(TypedDict):
    """A year that approved plans are of."""

    year: int


class PlanOfYearRow(TypedDict):
    """An approved plan of a year."""

    id: str
    kind: str
    title: str
    document_number: str | None
    province: str
    starts_on: date
    ends_on: date
    version_number: int


class MeasureOfYearRow(TypedDict):
    """A measure of the newest approved version of a plan, of a whole province or the nation."""

    plan_id: str
    number: int
    measure_id: str
    task_title: str | None
    indicator: str
    scope: str
    place: str
    starts_on: date
    ends_on: date


class TaskOfYearRow(TypedDict):
    """A task of the newest approved version of a plan that is done by completions. `completed_on`: every one of them."""

    plan_id: str
    task_id: str
    title: str
    due_every_months: int | None
    starts_on: date
    ends_on: date
    completed_on: list[date]


# Plans are a handful a province and year: no index but that of their places is needed.
YEARS = statement(
    YearRow,
    """
    SELECT DISTINCT y::int AS year FROM plan,
           generate_series(extract(year FROM starts_on)::int, extract(year FROM ends_on)::int) y
     WHERE version_number > 0 AND province = ANY($1::text[]) ORDER BY 1 DESC""",
)

PLANS = statement(
    PlanOfYearRow,
    """
    SELECT id, kind, title, document_number, province, starts_on, ends_on, version_number FROM plan
     WHERE version_number > 0 AND province = ANY($1::text[]) AND starts_on <= $3 AND ends_on >= $2
     ORDER BY kind, starts_on, title, id""",
)

# In the order of the plan's tasks. Those of a commune are the commune's business, not the province's year.
MEASURES = statement(
    MeasureOfYearRow,
    """
    SELECT m.plan_id, m.number, m.measure_id, t.title AS task_title, m.indicator, m.scope, m.place, m.starts_on, m.ends_on
      FROM plan p
      JOIN approved_measure m ON m.plan_id = p.id AND m.number = p.version_number
      LEFT JOIN approved_task t ON t.plan_id = m.plan_id AND t.number = m.number AND t.task_id = m.task_id
     WHERE p.id = ANY($1::uuid[]) AND m.commune_code IS NULL AND m.starts_on <= $3 AND m.ends_on >= $2
     ORDER BY m.plan_id, t.ordinal NULLS LAST, m.measure_id""",
)

TASKS = statement(
    TaskOfYearRow,
    """
    SELECT t.plan_id, t.task_id, t.title, t.due_every_months, p.starts_on, p.ends_on,
           ARRAY(SELECT c.completed_on FROM task_completion c WHERE c.task_id = t.task_id AND c.completed_on <= $2) AS completed_on
      FROM plan p
      JOIN approved_task t ON t.plan_id = p.id AND t.number = p.version_number
     WHERE p.id = ANY($1::uuid[])
       AND (t.due_every_months IS NOT NULL OR NOT EXISTS (
            SELECT FROM approved_measure m WHERE m.plan_id = t.plan_id AND m.number = t.number AND m.task_id = t.task_id))
     ORDER BY t.plan_id, t.ordinal, t.task_id""",
)
