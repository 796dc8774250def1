"""trade events have pictures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "training_0010"
down_revision = "training_0009"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    """Go one step up: of what is there, no row is written anew."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "trade_event",
        sa.Column(
            "photo_file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
    )


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("trade_event", "photo_file_ids")
