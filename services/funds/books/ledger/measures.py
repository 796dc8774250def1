"""Whether the ledger balances, looked at again and again: a trigger refuses what does not, this finds what went past it."""

from __future__ import annotations

import time
from typing import TypedDict

from kernel.database.connections import Database
from kernel.database.statements import statement
from kernel.feed.measures import Measure
from kernel.runtime.metrics import Sample

_EVERY_SECONDS = 60.0
_ENTRIES = 50_000
"""Looked at in one go; what comes behind them is the next minute's."""


class _Stretch(TypedDict):
    last: int | None
    entries: int
    unbalanced: list[str]


# A transaction that the stretch cuts is looked at whole, by its own key.
_STRETCH = statement(
    _Stretch,
    """
    WITH stretch AS MATERIALIZED (
        SELECT number, transaction_id FROM ledger_entry WHERE number > $1 ORDER BY number LIMIT $2)
    SELECT (SELECT max(number) FROM stretch) AS last, (SELECT count(*) FROM stretch) AS entries,
           coalesce((SELECT array_agg(transaction_id) FROM (
               SELECT transaction_id FROM ledger_entry
                WHERE transaction_id IN (SELECT transaction_id FROM stretch)
                GROUP BY transaction_id HAVING sum(debit_vnd) <> sum(credit_vnd)) each), '{}') AS unbalanced""",
)


class _Walk:
    """One walk along the whole ledger after the other; what a walk found stands until the next one is through."""

    def __init__(self) -> None:
        self._after = 0
        self._found: set[str] = set()
        self._before: set[str] = set()
        self._through_at: float | None = None

    async def go_on(self, db: Database) -> list[Sample]:
        """Look at the next stretch; return what is known."""
        row = await db.fetchrow(_STRETCH, self._after, _ENTRIES)
        assert row is not None
        self._found.update(row["unbalanced"])
        if row["entries"] == _ENTRIES and row["last"] is not None:
            self._after = row["last"]
        else:
            self._after, self._before, self._found = 0, self._found, set()
            self._through_at = time.time()
        unbalanced = Sample("vca_ledger_unbalanced_transactions", len(self._found | self._before))
        if self._through_at is None:
            return [unbalanced]
        return [unbalanced, Sample("vca_ledger_checked_timestamp_seconds", self._through_at)]


def ledger_balanced() -> Measure:
    """Return the measure of the ledger's balance, at its beginning."""
    return Measure(_Walk().go_on, every=_EVERY_SECONDS)
