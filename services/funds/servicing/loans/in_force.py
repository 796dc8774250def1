"""The rate and terms that hold for a loan: the contract's until a new schedule or a recall takes their place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, TypedDict

import orjson

from kernel.database.connections import Database, Transaction
from services.funds.rows import LoanRow
from services.funds.servicing.loans import queries


class InForce(TypedDict):
    """What took the place of the contract's rate and terms, and the decision that brought it."""

    annual_rate_percent: str
    terms: dict[str, Any] | None
    since: date
    rescheduling_id: str
    kind: str
    decision_number: str | None
    decided_on: date | None
    reason: str


def of_contract(loan: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the contract itself says, as the loan's row holds it."""
    return {
        "annual_rate_percent": loan["annual_rate_percent"],
        "terms": orjson.Fragment(loan["terms"]),
        "since": loan["signed_on"],
        "rescheduling_id": None,
        "kind": None,
        "decision_number": None,
        "decided_on": None,
        "reason": None,
    }


async def in_force_on(db: Database | Transaction, loan: LoanRow, on: date) -> InForce | None:
    """Return what took the place of the contract's rate and terms until the end of a day; None: they hold still."""
    approved = await db.fetch(queries.APPROVED_UNTIL, loan["id"], on)
    if not approved:
        return None
    newest = approved[0]
    rates = [row["annual_rate_percent"] for row in approved if row["annual_rate_percent"] is not None]
    return {
        "annual_rate_percent": rates[0] if rates else loan["annual_rate_percent"],
        "terms": orjson.loads(newest["terms"]) or None,
        "since": newest["effective_on"],
        "rescheduling_id": newest["id"],
        "kind": newest["kind"],
        "decision_number": newest["decision_number"],
        "decided_on": newest["decided_on"],
        "reason": newest["request_reason"],
    }
