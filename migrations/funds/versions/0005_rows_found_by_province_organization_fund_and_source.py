"""rows found by province, organization, fund and source."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "funds_0005"
down_revision = "funds_0004"
branch_labels = None
depends_on = None
# Indexes of large tables, while their writers wait.
kind = "contract"

_INDEXES = (
    # Pages and figures of one province, asked for by the nation, on either map.
    ("ix_loan_province_2008", "loan", ("province_2008", "id")),
    ("ix_loan_province_2025", "loan", ("province_2025", "id")),
    ("ix_loan_application_province_2008", "loan_application", ("province_2008", "id")),
    ("ix_loan_application_province_2025", "loan_application", ("province_2025", "id")),
    ("ix_disbursement_province_2008", "disbursement", ("province_2008", "disbursed_on")),
    ("ix_disbursement_province_2025", "disbursement", ("province_2025", "disbursed_on")),
    # What an organization asks for, and what its members borrow.
    ("ix_loan_application_organization_id", "loan_application", ("organization_id",)),
    ("ix_borrower_beneficiary_organization_id", "borrower", ("beneficiary_organization_id",)),
    # Position and debt groups of one fund.
    ("ix_balance_statement_fund_id", "balance_statement", ("fund_id", "as_of")),
    ("ix_interest_reduction_fund_id", "interest_reduction", ("fund_id", "effective_on")),
    ("ix_rescheduling_fund_id", "rescheduling", ("fund_id", "effective_on")),
    ("ix_write_off_fund_id", "write_off", ("fund_id", "effective_on")),
    # Every reversal looks for what it takes back.
    ("ix_ledger_transaction_source_id", "ledger_transaction", ("source_id",)),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name, table, columns in _INDEXES:
        op.create_index(op.f(name), table, list(columns))
    op.create_index(
        op.f("ix_ledger_transaction_corrects_id"),
        "ledger_transaction",
        ["corrects_id"],
        postgresql_where=sa.text("corrects_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index(op.f("ix_ledger_transaction_corrects_id"), table_name="ledger_transaction")
    for name, table, _ in reversed(_INDEXES):
        op.drop_index(op.f(name), table_name=table)
