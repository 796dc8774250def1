"""models of cooperatives and value chains."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "registry_0014"
down_revision = "registry_0013"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "cooperative_model",
        sa.Column("attribution", sa.String(), nullable=True),
        sa.Column("partners", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
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
        sa.Column("recognized_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("decision_number", sa.String(), nullable=True),
        sa.Column("issuing_authority", sa.String(), nullable=True),
        sa.Column("criteria", sa.String(), nullable=True),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= recognized_on", name=op.f("ck_cooperative_model_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_cooperative_model_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cooperative_model")),
    )
    op.create_index("ix_cooperative_model_2008", "cooperative_model", ["province_2008", "recognized_on"], unique=False)
    op.create_index("ix_cooperative_model_2025", "cooperative_model", ["province_2025", "recognized_on"], unique=False)
    op.create_index("ix_cooperative_model_alliance_id", "cooperative_model", ["alliance", "id"], unique=False)
    op.create_index(
        "ix_cooperative_model_organization_id", "cooperative_model", ["organization_id", "recognized_on"], unique=False
    )
    op.create_index(
        "uq_cooperative_model_once", "cooperative_model", ["organization_id", "kind", "recognized_on"], unique=True
    )
    op.create_table(
        "value_chain",
        sa.Column("attribution", sa.String(), nullable=True),
        sa.Column("partners", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_folded", sa.String(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("lead_organization_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("province_2008", sa.String(), nullable=False),
        sa.Column("province_2025", sa.String(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("links", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("organization_ids", sa.ARRAY(sa.UUID(as_uuid=False)), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("is_synthetic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name=op.f("ck_value_chain_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["lead_organization_id"],
            ["organization.id"],
            name=op.f("fk_value_chain_lead_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_value_chain")),
    )
    op.create_index("ix_value_chain_2008", "value_chain", ["province_2008", "started_on"], unique=False)
    op.create_index("ix_value_chain_2025", "value_chain", ["province_2025", "started_on"], unique=False)
    op.create_index("ix_value_chain_alliance_id", "value_chain", ["alliance", "id"], unique=False)
    op.create_index("ix_value_chain_lead", "value_chain", ["lead_organization_id", "started_on"], unique=False)
    op.create_index(
        "ix_value_chain_organization_ids", "value_chain", ["organization_ids"], unique=False, postgresql_using="gin"
    )
    op.create_table(
        "value_chain_link",
        sa.Column("value_chain_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_value_chain_link_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["value_chain_id"], ["value_chain.id"], name=op.f("fk_value_chain_link_value_chain_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("value_chain_id", "position", name=op.f("pk_value_chain_link")),
    )
    op.create_index(
        "ix_value_chain_link_organization_id", "value_chain_link", ["organization_id", "started_on"], unique=False
    )


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_value_chain_link_organization_id", table_name="value_chain_link")
    op.drop_table("value_chain_link")
    op.drop_index("ix_value_chain_organization_ids", table_name="value_chain", postgresql_using="gin")
    op.drop_index("ix_value_chain_lead", table_name="value_chain")
    op.drop_index("ix_value_chain_alliance_id", table_name="value_chain")
    op.drop_index("ix_value_chain_2025", table_name="value_chain")
    op.drop_index("ix_value_chain_2008", table_name="value_chain")
    op.drop_table("value_chain")
    op.drop_index("uq_cooperative_model_once", table_name="cooperative_model")
    op.drop_index("ix_cooperative_model_organization_id", table_name="cooperative_model")
    op.drop_index("ix_cooperative_model_alliance_id", table_name="cooperative_model")
    op.drop_index("ix_cooperative_model_2025", table_name="cooperative_model")
    op.drop_index("ix_cooperative_model_2008", table_name="cooperative_model")
    op.drop_table("cooperative_model")
