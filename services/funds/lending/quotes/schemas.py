"""What a caller sends and gets for loan quotes."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.values.days import Day
from kernel.values.money import MAX_VND, Percent
from kernel.web.field_types import VndShown
from kernel.web.schemas import Output
from services.funds.lending.schedule_terms import ScheduleTerms


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
