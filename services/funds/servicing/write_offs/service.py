"""The steps of writing a loan off, and what is recovered afterwards."""

from __future__ import annotations

from datetime import date
from typing import Any

from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import always
from kernel.problems import Invalid
from kernel.records import confirmations
from kernel.records.confirmations import Confirmation
from kernel.storage.files import check_files
from kernel.values.history_actions import HistoryAction
from kernel.values.ids import new_id
from kernel.web.auth import Caller
from kernel.web.calls import Call
from services.funds import posting, problems
from services.funds.engine.days import Interval, shifted
from services.funds.rows import LoanRow, WriteOffRow
from services.funds.scopes import APPROVE
from services.funds.servicing.loans.account import account_of, contract_of, with_all
from services.funds.servicing.loans.bookings import booking_of
from services.funds.servicing.loans.derivation import Applied, apply
from services.funds.servicing.loans.locks import lock_loan_of
from services.funds.servicing.loans.queries import STATE_BEFORE
from services.funds.servicing.loans.resource import LOAN, owner_of
from services.funds.servicing.loans.reversals import NOT_REVERSED, Undo
from services.funds.servicing.loans.steps import refuse_before_start, require
from services.funds.servicing.replay.allocation import recovered
from services.funds.servicing.replay.replay import replay
from services.funds.servicing.replay.state import Entry
from services.funds.servicing.write_offs.grounds import refuse_ungrounded
from services.funds.servicing.write_offs.resource import WRITE_OFF
from services.funds.servicing.write_offs.schemas import WriteOffCreate

YEARS_TO_DERECOGNITION = 5
"""Decree 45/2021/NĐ-CP, Art. 28: years from the use of provisions until a debt may be derecognized."""

_STEPS = {"risk_handled": "handle_risk", "derecognized": "derecognize", "recovery": "recover"}
"""Kind → step of the loan."""
_REVERSED: dict[str, HistoryAction] = {
    "risk_handled": "risk_handled_reversed",
    "derecognized": "derecognized_reversed",
    "recovery": "recovery_reversed",
}

# A loan is handled once only, and what is asked for comes after that. By ix_write_off_loan_id.
_HANDLED_ON = always(
    date,
    """
    SELECT effective_on FROM write_off
     WHERE loan_id = $1::uuid AND kind = 'risk_handled' AND reversed_at IS NULL
       AND coalesce(confirmation_state, 'confirmed') = 'confirmed'""",
)


async def enter(
    tx: Transaction, call: Call, loan: LoanRow, body: WriteOffCreate, *, digest: bytes | None
) -> WriteOffRow:
    """Enter a step of writing the locked loan off, for a second person to confirm.

    Raises Invalid, LoanStateForbids, BeforeLoan, WriteOffNotGrounded, TooEarlyToDerecognize, RecoveredTooMuch, PeriodClosed.
    """
    if faults := await check_files(tx, call.caller, body.file_ids):
        raise Invalid(*faults)
    values: dict[str, Any] = {
        **body.model_dump(),
        "id": body.id or new_id(),
        "amount_vnd": body.amount_vnd or 0,
        "interest_vnd": None,
        "overdue_interest_vnd": None,
        **NOT_REVERSED,
        **owner_of(loan),
    }
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
    handled_on = await tx.fetchval(_HANDLED_ON, loan["id"])
    if step["kind"] == "recovery":
        return await _recover(tx, loan, step, handled_on, by=call.caller)
    earliest = shifted(handled_on, Interval(12, "months"), YEARS_TO_DERECOGNITION)
    if step["effective_on"] < earliest:
        raise problems.TooEarlyToDerecognize(earliest_on=earliest.isoformat(), years=YEARS_TO_DERECOGNITION)
    await records.update(tx, LOAN, loan, {"state": "derecognized"}, by=call.caller, action="derecognized")
    return step


