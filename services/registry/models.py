"""Every table of the registry."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKey, Index, MetaData, Numeric, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from kernel.database.connections import NAMING_CONVENTION
from kernel.database.tables import (
    audit_table,
    change_table,
    feed_epoch_table,
    file_table,
    history_table,
    idempotency_table,
    job_table,
    key_fingerprint_table,
)


class RegistryModel(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING_CONVENTION))):
    """Base of the registry's tables: metadata of its own, so that services share a process in tests."""


metadata = RegistryModel.metadata
change = change_table(metadata)
feed_epoch = feed_epoch_table(metadata)
history = history_table(metadata)
idempotency_key = idempotency_table(metadata)
audit = audit_table(metadata)
key_fingerprint = key_fingerprint_table(metadata)
job = job_table(metadata)
file = file_table(metadata)


def _uuid(**options: Any) -> Any:
    return Field(sa_type=UUID(as_uuid=False), **options)


def _organization() -> Any:
    return _uuid(foreign_key="organization.id", ondelete="RESTRICT")


def _jsonb(default: str = "[]") -> Any:
    return Field(sa_type=JSONB, sa_column_kwargs={"server_default": text(f"'{default}'"), "nullable": False})


class Record(RegistryModel):
    """Columns of every record. `alliance` owns the row: it alone decides access."""

    id: str = _uuid(primary_key=True)
    version: int
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))
    created_by: str
    alliance: str


class Organization(Record, table=True):
    """A cooperative, union, group or enterprise.

    type, legal_status, operating_state, the seat and alliance are what the last period of its timeline
    (organization_state) says; the opening_ columns are what it began with.
    """

    __tablename__ = "organization"
    __table_args__ = (
        Index("uq_organization_code", "code", unique=True, postgresql_where=text("code IS NOT NULL")),
        Index("ix_organization_alliance_id", "alliance", "id"),
        Index("ix_organization_page_2025", "province_2025", "type", "legal_status", "id"),
        Index("ix_organization_page_2008", "province_2008", "type", "legal_status", "id"),
        Index("ix_organization_commune", "commune_code", "commune_map"),
        Index("ix_organization_legacy_number", "legacy_number", postgresql_where=text("legacy_number IS NOT NULL")),
        Index("ix_organization_registered", "opening_province_2008", "opening_type", "registered_on"),
        Index("ix_organization_updated_at", "updated_at", "id"),
        Index(
            "ix_organization_undated",
            "starts_on",
            "id",
            postgresql_where=text("registered_on IS NULL AND founded_on IS NULL"),
        ),
        Index(
            "ix_organization_name_distinct_trgm",
            "name_distinct",
            postgresql_using="gin",
            postgresql_ops={"name_distinct": "gin_trgm_ops"},
        ),
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
    business_lines: str = _jsonb()
    report_sector: str | None
    charter_capital_vnd: int | None = Field(sa_type=BigInteger)
    paid_capital_vnd: int | None = Field(sa_type=BigInteger)
    founded_on: date | None
    founded_precision: str | None
    registered_on: date | None
    founding_support: str | None
    legal_representatives: str = _jsonb()
    contacts: str = _jsonb()
    legal_status: str
    operating_state: str
    governance: str | None
    external_ids: str = _jsonb()
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
    alliance: str


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


class Fact(Record):
    """A dated fact of an organization. The provinces are where it lay on that day."""

    organization_id: str = _organization()
    province_2008: str
    province_2025: str
    file_ids: str = _jsonb()
    is_synthetic: bool = Field(sa_column_kwargs={"server_default": text("false")})


def _fact_indexes(table: str, day: str) -> tuple[Any, ...]:
    return (
        Index(f"ix_{table}_organization_id", "organization_id", day),
        Index(f"ix_{table}_alliance_id", "alliance", "id"),
        Index(f"ix_{table}_2008", "province_2008", day),
        Index(f"ix_{table}_2025", "province_2025", day),
    )


class StatusChange(Fact, table=True):
    """A change of the legal status (registered) or of the operating state (observed)."""

    __tablename__ = "status_change"
    __table_args__ = _fact_indexes("status_change", "effective_on")

    kind: str
    status: str
    effective_on: date
    decision_number: str | None
    reason: str | None
    source: str
    basis: str | None


class TypeConversion(Fact, table=True):
    """A group that became a cooperative (the code stays), or an old-style cooperative that became new-style."""

    __tablename__ = "type_conversion"
    __table_args__ = (
        *_fact_indexes("type_conversion", "effective_on"),
        Index("uq_type_conversion_once", "organization_id", "kind", unique=True),
    )

    kind: str
    effective_on: date
    decision_number: str | None
    reason: str | None


class SeatChange(Fact, table=True):
    """A move of the seat."""

    __tablename__ = "seat_change"
    __table_args__ = _fact_indexes("seat_change", "effective_on")

    effective_on: date
    commune_code: str
    commune_map: str
    commune_name: str | None
    address: str | None
    to_province_2008: str
    to_province_2025: str
    decision_number: str | None
    reason: str | None


class AllianceMembership(Fact, table=True):
    """Membership of the alliance, from the decision to admit to the decision to let go."""

    __tablename__ = "alliance_membership"
    __table_args__ = (
        *_fact_indexes("alliance_membership", "admitted_on"),
        Index("uq_alliance_membership_open", "organization_id", unique=True, postgresql_where=text("left_on IS NULL")),
        CheckConstraint("left_on IS NULL OR left_on > admitted_on", name="left_after_admitted"),
    )

    kind: str
    admitted_on: date
    admission_decision_number: str | None
    certificate_number: str | None
    alliance_label: str | None
    left_on: date | None
    leaving_decision_number: str | None
    leaving_reason: str | None


class Product(Fact, table=True):
    """What an organization makes, with its OCOP grade where it has one."""

    __tablename__ = "product"
    __table_args__ = (
        *_fact_indexes("product", "recognized_on"),
        CheckConstraint("ocop_stars BETWEEN 1 AND 5", name="stars"),
        CheckConstraint("ocop_score BETWEEN 0 AND 100", name="score"),
    )

    name: str
    name_folded: str
    product_group: str | None
    ocop_stars: int | None
    ocop_score: Decimal | None = Field(sa_type=Numeric(5, 2))
    decision_number: str | None
    issuing_authority: str | None
    recognized_on: date | None
    valid_until: date | None
    with_alliance_support: bool


class Certificate(Fact, table=True):
    """A certificate of a scheme such as VietGAP; `area_hectares` is what it covers."""

    __tablename__ = "certificate"
    __table_args__ = (
        *_fact_indexes("certificate", "valid_from"),
        CheckConstraint("area_hectares > 0", name="area_positive"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="ends_after_start"),
    )

    scheme: str
    scope: str | None
    area_hectares: Decimal | None = Field(sa_type=Numeric(14, 4))
    number: str | None
    certifier: str | None
    valid_from: date
    valid_until: date | None
    with_alliance_support: bool


class Coverage(Record, table=True):
    """What a province's records hold completely: without it a figure is `not_reported`, never 0."""

    __tablename__ = "coverage"
    __table_args__ = (
        Index("ix_coverage_alliance_id", "alliance", "id"),
        CheckConstraint("covered_to IS NULL OR covered_to >= covered_from", name="ends_after_start"),
    )

    province: str
    provinces_2008: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    record_types: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    covered_from: date
    covered_to: date | None
    source: str | None
