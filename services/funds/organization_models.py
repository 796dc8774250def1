"""What the funds keep of the registry's organizations, fed by its change feed."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Table, Text

from kernel.tables import followed_columns, followed_feed_table
from services.funds.models import metadata

followed_feed = followed_feed_table(metadata)
followed_organization = Table(
    "followed_organization",
    metadata,
    *followed_columns(),
    Column("alliance", Text),
    Column("type", Text),
    Column("code", Text),
    Column("name", Text),
    Column("commune_code", Text),
    Column("commune_map", Text),
    Column("province_2008", Text),
    Column("province_2025", Text),
    Column("legal_status", Text),
    Column("operating_state", Text),
    Column("report_sector", Text),
    CheckConstraint(
        "removed_as IS NOT NULL OR (alliance IS NOT NULL AND type IS NOT NULL AND name IS NOT NULL)",
        name="known_unless_removed",
    ),
    Index("ix_followed_organization_code", "code"),
)
