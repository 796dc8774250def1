"""The table of what a province's records hold completely."""

from __future__ import annotations

from kernel.database.columns import CoverageColumns, coverage_constraints
from services.reporting.models.base import Record


class Coverage(Record, CoverageColumns, table=True):
    """What a province's records hold completely."""

    __tablename__ = "coverage"
    __table_args__ = coverage_constraints()
