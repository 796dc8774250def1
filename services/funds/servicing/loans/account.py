"""A loan's account: what was agreed, all that happened to the loan, and what that comes to on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import orjson

from kernel.database.connections import Database, Transaction
from services.funds import problems
from services.funds.lending.schedule_terms import checked, engine_terms
from services.funds.rows import LoanRow
from services.funds.servicing.loans import queries
from services.funds.servicing.loans.steps import BOOKS_ELSEWHERE
from services.funds.servicing.loans.terms import OpeningDocument, TermsDocument, basis_of, read_dues
from services.funds.servicing.replay.replay import replay, replay_over
from services.funds.servicing.replay.state import Contract, Due, Entry, Split, State, dues_of


@dataclass(frozen=True)
class Account:
    """All that happened to a loan, and how its repayments are split as their rows stand."""

    entries: list[Entry]
    splits: dict[str, Split]

    @property
    def excess_vnd(self) -> int:
        """How much more than was owed has been paid."""
        return sum(split.held_vnd for split in self.splits.values())

    def without(self, id_: str) -> Account:
        """Return the account as it would be without one entry."""
        return Account([entry for entry in self.entries if entry.id != id_], self.splits)


def contract_of(loan: LoanRow) -> Contract:
    """Return what was agreed, as the replay takes it."""
    starts_on = loan["starts_on"]
    assert starts_on is not None, "a loan without entries is not replayed"
    return Contract(
        starts_on=starts_on,
        annual_rate_percent=Decimal(loan["annual_rate_percent"]),
        dues=read_dues(orjson.loads(loan["dues"])),
        basis=basis_of(orjson.loads(loan["terms"])),
        overdue_percent_of_rate=Decimal(loan["overdue_rate_percent_of_rate"]),
        overdue_interest_rate_percent=Decimal(loan["overdue_interest_rate_percent"]),
        order=tuple(orjson.loads(loan["repayment_order"])),
    )


def opening_of(loan: LoanRow) -> OpeningDocument | None:
    """Return how a loan that ran before stood when it was taken over; None of one that did not."""
    opening: OpeningDocument | None = None if loan["opening"] is None else orjson.loads(loan["opening"])
    return opening


def agreed_dues(loan: LoanRow, starts_on: date) -> tuple[Due, ...]:
    """Return the installments of the contract for a loan that begins on `starts_on`. Raises TermsContradict, Invalid."""
    return planned_dues(
        orjson.loads(loan["terms"]),
        opening=opening_of(loan),
        principal_vnd=loan["principal_vnd"],
        annual_rate_percent=loan["annual_rate_percent"],
        starts_on=starts_on,
    )


def planned_dues(
    terms: TermsDocument,
    *,
    opening: OpeningDocument | None,
    principal_vnd: int,
    annual_rate_percent: str,
    starts_on: date,
) -> tuple[Due, ...]:
    """Return the installments that follow from terms for a loan that begins on `starts_on`; of an opening for what is not
    overdue. Raises TermsContradict, Invalid.
    """
    if opening is not None:
        principal_vnd = opening["principal_vnd"] - opening["overdue_principal_vnd"]
        if not principal_vnd:
            return ()
    first_days = [terms["first_due_on"], *(part["due_on"] for part in terms["parts"][:1])]
    for first in first_days:
        if first is not None and date.fromisoformat(first) <= starts_on:
            raise problems.TermsContradict(first_due_on=first, on=starts_on.isoformat())
    agreed = engine_terms(terms, principal_vnd, Decimal(annual_rate_percent), starts_on)
    return dues_of(
        checked(agreed, at="/terms"), interest_free=agreed.interest_free, interest_grace=agreed.interest_grace
    )


def opening_entry(loan: LoanRow) -> list[Entry]:
    """Return the entry of a loan that ran before; none of one that did not."""
    opening = opening_of(loan)
    if opening is None:
        return []
    since = opening["overdue_since"]
    return [
        Entry(
            loan["id"],
            "opening",
            date.fromisoformat(opening["as_of"]),
            opening["principal_vnd"],
            interest_vnd=opening["accrued_interest_vnd"],
            overdue_interest_vnd=opening["overdue_interest_vnd"],
            overdue_principal_vnd=opening["overdue_principal_vnd"],
            overdue_since=None if since is None else date.fromisoformat(since),
        )
    ]


async def account_of(db: Database | Transaction, loan: LoanRow) -> Account:
    """Return all that happened to the loan."""
    rows = await db.fetch(queries.ENTRIES, loan["id"])
    splits = {
        row["id"]: Split(row["overdue_interest_vnd"], row["interest_vnd"], row["principal_vnd"], row["held_vnd"])
        for row in rows
        if row["kind"] == "repayment"
    }
    return Account([*opening_entry(loan), *(_entry(row) for row in rows)], splits)


def _entry(row: queries.EntryRow) -> Entry:
    # Most entries are repayments, and of one only the amount and the choice count: its split follows from the replay.
    if row["kind"] == "repayment":
        return Entry(row["id"], "repayment", row["day"], row["amount_vnd"], prepayment=row["prepayment"])
    rescheduled = row["kind"] == "rescheduling"
    return Entry(
        row["id"],
        row["kind"],
        row["day"],
        row["amount_vnd"],
        row["interest_vnd"],
        row["overdue_interest_vnd"],
        dues=() if row["dues"] is None else read_dues(orjson.loads(row["dues"])),
        annual_rate_percent=None if row["rate"] is None else Decimal(row["rate"]),
        basis=basis_of(orjson.loads(row["terms"] or "{}")) if rescheduled else None,
    )


async def state_on(db: Database | Transaction, loan: LoanRow, as_of: date) -> State:
    """Return what the loan is at the end of a day; before it began, and where others keep its books, nothing is owed."""
    if loan["starts_on"] is None or as_of < loan["starts_on"] or loan["channel"] == BOOKS_ELSEWHERE:
        return State(on=as_of)
    return replay(contract_of(loan), (await account_of(db, loan)).entries, as_of)


def with_all(loan: LoanRow, entries: Sequence[Entry]) -> State:
    """Return the begun loan with these entries and every installment fallen due."""
    return replay_over(contract_of(loan), entries)


def excess_of(state: State) -> int:
    """Return how much more than was owed has been paid."""
    return sum(state.excess_vnd.values())


def refuse_never_due(state: State) -> None:
    """Raise NeverDue where principal is left although every installment fell due; `state` is that of `with_all`."""
    never_due = state.outstanding_vnd - state.principal_due_vnd
    if never_due:
        last = max(row.due_on for row in state.installments if not row.replaced)
        raise problems.NeverDue(last_due_on=last.isoformat(), never_due_vnd=never_due)


def waives_less(before: State, after: State) -> bool:
    """Return whether less interest is given up after a change of the history than before it: less was owed then."""
    return (
        after.interest_waived_vnd < before.interest_waived_vnd
        or after.overdue_interest_waived_vnd < before.overdue_interest_waived_vnd
    )
