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

import orjson

from kernel.database.connections import Database, Row, Transaction
from services.funds import problems
from services.funds.lending.schedule_terms import checked, engine_terms
from services.funds.servicing.loans.steps import BOOKS_ELSEWHERE
from services.funds.servicing.loans.terms import basis_of, read_dues
from services.funds.servicing.replay.replay import replay, replay_over
from services.funds.servicing.replay.state import Contract, Due, Entry, Split, State, dues_of

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
