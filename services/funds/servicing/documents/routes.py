"""The documents of a loan over HTTP."""

from __future__ import annotations

import asyncio
from typing import Annotated
from urllib.parse import quote

from fastapi import Path, Query
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.records import existing, loaded
from kernel.values.days import AsOf, today
from kernel.values.ids import Id
from kernel.web.calls import Call, CurrentCall
from services.funds import problems
from services.funds.scopes import OWN_READ, funds_router
from services.funds.servicing.documents.render import DOCX, KINDS, render
from services.funds.servicing.documents.service import values_of
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.loans.steps import BOOKS_ELSEWHERE

router = funds_router("loans")
_LOAN = existing(LOAN, "loan_id")


async def _existing_document(call: Call, path: dict[str, str]) -> None:
    await _LOAN(call, path)
    if path["document"] not in KINDS:
        raise kernel_problems.NotFound()


@router.operation(
    "GET",
    "/loans/{loan_id}/documents/{document}",
    scopes=OWN_READ,
    guard=_existing_document,
    response_class=Response,
    responses={200: {"content": {DOCX: {"schema": {"type": "string", "format": "binary"}}}}},
    problems=(problems.NothingOverdue, problems.BooksKeptElsewhere),
    summary="Print a loan document",
)
async def print_loan_document(
    call: CurrentCall,
    loan_id: Id,
    document: Annotated[str, Path(description="contract-annex, repayment-schedule or overdue-notice")],
    as_of: Annotated[AsOf | None, Query(description="As the loan stands on that day; today if left out")] = None,
) -> Response:
    """Return the contract annex with its schedule, the schedule alone, or the notice of what is overdue, as .docx.

    Rate and terms are those in force on that day; after a new schedule the annex names the decision that brought them, and
    holds the installments that were still to pay. Amounts stand in
    figures and in Vietnamese words. A notice needs something overdue on that day.
    """
    on, loan = as_of or today(), loaded(call, LOAN)
    if loan["channel"] == BOOKS_ELSEWHERE:
        raise problems.BooksKeptElsewhere(channel=loan["channel"])
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        values = await values_of(tx, document, loan, on)
    if document == "overdue-notice" and not values["days_overdue"]:
        raise problems.NothingOverdue(as_of=on.isoformat())
    # Filling a template takes tens of milliseconds of CPU: beside the loop, so that others are answered meanwhile.
    data = await asyncio.to_thread(render, document, values)
    name = quote(f"{document}-{loan['contract_number']}.docx".replace("/", "-"))
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"}
    return Response(data, 200, headers, DOCX)
