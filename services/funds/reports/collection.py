"""Collection sheets: what each borrower had to pay in a month, what came in, and what remains."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import Query
from pydantic_core import PydanticCustomError
from starlette.responses import Response

from kernel import problems as kernel_no
from kernel.auth import narrow
from kernel.db import Row, Transaction
from kernel.faults import as_fault
from kernel.geography import is_alliance
from kernel.ids import Id
from kernel.periods import days_of
from kernel.problems import Fault, Invalid
from kernel.records import dump
from kernel.routing import CurrentCall
from kernel.schemas import Page
from services.funds.loans.account import account_of, contract_of
from services.funds.loans.records import LOAN
from services.funds.loans.replay import replay
from services.funds.pages import cursor_page, given_cursor
from services.funds.reports.schemas import CollectionBorrower
from services.funds.scopes import READ, funds_router

router = funds_router("reports")

# Borrowers with a loan of our own books that ran in the month $1 to $2; the page's borrowers first, then their loans.
_RAN = """
    l.channel <> 'entrusted_out' AND l.starts_on <= $2 AND (l.settled_on IS NULL OR l.settled_on >= $1)
      AND ($3::uuid IS NULL OR l.fund_id = $3) AND ($4::text IS NULL OR l.alliance = $4)"""
_BORROWERS = f"""
    SELECT DISTINCT l.borrower_id FROM loan l
     WHERE {_RAN} AND ($5::uuid IS NULL OR l.borrower_id > $5) AND {{area}} ORDER BY l.borrower_id LIMIT $6"""
_LOANS = f"""
    SELECT {", ".join(f"l.{name}" for name in LOAN.columns)} FROM loan l
     WHERE {_RAN} AND l.borrower_id = ANY($5::uuid[]) AND {{area}} ORDER BY l.borrower_id, l.id"""


async def line_of(tx: Transaction, loan: Row, first: date, last: date) -> dict[str, Any]:
    """Return one loan's line: replayed on the eve of the month and at its end."""
    account, contract = await account_of(tx, loan), contract_of(loan)
    eve = first - timedelta(days=1)
    before, after = (replay(contract, [e for e in account.entries if e.on <= day], day) for day in (eve, last))
    paid = {entry.id for entry in account.entries if entry.kind == "repayment" and first <= entry.on <= last}
    splits = [after.splits[id_] for id_ in paid]
    falls = [row for row in after.installments if first <= row.due_on <= last and row.is_due and not row.replaced]
    return {
        "loan_id": loan["id"],
        "contract_number": loan["contract_number"],
        "arrears_principal_vnd": before.principal_due_vnd,
        "arrears_interest_vnd": before.interest_owed_vnd + before.overdue_interest_owed_vnd,
        "due_principal_vnd": sum(row.principal_vnd for row in falls),
        "due_interest_vnd": sum(row.interest_vnd - row.interest_waived_vnd for row in falls),
        "collected_principal_vnd": sum(split.principal_vnd for split in splits),
        "collected_interest_vnd": sum(split.interest_vnd + split.overdue_interest_vnd for split in splits),
        "remaining_principal_vnd": after.principal_due_vnd,
        "remaining_interest_vnd": after.interest_owed_vnd + after.overdue_interest_owed_vnd,
        "outstanding_vnd": after.outstanding_vnd,
    }


def _sum(lines: list[dict[str, Any]], *names: str) -> int:
    return sum(line[f"{name}_{part}_vnd"] for line in lines for name in names for part in ("principal", "interest"))


def _borrower(loans: list[Row], lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "borrower_id": loans[0]["borrower_id"],
        "borrower_name": loans[0]["borrower_name"],
        "loans": lines,
        "due_vnd": _sum(lines, "arrears", "due"),
        "collected_vnd": _sum(lines, "collected"),
        "remaining_vnd": _sum(lines, "remaining"),
    }


class CollectionBorrowerPage(Page[CollectionBorrower]):
    """A page of borrowers with what they had to pay in a month."""


@router.operation(
    "GET", "/collection-sheets", scopes=READ, response_model=CollectionBorrowerPage,
    problems=(kernel_no.CursorMismatch,), summary="What was to be collected in a month",
)  # fmt: skip
async def list_collection_sheets(
    call: CurrentCall,
    month: Annotated[str, Query(pattern="^[0-9]{4}-(0[1-9]|1[0-2])$", description="Month, 2023-08")],
    area: Annotated[str | None, Query(max_length=10, description="One alliance, 25-2025")] = None,
    fund_id: Annotated[Id | None, Query(description="One fund")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Borrowers a page")] = 50,
    cursor: Annotated[str | None, Query(max_length=300, description="`next_cursor` of the page before")] = None,
) -> Response:
    """Page through the borrowers with what was due, collected and remains of each loan, principal and interest apart.

    Arrears are those of the eve of the month; overdue interest counts with the interest. All as known today.
    """
    if area is not None and not is_alliance(area):
        words = (
            "Không có Liên minh này; hãy chọn trong danh mục.",
            "There is no such alliance; choose one of the list.",
        )
        raise Invalid(Fault("unknown_alliance", words, parameter="area"))
    try:
        first, last = days_of(month)
    except PydanticCustomError as error:
        raise Invalid(as_fault(error, parameter="month")) from None
    bound = [month, area, fund_id, call.caller.area]
    after = given_cursor(cursor, bound)
    args: list[Any] = [first, last, fund_id, area, after, limit + 1]
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        condition = narrow(call.caller, args, "l.alliance")
        ids = [row["borrower_id"] for row in await tx.fetch(_BORROWERS.format(area=condition), *args)]
        page = ids[:limit]
        args = [first, last, fund_id, area, page]
        condition = narrow(call.caller, args, "l.alliance")
        by_borrower: dict[str, list[Row]] = {id_: [] for id_ in page}
        for loan in await tx.fetch(_LOANS.format(area=condition), *args):
            by_borrower[loan["borrower_id"]].append(loan)
        items = [
            _borrower(loans, [await line_of(tx, loan, first, last) for loan in loans]) for loans in by_borrower.values()
        ]
    document = cursor_page(call, items, last=page[-1] if len(ids) > limit else None, bound=bound)
    return Response(dump(document), 200, {"Cache-Control": "no-store"}, "application/json")
