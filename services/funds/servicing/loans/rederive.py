"""Loans of which what is kept was derived by rules of before: derived anew when the service starts."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
from fastapi import FastAPI

from kernel.database.connections import Database
from kernel.problems import Problem
from kernel.records import records
from kernel.runtime.logging import get_logger
from kernel.web.auth import NATION, Caller
from services.funds import posting
from services.funds.servicing.loans.account import account_of
from services.funds.servicing.loans.derivation import apply
from services.funds.servicing.loans.resource import LOAN

log = get_logger()

_NOTED = "SELECT loan_id FROM loan_to_derive ORDER BY loan_id"
_TAKEN = "SELECT loan_id FROM loan_to_derive WHERE loan_id = $1::uuid FOR UPDATE SKIP LOCKED"
_DONE = "DELETE FROM loan_to_derive WHERE loan_id = $1::uuid"
_SYSTEM = Caller("system", "system", frozenset(), NATION, None, "", "system", 0.0)
_REASON = "derived by the rules of today"


async def derive_anew(db: Database) -> None:
    """Derive every noted loan and strike it off; one that cannot be stays noted and is told in the log."""
    for noted in await db.fetch(_NOTED):
        try:
            await _one(db, noted["loan_id"])
        except (Problem, asyncpg.PostgresError):
            log.exception("loan_not_derived", loan_id=noted["loan_id"])


async def _one(db: Database, loan_id: str) -> None:
    async with db.transaction() as tx:
        if await tx.fetchval(_TAKEN, loan_id) is None:
            return  # Another process has it.
        loan = await records.read(tx, LOAN, loan_id, _SYSTEM, lock=True)
        assert loan is not None, "kept by a foreign key"
        account = await account_of(tx, loan)
        closed = await posting.closed_until(tx, loan["fund_id"])
        await apply(
            tx, loan, account, account.entries, by=_SYSTEM, action="derived_anew", reason=_REASON, closed=closed
        )
        await tx.execute(_DONE, loan_id)


async def loans_derived_anew(app: FastAPI) -> AsyncIterator[None]:
    """Do it before the service serves: lists and debt groups read what is kept."""
    await derive_anew(app.state.db)
    yield
