"""devices of one class: client systems that may do nothing but call its roll."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

kind = "expand"
revision = "identity_0011"
down_revision = "identity_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("client", sa.Column("class_id", sa.UUID(as_uuid=False), nullable=True))


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("client", "class_id")
