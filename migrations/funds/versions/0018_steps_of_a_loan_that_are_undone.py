"""steps of a loan that are undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "funds_0018"
down_revision = "funds_0017"
branch_labels = None
depends_on = None
# The version before counts write-offs that are reversed.
kind = "contract"


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "reversal",
        sa.Column("confirmation_state", sa.String(), nullable=True),
        sa.Column("confirmation", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("fund_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("loan_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reverses_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("moved", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name=op.f("fk_reversal_fund_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_reversal_loan_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reversal")),
    )
    op.create_index("ix_reversal_alliance_id", "reversal", ["alliance", "id"], unique=False)
    op.create_index("ix_reversal_loan_id", "reversal", ["loan_id", "id"], unique=False)
    op.create_index(
        "ix_reversal_pending",
        "reversal",
        ["alliance"],
        unique=False,
        postgresql_where=sa.text("confirmation_state = 'pending'"),
    )
    op.create_index("ix_reversal_reverses_id", "reversal", ["reverses_id"], unique=False)
    op.add_column("rescheduling", sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("rescheduling", sa.Column("reversed_by", sa.String(), nullable=True))
    op.add_column("rescheduling", sa.Column("reversal_reason", sa.String(), nullable=True))
    op.add_column("write_off", sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("write_off", sa.Column("reversed_by", sa.String(), nullable=True))
    op.add_column("write_off", sa.Column("reversal_reason", sa.String(), nullable=True))


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("write_off", "reversal_reason")
    op.drop_column("write_off", "reversed_by")
    op.drop_column("write_off", "reversed_at")
    op.drop_column("rescheduling", "reversal_reason")
    op.drop_column("rescheduling", "reversed_by")
    op.drop_column("rescheduling", "reversed_at")
    op.drop_index("ix_reversal_reverses_id", table_name="reversal")
    op.drop_index(
        "ix_reversal_pending", table_name="reversal", postgresql_where=sa.text("confirmation_state = 'pending'")
    )
    op.drop_index("ix_reversal_loan_id", table_name="reversal")
    op.drop_index("ix_reversal_alliance_id", table_name="reversal")
    op.drop_table("reversal")
