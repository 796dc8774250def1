"""Collection sheets: what each borrower had to pay in a month, what came in, and what remains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from kernel.database.connections import Transaction
from kernel.values import geography
from kernel.web.calls import Call
from services.funds.books.reports.queries import (
    COLLECTION_BORROWERS_COUNT,
    COLLECTION_BORROWERS_OF_ALLIANCE,
    COLLECTION_BORROWERS_OF_NATION,
    COLLECTION_LOANS_OF_ALLIANCE,
    COLLECTION_LOANS_OF_NATION,
    CollectionBorrower,
)
from services.funds.lending.borrowers.communes import Places
from services.funds.rows import LoanRow
from services.funds.servicing.loans.account import account_of, contract_of
from services.funds.servicing.replay.replay import replay
from services.funds.servicing.replay.state import Contract, Entry, Installment, State


def _fell(row: Installment) -> bool:
    """Whether the installment fell due, before a new schedule took its place if one did."""
    return row.is_due and (not row.replaced or row.closed_on is None or row.due_on <= row.closed_on)


class _Until(NamedTuple):
    """What fell due until a day, and what was paid ahead of that."""

    due_principal_vnd: int
    due_interest_vnd: int
    paid_ahead_principal_vnd: int
    paid_ahead_interest_vnd: int


def _until(state: State) -> _Until:
    """Return the sums until the day of `state`."""
    fell = [row for row in state.installments if _fell(row)]
    ahead = [row for row in state.installments if not _fell(row)]
    penalty = state.penalty.rounded() - state.overdue_interest_waived_vnd
    return _Until(
        due_principal_vnd=sum(row.principal_vnd for row in fell),
        due_interest_vnd=sum(row.interest_vnd - row.interest_waived_vnd for row in fell) + penalty,
        paid_ahead_principal_vnd=sum(row.principal_paid_vnd for row in ahead),
        paid_ahead_interest_vnd=sum(row.interest_paid_vnd for row in ahead),
    )


async def line_of(tx: Transaction, loan: LoanRow, first: date, last: date) -> dict[str, Any]:
    """Return one loan's line: replayed on the eve of the month and at its end."""
    account, contract = await account_of(tx, loan), contract_of(loan)
    return {
        "loan_id": loan["id"],
        "contract_number": loan["contract_number"],
        **sums_of(contract, account.entries, first, last),
    }


def sums_of(contract: Contract, entries: Sequence[Entry], first: date, last: date) -> dict[str, int]:
    """Return arrears + due − paid ahead − collected = remaining of a loan in a month, principal and interest apart.

    Each is taken from its own place in the replay: what is owed from the loan's sums, what fell due and was paid ahead
    from the installments, what was collected from the repayments.
    """
    eve = first - timedelta(days=1)
    before, after = (replay(contract, [e for e in entries if e.on <= day], day) for day in (eve, last))
    until_eve, until_end = _until(before), _until(after)
    splits = [after.splits[e.id] for e in entries if e.kind == "repayment" and first <= e.on <= last]
    return {
        "arrears_principal_vnd": before.principal_due_vnd,
        "arrears_interest_vnd": before.interest_owed_vnd + before.overdue_interest_owed_vnd,
        "due_principal_vnd": until_end.due_principal_vnd - until_eve.due_principal_vnd,
        "due_interest_vnd": until_end.due_interest_vnd - until_eve.due_interest_vnd,
        "paid_ahead_principal_vnd": until_eve.paid_ahead_principal_vnd - until_end.paid_ahead_principal_vnd,
        "paid_ahead_interest_vnd": until_eve.paid_ahead_interest_vnd - until_end.paid_ahead_interest_vnd,
        "collected_principal_vnd": sum(split.principal_vnd for split in splits),
        "collected_interest_vnd": sum(split.interest_vnd + split.overdue_interest_vnd for split in splits),
        "remaining_principal_vnd": after.principal_due_vnd,
        "remaining_interest_vnd": after.interest_owed_vnd + after.overdue_interest_owed_vnd,
        "outstanding_vnd": after.outstanding_vnd,
    }


def _sum(lines: Sequence[Mapping[str, Any]], *names: str) -> int:
    return sum(line[f"{name}_{part}_vnd"] for line in lines for name in names for part in ("principal", "interest"))


def totals_of(lines: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return the sums of lines: arrears + due − paid ahead − collected = remaining, as in each of them."""
    return {
        "arrears_vnd": _sum(lines, "arrears"),
        "falls_due_vnd": _sum(lines, "due"),
        "due_vnd": _sum(lines, "arrears", "due"),
        "paid_ahead_vnd": _sum(lines, "paid_ahead"),
        "collected_vnd": _sum(lines, "collected"),
        "remaining_vnd": _sum(lines, "remaining"),
    }


def _borrower(borrower: CollectionBorrower, lines: list[dict[str, Any]]) -> dict[str, Any]:
    code = borrower["commune_code"]
    place = None if code is None else geography.commune(code, str(borrower["commune_map"]))
    return {
        "borrower_id": borrower["id"],
        "borrower_name": borrower["name"],
        "commune_code": code,
        "commune_name": None if place is None else place.name,
        "loans": lines,
        **totals_of(lines),
    }


@dataclass(frozen=True)
class Sheet:
    """A page of a collection sheet."""

    items: list[dict[str, Any]]
    last: str | None
    """The last borrower of the page, where others follow."""
    totals: dict[str, int] | None
    uncertain_count: int | None


async def collection_sheet(
    call: Call,
    first: date,
    last: date,
    *,
    area: str | None,
    fund_id: str | None,
    officers: list[str] | None,
    places: Places | None,
    after: str | None,
    limit: int,
    with_totals: bool,
) -> Sheet:
    """Return the borrowers behind `after` with their loans' lines of the month, and the totals of all where asked for."""
    alliance = call.caller.alliance
    of_borrowers = COLLECTION_BORROWERS_OF_NATION if alliance is None else COLLECTION_BORROWERS_OF_ALLIANCE
    of_loans = COLLECTION_LOANS_OF_NATION if alliance is None else COLLECTION_LOANS_OF_ALLIANCE
    own = () if alliance is None else (alliance,)
    asked = (first, last, fund_id, area, officers)
    there = (None, None) if places is None else places.asked
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        borrowers = await tx.fetch(of_borrowers, *asked, *there, after, limit + 1, *own)
        page = borrowers[:limit]
        # The totals are those of every line, so all of them are made; a page alone needs its own.
        borrower_ids = None if with_totals else [borrower["id"] for borrower in page]
        lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for loan in await tx.fetch(of_loans, *asked, *there, borrower_ids, *own):
            lines[loan["borrower_id"]].append(await line_of(tx, loan, first, last))
        uncertain = None
        if places is not None and places.uncertain is not None:
            uncertain = await tx.fetchval(COLLECTION_BORROWERS_COUNT, *asked, *places.uncertain, alliance)
    return Sheet(
        items=[_borrower(borrower, lines[borrower["id"]]) for borrower in page],
        last=page[-1]["id"] if len(borrowers) > limit else None,
        totals=totals_of([line for of_borrower in lines.values() for line in of_borrower]) if with_totals else None,
        uncertain_count=uncertain,
    )
