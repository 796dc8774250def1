"""codes beside passwords: authenticator apps, recovery codes, and which sign-ins were made with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

kind = "expand"
revision = "identity_0010"
down_revision = "identity_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("account", sa.Column("second_factor_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "session", sa.Column("with_second_factor", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
    op.create_table(
        "second_factor",
        sa.Column("account_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_second_factor_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_recovery_code_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_account_id"), "recovery_code", ["account_id"], unique=False)


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("recovery_code")
    op.drop_table("second_factor")
    op.drop_column("session", "with_second_factor")
    op.drop_column("account", "second_factor_since")
