"""What is kept beside a loan's entries because it follows from them: its sums, installments and splits.

Whatever happens to a loan goes through `apply`: the loan is replayed with the entry and without it, and what differs is
written in the same transaction: the loan's sums, its installments, and each repayment that is now split otherwise, with
a correction in the ledger. The caller holds the row lock of the loan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from kernel.database.connections import Row, Transaction
from kernel.records.records import update
from kernel.web.auth import Caller
from services.funds import posting
from services.funds.servicing.loans.account import Account, agreed_dues, with_all
from services.funds.servicing.loans.repayment_record import REPAYMENT
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.loans.terms import stored_dues
from services.funds.servicing.replay.state import Entry, Installment, Split, State

_INSTALLMENTS = """
    SELECT number, opened_on, due_on, principal_vnd, interest_vnd, principal_paid_vnd, interest_paid_vnd,
           interest_waived_vnd, closed_on, replaced
      FROM loan_installment WHERE loan_id = $1::uuid"""


_PUT_INSTALLMENTS = """
    INSERT INTO loan_installment (loan_id, number, opened_on, due_on, principal_vnd, interest_vnd, principal_paid_vnd,
                                  interest_paid_vnd, interest_waived_vnd, closed_on, replaced)
    SELECT $1::uuid, * FROM unnest($2::int[], $3::date[], $4::date[], $5::bigint[], $6::bigint[], $7::bigint[],
                                   $8::bigint[], $9::bigint[], $10::date[], $11::boolean[])
        ON CONFLICT (loan_id, number) DO UPDATE
       SET (opened_on, due_on, principal_vnd, interest_vnd, principal_paid_vnd, interest_paid_vnd, interest_waived_vnd,
            closed_on, replaced) =
           (excluded.opened_on, excluded.due_on, excluded.principal_vnd, excluded.interest_vnd,
            excluded.principal_paid_vnd, excluded.interest_paid_vnd, excluded.interest_waived_vnd, excluded.closed_on,
            excluded.replaced)"""


_DROP_INSTALLMENTS = "DELETE FROM loan_installment WHERE loan_id = $1::uuid AND number = ANY($2::int[])"


_REPAYMENTS = f"{REPAYMENT.select} WHERE id = ANY($1::uuid[]) ORDER BY id"


_NO_SPLIT = Split()


@dataclass(frozen=True)
class Moved:
    """A repayment that is split otherwise since something was entered or reversed before it."""

    row: Row
    before: Split
    after: Split


@dataclass(frozen=True)
class Applied:
    """What an entry led to."""

    loan: Row
    state: State
    moved: list[Moved]

    @classmethod
    def nothing(cls, loan: Row) -> Applied:
        """Return what an entry that was there already leads to."""
        return cls(loan, State(on=date.min), [])


async def apply(
    tx: Transaction,
    loan: Row,
    account: Account,
    after: Sequence[Entry],
    *,
    by: Caller,
    action: str,
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
        begun: Row = loan
        if starts_on != loan["starts_on"]:
            dues = () if starts_on is None else agreed_dues(loan, starts_on)
            changed |= {"starts_on": starts_on, "dues": orjson.dumps(stored_dues(dues)).decode()}
            begun = {**loan, **changed}
        state = State(on=date.min) if starts_on is None else with_all(begun, after)
    moved = await _moved(tx, account.splits, state.splits, by=by, reason=reason)
    for one in moved:
        await posting.correct(tx, _booking(loan, one.row), split_lines(one.before, one.after), by=by, closed=closed)
    await _keep_installments(tx, loan["id"], state.installments)
    changed |= sums_of(state)
    changed["last_due_on"] = max((row.due_on for row in state.installments if not row.replaced), default=None)
    row: Row = await update(tx, LOAN, loan, changed, by=by, action=action, reason=reason)
    return Applied(row, state, moved)


def sums_of(state: State) -> dict[str, Any]:
    """Return what a loan's row keeps of its state."""
    return {
        "disbursed_vnd": state.disbursed_vnd,
        "outstanding_vnd": state.outstanding_vnd,
        "interest_paid_vnd": state.interest_paid_vnd,
        "overdue_interest_paid_vnd": state.overdue_interest_paid_vnd,
        "held_vnd": state.held_vnd,
        "written_off_vnd": state.written_off_vnd,
    }


async def _moved(
    tx: Transaction, before: dict[str, Split], after: dict[str, Split], *, by: Caller, reason: str | None
) -> list[Moved]:
    differing = sorted(id_ for id_, split in before.items() if id_ in after and after[id_] != split)
    if not differing:
        return []
    found = []
    for row in await tx.fetch(_REPAYMENTS, differing):
        split = after[row["id"]]
        changed = await update(tx, REPAYMENT, row, split._asdict(), by=by, action="reallocated", reason=reason)
        found.append(Moved(changed, before[row["id"]], split))
    return found


def _booking(loan: Row, repayment: Row) -> posting.Booking:
    return posting.Booking(
        loan["fund_id"], loan["alliance"], repayment["paid_on"], "correction", loan["id"], repayment["id"]
    )


def split_lines(before: Split, after: Split) -> list[posting.Line]:
    """Return the lines that turn what was booked of one split into the other; with none before, without the money."""
    return [
        (posting.LOANS, before.principal_vnd - after.principal_vnd),
        (posting.INTEREST, before.interest_vnd - after.interest_vnd),
        (posting.OVERDUE_INTEREST, before.overdue_interest_vnd - after.overdue_interest_vnd),
        (posting.HELD, before.held_vnd - after.held_vnd),
    ]


def received(amount_vnd: int, split: Split) -> list[posting.Line]:
    """Return the lines of money that came in."""
    return [(posting.CASH, amount_vnd), *split_lines(_NO_SPLIT, split)]


def _stored(row: Installment) -> tuple[Any, ...]:
    return (
        row.number,
        row.opened_on,
        row.due_on,
        row.principal_vnd,
        row.interest_vnd,
        row.principal_paid_vnd,
        row.interest_paid_vnd,
        row.interest_waived_vnd,
        row.closed_on,
        row.replaced,
    )


async def _keep_installments(tx: Transaction, loan_id: str, rows: Sequence[Installment]) -> None:
    known = {row["number"]: tuple(row.values()) for row in await tx.fetch(_INSTALLMENTS, loan_id)}
    differing = [stored for stored in map(_stored, rows) if known.get(stored[0]) != stored]
    if differing:
        await tx.execute(_PUT_INSTALLMENTS, loan_id, *(list(column) for column in zip(*differing, strict=True)))
    gone = sorted(known.keys() - {row.number for row in rows})
    if gone:
        await tx.execute(_DROP_INSTALLMENTS, loan_id, gone)


def told(applied: Applied) -> Mapping[str, Any]:
    """Return what an entry led to, as it is answered."""
    return {
        "allocation_order": orjson.Fragment(applied.loan["repayment_order"]),
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
