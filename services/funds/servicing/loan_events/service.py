"""New schedules, interest given up, loans given up: each replayed with the rest of the loan's history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid
from kernel.records import records
from kernel.records.crud import representation
from kernel.records.records import Resource, table_of
from kernel.values.days import now
from kernel.values.ids import new_id
from kernel.web.auth import Caller
from services.funds import models, problems, rows
from services.funds.books.ledger import posting
from services.funds.engine.days import Interval, shifted
from services.funds.servicing.loan_events.schemas import (
    InterestReduction,
    InterestReductionCreate,
    Rescheduling,
    ReschedulingApproval,
    ReschedulingCreate,
    ReschedulingRejection,
    WriteOff,
    WriteOffCreate,
)
from services.funds.servicing.loans.account import (
    Applied,
    account_of,
    apply,
    contract_of,
    refuse_never_due,
    state_on,
    with_all,
)
from services.funds.servicing.loans.in_force import in_force_on
from services.funds.servicing.loans.records import LOAN, require
from services.funds.servicing.loans.replay import replay
from services.funds.servicing.loans.schemas import EarlyRecallCreate
from services.funds.servicing.loans.state import Due, Entry, dues_of
from services.funds.servicing.loans.terms import basis_of, checked, engine_terms, read_dues, stored_dues
from services.funds.servicing.repayments.schemas import Reversal

YEARS_TO_DERECOGNITION = 5
"""Decree 45/2021/NĐ-CP, Art. 28: years from the use of provisions until a debt may be derecognized."""


def _rescheduling(row: Any) -> dict[str, Any]:
    document = {name: row[name] for name in Rescheduling.model_fields}
    terms = orjson.loads(row["terms"])
    dues = read_dues(orjson.loads(row["dues"]))
    return {
        **document,
        "terms": terms or None,
        "dues": [{"number": d.number, "due_on": d.due_on, "principal_vnd": d.principal_vnd} for d in dues],
    }


RESCHEDULING = Resource(
    "rescheduling",
    table_of(models.Rescheduling),
    "/v1/funds/reschedulings",
    _rescheduling,
    "no-store",
    row=rows.ReschedulingRow,
)
INTEREST_REDUCTION = Resource(
    "interest_reduction",
    table_of(models.InterestReduction),
    "/v1/funds/interest-reductions",
    representation(InterestReduction),
    "no-store",
    row=rows.InterestReductionRow,
)
WRITE_OFF = Resource(
    "write_off",
    table_of(models.WriteOff),
    "/v1/funds/write-offs",
    representation(WriteOff),
    "no-store",
    row=rows.WriteOffRow,
)

_LAST_RESCHEDULED = """
    SELECT max(effective_on) FROM rescheduling WHERE loan_id = $1::uuid AND state = 'approved'"""


def owner(loan: Row) -> dict[str, Any]:
    """Return the columns that tie a record to its loan."""
    return {"fund_id": loan["fund_id"], "loan_id": loan["id"], "alliance": loan["alliance"]}


def _not_before(loan: Row, on: date) -> None:
    if on < loan["starts_on"]:
        raise problems.BeforeLoan(on=on.isoformat(), starts_on=loan["starts_on"].isoformat())


async def new_dues(
    tx: Transaction, loan: Row, entries: Sequence[Entry], kind: str, on: date, terms: dict[str, Any], rate: str | None
) -> tuple[Due, ...]:
    """Return the installments of a new schedule for what is outstanding on the day, before money paid in on it.

    Raises BeforeLoan, LoanStateForbids, ExtensionNeeded, NotAnExtension, Invalid pointing below /terms.
    """
    _not_before(loan, on)
    last: date | None = await tx.fetchval(_LAST_RESCHEDULED, loan["id"])
    if last is not None and on < last:
        raise problems.BeforeLoan(on=on.isoformat(), starts_on=last.isoformat())
    known = [entry for entry in entries if entry.on < on or (entry.on == on and entry.kind != "repayment")]
    state = replay(contract_of(loan), known, on)
    if not state.outstanding_vnd:
        raise problems.LoanStateForbids(state=loan["state"], action="reschedule", allowed_actions=["settle"])
    rates = [entry.annual_rate_percent for entry in known if entry.annual_rate_percent is not None]
    percent = Decimal(rate) if rate is not None else (rates[-1] if rates else Decimal(loan["annual_rate_percent"]))
    made = engine_terms(terms, state.outstanding_vnd, percent, on)
    numbers = [row.number for row in state.installments]
    dues = dues_of(
        checked(made, at="/terms"),
        interest_free=made.interest_free,
        interest_grace=made.interest_grace,
        after=max(numbers, default=0),
    )
    ends, last_due = max((row.due_on for row in state.installments if not row.replaced), default=on), dues[-1].due_on
    told: dict[str, Any] = {"last_due_on": last_due.isoformat(), "term_ends_on": ends.isoformat()}
    if kind == "installment_adjustment" and last_due > ends:
        raise problems.ExtensionNeeded(**told)
    if kind == "extension" and last_due <= ends:
        raise problems.NotAnExtension(**told)
    return dues


async def propose(tx: Transaction, loan: Row, body: ReschedulingCreate, *, by: Caller, digest: bytes | None) -> Row:
    """Enter a proposal for a new schedule; nothing changes yet. Raises LoanStateForbids and what refuses the dues."""
    require(loan, "reschedule")
    posting.refuse_closed(body.effective_on, await posting.closed_until(tx, loan["fund_id"]))
    terms = body.terms.model_dump(mode="json")
    dues = await new_dues(
        tx, loan, (await account_of(tx, loan)).entries, body.kind, body.effective_on, terms, body.annual_rate_percent
    )
    values = {
        **body.model_dump(exclude={"terms"}),
        "terms": terms,
        "dues": stored_dues(dues),
        "state": "proposed",
        "decision_number": None,
        "decided_on": None,
        "decided_by": None,
        "rejection_reason": None,
        **owner(loan),
    }
    row: Row = await records.create(tx, RESCHEDULING, values, by=by, digest=digest)
    return row


def _undecided(row: Row) -> None:
    if row["state"] != "proposed":
        raise problems.AlreadyDecided(state=row["state"])


async def approve(
    tx: Transaction, loan: Row, row: Row, body: ReschedulingApproval, *, by: Caller
) -> tuple[Row, Applied]:
    """Put a proposal into force: its installments are computed from what is outstanding now.

    Raises SamePerson, AlreadyDecided, LoanStateForbids, PeriodClosed, NeverDue and what refuses the dues.
    """
    if row["created_by"] == by.id:
        raise problems.SamePerson(prepared_by=by.id)
    _undecided(row)
    require(loan, "reschedule")
    closed = await posting.closed_until(tx, loan["fund_id"])
    posting.refuse_closed(row["effective_on"], closed)
    account = await account_of(tx, loan)
    terms = orjson.loads(row["terms"])
    dues = await new_dues(
        tx, loan, account.entries, row["kind"], row["effective_on"], terms, row["annual_rate_percent"]
    )
    values = {
        "state": "approved",
        "dues": stored_dues(dues),
        "decision_number": body.decision_number,
        "decided_on": body.decided_on,
        "decided_by": by.id,
    }
    decided: Row = await records.update(tx, RESCHEDULING, row, values, by=by, action="approved")
    rate = row["annual_rate_percent"]
    entry = Entry(
        row["id"],
        "rescheduling",
        row["effective_on"],
        dues=dues,
        basis=basis_of(terms),
        annual_rate_percent=None if rate is None else Decimal(rate),
    )
    changed = {"reschedule_count": loan["reschedule_count"] + 1, "in_force": await in_force_on(tx, loan, date.max)}
    applied = await apply(
        tx, loan, account, [*account.entries, entry], by=by, action="rescheduled", closed=closed, values=changed
    )
    refuse_never_due(applied.state)
    return decided, applied


async def reject(tx: Transaction, row: Row, body: ReschedulingRejection, *, by: Caller) -> Row:
    """Refuse a proposal. Raises SamePerson, AlreadyDecided."""
    if row["created_by"] == by.id:
        raise problems.SamePerson(prepared_by=by.id)
    _undecided(row)
    values = {
        "state": "rejected",
        "rejection_reason": body.reason,
        "decision_number": body.decision_number,
        "decided_on": body.decided_on,
        "decided_by": by.id,
    }
    decided: Row = await records.update(tx, RESCHEDULING, row, values, by=by, reason=body.reason, action="rejected")
    return decided


async def recall(tx: Transaction, loan: Row, body: EarlyRecallCreate, *, by: Caller) -> tuple[Row, Applied]:
    """Let all that is not due yet fall due on one day.

    Raises LoanStateForbids, BeforeLoan, NeverDue, PeriodClosed, Invalid.
    """
    require(loan, "recall_early")
    _not_before(loan, body.effective_on)
    closed = await posting.closed_until(tx, loan["fund_id"])
    posting.refuse_closed(body.effective_on, closed)
    if body.due_on < body.effective_on:
        words = (
            "Ngày này trước ngày có hiệu lực; hãy ghi ngày đó hoặc sau đó.",
            "This is before the day it takes effect; give that day or a later one.",
        )
        raise Invalid(FieldError("end_before_start", words, pointer="/due_on"))
    account = await account_of(tx, loan)
    state = replay(
        contract_of(loan), [entry for entry in account.entries if entry.on <= body.effective_on], body.effective_on
    )
    number = max((row.number for row in state.installments), default=0) + 1
    dues = (Due(number, body.due_on, state.outstanding_vnd - state.principal_due_vnd),)
    id_ = new_id()
    values = {
        "id": id_,
        "kind": "early_recall",
        "effective_on": body.effective_on,
        "state": "approved",
        "annual_rate_percent": None,
        "terms": {},
        "dues": stored_dues(dues),
        "request_reason": body.reason,
        "decision_number": body.decision_number,
        "decided_on": body.decided_on,
        "decided_by": by.id,
        "rejection_reason": None,
        **owner(loan),
    }
    row: Row = await records.create(tx, RESCHEDULING, values, by=by)
    after = [*account.entries, Entry(id_, "recall", body.effective_on, dues=dues)]
    changed = {"in_force": await in_force_on(tx, loan, date.max)}
    applied = await apply(
        tx, loan, account, after, by=by, action="recalled", reason=body.reason, closed=closed, values=changed
    )
    refuse_never_due(applied.state)
    return row, applied


async def reduce(
    tx: Transaction, loan: Row, body: InterestReductionCreate, *, by: Caller, digest: bytes | None
) -> tuple[Row, Applied]:
    """Give up interest owed on a day. Raises LoanStateForbids, BeforeLoan, TooMuchReduced, PeriodClosed."""
    require(loan, "reduce_interest")
    _not_before(loan, body.effective_on)
    closed = await posting.closed_until(tx, loan["fund_id"])
    posting.refuse_closed(body.effective_on, closed)
    id_ = body.id or new_id()
    account = await account_of(tx, loan)
    after = [
        *account.entries,
        Entry(id_, "interest_reduction", body.effective_on, 0, body.interest_vnd, body.overdue_interest_vnd),
    ]
    without, with_it = with_all(loan, account.entries), with_all(loan, after)
    taken = with_it.interest_waived_vnd - without.interest_waived_vnd
    penalty = with_it.overdue_interest_waived_vnd - without.overdue_interest_waived_vnd
    if (taken, penalty) != (body.interest_vnd, body.overdue_interest_vnd):
        state = await state_on(tx, loan, body.effective_on)
        raise problems.TooMuchReduced(
            interest_vnd=state.interest_owed_vnd + state.interest_accrued_vnd,
            overdue_interest_vnd=state.overdue_interest_owed_vnd,
        )
    values = {
        **body.model_dump(),
        "id": id_,
        "reversed_at": None,
        "reversed_by": None,
        "reversal_reason": None,
        **owner(loan),
    }
    row: Row = await records.create(tx, INTEREST_REDUCTION, values, by=by, digest=digest)
    applied = await apply(tx, loan, account, after, by=by, action="interest_reduced", closed=closed, state=with_it)
    return row, applied


async def reverse_reduction(tx: Transaction, loan: Row, row: Row, body: Reversal, *, by: Caller) -> tuple[Row, Applied]:
    """Take a reduction back as if it never was. Raises EntryReversed, LoanStateForbids, PeriodClosed."""
    if row["reversed_at"] is not None:
        raise problems.EntryReversed(reversed_at=row["reversed_at"])
    require(loan, "reduce_interest")
    closed = await posting.closed_until(tx, loan["fund_id"])
    account = await account_of(tx, loan)
    after = account.without(row["id"])
    gone = {"reversed_at": now(), "reversed_by": by.id, "reversal_reason": body.reason}
    changed: Row = await records.update(tx, INTEREST_REDUCTION, row, gone, by=by, action="reversed", reason=body.reason)
    applied = await apply(
        tx, loan, account, after, by=by, action="reduction_reversed", reason=body.reason, closed=closed
    )
    return changed, applied


async def write_off(
    tx: Transaction, loan: Row, body: WriteOffCreate, *, by: Caller, digest: bytes | None
) -> tuple[Row, Row]:
    """Take one step of giving the locked loan up; return the step and the loan.

    Raises LoanStateForbids, BeforeLoan, TooEarlyToDerecognize, RecoveredTooMuch, PeriodClosed.
    """
    action = {"risk_handled": "handle_risk", "derecognized": "derecognize", "recovery": "recover"}[body.kind]
    require(loan, action)
    _not_before(loan, body.effective_on)
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
