"""entered by one, confirmed by a second person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "funds_0011"
down_revision = "funds_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("capital_movement", sa.Column("confirmation_state", sa.String(), nullable=True))
    op.add_column("capital_movement", sa.Column("confirmation", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("fund", sa.Column("confirmation_state", sa.String(), nullable=True))
    op.add_column("fund", sa.Column("confirmation", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("fund", sa.Column("opening_until", sa.Date(), nullable=True))
    op.add_column("fund", sa.Column("pending_opening_until", sa.Date(), nullable=True))
    op.add_column("interest_reduction", sa.Column("confirmation_state", sa.String(), nullable=True))
    op.add_column(
        "interest_reduction", sa.Column("confirmation", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    )
    op.add_column("loan", sa.Column("confirmation_state", sa.String(), nullable=True))
    op.add_column("loan", sa.Column("confirmation", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("loan", sa.Column("import_id", sa.UUID(as_uuid=False), nullable=True))
    op.create_index(
        "ix_loan_import_id", "loan", ["import_id"], unique=False, postgresql_where=sa.text("import_id IS NOT NULL")
    )
    op.add_column("rescheduling", sa.Column("confirmation_state", sa.String(), nullable=True))
    op.add_column("rescheduling", sa.Column("confirmation", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("write_off", sa.Column("confirmation_state", sa.String(), nullable=True))
    op.add_column("write_off", sa.Column("confirmation", postgresql.JSONB(astext_type=sa.Text()), nullable=True))


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("write_off", "confirmation")
    op.drop_column("write_off", "confirmation_state")
    op.drop_column("rescheduling", "confirmation")
    op.drop_column("rescheduling", "confirmation_state")
    op.drop_index("ix_loan_import_id", table_name="loan", postgresql_where=sa.text("import_id IS NOT NULL"))
    op.drop_column("loan", "import_id")
    op.drop_column("loan", "confirmation")
    op.drop_column("loan", "confirmation_state")
    op.drop_column("interest_reduction", "confirmation")
    op.drop_column("interest_reduction", "confirmation_state")
    op.drop_column("fund", "pending_opening_until")
    op.drop_column("fund", "opening_until")
    op.drop_column("fund", "confirmation")
    op.drop_column("fund", "confirmation_state")
    op.drop_column("capital_movement", "confirmation")
    op.drop_column("capital_movement", "confirmation_state")
