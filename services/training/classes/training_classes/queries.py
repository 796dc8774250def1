"""SQL of classes: what is counted of one class when it is asked, and what follows from its sessions."""

from __future__ import annotations

from datetime import date
from typing import TypedDict

from kernel.database.connections import Transaction
from kernel.database.statements import statement


class ClassSummaryRow(TypedDict):
    """The numbers of one class."""

    class_id: str
    capacity: int | None
    invitations: int
    registrations: int
    seats_left: int | None
    sessions: int
    training_hours: float
    attendances: int
    reported_attendances: int
    walk_ins: int
    distinct_trainees: int
    organizations_reached: int
    certificates: int
    allowances_vnd: int


# Counted when asked, each number for itself; every part reads one class by the index that leads by class_id
# (uq_invitation_organization, uq_class_session_number, uq_training_certificate_trainee, ix_attendance_class_id).
SUMMARY = statement(
    ClassSummaryRow,
    """
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
     WHERE c.id = $1::uuid""",
)


class SessionTotals(TypedDict):
    """What a class has of its sessions."""

    first: date | None
    last: date | None
    minutes: int


# One class's sessions, by uq_class_session_number.
_SESSION_TOTALS = statement(
    SessionTotals,
    """
    SELECT min(held_on) AS first, max(held_on) AS last, coalesce(sum(minutes), 0)::int AS minutes
      FROM class_session WHERE class_id = $1::uuid""",
)


async def session_totals(tx: Transaction, class_id: str) -> SessionTotals:
    """Return the first and last day of a class's sessions, None without one, and how long they take together."""
    totals = await tx.fetchrow(_SESSION_TOTALS, class_id)
    assert totals is not None, "an aggregate has a row"
    return totals
