"""What a caller sends and gets for loans."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.records.confirmations import Confirmable
from kernel.records.embedding import EMBEDDED
from kernel.records.evidence import EvidenceRow
from kernel.records.organization_names import NamedOrganization
from kernel.values.days import PastDay
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import Percent, Vnd
from kernel.web.field_types import PositiveVnd, VndShown
from kernel.web.schemas import Flag, Input, Output, Recorded, SubjectName, code, listed, text
from services.funds import code_lists as codes
from services.funds import code_lists as loan_codes
from services.funds.lending.applications.schemas import AllowedAction, LoanProject, LoanProjectInput
from services.funds.lending.schedule_terms import ScheduleTerms
from services.funds.names import FundName, LoanName, LoanProductName

OfficerId = Annotated[str, text(100)]
RepaymentPart = Annotated[str, code(codes.REPAYMENT_PARTS)]


MAX_OVERDUE_INTEREST_RATE = Decimal(10)
"""Civil Code 2015, Art. 466(5) with 468(2): interest on overdue interest, percent a year."""


class LoanOpening(Input):
    """How a loan stood on the day it was taken over from the books kept before.

    What is overdue needs `overdue_since`.
    """

    as_of: PastDay
    principal_vnd: PositiveVnd = Field(description="Outstanding principal on that day")
    accrued_interest_vnd: Vnd = Field(default=0, description="In-term interest owed or earned until then, unpaid")
    overdue_principal_vnd: Vnd = Field(default=0, description="Of the principal, what was overdue")
    overdue_interest_vnd: Vnd = Field(default=0, description="Overdue interest owed until then")
    overdue_since: PastDay | None = Field(default=None, description="The oldest unpaid due date, if any")
    reschedule_count: Annotated[int, Field(strict=True, ge=0, le=20)] = 0
    disbursed_vnd: Vnd | None = Field(
        default=None, description="Paid out in all before; the contract's sum if left out"
    )

    @model_validator(mode="after")
    def _agrees(self) -> LoanOpening:
        if self.overdue_principal_vnd > self.principal_vnd:
            words = (
                "Gốc quá hạn lớn hơn dư nợ gốc; hãy kiểm tra các số tiền.",
                "More is overdue than is outstanding; check the amounts.",
            )
            raise field_error("too_large", *words, at="overdue_principal_vnd")
        if (self.overdue_principal_vnd or self.overdue_interest_vnd) and self.overdue_since is None:
            words = (
                "Có nợ quá hạn thì hãy ghi ngày bắt đầu quá hạn.",
                "Where something is overdue, say since which day.",
            )
            raise field_error("required", *words, at="overdue_since")
        if self.overdue_since is not None and self.overdue_since >= self.as_of:
            words = ("Ngày này phải trước ngày chuyển số dư.", "This has to be before the day of the opening.")
            raise field_error("too_large", *words, at="overdue_since")
        return self


class LoanCreate(Input):
    """Enter a contract: of an approved application, or of a loan that ran before (`opening`).

    Amount, rate and terms are those of the approval where they are left out, and go no further: rate and method equal,
    term and graces no longer, the security entered for the application no less. What the law asks since then is met too. A loan that ran before
    names its fund, borrower and project itself; its terms then are those of what is still to pay from `opening.as_of`.

    Without `loan_application_id` it needs `opening`, `fund_id`, `borrower_id`, `project`, `annual_rate_percent`,
    `terms` and `principal_vnd`.
    """

    id: Id | None = None
    loan_application_id: Id | None = None
    fund_id: Id | None = Field(default=None, description="Needed where no application names it")
    borrower_id: Id | None = Field(default=None, description="Needed where no application names it")
    loan_product_id: Id | None = None
    contract_number: Annotated[str, text(100)]
    signed_on: PastDay
    channel: Annotated[str, code(loan_codes.LOAN_CHANNELS), Label("Kênh cho vay")] = "direct"
    own_risk: Flag | None = Field(
        default=None, description="Whether the fund bears the risk; if left out, yes unless entrusted"
    )
    principal_vnd: PositiveVnd | None = None
    annual_rate_percent: Percent | None = None
    overdue_rate_percent_of_rate: Percent | None = Field(
        default=None, description="Overdue principal bears this percentage of the in-term rate; 150 if nothing says so"
    )
    overdue_interest_rate_percent: Percent | None = Field(
        default=None, description="Rate a year on overdue interest, at most 10; none if nothing says so"
    )
    repayment_order: Annotated[list[RepaymentPart], Field(min_length=1, max_length=4)] | None = None
    terms: ScheduleTerms | None = Field(default=None, description="How it is repaid; as approved if left out")
    project: LoanProjectInput | None = Field(default=None, description="Needed where there is no application")
    opening: LoanOpening | None = None
    officer_id: OfficerId | None = None
    reason: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> LoanCreate:
        if self.loan_application_id is None:
            if self.opening is None:
                words = (
                    "Hãy nêu hồ sơ vay đã duyệt, hoặc số dư chuyển sang.",
                    "Name the approved application, or give the opening.",
                )
                raise field_error("required", *words, at="loan_application_id")
            for name in ("fund_id", "borrower_id", "project", "annual_rate_percent", "terms", "principal_vnd"):
                if getattr(self, name) is None:
                    words = ("Khoản vay chuyển sang cần mục này.", "A loan that ran before needs this.")
                    raise field_error("required", *words, at=name)
        if self.opening is not None and self.opening.as_of < self.signed_on:
            words = (
                "Ngày này trước ngày ký hợp đồng; hãy ghi ngày đó hoặc sau đó.",
                "This is before the contract was signed; give that day or a later one.",
            )
            raise field_error("end_before_start", *words, at="opening/as_of")
        if self.opening is not None and self.principal_vnd and self.opening.principal_vnd > self.principal_vnd:
            words = (
                "Dư nợ gốc lớn hơn số tiền theo hợp đồng; hãy kiểm tra hai số tiền.",
                "More is outstanding than the contract lends; check the two amounts.",
            )
            raise field_error("too_large", *words, at="opening/principal_vnd")
        if self.repayment_order and len(set(self.repayment_order)) < len(self.repayment_order):
            raise field_error(
                "given_twice", "Mỗi phần chỉ nêu một lần.", "Name each part once only.", at="repayment_order"
            )
        over = self.overdue_interest_rate_percent
        if over is not None and Decimal(over) > MAX_OVERDUE_INTEREST_RATE:
            words = (
                "Tối đa 10%/năm (Bộ luật Dân sự 2015, Điều 466).",
                "At most 10 % a year (Civil Code 2015, Art. 466).",
            )
            raise field_error("too_large", *words, at="overdue_interest_rate_percent")
        return self


class LoanChange(Input):
    """What may be corrected on a contract: what money has not been computed from yet, and what became of the project."""

    contract_number: Annotated[str, text(100)] | None = None
    terms: ScheduleTerms | None = Field(default=None, description="Only before the first tranche")
    result: Annotated[Annotated[str, text(4000)] | None, Label("Kết quả dự án")] = Field(
        default=None, description="What the project led to"
    )
    jobs: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] | None = None
    expected_results: Annotated[str, text(4000)] | None = None
    officer_id: OfficerId | None = None
    reason: Annotated[str, text(500)] | None = None


class LoanSettlement(Output):
    """How a loan was closed."""

    settled_on: date
    minutes_number: str | None
    held_refunded_vnd: VndShown = Field(description="Held for the borrower and paid back")
    note: str | None


class LoanInForce(Output):
    """The rate and terms that hold now: the contract's, or those of the new schedule or recall approved last."""

    annual_rate_percent: str
    terms: ScheduleTerms | None = Field(description="null after an early recall: the rest falls due on its day")
    since: date = Field(description="Day from which they hold")
    rescheduling_id: str | None = Field(json_schema_extra={"format": "uuid"})
    kind: Annotated[str | None, Label("Hình thức cơ cấu lại")] = Field(
        json_schema_extra=listed(loan_codes.RESCHEDULING_KINDS)
    )
    decision_number: str | None
    decided_on: date | None
    reason: str | None


