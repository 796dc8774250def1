"""SQL of what one organization's people were trained in."""

from __future__ import annotations

from typing import TypedDict

from kernel.database.statements import always, statement

# Whether the organization has a part in what the caller may see. Each table by its index on organization_id.
HAS_PART = always(
    bool,
    """
    SELECT EXISTS (SELECT FROM attendance WHERE organization_id = $1::uuid AND ($2::text IS NULL OR alliance = $2))
        OR EXISTS (SELECT FROM registration WHERE organization_id = $1::uuid AND ($2::text IS NULL OR alliance = $2))
        OR EXISTS (SELECT FROM invitation WHERE organization_id = $1::uuid AND ($2::text IS NULL OR alliance = $2))
        OR EXISTS (SELECT FROM trainee WHERE organization_id = $1::uuid AND ($2::text IS NULL OR alliance = $2))""",
)


class TrainingYearRow(TypedDict):
    """What an organization's people attended in one year."""

    year: int
    classes: int
    attendances: int
    distinct_trainees: int
    training_hours: float
    certificates: int


# The classes that count, by the year of their last session; a person of several entries is one by its number.
# By ix_attendance_organization_id.
YEARS = statement(
    TrainingYearRow,
    """
    SELECT extract(year FROM c.counted_on)::int AS year, count(DISTINCT c.id)::int AS classes,
           count(*)::int AS attendances, count(DISTINCT coalesce(p.alliance || '/' || p.id_number_mark, f.trainee_id::text))::int AS distinct_trainees,
           round(sum(c.session_minutes) / 60.0, 2)::float8 AS training_hours, count(t.id)::int AS certificates
      FROM attendance f
      JOIN training_class c ON c.id = f.class_id
      LEFT JOIN trainee p ON p.id = f.trainee_id
      LEFT JOIN training_certificate t ON t.class_id = f.class_id AND t.trainee_id = f.trainee_id AND t.state = 'valid'
     WHERE f.organization_id = $1::uuid AND c.is_counted AND c.state IN ('held', 'reported') AND ($2::text IS NULL OR f.alliance = $2)
     GROUP BY 1 ORDER BY 1 DESC""",
)
