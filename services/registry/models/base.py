"""What all tables of the registry stand on, and the tables that every service has, and coverages."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Column, Index, MetaData, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from kernel.database.columns import RecordColumns
from kernel.database.connections import NAMING_CONVENTION
from kernel.database.tables import common_tables, job_and_file_tables


class RegistryModel(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING_CONVENTION))):
    """Base of the tables of the registry: metadata of its own, so that services share a process in tests."""


metadata = RegistryModel.metadata
_common = common_tables(metadata)
change, history = _common.change, _common.history
job_and_file_tables(metadata)


class Record(RegistryModel, RecordColumns):
    """Columns of every record."""


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
