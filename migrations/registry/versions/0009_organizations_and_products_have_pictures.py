"""organizations and products have pictures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "registry_0009"
down_revision = "registry_0008"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    """Go one step up: of what is there, no row is written anew."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "organization",
        sa.Column(
            "photo_file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
    )
    op.add_column(
        "product",
        sa.Column(
            "photo_file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
    )


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("product", "photo_file_ids")
    op.drop_column("organization", "photo_file_ids")
