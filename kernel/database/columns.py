"""Columns as the tables of every service declare them, so that an id, an amount or an instant is the same everywhere."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlmodel import Field, SQLModel


def uuid_field(**options: Any) -> Any:
    """Return the column of an id, read and written as text."""
    return Field(sa_type=UUID(as_uuid=False), **options)


def reference_field(table: str, **options: Any) -> Any:
    """Return a column that names a row of `table`, which is not deleted as long as it is named."""
    return uuid_field(foreign_key=f"{table}.id", ondelete="RESTRICT", **options)


def jsonb_field(default: str | None = "[]", **options: Any) -> Any:
    """Return a jsonb column, which is read and written as its text; without a default it may be null."""
    if default is None:
        return Field(sa_type=JSONB, nullable=True, **options)
    return Field(sa_type=JSONB, sa_column_kwargs={"server_default": text(f"'{default}'"), "nullable": False})


def vnd_field(**options: Any) -> Any:
    """Return a column of whole đồng."""
    return Field(sa_type=BigInteger, **options)


def instant_field(**options: Any) -> Any:
    """Return the column of an instant, with its time zone."""
    return Field(sa_type=DateTime(timezone=True), **options)


def texts_field(**options: Any) -> Any:
    """Return a column of several texts."""
    return Field(sa_type=ARRAY(Text), **options)


class RecordColumns(SQLModel):
    """Columns of every record. `alliance` owns the row: it alone decides access."""

    id: str = uuid_field(primary_key=True)
    version: int
    created_at: datetime = instant_field()
    updated_at: datetime = instant_field()
    created_by: str
    alliance: str


class ConfirmationColumns(SQLModel):
    """Columns of records that a second person confirms (kernel/records/confirmations.py)."""

    confirmation_state: str | None
    confirmation: str | None = jsonb_field(None)


class AttributionColumns(SQLModel):
    """Columns of the alliance's part in what a record tells of; null is not known, which is not `none`."""

    attribution: str | None
    partners: str = jsonb_field()


class CoverageColumns(RecordColumns):
    """Columns of what a province's records hold completely: without it a figure is `not_reported`, never 0."""

    province: str
    provinces_2008: list[str] = texts_field()
    record_types: list[str] = texts_field()
    covered_from: date
    covered_to: date | None
    source: str | None


def coverage_constraints() -> tuple[Any, ...]:
    """Return the index and the constraint of a coverage's table."""
    return (
        Index("ix_coverage_alliance_id", "alliance", "id"),
        CheckConstraint("covered_to IS NULL OR covered_to >= covered_from", name="ends_after_start"),
    )
