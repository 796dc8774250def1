"""Persons are erased: what was erased of whom, and a history that may lose that.

Revision ID: identity_0012
Revises: identity_0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.ddl import let_history_be_emptied, let_no_history_be_emptied

revision = "identity_0012"
down_revision = "identity_0011"
branch_labels = None
depends_on = None

# The version before changes nothing in history.
kind = "expand"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("account", sa.Column("erased_on", sa.Date(), nullable=True))
    let_history_be_emptied()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    let_no_history_be_emptied()
    op.drop_column("account", "erased_on")
