"""The table of activities: one table for all kinds, as nearly all that is asked of them is the same."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from kernel.database.columns import AttributionColumns, jsonb_field, uuid_field, vnd_field
from services.reporting.models.base import Record


class Activity(Record, AttributionColumns, table=True):
    """A piece of work that no other service holds. It counts on `happened_on`, the day it happened or began.

    Columns from `channel` on belong to one kind or two (services/reporting/activities/kinds.py) and are null in the others.
    """

    __tablename__ = "activity"
    __table_args__ = (
        Index("ix_activity_alliance_id", "alliance", "id"),
        Index("ix_activity_province_2008", "province_2008", "happened_on"),
        Index("ix_activity_province_2025", "province_2025", "happened_on"),
        Index("ix_activity_organization_id", "organization_id", postgresql_where=text("organization_id IS NOT NULL")),
        CheckConstraint("ends_on IS NULL OR ends_on >= happened_on", name="ends_after_start"),
        CheckConstraint("(channel IS NOT NULL) = (kind = 'media_item')", name="channel_of_media"),
        CheckConstraint("(quantity IS NOT NULL) = (kind IN ('bulletin', 'household_support'))", name="counted_kinds"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("out_of_poverty BETWEEN 0 AND quantity", name="out_of_poverty_within"),
        CheckConstraint("budget_vnd >= 0", name="budget_not_negative"),
    )

    kind: str
    title: str
    title_folded: str
    happened_on: date
    commune_code: str | None
    commune_map: str | None
    province_2008: str
    province_2025: str
    organization_id: str | None = uuid_field(nullable=True)
    costs: str = jsonb_field()
    link: str | None
    note: str | None
    file_ids: str = jsonb_field()
    is_synthetic: bool = Field(sa_column_kwargs={"server_default": text("false")})
    ends_on: date | None
    channel: str | None
    issue: str | None
    quantity: int | None
    support_given: str | None
    out_of_poverty: int | None
    project_lead: str | None
    project_level: str | None
    budget_vnd: int | None = vnd_field(nullable=True)
    results: str | None
    document_title: str | None
    document_kind: str | None
    adopted_number: str | None
