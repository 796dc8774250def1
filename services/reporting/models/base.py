"""What all tables of reporting stand on, and the tables that every service has."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from kernel.database.columns import RecordColumns
from kernel.database.connections import NAMING_CONVENTION
from kernel.database.tables import common_tables, followed_feed_table, job_and_file_tables, repointed_record_table
from kernel.feed.organizations import followed_organization_table
from kernel.feed.subjects import followed_subject_table


class ReportingModel(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING_CONVENTION))):
    """Base of the tables of reporting: metadata of its own, so that services share a process in tests."""


metadata = ReportingModel.metadata
_common = common_tables(metadata)
change, history = _common.change, _common.history
job_and_file_tables(metadata)
followed_feed_table(metadata)
followed_organization_table(metadata)
followed_subject_table(metadata)
repointed_record_table(metadata)


class Record(ReportingModel, RecordColumns):
    """Columns of every record."""
