"""The table of figures as another body reports them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from kernel.database.columns import jsonb_field
from services.reporting.models.base import Record


class ReportedFigure(Record, table=True):
    """A number that a report gives for an indicator, a place and a period; no record stands behind it.

    `province` is the one that was given, on either map, where no commune was. One of 2025 that was merged from several has no
    `province_2008`; that of the nation, VN, is `province_2025` and alliance VN.
    """

    __tablename__ = "reported_figure"
    __table_args__ = (
        Index("ix_reported_figure_alliance_id", "alliance", "id"),
        Index("ix_reported_figure_indicator", "indicator", "province_2025"),
        # One body gives one number of one thing in one document.
        Index(
            "uq_reported_figure",
            "indicator",
            "scope",
            "province",
            "commune_map",
            "commune_code",
            "starts_on",
            "ends_on",
            "source_folded",
            "document_number",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
    )

    indicator: str
    scope: str
    province: str | None
    province_2008: str | None
    province_2025: str
    commune_code: str | None
    commune_map: str | None
    starts_on: date
    ends_on: date
    comparator: str
    value: str
    unit: str
    source: str
    source_folded: str
    document_number: str | None
    document_on: date | None
    note: str | None
    file_ids: str = jsonb_field()
    is_synthetic: bool = Field(sa_column_kwargs={"server_default": text("false")})
