"""Statements on plans and their versions."""

from __future__ import annotations

from kernel.database.statements import always, command

# By ix_task_plan_id and uq_measure.
HAS_CONTENT = always(
    bool,
    "SELECT EXISTS (SELECT FROM task WHERE plan_id = $1::uuid) OR EXISTS (SELECT FROM measure WHERE plan_id = $1::uuid)",
)
# By uq_measure: what a plan of other days, or of another area, could not hold.
LEAVES_MEASURES_OUT = always(
    bool,
    """
    SELECT EXISTS (SELECT FROM measure WHERE plan_id = $1::uuid AND (starts_on < $2::date OR ends_on > $3::date))""",
)
HAS_MEASURES = always(bool, "SELECT EXISTS (SELECT FROM measure WHERE plan_id = $1::uuid)")


def stood_since(plan_id: str) -> str:
    """Return since when a plan has been open again: its last approval, or the end of its last adjustment. By the key of history."""
    return (
        "coalesce((SELECT max(stood.recorded_at) FROM history stood WHERE stood.resource_type = 'plan' "  # noqa: S608  a parameter or a column of the code
        f"AND stood.resource_id = {plan_id} AND stood.action IN ('approved', 'adjustment_cancelled')), '-infinity')"
    )


# Who wrote anything of the plan since then, or took anything out of it, prepared what is to be approved. By the
# keys of history and the indexes on plan_id: a plan has some dozens of records; what was taken out is in history alone.
PREPARED_BY = always(
    bool,
    f"""
    SELECT EXISTS (
        SELECT FROM history h
         WHERE h.recorded_by = $2 AND h.action <> 'approved'
           AND h.recorded_at > {stood_since("$1::uuid")}
           AND (h.resource_type, h.resource_id) IN (
               SELECT 'plan', $1::uuid
                UNION ALL SELECT 'task', id FROM task WHERE plan_id = $1::uuid
                UNION ALL SELECT 'measure', id FROM measure WHERE plan_id = $1::uuid))
        OR EXISTS (
        SELECT FROM history gone
         WHERE gone.resource_type IN ('task', 'measure') AND gone.action = 'removed'
           AND gone.content ->> 'plan_id' = $1::uuid::text AND gone.recorded_by = $2
           AND gone.recorded_at > {stood_since("$1::uuid")})""",  # noqa: S608  as above
)
KEEP_PLAN = command(
    """
    INSERT INTO approved_plan (plan_id, number, decision_number, decided_on, reason, adjustment_reason, approved_at,
           approved_by, approved_by_name, content)
    VALUES ($1::uuid, $2, $3, $4::date, $5, $6, $7::timestamptz, $8, $9, $10::jsonb)"""
)
KEEP_TASKS = command(
    """
    INSERT INTO approved_task (plan_id, number, task_id, ordinal, title, responsible_unit, responsible_person,
           due_every_months, note, is_synthetic)
    SELECT plan_id, $2, id, ordinal, title, responsible_unit, responsible_person, due_every_months, note, is_synthetic
      FROM task WHERE plan_id = $1::uuid"""
)
KEEP_MEASURES = command(
    """
    INSERT INTO approved_measure (plan_id, number, measure_id, task_id, indicator, scope, place, province, commune_code,
           commune_map, starts_on, ends_on, value, unit, comparator, baseline, condition, is_condition, implied, phasing,
           phases, assignments, note, is_synthetic)
    SELECT plan_id, $2, id, task_id, indicator, scope, place, province, commune_code, commune_map, starts_on, ends_on,
           value, unit, comparator, baseline, condition, is_condition, implied, phasing, phases, assignments, note,
           is_synthetic
      FROM measure WHERE plan_id = $1::uuid"""
)
