"""What tells of a person is found: registrations, what was removed, and who was joined.

Revision ID: training_0016
Revises: training_0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.ddl import build_index, drop_index

revision = "training_0016"
down_revision = "training_0015"
branch_labels = None
depends_on = None

kind = "expand"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    build_index("ix_registration_trainee_id", "registration", ["trainee_id"])
    build_index(
        "ix_history_removed_of_trainee",
        "history",
        [sa.text("(content ->> 'trainee_id')")],
        postgresql_where=sa.text("action = 'removed' AND content ->> 'trainee_id' IS NOT NULL"),
    )
    build_index("ix_change_merged_into", "change", ["merged_into"], postgresql_where=sa.text("merged_into IS NOT NULL"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    drop_index("ix_change_merged_into")
    drop_index("ix_history_removed_of_trainee")
    drop_index("ix_registration_trainee_id")
