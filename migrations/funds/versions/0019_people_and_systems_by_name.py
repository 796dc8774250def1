"""people and systems by name, as identity's feed tells of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "funds_0019"
down_revision = "funds_0018"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    """Go one step up: empty tables, which the service fills by following identity from the beginning."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "followed_subject",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("life", sa.Integer(), nullable=False),
        sa.Column("removed_as", sa.Text(), nullable=True),
        sa.Column("merged_into", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("followed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("alliance", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "removed_as IS NOT NULL OR (subject IS NOT NULL AND name IS NOT NULL)",
            name=op.f("ck_followed_subject_known_unless_removed"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followed_subject")),
    )
    op.create_index("ix_followed_subject_subject", "followed_subject", ["subject"], unique=False)


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("followed_subject")
    op.execute("DELETE FROM followed_feed WHERE feed = 'identity'")
