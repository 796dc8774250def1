"""the place of a version's event stands beside it; a new life of the feed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database.tables import Xid8
from migrations.ddl import begin_new_life, order_feed_by_version

revision = "identity_0002"
down_revision = "identity_0001"
branch_labels = None
depends_on = None
# Locks and reorders the feed; the version before goes on numbering as it did.
kind = "contract"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # Filled from now on, so that no row of the past is rewritten; what has none is older than all that has one.
    op.add_column("history", sa.Column("xid", Xid8(), nullable=True))
    op.alter_column("history", "xid", server_default=sa.text("pg_current_xact_id()"))
    order_feed_by_version()
    begin_new_life()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("history", "xid")
    begin_new_life()
