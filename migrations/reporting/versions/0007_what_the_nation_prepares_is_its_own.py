"""What the nation prepares is its own: what no approved version of a national plan has is kept back from the provinces.

Revision ID: reporting_0007
Revises: reporting_0006
"""

# What is put together are the constants of this step.
# ruff: noqa: S608

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "reporting_0007"
down_revision = "reporting_0006"
branch_labels = None
depends_on = None
# The version before enters and approves plans as if nothing were kept back.
kind = "contract"

_REASON = "Dự thảo kế hoạch của cả nước chỉ do Liên minh Hợp tác xã Việt Nam xem cho đến khi được phê duyệt."
_INSTANT = """to_char(r.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
# What each is in preparation by: a plan without a version, what its version in force does not have, and what hangs on that.
_TABLES = {
    "plan": "r.version_number = 0",
    "task": "NOT EXISTS (SELECT FROM approved_task a JOIN plan p ON p.id = a.plan_id AND p.version_number = a.number "
    "WHERE a.plan_id = r.plan_id AND a.task_id = r.id)",
    "measure": "NOT EXISTS (SELECT FROM approved_measure a JOIN plan p ON p.id = a.plan_id AND p.version_number = a.number "
    "WHERE a.plan_id = r.plan_id AND a.measure_id = r.id)",
    "task_completion": "(SELECT in_preparation FROM task WHERE id = r.task_id)",
    "estimate": "(SELECT in_preparation FROM measure WHERE id = r.measure_id)",
}


def _keep_back(table: str, prepared: str) -> None:
    """Keep rows back, each with a version and a history entry: the nation is told of a change, the provinces that it left."""
    op.execute(
        f"CREATE TEMPORARY TABLE kept ON COMMIT DROP AS SELECT id FROM {table} r WHERE alliance = 'VN' AND {prepared}"
    )
    op.execute(
        f"UPDATE {table} r SET in_preparation = true, version = r.version + 1, updated_at = now() FROM kept k WHERE r.id = k.id"
    )
    op.execute(f"""
        INSERT INTO history (resource_id, version, resource_type, action, recorded_at, recorded_by, alliance, reason, changed, content)
        SELECT r.id, r.version, '{table}', 'corrected', r.updated_at, 'migration', r.alliance, '{_REASON}', '{{}}',
               h.content || jsonb_build_object('version', r.version, 'updated_at', {_INSTANT})
          FROM kept k JOIN {table} r ON r.id = k.id
          JOIN history h ON h.resource_type = '{table}' AND h.resource_id = r.id AND h.version = r.version - 1""")
    for event, alliance, reason in (("changed", "VN-kept-back", "NULL"), ("removed", "VN", "'out_of_scope'")):
        op.execute(f"""
            INSERT INTO change (id, type, resource_type, resource_id, resource_version, alliance, changed, reason, occurred_at)
            SELECT gen_random_uuid(), '{table}.{event}', '{table}', r.id, r.version, '{alliance}', '{{}}', {reason}, r.updated_at
              FROM kept k JOIN {table} r ON r.id = k.id ORDER BY r.id""")
    op.execute("DROP TABLE kept")


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table, prepared in _TABLES.items():
        op.add_column(table, sa.Column("in_preparation", sa.Boolean(), server_default=sa.text("false"), nullable=False))
        _keep_back(table, prepared)


def downgrade() -> None:
    """Go one step down: the version before shows everyone what the nation prepares."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in _TABLES:
        op.drop_column(table, "in_preparation")
