"""One of several persons is erased: history loses the place in a list that names one, and keeps the others.

Revision ID: registry_0021
Revises: registry_0020
"""

from __future__ import annotations

from alembic import op

from migrations.ddl import let_only_lists_be_emptied, let_places_be_emptied

revision = "registry_0021"
down_revision = "registry_0020"
branch_labels = None
depends_on = None

# What the version before names means what it meant.
kind = "expand"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    let_places_be_emptied()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    let_only_lists_be_emptied()
