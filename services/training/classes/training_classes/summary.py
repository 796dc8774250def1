"""The numbers of one class: counted from its records when asked, each for itself."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Database, Row

_SUMMARY = """
    SELECT c.id AS class_id, c.capacity,
           (SELECT count(*) FROM invitation i WHERE i.class_id = c.id) AS invitations,
           c.registered_count AS registrations,
           c.capacity - c.registered_count AS seats_left,
           (SELECT count(*) FROM class_session s WHERE s.class_id = c.id) AS sessions,
           round(c.session_minutes / 60.0, 2)::float8 AS training_hours,
           a.attendances, a.reported_attendances, a.walk_ins, a.distinct_trainees, a.organizations_reached,
           (SELECT count(*) FROM training_certificate t WHERE t.class_id = c.id AND t.state = 'valid') AS certificates,
           a.allowances_vnd
      FROM training_class c CROSS JOIN LATERAL (
           SELECT coalesce(sum(f.counted), 0)::int AS attendances,
                  coalesce(sum(f.counted) FILTER (WHERE f.trainee_id IS NULL), 0)::int AS reported_attendances,
                  count(*) FILTER (WHERE f.is_walk_in) AS walk_ins,
                  count(f.trainee_id) AS distinct_trainees,
                  count(DISTINCT f.organization_id) AS organizations_reached,
                  coalesce(sum(f.allowance_vnd), 0)::bigint AS allowances_vnd
             FROM attendance f WHERE f.class_id = c.id) a
     WHERE c.id = $1::uuid"""


async def summary_of(db: Database, row: Row) -> dict[str, Any]:
    """Return the numbers of the class `row`, of which the guard said that the caller may see it."""
    found = await db.fetchrow(_SUMMARY, row["id"])
    assert found is not None, "classes are never deleted"
    return dict(found)
