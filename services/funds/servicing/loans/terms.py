"""What was agreed with a loan as it is kept: its installments, and how its interest is counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from services.funds.engine.days import Interval as EngineInterval
from services.funds.servicing.replay.state import Basis, Due


def basis_of(given: Mapping[str, Any]) -> Basis:
    """Return how a `ScheduleTerms` document counts interest."""
    interval = given["interval"]
    share = EngineInterval(interval["count"], interval["unit"]).share
    return Basis(given["day_count"], given["method"] == "flat", share)


def stored_dues(dues: Sequence[Due]) -> list[list[Any]]:
    """Return agreed installments as they are kept: number, due date, principal, whether it bears and pays interest."""
    return [
        [due.number, due.due_on.isoformat(), due.principal_vnd, due.bears_interest, due.pays_interest] for due in dues
    ]


def read_dues(stored: Iterable[Sequence[Any]]) -> tuple[Due, ...]:
    """Return agreed installments from where `stored_dues` kept them."""
    return tuple(Due(n, date.fromisoformat(on), vnd, bears, pays) for n, on, vnd, bears, pays in stored)
