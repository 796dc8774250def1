"""organizations have a phone, as the registry tells of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "training_0008"
down_revision = "training_0007"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    """Go one step up: it fills as the registry tells of changes; training reads no phone."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("followed_organization", sa.Column("phone", sa.Text(), nullable=True))


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("followed_organization", "phone")
