"""reports, what was frozen of them, and receipts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reporting_0003"
down_revision = "reporting_0002"
branch_labels = None
depends_on = None
# An index of a table that was there, while its writers wait.
kind = "contract"


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "report",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("calendar", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("province", sa.String(), nullable=False),
        sa.Column("geography", sa.String(), nullable=False),
        sa.Column("plan_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_folded", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("revision_reason", sa.String(), nullable=True),
        sa.Column("sections", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column(
            "explanations", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("included", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column(
            "prepared_by", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column(
            "recipients", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("signer_form", sa.String(), nullable=True),
        sa.Column("signer_title", sa.String(), nullable=True),
        sa.Column("signer_name", sa.String(), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by", sa.String(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("issued_by", sa.String(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("return_reason", sa.String(), nullable=True),
        sa.Column("returned_by", sa.String(), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("signature", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("(state = 'draft') = (frozen_at IS NULL)", name=op.f("ck_report_frozen_unless_draft")),
        sa.CheckConstraint("(state = 'issued') = (number IS NOT NULL)", name=op.f("ck_report_issued_with_number")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_report_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["report.id"], name=op.f("fk_report_supersedes_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
    )
    op.create_index("ix_report_alliance_id", "report", ["alliance", "id"], unique=False)
    op.create_index("ix_report_ends_on", "report", ["ends_on", "starts_on"], unique=False)
    op.create_index(
        "ix_report_submitted",
        "report",
        ["submitted_at"],
        unique=False,
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.create_index(
        "uq_report",
        "report",
        ["kind", "calendar", "starts_on", "ends_on", "province", "geography", "plan_id", "version_number"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("kind <> 'free'"),
    )
    op.create_index(
        "uq_report_supersedes_id",
        "report",
        ["supersedes_id"],
        unique=True,
        postgresql_where=sa.text("supersedes_id IS NOT NULL"),
    )
    op.create_table(
        "report_freeze",
        sa.Column("report_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_by", sa.String(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_freeze_report_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("report_id", "number", name=op.f("pk_report_freeze")),
    )
    # The function came with the first step, for history and audit.
    op.execute(
        "CREATE TRIGGER report_freeze_append_only BEFORE UPDATE OR DELETE ON report_freeze "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "report_receipt",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("report_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("receiving_area", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_receipt_report_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_receipt")),
    )
    op.create_index("ix_report_receipt_alliance_id", "report_receipt", ["alliance", "id"], unique=False)
    op.create_index("uq_report_receipt", "report_receipt", ["report_id", "state"], unique=True)
    op.create_index(
        "ix_history_recorded_at",
        "history",
        ["recorded_at"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"autosummarize": "on"},
    )


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index(
        "ix_history_recorded_at", table_name="history", postgresql_using="brin", postgresql_with={"autosummarize": "on"}
    )
    op.drop_index("uq_report_receipt", table_name="report_receipt")
    op.drop_index("ix_report_receipt_alliance_id", table_name="report_receipt")
    op.drop_table("report_receipt")
    op.drop_table("report_freeze")
    op.drop_index("uq_report_supersedes_id", table_name="report", postgresql_where=sa.text("supersedes_id IS NOT NULL"))
    op.drop_index(
        "uq_report", table_name="report", postgresql_nulls_not_distinct=True, postgresql_where=sa.text("kind <> 'free'")
    )
    op.drop_index("ix_report_submitted", table_name="report", postgresql_where=sa.text("state = 'submitted'"))
    op.drop_index("ix_report_ends_on", table_name="report")
    op.drop_index("ix_report_alliance_id", table_name="report")
    op.drop_table("report")
