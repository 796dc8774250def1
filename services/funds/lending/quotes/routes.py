"""Loan quotes: what a loan would cost, row by row. Nothing is written."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.web.calls import CurrentCall
from kernel.web.idempotency import once
from kernel.web.replies import json_reply
from services.funds.engine.explain import explanations
from services.funds.engine.schedule import totals
from services.funds.lending.quotes.schemas import LoanQuote, QuoteAnswer
from services.funds.lending.schedule_terms import checked, engine_terms
from services.funds.scopes import OWN_READ, OWN_WRITE, funds_router

router = funds_router("loan-quotes")


@router.operation(
    "POST", "/loan-quotes", scopes=(*OWN_READ, *OWN_WRITE), response_model=QuoteAnswer, summary="Quote a loan"
)
async def quote_loan(
    call: CurrentCall,
    body: LoanQuote,
    explain: Annotated[bool, Query(description="Say each row's arithmetic in words")] = False,
) -> Response:
    """Return the repayment schedule of a loan; nothing is written.

    Interest of a row = opening balance × annual rate × the share of a year that the day count gives the row, half up
    to whole đồng; the last row takes what is left, so the principal parts add up to the principal exactly.
    """
    terms = engine_terms(body.model_dump(), body.principal_vnd, Decimal(body.annual_rate_percent), body.disbursed_on)
    rows = checked(terms)
    items = [{**row._asdict(), "explanation": None} for row in rows]
    if explain:
        for item, words in zip(items, explanations(terms, rows, "en" if call.language == "en" else "vi"), strict=True):
            item["explanation"] = words
    document = {"items": items, "totals": totals(rows)._asdict()}
    quote = json_reply(document)

    async def effect(tx: Transaction) -> Response:
        return quote

    return await once(call, effect) if "idempotency-key" in call.request.headers else quote