class Loan(Recorded, Confirmable, EvidenceRow):
    """A loan contract, its project, and what its entries add up to."""

    fund_id: str = Field(json_schema_extra={"format": "uuid"})
    fund: Annotated[FundName, EMBEDDED]
    loan_application_id: str | None = Field(json_schema_extra={"format": "uuid"})
    loan_product_id: str | None = Field(json_schema_extra={"format": "uuid"})
    loan_product: Annotated[LoanProductName | None, EMBEDDED]
    borrower_id: str = Field(json_schema_extra={"format": "uuid"})
    borrower_name: str
    organization_id: str | None = Field(json_schema_extra={"format": "uuid"})
    organization: NamedOrganization
    contract_number: str
    channel: Annotated[str, Label("Kênh cho vay")] = Field(json_schema_extra=listed(loan_codes.LOAN_CHANNELS))
    own_risk: bool
    signed_on: date
    principal_vnd: VndShown = Field(description="Sum of the contract")
    annual_rate_percent: str = Field(description="Rate of the contract; `in_force` says the one that holds now")
    overdue_rate_percent_of_rate: str
    overdue_interest_rate_percent: str
    repayment_order: list[str]
    terms: ScheduleTerms = Field(description="Terms of the contract; `in_force` says those that hold now")
    in_force: LoanInForce
    project: LoanProject
    result: Annotated[str | None, Label("Kết quả dự án")]
    province_2008: str
    province_2025: str
    opening: LoanOpening | None
    state: Annotated[str, Label("Trạng thái khoản vay")] = Field(json_schema_extra=listed(loan_codes.LOAN_STATES))
    starts_on: Annotated[date | None, Label("Ngày bắt đầu khoản vay")] = Field(
        description="Day of the first tranche, or of the opening"
    )
    last_due_on: date | None = Field(description="Last due date as last agreed")
    drawing_closed_on: date | None
    disbursed_vnd: VndShown
    outstanding_vnd: VndShown
    interest_paid_vnd: VndShown
    overdue_interest_paid_vnd: VndShown
    held_vnd: VndShown
    written_off_vnd: VndShown
    recovered_vnd: VndShown
    reschedule_count: int
    settlement: LoanSettlement | None
    settled_on: date | None
    officer_id: str | None
    officer_name: SubjectName
    allowed_actions: list[AllowedAction]
    alliance: str


class DrawingClosure(Input):
    """No more will be paid out."""

    closed_on: PastDay
    reason: Annotated[str, text(500)] | None = None


class LoanCancellation(Input):
    """The contract ends before any money was paid out."""

    cancelled_on: PastDay
    reason: Annotated[str, text(500)]


class SettlementCreate(Input):
    """Close the loan once nothing is owed; what was held for the borrower is paid back."""

    settled_on: PastDay
    minutes_number: Annotated[str, text(100)] | None = Field(
        default=None, description="Number of the liquidation minutes"
    )
    note: Annotated[str, text(1000)] | None = None


class OfLoan(Recorded):
    """Fields of everything that happened to a loan."""

    fund_id: str = Field(json_schema_extra={"format": "uuid"})
    fund: Annotated[FundName, EMBEDDED]
    loan_id: str = Field(json_schema_extra={"format": "uuid"})
    loan: Annotated[LoanName, EMBEDDED]
    alliance: str
