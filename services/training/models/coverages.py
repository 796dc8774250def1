"""The table of what a province's records hold completely."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ARRAY, CheckConstraint, Column, Index, Text
from sqlmodel import Field

from services.training.models.base import Record


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
