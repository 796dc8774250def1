"""How organizations were rated."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric, text
from sqlmodel import Field

from kernel.database.columns import ConfirmationColumns, jsonb_field
from services.registry.models.facts import Fact, fact_indexes


class Rating(Fact, ConfirmationColumns, table=True):
    """The points of an organization in a year by a scheme, or why it has none. The provinces are those of the year's end."""

    __tablename__ = "rating"
    __table_args__ = (
        *fact_indexes("rating", "year_ends_on"),
        Index("ix_rating_pending", "alliance", postgresql_where=text("confirmation_state = 'pending'")),
        Index(
            "uq_rating_once",
            "organization_id",
            "scheme",
            "year",
            unique=True,
            postgresql_where=text("confirmation_state IN ('pending', 'confirmed')"),
        ),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        CheckConstraint("self_score BETWEEN 0 AND 100", name="self_score"),
        CheckConstraint("(score IS NULL) <> (not_rated_reason IS NULL)", name="rated_or_not"),
        CheckConstraint("year_ends_on = make_date(year, 12, 31)", name="year_end"),
    )

    scheme: str
    year: int
    year_ends_on: date
    self_score: Decimal | None = Field(sa_type=Numeric(5, 2))
    score: Decimal | None = Field(sa_type=Numeric(5, 2))
    criterion_scores: str = jsonb_field()
    rated_on: date | None
    decision_number: str | None
    not_rated_reason: str | None
