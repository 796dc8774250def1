"""entered by one, confirmed by a second person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "funds_0012"
down_revision = "funds_0011"
branch_labels = None
depends_on = None
# The version before counts what waits for its confirmation; indexes of large tables.
kind = "contract"

_CONFIRMED = ("capital_movement", "fund", "interest_reduction", "loan", "rescheduling", "write_off")
_MAY_COUNT = "coalesce(confirmation_state, 'confirmed') IN ('pending', 'confirmed')"


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
    op.create_index("ix_loan_contract_number", "loan", ["contract_number"], unique=False)
    op.create_index(
        "ix_loan_import_id", "loan", ["import_id"], unique=False, postgresql_where=sa.text("import_id IS NOT NULL")
    )
    op.add_column("rescheduling", sa.Column("confirmation_state", sa.String(), nullable=True))
    op.add_column("rescheduling", sa.Column("confirmation", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("write_off", sa.Column("confirmation_state", sa.String(), nullable=True))
    op.add_column("write_off", sa.Column("confirmation", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    for table in ("loan_application", "rescheduling"):
        op.add_column(table, sa.Column("entered_by_name", sa.String(), nullable=True))
    for table in _CONFIRMED:
        op.create_index(
            f"ix_{table}_pending", table, ["alliance"], postgresql_where=sa.text("confirmation_state = 'pending'")
        )
    _unique(_MAY_COUNT, f"reverses_id IS NOT NULL AND {_MAY_COUNT}")


def _unique(number: str | None, reversal: str) -> None:
    """Let one contract have a number, and one movement reverse another, as far as these conditions go."""
    op.drop_index("uq_loan_contract_number", table_name="loan")
    op.create_index(
        "uq_loan_contract_number",
        "loan",
        ["alliance", "contract_number"],
        unique=True,
        postgresql_where=None if number is None else sa.text(number),
    )
    op.drop_index("uq_capital_movement_reverses_id", table_name="capital_movement")
    op.create_index(
        "uq_capital_movement_reverses_id",
        "capital_movement",
        ["reverses_id"],
        unique=True,
        postgresql_where=sa.text(reversal),
    )


def downgrade() -> None:
    """Go one step down. What ended unconfirmed may have freed its contract number: then this refuses, and nothing is lost."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _unique(None, "reverses_id IS NOT NULL")
    for table in _CONFIRMED:
        op.drop_index(f"ix_{table}_pending", table_name=table)
    for table in ("rescheduling", "loan_application"):
        op.drop_column(table, "entered_by_name")
    op.drop_column("write_off", "confirmation")
    op.drop_column("write_off", "confirmation_state")
    op.drop_column("rescheduling", "confirmation")
    op.drop_column("rescheduling", "confirmation_state")
    op.drop_index("ix_loan_contract_number", table_name="loan")
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
