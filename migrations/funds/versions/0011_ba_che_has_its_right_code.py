"""Ba Chẽ has its right code."""

# What is put together are the constants of this step.
# ruff: noqa: S608

from __future__ import annotations

from alembic import op

revision = "funds_0011"
down_revision = "funds_0010"
branch_labels = None
depends_on = None
# The version before knows and enters the old code.
kind = "contract"

# Ba Chẽ of 2025 was listed as 06978 by mistake: two other sources have 06970, the code of the old town.
_WRONG, _RIGHT = "06978", "06970"
_ON = f"commune_code = '{_WRONG}' AND commune_map = '2025'"
_REASON = "Mã xã Ba Chẽ (2025) đúng là 06970; danh mục trước ghi nhầm là 06978."
_INSTANT = """to_char(r.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def _correct(table: str, resource: str, changed: str, path: str) -> None:
    """Correct the code in the rows of a table, each with a version, a history entry and an event of its own."""
    op.execute(f"CREATE TEMPORARY TABLE moved ON COMMIT DROP AS SELECT id FROM {table} WHERE {_ON}")
    op.execute(
        f"UPDATE {table} r SET commune_code = '{_RIGHT}', version = r.version + 1, updated_at = now() "
        "FROM moved m WHERE r.id = m.id"
    )
    op.execute(f"""
        INSERT INTO history (resource_id, version, resource_type, action, recorded_at, recorded_by, alliance, reason, changed, content)
        SELECT r.id, r.version, '{resource}', 'corrected', r.updated_at, 'migration', r.alliance, '{_REASON}', '{{{changed}}}',
               jsonb_set(h.content, '{{{path}}}', '"{_RIGHT}"')
               || jsonb_build_object('version', r.version, 'updated_at', {_INSTANT})
          FROM moved m JOIN {table} r ON r.id = m.id
          JOIN history h ON h.resource_type = '{resource}' AND h.resource_id = r.id AND h.version = r.version - 1""")
    op.execute(f"""
        INSERT INTO change (id, type, resource_type, resource_id, resource_version, alliance, changed, occurred_at)
        SELECT gen_random_uuid(), '{resource}.changed', '{resource}', r.id, r.version, r.alliance, '{{{changed}}}', r.updated_at
          FROM moved m JOIN {table} r ON r.id = m.id ORDER BY r.id""")
    op.execute("DROP TABLE moved")


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _correct("borrower", "borrower", "commune_code", "commune_code")
    _correct("loan_application", "loan_application", "project", "project,commune_code")
    _correct("loan", "loan", "project", "project,commune_code")
    op.execute(f"UPDATE followed_organization SET commune_code = '{_RIGHT}' WHERE {_ON}")


def downgrade() -> None:
    """Go one step down. The right code stays: the version of before reads it as any other."""
    op.execute("SET LOCAL lock_timeout = '5s'")
