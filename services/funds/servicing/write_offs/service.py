"""The steps of writing a loan off, and what is recovered afterwards."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Row, Transaction
from kernel.records import records
from kernel.values.ids import new_id
from kernel.web.auth import Caller
from services.funds import posting, problems
from services.funds.engine.days import Interval, shifted
from services.funds.servicing.loans.account import account_of
from services.funds.servicing.loans.derivation import apply
from services.funds.servicing.loans.resource import LOAN, owner
from services.funds.servicing.loans.steps import refuse_before_start, require
from services.funds.servicing.replay.state import Entry
from services.funds.servicing.write_offs.records import WRITE_OFF
from services.funds.servicing.write_offs.schemas import WriteOffCreate

YEARS_TO_DERECOGNITION = 5
"""Decree 45/2021/NĐ-CP, Art. 28: years from the use of provisions until a debt may be derecognized."""


async def write_off(
    tx: Transaction, loan: Row, body: WriteOffCreate, *, by: Caller, digest: bytes | None
) -> tuple[Row, Row]:
    """Take one step of giving the locked loan up; return the step and the loan.

    Raises LoanStateForbids, BeforeLoan, TooEarlyToDerecognize, RecoveredTooMuch, PeriodClosed.
    """
    action = {"risk_handled": "handle_risk", "derecognized": "derecognize", "recovery": "recover"}[body.kind]
    require(loan, action)
    refuse_before_start(loan, body.effective_on)
    id_ = body.id or new_id()
    values = {**body.model_dump(), "id": id_, "amount_vnd": body.amount_vnd or 0, **owner(loan)}
    booking = posting.Booking(loan["fund_id"], loan["alliance"], body.effective_on, "write_off", loan["id"], id_)
    if body.kind == "risk_handled":
        account = await account_of(tx, loan)
        later = [entry.on for entry in account.entries if entry.on > body.effective_on]
        if later:
            raise problems.BeforeLoan(on=body.effective_on.isoformat(), starts_on=max(later).isoformat())
        amount = loan["outstanding_vnd"]
        row: Row = await records.create(tx, WRITE_OFF, {**values, "amount_vnd": amount}, by=by, digest=digest)
        await posting.book(tx, booking, [(posting.LOSSES, amount), (posting.LOANS, -amount)], by=by)
        after = [*account.entries, Entry(id_, "write_off", body.effective_on, amount)]
        closing = {"state": "risk_handled", "drawing_closed_on": loan["drawing_closed_on"] or body.effective_on}
        return row, (await apply(tx, loan, account, after, by=by, action="risk_handled", values=closing)).loan
    changed: dict[str, Any]
    if body.kind == "derecognized":
        handled = await tx.fetchval(
            "SELECT effective_on FROM write_off WHERE loan_id = $1::uuid AND kind = 'risk_handled'", loan["id"]
        )
        earliest = shifted(handled, Interval(12, "months"), YEARS_TO_DERECOGNITION)
        if body.effective_on < earliest:
            raise problems.TooEarlyToDerecognize(earliest_on=earliest.isoformat(), years=YEARS_TO_DERECOGNITION)
        changed = {"state": "derecognized"}
    else:
        assert body.amount_vnd is not None, "checked in the schema"
        room = loan["written_off_vnd"] - loan["recovered_vnd"]
        if body.amount_vnd > room:
            raise problems.RecoveredTooMuch(
                written_off_vnd=loan["written_off_vnd"],
                recovered_vnd=loan["recovered_vnd"],
                asked_vnd=body.amount_vnd,
                over_vnd=body.amount_vnd - room,
            )
        money = posting.Booking(loan["fund_id"], loan["alliance"], body.effective_on, "recovery", loan["id"], id_)
        await posting.book(tx, money, [(posting.CASH, body.amount_vnd), (posting.RECOVERED, -body.amount_vnd)], by=by)
        changed = {"recovered_vnd": loan["recovered_vnd"] + body.amount_vnd}
    row = await records.create(tx, WRITE_OFF, values, by=by, digest=digest)
    return row, await records.update(tx, LOAN, loan, changed, by=by, action=body.kind)
