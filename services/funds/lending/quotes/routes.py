"""Loan quotes: what a loan would cost, row by row. Nothing is written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.problems.field_labels import Label
from kernel.records.records import dump
from kernel.values.days import Day
from kernel.values.money import MAX_VND, Percent
from kernel.web.idempotency import once
from kernel.web.operations import CurrentCall
from kernel.web.schemas import Output
from services.funds.engine.explain import explanations
from services.funds.engine.schedule import totals
from services.funds.scopes import OWN_READ, OWN_WRITE, funds_router
from services.funds.servicing.loans.terms import ScheduleTerms, checked, engine_terms

router = funds_router("loan-quotes")
VndShown = Annotated[int, Field(json_schema_extra={"format": "int64"})]


class LoanQuote(ScheduleTerms):
    """What would be borrowed, at which rate, from when, and how it would be repaid."""

    principal_vnd: Annotated[
        int,
        Field(strict=True, gt=0, le=MAX_VND, json_schema_extra={"format": "int64"}, description="Whole đồng, above 0"),
    ]
    annual_rate_percent: Percent
    disbursed_on: Day


class QuoteRow(Output):
    """One installment."""

    number: Annotated[int, Label("Kỳ thứ")]
    due_on: date
    days: int = Field(description="From the due date before, or the disbursement, to this one")
    opening_principal_vnd: VndShown = Field(description="Owed before this installment")
    principal_vnd: VndShown
    interest_vnd: VndShown
    total_vnd: VndShown = Field(description="Principal and interest")
    outstanding_principal_vnd: VndShown = Field(description="Owed after this installment")
    explanation: str | None = Field(description="With explain=true: its arithmetic in words")


class QuoteTotals(Output):
    """The sums over the rows."""

    principal_vnd: VndShown
    interest_vnd: VndShown
    total_vnd: VndShown
    days: int = Field(description="From the disbursement to the last due date")


class QuoteAnswer(Output):
    """The schedule in order, and its sums."""

    items: list[QuoteRow]
    totals: QuoteTotals


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
    made = Response(dump(document), 200, {"Cache-Control": "no-store"}, "application/json")

    async def effect(tx: Transaction) -> Response:
        return made

    return await once(call, effect) if "idempotency-key" in call.request.headers else made
