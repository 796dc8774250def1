"""What happened to organizations: dated facts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Index, Numeric, text
from sqlmodel import Field

from kernel.database.columns import AttributionColumns, jsonb_field, reference_field
from services.registry.models.base import Record


class Fact(Record):
    """A dated fact of an organization. The provinces are where it lay on that day."""

    organization_id: str = reference_field("organization")
    province_2008: str
    province_2025: str
    file_ids: str = jsonb_field()
    is_synthetic: bool = Field(sa_column_kwargs={"server_default": text("false")})


def fact_indexes(table: str, day: str) -> tuple[Any, ...]:
    """Return the indexes that every table of facts has; `day` is the column that places one."""
    return (
        Index(f"ix_{table}_organization_id", "organization_id", day),
        Index(f"ix_{table}_alliance_id", "alliance", "id"),
        Index(f"ix_{table}_2008", "province_2008", day),
        Index(f"ix_{table}_2025", "province_2025", day),
    )


class StatusChange(Fact, table=True):
    """A change of the legal status (registered) or of the operating state (observed)."""

    __tablename__ = "status_change"
    __table_args__ = fact_indexes("status_change", "effective_on")

    kind: str
    status: str
    effective_on: date
    decision_number: str | None
    reason: str | None
    source: str
    basis: str | None


class TypeConversion(Fact, AttributionColumns, table=True):
    """A group that became a cooperative (the code stays), or an old-style cooperative that became new-style."""

    __tablename__ = "type_conversion"
    __table_args__ = (
        *fact_indexes("type_conversion", "effective_on"),
        Index("uq_type_conversion_once", "organization_id", "kind", unique=True),
    )

    kind: str
    effective_on: date
    decision_number: str | None
    reason: str | None


class SeatChange(Fact, table=True):
    """A move of the seat."""

    __tablename__ = "seat_change"
    __table_args__ = fact_indexes("seat_change", "effective_on")

    effective_on: date
    commune_code: str
    commune_map: str
    commune_name: str | None
    address: str | None
    to_province_2008: str
    to_province_2025: str
    seat_2025_commune_code: str | None
    decision_number: str | None
    reason: str | None


class AllianceMembership(Fact, table=True):
    """Membership of the alliance, from the decision to admit to the decision to let go."""

    __tablename__ = "alliance_membership"
    __table_args__ = (
        *fact_indexes("alliance_membership", "admitted_on"),
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


class Product(Fact, AttributionColumns, table=True):
    """What an organization makes, with its OCOP grade where it has one."""

    __tablename__ = "product"
    __table_args__ = (
        *fact_indexes("product", "recognized_on"),
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
    photo_file_ids: str = jsonb_field()


class Certificate(Fact, AttributionColumns, table=True):
    """A certificate of a scheme such as VietGAP; `area_hectares` is what it covers."""

    __tablename__ = "certificate"
    __table_args__ = (
        *fact_indexes("certificate", "valid_from"),
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
