"""Tables that every service has: change feed, history, idempotency keys, audit. Made per service by factories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.types import UserDefinedType


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **kwargs: Any) -> str:
        """Return the name of the column type."""
        return "xid8"


def _instant(name: str, **options: Any) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=False, **options)


def change_table(metadata: MetaData) -> Table:
    """The change feed: one row an effect, written in the effect's transaction, ordered by (xid, seq).

    `xid`: the transaction's, or that of the record's event before where this is greater (kernel.records.journal).
    """
    return Table(
        "change",
        metadata,
        Column("xid", Xid8, nullable=False, server_default=text("pg_current_xact_id()")),
        Column("seq", BigInteger, Identity(), nullable=False),
        Column("id", UUID(as_uuid=False), nullable=False),
        Column("type", Text, nullable=False),
        Column("resource_type", Text, nullable=False),
        Column("resource_id", UUID(as_uuid=False), nullable=False),
        Column("resource_version", Integer, nullable=False),
        Column("alliance", Text, nullable=False),
        Column("changed", ARRAY(Text), nullable=False),
        Column("reason", Text),
        Column("merged_into", UUID(as_uuid=False)),
        _instant("occurred_at", server_default=text("now()")),
        PrimaryKeyConstraint("xid", "seq"),
        Index("ix_change_alliance_xid_seq", "alliance", "xid", "seq"),
    )


def feed_epoch_table(metadata: MetaData) -> Table:
    """One row: the life of this database that cursors belong to, and when it began."""
    return Table(
        "feed_epoch",
        metadata,
        Column("only", SmallInteger, primary_key=True, server_default=text("1")),
        Column("epoch", Text, nullable=False),
        _instant("began_at", server_default=text("now()")),
    )


def history_table(metadata: MetaData, *, by_instant: bool = True) -> Table:
    """Every version of every record: who made it, when, why, and what it said. Append-only, but for what is erased of a person.

    `xid` is that of the version's event in the feed; without one it is older than places that are kept. `by_instant`: what
    was recorded after an instant is asked for (kernel/feed/history_routes.py).
    """
    # Rows come nearly in the order of their instants: a few bytes for each megabyte of them, and nothing to write a row.
    index = Index(
        "ix_history_recorded_at", "recorded_at", postgresql_using="brin", postgresql_with={"autosummarize": "on"}
    )
    return Table(
        "history",
        metadata,
        Column("resource_id", UUID(as_uuid=False), nullable=False),
        Column("version", Integer, nullable=False),
        Column("resource_type", Text, nullable=False),
        Column("action", Text, nullable=False),
        _instant("recorded_at"),
        Column("recorded_by", Text, nullable=False),
        Column("alliance", Text, nullable=False),
        Column("reason", Text),
        Column("changed", ARRAY(Text), nullable=False),
        Column("input_hash", LargeBinary),
        Column("content", JSONB, nullable=False),
        Column("xid", Xid8, server_default=text("pg_current_xact_id()")),
        PrimaryKeyConstraint("resource_type", "resource_id", "version"),
        *((index,) if by_instant else ()),
    )


def erasure_table(metadata: MetaData) -> Table:
    """What was emptied of a person, in which versions of a record: history may lose these fields, and nothing else. Append-only."""
    return Table(
        "erasure",
        metadata,
        Column("id", UUID(as_uuid=False), primary_key=True),
        Column("resource_type", Text, nullable=False),
        Column("resource_id", UUID(as_uuid=False), nullable=False),
        Column("subject_type", Text, nullable=False),
        Column("subject_id", UUID(as_uuid=False), nullable=False),
        Column("fields", ARRAY(Text), nullable=False),
        Column("versions", ARRAY(Integer), nullable=False),
        Column("ground", Text, nullable=False),
        Column("document_number", Text),
        _instant("erased_at"),
        Column("erased_by", Text, nullable=False),
        Index("ix_erasure_resource", "resource_type", "resource_id"),
        Index("ix_erasure_erased_at", "erased_at"),
    )


def followed_feed_table(metadata: MetaData) -> Table:
    """Where this service stands in each feed that it follows. `known_at`: what is kept is as it was there, at this instant."""
    return Table(
        "followed_feed",
        metadata,
        Column("feed", Text, primary_key=True),
        Column("area", Text, nullable=False),
        Column("cursor", Text),
        Column("life", Integer, nullable=False),
        Column("is_whole", Boolean, nullable=False),
        Column("known_at", DateTime(timezone=True)),
        Column("succeeded_at", DateTime(timezone=True)),
        Column("failed_at", DateTime(timezone=True)),
        Column("problem", Text),
    )


def followed_columns() -> tuple[Column[Any], ...]:
    """Return the columns of every projection of another service's records: which version is known, and whether it is gone."""
    return (
        Column("id", UUID(as_uuid=False), primary_key=True),
        Column("version", Integer, nullable=False),
        Column("life", Integer, nullable=False),
        Column("removed_as", Text),
        Column("merged_into", UUID(as_uuid=False)),
        _instant("followed_at", server_default=text("now()")),
    )


