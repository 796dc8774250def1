"""What all tables of the registry stand on, and the tables that every service has, and coverages."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from kernel.database.columns import CoverageColumns, RecordColumns, coverage_constraints
from kernel.database.connections import NAMING_CONVENTION
from kernel.database.tables import common_tables, followed_feed_table, job_and_file_tables
from kernel.feed.subjects import followed_subject_table


class RegistryModel(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING_CONVENTION))):
    """Base of the tables of the registry: metadata of its own, so that services share a process in tests."""


metadata = RegistryModel.metadata
_common = common_tables(metadata)
change, history = _common.change, _common.history
job_and_file_tables(metadata)
followed_feed_table(metadata)
followed_subject_table(metadata)


class Record(RegistryModel, RecordColumns):
    """Columns of every record."""


class Coverage(Record, CoverageColumns, table=True):
    """What a province's records hold completely."""

    __tablename__ = "coverage"
    __table_args__ = coverage_constraints()
