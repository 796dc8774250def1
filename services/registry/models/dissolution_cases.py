"""Dissolutions on their way: planned, begun, and what stands in the way of each."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Index, text

from kernel.database.columns import jsonb_field
from services.registry.models.facts import Fact, fact_indexes


class DissolutionCase(Fact, table=True):
    """The dissolution of one organization, from its opening until it ended or was withdrawn. That it ended is a status change."""

    __tablename__ = "dissolution_case"
    __table_args__ = (
        *fact_indexes("dissolution_case", "opened_on"),
        Index("uq_dissolution_case_open", "organization_id", unique=True, postgresql_where=text("outcome IS NULL")),
        # The cases planned for a year, of which a figure tells how many ended.
        Index("ix_dissolution_case_planned_year", "province_2008", "planned_year"),
        CheckConstraint("(outcome IS NULL) = (outcome_on IS NULL)", name="outcome_on_a_day"),
        CheckConstraint("outcome_on >= opened_on", name="outcome_after_opening"),
    )

    planned_year: int | None
    opened_on: date
    ground: str
    decision_number: str | None
    blockers: str = jsonb_field()
    steps: str = jsonb_field()
    outcome: str | None
    outcome_on: date | None
    reason: str | None
