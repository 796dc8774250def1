"""people and systems by name, as identity's feed tells of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "registry_0008"
down_revision = "registry_0007"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    """Go one step up: empty tables, which the service fills by following identity from the beginning."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "followed_feed",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("life", sa.Integer(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("feed", name=op.f("pk_followed_feed")),
    )
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
    op.drop_table("followed_feed")
