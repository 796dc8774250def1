"""A repayment as the loan's account keeps it.

Its split follows from the whole history of the loan, so the account writes it anew whenever something happened before it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from kernel.records import Resource, table_of
from kernel.records.crud import representation
from kernel.records.embedding import EMBEDDED
from kernel.web.field_types import VndShown
from kernel.web.schemas import Output, Recorded, SubjectName, listed
from services.funds import code_lists as codes
from services.funds import models, rows
from services.funds.names import OF_LOAN_NAMES, REVERSED_BY_NAME, FundName, LoanName


class Repayment(Recorded):
    """Money paid in, and where it went as the loan's history stands now: the four parts add up to the amount."""

    fund_id: str = Field(json_schema_extra={"format": "uuid"})
    fund: Annotated[FundName, EMBEDDED]
    loan_id: str = Field(json_schema_extra={"format": "uuid"})
    loan: Annotated[LoanName, EMBEDDED]
    amount_vnd: VndShown
    paid_on: date
    payment_channel: str = Field(json_schema_extra=listed(codes.PAYMENT_CHANNELS))
    voucher_number: str | None
    payer: str | None
    note: str | None
    excess: str = Field(json_schema_extra=listed(codes.EXCESS_RULES))
    prepayment: str = Field(json_schema_extra=listed(codes.PREPAYMENTS))
    overdue_interest_vnd: VndShown
    interest_vnd: VndShown
    principal_vnd: VndShown
    held_vnd: VndShown
    reversed_at: datetime | None
    reversed_by: str | None
    reversed_by_name: SubjectName
    reversal_reason: str | None
    alliance: str


class RepaymentSplit(Output):
    """Where a repayment went."""

    overdue_interest_vnd: VndShown
    interest_vnd: VndShown
    principal_vnd: VndShown
    held_vnd: VndShown


class RepaymentMoved(Output):
    """A later repayment that is now split otherwise; the ledger was corrected by the difference."""

    repayment_id: str = Field(json_schema_extra={"format": "uuid"})
    paid_on: date
    before: RepaymentSplit
    after: RepaymentSplit


REPAYMENT = Resource(
    "repayment",
    table_of(models.Repayment),
    "/v1/funds/repayments",
    representation(Repayment),
    "no-store",
    embeds=(*OF_LOAN_NAMES, REVERSED_BY_NAME),
    row=rows.RepaymentRow,
)