async def _handle_risk(tx: Transaction, loan: LoanRow, step: WriteOffRow, *, by: Caller) -> WriteOffRow:
    """Use provisions: all that is owed leaves the balance, as of a day after which nothing happened."""
    on = step["effective_on"]
    posting.refuse_closed(on, await posting.closed_until(tx, loan["fund_id"]))
    account = (await account_of(tx, loan)).without(step["id"])
    later = [entry.on for entry in account.entries if entry.on > on]
    if later:
        raise problems.BeforeLoan(on=on.isoformat(), starts_on=max(later).isoformat())
    state = replay(contract_of(loan), account.entries, on)
    if not state.total_owed_vnd:
        raise problems.LoanStateForbids(state=loan["state"], action="handle_risk", allowed_actions=["settle"])
    await refuse_ungrounded(tx, loan, step["ground"], on)
    # What is owed may have changed since the step was entered.
    amount_vnd = state.outstanding_vnd
    owed = {
        "amount_vnd": amount_vnd,
        "interest_vnd": state.interest_owed_vnd + state.interest_accrued_vnd,
        "overdue_interest_vnd": state.overdue_interest_owed_vnd,
    }
    step = await records.update(tx, WRITE_OFF, step, owed, by=by)
    booking = booking_of(loan, on=on, kind="write_off", source_id=step["id"])
    await posting.book(tx, booking, [(posting.LOSSES, amount_vnd), (posting.LOANS, -amount_vnd)], by=by)
    after = [*account.entries, Entry(step["id"], "write_off", on, amount_vnd)]
    closing = {"state": "risk_handled", "drawing_closed_on": loan["drawing_closed_on"] or on}
    await apply(tx, loan, account, after, by=by, action="risk_handled", values=closing)
    return step


async def _recover(tx: Transaction, loan: LoanRow, step: WriteOffRow, handled_on: date, *, by: Caller) -> WriteOffRow:
    """Book money that came in after all, and where it goes. Raises BeforeLoan, RecoveredTooMuch, PeriodClosed."""
    on, amount_vnd = step["effective_on"], step["amount_vnd"]
    if on < handled_on:
        raise problems.BeforeLoan(on=on.isoformat(), starts_on=handled_on.isoformat())
    account = (await account_of(tx, loan)).without(step["id"])
    # Whatever was recovered until now, on whichever day.
    state = with_all(loan, account.entries)
    split = recovered(amount_vnd, state)
    if split.held_vnd:
        raise problems.RecoveredTooMuch(
            written_off_vnd=loan["written_off_vnd"],
            recovered_vnd=loan["recovered_vnd"],
            principal_vnd=state.off_balance_principal_vnd,
            interest_vnd=state.off_balance_interest_vnd,
            overdue_interest_vnd=state.off_balance_overdue_interest_vnd,
            asked_vnd=amount_vnd,
            over_vnd=split.held_vnd,
        )
    parts = {"interest_vnd": split.interest_vnd, "overdue_interest_vnd": split.overdue_interest_vnd}
    step = await records.update(tx, WRITE_OFF, step, parts, by=by)
    lines = [
        (posting.CASH, amount_vnd),
        (posting.RECOVERED, -split.principal_vnd),
        (posting.INTEREST, -split.interest_vnd),
        (posting.OVERDUE_INTEREST, -split.overdue_interest_vnd),
    ]
    await posting.book(tx, booking_of(loan, on=on, kind="recovery", source_id=step["id"]), lines, by=by)
    entry = Entry(step["id"], "recovery", on, split.principal_vnd, split.interest_vnd, split.overdue_interest_vnd)
    await apply(tx, loan, account, [*account.entries, entry], by=by, action="recovery")
    return step


async def reverse(tx: Transaction, loan: LoanRow, step: WriteOffRow, undo: Undo) -> Applied:
    """Take a step of writing the locked loan off back as if it never was: the loan is what it was before, and what was
    recovered leaves the fund's cash. Raises PeriodClosed, CashShort.
    """
    account = await account_of(tx, loan)
    await records.update(tx, WRITE_OFF, step, undo.columns, by=undo.by, action="reversed", reason=undo.reason)
    await undo.book_opposite(tx, loan, await posting.booked(tx, step["id"]))
    before = None if step["kind"] == "recovery" else await tx.fetchrow(STATE_BEFORE, loan["id"], step["kind"])
    return await apply(
        tx,
        loan,
        account,
        account.without(step["id"]).entries,
        by=undo.by,
        action=_REVERSED[step["kind"]],
        reason=undo.reason,
        closed=undo.closed,
        values={**(before or {})},
    )


CONFIRMATION = Confirmation(
    scopes=APPROVE,
    take_effect=take_effect,
    hold=lock_loan_of,
    refusals=(
        problems.LoanStateForbids,
        problems.BooksKeptElsewhere,
        problems.BeforeLoan,
        problems.WriteOffNotGrounded,
        problems.TooEarlyToDerecognize,
        problems.RecoveredTooMuch,
        problems.PeriodClosed,
    ),
)
