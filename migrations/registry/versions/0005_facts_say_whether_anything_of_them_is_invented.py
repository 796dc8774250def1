"""facts say whether anything of them is invented."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "registry_0005"
down_revision = "registry_0004"
branch_labels = None
depends_on = None
kind = "expand"

_FACTS = ("status_change", "type_conversion", "seat_change", "alliance_membership", "product", "certificate")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in _FACTS:
        op.add_column(table, sa.Column("is_synthetic", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in _FACTS:
        op.drop_column(table, "is_synthetic")
