"""What a caller sends and gets for repayments."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.records.batch import LENIENT
from kernel.values.common_lists import BATCH_MODES
from kernel.values.days import PastDay
from kernel.values.ids import Id
from kernel.web.field_types import PositiveVnd, VndShown
from kernel.web.schemas import Input, code, text
from services.funds import code_lists as codes
from services.funds.servicing.loans.repayment_record import Repayment, RepaymentMoved
from services.funds.servicing.positions.schemas import LoanPosition, LoanSchedule


class RepaymentCreate(Input):
    """Money received against a loan, on the day it came in. It is never changed afterwards; a mistake is reversed."""

    id: Id | None = None
    amount_vnd: PositiveVnd
    paid_on: PastDay
    payment_channel: Annotated[str, code(codes.PAYMENT_CHANNELS)] = "transfer"
    voucher_number: Annotated[str, text(100)] | None = None
    payer: Annotated[str, text(200)] | None = None
    note: Annotated[str, text(500)] | None = None
    excess: Annotated[str, code(codes.EXCESS_RULES)] = Field(
        default="refuse", description="hold: keep for the borrower what is more than owed, in place of refusing it"
    )
    prepayment: Annotated[str, code(codes.PREPAYMENTS)] = Field(
        default="keep",
        description="What principal paid before its time does to the installments to come: keep skips the next ones, "
        "shorten leaves fewer of them, lower makes them smaller",
    )


class RepaymentOfLoanCreate(RepaymentCreate):
    """Money received against the loan that it names."""

    loan_id: Id


class RepaymentBatch(Input):
    """Up to 500 repayments, as a bank statement brings them. `atomic`: all or none; `each`: every item for itself (207)."""

    mode: Annotated[str, code(BATCH_MODES)]
    items: Annotated[list[Annotated[RepaymentOfLoanCreate, LENIENT]], Field(min_length=1, max_length=500)]


class RepaymentRecorded(Repayment):
    """A repayment as it was entered or reversed, what it moved, and what is outstanding after it."""

    allocation_order: list[str] = Field(description="The order in which the money was poured over what was owed")
    moved: list[RepaymentMoved]
    loan_outstanding_vnd: VndShown
    loan_state: str
    dry_run: bool = Field(description="Whether nothing was kept: its id is that of no record")
    schedule: Annotated[LoanSchedule | None, Label("Lịch trả nợ")] = Field(
        description="With `dry_run`: the installments on the day of the repayment, after it"
    )
    position: Annotated[LoanPosition | None, Label("Tình hình khoản vay")] = Field(
        description="With `dry_run`: the position at the end of that day, after it"
    )


class RepaymentReversed(RepaymentRecorded):
    """A repayment that is reversed, and what that moved; of a settled loan what waits for a second person."""

    pending_reversal_id: str | None = Field(
        json_schema_extra={"format": "uuid"},
        description="The reversal that a second person has to confirm, as the loan is settled; null: it is reversed",
    )
