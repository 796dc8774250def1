"""What was agreed with a loan as it is kept: its terms, its opening, and its installments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, TypedDict, cast

from services.funds.engine.days import Interval
from services.funds.engine.terms import Method
from services.funds.lending.schedule_terms import ScheduleTerms
from services.funds.servicing.replay.state import Basis, Due


class IntervalDocument(TypedDict):
    """The interval between two due dates as it is kept."""

    count: int
    unit: Any


class PartDocument(TypedDict):
    """A part of the terms `custom` as it is kept."""

    due_on: str
    principal_vnd: int


class TermsDocument(TypedDict):
    """`ScheduleTerms` as they are kept; days are text."""

    method: Method
    installments: int | None
    interval: IntervalDocument
    day_count: Any
    first_due_on: str | None
    round_installment_to_vnd: int | None
    parts: list[PartDocument]


class OpeningDocument(TypedDict):
    """`LoanOpening` as it is kept; days are text."""

    as_of: str
    principal_vnd: int
    accrued_interest_vnd: int
    overdue_principal_vnd: int
    overdue_interest_vnd: int
    overdue_since: str | None
    reschedule_count: int


def terms_document(terms: ScheduleTerms) -> TermsDocument:
    """Return terms as they are kept."""
    return cast(TermsDocument, terms.model_dump(mode="json"))


def basis_of(terms: TermsDocument) -> Basis:
    """Return how terms count interest."""
    interval = terms["interval"]
    share = Interval(interval["count"], interval["unit"]).share
    return Basis(terms["day_count"], terms["method"], share, terms.get("round_installment_to_vnd") or 1)


def stored_dues(dues: Sequence[Due]) -> list[list[Any]]:
    """Return agreed installments as they are kept: number, due date, principal, whether it bears and pays interest."""
    return [
        [due.number, due.due_on.isoformat(), due.principal_vnd, due.bears_interest, due.pays_interest] for due in dues
    ]


def read_dues(stored: Iterable[Sequence[Any]]) -> tuple[Due, ...]:
    """Return agreed installments from where `stored_dues` kept them."""
    return tuple(Due(n, date.fromisoformat(on), vnd, bears, pays) for n, on, vnd, bears, pays in stored)
