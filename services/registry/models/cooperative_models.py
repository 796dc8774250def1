"""Organizations recognised as models for others."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Index

from kernel.database.columns import AttributionColumns
from services.registry.models.facts import Fact, fact_indexes


class CooperativeModel(Fact, AttributionColumns, table=True):
    """An organization recognised as effective, advanced, of high technology, of a value chain or typical."""

    __tablename__ = "cooperative_model"
    __table_args__ = (
        *fact_indexes("cooperative_model", "recognized_on"),
        Index("uq_cooperative_model_once", "organization_id", "kind", "recognized_on", unique=True),
        CheckConstraint("valid_until IS NULL OR valid_until >= recognized_on", name="ends_after_start"),
    )

    kind: str
    recognized_on: date
    valid_until: date | None
    decision_number: str | None
    issuing_authority: str | None
    criteria: str | None
