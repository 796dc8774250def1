"""What the alliance looked at in organizations, and what it recommended."""

from __future__ import annotations

from datetime import date

from kernel.database.columns import AttributionColumns, jsonb_field
from services.registry.models.facts import Fact, fact_indexes


class Inspection(Fact, AttributionColumns, table=True):
    """A look at the dossier of a founding or at an organization itself; `recommendations` are followed until done."""

    __tablename__ = "inspection"
    __table_args__ = fact_indexes("inspection", "inspected_on")

    kind: str
    inspected_on: date
    inspectors: str = jsonb_field()
    findings: str | None
    recommendations: str = jsonb_field()
    decision_number: str | None
    reason: str | None
