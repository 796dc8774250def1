"""What a caller gets of a step that is undone: the reversal, and what moved with it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.records.confirmations import Confirmable
from kernel.web.field_types import VndShown
from kernel.web.schemas import Output, listed
from services.funds import code_lists as codes
from services.funds.servicing.loans.repayment_record import RepaymentMoved
from services.funds.servicing.loans.schemas import OfLoan


class ScheduleRow(Output):
    """An installment as it is kept, to the end of the loan."""

    due_on: date
    principal_vnd: VndShown
    interest_vnd: VndShown
    principal_paid_vnd: VndShown
    interest_paid_vnd: VndShown
    interest_waived_vnd: VndShown
    closed_on: Annotated[date | None, Label("Ngày trả đủ hoặc bị thay")] = Field(
        description="Day on which it was paid in full, or replaced by a new schedule"
    )
    is_replaced: bool = Field(description="A new schedule took its place")


class ScheduleRowMoved(Output):
    """An installment that is another since a step was undone."""

    number: Annotated[int, Label("Kỳ thứ")]
    before: ScheduleRow | None = Field(description="null: there was none")
    after: ScheduleRow | None = Field(description="null: there is none any more")


class ReversalPosting(Output):
    """A line that the ledger got by a reversal."""

    transaction_id: str = Field(json_schema_extra={"format": "uuid"})
    corrects_id: str | None = Field(json_schema_extra={"format": "uuid"}, description="The transaction it corrects")
    kind: Annotated[str, Label("Loại bút toán")] = Field(json_schema_extra=listed(codes.LEDGER_KINDS))
    booked_on: date
    account: str = Field(json_schema_extra=listed(codes.LEDGER_ACCOUNTS))
    debit_vnd: VndShown
    credit_vnd: VndShown


class ReversalMoved(Output):
    """What a reversal moved besides the step itself."""

    repayments: list[RepaymentMoved] = Field(description="Repayments that are split otherwise")
    schedule_rows: list[ScheduleRowMoved] = Field(description="Installments that are others")
    postings: list[ReversalPosting] = Field(description="Lines of the ledger: the counter-entry and corrections")


class LoanReversal(OfLoan, Confirmable):
    """A step of a loan that is undone: entered by one person, in force once another confirmed it. The step then never was."""

    kind: Annotated[str, Label("Việc được đảo")] = Field(json_schema_extra=listed(codes.REVERSAL_KINDS))
    reverses_id: str = Field(
        json_schema_extra={"format": "uuid"}, description="What it undoes; of a settlement, the loan"
    )
    effective_on: date = Field(description="Day on which the ledger books the counter-entry")
    amount_vnd: int | None = Field(
        json_schema_extra={"format": "int64"}, description="The money of the step; null where it has none of its own"
    )
    reason: str
    moved: Annotated[ReversalMoved | None, Label("Những gì thay đổi theo")] = Field(
        description="What else it moved; null until it is confirmed"
    )
