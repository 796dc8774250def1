"""The steps of writing a loan off, and what is recovered afterwards."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import always, param
from kernel.values.ids import new_id
from kernel.web.auth import Caller
from services.funds import posting, problems
from services.funds.engine.days import Interval, shifted
from services.funds.models import WriteOff
from services.funds.rows import LoanRow, WriteOffRow
from services.funds.servicing.loans.account import account_of
from services.funds.servicing.loans.bookings import booking_of
from services.funds.servicing.loans.derivation import apply
from services.funds.servicing.loans.resource import LOAN, owner_of
from services.funds.servicing.loans.steps import refuse_before_start, require
from services.funds.servicing.replay.state import Entry
from services.funds.servicing.write_offs.records import WRITE_OFF
from services.funds.servicing.write_offs.schemas import WriteOffCreate

YEARS_TO_DERECOGNITION = 5
"""Decree 45/2021/NĐ-CP, Art. 28: years from the use of provisions until a debt may be derecognized."""

_STEPS = {"risk_handled": "handle_risk", "derecognized": "derecognize", "recovery": "recover"}
"""Kind → step of the loan."""

# A loan is handled once only, and what is asked for comes after that. By ix_write_off_loan_id.
_HANDLED_ON = always(
    date,
    select(col(WriteOff.effective_on)).where(col(WriteOff.loan_id) == param(1), col(WriteOff.kind) == "risk_handled"),
)


async def write_off(
    tx: Transaction, loan: LoanRow, body: WriteOffCreate, *, by: Caller, digest: bytes | None
) -> tuple[WriteOffRow, LoanRow]:
    """Take one step of writing the locked loan off; return the step and the loan.

    Raises LoanStateForbids, BeforeLoan, TooEarlyToDerecognize, RecoveredTooMuch, PeriodClosed.
    """
    require(loan, _STEPS[body.kind])
    refuse_before_start(loan, body.effective_on)
    id_ = body.id or new_id()
    values = {**body.model_dump(), "id": id_, "amount_vnd": body.amount_vnd or 0, **owner_of(loan)}
    if body.kind == "risk_handled":
        return await _handle_risk(tx, loan, body, values, by=by, digest=digest)
    if body.kind == "derecognized":
        changed = await _derecognized(tx, loan, body.effective_on)
    else:
        changed = await _recovered(tx, loan, body, id_, by=by)
    row = await records.create(tx, WRITE_OFF, values, by=by, digest=digest)
    return row, await records.update(tx, LOAN, loan, changed, by=by, action=body.kind)


async def _handle_risk(
    tx: Transaction, loan: LoanRow, body: WriteOffCreate, values: dict[str, Any], *, by: Caller, digest: bytes | None
) -> tuple[WriteOffRow, LoanRow]:
    """Use provisions: all principal leaves the balance, as of a day after which nothing happened."""
    account = await account_of(tx, loan)
    later = [entry.on for entry in account.entries if entry.on > body.effective_on]
    if later:
        raise problems.BeforeLoan(on=body.effective_on.isoformat(), starts_on=max(later).isoformat())
    amount_vnd = loan["outstanding_vnd"]
    row = await records.create(tx, WRITE_OFF, {**values, "amount_vnd": amount_vnd}, by=by, digest=digest)
    booking = booking_of(loan, on=body.effective_on, kind="write_off", source_id=row["id"])
    await posting.book(tx, booking, [(posting.LOSSES, amount_vnd), (posting.LOANS, -amount_vnd)], by=by)
    after = [*account.entries, Entry(row["id"], "write_off", body.effective_on, amount_vnd)]
    closing = {"state": "risk_handled", "drawing_closed_on": loan["drawing_closed_on"] or body.effective_on}
    applied = await apply(tx, loan, account, after, by=by, action="risk_handled", values=closing)
    return row, applied.loan


async def _derecognized(tx: Transaction, loan: LoanRow, on: date) -> dict[str, Any]:
    """Return what changes of a loan that is derecognized. Raises TooEarlyToDerecognize."""
    handled_on = await tx.fetchval(_HANDLED_ON, loan["id"])
    earliest = shifted(handled_on, Interval(12, "months"), YEARS_TO_DERECOGNITION)
    if on < earliest:
        raise problems.TooEarlyToDerecognize(earliest_on=earliest.isoformat(), years=YEARS_TO_DERECOGNITION)
    return {"state": "derecognized"}


async def _recovered(tx: Transaction, loan: LoanRow, body: WriteOffCreate, id_: str, *, by: Caller) -> dict[str, Any]:
    """Book money that came in after all; return what changes of the loan. Raises RecoveredTooMuch, PeriodClosed."""
    assert body.amount_vnd is not None, "checked in the schema"
    amount_vnd = body.amount_vnd
    unrecovered = loan["written_off_vnd"] - loan["recovered_vnd"]
    if amount_vnd > unrecovered:
        raise problems.RecoveredTooMuch(
            written_off_vnd=loan["written_off_vnd"],
            recovered_vnd=loan["recovered_vnd"],
            asked_vnd=amount_vnd,
            over_vnd=amount_vnd - unrecovered,
        )
    booking = booking_of(loan, on=body.effective_on, kind="recovery", source_id=id_)
    await posting.book(tx, booking, [(posting.CASH, amount_vnd), (posting.RECOVERED, -amount_vnd)], by=by)
    return {"recovered_vnd": loan["recovered_vnd"] + amount_vnd}
