"""one's own calls of the last week."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "identity_0007"
down_revision = "identity_0006"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    """Go one step up. New tables alone."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "request",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("route_id", sa.SmallInteger(), nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("subject", "at", "seq", name=op.f("pk_request")),
    )
    op.create_index("ix_request_request_id", "request", ["request_id"], unique=False, postgresql_using="hash")
    op.create_index(
        "ix_request_at",
        "request",
        ["at"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"autosummarize": "on"},
    )
    op.create_table(
        "request_route",
        sa.Column("id", sa.SmallInteger(), sa.Identity(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_route")),
    )
    op.create_index("uq_request_route_method_path", "request_route", ["method", "path"], unique=True)
    op.create_table(
        "request_source",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("position", sa.String(), nullable=False),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_request_source")),
    )


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("request_source")
    op.drop_index("uq_request_route_method_path", table_name="request_route")
    op.drop_table("request_route")
    op.drop_index("ix_request_at", table_name="request", postgresql_using="brin")
    op.drop_index("ix_request_request_id", table_name="request", postgresql_using="hash")
    op.drop_table("request")
