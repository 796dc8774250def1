"""figures that organizations report for a period."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "registry_0012"
down_revision = "registry_0011"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "organization_statistic",
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
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("members_official", sa.Integer(), nullable=True),
        sa.Column("members_affiliate_capital", sa.Integer(), nullable=True),
        sa.Column("members_affiliate_noncapital", sa.Integer(), nullable=True),
        sa.Column("members_persons", sa.Integer(), nullable=True),
        sa.Column("members_households", sa.Integer(), nullable=True),
        sa.Column("members_legal_entities", sa.Integer(), nullable=True),
        sa.Column("members_female", sa.Integer(), nullable=True),
        sa.Column("members_ethnic_minority", sa.Integer(), nullable=True),
        sa.Column("members_disabled", sa.Integer(), nullable=True),
        sa.Column("workers_regular", sa.Integer(), nullable=True),
        sa.Column("workers_members", sa.Integer(), nullable=True),
        sa.Column("workers_female", sa.Integer(), nullable=True),
        sa.Column("workers_insured", sa.Integer(), nullable=True),
        sa.Column("managers_no_qualification", sa.Integer(), nullable=True),
        sa.Column("managers_elementary", sa.Integer(), nullable=True),
        sa.Column("managers_intermediate", sa.Integer(), nullable=True),
        sa.Column("managers_college", sa.Integer(), nullable=True),
        sa.Column("managers_university_or_higher", sa.Integer(), nullable=True),
        sa.Column("managers_female", sa.Integer(), nullable=True),
        sa.Column("revenue_vnd", sa.BigInteger(), nullable=True),
        sa.Column("revenue_internal_vnd", sa.BigInteger(), nullable=True),
        sa.Column("revenue_external_vnd", sa.BigInteger(), nullable=True),
        sa.Column("profit_vnd", sa.BigInteger(), nullable=True),
        sa.Column("income_per_worker_vnd", sa.BigInteger(), nullable=True),
        sa.Column("income_per", sa.String(), nullable=True),
        sa.Column("charter_capital_vnd", sa.BigInteger(), nullable=True),
        sa.Column("paid_capital_vnd", sa.BigInteger(), nullable=True),
        sa.Column("assets_vnd", sa.BigInteger(), nullable=True),
        sa.Column("indivisible_fund_vnd", sa.BigInteger(), nullable=True),
        sa.Column("tax_paid_vnd", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_document", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(income_per_worker_vnd IS NULL) = (income_per IS NULL)",
            name=op.f("ck_organization_statistic_income_has_its_time"),
        ),
        sa.CheckConstraint("period_from <= period_to", name=op.f("ck_organization_statistic_period_not_empty")),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_organization_statistic_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_statistic")),
    )
    op.create_index(
        "ix_organization_statistic_2008", "organization_statistic", ["province_2008", "period_to"], unique=False
    )
    op.create_index(
        "ix_organization_statistic_2025", "organization_statistic", ["province_2025", "period_to"], unique=False
    )
    op.create_index("ix_organization_statistic_alliance_id", "organization_statistic", ["alliance", "id"], unique=False)
    op.create_index(
        "uq_organization_statistic_period",
        "organization_statistic",
        ["organization_id", "period_to", "period_from"],
        unique=True,
    )


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("uq_organization_statistic_period", table_name="organization_statistic")
    op.drop_index("ix_organization_statistic_alliance_id", table_name="organization_statistic")
    op.drop_index("ix_organization_statistic_2025", table_name="organization_statistic")
    op.drop_index("ix_organization_statistic_2008", table_name="organization_statistic")
    op.drop_table("organization_statistic")
