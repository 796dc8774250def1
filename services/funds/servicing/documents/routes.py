"""The documents of a loan over HTTP."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Annotated, Any
from urllib.parse import quote

import orjson
from fastapi import Path, Query
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Row, Transaction
from kernel.records.records import existing
from kernel.values.days import Day, today
from kernel.values.ids import Id
from kernel.web.operations import Call, CurrentCall
from services.funds import problems
from services.funds.code_lists import RESCHEDULING_KINDS
from services.funds.scopes import OWN_READ, funds_router
from services.funds.servicing.documents.render import DOCX, KINDS, day_text, method_text, money, render, rows_shown
from services.funds.servicing.loans.in_force import in_force_on
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.loans.steps import BOOKS_ELSEWHERE
from services.funds.servicing.positions import service as positions

router = funds_router("loans")
_BORROWER = """
    SELECT f.name AS fund_name, b.address, b.beneficiary_organization_name AS beneficiary_name
      FROM fund f, borrower b WHERE f.id = $1::uuid AND b.id = $2::uuid"""
_LOAN = existing(LOAN, "loan_id")


async def _known(call: Call, path: dict[str, str]) -> None:
    await _LOAN(call, path)
    if path["document"] not in KINDS:
        raise kernel_problems.NotFound()


async def _values(tx: Transaction, document: str, loan: Row, as_of: date) -> dict[str, Any]:
    """Return what stands in the places of the templates, on a day."""
    names = await tx.fetchrow(_BORROWER, loan["fund_id"], loan["borrower_id"])
    assert names is not None, "kept by foreign keys"
    position = await positions.position_of(tx, loan, as_of)
    changed = await in_force_on(tx, loan, as_of)
    rows = (await positions.schedule_of(tx, loan, as_of))["items"]
    if document == "contract-annex" and changed is not None:
        rows = [row for row in rows if _agreed(row, changed["since"])]
    due = position["due_principal_vnd"], position["due_interest_vnd"], position["overdue_interest_vnd"]
    return {
        "fund_name": names["fund_name"],
        "borrower_name": loan["borrower_name"],
        "beneficiary_name": names["beneficiary_name"],
        "address": names["address"] or "",
        "contract_number": loan["contract_number"],
        "signed_on": day_text(loan["signed_on"]),
        "as_of": day_text(as_of),
        "purpose": loan["purpose"],
        "rows": rows_shown(rows),
        "has_replaced": any(row["is_replaced"] for row in rows),
        "days_overdue": position["days_overdue"],
        "overdue_since": day_text(position["overdue_since"]),
        **_holds(loan, changed),
        **money("principal", loan["principal_vnd"]),
        **money("total_principal", sum(row["principal_vnd"] for row in rows)),
        **money("total_interest", sum(row["interest_vnd"] for row in rows)),
        **money("due_principal", due[0]),
        **money("due_interest", due[1]),
        **money("overdue_interest", due[2]),
        **money("overdue_total", sum(due)),
        **money("outstanding", position["outstanding_vnd"]),
    }


def _agreed(row: dict[str, Any], since: date) -> bool:
    """Whether an installment is one of those that the annex agrees on: still to pay when it took effect."""
    return not row["is_replaced"] and (row["paid_on"] is None or row["paid_on"] >= since)


def _holds(loan: Row, changed: dict[str, Any] | None) -> dict[str, Any]:
    """Return the rate and terms in force in words, and the decision that brought them where they are not the contract's."""
    rate = loan["annual_rate_percent"] if changed is None else changed["annual_rate_percent"]
    terms = orjson.loads(loan["terms"]) if changed is None else changed["terms"]
    shown = {
        "changed": changed is not None,
        "rate": rate.replace(".", ","),
        "overdue_rate": loan["overdue_rate_percent_of_rate"].replace(".", ","),
        "method": method_text(terms),
    }
    if changed is not None:
        kind = RESCHEDULING_KINDS[changed["kind"]][0]
        shown |= {
            "kind": kind[0].lower() + kind[1:],
            "decision_number": changed["decision_number"],
            "decided_on": day_text(changed["decided_on"]),
            "since": day_text(changed["since"]),
            "reason": changed["reason"].rstrip(" ."),
        }
    return shown


@router.operation(
    "GET",
    "/loans/{loan_id}/documents/{document}",
    scopes=OWN_READ,
    guard=_known,
    response_class=Response,
    responses={200: {"content": {DOCX: {"schema": {"type": "string", "format": "binary"}}}}},
    problems=(problems.NothingOverdue, problems.BooksKeptElsewhere),
    summary="Print a document of a loan",
)
async def print_loan_document(
    call: CurrentCall,
    loan_id: Id,
    document: Annotated[str, Path(description="contract-annex, repayment-schedule or overdue-notice")],
    as_of: Annotated[Day | None, Query(description="As the loan stands on that day; today if left out")] = None,
) -> Response:
    """Return the contract annex with its schedule, the schedule alone, or the notice of what is overdue, as .docx.

    Rate and terms are those in force on that day; after a new schedule the annex names the decision that brought them, and
    holds the installments that were still to pay. Amounts stand in
    figures and in Vietnamese words. A notice needs something overdue on that day.
    """
    on, loan = as_of or today(), call.found
    if loan["channel"] == BOOKS_ELSEWHERE:
        raise problems.BooksKeptElsewhere(channel=loan["channel"])
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        values = await _values(tx, document, loan, on)
    if document == "overdue-notice" and not values["days_overdue"]:
        raise problems.NothingOverdue(as_of=on.isoformat())
    data = await asyncio.to_thread(render, document, values)
    name = quote(f"{document}-{loan['contract_number']}.docx".replace("/", "-"))
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"}
    return Response(data, 200, headers, DOCX)
