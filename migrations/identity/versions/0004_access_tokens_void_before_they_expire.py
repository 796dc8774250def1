"""access tokens void before they expire."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "identity_0004"
down_revision = "identity_0003"
branch_labels = None
depends_on = None
# Whom the version before disables has tokens that stay good.
kind = "contract"


def upgrade() -> None:
    """Go one step up."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "token_revocation",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("least_version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_token_revocation")),
    )
    # Whoever was disabled a moment ago may hold tokens still.
    op.execute(
        "INSERT INTO token_revocation SELECT id::text, version, updated_at FROM account WHERE NOT is_active "
        "UNION ALL SELECT client_id, version, updated_at FROM client WHERE NOT is_active"
    )


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("token_revocation")
