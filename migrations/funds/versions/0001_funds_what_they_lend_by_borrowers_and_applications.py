"""funds, what they lend by, borrowers and applications."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kernel.database.tables import Xid8
from migrations.ddl import append_only, begin_feed, drop_append_only

revision = "funds_0001"
down_revision = None
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "audit",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("alliance", sa.Text(), nullable=True),
        sa.Column("resource_type", sa.Text(), nullable=True),
        sa.Column("resource_id", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_alliance_occurred_at", "audit", ["alliance", "occurred_at"], unique=False)
    op.create_table(
        "borrower",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_folded", sa.String(), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("organization_code", sa.String(), nullable=True),
        sa.Column("beneficiary_organization_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("beneficiary_organization_name", sa.String(), nullable=True),
        sa.Column("beneficiary_kind", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("commune_code", sa.String(), nullable=True),
        sa.Column("commune_map", sa.String(), nullable=True),
        sa.Column("province_2008", sa.String(), nullable=True),
        sa.Column("province_2025", sa.String(), nullable=True),
        sa.Column("phone_last4", sa.String(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id_number_last4", sa.String(), nullable=True),
        sa.Column("id_number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id_number_mark", sa.String(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_borrower")),
    )
    op.create_index("ix_borrower_alliance_id", "borrower", ["alliance", "id"], unique=False)
    op.create_index("ix_borrower_organization_id", "borrower", ["organization_id"], unique=False)
    op.create_index(
        "uq_borrower_id_number",
        "borrower",
        ["alliance", "id_number_mark"],
        unique=True,
        postgresql_where=sa.text("id_number_mark IS NOT NULL"),
    )
    op.create_index(
        "uq_borrower_organization",
        "borrower",
        ["alliance", "organization_id"],
        unique=True,
        postgresql_where=sa.text("organization_id IS NOT NULL"),
    )
    op.create_table(
        "borrower_group",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_folded", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_borrower_group")),
    )
    op.create_index("ix_borrower_group_alliance_id", "borrower_group", ["alliance", "id"], unique=False)
    op.create_table(
        "change",
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("resource_version", sa.Integer(), nullable=False),
        sa.Column("alliance", sa.Text(), nullable=False),
        sa.Column("changed", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("merged_into", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("xid", "seq", name=op.f("pk_change")),
    )
    op.create_index("ix_change_alliance_xid_seq", "change", ["alliance", "xid", "seq"], unique=False)
    op.create_table(
        "feed_epoch",
        sa.Column("only", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("only", name=op.f("pk_feed_epoch")),
    )
    op.create_table(
        "file",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("alliance", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
    )
    op.create_index("ix_file_created_at", "file", ["created_at"], unique=False)
    op.create_index("ix_file_sha256", "file", ["sha256"], unique=False)
    op.create_table(
        "fund",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_folded", sa.String(), nullable=False),
        sa.Column("operating_model", sa.String(), nullable=False),
        sa.Column("legal_form", sa.String(), nullable=False),
        sa.Column("legal_basis", sa.String(), nullable=True),
        sa.Column("alliance_label", sa.String(), nullable=True),
        sa.Column("province", sa.String(), nullable=False),
        sa.Column("licence_number", sa.String(), nullable=True),
        sa.Column("licensed_on", sa.Date(), nullable=True),
        sa.Column("established_on", sa.Date(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("charter_capital_vnd", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint("charter_capital_vnd >= 0", name=op.f("ck_fund_charter_capital_not_negative")),
        sa.CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_fund_ends_after_start")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund")),
    )
    op.create_index("ix_fund_alliance_id", "fund", ["alliance", "id"], unique=False)
    op.create_table(
        "history",
        sa.Column("resource_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("alliance", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("changed", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("input_hash", sa.LargeBinary(), nullable=True),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("resource_type", "resource_id", "version", name=op.f("pk_history")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_index("ix_idempotency_key_created_at", "idempotency_key", ["created_at"], unique=False)
    op.create_table(
        "job",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("progress_percent", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("request", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("problem", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index(
        "ix_job_waiting",
        "job",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_table(
        "borrower_group_member",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("borrower_group_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("borrower_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("relation", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_borrower_group_member_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["borrower_group_id"],
            ["borrower_group.id"],
            name=op.f("fk_borrower_group_member_borrower_group_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrower.id"], name=op.f("fk_borrower_group_member_borrower_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_borrower_group_member")),
    )
    op.create_index("ix_borrower_group_member_alliance_id", "borrower_group_member", ["alliance", "id"], unique=False)
    op.create_index("ix_borrower_group_member_borrower_id", "borrower_group_member", ["borrower_id"], unique=False)
    op.create_index("ix_borrower_group_member_group_id", "borrower_group_member", ["borrower_group_id"], unique=False)
    op.create_table(
        "capital_movement",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("fund_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger(), nullable=False),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column("decision_number", sa.String(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("budget_year", sa.Integer(), nullable=True),
        sa.Column("counterparty", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("reverses_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("reversed_by_id", sa.UUID(as_uuid=False), nullable=True),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_capital_movement_direction")),
        sa.CheckConstraint("stage IN ('allocated', 'received')", name=op.f("ck_capital_movement_stage")),
        sa.CheckConstraint("amount_vnd > 0", name=op.f("ck_capital_movement_amount_positive")),
        sa.ForeignKeyConstraint(
            ["fund_id"], ["fund.id"], name=op.f("fk_capital_movement_fund_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["capital_movement.id"], name=op.f("fk_capital_movement_reverses_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capital_movement")),
    )
    op.create_index("ix_capital_movement_alliance_id", "capital_movement", ["alliance", "id"], unique=False)
    op.create_index("ix_capital_movement_fund_id", "capital_movement", ["fund_id", "moved_on"], unique=False)
    op.create_index(
        "uq_capital_movement_reverses_id",
        "capital_movement",
        ["reverses_id"],
        unique=True,
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )
    op.create_table(
        "lending_rule",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("fund_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("value_percent", sa.String(), nullable=True),
        sa.Column("value_days", sa.Integer(), nullable=True),
        sa.Column("amount_up_to_vnd", sa.BigInteger(), nullable=True),
        sa.Column("authority", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("legal_basis", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.CheckConstraint("amount_up_to_vnd >= 0", name=op.f("ck_lending_rule_amount_not_negative")),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_lending_rule_ends_after_start")
        ),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name=op.f("fk_lending_rule_fund_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lending_rule")),
    )
    op.create_index("ix_lending_rule_alliance_id", "lending_rule", ["alliance", "id"], unique=False)
    op.create_index("ix_lending_rule_rule", "lending_rule", ["rule", "valid_from"], unique=False)
    op.create_table(
        "loan_product",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("fund_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column(
            "borrower_kinds", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("annual_rate_percent", sa.String(), nullable=True),
        sa.Column("rate_as_quoted", sa.String(), nullable=True),
        sa.Column("rate_quoted_per", sa.String(), nullable=True),
        sa.Column("overdue_rate_percent_of_rate", sa.String(), nullable=True),
        sa.Column("overdue_interest_rate_percent", sa.String(), nullable=True),
        sa.Column("term_min_months", sa.Integer(), nullable=True),
        sa.Column("term_max_months", sa.Integer(), nullable=True),
        sa.Column("method", sa.String(), nullable=True),
        sa.Column("interval", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("principal_every", sa.Integer(), nullable=False),
        sa.Column("principal_grace", sa.Integer(), nullable=False),
        sa.Column("interest_grace", sa.Integer(), nullable=False),
        sa.Column("interest_free", sa.Integer(), nullable=False),
        sa.Column("day_count", sa.String(), nullable=False),
        sa.Column("holiday_rule", sa.String(), nullable=False),
        sa.Column("round_installment_to_vnd", sa.BigInteger(), nullable=True),
        sa.Column(
            "repayment_order", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("security", sa.String(), nullable=False),
        sa.Column("security_note", sa.String(), nullable=True),
        sa.Column("own_capital_minimum_percent", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("legal_basis", sa.String(), nullable=True),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_loan_product_ends_after_start")
        ),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name=op.f("fk_loan_product_fund_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_product")),
    )
    op.create_index("ix_loan_product_alliance_id", "loan_product", ["alliance", "id"], unique=False)
    op.create_index("uq_loan_product_code", "loan_product", ["alliance", "code"], unique=True)
    op.create_table(
        "loan_application",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("fund_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("loan_product_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("borrower_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("borrower_name", sa.String(), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("application_number", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=False),
        sa.Column("requested_amount_vnd", sa.BigInteger(), nullable=False),
        sa.Column("requested_term_months", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("report_sector", sa.String(), nullable=True),
        sa.Column("total_cost_vnd", sa.BigInteger(), nullable=False),
        sa.Column("own_capital_vnd", sa.BigInteger(), nullable=False),
        sa.Column("cofinancing_vnd", sa.BigInteger(), nullable=False),
        sa.Column("jobs", sa.Integer(), nullable=True),
        sa.Column("commune_code", sa.String(), nullable=False),
        sa.Column("commune_map", sa.String(), nullable=False),
        sa.Column("province_2008", sa.String(), nullable=False),
        sa.Column("province_2025", sa.String(), nullable=False),
        sa.Column("expected_results", sa.String(), nullable=True),
        sa.Column("documents", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("appraisal", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("approval", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("rejection", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("withdrawal", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("approved_amount_vnd", sa.BigInteger(), nullable=True),
        sa.Column("approved_term_months", sa.Integer(), nullable=True),
        sa.Column("approved_annual_rate_percent", sa.String(), nullable=True),
        sa.Column("commitment_ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('approved', 'contracted')) <= (approved_amount_vnd IS NOT NULL)",
            name=op.f("ck_loan_application_approved_has_amount"),
        ),
        sa.CheckConstraint("approved_amount_vnd > 0", name=op.f("ck_loan_application_approved_positive")),
        sa.CheckConstraint("requested_amount_vnd > 0", name=op.f("ck_loan_application_requested_positive")),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrower.id"], name=op.f("fk_loan_application_borrower_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["fund_id"], ["fund.id"], name=op.f("fk_loan_application_fund_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["loan_product_id"],
            ["loan_product.id"],
            name=op.f("fk_loan_application_loan_product_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_application")),
    )
    op.create_index("ix_loan_application_alliance_id", "loan_application", ["alliance", "id"], unique=False)
    op.create_index("ix_loan_application_borrower_id", "loan_application", ["borrower_id"], unique=False)
    op.create_index("ix_loan_application_fund_id", "loan_application", ["fund_id", "state"], unique=False)
    op.create_index(
        "uq_loan_application_number",
        "loan_application",
        ["alliance", "application_number"],
        unique=True,
        postgresql_where=sa.text("application_number IS NOT NULL"),
    )
    op.create_table(
        "collateral",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("loan_application_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("borrower_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("owner_name", sa.String(), nullable=False),
        sa.Column("certificate_number", sa.String(), nullable=True),
        sa.Column("value_vnd", sa.BigInteger(), nullable=False),
        sa.Column("deductible_value_vnd", sa.BigInteger(), nullable=False),
        sa.Column("valued_on", sa.Date(), nullable=True),
        sa.Column("registration_number", sa.String(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.CheckConstraint(
            "deductible_value_vnd BETWEEN 0 AND value_vnd", name=op.f("ck_collateral_deductible_within_value")
        ),
        sa.CheckConstraint(
            "released_on IS NULL OR registered_on IS NULL OR released_on >= registered_on",
            name=op.f("ck_collateral_released_after_registered"),
        ),
        sa.CheckConstraint("value_vnd >= 0", name=op.f("ck_collateral_value_not_negative")),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrower.id"], name=op.f("fk_collateral_borrower_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["loan_application_id"],
            ["loan_application.id"],
            name=op.f("fk_collateral_loan_application_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collateral")),
    )
    op.create_index("ix_collateral_alliance_id", "collateral", ["alliance", "id"], unique=False)
    op.create_index("ix_collateral_loan_application_id", "collateral", ["loan_application_id"], unique=False)
    begin_feed()
    append_only("audit", "history")
    # A movement may learn what reversed it; what it says stands.
    op.execute(
        "CREATE TRIGGER capital_movement_append_only BEFORE DELETE OR UPDATE OF fund_id, kind, stage, direction, "
        "amount_vnd, moved_on, reverses_id ON capital_movement FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER capital_movement_append_only ON capital_movement")
    drop_append_only("audit", "history")
    op.drop_index("ix_collateral_loan_application_id", table_name="collateral")
    op.drop_index("ix_collateral_alliance_id", table_name="collateral")
    op.drop_table("collateral")
    op.drop_index(
        "uq_loan_application_number",
        table_name="loan_application",
        postgresql_where=sa.text("application_number IS NOT NULL"),
    )
    op.drop_index("ix_loan_application_fund_id", table_name="loan_application")
    op.drop_index("ix_loan_application_borrower_id", table_name="loan_application")
    op.drop_index("ix_loan_application_alliance_id", table_name="loan_application")
    op.drop_table("loan_application")
    op.drop_index("uq_loan_product_code", table_name="loan_product")
    op.drop_index("ix_loan_product_alliance_id", table_name="loan_product")
    op.drop_table("loan_product")
    op.drop_index("ix_lending_rule_rule", table_name="lending_rule")
    op.drop_index("ix_lending_rule_alliance_id", table_name="lending_rule")
    op.drop_table("lending_rule")
    op.drop_index(
        "uq_capital_movement_reverses_id",
        table_name="capital_movement",
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )
    op.drop_index("ix_capital_movement_fund_id", table_name="capital_movement")
    op.drop_index("ix_capital_movement_alliance_id", table_name="capital_movement")
    op.drop_table("capital_movement")
    op.drop_index("ix_borrower_group_member_group_id", table_name="borrower_group_member")
    op.drop_index("ix_borrower_group_member_borrower_id", table_name="borrower_group_member")
    op.drop_index("ix_borrower_group_member_alliance_id", table_name="borrower_group_member")
    op.drop_table("borrower_group_member")
    op.drop_index("ix_job_waiting", table_name="job", postgresql_where=sa.text("state IN ('queued', 'running')"))
    op.drop_table("job")
    op.drop_index("ix_idempotency_key_created_at", table_name="idempotency_key")
    op.drop_table("idempotency_key")
    op.drop_table("history")
    op.drop_index("ix_fund_alliance_id", table_name="fund")
    op.drop_table("fund")
    op.drop_index("ix_file_sha256", table_name="file")
    op.drop_index("ix_file_created_at", table_name="file")
    op.drop_table("file")
    op.drop_table("feed_epoch")
    op.drop_index("ix_change_alliance_xid_seq", table_name="change")
    op.drop_table("change")
    op.drop_index("ix_borrower_group_alliance_id", table_name="borrower_group")
    op.drop_table("borrower_group")
    op.drop_index(
        "uq_borrower_organization", table_name="borrower", postgresql_where=sa.text("organization_id IS NOT NULL")
    )
    op.drop_index(
        "uq_borrower_id_number", table_name="borrower", postgresql_where=sa.text("id_number_mark IS NOT NULL")
    )
    op.drop_index("ix_borrower_organization_id", table_name="borrower")
    op.drop_index("ix_borrower_alliance_id", table_name="borrower")
    op.drop_table("borrower")
    op.drop_index("ix_audit_alliance_occurred_at", table_name="audit")
    op.drop_table("audit")
