"""Inspections of organizations, dissolutions on their way, and the teams of the alliance's members."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "registry_0015"
down_revision = "registry_0014"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "dissolution_case",
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
        sa.Column("is_synthetic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("planned_year", sa.Integer(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("decision_number", sa.String(), nullable=True),
        sa.Column("blockers", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("outcome_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(outcome IS NULL) = (outcome_on IS NULL)", name=op.f("ck_dissolution_case_outcome_on_a_day")
        ),
        sa.CheckConstraint("outcome_on >= opened_on", name=op.f("ck_dissolution_case_outcome_after_opening")),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_dissolution_case_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dissolution_case")),
    )
    op.create_index("ix_dissolution_case_2008", "dissolution_case", ["province_2008", "opened_on"], unique=False)
    op.create_index("ix_dissolution_case_2025", "dissolution_case", ["province_2025", "opened_on"], unique=False)
    op.create_index("ix_dissolution_case_alliance_id", "dissolution_case", ["alliance", "id"], unique=False)
    op.create_index(
        "ix_dissolution_case_organization_id", "dissolution_case", ["organization_id", "opened_on"], unique=False
    )
    op.create_index(
        "ix_dissolution_case_planned_year", "dissolution_case", ["province_2008", "planned_year"], unique=False
    )
    op.create_index(
        "uq_dissolution_case_open",
        "dissolution_case",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_table(
        "inspection",
        sa.Column("attribution", sa.String(), nullable=True),
        sa.Column("partners", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
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
        sa.Column("is_synthetic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("inspected_on", sa.Date(), nullable=False),
        sa.Column(
            "inspectors", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("findings", sa.String(), nullable=True),
        sa.Column(
            "recommendations", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("decision_number", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_inspection_organization_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
    )
    op.create_index("ix_inspection_2008", "inspection", ["province_2008", "inspected_on"], unique=False)
    op.create_index("ix_inspection_2025", "inspection", ["province_2025", "inspected_on"], unique=False)
    op.create_index("ix_inspection_alliance_id", "inspection", ["alliance", "id"], unique=False)
    op.create_index("ix_inspection_organization_id", "inspection", ["organization_id", "inspected_on"], unique=False)
    op.create_table(
        "member_team",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("alliance", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_folded", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=True),
        sa.Column("district_name", sa.String(), nullable=True),
        sa.Column(
            "commune_codes", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("commune_map", sa.String(), nullable=True),
        sa.Column("province_2008", sa.String(), nullable=False),
        sa.Column("province_2025", sa.String(), nullable=False),
        sa.Column("leader_organization_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("leader_name", sa.String(), nullable=True),
        sa.Column(
            "organization_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("founded_on", sa.Date(), nullable=True),
        sa.Column(
            "consolidations", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("is_synthetic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("ended_on >= founded_on", name=op.f("ck_member_team_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["leader_organization_id"],
            ["organization.id"],
            name=op.f("fk_member_team_leader_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_team")),
    )
    op.create_index("ix_member_team_2008", "member_team", ["province_2008", "id"], unique=False)
    op.create_index("ix_member_team_2025", "member_team", ["province_2025", "id"], unique=False)
    op.create_index("ix_member_team_alliance_id", "member_team", ["alliance", "id"], unique=False)
    op.create_index("ix_member_team_leader", "member_team", ["leader_organization_id"], unique=False)
    op.create_table(
        "member_team_consolidation",
        sa.Column("team_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("consolidated_on", sa.Date(), nullable=False),
        sa.Column("decision_number", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["team_id"], ["member_team.id"], name=op.f("fk_member_team_consolidation_team_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "consolidated_on", name=op.f("pk_member_team_consolidation")),
    )
    op.create_index("ix_member_team_consolidation_day", "member_team_consolidation", ["consolidated_on"], unique=False)
    op.create_table(
        "member_team_member",
        sa.Column("team_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_member_team_member_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["member_team.id"], name=op.f("fk_member_team_member_team_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "organization_id", name=op.f("pk_member_team_member")),
    )
    op.create_index("ix_member_team_member_organization_id", "member_team_member", ["organization_id"], unique=False)


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_member_team_member_organization_id", table_name="member_team_member")
    op.drop_table("member_team_member")
    op.drop_index("ix_member_team_consolidation_day", table_name="member_team_consolidation")
    op.drop_table("member_team_consolidation")
    op.drop_index("ix_member_team_leader", table_name="member_team")
    op.drop_index("ix_member_team_alliance_id", table_name="member_team")
    op.drop_index("ix_member_team_2025", table_name="member_team")
    op.drop_index("ix_member_team_2008", table_name="member_team")
    op.drop_table("member_team")
    op.drop_index("ix_inspection_organization_id", table_name="inspection")
    op.drop_index("ix_inspection_alliance_id", table_name="inspection")
    op.drop_index("ix_inspection_2025", table_name="inspection")
    op.drop_index("ix_inspection_2008", table_name="inspection")
    op.drop_table("inspection")
    op.drop_index(
        "uq_dissolution_case_open", table_name="dissolution_case", postgresql_where=sa.text("outcome IS NULL")
    )
    op.drop_index("ix_dissolution_case_planned_year", table_name="dissolution_case")
    op.drop_index("ix_dissolution_case_organization_id", table_name="dissolution_case")
    op.drop_index("ix_dissolution_case_alliance_id", table_name="dissolution_case")
    op.drop_index("ix_dissolution_case_2025", table_name="dissolution_case")
    op.drop_index("ix_dissolution_case_2008", table_name="dissolution_case")
    op.drop_table("dissolution_case")
