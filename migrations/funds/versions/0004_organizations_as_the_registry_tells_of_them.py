"""organizations as the registry's feed tells of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "funds_0004"
down_revision = "funds_0003"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
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
        "followed_organization",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("life", sa.Integer(), nullable=False),
        sa.Column("removed_as", sa.Text(), nullable=True),
        sa.Column("merged_into", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("followed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("alliance", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("commune_code", sa.Text(), nullable=True),
        sa.Column("commune_map", sa.Text(), nullable=True),
        sa.Column("province_2008", sa.Text(), nullable=True),
        sa.Column("province_2025", sa.Text(), nullable=True),
        sa.Column("legal_status", sa.Text(), nullable=True),
        sa.Column("operating_state", sa.Text(), nullable=True),
        sa.Column("report_sector", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "removed_as IS NOT NULL OR (alliance IS NOT NULL AND type IS NOT NULL AND name IS NOT NULL)",
            name=op.f("ck_followed_organization_known_unless_removed"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followed_organization")),
    )
    op.create_index(op.f("ix_followed_organization_code"), "followed_organization", ["code"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("followed_organization")
    op.drop_table("followed_feed")
