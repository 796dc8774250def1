"""Which organizations came out of which."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index

from kernel.database.columns import jsonb_field, texts_field
from services.registry.models.facts import Fact, fact_indexes


class Succession(Fact, table=True):
    """A division, separation, consolidation or merger. `organization_id` is the first predecessor, which it belongs to.

    `organization_ids`: all that it names, by which it is found.
    """

    __tablename__ = "succession"
    __table_args__ = (
        *fact_indexes("succession", "effective_on"),
        Index("ix_succession_organization_ids", "organization_ids", postgresql_using="gin"),
    )

    kind: str
    effective_on: date
    decision_number: str | None
    predecessors: str = jsonb_field()
    successors: str = jsonb_field()
    organization_ids: list[str] = texts_field()
