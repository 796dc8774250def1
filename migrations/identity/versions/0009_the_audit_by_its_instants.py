"""The audit by its instants, and each subject's readings of personal data.

Revision ID: identity_0009
Revises: identity_0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.ddl import build_index, drop_index

revision = "identity_0009"
down_revision = "identity_0008"
branch_labels = None
depends_on = None

kind = "expand"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    build_index("ix_audit_occurred_at_id", "audit", ["occurred_at", "id"])
    build_index("ix_audit_readings", "audit", ["actor", "occurred_at"], postgresql_where=sa.text("purpose IS NOT NULL"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    drop_index("ix_audit_readings")
    drop_index("ix_audit_occurred_at_id")
