"""Persons are erased: what was erased of whom, and a history that may lose that.

Revision ID: registry_0020
Revises: registry_0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.ddl import let_history_be_emptied, let_no_history_be_emptied

revision = "registry_0020"
down_revision = "registry_0019"
branch_labels = None
depends_on = None

# The version before changes nothing in history.
kind = "expand"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("officer", sa.Column("erased_on", sa.Date(), nullable=True))
    let_history_be_emptied()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    let_no_history_be_emptied()
    op.drop_column("officer", "erased_on")
