"""What a loan is on a day, as it is answered: position, schedule and statement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, TypedDict

from kernel.database.connections import Database, Transaction
from services.funds.debt_groups import classify_borrowers, rule_on, worst_groups
from services.funds.names import LOAN_NAME
from services.funds.rows import LoanRow
from services.funds.servicing.loans.account import account_of, contract_of, opening_of, state_on
from services.funds.servicing.loans.steps import BOOKS_ELSEWHERE
from services.funds.servicing.positions import queries
from services.funds.servicing.replay.replay import replay_over
from services.funds.servicing.replay.state import State


class Risk(TypedDict):
    """The debt group of a loan and what follows from it."""

    debt_group: int | None
    borrower_debt_group: int | None
    is_npl: bool | None
    provision_vnd: int
    rule: Mapping[str, Any] | None
    cure: Mapping[str, Any] | None


class OffBalance(TypedDict):
    """What may still be recovered of a loan that was written off."""

    off_balance_principal_vnd: int
    off_balance_interest_vnd: int
    off_balance_overdue_interest_vnd: int


_NOTHING_OFF_BALANCE: OffBalance = {
    "off_balance_principal_vnd": 0,
    "off_balance_interest_vnd": 0,
    "off_balance_overdue_interest_vnd": 0,
}


def _off_balance(state: State) -> OffBalance:
    return {
        "off_balance_principal_vnd": state.off_balance_principal_vnd,
        "off_balance_interest_vnd": state.off_balance_interest_vnd,
        "off_balance_overdue_interest_vnd": state.off_balance_overdue_interest_vnd,
    }


class Position(Risk, OffBalance):
    """What a loan is at the end of a day: as `LoanPosition` answers it."""

    loan_id: str
    loan: Mapping[str, Any]
    as_of: date
    state: str
    disbursed_vnd: int
    outstanding_vnd: int
    due_principal_vnd: int
    due_interest_vnd: int
    accrued_interest_vnd: int
    overdue_interest_vnd: int
    total_owed_vnd: int
    held_vnd: int
    overdue_since: date | None
    days_overdue: int
    reschedule_count: int


class InstallmentLine(TypedDict):
    """One installment as it stands: as `LoanInstallment` answers it."""

    number: int
    due_on: date
    opening_principal_vnd: int
    principal_vnd: int
    interest_vnd: int
    total_vnd: int
    principal_paid_vnd: int
    interest_paid_vnd: int
    interest_waived_vnd: int
    unpaid_vnd: int
    paid_on: date | None
    is_overdue: bool
    is_replaced: bool


class Schedule(TypedDict):
    """The installments of a loan on a day: as `LoanSchedule` answers them."""

    loan_id: str
    loan: Mapping[str, Any]
    as_of: date
    items: list[InstallmentLine]
    outstanding_vnd: int


async def position_of(db: Database | Transaction, loan: LoanRow, as_of: date) -> Position:
    """Return the position of `loan` at the end of `as_of`."""
    if loan["channel"] == BOOKS_ELSEWHERE:
        return await _reported_position(db, loan, as_of)
    state = await state_on(db, loan, as_of)
    settled = loan["settled_on"] is not None and loan["settled_on"] <= as_of
    return {
        "loan_id": loan["id"],
        "loan": LOAN_NAME.of(loan),
        "as_of": as_of,
        "state": _state_on(loan, state, as_of),
        "disbursed_vnd": state.disbursed_vnd,
        "outstanding_vnd": state.outstanding_vnd,
        "due_principal_vnd": state.principal_due_vnd,
        "due_interest_vnd": state.interest_owed_vnd,
        "accrued_interest_vnd": state.interest_accrued_vnd,
        "overdue_interest_vnd": state.overdue_interest_owed_vnd,
        "total_owed_vnd": state.total_owed_vnd,
        # What was held was paid back with the settlement.
        "held_vnd": 0 if settled else state.held_vnd,
        **_off_balance(state),
        "overdue_since": state.overdue_since,
        "days_overdue": state.days_overdue,
        "reschedule_count": state.reschedulings + _reschedulings_before(loan),
        **await _risk(db, loan, as_of),
    }


async def _risk(db: Database | Transaction, loan: LoanRow, as_of: date) -> Risk:
    """Return the debt group of a loan, what follows from it and the worst group of its borrower in the alliance; of a loan
    whose risk others bear only the last.
    """
    loans = await classify_borrowers(db, [loan["borrower_id"]], as_of)
    worst = worst_groups(loans).get((loan["borrower_id"], loan["alliance"]))
    own = next((each for each in loans if each.loan_id == loan["id"]), None)
    return {
        "debt_group": None if own is None else own.debt_group,
        "borrower_debt_group": worst,
        "is_npl": None if own is None else own.is_npl,
        "provision_vnd": 0 if own is None else own.provision_vnd,
        "rule": None if worst is None else rule_on(as_of),
        "cure": None if own is None else own.cure,
    }


def _reschedulings_before(loan: LoanRow) -> int:
    opening = opening_of(loan)
    return 0 if opening is None else opening["reschedule_count"]


async def _reported_position(db: Database | Transaction, loan: LoanRow, as_of: date) -> Position:
    """Return what the lender who keeps the books reported last; before its first report, what was paid out to it."""
    reported = await db.fetchrow(queries.NEWEST_BALANCE, loan["id"], as_of)
    begun = loan["starts_on"] is not None and loan["starts_on"] <= as_of
    disbursed = loan["disbursed_vnd"] if begun else 0
    outstanding = reported["outstanding_vnd"] if reported else disbursed
    since = reported["overdue_since"] if reported else None
    overdue = reported["overdue_principal_vnd"] if reported else 0
    return {
        "loan_id": loan["id"],
        "loan": LOAN_NAME.of(loan),
        "as_of": as_of,
        "state": "overdue" if overdue else loan["state"],
        "disbursed_vnd": disbursed,
        "outstanding_vnd": outstanding,
        "due_principal_vnd": overdue,
        "total_owed_vnd": outstanding,
        "overdue_since": since,
        "days_overdue": 0 if since is None else (as_of - since).days,
        "reschedule_count": loan["reschedule_count"],
        **await _risk(db, loan, as_of),
        **_NOTHING_OFF_BALANCE,
        "due_interest_vnd": 0,
        "accrued_interest_vnd": 0,
        "overdue_interest_vnd": 0,
        "held_vnd": 0,
    }


def _state_on(loan: LoanRow, state: State, as_of: date) -> str:
    if loan["starts_on"] is None or as_of < loan["starts_on"]:
        return "contracted" if loan["state"] != "cancelled" else "cancelled"
    if loan["settled_on"] is not None and loan["settled_on"] <= as_of:
        return "settled"
    if state.is_written_off:
        return loan["state"] if loan["state"] in ("risk_handled", "derecognized") else "risk_handled"
    if state.overdue_since is not None:
        return "overdue"
    closed = loan["drawing_closed_on"]
    return "active" if closed is not None and closed <= as_of else "disbursing"


async def schedule_of(db: Database | Transaction, loan: LoanRow, as_of: date) -> Schedule:
    """Return the installments as they stood on `as_of`: later entries are left out, what is to come is as agreed."""
    lines: list[InstallmentLine] = []
    outstanding = 0
    if loan["starts_on"] is not None and loan["channel"] != BOOKS_ELSEWHERE:
        entries = [entry for entry in (await account_of(db, loan)).entries if entry.on <= as_of]
        if entries:
            state = replay_over(contract_of(loan), entries)
            outstanding = state.outstanding_vnd
            lines = _installment_lines(state, as_of)
    return {
        "loan_id": loan["id"],
        "loan": LOAN_NAME.of(loan),
        "as_of": as_of,
        "items": lines,
        "outstanding_vnd": outstanding,
    }


def _installment_lines(state: State, as_of: date) -> list[InstallmentLine]:
    """Return a line an installment; of those that a new schedule replaced only what was paid on them."""
    lines: list[InstallmentLine] = []
    principal = state.disbursed_vnd
    for row in state.installments:
        if row.replaced and not (row.principal_vnd or row.interest_vnd):
            continue
        closed_on = row.closed_on if row.closed_on is not None and row.closed_on <= as_of else None
        lines.append(
            {
                "number": row.number,
                "due_on": row.due_on,
                "opening_principal_vnd": principal,
                "principal_vnd": row.principal_vnd,
                "interest_vnd": row.interest_vnd,
                "total_vnd": row.principal_vnd + row.interest_vnd,
                "principal_paid_vnd": row.principal_paid_vnd,
                "interest_paid_vnd": row.interest_paid_vnd,
                "interest_waived_vnd": row.interest_waived_vnd,
                "unpaid_vnd": row.principal_owed_vnd + row.interest_owed_vnd,
                "paid_on": None if row.replaced else closed_on,
                "is_overdue": closed_on is None and row.due_on < as_of,
                "is_replaced": row.replaced,
            }
        )
        principal -= row.principal_vnd
    return lines


async def statement_of(db: Database | Transaction, loan: LoanRow, as_of: date) -> dict[str, Any]:
    """Return every movement until `as_of` with the principal outstanding after it; sums equal the lines above them."""
    movements = await db.fetch(queries.MOVEMENTS, loan["id"], as_of)
    written_off = any(row["kind"] == "risk_handled" for row in movements)
    off_balance = _off_balance(await state_on(db, loan, as_of)) if written_off else _NOTHING_OFF_BALANCE
    lines, outstanding = [], 0
    for row in movements:
        outstanding += row["grown_vnd"]
        line = {
            "on": row["on"],
            "kind": row["kind"],
            "id": row["id"],
            "disbursed_vnd": row["disbursed_vnd"],
            "paid_vnd": row["paid_vnd"],
            "principal_vnd": row["principal_vnd"],
            "interest_vnd": row["interest_vnd"],
            "overdue_interest_vnd": row["overdue_interest_vnd"],
            "held_vnd": row["held_vnd"],
            "outstanding_vnd": outstanding,
        }
        lines.append(line)
    return {
        "loan_id": loan["id"],
        "contract_number": loan["contract_number"],
        "borrower_name": loan["borrower_name"],
        "as_of": as_of,
        "items": lines,
        "disbursed_vnd": sum(row["disbursed_vnd"] for row in movements),
        "paid_vnd": sum(row["paid_vnd"] for row in movements),
        "held_vnd": sum(row["held_vnd"] for row in movements),
        "principal_paid_vnd": sum(row["principal_vnd"] for row in movements),
        "interest_paid_vnd": sum(row["interest_vnd"] for row in movements),
        "overdue_interest_paid_vnd": sum(row["overdue_interest_vnd"] for row in movements),
        "outstanding_vnd": outstanding,
        **off_balance,
    }
