"""Columns that the models of every service declare alike: ids, references, jsonb, money."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, text
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlmodel import Field


def uuid_field(**options: Any) -> Any:
    """Return the column of an id, read and written as its text."""
    return Field(sa_type=UUID(as_uuid=False), **options)


def reference_field(table: str, **options: Any) -> Any:
    """Return a column that names a row of `table`, which stays as long as it is named."""
    return uuid_field(foreign_key=f"{table}.id", ondelete="RESTRICT", **options)


def jsonb_field(default: str | None = "[]", **options: Any) -> Any:
    """Return a column of jsonb, which is read and written as its text; without a default it may be null."""
    if default is None:
        return Field(sa_type=JSONB, nullable=True, **options)
    return Field(sa_type=JSONB, sa_column_kwargs={"server_default": text(f"'{default}'"), "nullable": False})


def vnd_field(**options: Any) -> Any:
    """Return a column of money, in whole đồng."""
    return Field(sa_type=BigInteger, **options)
