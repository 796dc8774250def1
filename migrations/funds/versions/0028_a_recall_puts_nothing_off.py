"""A recall puts off nothing that falls due before its day: open loans with one are derived anew.

The service derives each when it starts, and books what its repayments then pay otherwise as corrections.

Revision ID: funds_0028
Revises: funds_0027
"""

from __future__ import annotations

from alembic import op

revision = "funds_0028"
down_revision = "funds_0027"
branch_labels = None
depends_on = None
# The version before would derive the loans noted by its own rules, and strike them off.
kind = "contract"

# Settled loans stay as they were settled. Few loans are recalled: by ix_rescheduling_loan_id.
_TO_DERIVE = """
    INSERT INTO loan_to_derive (loan_id)
    SELECT id FROM loan l
     WHERE state IN ('disbursing', 'active') AND channel <> 'entrusted_out' AND starts_on IS NOT NULL
       AND EXISTS (SELECT FROM rescheduling r WHERE r.loan_id = l.id AND r.state = 'approved' AND r.kind = 'early_recall')
        ON CONFLICT DO NOTHING"""


def upgrade() -> None:
    """Go one step up."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(_TO_DERIVE)


def downgrade() -> None:
    """Go one step down: what was derived stays until the loan's next entry."""
    op.execute("SET LOCAL lock_timeout = '5s'")
