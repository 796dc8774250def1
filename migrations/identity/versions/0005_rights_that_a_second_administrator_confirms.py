"""rights that a second administrator confirms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "identity_0005"
down_revision = "identity_0004"
branch_labels = None
depends_on = None
# The version before lets in who still waits for a confirmation.
kind = "contract"


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("account", sa.Column("confirmation_state", sa.String(), nullable=True))
    op.add_column("account", sa.Column("confirmation", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("account", sa.Column("pending_change", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.create_index(
        "ix_account_pending",
        "account",
        ["alliance"],
        unique=False,
        postgresql_where=sa.text("confirmation_state = 'pending'"),
    )
    op.add_column("client", sa.Column("confirmation_state", sa.String(), nullable=True))
    op.add_column("client", sa.Column("confirmation", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("client", sa.Column("pending_change", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.create_index(
        "ix_client_pending",
        "client",
        ["alliance"],
        unique=False,
        postgresql_where=sa.text("confirmation_state = 'pending'"),
    )


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_client_pending", table_name="client", postgresql_where=sa.text("confirmation_state = 'pending'"))
    op.drop_column("client", "pending_change")
    op.drop_column("client", "confirmation")
    op.drop_column("client", "confirmation_state")
    op.drop_index(
        "ix_account_pending", table_name="account", postgresql_where=sa.text("confirmation_state = 'pending'")
    )
    op.drop_column("account", "pending_change")
    op.drop_column("account", "confirmation")
    op.drop_column("account", "confirmation_state")
