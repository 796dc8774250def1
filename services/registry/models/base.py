"""What all tables of the registry stand on, the tables that every service has, and coverages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, DateTime, Index, MetaData, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from kernel.database.columns import reference_field, uuid_field
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


def organization_field() -> Any:
    """Return the column that names an organization; it is not deleted while a record does."""
    return reference_field("organization")


class Record(RegistryModel):
    """Columns of every record. `alliance` owns the row: it alone decides access."""

    id: str = uuid_field(primary_key=True)
    version: int
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))
    created_by: str
    alliance: str


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
