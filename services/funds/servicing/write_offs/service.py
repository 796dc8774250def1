"""The steps of writing a loan off, and what is recovered afterwards."""

from __future__ import annotations

from datetime import date
from typing import Any

from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import always
from kernel.records import confirmations
from kernel.records.confirmations import Confirmation
from kernel.values.ids import new_id
from kernel.web.auth import Caller
from kernel.web.calls import Call
from services.funds import posting, problems
from services.funds.engine.days import Interval, shifted
from services.funds.rows import LoanRow, WriteOffRow
from services.funds.scopes import APPROVE
from services.funds.servicing.loans.account import account_of
from services.funds.servicing.loans.bookings import booking_of
from services.funds.servicing.loans.derivation import apply
from services.funds.servicing.loans.locks import lock_loan_of
from services.funds.servicing.loans.resource import LOAN, owner_of
from services.funds.servicing.loans.steps import refuse_before_start, require
from services.funds.servicing.replay.state import Entry
from services.funds.servicing.write_offs.resource import WRITE_OFF
from services.funds.servicing.write_offs.schemas import WriteOffCreate

YEARS_TO_DERECOGNITION = 5
"""Decree 45/2021/NĐ-CP, Art. 28: years from the use of provisions until a debt may be derecognized."""

_STEPS = {"risk_handled": "handle_risk", "derecognized": "derecognize", "recovery": "recover"}
"""Kind → step of the loan."""

# A loan is handled once only, and what is asked for comes after that. By ix_write_off_loan_id.
_HANDLED_ON = always(
    date,
    """
    SELECT effective_on FROM write_off
     WHERE loan_id = $1::uuid AND kind = 'risk_handled' AND coalesce(confirmation_state, 'confirmed') = 'confirmed'""",
)


async def enter(
    tx: Transaction, call: Call, loan: LoanRow, body: WriteOffCreate, *, digest: bytes | None
) -> WriteOffRow:
    """Enter a step of writing the locked loan off, for a second person to confirm.

    Raises LoanStateForbids, BeforeLoan, TooEarlyToDerecognize, RecoveredTooMuch, PeriodClosed.
    """
    values = {**body.model_dump(), "id": body.id or new_id(), "amount_vnd": body.amount_vnd or 0, **owner_of(loan)}
    if body.kind == "risk_handled":
        values["amount_vnd"] = loan["outstanding_vnd"]
    return await confirmations.enter(tx, call, WRITE_OFF, CONFIRMATION, values, digest=digest)


async def take_effect(tx: Transaction, call: Call, step: WriteOffRow) -> WriteOffRow:
    """Take a confirmed step with the locked loan. Raises what `enter` raises."""
    loan = await lock_loan_of(tx, call, step)
    require(loan, _STEPS[step["kind"]])
    refuse_before_start(loan, step["effective_on"])
    if step["kind"] == "risk_handled":
        return await _handle_risk(tx, loan, step, by=call.caller)
    if step["kind"] == "derecognized":
        changed = await _derecognized(tx, loan, step["effective_on"])
    else:
        changed = await _recovered(tx, loan, step, by=call.caller)
    await records.update(tx, LOAN, loan, changed, by=call.caller, action=step["kind"])
    return step


async def _handle_risk(tx: Transaction, loan: LoanRow, step: WriteOffRow, *, by: Caller) -> WriteOffRow:
    """Use provisions: all principal leaves the balance, as of a day after which nothing happened."""
    account = (await account_of(tx, loan)).without(step["id"])
    later = [entry.on for entry in account.entries if entry.on > step["effective_on"]]
    if later:
        raise problems.BeforeLoan(on=step["effective_on"].isoformat(), starts_on=max(later).isoformat())
    # What is outstanding may have changed since the step was entered.
    amount_vnd = loan["outstanding_vnd"]
    step = await records.update(tx, WRITE_OFF, step, {"amount_vnd": amount_vnd}, by=by)
    booking = booking_of(loan, on=step["effective_on"], kind="write_off", source_id=step["id"])
    await posting.book(tx, booking, [(posting.LOSSES, amount_vnd), (posting.LOANS, -amount_vnd)], by=by)
    after = [*account.entries, Entry(step["id"], "write_off", step["effective_on"], amount_vnd)]
    closing = {"state": "risk_handled", "drawing_closed_on": loan["drawing_closed_on"] or step["effective_on"]}
    await apply(tx, loan, account, after, by=by, action="risk_handled", values=closing)
    return step


async def _derecognized(tx: Transaction, loan: LoanRow, on: date) -> dict[str, Any]:
    """Return what changes of a loan that is derecognized. Raises TooEarlyToDerecognize."""
    handled_on = await tx.fetchval(_HANDLED_ON, loan["id"])
    earliest = shifted(handled_on, Interval(12, "months"), YEARS_TO_DERECOGNITION)
    if on < earliest:
        raise problems.TooEarlyToDerecognize(earliest_on=earliest.isoformat(), years=YEARS_TO_DERECOGNITION)
    return {"state": "derecognized"}


async def _recovered(tx: Transaction, loan: LoanRow, step: WriteOffRow, *, by: Caller) -> dict[str, Any]:
    """Book money that came in after all; return what changes of the loan. Raises RecoveredTooMuch, PeriodClosed."""
    amount_vnd = step["amount_vnd"]
    unrecovered = loan["written_off_vnd"] - loan["recovered_vnd"]
    if amount_vnd > unrecovered:
        raise problems.RecoveredTooMuch(
            written_off_vnd=loan["written_off_vnd"],
            recovered_vnd=loan["recovered_vnd"],
            asked_vnd=amount_vnd,
            over_vnd=amount_vnd - unrecovered,
        )
    booking = booking_of(loan, on=step["effective_on"], kind="recovery", source_id=step["id"])
    await posting.book(tx, booking, [(posting.CASH, amount_vnd), (posting.RECOVERED, -amount_vnd)], by=by)
    return {"recovered_vnd": loan["recovered_vnd"] + amount_vnd}


CONFIRMATION = Confirmation(
    scopes=APPROVE,
    take_effect=take_effect,
    hold=lock_loan_of,
    refusals=(
        problems.LoanStateForbids,
        problems.BooksKeptElsewhere,
        problems.BeforeLoan,
        problems.TooEarlyToDerecognize,
        problems.RecoveredTooMuch,
        problems.PeriodClosed,
    ),
)
