"""organizations merged into another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "registry_0007"
down_revision = "registry_0006"
branch_labels = None
depends_on = None
# The lists of the version before lose their indexes, and show what was merged.
kind = "contract"


_PAGES = {
    "ix_organization_alliance_id": ["alliance", "id"],
    "ix_organization_page_2025": ["province_2025", "type", "legal_status", "id"],
    "ix_organization_page_2008": ["province_2008", "type", "legal_status", "id"],
}


def _rebuild(condition: sa.TextClause | None) -> None:
    """Put each index that lists run along in place of the one of before, which serves until then."""
    for name, columns in _PAGES.items():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}_next")
        op.create_index(
            f"{name}_next", "organization", columns, postgresql_concurrently=True, postgresql_where=condition
        )
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute(f"ALTER INDEX {name}_next RENAME TO {name}")


def upgrade() -> None:
    """Go one step up. A statement that waits longer than this for a lock gives up, rather than queue everyone behind it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "organization_deduplication",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("into_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("moved", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("deduplicated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deduplicated_by", sa.String(), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_by", sa.String(), nullable=True),
        sa.Column("reversal_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["into_id"], ["organization.id"], name=op.f("fk_organization_deduplication_into_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_organization_deduplication_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_deduplication")),
    )
    op.create_index("ix_organization_deduplication_into_id", "organization_deduplication", ["into_id"], unique=False)
    op.create_index(
        "ix_organization_deduplication_organization_id",
        "organization_deduplication",
        ["organization_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_organization_deduplication_standing",
        "organization_deduplication",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text("reversed_at IS NULL"),
    )
    op.add_column("organization", sa.Column("merged_into", sa.UUID(as_uuid=False), nullable=True))
    op.create_foreign_key(
        op.f("fk_organization_merged_into"),
        "organization",
        "organization",
        ["merged_into"],
        ["id"],
        ondelete="RESTRICT",
    )
    # Beside those who read and write: lists and counts leave out what was merged, and stay within these indexes.
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organization_merged_into")
        op.create_index(
            "ix_organization_merged_into",
            "organization",
            ["merged_into"],
            postgresql_concurrently=True,
            postgresql_where=sa.text("merged_into IS NOT NULL"),
        )
        _rebuild(sa.text("merged_into IS NULL"))
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    # The indexes that leave out what was merged go with the column.
    op.drop_constraint(op.f("fk_organization_merged_into"), "organization", type_="foreignkey")
    op.drop_column("organization", "merged_into")
    op.drop_table("organization_deduplication")
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        _rebuild(None)
        op.execute("RESET lock_timeout")
