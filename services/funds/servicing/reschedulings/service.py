"""New schedules: proposed by one person, approved or rejected by another; and the early recall of a loan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid
from kernel.records import records
from kernel.values.ids import new_id
from kernel.web.auth import Caller
from services.funds import posting, problems
from services.funds.lending.schedule_terms import checked, engine_terms
from services.funds.servicing.loans.account import account_of, contract_of, refuse_never_due
from services.funds.servicing.loans.derivation import Applied, apply
from services.funds.servicing.loans.in_force import in_force_on
from services.funds.servicing.loans.resource import owner
from services.funds.servicing.loans.steps import refuse_before_start, require
from services.funds.servicing.loans.terms import basis_of, stored_dues
from services.funds.servicing.replay.replay import replay
from services.funds.servicing.replay.state import Due, Entry, dues_of
from services.funds.servicing.reschedulings.records import RESCHEDULING
from services.funds.servicing.reschedulings.schemas import (
    EarlyRecallCreate,
    ReschedulingApproval,
    ReschedulingCreate,
    ReschedulingRejection,
)

_LAST_RESCHEDULED = """
    SELECT max(effective_on) FROM rescheduling WHERE loan_id = $1::uuid AND state = 'approved'"""


async def new_dues(
    tx: Transaction, loan: Row, entries: Sequence[Entry], kind: str, on: date, terms: dict[str, Any], rate: str | None
) -> tuple[Due, ...]:
    """Return the installments of a new schedule for what is outstanding on the day, before money paid in on it.

    Raises BeforeLoan, LoanStateForbids, ExtensionNeeded, NotAnExtension, Invalid pointing below /terms.
    """
    refuse_before_start(loan, on)
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
    refuse_before_start(loan, body.effective_on)
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
