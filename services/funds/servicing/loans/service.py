"""The steps of a contract, from its correction to its settlement."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from kernel import records
from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid
from kernel.records.confirmations import require_in_force
from kernel.web.auth import Caller
from services.funds import posting, problems
from services.funds.rows import LoanRow
from services.funds.servicing.loans import queries
from services.funds.servicing.loans.account import account_of, opening_of, planned_dues, state_on
from services.funds.servicing.loans.approval import application_of, refuse_differences
from services.funds.servicing.loans.bookings import booking_of
from services.funds.servicing.loans.contracts import loan_with_number
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.loans.reversals import Undo
from services.funds.servicing.loans.schemas import DrawingClosure, LoanCancellation, LoanChange, SettlementCreate
from services.funds.servicing.loans.steps import BOOKS_ELSEWHERE, refuse_before_start, refuse_erased, require
from services.funds.servicing.loans.terms import stored_dues, terms_document


async def change(tx: Transaction, loan: LoanRow, body: LoanChange, *, by: Caller) -> LoanRow:
    """Correct a contract: its terms only before money was paid out.

    Raises AlreadyErased, NotConfirmed, ContractNumberInUse, LoanStateForbids, Invalid, TermsContradict, DiffersFromApproval.
    """
    refuse_erased(loan)
    require_in_force(loan)
    if body.contract_number is not None and body.contract_number != loan["contract_number"]:
        loan_id = await loan_with_number(tx, loan["alliance"], body.contract_number)
        if loan_id is not None:
            raise problems.ContractNumberInUse(contract_number=body.contract_number, loan_id=loan_id)
    values: dict[str, Any] = {}
    for name in ("contract_number", "result", "jobs", "expected_results", "officer_id"):
        if name in body.model_fields_set:
            values[name] = getattr(body, name)
    if values.get("contract_number", "") is None:
        words = ("Không được để trống.", "This may not be empty.")
        raise Invalid(FieldError("required", words, pointer="/contract_number"))
    if body.terms is not None:
        if loan["starts_on"] is not None:
            raise problems.LoanStateForbids(state=loan["state"], action="change", allowed_actions=["reschedule"])
        terms = terms_document(body.terms)
        dues = planned_dues(
            terms,
            opening=opening_of(loan),
            principal_vnd=loan["principal_vnd"],
            annual_rate_percent=loan["annual_rate_percent"],
            starts_on=loan["signed_on"],
        )
        application = await application_of(tx, loan)
        if application is not None:
            await refuse_differences(
                tx,
                application,
                terms=terms,
                annual_rate_percent=loan["annual_rate_percent"],
                loan_product_id=loan["loan_product_id"],
                signed_on=loan["signed_on"],
                loan_id=loan["id"],
            )
        values |= {
            "terms": terms,
            "dues": stored_dues(dues),
            "last_due_on": dues[-1].due_on if dues else None,
        }
    return await records.update(tx, LOAN, loan, values, by=by, reason=body.reason, action="corrected")


async def close_drawing(tx: Transaction, loan: LoanRow, body: DrawingClosure, *, by: Caller) -> LoanRow:
    """Say that no more is paid out: what was not drawn is free again. Raises LoanStateForbids, BeforeLoan."""
    require(loan, "close_drawing")
    refuse_before_start(loan, body.closed_on)
    values = {"state": "active", "drawing_closed_on": body.closed_on}
    return await records.update(tx, LOAN, loan, values, by=by, reason=body.reason, action="drawing_closed")


async def cancel(tx: Transaction, loan: LoanRow, body: LoanCancellation, *, by: Caller) -> LoanRow:
    """End a contract on which nothing was paid out. Raises LoanStateForbids, BeforeLoan."""
    require(loan, "cancel")
    if body.cancelled_on < loan["signed_on"]:
        raise problems.BeforeLoan(on=body.cancelled_on.isoformat(), starts_on=loan["signed_on"].isoformat())
    values = {"state": "cancelled", "drawing_closed_on": body.cancelled_on}
    return await records.update(tx, LOAN, loan, values, by=by, reason=body.reason, action="cancelled")


async def settle(tx: Transaction, loan: LoanRow, body: SettlementCreate, *, by: Caller) -> LoanRow:
    """Close the locked loan on a day when nothing is owed, nor left to recover of one that was written off.

    Raises LoanStateForbids, BeforeLoan, StillOwed, StillRecoverable, PeriodClosed, CashShort.
    """
    require(loan, "settle")
    on = body.settled_on
    refuse_before_start(loan, on)
    refunded = loan["held_vnd"]
    if loan["channel"] == BOOKS_ELSEWHERE:
        if loan["outstanding_vnd"]:
            raise problems.StillOwed(
                owed_vnd=loan["outstanding_vnd"],
                principal_vnd=loan["outstanding_vnd"],
                interest_vnd=0,
                overdue_interest_vnd=0,
            )
    else:
        later = [entry.on for entry in (await account_of(tx, loan)).entries if entry.on > on]
        if later:
            raise problems.BeforeLoan(on=on.isoformat(), starts_on=max(later).isoformat())
        state = await state_on(tx, loan, on)
        if state.total_owed_vnd:
            raise problems.StillOwed(
                owed_vnd=state.total_owed_vnd,
                principal_vnd=state.outstanding_vnd,
                interest_vnd=state.interest_owed_vnd + state.interest_accrued_vnd,
                overdue_interest_vnd=state.overdue_interest_owed_vnd,
            )
        if state.recoverable_vnd:
            raise problems.StillRecoverable(
                recoverable_vnd=state.recoverable_vnd,
                principal_vnd=state.off_balance_principal_vnd,
                interest_vnd=state.off_balance_interest_vnd,
                overdue_interest_vnd=state.off_balance_overdue_interest_vnd,
            )
        booking = booking_of(loan, on=on, kind="settlement", source_id=loan["id"])
        posting.refuse_closed(on, await posting.closed_until(tx, loan["fund_id"]))
        await posting.book(tx, booking, [(posting.HELD, refunded), (posting.CASH, -refunded)], by=by)
    settlement = {**body.model_dump(mode="json"), "held_refunded_vnd": refunded}
    values: dict[str, Any] = {
        "state": "settled",
        "settled_on": on,
        "settlement": settlement,
        "held_vnd": 0,
        "drawing_closed_on": loan["drawing_closed_on"] or on,
    }
    return await records.update(tx, LOAN, loan, values, by=by, action="settled")


async def reopen(tx: Transaction, loan: LoanRow, undo: Undo) -> LoanRow:
    """Undo the settlement of the locked loan: it is what it was before, and what was paid back is held again.

    Raises PeriodClosed.
    """
    assert loan["settlement"] is not None, "a settled loan says how"
    assert loan["settled_on"] is not None, "a settled loan says when"
    refunded = orjson.loads(loan["settlement"])["held_refunded_vnd"]
    if refunded:
        settled = replace(undo, on=max(undo.on, loan["settled_on"]))
        await settled.book_opposite(tx, loan, await tx.fetchval(queries.LAST_SETTLEMENT, loan["id"]))
    before = await tx.fetchrow(queries.STATE_BEFORE, loan["id"], "settled")
    assert before is not None, "what is settled was something else before"
    values: dict[str, Any] = {**before, "settled_on": None, "settlement": None, "held_vnd": refunded}
    return await records.update(tx, LOAN, loan, values, by=undo.by, reason=undo.reason, action="reopened")
