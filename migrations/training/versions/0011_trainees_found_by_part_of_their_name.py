"""trainees are found by part of their name."""

from __future__ import annotations

from alembic import op

revision = "training_0011"
down_revision = "training_0010"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    """Go one step up: an index beside those who write; no row is written."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_trainee_name_folded_trgm")
        op.create_index(
            "ix_trainee_name_folded_trgm",
            "trainee",
            ["name_folded"],
            postgresql_using="gin",
            postgresql_ops={"name_folded": "gin_trgm_ops"},
            postgresql_concurrently=True,
        )
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    """Go one step down; the extension stays."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_trainee_name_folded_trgm", table_name="trainee")
