"""What all tables of the funds stand on, and the tables that every service has."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    DateTime,
    MetaData,
)
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from kernel.database.columns import uuid_field
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


class Record(FundsModel):
    """Columns of every record. `alliance` owns the row: it alone decides access."""

    id: str = uuid_field(primary_key=True)
    version: int
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))
    created_by: str
    alliance: str
