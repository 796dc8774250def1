"""What a caller gets of a loan on a day: position, schedule and statement."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.records.embedding import EMBEDDED
from kernel.web.field_types import VndShown
from kernel.web.schemas import Output
from services.funds.capital.funds.schemas import RuleApplied
from services.funds.names import LoanName


class LoanPosition(Output):
    """What a loan is at the end of a day, derived from its contract and entries."""

    loan_id: str = Field(json_schema_extra={"format": "uuid"})
    loan: Annotated[LoanName, EMBEDDED]
    as_of: date
    state: Annotated[str, Label("Trạng thái khoản vay")] = Field(
        description="`overdue` where anything is unpaid after its day, else the loan's state"
    )
    disbursed_vnd: VndShown
    outstanding_vnd: VndShown
    due_principal_vnd: VndShown = Field(description="Principal that fell due and is unpaid")
    due_interest_vnd: VndShown = Field(description="In-term interest that fell due and is unpaid")
    accrued_interest_vnd: VndShown = Field(description="In-term interest earned, not due yet; that of a grace too")
    overdue_interest_vnd: VndShown = Field(description="Overdue interest owed")
    total_owed_vnd: VndShown = Field(description="What settles the loan on that day")
    held_vnd: VndShown
    off_balance_principal_vnd: VndShown
    off_balance_interest_vnd: VndShown
    off_balance_overdue_interest_vnd: VndShown
    overdue_since: date | None = Field(description="The oldest due date that is unpaid after its day")
    days_overdue: int
    reschedule_count: int
    debt_group: int | None = Field(description="1 to 5; null where the fund bears no risk")
    borrower_debt_group: int | None
    is_npl: bool | None
    provision_vnd: VndShown = Field(description="Specific provision")
    rule: RuleApplied | None
    cure: Annotated[RuleApplied | None, Label("Quy tắc phục hồi nhóm nợ")] = Field(
        description="The rule by which new schedules count no more for the debt group; null: they count, or there are none"
    )


class LoanInstallment(Output):
    """One installment as it stands."""

    number: Annotated[int, Label("Kỳ thứ")]
    due_on: date
    opening_principal_vnd: VndShown = Field(description="Outstanding before it, if all is paid on its day")
    principal_vnd: VndShown
    interest_vnd: VndShown
    total_vnd: VndShown
    principal_paid_vnd: VndShown
    interest_paid_vnd: VndShown
    interest_waived_vnd: VndShown
    unpaid_vnd: VndShown = Field(description="What is still to pay of it, principal and interest")
    paid_on: Annotated[date | None, Label("Ngày trả đủ")] = Field(description="Day on which it was paid in full")
    is_overdue: bool
    is_replaced: bool = Field(description="A new schedule took its place")


class LoanSchedule(Output):
    """The installments of a loan as they stood on a day: what fell due with what was paid, and what is to come."""

    loan_id: str = Field(json_schema_extra={"format": "uuid"})
    loan: Annotated[LoanName, EMBEDDED]
    as_of: date
    items: list[LoanInstallment]
    outstanding_vnd: VndShown


class StatementLine(Output):
    """One movement of a loan, with what is outstanding after it."""

    on: date = Field(description="Day of the movement")
    kind: Annotated[str, Label("Loại phát sinh")]
    id: str = Field(json_schema_extra={"format": "uuid"})
    disbursed_vnd: VndShown
    paid_vnd: VndShown
    principal_vnd: VndShown
    interest_vnd: VndShown
    overdue_interest_vnd: VndShown
    held_vnd: VndShown
    outstanding_vnd: VndShown


class LoanStatement(Output):
    """Every movement of a loan in the order of its days, and their sums."""

    loan_id: str = Field(json_schema_extra={"format": "uuid"})
    contract_number: str
    borrower_name: str
    as_of: date
    items: list[StatementLine]
    disbursed_vnd: VndShown
    paid_vnd: VndShown
    principal_paid_vnd: VndShown
    interest_paid_vnd: VndShown
    overdue_interest_paid_vnd: VndShown
    held_vnd: VndShown
    outstanding_vnd: VndShown
    off_balance_principal_vnd: VndShown
    off_balance_interest_vnd: VndShown
    off_balance_overdue_interest_vnd: VndShown
