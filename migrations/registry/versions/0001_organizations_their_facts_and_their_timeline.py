"""organizations, their facts and their timeline."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kernel.database.tables import Xid8
from migrations.ddl import append_only, begin_feed, drop_append_only

revision = "registry_0001"
down_revision = None
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
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
        "coverage",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("province", sa.String(), nullable=False),
        sa.Column("provinces_2008", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("record_types", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("covered_from", sa.Date(), nullable=False),
        sa.Column("covered_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.CheckConstraint(
            "covered_to IS NULL OR covered_to >= covered_from", name=op.f("ck_coverage_ends_after_start")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage")),
    )
    op.create_index("ix_coverage_alliance_id", "coverage", ["alliance", "id"], unique=False)
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
        "organization",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("is_credit_fund", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("legacy_number", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_short", sa.String(), nullable=True),
        sa.Column("name_foreign", sa.String(), nullable=True),
        sa.Column("name_folded", sa.String(), nullable=False),
        sa.Column("name_distinct", sa.String(), nullable=False),
        sa.Column("name_sort", sa.Text(collation="C"), nullable=False),
        sa.Column("commune_code", sa.String(), nullable=False),
        sa.Column("commune_map", sa.String(), nullable=False),
        sa.Column("commune_name", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("province_2008", sa.String(), nullable=False),
        sa.Column("province_2025", sa.String(), nullable=False),
        sa.Column(
            "business_lines", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("report_sector", sa.String(), nullable=True),
        sa.Column("charter_capital_vnd", sa.BigInteger(), nullable=True),
        sa.Column("paid_capital_vnd", sa.BigInteger(), nullable=True),
        sa.Column("founded_on", sa.Date(), nullable=True),
        sa.Column("founded_precision", sa.String(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("founding_support", sa.String(), nullable=True),
        sa.Column(
            "legal_representatives",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("contacts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("legal_status", sa.String(), nullable=False),
        sa.Column("operating_state", sa.String(), nullable=False),
        sa.Column("governance", sa.String(), nullable=True),
        sa.Column(
            "external_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("opening_type", sa.String(), nullable=False),
        sa.Column("opening_legal_status", sa.String(), nullable=False),
        sa.Column("opening_operating_state", sa.String(), nullable=False),
        sa.Column("opening_commune_code", sa.String(), nullable=False),
        sa.Column("opening_commune_map", sa.String(), nullable=False),
        sa.Column("opening_commune_name", sa.String(), nullable=True),
        sa.Column("opening_address", sa.String(), nullable=True),
        sa.Column("opening_province_2008", sa.String(), nullable=False),
        sa.Column("opening_province_2025", sa.String(), nullable=False),
        sa.CheckConstraint("charter_capital_vnd >= 0", name=op.f("ck_organization_charter_capital_not_negative")),
        sa.CheckConstraint("paid_capital_vnd >= 0", name=op.f("ck_organization_paid_capital_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
    )
    op.create_index("ix_organization_alliance_id", "organization", ["alliance", "id"], unique=False)
    op.create_index("ix_organization_commune", "organization", ["commune_code", "commune_map"], unique=False)
    op.create_index(
        "ix_organization_legacy_number",
        "organization",
        ["legacy_number"],
        unique=False,
        postgresql_where=sa.text("legacy_number IS NOT NULL"),
    )
    op.create_index(
        "ix_organization_name_distinct_trgm",
        "organization",
        ["name_distinct"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name_distinct": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_organization_page_2008", "organization", ["province_2008", "type", "legal_status", "id"], unique=False
    )
    op.create_index(
        "ix_organization_page_2025", "organization", ["province_2025", "type", "legal_status", "id"], unique=False
    )
    op.create_index(
        "ix_organization_registered",
        "organization",
        ["opening_province_2008", "opening_type", "registered_on"],
        unique=False,
    )
    op.create_index("ix_organization_updated_at", "organization", ["updated_at", "id"], unique=False)
    op.create_index(
        "uq_organization_code", "organization", ["code"], unique=True, postgresql_where=sa.text("code IS NOT NULL")
    )
    op.create_table(
        "alliance_membership",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("province_2008", sa.String(), nullable=False),
        sa.Column("province_2025", sa.String(), nullable=False),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("admitted_on", sa.Date(), nullable=False),
        sa.Column("admission_decision_number", sa.String(), nullable=True),
        sa.Column("certificate_number", sa.String(), nullable=True),
        sa.Column("alliance_label", sa.String(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("leaving_decision_number", sa.String(), nullable=True),
        sa.Column("leaving_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "left_on IS NULL OR left_on > admitted_on", name=op.f("ck_alliance_membership_left_after_admitted")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_alliance_membership_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alliance_membership")),
    )
    op.create_index(
        "ix_alliance_membership_2008", "alliance_membership", ["province_2008", "admitted_on"], unique=False
    )
    op.create_index(
        "ix_alliance_membership_2025", "alliance_membership", ["province_2025", "admitted_on"], unique=False
    )
    op.create_index("ix_alliance_membership_alliance_id", "alliance_membership", ["alliance", "id"], unique=False)
    op.create_index(
        "ix_alliance_membership_organization_id",
        "alliance_membership",
        ["organization_id", "admitted_on"],
        unique=False,
    )
    op.create_index(
        "uq_alliance_membership_open",
        "alliance_membership",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text("left_on IS NULL"),
    )
    op.create_table(
        "certificate",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("province_2008", sa.String(), nullable=False),
        sa.Column("province_2025", sa.String(), nullable=False),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=True),
        sa.Column("area_hectares", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("certifier", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("with_alliance_support", sa.Boolean(), nullable=False),
        sa.CheckConstraint("area_hectares > 0", name=op.f("ck_certificate_area_positive")),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_certificate_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_certificate_organization_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
    )
    op.create_index("ix_certificate_2008", "certificate", ["province_2008", "valid_from"], unique=False)
    op.create_index("ix_certificate_2025", "certificate", ["province_2025", "valid_from"], unique=False)
    op.create_index("ix_certificate_alliance_id", "certificate", ["alliance", "id"], unique=False)
    op.create_index("ix_certificate_organization_id", "certificate", ["organization_id", "valid_from"], unique=False)
    op.create_table(
        "organization_external_id",
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_organization_external_id_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("system", "value", name=op.f("pk_organization_external_id")),
    )
    op.create_index(
        op.f("ix_organization_external_id_organization_id"),
        "organization_external_id",
        ["organization_id"],
        unique=False,
    )
    op.create_table(
        "organization_state",
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("legal_status", sa.String(), nullable=False),
        sa.Column("operating_state", sa.String(), nullable=False),
        sa.Column("commune_code", sa.String(), nullable=False),
        sa.Column("commune_map", sa.String(), nullable=False),
        sa.Column("commune_name", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("province_2008", sa.String(), nullable=False),
        sa.Column("province_2025", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("ck_organization_state_period_not_empty")),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_organization_state_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "valid_from", name=op.f("pk_organization_state")),
    )
    op.create_index(
        "ix_organization_state_2008",
        "organization_state",
        ["province_2008", "type", "valid_to", "valid_from"],
        unique=False,
    )
    op.create_index(
        "ix_organization_state_2025",
        "organization_state",
        ["province_2025", "type", "valid_to", "valid_from"],
        unique=False,
    )
    op.create_table(
        "product",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("province_2008", sa.String(), nullable=False),
        sa.Column("province_2025", sa.String(), nullable=False),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_folded", sa.String(), nullable=False),
        sa.Column("product_group", sa.String(), nullable=True),
        sa.Column("ocop_stars", sa.Integer(), nullable=True),
        sa.Column("ocop_score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("decision_number", sa.String(), nullable=True),
        sa.Column("issuing_authority", sa.String(), nullable=True),
        sa.Column("recognized_on", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("with_alliance_support", sa.Boolean(), nullable=False),
        sa.CheckConstraint("ocop_score BETWEEN 0 AND 100", name=op.f("ck_product_score")),
        sa.CheckConstraint("ocop_stars BETWEEN 1 AND 5", name=op.f("ck_product_stars")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_product_organization_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
    )
    op.create_index("ix_product_2008", "product", ["province_2008", "recognized_on"], unique=False)
    op.create_index("ix_product_2025", "product", ["province_2025", "recognized_on"], unique=False)
    op.create_index("ix_product_alliance_id", "product", ["alliance", "id"], unique=False)
    op.create_index("ix_product_organization_id", "product", ["organization_id", "recognized_on"], unique=False)
    op.create_table(
        "seat_change",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("province_2008", sa.String(), nullable=False),
        sa.Column("province_2025", sa.String(), nullable=False),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("commune_code", sa.String(), nullable=False),
        sa.Column("commune_map", sa.String(), nullable=False),
        sa.Column("commune_name", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("to_province_2008", sa.String(), nullable=False),
        sa.Column("to_province_2025", sa.String(), nullable=False),
        sa.Column("decision_number", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_seat_change_organization_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_change")),
    )
    op.create_index("ix_seat_change_2008", "seat_change", ["province_2008", "effective_on"], unique=False)
    op.create_index("ix_seat_change_2025", "seat_change", ["province_2025", "effective_on"], unique=False)
    op.create_index("ix_seat_change_alliance_id", "seat_change", ["alliance", "id"], unique=False)
    op.create_index("ix_seat_change_organization_id", "seat_change", ["organization_id", "effective_on"], unique=False)
    op.create_table(
        "status_change",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("province_2008", sa.String(), nullable=False),
        sa.Column("province_2025", sa.String(), nullable=False),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("decision_number", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_status_change_organization_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_change")),
    )
    op.create_index("ix_status_change_2008", "status_change", ["province_2008", "effective_on"], unique=False)
    op.create_index("ix_status_change_2025", "status_change", ["province_2025", "effective_on"], unique=False)
    op.create_index("ix_status_change_alliance_id", "status_change", ["alliance", "id"], unique=False)
    op.create_index(
        "ix_status_change_organization_id", "status_change", ["organization_id", "effective_on"], unique=False
    )
    op.create_table(
        "type_conversion",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("province_2008", sa.String(), nullable=False),
        sa.Column("province_2025", sa.String(), nullable=False),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("decision_number", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_type_conversion_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_type_conversion")),
    )
    op.create_index("ix_type_conversion_2008", "type_conversion", ["province_2008", "effective_on"], unique=False)
    op.create_index("ix_type_conversion_2025", "type_conversion", ["province_2025", "effective_on"], unique=False)
    op.create_index("ix_type_conversion_alliance_id", "type_conversion", ["alliance", "id"], unique=False)
    op.create_index(
        "ix_type_conversion_organization_id", "type_conversion", ["organization_id", "effective_on"], unique=False
    )
    op.create_index("uq_type_conversion_once", "type_conversion", ["organization_id", "kind"], unique=True)
    begin_feed()
    append_only("audit", "history")


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    drop_append_only("audit", "history")
    op.drop_index("uq_type_conversion_once", table_name="type_conversion")
    op.drop_index("ix_type_conversion_organization_id", table_name="type_conversion")
    op.drop_index("ix_type_conversion_alliance_id", table_name="type_conversion")
    op.drop_index("ix_type_conversion_2025", table_name="type_conversion")
    op.drop_index("ix_type_conversion_2008", table_name="type_conversion")
    op.drop_table("type_conversion")
    op.drop_index("ix_status_change_organization_id", table_name="status_change")
    op.drop_index("ix_status_change_alliance_id", table_name="status_change")
    op.drop_index("ix_status_change_2025", table_name="status_change")
    op.drop_index("ix_status_change_2008", table_name="status_change")
    op.drop_table("status_change")
    op.drop_index("ix_seat_change_organization_id", table_name="seat_change")
    op.drop_index("ix_seat_change_alliance_id", table_name="seat_change")
    op.drop_index("ix_seat_change_2025", table_name="seat_change")
    op.drop_index("ix_seat_change_2008", table_name="seat_change")
    op.drop_table("seat_change")
    op.drop_index("ix_product_organization_id", table_name="product")
    op.drop_index("ix_product_alliance_id", table_name="product")
    op.drop_index("ix_product_2025", table_name="product")
    op.drop_index("ix_product_2008", table_name="product")
    op.drop_table("product")
    op.drop_index("ix_organization_state_2025", table_name="organization_state")
    op.drop_index("ix_organization_state_2008", table_name="organization_state")
    op.drop_table("organization_state")
    op.drop_index(op.f("ix_organization_external_id_organization_id"), table_name="organization_external_id")
    op.drop_table("organization_external_id")
    op.drop_index("ix_certificate_organization_id", table_name="certificate")
    op.drop_index("ix_certificate_alliance_id", table_name="certificate")
    op.drop_index("ix_certificate_2025", table_name="certificate")
    op.drop_index("ix_certificate_2008", table_name="certificate")
    op.drop_table("certificate")
    op.drop_index(
        "uq_alliance_membership_open", table_name="alliance_membership", postgresql_where=sa.text("left_on IS NULL")
    )
    op.drop_index("ix_alliance_membership_organization_id", table_name="alliance_membership")
    op.drop_index("ix_alliance_membership_alliance_id", table_name="alliance_membership")
    op.drop_index("ix_alliance_membership_2025", table_name="alliance_membership")
    op.drop_index("ix_alliance_membership_2008", table_name="alliance_membership")
    op.drop_table("alliance_membership")
    op.drop_index("uq_organization_code", table_name="organization", postgresql_where=sa.text("code IS NOT NULL"))
    op.drop_index("ix_organization_updated_at", table_name="organization")
    op.drop_index("ix_organization_registered", table_name="organization")
    op.drop_index("ix_organization_page_2025", table_name="organization")
    op.drop_index("ix_organization_page_2008", table_name="organization")
    op.drop_index(
        "ix_organization_name_distinct_trgm",
        table_name="organization",
        postgresql_using="gin",
        postgresql_ops={"name_distinct": "gin_trgm_ops"},
    )
    op.drop_index(
        "ix_organization_legacy_number",
        table_name="organization",
        postgresql_where=sa.text("legacy_number IS NOT NULL"),
    )
    op.drop_index("ix_organization_commune", table_name="organization")
    op.drop_index("ix_organization_alliance_id", table_name="organization")
    op.drop_table("organization")
    op.drop_index("ix_job_waiting", table_name="job", postgresql_where=sa.text("state IN ('queued', 'running')"))
    op.drop_table("job")
    op.drop_index("ix_idempotency_key_created_at", table_name="idempotency_key")
    op.drop_table("idempotency_key")
    op.drop_table("history")
    op.drop_index("ix_file_sha256", table_name="file")
    op.drop_index("ix_file_created_at", table_name="file")
    op.drop_table("file")
    op.drop_table("feed_epoch")
    op.drop_index("ix_coverage_alliance_id", table_name="coverage")
    op.drop_table("coverage")
    op.drop_index("ix_change_alliance_xid_seq", table_name="change")
    op.drop_table("change")
    op.drop_index("ix_audit_alliance_occurred_at", table_name="audit")
    op.drop_table("audit")