def repointed_record_table(metadata: MetaData) -> Table:
    """Which records of this service follow an organization into the one it was put together with: those that go back.

    `failed_at`: when it last could not be pointed, or pointed back.
    """
    return Table(
        "repointed_record",
        metadata,
        Column("resource_type", Text, nullable=False),
        Column("resource_id", UUID(as_uuid=False), nullable=False),
        Column("field", Text, nullable=False),
        Column("organization_id", UUID(as_uuid=False), nullable=False),
        Column("into_id", UUID(as_uuid=False), nullable=False),
        Column("is_pointed", Boolean, nullable=False),
        Column("failed_at", DateTime(timezone=True)),
        PrimaryKeyConstraint("resource_type", "resource_id", "field", "organization_id"),
        Index("ix_repointed_record_organization_id", "organization_id"),
    )


def idempotency_table(metadata: MetaData) -> Table:
    """Answers kept by client and Idempotency-Key, written in the transaction of the effect."""
    return Table(
        "idempotency_key",
        metadata,
        Column("client_id", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("request_hash", LargeBinary, nullable=False),
        Column("status", SmallInteger),
        Column("headers", JSONB),
        Column("body", LargeBinary),
        _instant("created_at", server_default=text("now()")),
        PrimaryKeyConstraint("client_id", "key"),
        Index("ix_idempotency_key_created_at", "created_at"),
    )


def audit_table(metadata: MetaData) -> Table:
    """Who did or saw what beyond the history of records: sign-ins, resets, unmasked reads. Append-only.

    `purpose`: of a reading of personal data, what it was for; `unusual`: beyond the usual number (kernel/audit/entries.py).
    """
    return Table(
        "audit",
        metadata,
        Column("id", UUID(as_uuid=False), primary_key=True),
        _instant("occurred_at", server_default=text("now()")),
        Column("action", Text, nullable=False),
        Column("actor", Text, nullable=False),
        Column("alliance", Text),
        Column("resource_type", Text),
        Column("resource_id", Text),
        Column("request_id", Text),
        Column("detail", JSONB),
        Column("purpose", Text),
        Column("unusual", Boolean, nullable=False, server_default=text("false")),
        Index("ix_audit_alliance_occurred_at", "alliance", "occurred_at"),
        Index("ix_audit_occurred_at_id", "occurred_at", "id"),
        Index("ix_audit_readings", "actor", "occurred_at", postgresql_where=text("purpose IS NOT NULL")),
    )


def audit_day_table(metadata: MetaData) -> Table:
    """Each day of the audit as it was when it was closed, and the hash that ties it to the day before (kernel/audit/days.py)."""
    return Table(
        "audit_day",
        metadata,
        Column("day", Date, primary_key=True),
        Column("format", SmallInteger, nullable=False),
        Column("entries", LargeBinary, nullable=False),
        Column("hash", LargeBinary, nullable=False),
        _instant("closed_at"),
    )


def job_table(metadata: MetaData) -> Table:
    """Slow work: asked for, taken by a worker for as long as its lease lasts, finished or failed."""
    return Table(
        "job",
        metadata,
        Column("id", UUID(as_uuid=False), primary_key=True),
        Column("kind", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("progress_percent", SmallInteger, nullable=False, server_default=text("0")),
        Column("area", Text, nullable=False),
        Column("created_by", Text, nullable=False),
        Column("request", JSONB, nullable=False),
        Column("result", JSONB),
        Column("problem", JSONB),
        Column("attempts", SmallInteger, nullable=False, server_default=text("0")),
        Column("lease_until", DateTime(timezone=True)),
        _instant("created_at", server_default=text("now()")),
        _instant("updated_at", server_default=text("now()")),
        Index("ix_job_waiting", "created_at", postgresql_where=text("state IN ('queued', 'running')")),
    )


def file_table(metadata: MetaData) -> Table:
    """Attachments: one row an upload; the bytes are stored once by their hash."""
    return Table(
        "file",
        metadata,
        Column("id", UUID(as_uuid=False), primary_key=True),
        Column("sha256", Text, nullable=False),
        Column("bytes", BigInteger, nullable=False),
        Column("media_type", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("alliance", Text, nullable=False),
        Column("created_by", Text, nullable=False),
        _instant("created_at", server_default=text("now()")),
        Index("ix_file_sha256", "sha256"),
        Index("ix_file_created_at", "created_at"),
    )


def key_fingerprint_table(metadata: MetaData) -> Table:
    """By what each key is known that this database was used with (kernel/storage/keys.py): another one is refused."""
    return Table(
        "key_fingerprint",
        metadata,
        Column("name", Text, primary_key=True),
        Column("fingerprint", Text, nullable=False),
        _instant("recorded_at", server_default=text("now()")),
    )


@dataclass(frozen=True)
class CommonTables:
    """The tables of every service that other code names."""

    change: Table
    history: Table


def common_tables(metadata: MetaData, *, history_by_instant: bool = True) -> CommonTables:
    """Declare the tables that every service has. `history_by_instant`: as of `history_table`."""
    change = change_table(metadata)
    feed_epoch_table(metadata)
    history = history_table(metadata, by_instant=history_by_instant)
    idempotency_table(metadata)
    erasure_table(metadata)
    audit_table(metadata)
    audit_day_table(metadata)
    key_fingerprint_table(metadata)
    return CommonTables(change, history)


def job_and_file_tables(metadata: MetaData) -> None:
    """Declare the tables of a service that has slow work and attachments."""
    job_table(metadata)
    file_table(metadata)
