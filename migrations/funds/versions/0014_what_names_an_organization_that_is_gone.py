"""what names an organization that is gone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "funds_0014"
down_revision = "funds_0013"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    """Go one step up: a table, and indexes beside those who write."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "repointed_record",
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("into_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("is_pointed", sa.Boolean(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint(
            "resource_type", "resource_id", "field", "organization_id", name=op.f("pk_repointed_record")
        ),
    )
    op.create_index("ix_repointed_record_organization_id", "repointed_record", ["organization_id"], unique=False)
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_followed_organization_gone")
        op.create_index(
            "ix_followed_organization_gone",
            "followed_organization",
            ["id"],
            postgresql_concurrently=True,
            postgresql_where=sa.text("removed_as IS NOT NULL"),
        )
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_followed_organization_gone", table_name="followed_organization")
    op.drop_table("repointed_record")
