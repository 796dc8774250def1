"""trainees that wait for an officer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "training_0005"
down_revision = "training_0004"
branch_labels = None
depends_on = None
# Replaces a unique index; the version before takes trainees that wait for confirmed.
kind = "contract"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # Whoever was entered until now was found by the number over the whole alliance: those stand.
    op.add_column("trainee", sa.Column("state", sa.Text(), server_default="confirmed", nullable=False))
    op.drop_index("uq_trainee_id_number", table_name="trainee")
    op.create_index(
        "uq_trainee_id_number",
        "trainee",
        ["alliance", "id_number_mark"],
        unique=True,
        postgresql_where=sa.text("id_number_mark IS NOT NULL AND state = 'confirmed'"),
    )
    op.create_index(
        "ix_trainee_id_number",
        "trainee",
        ["alliance", "id_number_mark"],
        postgresql_where=sa.text("id_number_mark IS NOT NULL"),
    )
    op.create_index("ix_trainee_name", "trainee", ["alliance", "name_folded"])
    op.create_index(
        "ix_trainee_unconfirmed", "trainee", ["alliance", "id"], postgresql_where=sa.text("state = 'unconfirmed'")
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_trainee_unconfirmed", table_name="trainee")
    op.drop_index("ix_trainee_name", table_name="trainee")
    op.drop_index("ix_trainee_id_number", table_name="trainee")
    op.drop_index("uq_trainee_id_number", table_name="trainee")
    op.create_index(
        "uq_trainee_id_number",
        "trainee",
        ["alliance", "id_number_mark"],
        unique=True,
        postgresql_where=sa.text("id_number_mark IS NOT NULL"),
    )
    op.drop_column("trainee", "state")
