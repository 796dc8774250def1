"""prepayments, cures and late tranches.

A repayment keeps what a prepayment does to the installments to come; those of before skip the next ones, as they did. A
tranche that is paid out after a new schedule is spread over its installments, so open loans with one are noted: the
service derives each anew when it starts, and books what its repayments then pay otherwise as corrections.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "funds_0017"
down_revision = "funds_0016"
branch_labels = None
depends_on = None
# The version before would derive the loans noted by its own rules, and strike them off.
kind = "contract"

# Settled loans stay as they were settled.
_TO_DERIVE = """
    INSERT INTO loan_to_derive (loan_id)
    SELECT id FROM loan l
     WHERE state IN ('disbursing', 'active') AND channel <> 'entrusted_out' AND starts_on IS NOT NULL
       AND EXISTS (SELECT FROM rescheduling r WHERE r.loan_id = l.id AND r.state = 'approved' AND r.kind <> 'early_recall')
        ON CONFLICT DO NOTHING"""


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("repayment", sa.Column("prepayment", sa.String(), server_default="keep", nullable=False))
    op.add_column("lending_rule", sa.Column("value_months", sa.Integer(), nullable=True))
    op.add_column("lending_rule", sa.Column("value_installments", sa.Integer(), nullable=True))
    op.execute(_TO_DERIVE)


def downgrade() -> None:
    """Go one step down: repayments skip installments again."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("lending_rule", "value_installments")
    op.drop_column("lending_rule", "value_months")
    op.drop_column("repayment", "prepayment")
