"""What a loan's row keeps of what its last entry left, so that a day after it is not derived anew (services/funds/loan_facts.py).

It is written in the transaction of every entry. Where it is missing the loan is derived in full, until the next entry, or
until a service that starts fills it in beside its work: of loans from before it was kept, and of those of which another
version of the service changed the sums (the database empties it then).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from datetime import date
from typing import TypedDict

import asyncpg
from fastapi import FastAPI

from kernel.database.connections import Database, Transaction
from kernel.database.statements import command, statement
from kernel.runtime.logging import get_logger
from services.funds.servicing.replay.state import Entry, State

log = get_logger()


class Kept(TypedDict):
    """What the last entry left besides the sums. `kept_from`: its day; `unpaid_since`: the oldest due date that is open."""

    kept_from: date | None
    unpaid_since: date | None


def kept_of(state: State, entries: Iterable[Entry]) -> Kept:
    """Return what is kept of a loan with these entries; `state`: with every installment fallen due.

    After the last entry an installment is closed only on its own day, because it has nothing to pay: so what is open then is
    late from the day after its due date on.
    """
    return {
        "kept_from": max((entry.on for entry in entries), default=None),
        "unpaid_since": min((row.due_on for row in state.installments if row.closed_on is None), default=None),
    }


# With the sums that the row has.
KEEP = command("UPDATE loan SET kept_version = version, kept_from = $2, unpaid_since = $3 WHERE id = $1::uuid")
# The same from the records, with what secures the loans: each by its own indexes. The rows are locked.
_KEEP_ANEW = command("""
    UPDATE loan l SET (kept_version, kept_from, unpaid_since, deductible_vnd, secured_from) =
           (l.version, k.kept_from, k.unpaid_since, k.deductible_vnd, k.secured_from)
      FROM (SELECT own.id, s.deductible_vnd, s.secured_from,
                   greatest((own.opening ->> 'as_of')::date,
                            (SELECT max(disbursed_on) FROM disbursement WHERE loan_id = own.id AND reversed_at IS NULL),
                            (SELECT max(paid_on) FROM repayment WHERE loan_id = own.id AND reversed_at IS NULL),
                            (SELECT max(effective_on) FROM rescheduling WHERE loan_id = own.id AND state = 'approved'),
                            (SELECT max(effective_on) FROM interest_reduction
                              WHERE loan_id = own.id AND reversed_at IS NULL AND coalesce(confirmation_state, 'confirmed') = 'confirmed'),
                            (SELECT max(effective_on) FROM write_off
                              WHERE loan_id = own.id AND kind <> 'derecognized' AND reversed_at IS NULL AND coalesce(confirmation_state, 'confirmed') = 'confirmed'),
                            (SELECT max(as_of) FROM balance_statement WHERE loan_id = own.id)) AS kept_from,
                   coalesce((SELECT overdue_since FROM balance_statement WHERE loan_id = own.id ORDER BY as_of DESC LIMIT 1),
                            (SELECT min(due_on) FROM loan_installment WHERE loan_id = own.id AND closed_on IS NULL)) AS unpaid_since
              FROM loan own
             CROSS JOIN LATERAL (
                   SELECT coalesce(sum(c.deductible_value_vnd) FILTER (WHERE c.released_on IS NULL), 0)::bigint AS deductible_vnd,
                          coalesce(max(greatest(coalesce(c.registered_on, (c.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date), c.released_on)),
                                   DATE '0001-01-01')
                          AS secured_from
                     FROM collateral c WHERE c.loan_id = own.id OR c.loan_application_id = own.loan_application_id) s
             WHERE own.id = ANY($1::uuid[])) k
     WHERE l.id = k.id""")


async def keep_anew(tx: Transaction, loan_ids: Sequence[str]) -> None:
    """Keep what the records of the locked loans say: of loans whose books others keep, and of those of before."""
    await tx.execute(_KEEP_ANEW, loan_ids)


class _Id(TypedDict):
    id: str


# Behind the loan $1, what nobody else is at work on: by pk_loan.
_MISSING = statement(
    _Id,
    """
    SELECT id FROM loan
     WHERE id > $1::uuid AND starts_on IS NOT NULL AND (kept_version IS NULL OR secured_from IS NULL)
     ORDER BY id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED""",
)
_AT_ONCE, _FIRST = 500, "00000000-0000-0000-0000-000000000000"


async def keep_missing(db: Database) -> int:
    """Keep what is missing of every loan that had begun, some hundred a transaction; return how many that were."""
    count, last = 0, _FIRST
    while True:
        async with db.transaction() as tx:
            ids = [row["id"] for row in await tx.fetch(_MISSING, last, _AT_ONCE)]
            if not ids:
                return count
            await keep_anew(tx, ids)
        count, last = count + len(ids), ids[-1]


async def loans_kept(app: FastAPI) -> AsyncIterator[None]:
    """Do it while the service serves: until then such loans are derived in full."""
    task = asyncio.create_task(_kept(app.state.db))
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _kept(db: Database) -> None:
    try:
        if count := await keep_missing(db):
            log.info("loans_kept", loans=count)
    except (asyncpg.PostgresError, OSError):
        log.exception("loans_not_kept")
