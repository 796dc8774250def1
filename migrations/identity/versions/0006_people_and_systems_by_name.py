"""people and systems by name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "identity_0006"
down_revision = "identity_0005"
branch_labels = None
depends_on = None
kind = "expand"


def upgrade() -> None:
    """Go one step up. A view: those who were there before are in it, and their events have been in the feed all along."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE VIEW subject AS
        SELECT id, version::int AS version, alliance::text AS alliance, id::text AS subject,
               full_name::text AS name, 'person'::text AS kind
          FROM account
         UNION ALL
        SELECT id, version::int, alliance::text, client_id::text, name::text, 'system'::text
          FROM client WHERE kind = 'system'""")
    op.create_index("ix_account_subject", "account", [sa.text("(id::text)")], unique=False)


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_account_subject", table_name="account")
    op.execute("DROP VIEW subject")
