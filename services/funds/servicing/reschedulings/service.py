"""New schedules: proposed by one person, approved or rejected by another; and the early recall of a loan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlmodel import col

from kernel import problems as kernel_problems
from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import param, scalar
from kernel.problems import FieldError, Invalid
from kernel.records import confirmations
from kernel.records.confirmations import NOT_NEEDED, Confirmation, refuse_system
from kernel.values.ids import new_id
from kernel.web.auth import Caller
from kernel.web.calls import Call
from services.funds import posting, problems
from services.funds.lending.schedule_terms import checked, engine_terms
from services.funds.models import Rescheduling
from services.funds.rows import LoanRow, ReschedulingRow
from services.funds.scopes import APPROVE
from services.funds.servicing.loans.account import (
    Account,
    account_of,
    contract_of,
    refuse_never_due,
    waives_less,
    with_all,
)
from services.funds.servicing.loans.derivation import Applied, apply
from services.funds.servicing.loans.in_force import in_force_on
from services.funds.servicing.loans.locks import lock_loan_of
from services.funds.servicing.loans.resource import owner_of
from services.funds.servicing.loans.reversals import NOT_REVERSED, Undo
from services.funds.servicing.loans.steps import refuse_before_start, require
from services.funds.servicing.loans.terms import TermsDocument, basis_of, read_dues, stored_dues, terms_document
from services.funds.servicing.replay.replay import replay, replay_over
from services.funds.servicing.replay.state import Due, Entry, State, dues_of
from services.funds.servicing.reschedulings.resource import RESCHEDULING
from services.funds.servicing.reschedulings.schemas import (
    EarlyRecallCreate,
    ReschedulingApproval,
    ReschedulingCreate,
    ReschedulingRejection,
)

# By ix_rescheduling_loan_id.
_LAST_RESCHEDULED = scalar(
    date,
    select(func.max(col(Rescheduling.effective_on))).where(
        col(Rescheduling.loan_id) == param(1), col(Rescheduling.state) == "approved"
    ),
)


async def new_dues(
    tx: Transaction,
    loan: LoanRow,
    entries: Sequence[Entry],
    *,
    kind: str,
    on: date,
    terms: TermsDocument,
    annual_rate_percent: str | None,
) -> tuple[Due, ...]:
    """Return the installments of a new schedule for what is outstanding on the day, before money paid in on it.

    Raises BeforeLoan, LoanStateForbids, ExtensionNeeded, NotAnExtension, Invalid pointing below /terms.
    """
    refuse_before_start(loan, on)
    last_rescheduled = await tx.fetchval(_LAST_RESCHEDULED, loan["id"])
    if last_rescheduled is not None and on < last_rescheduled:
        raise problems.BeforeLoan(on=on.isoformat(), starts_on=last_rescheduled.isoformat())
    before = [entry for entry in entries if entry.on < on or (entry.on == on and entry.kind != "repayment")]
    contract = contract_of(loan)
    state = replay(contract, before, on)
    if not state.outstanding_vnd:
        raise problems.LoanStateForbids(state=loan["state"], action="reschedule", allowed_actions=["settle"])
    rates = [entry.annual_rate_percent for entry in before if entry.annual_rate_percent is not None]
    rate = rates[-1] if rates else Decimal(loan["annual_rate_percent"])
    if annual_rate_percent is not None:
        rate = Decimal(annual_rate_percent)
    agreed = engine_terms(terms, state.outstanding_vnd, rate, on)
    dues = dues_of(
        checked(agreed, at="/terms"),
        interest_free=agreed.interest_free,
        interest_grace=agreed.interest_grace,
        after=_last_number(state),
    )
    _refuse_other_kind(kind, replay_over(contract, before), on, dues[-1].due_on)
    return dues


def _last_number(state: State) -> int:
    return max((row.number for row in state.installments), default=0)


def _refuse_other_kind(kind: str, state: State, on: date, last_due_on: date) -> None:
    """Raise ExtensionNeeded for what goes beyond the term and is no extension, NotAnExtension for one that does not.

    `state`: with every installment fallen due.
    """
    term_ends_on = max((row.due_on for row in state.installments if not row.replaced), default=on)
    days: dict[str, Any] = {"last_due_on": last_due_on.isoformat(), "term_ends_on": term_ends_on.isoformat()}
    if kind != "extension" and last_due_on > term_ends_on:
        raise problems.ExtensionNeeded(**days)
    if kind == "extension" and last_due_on <= term_ends_on:
        raise problems.NotAnExtension(**days)


async def propose(
    tx: Transaction, loan: LoanRow, body: ReschedulingCreate, *, by: Caller, digest: bytes | None
) -> ReschedulingRow:
    """Enter a proposal for a new schedule; nothing changes yet. Raises LoanStateForbids and what refuses the dues."""
    require(loan, "reschedule")
    posting.refuse_closed(body.effective_on, await posting.closed_until(tx, loan["fund_id"]))
    terms = terms_document(body.terms)
    account = await account_of(tx, loan)
    dues = await new_dues(
        tx,
        loan,
        account.entries,
        kind=body.kind,
        on=body.effective_on,
        terms=terms,
        annual_rate_percent=body.annual_rate_percent,
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
        "entered_by_name": by.name,
        **NOT_REVERSED,
        **NOT_NEEDED,
        **owner_of(loan),
    }
    return await records.create(tx, RESCHEDULING, values, by=by, digest=digest)


def _refuse_undecidable(proposal: ReschedulingRow, by: Caller) -> None:
    """Raise ConfirmInstead for a recall, SamePerson for whoever proposed it, AlreadyDecided for what is no proposal any more."""
    if proposal["confirmation_state"] is not None:
        raise problems.ConfirmInstead()
    refuse_system(by)
    if proposal["created_by"] == by.id:
        raise kernel_problems.SamePerson(prepared_by=by.id)
    if proposal["state"] != "proposed":
        raise problems.AlreadyDecided(state=proposal["state"])


async def approve(
    tx: Transaction, loan: LoanRow, proposal: ReschedulingRow, body: ReschedulingApproval, *, by: Caller
) -> tuple[ReschedulingRow, Applied]:
    """Put a proposal into force: its installments are computed from what is outstanding now.

    Raises SamePerson, AlreadyDecided, LoanStateForbids, PeriodClosed, NeverDue and what refuses the dues.
    """
    _refuse_undecidable(proposal, by)
    require(loan, "reschedule")
    closed = await posting.closed_until(tx, loan["fund_id"])
    posting.refuse_closed(proposal["effective_on"], closed)
    account = await account_of(tx, loan)
    terms: TermsDocument = orjson.loads(proposal["terms"])
    rate = proposal["annual_rate_percent"]
    dues = await new_dues(
        tx,
        loan,
        account.entries,
        kind=proposal["kind"],
        on=proposal["effective_on"],
        terms=terms,
        annual_rate_percent=rate,
    )
    values = {
        "state": "approved",
        "dues": stored_dues(dues),
        "decision_number": body.decision_number,
        "decided_on": body.decided_on,
        "decided_by": by.id,
    }
    decided = await records.update(tx, RESCHEDULING, proposal, values, by=by, action="approved")
    entry = Entry(
        proposal["id"],
        "rescheduling",
        proposal["effective_on"],
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


async def reject(
    tx: Transaction, proposal: ReschedulingRow, body: ReschedulingRejection, *, by: Caller
) -> ReschedulingRow:
    """Refuse a proposal. Raises SamePerson, AlreadyDecided."""
    _refuse_undecidable(proposal, by)
    values = {
        "state": "rejected",
        "rejection_reason": body.reason,
        "decision_number": body.decision_number,
        "decided_on": body.decided_on,
        "decided_by": by.id,
    }
    return await records.update(tx, RESCHEDULING, proposal, values, by=by, reason=body.reason, action="rejected")


async def enter_recall(tx: Transaction, call: Call, loan: LoanRow, body: EarlyRecallCreate) -> ReschedulingRow:
    """Enter an early recall, for a second person to confirm.

    Raises LoanStateForbids, BeforeLoan, ExtensionNeeded, NeverDue, PeriodClosed, Invalid.
    """
    if body.due_on < body.effective_on:
        words = (
            "Ngày này trước ngày có hiệu lực; hãy ghi ngày đó hoặc sau đó.",
            "This is before the day it takes effect; give that day or a later one.",
        )
        raise Invalid(FieldError("end_before_start", words, pointer="/due_on"))
    values = {
        "id": new_id(),
        "kind": "early_recall",
        "effective_on": body.effective_on,
        "state": "proposed",
        "annual_rate_percent": None,
        "terms": {},
        # What falls due on the day, and before it, follows when it is confirmed.
        "dues": stored_dues((Due(1, body.due_on, loan["outstanding_vnd"]),)),
        "request_reason": body.reason,
        "decision_number": body.decision_number,
        "decided_on": body.decided_on,
        "decided_by": None,
        "rejection_reason": None,
        "entered_by_name": call.caller.name,
        **NOT_REVERSED,
        **owner_of(loan),
    }
    return await confirmations.enter(tx, call, RESCHEDULING, CONFIRMATION, values, reason=body.reason)


async def take_recall_effect(tx: Transaction, call: Call, recall: ReschedulingRow) -> ReschedulingRow:
    """Let all that is not due by the day of a confirmed recall fall due on it. Raises what `enter_recall` raises."""
    loan, on = await lock_loan_of(tx, call, recall), recall["effective_on"]
    require(loan, "recall_early")
    refuse_before_start(loan, on)
    closed = await posting.closed_until(tx, loan["fund_id"])
    posting.refuse_closed(on, closed)
    account = await account_of(tx, loan)
    by_then = [entry for entry in account.entries if entry.on <= on]
    due_on = read_dues(orjson.loads(recall["dues"]))[-1].due_on
    _refuse_other_kind("early_recall", with_all(loan, by_then), on, due_on)
    # A new schedule of a later day has its own installments already.
    number = _last_number(with_all(loan, account.entries)) + 1
    dues = _recalled_dues(replay(contract_of(loan), by_then, on), with_all(loan, by_then), Due(number, due_on, 0))
    values = {"state": "approved", "dues": stored_dues(dues), "decided_by": call.caller.id}
    row = await records.update(tx, RESCHEDULING, recall, values, by=call.caller, action="approved")
    after = [*account.entries, Entry(recall["id"], "recall", on, dues=dues)]
    changed = {"in_force": await in_force_on(tx, loan, date.max)}
    reason = recall["request_reason"]
    applied = await apply(
        tx, loan, account, after, by=call.caller, action="recalled", reason=reason, closed=closed, values=changed
    )
    refuse_never_due(applied.state)
    return row


def _recalled_dues(state: State, over: State, last: Due) -> tuple[Due, ...]:
    """Return what still falls due on its own day until that of `last`, and `last` with the rest of the principal.

    `state`: the loan on the day of the recall, `over`: with every installment fallen due.
    """
    own = tuple(
        Due(row.number, row.due_on, row.principal_owed_vnd)
        for row in over.installments
        if not row.replaced and state.on < row.due_on <= last.due_on
    )
    rest = state.outstanding_vnd - state.principal_due_vnd - sum(due.principal_vnd for due in own)
    return (*own, last._replace(principal_vnd=rest))


CONFIRMATION = Confirmation(
    scopes=APPROVE,
    take_effect=take_recall_effect,
    of="an early recall",
    hold=lock_loan_of,
    ended={"state": "rejected"},
    refusals=(
        problems.LoanStateForbids,
        problems.BooksKeptElsewhere,
        problems.BeforeLoan,
        problems.ExtensionNeeded,
        problems.NeverDue,
        problems.PeriodClosed,
    ),
)
"""Of an early recall; a new schedule is approved or rejected by a decision of its own."""


async def reverse(tx: Transaction, loan: LoanRow, rescheduling: ReschedulingRow, undo: Undo) -> Applied:
    """Take a new schedule or a recall of the locked loan back as if it never was; what came before it holds again.

    Raises LoanStateForbids, NeverDue, UndoLaterFirst.
    """
    recalled = rescheduling["kind"] == "early_recall"
    require(loan, "recall_early" if recalled else "reschedule")
    account = await account_of(tx, loan)
    values = {"state": "reversed", **undo.columns}
    await records.update(tx, RESCHEDULING, rescheduling, values, by=undo.by, action="reversed", reason=undo.reason)
    changed = {
        "reschedule_count": loan["reschedule_count"] - (0 if recalled else 1),
        "in_force": await in_force_on(tx, loan, date.max),
    }
    applied = await apply(
        tx,
        loan,
        account,
        account.without(rescheduling["id"]).entries,
        by=undo.by,
        action="recall_reversed" if recalled else "rescheduling_reversed",
        reason=undo.reason,
        closed=undo.closed,
        values=changed,
    )
    refuse_never_due(applied.state)
    _refuse_waived_less(account, with_all(loan, account.entries), applied.state)
    return applied


def _refuse_waived_less(account: Account, before: State, after: State) -> None:
    """Raise UndoLaterFirst where interest was given up later that would never have been owed: naming the last reduction."""
    if not waives_less(before, after):
        return
    reductions = [entry for entry in account.entries if entry.kind == "interest_reduction"]
    last = max(reductions, key=lambda entry: (entry.on, entry.id))
    raise problems.UndoLaterFirst(later_kind=last.kind, later_id=last.id, later_on=last.on.isoformat())
