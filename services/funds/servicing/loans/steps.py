"""The steps of a loan: which of them its state and its channel allow."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import date
from typing import Any

from kernel.database.connections import Row
from services.funds import problems

ALLOWED_IN: Mapping[str, tuple[str, ...]] = {
    "disburse": ("contracted", "disbursing"),
    "close_drawing": ("disbursing",),
    "cancel": ("contracted",),
    "repay": ("disbursing", "active"),
    "reschedule": ("disbursing", "active"),
    "reduce_interest": ("disbursing", "active"),
    "recall_early": ("disbursing", "active"),
    "settle": ("disbursing", "active"),
    "handle_risk": ("disbursing", "active"),
    "derecognize": ("risk_handled",),
    "recover": ("risk_handled", "derecognized"),
}
"""Step → states that it may be taken in (Decree 45/2021/NĐ-CP, Art. 31(2); the names of the states are ours)."""


BOOKS_ELSEWHERE = "entrusted_out"
"""Channel of loans whose books another lender keeps: nothing of them is in our ledger."""


_NOT_ELSEWHERE = frozenset({"repay", "reschedule", "reduce_interest", "recall_early", "handle_risk"})


def allowed(row: Mapping[str, Any]) -> list[str]:
    """Return the steps that the loan's state and channel allow."""
    elsewhere = row["channel"] == BOOKS_ELSEWHERE
    return [
        action
        for action, states in ALLOWED_IN.items()
        if row["state"] in states and not (elsewhere and action in _NOT_ELSEWHERE)
    ]


def require(row: Mapping[str, Any], action: str) -> None:
    """Raise BooksKeptElsewhere or LoanStateForbids unless `action` may be taken now."""
    if row["channel"] == BOOKS_ELSEWHERE and action in _NOT_ELSEWHERE:
        raise problems.BooksKeptElsewhere(channel=row["channel"])
    if row["state"] not in ALLOWED_IN[action]:
        raise problems.LoanStateForbids(state=row["state"], action=action, allowed_actions=allowed(row))


@functools.cache
def actions(state: str, channel: str) -> tuple[dict[str, Any], ...]:
    """Return every step with whether it may be taken and what refuses it; a loan is shown often, its states are few."""
    able = set(allowed({"state": state, "channel": channel}))
    elsewhere = channel == BOOKS_ELSEWHERE
    return tuple(
        {
            "action": action,
            "allowed": action in able,
            "problem": None
            if action in able
            else (
                problems.BooksKeptElsewhere if elsewhere and action in _NOT_ELSEWHERE else problems.LoanStateForbids
            ).type_path(),
        }
        for action in ALLOWED_IN
    )


def refuse_before_start(loan: Row, on: date) -> None:
    """Raise BeforeLoan for a day before the first tranche."""
    if on < loan["starts_on"]:
        raise problems.BeforeLoan(on=on.isoformat(), starts_on=loan["starts_on"].isoformat())
