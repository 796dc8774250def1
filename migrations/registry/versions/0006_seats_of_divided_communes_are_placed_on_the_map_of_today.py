"""seats of divided communes are placed on the map of today; Ba Chẽ has its right code."""

# What is put together are the constants of this step.
# ruff: noqa: S608

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "registry_0006"
down_revision = "registry_0005"
branch_labels = None
depends_on = None
# The version before knows and enters the old code; an index of a large table.
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
    _correct("organization", "organization", "seat,seat_2025", "seat,commune_code")
    _correct("seat_change", "seat_change", "seat", "seat,commune_code")
    op.execute(f"UPDATE organization_state SET commune_code = '{_RIGHT}' WHERE {_ON}")
    op.execute(
        f"UPDATE organization SET opening_commune_code = '{_RIGHT}' "
        f"WHERE opening_commune_code = '{_WRONG}' AND opening_commune_map = '2025'"
    )
    # Nobody has been placed yet: the index is built in one look at the table, whatever its size.
    op.add_column("organization", sa.Column("seat_2025_commune_code", sa.String(), nullable=True))
    op.add_column("organization", sa.Column("opening_seat_2025_commune_code", sa.String(), nullable=True))
    op.create_index(
        "ix_organization_seat_2025",
        "organization",
        ["seat_2025_commune_code"],
        unique=False,
        postgresql_where=sa.text("seat_2025_commune_code IS NOT NULL"),
    )
    op.add_column("organization_state", sa.Column("seat_2025_commune_code", sa.String(), nullable=True))
    op.add_column("seat_change", sa.Column("seat_2025_commune_code", sa.String(), nullable=True))


def downgrade() -> None:
    """Go one step down. The right code stays: the version of before reads it as any other."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("seat_change", "seat_2025_commune_code")
    op.drop_column("organization_state", "seat_2025_commune_code")
    op.drop_index(
        "ix_organization_seat_2025",
        table_name="organization",
        postgresql_where=sa.text("seat_2025_commune_code IS NOT NULL"),
    )
    op.drop_column("organization", "opening_seat_2025_commune_code")
    op.drop_column("organization", "seat_2025_commune_code")
