"""what was recorded after an instant is found."""

from __future__ import annotations

from alembic import op

revision = "funds_0022"
down_revision = "funds_0021"
branch_labels = None
depends_on = None
# An index of a large table, while its writers wait.
kind = "contract"


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index(
        "ix_history_recorded_at",
        "history",
        ["recorded_at"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"autosummarize": "on"},
    )


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index(
        "ix_history_recorded_at", table_name="history", postgresql_using="brin", postgresql_with={"autosummarize": "on"}
    )
