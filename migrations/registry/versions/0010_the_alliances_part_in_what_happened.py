"""The alliance's part in foundings, conversions, products and certificates, in one list everywhere."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "registry_0010"
down_revision = "registry_0009"
branch_labels = None
depends_on = None
# Renames and drops columns that the version before reads.
kind = "contract"

_FACTS = ("type_conversion", "product", "certificate")
_SUPPORTED = ("product", "certificate")


def _partners(name: str) -> sa.Column[str]:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False)


def upgrade() -> None:
    """Go one step up. That support was not ticked said nothing: it becomes not known, and never `none`."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.alter_column("organization", "founding_support", new_column_name="founding_attribution")
    op.add_column("organization", _partners("founding_partners"))
    op.execute(
        "UPDATE organization SET founding_attribution = CASE founding_attribution WHEN 'other' THEN 'none' "
        "ELSE 'supported' END WHERE founding_attribution IN ('other', 'alliance_supported')"
    )
    for table in _FACTS:
        op.add_column(table, sa.Column("attribution", sa.String(), nullable=True))
        op.add_column(table, _partners("partners"))
    for table in _SUPPORTED:
        op.execute(f"UPDATE {table} SET attribution = 'supported' WHERE with_alliance_support")  # noqa: S608  names above
        op.drop_column(table, "with_alliance_support")


def downgrade() -> None:
    """Go one step down: who led and who helped is one again."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in _SUPPORTED:
        op.add_column(
            table, sa.Column("with_alliance_support", sa.Boolean(), server_default=sa.text("false"), nullable=False)
        )
        op.execute(
            f"UPDATE {table} SET with_alliance_support = true WHERE attribution IN ('alliance_led', 'joint', 'supported')"  # noqa: S608
        )
        op.alter_column(table, "with_alliance_support", server_default=None)
    for table in _FACTS:
        op.drop_column(table, "partners")
        op.drop_column(table, "attribution")
    op.execute(
        "UPDATE organization SET founding_attribution = CASE founding_attribution WHEN 'none' THEN 'other' "
        "ELSE 'alliance_supported' END WHERE founding_attribution IN ('none', 'joint', 'supported')"
    )
    op.drop_column("organization", "founding_partners")
    op.alter_column("organization", "founding_attribution", new_column_name="founding_support")
