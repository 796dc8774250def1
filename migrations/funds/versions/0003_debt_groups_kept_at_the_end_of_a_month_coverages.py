"""debt groups kept at the end of a month, coverages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "funds_0003"
down_revision = "funds_0002"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "coverage",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("province", sa.String(), nullable=False),
        sa.Column("provinces_2008", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("record_types", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("covered_from", sa.Date(), nullable=False),
        sa.Column("covered_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.CheckConstraint(
            "covered_to IS NULL OR covered_to >= covered_from", name=op.f("ck_coverage_ends_after_start")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage")),
    )
    op.create_index("ix_coverage_alliance_id", "coverage", ["alliance", "id"], unique=False)
    op.create_table(
        "debt_classification",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("fund_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("minutes_number", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("groups", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("outstanding_vnd", sa.BigInteger(), nullable=False),
        sa.Column("npl_outstanding_vnd", sa.BigInteger(), nullable=False),
        sa.Column("provision_vnd", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["fund_id"], ["fund.id"], name=op.f("fk_debt_classification_fund_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_debt_classification")),
    )
    op.create_index("ix_debt_classification_alliance_id", "debt_classification", ["alliance", "id"], unique=False)
    op.create_index("uq_debt_classification_month", "debt_classification", ["fund_id", "as_of"], unique=True)
    op.create_table(
        "debt_classification_loan",
        sa.Column("debt_classification_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("loan_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("debt_group", sa.Integer(), nullable=False),
        sa.Column("days_overdue", sa.Integer(), nullable=False),
        sa.Column("reschedule_count", sa.Integer(), nullable=False),
        sa.Column("interest_reduced", sa.Boolean(), nullable=False),
        sa.Column("outstanding_vnd", sa.BigInteger(), nullable=False),
        sa.Column("deductible_vnd", sa.BigInteger(), nullable=False),
        sa.Column("provision_vnd", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["debt_classification_id"],
            ["debt_classification.id"],
            name=op.f("fk_debt_classification_loan_debt_classification_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["loan_id"], ["loan.id"], name=op.f("fk_debt_classification_loan_loan_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("debt_classification_id", "loan_id", name=op.f("pk_debt_classification_loan")),
    )


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("debt_classification_loan")
    op.drop_index("uq_debt_classification_month", table_name="debt_classification")
    op.drop_index("ix_debt_classification_alliance_id", table_name="debt_classification")
    op.drop_table("debt_classification")
    op.drop_index("ix_coverage_alliance_id", table_name="coverage")
    op.drop_table("coverage")
