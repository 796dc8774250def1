"""A loan's account: its entries, what they come to, and what is kept of that beside them.

Whatever happens to a loan goes through `apply`: the loan is replayed with the entry and without it, and what differs is
written in the same transaction: the loan's sums, its installments, and each repayment that is now split otherwise, with
a correction in the ledger. The caller holds the row lock of the loan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from kernel.database.connections import Database, Row, Transaction
from kernel.records.crud import representation
from kernel.records.records import Resource, table_of, update
from kernel.web.auth import Caller
from services.funds import models, problems, rows
from services.funds.books.ledger import posting
from services.funds.servicing.loans.records import BOOKS_ELSEWHERE, LOAN
from services.funds.servicing.loans.replay import replay, replay_over
from services.funds.servicing.loans.state import Contract, Due, Entry, Installment, Split, State, dues_of
from services.funds.servicing.loans.terms import basis_of, checked, engine_terms, read_dues, stored_dues
from services.funds.servicing.repayments.schemas import Repayment

REPAYMENT = Resource(
    "repayment",
    table_of(models.Repayment),
    "/v1/funds/repayments",
    representation(Repayment),
    "no-store",
    row=rows.RepaymentRow,
)

# All that happened to one loan, as the replay takes it; what was reversed never was.
_ENTRIES = """
    SELECT id, 'disbursement' AS kind, disbursed_on AS day, amount_vnd, 0 AS interest_vnd, 0 AS overdue_interest_vnd,
           NULL::jsonb AS dues, NULL::text AS rate, NULL::jsonb AS terms, 0 AS principal_vnd, 0 AS held_vnd
      FROM disbursement WHERE loan_id = $1::uuid AND reversed_at IS NULL
    UNION ALL
    SELECT id, 'repayment', paid_on, amount_vnd, interest_vnd, overdue_interest_vnd, NULL, NULL, NULL, principal_vnd,
           held_vnd
      FROM repayment WHERE loan_id = $1::uuid AND reversed_at IS NULL
    UNION ALL
    SELECT id, 'interest_reduction', effective_on, 0, interest_vnd, overdue_interest_vnd, NULL, NULL, NULL, 0, 0
      FROM interest_reduction WHERE loan_id = $1::uuid AND reversed_at IS NULL
    UNION ALL
    SELECT id, CASE kind WHEN 'early_recall' THEN 'recall' ELSE 'rescheduling' END, effective_on, 0, 0, 0, dues,
           annual_rate_percent, terms, 0, 0
      FROM rescheduling WHERE loan_id = $1::uuid AND state = 'approved'
    UNION ALL
    SELECT id, 'write_off', effective_on, amount_vnd, 0, 0, NULL, NULL, NULL, 0, 0
      FROM write_off WHERE loan_id = $1::uuid AND kind = 'risk_handled'"""

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
class Account:
    """All that happened to a loan, and how its repayments are split as their rows stand."""

    entries: list[Entry]
    splits: dict[str, Split]

    @property
    def excess_vnd(self) -> int:
        """How much more than was owed has been paid."""
        return sum(split.held_vnd for split in self.splits.values())

    def without(self, id_: str) -> list[Entry]:
        """Return the entries but one."""
        return [entry for entry in self.entries if entry.id != id_]


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


def contract_of(loan: Row, dues: Sequence[Due] | None = None, starts_on: date | None = None) -> Contract:
    """Return what was agreed, as the replay takes it."""
    terms = orjson.loads(loan["terms"])
    begins = starts_on or loan["starts_on"]
    assert begins is not None, "a loan without entries is not replayed"
    return Contract(
        starts_on=begins,
        annual_rate_percent=Decimal(loan["annual_rate_percent"]),
        dues=tuple(dues) if dues is not None else read_dues(orjson.loads(loan["dues"])),
        basis=basis_of(terms),
        overdue_percent_of_rate=Decimal(loan["overdue_rate_percent_of_rate"]),
        overdue_interest_rate_percent=Decimal(loan["overdue_interest_rate_percent"]),
        order=tuple(orjson.loads(loan["repayment_order"])),
    )


def agreed_dues(loan: Row, starts_on: date) -> tuple[Due, ...]:
    """Return the installments of the contract for a loan that begins on `starts_on`. Raises TermsContradict, Invalid."""
    given = orjson.loads(loan["terms"])
    principal = loan["principal_vnd"]
    if loan["opening"] is not None:
        opening = orjson.loads(loan["opening"])
        principal = opening["principal_vnd"] - opening["overdue_principal_vnd"]
        if not principal:
            return ()
    firsts = [given["first_due_on"], *(part["due_on"] for part in given["parts"][:1])]
    for first in firsts:
        if first is not None and date.fromisoformat(first) <= starts_on:
            raise problems.TermsContradict(first_due_on=first, on=starts_on.isoformat())
    terms = engine_terms(given, principal, Decimal(loan["annual_rate_percent"]), starts_on)
    rows = checked(terms, at="/terms")
    return dues_of(rows, interest_free=terms.interest_free, interest_grace=terms.interest_grace)


def opening_entry(loan: Row) -> list[Entry]:
    """Return the entry of a loan that ran before; none of one that did not."""
    if loan["opening"] is None:
        return []
    given = orjson.loads(loan["opening"])
    since = given["overdue_since"]
    return [
        Entry(
            loan["id"],
            "opening",
            date.fromisoformat(given["as_of"]),
            given["principal_vnd"],
            interest_vnd=given["accrued_interest_vnd"],
            overdue_interest_vnd=given["overdue_interest_vnd"],
            overdue_principal_vnd=given["overdue_principal_vnd"],
            overdue_since=None if since is None else date.fromisoformat(since),
        )
    ]


async def account_of(db: Database | Transaction, loan: Row) -> Account:
    """Return all that happened to the loan."""
    rows = await db.fetch(_ENTRIES, loan["id"])
    splits = {
        row["id"]: Split(row["overdue_interest_vnd"], row["interest_vnd"], row["principal_vnd"], row["held_vnd"])
        for row in rows
        if row["kind"] == "repayment"
    }
    return Account([*opening_entry(loan), *(_entry(row) for row in rows)], splits)


def _entry(row: Row) -> Entry:
    if row["kind"] == "repayment":
        return Entry(row["id"], "repayment", row["day"], row["amount_vnd"])
    return Entry(
        row["id"],
        row["kind"],
        row["day"],
        row["amount_vnd"],
        row["interest_vnd"],
        row["overdue_interest_vnd"],
        dues=() if row["dues"] is None else read_dues(orjson.loads(row["dues"])),
        annual_rate_percent=None if row["rate"] is None else Decimal(row["rate"]),
        basis=basis_of(orjson.loads(row["terms"])) if row["kind"] == "rescheduling" else None,
    )


async def state_on(db: Database | Transaction, loan: Row, as_of: date) -> State:
    """Return what the loan is at the end of a day; before it began, and where others keep its books, nothing is owed."""
    if loan["starts_on"] is None or as_of < loan["starts_on"] or loan["channel"] == BOOKS_ELSEWHERE:
        return State(on=as_of)
    return replay(contract_of(loan), (await account_of(db, loan)).entries, as_of)


def refuse_never_due(state: State) -> None:
    """Raise NeverDue where principal is left although every installment fell due; `state` is that of `with_all`."""
    left = state.outstanding_vnd - state.principal_due_vnd
    if left:
        last = max(row.due_on for row in state.installments if not row.replaced)
        raise problems.NeverDue(last_due_on=last.isoformat(), never_due_vnd=left)


def excess_of(state: State) -> int:
    """Return how much more than was owed has been paid."""
    return sum(state.excess_vnd.values())


def with_all(loan: Row, entries: Sequence[Entry]) -> State:
    """Return the begun loan with these entries and every installment fallen due."""
    return replay_over(contract_of(loan), entries)


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
