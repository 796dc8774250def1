"""activities and figures as others report them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kernel.database.tables import Xid8
from migrations.ddl import append_only, begin_feed, drop_append_only

revision = "reporting_0001"
down_revision = None
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "activity",
        sa.Column("attribution", sa.String(), nullable=True),
        sa.Column("partners", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_folded", sa.String(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("commune_code", sa.String(), nullable=True),
        sa.Column("commune_map", sa.String(), nullable=True),
        sa.Column("province_2008", sa.String(), nullable=False),
        sa.Column("province_2025", sa.String(), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("costs", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("is_synthetic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("issue", sa.String(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("support_given", sa.String(), nullable=True),
        sa.Column("out_of_poverty", sa.Integer(), nullable=True),
        sa.Column("project_lead", sa.String(), nullable=True),
        sa.Column("project_level", sa.String(), nullable=True),
        sa.Column("budget_vnd", sa.BigInteger(), nullable=True),
        sa.Column("results", sa.String(), nullable=True),
        sa.Column("document_title", sa.String(), nullable=True),
        sa.Column("document_kind", sa.String(), nullable=True),
        sa.Column("adopted_number", sa.String(), nullable=True),
        sa.CheckConstraint("(channel IS NOT NULL) = (kind = 'media_item')", name=op.f("ck_activity_channel_of_media")),
        sa.CheckConstraint(
            "(quantity IS NOT NULL) = (kind IN ('bulletin', 'household_support'))",
            name=op.f("ck_activity_counted_kinds"),
        ),
        sa.CheckConstraint("budget_vnd >= 0", name=op.f("ck_activity_budget_not_negative")),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= happened_on", name=op.f("ck_activity_ends_after_start")),
        sa.CheckConstraint("out_of_poverty BETWEEN 0 AND quantity", name=op.f("ck_activity_out_of_poverty_within")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_activity_quantity_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
    )
    op.create_index("ix_activity_alliance_id", "activity", ["alliance", "id"], unique=False)
    op.create_index(
        "ix_activity_organization_id",
        "activity",
        ["organization_id"],
        unique=False,
        postgresql_where=sa.text("organization_id IS NOT NULL"),
    )
    op.create_index("ix_activity_province_2008", "activity", ["province_2008", "happened_on"], unique=False)
    op.create_index("ix_activity_province_2025", "activity", ["province_2025", "happened_on"], unique=False)
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
        sa.Column("provinces_2008", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("record_types", sa.ARRAY(sa.Text()), nullable=False),
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
        "followed_feed",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("life", sa.Integer(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("feed", name=op.f("pk_followed_feed")),
    )
    op.create_table(
        "followed_organization",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("life", sa.Integer(), nullable=False),
        sa.Column("removed_as", sa.Text(), nullable=True),
        sa.Column("merged_into", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("followed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("alliance", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("commune_code", sa.Text(), nullable=True),
        sa.Column("commune_map", sa.Text(), nullable=True),
        sa.Column("province_2008", sa.Text(), nullable=True),
        sa.Column("province_2025", sa.Text(), nullable=True),
        sa.Column("legal_status", sa.Text(), nullable=True),
        sa.Column("operating_state", sa.Text(), nullable=True),
        sa.Column("report_sector", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "removed_as IS NOT NULL OR (alliance IS NOT NULL AND type IS NOT NULL AND name IS NOT NULL)",
            name=op.f("ck_followed_organization_known_unless_removed"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followed_organization")),
    )
    op.create_index("ix_followed_organization_code", "followed_organization", ["code"], unique=False)
    op.create_index(
        "ix_followed_organization_gone",
        "followed_organization",
        ["id"],
        unique=False,
        postgresql_where=sa.text("removed_as IS NOT NULL"),
    )
    op.create_table(
        "followed_subject",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("life", sa.Integer(), nullable=False),
        sa.Column("removed_as", sa.Text(), nullable=True),
        sa.Column("merged_into", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("followed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("alliance", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "removed_as IS NOT NULL OR (subject IS NOT NULL AND name IS NOT NULL)",
            name=op.f("ck_followed_subject_known_unless_removed"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followed_subject")),
    )
    op.create_index("ix_followed_subject_subject", "followed_subject", ["subject"], unique=False)
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
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=True),
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
        "key_fingerprint",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_key_fingerprint")),
    )
    op.create_table(
        "repointed_record",
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("into_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("is_pointed", sa.Boolean(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint(
            "resource_type", "resource_id", "field", "organization_id", name=op.f("pk_repointed_record")
        ),
    )
    op.create_index("ix_repointed_record_organization_id", "repointed_record", ["organization_id"], unique=False)
    op.create_table(
        "reported_figure",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("province", sa.String(), nullable=True),
        sa.Column("province_2008", sa.String(), nullable=True),
        sa.Column("province_2025", sa.String(), nullable=False),
        sa.Column("commune_code", sa.String(), nullable=True),
        sa.Column("commune_map", sa.String(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("comparator", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_folded", sa.String(), nullable=False),
        sa.Column("document_number", sa.String(), nullable=True),
        sa.Column("document_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("is_synthetic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_reported_figure_ends_after_start")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reported_figure")),
    )
    op.create_index("ix_reported_figure_alliance_id", "reported_figure", ["alliance", "id"], unique=False)
    op.create_index("ix_reported_figure_indicator", "reported_figure", ["indicator", "province_2025"], unique=False)
    op.create_index(
        "uq_reported_figure",
        "reported_figure",
        [
            "indicator",
            "scope",
            "province",
            "commune_map",
            "commune_code",
            "starts_on",
            "ends_on",
            "source_folded",
            "document_number",
        ],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    begin_feed()
    append_only("audit", "history")


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    drop_append_only("audit", "history")
    op.drop_index("uq_reported_figure", table_name="reported_figure", postgresql_nulls_not_distinct=True)
    op.drop_index("ix_reported_figure_indicator", table_name="reported_figure")
    op.drop_index("ix_reported_figure_alliance_id", table_name="reported_figure")
    op.drop_table("reported_figure")
    op.drop_index("ix_repointed_record_organization_id", table_name="repointed_record")
    op.drop_table("repointed_record")
    op.drop_table("key_fingerprint")
    op.drop_index("ix_job_waiting", table_name="job", postgresql_where=sa.text("state IN ('queued', 'running')"))
    op.drop_table("job")
    op.drop_index("ix_idempotency_key_created_at", table_name="idempotency_key")
    op.drop_table("idempotency_key")
    op.drop_table("history")
    op.drop_index("ix_followed_subject_subject", table_name="followed_subject")
    op.drop_table("followed_subject")
    op.drop_index(
        "ix_followed_organization_gone",
        table_name="followed_organization",
        postgresql_where=sa.text("removed_as IS NOT NULL"),
    )
    op.drop_index("ix_followed_organization_code", table_name="followed_organization")
    op.drop_table("followed_organization")
    op.drop_table("followed_feed")
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
    op.drop_index("ix_activity_province_2025", table_name="activity")
    op.drop_index("ix_activity_province_2008", table_name="activity")
    op.drop_index(
        "ix_activity_organization_id", table_name="activity", postgresql_where=sa.text("organization_id IS NOT NULL")
    )
    op.drop_index("ix_activity_alliance_id", table_name="activity")
    op.drop_table("activity")
