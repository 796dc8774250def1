"""Persons are erased: what was erased of whom, and a history that may lose that.

Revision ID: reporting_0006
Revises: reporting_0005
"""

from __future__ import annotations

from alembic import op

from migrations.ddl import let_history_be_emptied, let_no_history_be_emptied

revision = "reporting_0006"
down_revision = "reporting_0005"
branch_labels = None
depends_on = None

# The version before changes nothing in history.
kind = "expand"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    let_history_be_emptied()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    let_no_history_be_emptied()
