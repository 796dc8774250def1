"""The rate and terms that hold for a loan: the contract's until a new schedule or a recall takes their place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson

from kernel.database.connections import Database, Row, Transaction

# What was approved until the day $2, the newest first; of one day a recall comes after a new schedule, as in the replay.
_APPROVED = """
    SELECT id, kind, effective_on, annual_rate_percent, terms, dues, decision_number, decided_on, request_reason
      FROM rescheduling WHERE loan_id = $1::uuid AND state = 'approved' AND effective_on <= $2
     ORDER BY effective_on DESC, kind = 'early_recall' DESC, id DESC"""


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


async def in_force_on(db: Database | Transaction, loan: Row, on: date) -> dict[str, Any] | None:
    """Return what took the place of the contract's rate and terms until the end of a day; None: they hold still."""
    approved = await db.fetch(_APPROVED, loan["id"], on)
    if not approved:
        return None
    last = approved[0]
    rates = [row["annual_rate_percent"] for row in approved if row["annual_rate_percent"] is not None]
    return {
        "annual_rate_percent": rates[0] if rates else loan["annual_rate_percent"],
        "terms": orjson.loads(last["terms"]) or None,
        "since": last["effective_on"],
        "rescheduling_id": last["id"],
        "kind": last["kind"],
        "decision_number": last["decision_number"],
        "decided_on": last["decided_on"],
        "reason": last["request_reason"],
    }
