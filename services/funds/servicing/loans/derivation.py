"""What is kept beside a loan's entries because it follows from them: its sums, installments and splits.

Whatever happens to a loan goes through `apply`: the loan is replayed with the entry and without it, and what differs is
written in the same transaction: the loan's sums, its installments, and each repayment that is now split otherwise, with
a correction in the ledger. The caller holds the row lock of the loan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter, itemgetter
from typing import Any, cast

import orjson

from kernel.database.connections import Transaction
from kernel.records import update
from kernel.records.writing import as_row, differs
from kernel.values.history_actions import HistoryAction
from kernel.web.auth import Caller
from services.funds import posting
from services.funds.rows import LoanRow, RepaymentRow
from services.funds.servicing.loans import queries
from services.funds.servicing.loans.account import Account, agreed_dues, with_all
from services.funds.servicing.loans.bookings import booking_of, split_lines
from services.funds.servicing.loans.kept import KEEP, Kept, kept_of
from services.funds.servicing.loans.repayment_record import REPAYMENT
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.loans.terms import stored_dues
from services.funds.servicing.replay.state import Entry, Installment, Split, State


@dataclass(frozen=True)
class Moved:
    """A repayment that is split otherwise since something was entered or reversed before it."""

    row: RepaymentRow
    before: Split
    after: Split


@dataclass(frozen=True)
class Applied:
    """What an entry led to."""

    loan: LoanRow
    state: State
    moved: list[Moved]

    @classmethod
    def nothing(cls, loan: LoanRow) -> Applied:
        """Return what an entry that had been made before leads to."""
        return cls(loan, State(on=date.min), [])


async def apply(
    tx: Transaction,
    loan: LoanRow,
    account: Account,
    after: Sequence[Entry],
    *,
    by: Caller,
    action: HistoryAction,
    reason: str | None = None,
    closed: date | None = None,
    values: dict[str, Any] | None = None,
    state: State | None = None,
) -> Applied:
    """Keep in step what is derived from the entries of the locked loan: they were `account`'s and now are `after`.

    `values`: what else changes in the loan's row. `closed`: the last day of the closed books, behind which corrections
    are booked. `state`: the loan with `after`, where it is known. Raises TermsContradict, Invalid.
    """
    changed = dict(values or {})
    if state is None:
        starts_on = min((entry.on for entry in after if entry.kind in ("disbursement", "opening")), default=None)
        begun = loan
        if starts_on != loan["starts_on"]:
            # The due dates follow from the day of the first tranche, unless the terms name them.
            dues = () if starts_on is None else agreed_dues(loan, starts_on)
            changed |= {"starts_on": starts_on, "dues": orjson.dumps(stored_dues(dues)).decode()}
            begun = cast(LoanRow, {**loan, **changed})
        state = State(on=date.min) if starts_on is None else with_all(begun, after)
    moved = await _split_anew(tx, account.splits, state.splits, by=by, reason=reason)
    for one in moved:
        booking = booking_of(loan, on=one.row["paid_on"], kind="correction", source_id=one.row["id"])
        await posting.correct(tx, booking, split_lines(one.before, one.after), by=by, closed=closed)
    await _keep_installments(tx, loan["id"], state.installments)
    changed |= sums_of(state)
    changed["last_due_on"] = max((row.due_on for row in state.installments if not row.replaced), default=None)
    row = await _updated(tx, loan, changed, kept_of(state, after), by=by, action=action, reason=reason)
    return Applied(row, state, moved)


async def _updated(
    tx: Transaction,
    loan: LoanRow,
    changed: dict[str, Any],
    kept: Kept,
    *,
    by: Caller,
    action: HistoryAction,
    reason: str | None,
) -> LoanRow:
    """Write what differs, and what is kept with it: by itself where nothing else differs, as nobody is told of that."""
    before: Mapping[str, Any] = loan
    if any(differs(LOAN.table, name, before[name], value) for name, value in as_row(LOAN.table, changed).items()):
        changed |= {**kept, "kept_version": loan["version"] + 1}
        return await update(tx, LOAN, loan, changed, by=by, action=action, reason=reason)
    await tx.execute(KEEP, loan["id"], kept["kept_from"], kept["unpaid_since"])
    return cast(LoanRow, {**loan, **kept, "kept_version": loan["version"]})


def sums_of(state: State) -> dict[str, Any]:
    """Return what a loan's row keeps of its state."""
    return {
        "disbursed_vnd": state.disbursed_vnd,
        "outstanding_vnd": state.outstanding_vnd,
        "interest_paid_vnd": state.interest_paid_vnd,
        "overdue_interest_paid_vnd": state.overdue_interest_paid_vnd,
        "held_vnd": state.held_vnd,
        "written_off_vnd": state.written_off_vnd,
        "recovered_vnd": state.written_off_vnd - state.off_balance_principal_vnd,
    }


async def _split_anew(
    tx: Transaction, before: dict[str, Split], after: dict[str, Split], *, by: Caller, reason: str | None
) -> list[Moved]:
    differing = sorted(id_ for id_, split in before.items() if id_ in after and after[id_] != split)
    if not differing:
        return []
    moved = []
    for row in await tx.fetch(queries.REPAYMENTS, differing):
        split = after[row["id"]]
        changed = await update(tx, REPAYMENT, row, split._asdict(), by=by, action="reallocated", reason=reason)
        moved.append(Moved(changed, before[row["id"]], split))
    return moved


# The values of an installment in the order of the columns, from what is kept and from what was replayed.
_kept_values = itemgetter(*queries.INSTALLMENT_COLUMNS)
_replayed_values = attrgetter(*queries.INSTALLMENT_COLUMNS)


async def _keep_installments(tx: Transaction, loan_id: str, installments: Sequence[Installment]) -> None:
    """Write the installments that differ from those kept, and drop those that there are no more."""
    kept = {row["number"]: _kept_values(row) for row in await tx.fetch(queries.INSTALLMENTS, loan_id)}
    replayed = {row.number: _replayed_values(row) for row in installments}
    differing = [values for number, values in replayed.items() if kept.get(number) != values]
    if differing:
        await tx.execute(queries.PUT_INSTALLMENTS, loan_id, *(list(column) for column in zip(*differing, strict=True)))
    dropped = sorted(kept.keys() - replayed.keys())
    if dropped:
        await tx.execute(queries.DROP_INSTALLMENTS, loan_id, dropped)


def outcome(applied: Applied) -> dict[str, Any]:
    """Return what an entry led to, as it is answered: the repayments that are split anew, and the loan after it."""
    return {
        "moved": [
            {
                "repayment_id": one.row["id"],
                "paid_on": one.row["paid_on"],
                "before": one.before._asdict(),
                "after": one.after._asdict(),
            }
            for one in applied.moved
        ],
        "loan_outstanding_vnd": applied.loan["outstanding_vnd"],
        "loan_state": applied.loan["state"],
    }
