"""The steps of a loan: which of them its state and its channel allow."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import date
from typing import Any

from kernel import problems as kernel_problems
from kernel.personal_data.erasure import ERASED
from kernel.records.confirmations import CONFIRMED, require_in_force
from kernel.values.days import day_of
from services.funds import problems
from services.funds.rows import LoanRow

ALLOWED_IN: Mapping[str, tuple[str, ...]] = {
    "disburse": ("contracted", "disbursing"),
    "close_drawing": ("disbursing",),
    "cancel": ("contracted",),
    "repay": ("disbursing", "active"),
    "reschedule": ("disbursing", "active"),
    "reduce_interest": ("disbursing", "active"),
    "recall_early": ("disbursing", "active"),
    "settle": ("disbursing", "active", "risk_handled", "derecognized"),
    "handle_risk": ("disbursing", "active"),
    "derecognize": ("risk_handled",),
    "recover": ("risk_handled", "derecognized"),
    "reverse_settlement": ("settled",),
}
"""Step → states that it may be taken in (Decree 45/2021/NĐ-CP, Art. 31(2); the names of the states are ours)."""

BOOKS_ELSEWHERE = "entrusted_out"
"""Channel of loans whose books another lender keeps: nothing of them is in our ledger."""

_NEEDS_OUR_BOOKS = frozenset({"repay", "reschedule", "reduce_interest", "recall_early", "handle_risk"})
"""Steps that change what our ledger says of a loan, so there is none to take where another lender keeps the books."""


def allowed(state: str, channel: str) -> list[str]:
    """Return the steps that a loan's state and channel allow."""
    elsewhere = channel == BOOKS_ELSEWHERE
    return [
        action
        for action, states in ALLOWED_IN.items()
        if state in states and not (elsewhere and action in _NEEDS_OUR_BOOKS)
    ]


def refuse_erased(loan: LoanRow) -> None:
    """Raise AlreadyErased for a loan whose borrower was: it is over, and nothing is written about it any more."""
    if loan["borrower_name"] == ERASED:
        # The erasure was the last that changed it.
        raise kernel_problems.AlreadyErased(erased_on=day_of(loan["updated_at"]).isoformat())


def require(loan: LoanRow, action: str) -> None:
    """Raise AlreadyErased, NotConfirmed, BooksKeptElsewhere or LoanStateForbids unless `action` may be taken now."""
    refuse_erased(loan)
    require_in_force(loan)
    state, channel = loan["state"], loan["channel"]
    if channel == BOOKS_ELSEWHERE and action in _NEEDS_OUR_BOOKS:
        raise problems.BooksKeptElsewhere(channel=channel)
    if state not in ALLOWED_IN[action]:
        raise problems.LoanStateForbids(state=state, action=action, allowed_actions=allowed(state, channel))


@functools.cache
def actions(state: str, channel: str, confirmation_state: str | None) -> tuple[dict[str, Any], ...]:
    """Return every step with whether it may be taken and what refuses it; a loan is shown often, its states are few."""
    if confirmation_state not in (None, CONFIRMED):
        return tuple(
            {"action": action, "allowed": False, "problem": kernel_problems.NotConfirmed.type_path()}
            for action in ALLOWED_IN
        )
    may_take = set(allowed(state, channel))
    elsewhere = channel == BOOKS_ELSEWHERE
    return tuple(
        {
            "action": action,
            "allowed": action in may_take,
            "problem": None
            if action in may_take
            else (
                problems.BooksKeptElsewhere if elsewhere and action in _NEEDS_OUR_BOOKS else problems.LoanStateForbids
            ).type_path(),
        }
        for action in ALLOWED_IN
    )


def first_day(loan: LoanRow) -> date:
    """Return the day of the first tranche, or of the opening, of a loan that has begun."""
    starts_on = loan["starts_on"]
    assert starts_on is not None, "the states of the steps that ask for it come after the first tranche"
    return starts_on


def refuse_before_start(loan: LoanRow, on: date) -> None:
    """Raise BeforeLoan for a day before the loan began."""
    starts_on = first_day(loan)
    if on < starts_on:
        raise problems.BeforeLoan(on=on.isoformat(), starts_on=starts_on.isoformat())
