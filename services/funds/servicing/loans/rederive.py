"""Loans of which what is kept was derived by rules of before: derived again when the service starts."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
from fastapi import FastAPI
from sqlalchemy import delete, select
from sqlmodel import col

from kernel import records
from kernel.database.connections import Database
from kernel.database.statements import command, param, scalar, statement
from kernel.problems import Problem
from kernel.runtime.logging import get_logger
from kernel.web.auth import NATION, Caller
from services.funds import posting
from services.funds.models import LoanToDerive
from services.funds.rows import LoanToDeriveRow
from services.funds.servicing.loans.account import account_of
from services.funds.servicing.loans.derivation import apply
from services.funds.servicing.loans.resource import LOAN

log = get_logger()

_LOAN_ID = col(LoanToDerive.loan_id)
_NOTED = statement(LoanToDeriveRow, select(LoanToDerive).order_by(_LOAN_ID))
# Several processes may start at once: each takes a loan that no other has, and waits for none.
_TAKE = scalar(str, select(_LOAN_ID).where(param(1) == _LOAN_ID).with_for_update(skip_locked=True))
_DONE = command(delete(LoanToDerive).where(param(1) == _LOAN_ID))
_SYSTEM = Caller("system", "system", frozenset(), NATION, None, "", "system", 0.0)
_REASON = "derived by the rules of today"


async def derive_anew(db: Database) -> None:
    """Derive every noted loan and strike it off; one that cannot be stays noted and is logged."""
    for noted in await db.fetch(_NOTED):
        try:
            await _one(db, noted["loan_id"])
        except (Problem, asyncpg.PostgresError):
            log.exception("loan_not_derived", loan_id=noted["loan_id"])


async def _one(db: Database, loan_id: str) -> None:
    async with db.transaction() as tx:
        if await tx.fetchval(_TAKE, loan_id) is None:
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
