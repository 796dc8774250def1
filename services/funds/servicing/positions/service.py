"""What a loan is on a day, as it is answered: position, schedule and statement."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson

from kernel.database.connections import Database, Row, Transaction
from services.funds.debt_groups import classify, rule_on
from services.funds.servicing.loans.account import account_of, contract_of, state_on
from services.funds.servicing.loans.steps import BOOKS_ELSEWHERE
from services.funds.servicing.replay.replay import replay_over
from services.funds.servicing.replay.state import State

_TOLD = """
    SELECT outstanding_vnd, overdue_principal_vnd, overdue_since FROM balance_statement
     WHERE loan_id = $1::uuid AND as_of <= $2 ORDER BY as_of DESC LIMIT 1"""


async def position_of(db: Database | Transaction, loan: Row, as_of: date) -> dict[str, Any]:
    """Return the position of `loan` at the end of `as_of`."""
    if loan["channel"] == BOOKS_ELSEWHERE:
        return await _told(db, loan, as_of)
    state = await state_on(db, loan, as_of)
    return {
        "loan_id": loan["id"],
        "as_of": as_of,
        "state": _state_on(loan, state, as_of),
        "disbursed_vnd": state.disbursed_vnd,
        "outstanding_vnd": state.outstanding_vnd,
        "due_principal_vnd": state.principal_due_vnd,
        "due_interest_vnd": state.interest_owed_vnd,
        "accrued_interest_vnd": state.interest_accrued_vnd,
        "overdue_interest_vnd": state.overdue_interest_owed_vnd,
        "total_owed_vnd": state.total_owed_vnd,
        "held_vnd": 0 if loan["settled_on"] is not None and loan["settled_on"] <= as_of else state.held_vnd,
        "overdue_since": state.overdue_since,
        "days_overdue": state.days_overdue,
        "reschedule_count": state.reschedulings + _reschedulings_before(loan),
        **await _risk(db, loan, as_of),
    }


async def _risk(db: Database | Transaction, loan: Row, as_of: date) -> dict[str, Any]:
    """Return the debt group of a loan and what follows from it; nothing for one whose risk others bear."""
    found = await classify(db, loan["fund_id"], as_of, loan_ids=[loan["id"]])
    if not found:
        return {"debt_group": None, "is_npl": None, "provision_vnd": 0, "rule": None}
    group = found[0]
    return {
        "debt_group": group.debt_group,
        "is_npl": group.is_npl,
        "provision_vnd": group.provision_vnd,
        "rule": rule_on(as_of),
    }


def _reschedulings_before(loan: Row) -> int:
    return 0 if loan["opening"] is None else int(orjson.loads(loan["opening"])["reschedule_count"])


async def _told(db: Database | Transaction, loan: Row, as_of: date) -> dict[str, Any]:
    """Return what the lender who keeps the books told last; before the first word, what was paid out."""
    row = await db.fetchrow(_TOLD, loan["id"], as_of)
    begun = loan["starts_on"] is not None and loan["starts_on"] <= as_of
    outstanding = row["outstanding_vnd"] if row else loan["disbursed_vnd"] if begun else 0
    since = row["overdue_since"] if row else None
    overdue = row["overdue_principal_vnd"] if row else 0
    nothing = dict.fromkeys(("due_interest_vnd", "accrued_interest_vnd", "overdue_interest_vnd", "held_vnd"), 0)
    return {
        "loan_id": loan["id"],
        "as_of": as_of,
        "state": "overdue" if overdue else loan["state"],
        "disbursed_vnd": loan["disbursed_vnd"] if begun else 0,
        "outstanding_vnd": outstanding,
        "due_principal_vnd": overdue,
        "total_owed_vnd": outstanding,
        "overdue_since": since,
        "days_overdue": 0 if since is None else (as_of - since).days,
        "reschedule_count": loan["reschedule_count"],
        **await _risk(db, loan, as_of),
        **nothing,
    }


def _state_on(loan: Row, state: State, as_of: date) -> str:
    if loan["starts_on"] is None or as_of < loan["starts_on"]:
        return "contracted" if loan["state"] != "cancelled" else "cancelled"
    if loan["settled_on"] is not None and loan["settled_on"] <= as_of:
        return "settled"
    if state.written_off_vnd:
        return str(loan["state"]) if loan["state"] in ("risk_handled", "derecognized") else "risk_handled"
    if state.overdue_since is not None:
        return "overdue"
    closed = loan["drawing_closed_on"]
    return "active" if closed is not None and closed <= as_of else "disbursing"


async def schedule_of(db: Database | Transaction, loan: Row, as_of: date) -> dict[str, Any]:
    """Return the installments as they stood on `as_of`: later entries are left out, what is to come is as agreed."""
    rows: list[dict[str, Any]] = []
    outstanding = 0
    if loan["starts_on"] is not None and loan["channel"] != BOOKS_ELSEWHERE:
        entries = [entry for entry in (await account_of(db, loan)).entries if entry.on <= as_of]
        if entries:
            full = replay_over(contract_of(loan), entries)
            outstanding = full.outstanding_vnd
            left = full.disbursed_vnd
            for row in full.installments:
                if row.replaced and not (row.principal_vnd or row.interest_vnd):
                    continue
                closed = row.closed_on if row.closed_on is not None and row.closed_on <= as_of else None
                rows.append(
                    {
                        "number": row.number,
                        "due_on": row.due_on,
                        "opening_principal_vnd": left,
                        "principal_vnd": row.principal_vnd,
                        "interest_vnd": row.interest_vnd,
                        "total_vnd": row.principal_vnd + row.interest_vnd,
                        "principal_paid_vnd": row.principal_paid_vnd,
                        "interest_paid_vnd": row.interest_paid_vnd,
                        "interest_waived_vnd": row.interest_waived_vnd,
                        "paid_on": None if row.replaced else closed,
                        "is_overdue": closed is None and row.due_on < as_of,
                        "is_replaced": row.replaced,
                    }
                )
                left -= row.principal_vnd
    return {"loan_id": loan["id"], "as_of": as_of, "items": rows, "outstanding_vnd": outstanding}


_LINES = """
    SELECT disbursed_on AS "on", 'disbursement' AS kind, id, amount_vnd AS disbursed_vnd, 0::bigint AS paid_vnd,
           0::bigint AS principal_vnd, 0::bigint AS interest_vnd, 0::bigint AS overdue_interest_vnd, 0::bigint AS held_vnd,
           amount_vnd AS grown_vnd, 2 AS rank
      FROM disbursement WHERE loan_id = $1::uuid AND reversed_at IS NULL AND disbursed_on <= $2
    UNION ALL
    SELECT paid_on, 'repayment', id, 0, amount_vnd, principal_vnd, interest_vnd, overdue_interest_vnd, held_vnd,
           -principal_vnd, 4
      FROM repayment WHERE loan_id = $1::uuid AND reversed_at IS NULL AND paid_on <= $2
    UNION ALL
    SELECT effective_on, kind, id, 0, CASE kind WHEN 'recovery' THEN amount_vnd ELSE 0 END, 0, 0, 0, 0,
           CASE kind WHEN 'risk_handled' THEN -amount_vnd ELSE 0 END, 3
      FROM write_off WHERE loan_id = $1::uuid AND effective_on <= $2
    UNION ALL
    SELECT (opening ->> 'as_of')::date, 'opening', id, (opening ->> 'principal_vnd')::bigint, 0, 0, 0, 0, 0,
           (opening ->> 'principal_vnd')::bigint, 1
      FROM loan WHERE id = $1::uuid AND opening IS NOT NULL AND (opening ->> 'as_of')::date <= $2
     ORDER BY 1, rank, id"""
_SUMS = ("disbursed_vnd", "paid_vnd", "held_vnd")


async def statement_of(db: Database | Transaction, loan: Row, as_of: date) -> dict[str, Any]:
    """Return every movement until `as_of` with the principal outstanding after it; sums equal the lines above them."""
    lines, outstanding = [], 0
    for row in await db.fetch(_LINES, loan["id"], as_of):
        outstanding += row["grown_vnd"]
        line = {name: value for name, value in dict(row).items() if name not in ("grown_vnd", "rank")}
        lines.append({**line, "outstanding_vnd": outstanding})
    return {
        "loan_id": loan["id"],
        "contract_number": loan["contract_number"],
        "borrower_name": loan["borrower_name"],
        "as_of": as_of,
        "items": lines,
        **{name: sum(line[name] for line in lines) for name in _SUMS},
        "principal_paid_vnd": sum(line["principal_vnd"] for line in lines),
        "interest_paid_vnd": sum(line["interest_vnd"] for line in lines),
        "overdue_interest_paid_vnd": sum(line["overdue_interest_vnd"] for line in lines),
        "outstanding_vnd": outstanding,
    }
