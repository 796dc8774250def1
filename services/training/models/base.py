"""What all tables of training stand on, and the tables that every service has."""

from __future__ import annotations

from sqlalchemy import Index, MetaData, text
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from kernel.database.columns import RecordColumns
from kernel.database.connections import NAMING_CONVENTION
from kernel.database.tables import common_tables, followed_feed_table, job_and_file_tables, repointed_record_table
from kernel.feed.organizations import followed_organization_table
from kernel.feed.subjects import followed_subject_table


class TrainingModel(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING_CONVENTION))):
    """Base of the tables of training: metadata of its own, so that services share a process in tests."""


metadata = TrainingModel.metadata
_common = common_tables(metadata)
change, history = _common.change, _common.history
# What was removed of a person, and who was joined to one: a few rows among many.
Index(
    "ix_history_removed_of_trainee",
    text("(content ->> 'trainee_id')"),
    postgresql_where=text("action = 'removed' AND content ->> 'trainee_id' IS NOT NULL"),
    _table=history,
)
Index("ix_change_merged_into", change.c.merged_into, postgresql_where=text("merged_into IS NOT NULL"))
job_and_file_tables(metadata)
followed_feed_table(metadata)
followed_organization_table(metadata)
followed_subject_table(metadata)
repointed_record_table(metadata)


class Record(TrainingModel, RecordColumns):
    """Columns of every record."""
