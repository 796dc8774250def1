"""programs, classes, who was there, events and market links."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kernel.database.tables import Xid8
from migrations.ddl import append_only, begin_feed, drop_append_only

revision = "training_0001"
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
        "program",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_folded", sa.String(), nullable=False),
        sa.Column("plan_line", sa.String(), nullable=True),
        sa.Column("decision_number", sa.String(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("budget", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("legal_basis", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_program_ends_after_start")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program")),
    )
    op.create_index("ix_program_alliance_id", "program", ["alliance", "id"], unique=False)
    op.create_index("uq_program_code", "program", ["alliance", "code"], unique=True)
    op.create_table(
        "trainee",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("name_folded", sa.String(), nullable=True),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("sex", sa.String(), nullable=True),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("organization_name", sa.String(), nullable=True),
        sa.Column("person_key", sa.String(), nullable=True),
        sa.Column("position", sa.String(), nullable=True),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("phone_last4", sa.String(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id_number_last4", sa.String(), nullable=True),
        sa.Column("id_number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id_number_mark", sa.String(), nullable=True),
        sa.Column("erased_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainee")),
    )
    op.create_index("ix_trainee_alliance_id", "trainee", ["alliance", "id"], unique=False)
    op.create_index("ix_trainee_organization_id", "trainee", ["organization_id"], unique=False)
    op.create_index("ix_trainee_person_key", "trainee", ["alliance", "person_key"], unique=False)
    op.create_index(
        "uq_trainee_id_number",
        "trainee",
        ["alliance", "id_number_mark"],
        unique=True,
        postgresql_where=sa.text("id_number_mark IS NOT NULL"),
    )
    op.create_index(
        "uq_trainee_person",
        "trainee",
        ["alliance", "person_key"],
        unique=True,
        postgresql_where=sa.text("person_key IS NOT NULL AND id_number_mark IS NULL"),
    )
    op.create_table(
        "trade_event",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("program_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_folded", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("organizer_kind", sa.String(), nullable=False),
        sa.Column("organizer_name", sa.String(), nullable=False),
        sa.Column("attribution", sa.String(), nullable=False),
        sa.Column("commune_code", sa.String(), nullable=True),
        sa.Column("commune_map", sa.String(), nullable=True),
        sa.Column("province_2008", sa.String(), nullable=True),
        sa.Column("province_2025", sa.String(), nullable=True),
        sa.Column("venue", sa.String(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("decision_number", sa.String(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("support_per_cooperative_vnd", sa.BigInteger(), nullable=True),
        sa.Column("budget", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column(
            "actual_cost", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("cancellation", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_trade_event_ends_after_start")),
        sa.CheckConstraint("support_per_cooperative_vnd >= 0", name=op.f("ck_trade_event_support_not_negative")),
        sa.ForeignKeyConstraint(
            ["program_id"], ["program.id"], name=op.f("fk_trade_event_program_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trade_event")),
    )
    op.create_index("ix_trade_event_alliance_id", "trade_event", ["alliance", "id"], unique=False)
    op.create_index("ix_trade_event_program_id", "trade_event", ["program_id"], unique=False)
    op.create_index("ix_trade_event_starts_on", "trade_event", ["starts_on"], unique=False)
    op.create_table(
        "trainee_sensitive",
        sa.Column("trainee_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("ethnic_group", sa.String(), nullable=True),
        sa.Column("has_disability", sa.Boolean(), nullable=True),
        sa.Column("is_poor_household", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["trainee_id"], ["trainee.id"], name=op.f("fk_trainee_sensitive_trainee_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("trainee_id", name=op.f("pk_trainee_sensitive")),
    )
    op.create_table(
        "training_class",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("program_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("plan_line", sa.String(), nullable=True),
        sa.Column("class_number", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_folded", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("attribution", sa.String(), nullable=False),
        sa.Column("lead_alliance", sa.String(), nullable=False),
        sa.Column("partners", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
        sa.Column("joint_key", sa.String(), nullable=True),
        sa.Column("decision_number", sa.String(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("budget", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column(
            "actual_cost", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("commune_code", sa.String(), nullable=False),
        sa.Column("commune_map", sa.String(), nullable=False),
        sa.Column("province_2008", sa.String(), nullable=False),
        sa.Column("province_2025", sa.String(), nullable=False),
        sa.Column("venue", sa.String(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("session_minutes", sa.Integer(), nullable=False),
        sa.Column("lecturers", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("registered_count", sa.Integer(), nullable=False),
        sa.Column(
            "expected_audience", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("expected_attendances", sa.Integer(), nullable=True),
        sa.Column("reported_attendance_count", sa.Integer(), nullable=True),
        sa.Column("reported_list_file_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("gives_certificate", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("cancellation", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_training_class_capacity_positive")),
        sa.CheckConstraint(
            "capacity IS NULL OR registered_count <= capacity",
            name=op.f("ck_training_class_registered_within_capacity"),
        ),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_training_class_ends_after_start")),
        sa.CheckConstraint("registered_count >= 0", name=op.f("ck_training_class_registered_not_negative")),
        sa.CheckConstraint(
            "reported_attendance_count > 0", name=op.f("ck_training_class_reported_attendance_positive")
        ),
        sa.ForeignKeyConstraint(
            ["program_id"], ["program.id"], name=op.f("fk_training_class_program_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_class")),
    )
    op.create_index("ix_training_class_alliance_id", "training_class", ["alliance", "id"], unique=False)
    op.create_index("ix_training_class_counted_on", "training_class", ["counted_on"], unique=False)
    op.create_index("ix_training_class_program_id", "training_class", ["program_id"], unique=False)
    op.create_index("ix_training_class_province_2008", "training_class", ["province_2008", "counted_on"], unique=False)
    op.create_index("ix_training_class_province_2025", "training_class", ["province_2025", "counted_on"], unique=False)
    op.create_index(
        "uq_training_class_joint",
        "training_class",
        ["joint_key"],
        unique=True,
        postgresql_where=sa.text("joint_key IS NOT NULL AND is_counted AND state <> 'cancelled'"),
    )
    op.create_index(
        "uq_training_class_number",
        "training_class",
        ["alliance", "class_number"],
        unique=True,
        postgresql_where=sa.text("class_number IS NOT NULL"),
    )
    op.create_table(
        "attendance",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("class_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("trainee_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("organization_name", sa.String(), nullable=True),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("is_walk_in", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column(
            "session_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("allowance_vnd", sa.BigInteger(), nullable=True),
        sa.Column("file_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.CheckConstraint("allowance_vnd >= 0", name=op.f("ck_attendance_allowance_not_negative")),
        sa.CheckConstraint("counted > 0", name=op.f("ck_attendance_counted_positive")),
        sa.CheckConstraint("trainee_id IS NULL OR counted = 1", name=op.f("ck_attendance_one_person_counts_once")),
        sa.ForeignKeyConstraint(
            ["class_id"], ["training_class.id"], name=op.f("fk_attendance_class_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["trainee_id"], ["trainee.id"], name=op.f("fk_attendance_trainee_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
    )
    op.create_index("ix_attendance_alliance_id", "attendance", ["alliance", "id"], unique=False)
    op.create_index("ix_attendance_class_id", "attendance", ["class_id", "id"], unique=False)
    op.create_index("ix_attendance_organization_id", "attendance", ["organization_id"], unique=False)
    op.create_index("ix_attendance_trainee_id", "attendance", ["trainee_id"], unique=False)
    op.create_index(
        "uq_attendance_list", "attendance", ["class_id"], unique=True, postgresql_where=sa.text("trainee_id IS NULL")
    )
    op.create_index("uq_attendance_trainee", "attendance", ["class_id", "trainee_id"], unique=True)
    op.create_table(
        "class_session",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("class_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("start_time", sa.String(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(), nullable=True),
        sa.Column("lecturer", sa.String(), nullable=True),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_class_session_minutes_positive")),
        sa.ForeignKeyConstraint(
            ["class_id"], ["training_class.id"], name=op.f("fk_class_session_class_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_session")),
    )
    op.create_index("ix_class_session_alliance_id", "class_session", ["alliance", "id"], unique=False)
    op.create_index("uq_class_session_number", "class_session", ["class_id", "number"], unique=True)
    op.create_table(
        "invitation",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("class_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("organization_name", sa.String(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("letter_number", sa.String(), nullable=True),
        sa.Column("invited_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("answer_note", sa.String(), nullable=True),
        sa.CheckConstraint("seats > 0", name=op.f("ck_invitation_seats_positive")),
        sa.ForeignKeyConstraint(
            ["class_id"], ["training_class.id"], name=op.f("fk_invitation_class_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
    )
    op.create_index("ix_invitation_alliance_id", "invitation", ["alliance", "id"], unique=False)
    op.create_index("ix_invitation_organization_id", "invitation", ["organization_id"], unique=False)
    op.create_index("uq_invitation_organization", "invitation", ["class_id", "organization_id"], unique=True)
    op.create_table(
        "market_link",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("organization_name", sa.String(), nullable=False),
        sa.Column("organization_type", sa.String(), nullable=False),
        sa.Column("province_2008", sa.String(), nullable=False),
        sa.Column("province_2025", sa.String(), nullable=False),
        sa.Column("trade_event_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("buyer_kind", sa.String(), nullable=False),
        sa.Column("buyer_name", sa.String(), nullable=False),
        sa.Column("buyer_name_folded", sa.String(), nullable=False),
        sa.Column("product_kind", sa.String(), nullable=True),
        sa.Column("product_name", sa.String(), nullable=True),
        sa.Column("product_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("volume", sa.String(), nullable=True),
        sa.Column("volume_unit", sa.String(), nullable=True),
        sa.Column("value_vnd", sa.BigInteger(), nullable=True),
        sa.Column("attribution", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.CheckConstraint("ended_on IS NULL OR ended_on >= signed_on", name=op.f("ck_market_link_ends_after_start")),
        sa.CheckConstraint("value_vnd >= 0", name=op.f("ck_market_link_value_not_negative")),
        sa.ForeignKeyConstraint(
            ["trade_event_id"], ["trade_event.id"], name=op.f("fk_market_link_trade_event_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_market_link")),
    )
    op.create_index("ix_market_link_alliance_id", "market_link", ["alliance", "id"], unique=False)
    op.create_index("ix_market_link_organization_id", "market_link", ["organization_id"], unique=False)
    op.create_index(
        "ix_market_link_product_id",
        "market_link",
        ["product_id"],
        unique=False,
        postgresql_where=sa.text("product_id IS NOT NULL"),
    )
    op.create_index("ix_market_link_province_2008", "market_link", ["province_2008", "signed_on"], unique=False)
    op.create_index("ix_market_link_province_2025", "market_link", ["province_2025", "signed_on"], unique=False)
    op.create_table(
        "participation",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("trade_event_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("organization_name", sa.String(), nullable=False),
        sa.Column("organization_type", sa.String(), nullable=False),
        sa.Column("province_2008", sa.String(), nullable=False),
        sa.Column("province_2025", sa.String(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("booth", sa.String(), nullable=True),
        sa.Column("products", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("product_kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("support_received_vnd", sa.BigInteger(), nullable=True),
        sa.Column("revenue_vnd", sa.BigInteger(), nullable=True),
        sa.Column("contract_count", sa.Integer(), nullable=True),
        sa.Column("contract_value_vnd", sa.BigInteger(), nullable=True),
        sa.Column("memorandum_count", sa.Integer(), nullable=True),
        sa.Column("contact_count", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.CheckConstraint("contact_count >= 0", name=op.f("ck_participation_contacts_not_negative")),
        sa.CheckConstraint("contract_count >= 0", name=op.f("ck_participation_contracts_not_negative")),
        sa.CheckConstraint("memorandum_count >= 0", name=op.f("ck_participation_memorandums_not_negative")),
        sa.CheckConstraint("contract_value_vnd >= 0", name=op.f("ck_participation_contract_value_not_negative")),
        sa.CheckConstraint("revenue_vnd >= 0", name=op.f("ck_participation_revenue_not_negative")),
        sa.CheckConstraint("support_received_vnd >= 0", name=op.f("ck_participation_support_not_negative")),
        sa.ForeignKeyConstraint(
            ["trade_event_id"], ["trade_event.id"], name=op.f("fk_participation_trade_event_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participation")),
    )
    op.create_index("ix_participation_alliance_id", "participation", ["alliance", "id"], unique=False)
    op.create_index("ix_participation_organization_id", "participation", ["organization_id"], unique=False)
    op.create_index(
        "ix_participation_products",
        "participation",
        ["products"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"products": "jsonb_path_ops"},
    )
    op.create_index("ix_participation_province_2008", "participation", ["province_2008", "counted_on"], unique=False)
    op.create_index("ix_participation_province_2025", "participation", ["province_2025", "counted_on"], unique=False)
    op.create_index(
        "uq_participation_organization", "participation", ["trade_event_id", "organization_id"], unique=True
    )
    op.create_table(
        "registration",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("class_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("trainee_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("organization_name", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("cancelled_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["class_id"], ["training_class.id"], name=op.f("fk_registration_class_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["trainee_id"], ["trainee.id"], name=op.f("fk_registration_trainee_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
    )
    op.create_index("ix_registration_alliance_id", "registration", ["alliance", "id"], unique=False)
    op.create_index("ix_registration_class_id", "registration", ["class_id", "id"], unique=False)
    op.create_index("ix_registration_organization_id", "registration", ["organization_id"], unique=False)
    op.create_index(
        "uq_registration_trainee",
        "registration",
        ["class_id", "trainee_id"],
        unique=True,
        postgresql_where=sa.text("state = 'registered'"),
    )
    op.create_table(
        "training_certificate",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("class_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("trainee_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("certificate_number", sa.String(), nullable=False),
        sa.Column("register_number", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("signed_by", sa.String(), nullable=True),
        sa.Column("verification_code", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("revocation", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["class_id"], ["training_class.id"], name=op.f("fk_training_certificate_class_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["trainee_id"], ["trainee.id"], name=op.f("fk_training_certificate_trainee_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_certificate")),
    )
    op.create_index("ix_training_certificate_alliance_id", "training_certificate", ["alliance", "id"], unique=False)
    op.create_index("ix_training_certificate_trainee_id", "training_certificate", ["trainee_id"], unique=False)
    op.create_index("uq_training_certificate_code", "training_certificate", ["verification_code"], unique=True)
    op.create_index(
        "uq_training_certificate_number", "training_certificate", ["alliance", "certificate_number"], unique=True
    )
    op.create_index(
        "uq_training_certificate_trainee",
        "training_certificate",
        ["class_id", "trainee_id"],
        unique=True,
        postgresql_where=sa.text("state = 'valid'"),
    )
    op.create_table(
        "check_in",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("class_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("class_session_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("attendance_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("trainee_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("is_walk_in", sa.Boolean(), nullable=False),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attendance_id"], ["attendance.id"], name=op.f("fk_check_in_attendance_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["training_class.id"], name=op.f("fk_check_in_class_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["class_session_id"], ["class_session.id"], name=op.f("fk_check_in_class_session_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["trainee_id"], ["trainee.id"], name=op.f("fk_check_in_trainee_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in")),
    )
    op.create_index("ix_check_in_alliance_id", "check_in", ["alliance", "id"], unique=False)
    op.create_index("ix_check_in_attendance_id", "check_in", ["attendance_id"], unique=False)
    op.create_index("uq_check_in_trainee", "check_in", ["class_session_id", "trainee_id"], unique=True)
    begin_feed()
    append_only("audit", "history")


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    drop_append_only("audit", "history")
    op.drop_index("uq_check_in_trainee", table_name="check_in")
    op.drop_index("ix_check_in_attendance_id", table_name="check_in")
    op.drop_index("ix_check_in_alliance_id", table_name="check_in")
    op.drop_table("check_in")
    op.drop_index(
        "uq_training_certificate_trainee",
        table_name="training_certificate",
        postgresql_where=sa.text("state = 'valid'"),
    )
    op.drop_index("uq_training_certificate_number", table_name="training_certificate")
    op.drop_index("uq_training_certificate_code", table_name="training_certificate")
    op.drop_index("ix_training_certificate_trainee_id", table_name="training_certificate")
    op.drop_index("ix_training_certificate_alliance_id", table_name="training_certificate")
    op.drop_table("training_certificate")
    op.drop_index(
        "uq_registration_trainee", table_name="registration", postgresql_where=sa.text("state = 'registered'")
    )
    op.drop_index("ix_registration_organization_id", table_name="registration")
    op.drop_index("ix_registration_class_id", table_name="registration")
    op.drop_index("ix_registration_alliance_id", table_name="registration")
    op.drop_table("registration")
    op.drop_index("uq_participation_organization", table_name="participation")
    op.drop_index("ix_participation_province_2025", table_name="participation")
    op.drop_index("ix_participation_province_2008", table_name="participation")
    op.drop_index("ix_participation_organization_id", table_name="participation")
    op.drop_index("ix_participation_alliance_id", table_name="participation")
    op.drop_table("participation")
    op.drop_index("ix_market_link_province_2025", table_name="market_link")
    op.drop_index("ix_market_link_province_2008", table_name="market_link")
    op.drop_index("ix_market_link_organization_id", table_name="market_link")
    op.drop_index("ix_market_link_alliance_id", table_name="market_link")
    op.drop_table("market_link")
    op.drop_index("uq_invitation_organization", table_name="invitation")
    op.drop_index("ix_invitation_organization_id", table_name="invitation")
    op.drop_index("ix_invitation_alliance_id", table_name="invitation")
    op.drop_table("invitation")
    op.drop_index("uq_class_session_number", table_name="class_session")
    op.drop_index("ix_class_session_alliance_id", table_name="class_session")
    op.drop_table("class_session")
    op.drop_index("uq_attendance_trainee", table_name="attendance")
    op.drop_index("uq_attendance_list", table_name="attendance", postgresql_where=sa.text("trainee_id IS NULL"))
    op.drop_index("ix_attendance_trainee_id", table_name="attendance")
    op.drop_index("ix_attendance_organization_id", table_name="attendance")
    op.drop_index("ix_attendance_class_id", table_name="attendance")
    op.drop_index("ix_attendance_alliance_id", table_name="attendance")
    op.drop_table("attendance")
    op.drop_index(
        "uq_training_class_number", table_name="training_class", postgresql_where=sa.text("class_number IS NOT NULL")
    )
    op.drop_index(
        "uq_training_class_joint",
        table_name="training_class",
        postgresql_where=sa.text("joint_key IS NOT NULL AND is_counted AND state <> 'cancelled'"),
    )
    op.drop_index("ix_training_class_province_2025", table_name="training_class")
    op.drop_index("ix_training_class_province_2008", table_name="training_class")
    op.drop_index("ix_training_class_program_id", table_name="training_class")
    op.drop_index("ix_training_class_counted_on", table_name="training_class")
    op.drop_index("ix_training_class_alliance_id", table_name="training_class")
    op.drop_table("training_class")
    op.drop_table("trainee_sensitive")
    op.drop_index("ix_trade_event_starts_on", table_name="trade_event")
    op.drop_index("ix_trade_event_program_id", table_name="trade_event")
    op.drop_index("ix_trade_event_alliance_id", table_name="trade_event")
    op.drop_table("trade_event")
    op.drop_index(
        "uq_trainee_person",
        table_name="trainee",
        postgresql_where=sa.text("person_key IS NOT NULL AND id_number_mark IS NULL"),
    )
    op.drop_index("uq_trainee_id_number", table_name="trainee", postgresql_where=sa.text("id_number_mark IS NOT NULL"))
    op.drop_index("ix_trainee_person_key", table_name="trainee")
    op.drop_index("ix_trainee_organization_id", table_name="trainee")
    op.drop_index("ix_trainee_alliance_id", table_name="trainee")
    op.drop_table("trainee")
    op.drop_index("uq_program_code", table_name="program")
    op.drop_index("ix_program_alliance_id", table_name="program")
    op.drop_table("program")
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
