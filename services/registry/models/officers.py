"""Who manages an organization."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint

from services.registry.models.facts import Fact, fact_indexes


class Officer(Fact, table=True):
    """A person in an office of an organization, for a term. Sex, birth year and phone stand here alone: no history has them."""

    __tablename__ = "officer"
    __table_args__ = (
        *fact_indexes("officer", "term_from"),
        CheckConstraint("term_to IS NULL OR term_to > term_from", name="term_in_order"),
    )

    office: str
    full_name: str
    name_folded: str
    term_from: date
    term_to: date | None
    qualification: str | None
    is_member: bool | None
    decision_number: str | None
    sex: str | None
    birth_year: int | None
    phone: str | None
    erased_on: date | None = None
