"""officers and ratings of organizations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "registry_0013"
down_revision = "registry_0012"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "officer",
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
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.Column("name_folded", sa.String(), nullable=False),
        sa.Column("term_from", sa.Date(), nullable=False),
        sa.Column("term_to", sa.Date(), nullable=True),
        sa.Column("qualification", sa.String(), nullable=True),
        sa.Column("is_member", sa.Boolean(), nullable=True),
        sa.Column("decision_number", sa.String(), nullable=True),
        sa.Column("sex", sa.String(), nullable=True),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.CheckConstraint("term_to IS NULL OR term_to > term_from", name=op.f("ck_officer_term_in_order")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_officer_organization_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer")),
    )
    op.create_index("ix_officer_2008", "officer", ["province_2008", "term_from"], unique=False)
    op.create_index("ix_officer_2025", "officer", ["province_2025", "term_from"], unique=False)
    op.create_index("ix_officer_alliance_id", "officer", ["alliance", "id"], unique=False)
    op.create_index("ix_officer_organization_id", "officer", ["organization_id", "term_from"], unique=False)
    op.create_table(
        "rating",
        sa.Column("confirmation_state", sa.String(), nullable=True),
        sa.Column("confirmation", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
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
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("year_ends_on", sa.Date(), nullable=False),
        sa.Column("self_score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column(
            "criterion_scores", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("rated_on", sa.Date(), nullable=True),
        sa.Column("decision_number", sa.String(), nullable=True),
        sa.Column("not_rated_reason", sa.String(), nullable=True),
        sa.CheckConstraint("(score IS NULL) <> (not_rated_reason IS NULL)", name=op.f("ck_rating_rated_or_not")),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_rating_score")),
        sa.CheckConstraint("self_score BETWEEN 0 AND 100", name=op.f("ck_rating_self_score")),
        sa.CheckConstraint("year_ends_on = make_date(year, 12, 31)", name=op.f("ck_rating_year_end")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_rating_organization_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating")),
    )
    op.create_index("ix_rating_2008", "rating", ["province_2008", "year_ends_on"], unique=False)
    op.create_index("ix_rating_2025", "rating", ["province_2025", "year_ends_on"], unique=False)
    op.create_index("ix_rating_alliance_id", "rating", ["alliance", "id"], unique=False)
    op.create_index("ix_rating_organization_id", "rating", ["organization_id", "year_ends_on"], unique=False)
    op.create_index(
        "ix_rating_pending",
        "rating",
        ["alliance"],
        unique=False,
        postgresql_where=sa.text("confirmation_state = 'pending'"),
    )
    op.create_index(
        "uq_rating_once",
        "rating",
        ["organization_id", "scheme", "year"],
        unique=True,
        postgresql_where=sa.text("confirmation_state IN ('pending', 'confirmed')"),
    )


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index(
        "uq_rating_once",
        table_name="rating",
        postgresql_where=sa.text("confirmation_state IN ('pending', 'confirmed')"),
    )
    op.drop_index("ix_rating_pending", table_name="rating", postgresql_where=sa.text("confirmation_state = 'pending'"))
    op.drop_index("ix_rating_organization_id", table_name="rating")
    op.drop_index("ix_rating_alliance_id", table_name="rating")
    op.drop_index("ix_rating_2025", table_name="rating")
    op.drop_index("ix_rating_2008", table_name="rating")
    op.drop_table("rating")
    op.drop_index("ix_officer_organization_id", table_name="officer")
    op.drop_index("ix_officer_alliance_id", table_name="officer")
    op.drop_index("ix_officer_2025", table_name="officer")
    op.drop_index("ix_officer_2008", table_name="officer")
    op.drop_table("officer")
