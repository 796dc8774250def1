"""What a caller sends and gets for disbursements."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.records.embedding import EMBEDDED
from kernel.records.evidence import EvidenceRow
from kernel.values.days import PastDay
from kernel.values.ids import Id
from kernel.web.field_types import PositiveVnd, VndShown
from kernel.web.schemas import Input, Output, Recorded, SubjectName, code, listed, text
from services.funds import code_lists as codes
from services.funds.names import FundName, LoanName
from services.funds.servicing.loans.repayment_record import RepaymentMoved


class BadDebtCheck(Input):
    """What the look-up of bad debts at credit institutions found (Decree 45/2021/NĐ-CP, Art. 22(6))."""

    checked_on: PastDay
    result: Annotated[str, code(codes.BAD_DEBT_RESULTS), Label("Kết quả tra cứu nợ xấu")]
    reference: Annotated[str, text(100)] | None = None
    file_id: Id | None = None


class BadDebtCheckShown(Output):
    """What the look-up of bad debts found."""

    checked_on: date
    result: Annotated[str, Label("Kết quả tra cứu nợ xấu")] = Field(json_schema_extra=listed(codes.BAD_DEBT_RESULTS))
    reference: str | None
    file_id: str | None = Field(json_schema_extra={"format": "uuid"})


class DisbursementCreate(Input):
    """A tranche paid out, on its day. The first one needs a fresh bad-debt check that found none."""

    id: Id | None = None
    amount_vnd: PositiveVnd
    disbursed_on: PastDay
    payment_channel: Annotated[str, code(codes.PAYMENT_CHANNELS)] = "transfer"
    voucher_number: Annotated[str, text(100)] | None = None
    bad_debt_check: BadDebtCheck | None = None
    note: Annotated[str, text(500)] | None = None


class Disbursement(Recorded, EvidenceRow):
    """A tranche paid out."""

    fund_id: str = Field(json_schema_extra={"format": "uuid"})
    fund: Annotated[FundName, EMBEDDED]
    loan_id: str = Field(json_schema_extra={"format": "uuid"})
    loan: Annotated[LoanName, EMBEDDED]
    amount_vnd: VndShown
    disbursed_on: date
    payment_channel: str = Field(json_schema_extra=listed(codes.PAYMENT_CHANNELS))
    voucher_number: str | None
    bad_debt_check: BadDebtCheckShown | None
    note: str | None
    province_2008: str
    province_2025: str
    reversed_at: datetime | None
    reversed_by: str | None
    reversed_by_name: SubjectName
    reversal_reason: str | None
    alliance: str


class DisbursementRecorded(Disbursement):
    """A tranche as it was entered or reversed, and what it led to."""

    moved: list[RepaymentMoved]
    loan_outstanding_vnd: VndShown
    loan_state: str
    undrawn_vnd: VndShown = Field(description="Of the contract, what may still be paid out")
