"""How a loan's row is shown, and what may be done with it next."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import orjson

from kernel.records.crud import Parent
from kernel.records.records import Resource, table_of
from services.funds import models, problems, rows
from services.funds.lending.applications.schemas import LoanProject
from services.funds.servicing.loans.in_force import of_contract
from services.funds.servicing.loans.schemas import Loan

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
def _actions(state: str, channel: str) -> tuple[dict[str, Any], ...]:
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


_SHOWN, _PROJECT = tuple(Loan.model_fields), tuple(LoanProject.model_fields)
_PARSED = ("repayment_order", "terms", "opening", "settlement")


def represent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public representation of a loan's row; jsonb passes through unparsed."""
    made: dict[str, Any] = {
        "project": {name: row[name] for name in _PROJECT},
        "allowed_actions": _actions(row["state"], row["channel"]),
    }
    made["in_force"] = of_contract(row) if row["in_force"] is None else orjson.Fragment(row["in_force"])
    for name in _PARSED:
        made[name] = None if row[name] is None else orjson.Fragment(row[name])
    return {name: made[name] if name in made else row[name] for name in _SHOWN}


LOAN = Resource(
    "loan",
    table_of(models.Loan),
    "/v1/funds/loans",
    represent,
    "no-store",
    own_column="organization_id",
    row=rows.LoanRow,
)
UNDER_LOAN = Parent(LOAN, "loans", "loan_id")
