"""What all tables of the funds stand on, and the tables that every service has."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    MetaData,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from kernel.database.connections import NAMING_CONVENTION
from kernel.database.tables import (
    audit_table,
    change_table,
    feed_epoch_table,
    file_table,
    followed_feed_table,
    history_table,
    idempotency_table,
    job_table,
    key_fingerprint_table,
)
from kernel.feed.organizations import followed_organization_table


class FundsModel(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING_CONVENTION))):
    """Base of the funds' tables: metadata of its own, so that services share a process in tests."""


metadata = FundsModel.metadata


change = change_table(metadata)


feed_epoch = feed_epoch_table(metadata)


history = history_table(metadata)


idempotency_key = idempotency_table(metadata)


audit = audit_table(metadata)


key_fingerprint = key_fingerprint_table(metadata)


job = job_table(metadata)


file = file_table(metadata)


followed_feed = followed_feed_table(metadata)


followed_organization = followed_organization_table(metadata)


def _uuid(**options: Any) -> Any:
    return Field(sa_type=UUID(as_uuid=False), **options)


def _of(table: str, **options: Any) -> Any:
    """Return a column that names a row of `table`, which stays as long as it is named."""
    return _uuid(foreign_key=f"{table}.id", ondelete="RESTRICT", **options)


def _jsonb(default: str | None = "[]", **options: Any) -> Any:
    """Return a jsonb column; without a default it may be null."""
    if default is None:
        return Field(sa_type=JSONB, nullable=True, **options)
    return Field(sa_type=JSONB, sa_column_kwargs={"server_default": text(f"'{default}'"), "nullable": False})


def _vnd(**options: Any) -> Any:
    return Field(sa_type=BigInteger, **options)


class Record(FundsModel):
    """Columns of every record. `alliance` owns the row: it alone decides access."""

    id: str = _uuid(primary_key=True)
    version: int
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))
    created_by: str
    alliance: str
