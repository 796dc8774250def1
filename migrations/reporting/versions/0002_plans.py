"""plans, their tasks, measures, estimates, and each version as it was approved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reporting_0002"
down_revision = "reporting_0001"
branch_labels = None
depends_on = None
kind = "expand"

# What was approved never changes: the function is of the first step.
_APPROVED = ("approved_plan", "approved_task", "approved_measure")


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "approved_measure",
        sa.Column("plan_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("task_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("province", sa.String(), nullable=True),
        sa.Column("commune_code", sa.String(), nullable=True),
        sa.Column("commune_map", sa.String(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("comparator", sa.String(), nullable=False),
        sa.Column("baseline", sa.String(), nullable=True),
        sa.Column("condition", sa.String(), nullable=True),
        sa.Column("is_condition", sa.Boolean(), nullable=False),
        sa.Column("implied", sa.Boolean(), nullable=False),
        sa.Column("phasing", sa.String(), nullable=False),
        sa.Column("phases", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column(
            "assignments", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "number", "measure_id", name=op.f("pk_approved_measure")),
    )
    op.create_index(
        "ix_approved_measure_indicator", "approved_measure", ["indicator", "scope", "place", "starts_on"], unique=False
    )
    op.create_table(
        "approved_task",
        sa.Column("plan_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("responsible_unit", sa.String(), nullable=True),
        sa.Column("responsible_person", sa.String(), nullable=True),
        sa.Column("due_every_months", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "number", "task_id", name=op.f("pk_approved_task")),
    )
    op.create_table(
        "plan",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_folded", sa.String(), nullable=False),
        sa.Column("document_number", sa.String(), nullable=True),
        sa.Column("document_on", sa.Date(), nullable=True),
        sa.Column("issuer", sa.String(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("province", sa.String(), nullable=False),
        sa.Column("province_2008", sa.String(), nullable=True),
        sa.Column("province_2025", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by", sa.String(), nullable=True),
        sa.Column("submitted_by_name", sa.String(), nullable=True),
        sa.Column("adjustment_reason", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("is_synthetic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("(version_number = 0) = (state = 'draft')", name=op.f("ck_plan_draft_until_approved")),
        sa.CheckConstraint(
            "submitted_at IS NULL OR state <> 'approved'", name=op.f("ck_plan_submitted_until_approved")
        ),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_plan_ends_after_start")),
        sa.CheckConstraint("version_number >= 0", name=op.f("ck_plan_version_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
    )
    op.create_index("ix_plan_alliance_id", "plan", ["alliance", "id"], unique=False)
    op.create_index("ix_plan_province_2025", "plan", ["province_2025", "starts_on"], unique=False)
    op.create_index(
        "ix_plan_submitted",
        "plan",
        ["submitted_at"],
        unique=False,
        postgresql_where=sa.text("submitted_at IS NOT NULL"),
    )
    op.create_table(
        "approved_plan",
        sa.Column("plan_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("decision_number", sa.String(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("adjustment_reason", sa.String(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("approved_by_name", sa.String(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_approved_plan_plan_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("plan_id", "number", name=op.f("pk_approved_plan")),
    )
    op.create_table(
        "task",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("plan_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("responsible_unit", sa.String(), nullable=True),
        sa.Column("responsible_person", sa.String(), nullable=True),
        sa.Column("due_every_months", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("due_every_months > 0", name=op.f("ck_task_cycle_positive")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_task_plan_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index("ix_task_alliance_id", "task", ["alliance", "id"], unique=False)
    op.create_index("ix_task_plan_id", "task", ["plan_id", "ordinal"], unique=False)
    op.create_table(
        "measure",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("plan_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("task_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("province", sa.String(), nullable=True),
        sa.Column("commune_code", sa.String(), nullable=True),
        sa.Column("commune_map", sa.String(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("comparator", sa.String(), nullable=False),
        sa.Column("baseline", sa.String(), nullable=True),
        sa.Column("condition", sa.String(), nullable=True),
        sa.Column("is_condition", sa.Boolean(), nullable=False),
        sa.Column("implied", sa.Boolean(), nullable=False),
        sa.Column("phasing", sa.String(), nullable=False),
        sa.Column("phases", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column(
            "assignments", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_measure_ends_after_start")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_measure_plan_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_measure_task_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure")),
    )
    op.create_index("ix_measure_alliance_id", "measure", ["alliance", "id"], unique=False)
    op.create_index(
        "ix_measure_task_id", "measure", ["task_id"], unique=False, postgresql_where=sa.text("task_id IS NOT NULL")
    )
    op.create_index(
        "uq_measure", "measure", ["plan_id", "indicator", "scope", "place", "starts_on", "ends_on"], unique=True
    )
    op.create_table(
        "task_completion",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("plan_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("task_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("completed_on", sa.Date(), nullable=False),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("document_number", sa.String(), nullable=True),
        sa.Column("reported_to", sa.String(), nullable=True),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_task_completion_plan_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_completion_task_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_completion")),
    )
    op.create_index("ix_task_completion_alliance_id", "task_completion", ["alliance", "id"], unique=False)
    op.create_index("ix_task_completion_plan_id", "task_completion", ["plan_id"], unique=False)
    op.create_index("ix_task_completion_task_id", "task_completion", ["task_id", "completed_on"], unique=False)
    op.create_table(
        "estimate",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("plan_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("measure_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("document_number", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["measure.id"], name=op.f("fk_estimate_measure_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_estimate_plan_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_estimate")),
    )
    op.create_index("ix_estimate_alliance_id", "estimate", ["alliance", "id"], unique=False)
    op.create_index("ix_estimate_measure_id", "estimate", ["measure_id", "made_on"], unique=False)
    op.create_index("ix_estimate_plan_id", "estimate", ["plan_id"], unique=False)
    for table in _APPROVED:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in _APPROVED:
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.drop_index("ix_estimate_plan_id", table_name="estimate")
    op.drop_index("ix_estimate_measure_id", table_name="estimate")
    op.drop_index("ix_estimate_alliance_id", table_name="estimate")
    op.drop_table("estimate")
    op.drop_index("ix_task_completion_task_id", table_name="task_completion")
    op.drop_index("ix_task_completion_plan_id", table_name="task_completion")
    op.drop_index("ix_task_completion_alliance_id", table_name="task_completion")
    op.drop_table("task_completion")
    op.drop_index("uq_measure", table_name="measure")
    op.drop_index("ix_measure_task_id", table_name="measure", postgresql_where=sa.text("task_id IS NOT NULL"))
    op.drop_index("ix_measure_alliance_id", table_name="measure")
    op.drop_table("measure")
    op.drop_index("ix_task_plan_id", table_name="task")
    op.drop_index("ix_task_alliance_id", table_name="task")
    op.drop_table("task")
    op.drop_table("approved_plan")
    op.drop_index("ix_plan_submitted", table_name="plan", postgresql_where=sa.text("submitted_at IS NOT NULL"))
    op.drop_index("ix_plan_province_2025", table_name="plan")
    op.drop_index("ix_plan_alliance_id", table_name="plan")
    op.drop_table("plan")
    op.drop_table("approved_task")
    op.drop_index("ix_approved_measure_indicator", table_name="approved_measure")
    op.drop_table("approved_measure")
