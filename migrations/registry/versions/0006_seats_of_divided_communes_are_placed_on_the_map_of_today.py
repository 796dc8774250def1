"""seats of divided communes are placed on the map of today."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "registry_0006"
down_revision = "registry_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
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
    """Go one step down."""
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
