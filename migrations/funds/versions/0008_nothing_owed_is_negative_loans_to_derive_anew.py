"""nothing owed is negative, loans to derive anew.

What was paid or waived in a grace of interest stood on a row that asks for none. Such rows are put right here, and the
open loans that were derived by the rules of before are noted: the service derives each anew when it starts, books what
its repayments then pay otherwise as corrections, and strikes it off. Settled loans stay as they were settled.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "funds_0008"
down_revision = "funds_0007"
branch_labels = None
depends_on = None
# CHECKs that the version before runs against.
kind = "contract"

_PAID_WITHIN_DUE = """
    UPDATE loan_installment
       SET principal_vnd = greatest(principal_vnd, principal_paid_vnd),
           interest_vnd = greatest(interest_vnd, interest_paid_vnd + interest_waived_vnd)
     WHERE principal_vnd < principal_paid_vnd OR interest_vnd < interest_paid_vnd + interest_waived_vnd"""
# Graces, flat interest in arrears, interest on overdue interest, nominal rows, and schedules with terms of their own.
_TO_DERIVE = """
    INSERT INTO loan_to_derive (loan_id)
    SELECT id FROM loan l
     WHERE state IN ('disbursing', 'active') AND channel <> 'entrusted_out' AND starts_on IS NOT NULL
       AND ((terms ->> 'interest_grace')::int > 0 OR terms ->> 'method' = 'flat' OR terms ->> 'day_count' = 'none'
            OR overdue_interest_rate_percent::numeric > 0
            OR EXISTS (SELECT FROM rescheduling r WHERE r.loan_id = l.id AND r.state = 'approved'))"""


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "loan_to_derive",
        sa.Column("loan_id", sa.UUID(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_loan_to_derive_loan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("loan_id", name=op.f("pk_loan_to_derive")),
    )
    op.execute(_TO_DERIVE)
    op.execute(_PAID_WITHIN_DUE)
    op.create_check_constraint(
        op.f("ck_loan_installment_amounts_not_negative"),
        "loan_installment",
        "least(principal_vnd, interest_vnd, principal_paid_vnd, interest_paid_vnd, interest_waived_vnd) >= 0",
    )
    op.create_check_constraint(
        op.f("ck_loan_installment_paid_within_due"),
        "loan_installment",
        "principal_paid_vnd <= principal_vnd AND interest_paid_vnd + interest_waived_vnd <= interest_vnd",
    )
    op.create_check_constraint(
        op.f("ck_loan_sums_not_negative"),
        "loan",
        "least(interest_paid_vnd, overdue_interest_paid_vnd, held_vnd, written_off_vnd, recovered_vnd) >= 0",
    )


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f("ck_loan_sums_not_negative"), "loan")
    op.drop_constraint(op.f("ck_loan_installment_paid_within_due"), "loan_installment")
    op.drop_constraint(op.f("ck_loan_installment_amounts_not_negative"), "loan_installment")
    op.drop_table("loan_to_derive")
