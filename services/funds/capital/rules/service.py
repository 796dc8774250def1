"""Which rules of lending hold for a fund on a day: the fund's own, else its alliance's, never looser than the nation's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from kernel.database.connections import Database, Transaction
from kernel.web.auth import NATION
from services.funds.capital.rules.queries import (
    AUTHORITIES_ON,
    CHECKLIST_ON,
    LAW_SINCE_APPROVAL,
    RULES_ON,
    ChecklistInForce,
    RuleInForce,
)

_AT_LEAST = ("own_capital_minimum",)
"""Rules that a fund may only raise; the others it may only lower."""


@dataclass(frozen=True)
class Rules:
    """The rules of one fund on one day."""

    by_name: dict[str, RuleInForce]
    authorities: Sequence[RuleInForce]
    """Who may approve up to which amount, the smallest first; empty: nothing is laid down."""

    def percent(self, rule: str) -> Decimal | None:
        """Return a rule's percentage, or None if there was no such rule on that day."""
        row = self.by_name.get(rule)
        return None if row is None or row["value_percent"] is None else Decimal(row["value_percent"])

    def days(self, rule: str) -> int | None:
        """Return a rule's number of days, or None if there was no such rule on that day."""
        row = self.by_name.get(rule)
        return None if row is None else row["value_days"]

    def applied(self, rule: str) -> dict[str, Any] | None:
        """Return the `rule` block of a figure that was computed by this rule, or None."""
        row = self.by_name.get(rule)
        return None if row is None else block(row)


def block(row: RuleInForce | ChecklistInForce) -> dict[str, Any]:
    """Return the `rule` block that names a lending rule."""
    return {"id": row["rule"], "version": row["valid_from"].isoformat()[:7], "legal_basis": row["legal_basis"]}


def is_looser(rule: str, percent: str | None, days: int | None, *, than: RuleInForce) -> bool:
    """Say whether a percentage or number of days allows more than a rule of the nation does."""
    if percent is not None and than["value_percent"] is not None:
        asked, limit = Decimal(percent), Decimal(than["value_percent"])
        return asked < limit if rule in _AT_LEAST else asked > limit
    return days is not None and than["value_days"] is not None and days > than["value_days"]


async def rules_on(db: Database | Transaction, fund_id: str | None, alliance: str, on: date) -> Rules:
    """Return the rules for a fund (or, without one, for an alliance) on a day.

    Where one of its own is looser than the nation's, which came after it or became stricter, the nation's holds.
    """
    rows: dict[str, RuleInForce] = {}
    for row in await db.fetch(RULES_ON, fund_id, alliance, on):
        own = rows.get(row["rule"])
        if own is None or is_looser(own["rule"], own["value_percent"], own["value_days"], than=row):
            rows[row["rule"]] = row
    authorities = await db.fetch(AUTHORITIES_ON, fund_id, alliance, on)
    nearest = [row for row in authorities if _level(row) == _level(authorities[0])]
    return Rules(rows, nearest)


async def law_since_approval(tx: Transaction, loan_application_id: str, on: date) -> Rules:
    """Return the nation's rules that hold on a day and did not yet when the application was approved; most often none.

    What a fund or an alliance lays down for itself after its decision changes nothing of that.
    """
    rows = await tx.fetch(LAW_SINCE_APPROVAL, loan_application_id, on)
    return Rules({row["rule"]: row for row in rows}, [])


@dataclass(frozen=True)
class Checklist:
    """The documents that a kind of borrower has to hand in."""

    documents: Sequence[str]
    rule: dict[str, Any]
    """Names the rule that asks for them."""


async def checklist_on(
    db: Database | Transaction, fund_id: str, alliance: str, borrower_kind: str, on: date
) -> Checklist | None:
    """Return the fund's checklist for a kind of borrower on a day, else its alliance's, else the nation's; None without."""
    row = await db.fetchrow(CHECKLIST_ON, fund_id, alliance, on, borrower_kind)
    return None if row is None else Checklist(orjson.loads(row["documents"]), block(row))


def _level(row: RuleInForce) -> int:
    return 0 if row["fund_id"] is not None else 2 if row["alliance"] == NATION else 1
