"""Organizations, their timelines and their keys in other systems."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import UUID
from sqlmodel import Field

from kernel.database.columns import instant_field, jsonb_field, reference_field, uuid_field
from services.registry.models.base import Record, RegistryModel

_PRESENT = text("merged_into IS NULL")


class Organization(Record, table=True):
    """A cooperative, union, group or enterprise.

    type, legal_status, operating_state, the seat and alliance are what the last period of its timeline
    (organization_state) says; the opening_ columns are what it began with. One that was entered twice and is `merged_into`
    the other has no timeline: nothing counts it.
    """

    __tablename__ = "organization"
    __table_args__ = (
        Index("uq_organization_code", "code", unique=True, postgresql_where=text("code IS NOT NULL")),
        # Lists, counts and snapshots leave out those merged into another, and stay within these indexes.
        Index("ix_organization_alliance_id", "alliance", "id", postgresql_where=_PRESENT),
        Index("ix_organization_page_2025", "province_2025", "type", "legal_status", "id", postgresql_where=_PRESENT),
        Index("ix_organization_page_2008", "province_2008", "type", "legal_status", "id", postgresql_where=_PRESENT),
        Index("ix_organization_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        Index("ix_organization_commune", "commune_code", "commune_map"),
        # Those that an officer placed in a commune of today: few, beside the many that ix_organization_commune finds.
        Index(
            "ix_organization_seat_2025",
            "seat_2025_commune_code",
            postgresql_where=text("seat_2025_commune_code IS NOT NULL"),
        ),
        Index("ix_organization_legacy_number", "legacy_number", postgresql_where=text("legacy_number IS NOT NULL")),
        Index("ix_organization_registered", "opening_province_2008", "opening_type", "registered_on"),
        Index("ix_organization_updated_at", "updated_at", "id"),
        Index(
            "ix_organization_undated",
            "starts_on",
            "id",
            postgresql_where=text("registered_on IS NULL AND founded_on IS NULL"),
        ),
        # Search by name: those that are called so, and those that hold it (services/registry/organizations/name_search.py).
        Index("ix_organization_name_distinct", "name_distinct", "id"),
        Index("ix_organization_name_tokens", text("name_tokens(name_distinct)"), postgresql_using="gin"),
        CheckConstraint("starts_on > '-infinity'", name="begins_on_a_day"),
        CheckConstraint("charter_capital_vnd >= 0", name="charter_capital_not_negative"),
        CheckConstraint("paid_capital_vnd >= 0", name="paid_capital_not_negative"),
    )

    type: str
    is_credit_fund: bool
    code: str | None
    legacy_number: str | None
    name: str
    name_short: str | None
    name_foreign: str | None
    name_folded: str
    name_distinct: str
    name_sort: str = Field(sa_column=Column(Text(collation="C"), nullable=False))
    commune_code: str
    commune_map: str
    commune_name: str | None
    address: str | None
    province_2008: str
    province_2025: str
    seat_2025_commune_code: str | None
    business_lines: str = jsonb_field()
    report_sector: str | None
    charter_capital_vnd: int | None = Field(sa_type=BigInteger)
    paid_capital_vnd: int | None = Field(sa_type=BigInteger)
    founded_on: date | None
    founded_precision: str | None
    registered_on: date | None
    founding_attribution: str | None
    founding_partners: str = jsonb_field()
    legal_representatives: str = jsonb_field()
    contacts: str = jsonb_field()
    legal_status: str
    operating_state: str
    governance: str | None
    external_ids: str = jsonb_field()
    photo_file_ids: str = jsonb_field()
    is_synthetic: bool
    starts_on: date
    opening_type: str
    opening_legal_status: str
    opening_operating_state: str
    opening_commune_code: str
    opening_commune_map: str
    opening_commune_name: str | None
    opening_address: str | None
    opening_province_2008: str
    opening_province_2025: str
    opening_seat_2025_commune_code: str | None
    merged_into: str | None = reference_field("organization", nullable=True)


class OrganizationState(RegistryModel, table=True):
    """The timeline: what an organization was from `valid_from` until the day before `valid_to`."""

    __tablename__ = "organization_state"
    __table_args__ = (
        Index("ix_organization_state_2008", "province_2008", "type", "valid_to", "valid_from"),
        Index("ix_organization_state_2025", "province_2025", "type", "valid_to", "valid_from"),
        CheckConstraint("valid_from < valid_to", name="period_not_empty"),
    )

    organization_id: str = Field(
        sa_column=Column(UUID(as_uuid=False), ForeignKey("organization.id", ondelete="CASCADE"), primary_key=True)
    )
    valid_from: date = Field(primary_key=True)
    valid_to: date
    type: str
    legal_status: str
    operating_state: str
    commune_code: str
    commune_map: str
    commune_name: str | None
    address: str | None
    province_2008: str
    province_2025: str
    seat_2025_commune_code: str | None
    alliance: str


class OrganizationDeduplication(RegistryModel, table=True):
    """That an organization was put together with another: which records followed, so that exactly those go back."""

    __tablename__ = "organization_deduplication"
    __table_args__ = (
        Index("ix_organization_deduplication_into_id", "into_id"),
        Index(
            "uq_organization_deduplication_standing",
            "organization_id",
            unique=True,
            postgresql_where=text("reversed_at IS NULL"),
        ),
        Index("ix_organization_deduplication_organization_id", "organization_id", "id"),
    )

    id: str = uuid_field(primary_key=True)
    organization_id: str = uuid_field(foreign_key="organization.id", ondelete="CASCADE")
    into_id: str = uuid_field(foreign_key="organization.id", ondelete="CASCADE")
    reason: str
    moved: str = jsonb_field()
    deduplicated_at: datetime = instant_field()
    deduplicated_by: str
    reversed_at: datetime | None = instant_field(nullable=True)
    reversed_by: str | None
    reversal_reason: str | None


class OrganizationExternalId(RegistryModel, table=True):
    """A foreign system's key of an organization, unique per system."""

    __tablename__ = "organization_external_id"

    system: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    organization_id: str = Field(
        sa_column=Column(
            UUID(as_uuid=False), ForeignKey("organization.id", ondelete="CASCADE"), nullable=False, index=True
        )
    )
