"""loans, their entries and the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "funds_0002"
down_revision = "funds_0001"
branch_labels = None
depends_on = None
# An index and a foreign key of a table that was there, while its writers wait.
kind = "contract"


_APPEND_ONLY = ("ledger_transaction", "ledger_entry")

# A transaction's entries come in one statement, so each statement must balance for itself.
_BALANCED = (
    """
    CREATE FUNCTION ledger_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM added GROUP BY transaction_id HAVING sum(debit_vnd) <> sum(credit_vnd)) THEN
            RAISE EXCEPTION 'debits differ from credits' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END $$""",
    """
    CREATE TRIGGER ledger_entry_balanced AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_balanced()""",
)

# The lock waits for a closure that is being written, so that nothing is booked behind it.
_OPEN_PERIOD = (
    """
    CREATE FUNCTION ledger_open_period() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        closed date;
    BEGIN
        PERFORM 1 FROM fund WHERE id = NEW.fund_id FOR KEY SHARE;
        SELECT max(closed_until) INTO closed FROM ledger_closure WHERE fund_id = NEW.fund_id;
        IF closed >= NEW.booked_on THEN
            RAISE EXCEPTION 'the period is closed' USING ERRCODE = 'VC001', DETAIL = closed::text;
        END IF;
        RETURN NEW;
    END $$""",
    """
    CREATE TRIGGER ledger_transaction_open_period BEFORE INSERT ON ledger_transaction
        FOR EACH ROW EXECUTE FUNCTION ledger_open_period()""",
)


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "ledger_closure",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("fund_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("closed_until", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name=op.f("fk_ledger_closure_fund_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_closure")),
    )
    op.create_index("ix_ledger_closure_alliance_id", "ledger_closure", ["alliance", "id"], unique=False)
    op.create_index("uq_ledger_closure_fund", "ledger_closure", ["fund_id", "closed_until"], unique=True)
    op.create_table(
        "loan",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("fund_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("loan_application_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("loan_product_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("borrower_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("borrower_name", sa.String(), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("contract_number", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("own_risk", sa.Boolean(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("principal_vnd", sa.BigInteger(), nullable=False),
        sa.Column("annual_rate_percent", sa.String(), nullable=False),
        sa.Column("overdue_rate_percent_of_rate", sa.String(), nullable=False),
        sa.Column("overdue_interest_rate_percent", sa.String(), nullable=False),
        sa.Column(
            "repayment_order", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("dues", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("last_due_on", sa.Date(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("report_sector", sa.String(), nullable=True),
        sa.Column("total_cost_vnd", sa.BigInteger(), nullable=True),
        sa.Column("own_capital_vnd", sa.BigInteger(), nullable=True),
        sa.Column("cofinancing_vnd", sa.BigInteger(), nullable=True),
        sa.Column("jobs", sa.Integer(), nullable=True),
        sa.Column("expected_results", sa.String(), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("commune_code", sa.String(), nullable=False),
        sa.Column("commune_map", sa.String(), nullable=False),
        sa.Column("province_2008", sa.String(), nullable=False),
        sa.Column("province_2025", sa.String(), nullable=False),
        sa.Column("opening", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("drawing_closed_on", sa.Date(), nullable=True),
        sa.Column("disbursed_vnd", sa.BigInteger(), nullable=False),
        sa.Column("outstanding_vnd", sa.BigInteger(), nullable=False),
        sa.Column("interest_paid_vnd", sa.BigInteger(), nullable=False),
        sa.Column("overdue_interest_paid_vnd", sa.BigInteger(), nullable=False),
        sa.Column("held_vnd", sa.BigInteger(), nullable=False),
        sa.Column("written_off_vnd", sa.BigInteger(), nullable=False),
        sa.Column("recovered_vnd", sa.BigInteger(), nullable=False),
        sa.Column("reschedule_count", sa.Integer(), nullable=False),
        sa.Column("settlement", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.CheckConstraint("disbursed_vnd <= principal_vnd", name=op.f("ck_loan_disbursed_within_contract")),
        sa.CheckConstraint(
            "outstanding_vnd BETWEEN 0 AND disbursed_vnd", name=op.f("ck_loan_outstanding_within_disbursed")
        ),
        sa.CheckConstraint("principal_vnd > 0", name=op.f("ck_loan_principal_positive")),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrower.id"], name=op.f("fk_loan_borrower_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name=op.f("fk_loan_fund_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["loan_application_id"],
            ["loan_application.id"],
            name=op.f("fk_loan_loan_application_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["loan_product_id"], ["loan_product.id"], name=op.f("fk_loan_loan_product_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan")),
    )
    op.create_index("ix_loan_alliance_id", "loan", ["alliance", "id"], unique=False)
    op.create_index("ix_loan_borrower_id", "loan", ["borrower_id"], unique=False)
    op.create_index("ix_loan_fund_id", "loan", ["fund_id", "id"], unique=False)
    op.create_index("ix_loan_organization_id", "loan", ["organization_id"], unique=False)
    op.create_index("ix_loan_starts_on", "loan", ["alliance", "starts_on", "id"], unique=False)
    op.create_index(
        "uq_loan_application",
        "loan",
        ["loan_application_id"],
        unique=True,
        postgresql_where=sa.text("loan_application_id IS NOT NULL"),
    )
    op.create_index("uq_loan_contract_number", "loan", ["alliance", "contract_number"], unique=True)
    op.create_table(
        "balance_statement",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("fund_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("loan_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("outstanding_vnd", sa.BigInteger(), nullable=False),
        sa.Column("overdue_principal_vnd", sa.BigInteger(), nullable=False),
        sa.Column("overdue_since", sa.Date(), nullable=True),
        sa.Column("interest_collected_vnd", sa.BigInteger(), nullable=True),
        sa.Column("document_number", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.CheckConstraint(
            "outstanding_vnd >= 0 AND overdue_principal_vnd BETWEEN 0 AND outstanding_vnd",
            name=op.f("ck_balance_statement_overdue_within_outstanding"),
        ),
        sa.ForeignKeyConstraint(
            ["fund_id"], ["fund.id"], name=op.f("fk_balance_statement_fund_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["loan_id"], ["loan.id"], name=op.f("fk_balance_statement_loan_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_balance_statement")),
    )
    op.create_index("ix_balance_statement_alliance_id", "balance_statement", ["alliance", "id"], unique=False)
    op.create_index("uq_balance_statement_day", "balance_statement", ["loan_id", "as_of"], unique=True)
    op.create_table(
        "collection_action",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("fund_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("loan_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("document_number", sa.String(), nullable=True),
        sa.Column("promise", sa.String(), nullable=True),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("amount_vnd", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["fund_id"], ["fund.id"], name=op.f("fk_collection_action_fund_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["loan_id"], ["loan.id"], name=op.f("fk_collection_action_loan_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_action")),
    )
    op.create_index("ix_collection_action_alliance_id", "collection_action", ["alliance", "id"], unique=False)
    op.create_index("ix_collection_action_loan_id", "collection_action", ["loan_id", "done_on"], unique=False)
    op.create_table(
        "disbursement",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("fund_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("loan_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger(), nullable=False),
        sa.Column("disbursed_on", sa.Date(), nullable=False),
        sa.Column("payment_channel", sa.String(), nullable=False),
        sa.Column("voucher_number", sa.String(), nullable=True),
        sa.Column("bad_debt_check", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("province_2008", sa.String(), nullable=False),
        sa.Column("province_2025", sa.String(), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_by", sa.String(), nullable=True),
        sa.Column("reversal_reason", sa.String(), nullable=True),
        sa.CheckConstraint("amount_vnd > 0", name=op.f("ck_disbursement_amount_positive")),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name=op.f("fk_disbursement_fund_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_disbursement_loan_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disbursement")),
    )
    op.create_index("ix_disbursement_alliance_id", "disbursement", ["alliance", "id"], unique=False)
    op.create_index("ix_disbursement_disbursed_on", "disbursement", ["disbursed_on"], unique=False)
    op.create_index("ix_disbursement_fund_id", "disbursement", ["fund_id", "disbursed_on"], unique=False)
    op.create_index("ix_disbursement_loan_id", "disbursement", ["loan_id", "disbursed_on"], unique=False)
    op.create_table(
        "interest_reduction",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("fund_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("loan_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("interest_vnd", sa.BigInteger(), nullable=False),
        sa.Column("overdue_interest_vnd", sa.BigInteger(), nullable=False),
        sa.Column("for_inability", sa.Boolean(), nullable=False),
        sa.Column("decision_number", sa.String(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_by", sa.String(), nullable=True),
        sa.Column("reversal_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "interest_vnd + overdue_interest_vnd > 0", name=op.f("ck_interest_reduction_something_reduced")
        ),
        sa.CheckConstraint(
            "least(interest_vnd, overdue_interest_vnd) >= 0", name=op.f("ck_interest_reduction_parts_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["fund_id"], ["fund.id"], name=op.f("fk_interest_reduction_fund_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["loan_id"], ["loan.id"], name=op.f("fk_interest_reduction_loan_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_reduction")),
    )
    op.create_index("ix_interest_reduction_alliance_id", "interest_reduction", ["alliance", "id"], unique=False)
    op.create_index("ix_interest_reduction_loan_id", "interest_reduction", ["loan_id", "effective_on"], unique=False)
    op.create_table(
        "ledger_transaction",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("fund_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("loan_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("source_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("corrects_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("memo", sa.String(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["fund_id"], ["fund.id"], name=op.f("fk_ledger_transaction_fund_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["loan_id"], ["loan.id"], name=op.f("fk_ledger_transaction_loan_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_transaction")),
    )
    op.create_index("ix_ledger_transaction_alliance_id", "ledger_transaction", ["alliance", "id"], unique=False)
    op.create_index("ix_ledger_transaction_fund_id", "ledger_transaction", ["fund_id", "booked_on", "id"], unique=False)
    op.create_index("ix_ledger_transaction_loan_id", "ledger_transaction", ["loan_id"], unique=False)
    op.create_table(
        "loan_installment",
        sa.Column("loan_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("principal_vnd", sa.BigInteger(), nullable=False),
        sa.Column("interest_vnd", sa.BigInteger(), nullable=False),
        sa.Column("principal_paid_vnd", sa.BigInteger(), nullable=False),
        sa.Column("interest_paid_vnd", sa.BigInteger(), nullable=False),
        sa.Column("interest_waived_vnd", sa.BigInteger(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("replaced", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["loan_id"], ["loan.id"], name=op.f("fk_loan_installment_loan_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("loan_id", "number", name=op.f("pk_loan_installment")),
    )
    op.create_index("ix_loan_installment_due_on", "loan_installment", ["due_on"], unique=False)
    op.create_table(
        "repayment",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("fund_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("loan_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("payment_channel", sa.String(), nullable=False),
        sa.Column("voucher_number", sa.String(), nullable=True),
        sa.Column("payer", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("excess", sa.String(), nullable=False),
        sa.Column("principal_vnd", sa.BigInteger(), nullable=False),
        sa.Column("interest_vnd", sa.BigInteger(), nullable=False),
        sa.Column("overdue_interest_vnd", sa.BigInteger(), nullable=False),
        sa.Column("held_vnd", sa.BigInteger(), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_by", sa.String(), nullable=True),
        sa.Column("reversal_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "amount_vnd = principal_vnd + interest_vnd + overdue_interest_vnd + held_vnd",
            name=op.f("ck_repayment_split_is_whole"),
        ),
        sa.CheckConstraint("amount_vnd > 0", name=op.f("ck_repayment_amount_positive")),
        sa.CheckConstraint(
            "least(principal_vnd, interest_vnd, overdue_interest_vnd, held_vnd) >= 0",
            name=op.f("ck_repayment_parts_not_negative"),
        ),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name=op.f("fk_repayment_fund_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_repayment_loan_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repayment")),
    )
    op.create_index("ix_repayment_alliance_id", "repayment", ["alliance", "id"], unique=False)
    op.create_index("ix_repayment_fund_id", "repayment", ["fund_id", "paid_on"], unique=False)
    op.create_index("ix_repayment_loan_id", "repayment", ["loan_id", "paid_on"], unique=False)
    op.create_table(
        "rescheduling",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("fund_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("loan_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("annual_rate_percent", sa.String(), nullable=True),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("dues", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("request_reason", sa.String(), nullable=False),
        sa.Column("decision_number", sa.String(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("rejection_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name=op.f("fk_rescheduling_fund_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_rescheduling_loan_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rescheduling")),
    )
    op.create_index("ix_rescheduling_alliance_id", "rescheduling", ["alliance", "id"], unique=False)
    op.create_index("ix_rescheduling_loan_id", "rescheduling", ["loan_id", "effective_on"], unique=False)
    op.create_table(
        "use_check",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("fund_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("loan_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("finding", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("minutes_number", sa.String(), nullable=True),
        sa.Column("checked_by", sa.String(), nullable=True),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name=op.f("fk_use_check_fund_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_use_check_loan_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_use_check")),
    )
    op.create_index("ix_use_check_alliance_id", "use_check", ["alliance", "id"], unique=False)
    op.create_index("ix_use_check_loan_id", "use_check", ["loan_id", "due_on"], unique=False)
    op.create_table(
        "write_off",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("fund_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("loan_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger(), nullable=False),
        sa.Column("decision_number", sa.String(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.CheckConstraint("amount_vnd >= 0", name=op.f("ck_write_off_amount_not_negative")),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name=op.f("fk_write_off_fund_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_write_off_loan_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_write_off")),
    )
    op.create_index("ix_write_off_alliance_id", "write_off", ["alliance", "id"], unique=False)
    op.create_index("ix_write_off_loan_id", "write_off", ["loan_id", "effective_on"], unique=False)
    op.create_table(
        "ledger_entry",
        sa.Column("transaction_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("fund_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("debit_vnd", sa.BigInteger(), nullable=False),
        sa.Column("credit_vnd", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "least(debit_vnd, credit_vnd) = 0 AND greatest(debit_vnd, credit_vnd) > 0",
            name=op.f("ck_ledger_entry_one_side"),
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transaction.id"],
            name=op.f("fk_ledger_entry_transaction_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("transaction_id", "line", name=op.f("pk_ledger_entry")),
    )
    op.create_index("ix_ledger_entry_account", "ledger_entry", ["fund_id", "account", "booked_on"], unique=False)
    op.create_index("ix_ledger_entry_fund_number", "ledger_entry", ["fund_id", "number"], unique=False)
    op.create_index("uq_ledger_entry_number", "ledger_entry", ["number"], unique=True)
    op.add_column("collateral", sa.Column("loan_id", sa.UUID(as_uuid=False), nullable=True))
    op.create_index("ix_collateral_loan_id", "collateral", ["loan_id"], unique=False)
    op.create_foreign_key(op.f("fk_collateral_loan_id"), "collateral", "loan", ["loan_id"], ["id"], ondelete="RESTRICT")
    for statement in (*_BALANCED, *_OPEN_PERIOD):
        op.execute(statement)
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER ledger_entry_balanced ON ledger_entry")
    op.execute("DROP TRIGGER ledger_transaction_open_period ON ledger_transaction")
    for table in _APPEND_ONLY:
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute("DROP FUNCTION ledger_balanced()")
    op.execute("DROP FUNCTION ledger_open_period()")
    op.drop_constraint(op.f("fk_collateral_loan_id"), "collateral", type_="foreignkey")
    op.drop_index("ix_collateral_loan_id", table_name="collateral")
    op.drop_column("collateral", "loan_id")
    op.drop_index("uq_ledger_entry_number", table_name="ledger_entry")
    op.drop_index("ix_ledger_entry_fund_number", table_name="ledger_entry")
    op.drop_index("ix_ledger_entry_account", table_name="ledger_entry")
    op.drop_table("ledger_entry")
    op.drop_index("ix_write_off_loan_id", table_name="write_off")
    op.drop_index("ix_write_off_alliance_id", table_name="write_off")
    op.drop_table("write_off")
    op.drop_index("ix_use_check_loan_id", table_name="use_check")
    op.drop_index("ix_use_check_alliance_id", table_name="use_check")
    op.drop_table("use_check")
    op.drop_index("ix_rescheduling_loan_id", table_name="rescheduling")
    op.drop_index("ix_rescheduling_alliance_id", table_name="rescheduling")
    op.drop_table("rescheduling")
    op.drop_index("ix_repayment_loan_id", table_name="repayment")
    op.drop_index("ix_repayment_fund_id", table_name="repayment")
    op.drop_index("ix_repayment_alliance_id", table_name="repayment")
    op.drop_table("repayment")
    op.drop_index("ix_loan_installment_due_on", table_name="loan_installment")
    op.drop_table("loan_installment")
    op.drop_index("ix_ledger_transaction_loan_id", table_name="ledger_transaction")
    op.drop_index("ix_ledger_transaction_fund_id", table_name="ledger_transaction")
    op.drop_index("ix_ledger_transaction_alliance_id", table_name="ledger_transaction")
    op.drop_table("ledger_transaction")
    op.drop_index("ix_interest_reduction_loan_id", table_name="interest_reduction")
    op.drop_index("ix_interest_reduction_alliance_id", table_name="interest_reduction")
    op.drop_table("interest_reduction")
    op.drop_index("ix_disbursement_loan_id", table_name="disbursement")
    op.drop_index("ix_disbursement_fund_id", table_name="disbursement")
    op.drop_index("ix_disbursement_disbursed_on", table_name="disbursement")
    op.drop_index("ix_disbursement_alliance_id", table_name="disbursement")
    op.drop_table("disbursement")
    op.drop_index("ix_collection_action_loan_id", table_name="collection_action")
    op.drop_index("ix_collection_action_alliance_id", table_name="collection_action")
    op.drop_table("collection_action")
    op.drop_index("uq_balance_statement_day", table_name="balance_statement")
    op.drop_index("ix_balance_statement_alliance_id", table_name="balance_statement")
    op.drop_table("balance_statement")
    op.drop_index("uq_loan_contract_number", table_name="loan")
    op.drop_index("uq_loan_application", table_name="loan", postgresql_where=sa.text("loan_application_id IS NOT NULL"))
    op.drop_index("ix_loan_starts_on", table_name="loan")
    op.drop_index("ix_loan_organization_id", table_name="loan")
    op.drop_index("ix_loan_fund_id", table_name="loan")
    op.drop_index("ix_loan_borrower_id", table_name="loan")
    op.drop_index("ix_loan_alliance_id", table_name="loan")
    op.drop_table("loan")
    op.drop_index("uq_ledger_closure_fund", table_name="ledger_closure")
    op.drop_index("ix_ledger_closure_alliance_id", table_name="ledger_closure")
    op.drop_table("ledger_closure")
