"""successions of organizations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "registry_0016"
down_revision = "registry_0015"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "succession",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("province_2008", sa.String(), nullable=False),
        sa.Column("province_2025", sa.String(), nullable=False),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("is_synthetic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("decision_number", sa.String(), nullable=True),
        sa.Column(
            "predecessors", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column(
            "successors", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("organization_ids", sa.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_succession_organization_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_succession")),
    )
    op.create_index("ix_succession_2008", "succession", ["province_2008", "effective_on"], unique=False)
    op.create_index("ix_succession_2025", "succession", ["province_2025", "effective_on"], unique=False)
    op.create_index("ix_succession_alliance_id", "succession", ["alliance", "id"], unique=False)
    op.create_index("ix_succession_organization_id", "succession", ["organization_id", "effective_on"], unique=False)
    op.create_index(
        "ix_succession_organization_ids", "succession", ["organization_ids"], unique=False, postgresql_using="gin"
    )


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_succession_organization_ids", table_name="succession", postgresql_using="gin")
    op.drop_index("ix_succession_organization_id", table_name="succession")
    op.drop_index("ix_succession_alliance_id", table_name="succession")
    op.drop_index("ix_succession_2025", table_name="succession")
    op.drop_index("ix_succession_2008", table_name="succession")
    op.drop_table("succession")
