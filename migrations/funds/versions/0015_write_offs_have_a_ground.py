"""write-offs have a ground and a paper, interest stays recoverable."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "funds_0015"
down_revision = "funds_0014"
branch_labels = None
depends_on = None
# The version before writes off interest for good that stays recoverable now.
kind = "contract"


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("borrower", sa.Column("ended_as", sa.String(), nullable=True))
    op.add_column("borrower", sa.Column("ended_on", sa.Date(), nullable=True))
    op.add_column("write_off", sa.Column("interest_vnd", sa.BigInteger(), nullable=True))
    op.add_column("write_off", sa.Column("overdue_interest_vnd", sa.BigInteger(), nullable=True))
    op.add_column("write_off", sa.Column("ground", sa.String(), nullable=True))
    op.add_column(
        "write_off",
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    )
    # Of the few rows there are, all null: read in no time.
    op.create_check_constraint("interest_not_negative", "write_off", "least(interest_vnd, overdue_interest_vnd) >= 0")


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f("ck_write_off_interest_not_negative"), "write_off", type_="check")
    op.drop_column("write_off", "file_ids")
    op.drop_column("write_off", "ground")
    op.drop_column("write_off", "overdue_interest_vnd")
    op.drop_column("write_off", "interest_vnd")
    op.drop_column("borrower", "ended_on")
    op.drop_column("borrower", "ended_as")
