"""What personal data was read for, whether that was unusual, and the audit's closed days.

Revision ID: identity_0008
Revises: identity_0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "identity_0008"
down_revision = "identity_0007"
branch_labels = None
depends_on = None

# The version before writes entries without the new columns.
kind = "expand"

_TABLES = ("audit", "audit_day")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("audit", sa.Column("purpose", sa.Text(), nullable=True))
    op.add_column("audit", sa.Column("unusual", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "audit_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("format", sa.SmallInteger(), nullable=False),
        sa.Column("entries", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_audit_day")),
    )
    op.execute(
        "CREATE TRIGGER audit_day_append_only BEFORE UPDATE OR DELETE ON audit_day "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for table in _TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER audit_not_emptied ON audit")
    op.drop_table("audit_day")
    op.drop_column("audit", "unusual")
    op.drop_column("audit", "purpose")
