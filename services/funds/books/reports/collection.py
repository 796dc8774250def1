"""Collection sheets: what each borrower had to pay in a month, what came in, and what remains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field
from pydantic_core import PydanticCustomError
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid
from kernel.records.records import dump
from kernel.values import geography
from kernel.values.field_errors import as_fault
from kernel.values.geography import is_alliance
from kernel.values.ids import Id
from kernel.values.periods import days_of
from kernel.web.auth import narrow
from kernel.web.operations import CurrentCall
from kernel.web.schemas import Page
from services.funds.books.reports.schemas import CollectionBorrower, CollectionTotals
from services.funds.cursors import cursor_page, given_cursor
from services.funds.scopes import READ, funds_router
from services.funds.servicing.loans.account import account_of, contract_of
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.replay.replay import replay
from services.funds.servicing.replay.state import Contract, Entry, Installment, State

router = funds_router("reports")

# Borrowers with a loan of our own books that ran in the month $1 to $2; the page's borrowers first, then their loans.
_RAN = """
    l.channel <> 'entrusted_out' AND l.starts_on <= $2 AND (l.settled_on IS NULL OR l.settled_on >= $1)
      AND ($3::uuid IS NULL OR l.fund_id = $3) AND ($4::text IS NULL OR l.alliance = $4)"""
# An officer goes from commune to commune; who has none comes last.
_PLACE = "coalesce(b.commune_code, '~'), b.name_folded, b.id"
_BORROWERS = f"""
    SELECT b.id, b.name, b.commune_code, b.commune_map FROM borrower b
     WHERE EXISTS (SELECT FROM loan l WHERE l.borrower_id = b.id AND {_RAN} AND {{area}})
       AND ($5::uuid IS NULL OR ({_PLACE}) > (SELECT {_PLACE} FROM borrower b WHERE b.id = $5))
     ORDER BY {_PLACE} LIMIT $6"""
_LOANS = f"""
    SELECT {", ".join(f"l.{name}" for name in LOAN.columns)} FROM loan l
     WHERE {_RAN} AND ($5::uuid[] IS NULL OR l.borrower_id = ANY($5)) AND {{area}} ORDER BY l.borrower_id, l.id"""
_PARTS = ("arrears", "due", "paid_ahead", "collected", "remaining")


def _fell(row: Installment) -> bool:
    """Whether the installment fell due, before a new schedule took its place if one did."""
    return row.is_due and (not row.replaced or row.closed_on is None or row.due_on <= row.closed_on)


def _until(state: State) -> tuple[int, int, int, int]:
    """Return what fell due until the day of `state` (principal, interest) and what was paid ahead of that (the same)."""
    fell = [row for row in state.installments if _fell(row)]
    ahead = [row for row in state.installments if not _fell(row)]
    penalty = state.penalty.rounded() - state.overdue_interest_waived_vnd
    return (
        sum(row.principal_vnd for row in fell),
        sum(row.interest_vnd - row.interest_waived_vnd for row in fell) + penalty,
        sum(row.principal_paid_vnd for row in ahead),
        sum(row.interest_paid_vnd for row in ahead),
    )


async def line_of(tx: Transaction, loan: Row, first: date, last: date) -> dict[str, Any]:
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
    fell_before, fell = _until(before), _until(after)
    splits = [after.splits[e.id] for e in entries if e.kind == "repayment" and first <= e.on <= last]
    return {
        "arrears_principal_vnd": before.principal_due_vnd,
        "arrears_interest_vnd": before.interest_owed_vnd + before.overdue_interest_owed_vnd,
        "due_principal_vnd": fell[0] - fell_before[0],
        "due_interest_vnd": fell[1] - fell_before[1],
        "paid_ahead_principal_vnd": fell_before[2] - fell[2],
        "paid_ahead_interest_vnd": fell_before[3] - fell[3],
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


def _borrower(row: Row, lines: list[dict[str, Any]]) -> dict[str, Any]:
    place = None if row["commune_code"] is None else geography.commune(row["commune_code"], row["commune_map"])
    return {
        "borrower_id": row["id"],
        "borrower_name": row["name"],
        "commune_code": row["commune_code"],
        "commune_name": None if place is None else place.name,
        "loans": lines,
        **totals_of(lines),
    }


class CollectionBorrowerPage(Page[CollectionBorrower]):
    """A page of borrowers with what they had to pay in a month."""

    totals: CollectionTotals | None = Field(description="Sums over every borrower of the sheet, with `totals=exact`")


@router.operation(
    "GET",
    "/collection-sheets",
    scopes=READ,
    response_model=CollectionBorrowerPage,
    problems=(kernel_problems.CursorMismatch,),
    summary="What was to be collected in a month",
)
async def list_collection_sheets(
    call: CurrentCall,
    month: Annotated[str, Query(pattern="^[0-9]{4}-(0[1-9]|1[0-2])$", description="Month, 2023-08")],
    area: Annotated[str | None, Query(max_length=10, description="One alliance, 25-2025")] = None,
    fund_id: Annotated[Id | None, Query(description="One fund")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Borrowers a page")] = 50,
    cursor: Annotated[str | None, Query(max_length=300, description="`next_cursor` of the page before")] = None,
    totals: Annotated[
        str | None, Query(pattern="^exact$", description="exact: add `totals`, the sums of every borrower of `fund_id`")
    ] = None,
) -> Response:
    """Page through the borrowers, by commune and name, with what was due, collected and remains of each loan, principal
    and interest apart. In every row and every sum arrears + due − paid ahead − collected = remaining.

    Arrears are those of the eve of the month; overdue interest counts with the interest. All as known today.
    """
    if area is not None and not is_alliance(area):
        words = (
            "Không có Liên minh này; hãy chọn trong danh mục.",
            "There is no such alliance; choose one of the list.",
        )
        raise Invalid(FieldError("unknown_alliance", words, parameter="area"))
    if totals is not None and fund_id is None:
        words = ("Tổng cộng được tính cho từng quỹ: hãy chọn quỹ.", "Totals are those of one fund: name it.")
        raise Invalid(FieldError("required", words, parameter="fund_id"))
    try:
        first, last = days_of(month)
    except PydanticCustomError as error:
        raise Invalid(as_fault(error, parameter="month")) from None
    bound = [month, area, fund_id, call.caller.area]
    after = given_cursor(cursor, bound)
    args: list[Any] = [first, last, fund_id, area, after, limit + 1]
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        condition = narrow(call.caller, args, "l.alliance")
        borrowers = await tx.fetch(_BORROWERS.format(area=condition), *args)
        page = borrowers[:limit]
        # The totals are those of every line, so all of them are made; a page alone needs its own.
        args = [first, last, fund_id, area, None if totals else [row["id"] for row in page]]
        condition = narrow(call.caller, args, "l.alliance")
        lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for loan in await tx.fetch(_LOANS.format(area=condition), *args):
            lines[loan["borrower_id"]].append(await line_of(tx, loan, first, last))
    items = [_borrower(row, lines[row["id"]]) for row in page]
    document = cursor_page(call, items, last=page[-1]["id"] if len(borrowers) > limit else None, bound=bound)
    document["totals"] = totals_of([line for own in lines.values() for line in own]) if totals else None
    return Response(dump(document), 200, {"Cache-Control": "no-store"}, "application/json")
