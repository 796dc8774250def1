"""What a caller sends and gets for loan applications and the steps of their life."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.records.embedding import EMBEDDED
from kernel.records.organization_names import NamedOrganization
from kernel.values.days import PastDay
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import Percent, Vnd
from kernel.web.field_types import CommuneCode, CommuneMapNeeded, PositiveVnd, check_place
from kernel.web.schemas import Flag, Input, Output, Recorded, SubjectName, code, listed, text
from services.funds import code_lists as codes
from services.funds.field_types import Months
from services.funds.lending.applications.check_schemas import LimitCheck
from services.funds.lending.schedule_terms import ScheduleTerms
from services.funds.names import FundName, LoanProductName

ReportSector = Annotated[str, code(codes.REPORT_SECTORS)]


class LoanProjectInput(Input):
    """The project or plan that the loan is for."""

    purpose: Annotated[str, text(1000)]
    report_sector: ReportSector | None = None
    total_cost_vnd: PositiveVnd
    own_capital_vnd: Vnd
    cofinancing_vnd: Vnd = 0
    jobs: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] | None = None
    commune_code: CommuneCode | None = Field(
        default=None, description="Where it is; the borrower's commune if left out"
    )
    commune_map: CommuneMapNeeded = None
    expected_results: Annotated[str, text(4000)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> LoanProjectInput:
        if (on := check_place(self.commune_code, self.commune_map)) is not None:
            self.commune_map = on
        if self.own_capital_vnd + self.cofinancing_vnd > self.total_cost_vnd:
            words = (
                "Vốn tự có và vốn khác vượt tổng vốn dự án; hãy kiểm tra các số tiền.",
                "Own and other capital are more than the project costs; check the amounts.",
            )
            raise field_error("too_large", *words, at="own_capital_vnd")
        return self


class LoanProject(Output):
    """The project or plan that the loan is for."""

    purpose: str
    report_sector: str | None = Field(json_schema_extra=listed(codes.REPORT_SECTORS))
    total_cost_vnd: int = Field(json_schema_extra={"format": "int64"})
    own_capital_vnd: int = Field(json_schema_extra={"format": "int64"})
    cofinancing_vnd: int = Field(json_schema_extra={"format": "int64"})
    jobs: int | None
    commune_code: str
    commune_map: str = Field(json_schema_extra=listed(codes.COMMUNE_MAPS))
    expected_results: str | None


class DocumentItem(Input):
    """One line of the checklist: a document that was received, on paper or as an uploaded file."""

    kind: Annotated[str, code(codes.APPLICATION_DOCUMENTS), Label("Loại giấy tờ")]
    file_id: Id | None = Field(default=None, description="The uploaded file; null: on paper only")
    is_received: Flag = True
    note: Annotated[str, text(300)] | None = None


class DocumentShown(Output):
    """One line of the checklist."""

    kind: Annotated[str, Label("Loại giấy tờ")] = Field(json_schema_extra=listed(codes.APPLICATION_DOCUMENTS))
    file_id: str | None = Field(json_schema_extra={"format": "uuid"})
    is_received: bool
    note: str | None


class LoanApplicationCreate(Input):
    """File an application. The fund has to operate, and to lend to this kind of borrower in its own area."""

    id: Id | None = None
    fund_id: Id
    loan_product_id: Id | None = None
    borrower_id: Id | None = Field(
        default=None,
        description="Needed, except of a cooperative's own user: left out, it is that organization, entered as a "
        "borrower if it is none yet",
    )
    application_number: Annotated[str, text(50)] | None = None
    submitted_on: PastDay
    requested_amount_vnd: PositiveVnd
    requested_term_months: Months
    project: LoanProjectInput
    documents: Annotated[list[DocumentItem], Field(max_length=50)] = Field(
        default_factory=list, description="Checklist of the documents handed in"
    )
    reason: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> LoanApplicationCreate:
        if self.requested_amount_vnd > self.project.total_cost_vnd:
            words = (
                "Số tiền đề nghị vượt tổng vốn dự án; hãy kiểm tra các số tiền.",
                "More is asked for than the project costs; check the amounts.",
            )
            raise field_error("too_large", *words, at="requested_amount_vnd")
        return self


class CouncilMember(Input):
    """A member of the appraisal council and the vote cast."""

    name: Annotated[str, text(200), Label("Họ và tên")]
    position: Annotated[str, text(200)] | None = None
    vote: Annotated[str, code(codes.VOTES)]


class CouncilMemberShown(Output):
    """A member of the appraisal council and the vote cast."""

    name: Annotated[str, Label("Họ và tên")]
    position: str | None
    vote: str = Field(json_schema_extra=listed(codes.VOTES))


class RequiredSecurity(Input):
    """What has to secure the loan at the least: before the first tranche it has to be registered.

    `least_value_vnd` goes with `security` `required`.
    """

    security: Annotated[str, code(codes.SECURITIES)]
    least_value_vnd: PositiveVnd | None = Field(
        default=None, description="What the collateral has to be worth together; null: no value is laid down"
    )
    note: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> RequiredSecurity:
        if self.least_value_vnd is not None and self.security != "required":
            words = (
                "Chỉ khi cần tài sản bảo đảm mới có giá trị tối thiểu; hãy để trống.",
                "Only where collateral is needed it has a least value; leave it out.",
            )
            raise field_error("not_null", *words, at="least_value_vnd")
        return self


class LoanAppraisalCreate(Input):
    """What the appraisal found and proposes. A second one takes the place of the first, which stays in the history.

    An approved application that has no contract is under appraisal again with it: the approval no longer holds.
    """

    site_visit_on: PastDay | None = None
    council: Annotated[list[CouncilMember], Field(max_length=30)] = Field(default_factory=list)
    minutes_number: Annotated[str, text(100)] | None = None
    minutes_on: PastDay | None = None
    proposed_amount_vnd: PositiveVnd
    proposed_term_months: Months
    proposed_annual_rate_percent: Percent
    proposed_terms: ScheduleTerms | None = Field(
        default=None,
        description="How it is to be repaid, no longer than the term; the product's if left out, else month by month",
    )
    required_security: RequiredSecurity | None = Field(default=None, description="The product's if left out")
    findings: Annotated[str, text(4000)] | None = None
    file_ids: Annotated[list[Id], Field(max_length=20)] = Field(default_factory=list)


class LoanAppraisal(Output):
    """What the appraisal found and proposes."""

    site_visit_on: date | None
    council: list[CouncilMemberShown]
    minutes_number: str | None
    minutes_on: date | None
    proposed_amount_vnd: int = Field(json_schema_extra={"format": "int64"})
    proposed_term_months: int
    proposed_annual_rate_percent: str
    proposed_terms: ScheduleTerms | None = Field(description="null: of an appraisal from before terms were kept")
    required_security: RequiredSecurity | None = Field(description="null: of an appraisal from before it was kept")
    findings: str | None
    file_ids: list[str]
    recorded_by: str
    recorded_by_name: SubjectName
    recorded_at: datetime


Acknowledged = Annotated[str, code(codes.APPROVAL_WARNINGS), Label("Điều đã lưu ý")]


class LoanApprovalCreate(Input):
    """The decision to lend. What is left out is as proposed; the amount may be lower, never higher.

    The contract then follows it: rate and method as approved, term and graces no longer, security no less. Without
    `term_months` the term is that of `approved_terms`, where these are given.
    """

    decision_number: Annotated[str, text(100)]
    decided_on: PastDay
    approved_amount_vnd: PositiveVnd | None = None
    term_months: Months | None = None
    annual_rate_percent: Percent | None = None
    approved_terms: ScheduleTerms | None = Field(
        default=None, description="How it is to be repaid; as proposed if left out, within the approved term"
    )
    required_security: RequiredSecurity | None = Field(
        default=None, description="As proposed if left out; where the product requires collateral, never less"
    )
    acknowledged: Annotated[list[Acknowledged], Field(max_length=20)] = Field(
        default_factory=list, description="Warnings that the approver has seen, by code"
    )
    authority: Annotated[str, code(codes.AUTHORITIES)] | None = Field(
        default=None, description="Who decides; the lowest that may, if left out"
    )
    signed_by: Annotated[str, text(200)] | None = None
    note: Annotated[str, text(1000)] | None = None


class LoanApproval(Output):
    """The decision to lend, with every limit that was checked and its numbers on that day."""

    decision_number: str
    decided_on: date
    approved_amount_vnd: int = Field(json_schema_extra={"format": "int64"})
    term_months: int
    annual_rate_percent: str
    approved_terms: ScheduleTerms | None = Field(
        description="What the contract has to follow; null: approved before terms were kept, and free in them"
    )
    required_security: RequiredSecurity | None = Field(description="null: approved before it was kept")
    acknowledged: list[str] = Field(description="Warnings that there were, each acknowledged by the approver")
    authority: str | None = Field(json_schema_extra=listed(codes.AUTHORITIES))
    signed_by: str | None
    note: str | None
    limits: list[LimitCheck] = Field(
        description="A cooperative's own user is not shown what counts others' loans: related borrowers, the fund's balance"
    )
    recorded_by: str
    recorded_by_name: SubjectName
    recorded_at: datetime


class LoanRejectionCreate(Input):
    """Why the loan is refused; the borrower gets it in writing."""

    reason: Annotated[str, text(1000)]
    decided_on: PastDay
    decision_number: Annotated[str, text(100)] | None = None


class LoanRejection(Output):
    """Why the loan was refused."""

    reason: str
    decided_on: date
    decision_number: str | None
    recorded_by: str
    recorded_by_name: SubjectName
    recorded_at: datetime


class LoanWithdrawalCreate(Input):
    """The borrower takes the application back."""

    reason: Annotated[str, text(1000)] | None = None
    withdrawn_on: PastDay


class LoanWithdrawal(Output):
    """The application was taken back by the borrower."""

    reason: str | None
    withdrawn_on: date
    recorded_by: str
    recorded_by_name: SubjectName
    recorded_at: datetime


class AllowedAction(Output):
    """A step that may, or may not, follow."""

    action: Annotated[str, Label("Việc có thể làm")] = Field(description="The step")
    allowed: bool
    problem: str | None = Field(description="The problem that stands in the way, as its `type`")


class LoanApplication(Recorded):
    """A request for a loan with its project, and what became of it."""

    fund_id: str = Field(json_schema_extra={"format": "uuid"})
    fund: Annotated[FundName, EMBEDDED]
    loan_product_id: str | None = Field(json_schema_extra={"format": "uuid"})
    loan_product: Annotated[LoanProductName | None, EMBEDDED]
    borrower_id: str = Field(json_schema_extra={"format": "uuid"})
    borrower_name: str
    organization_id: str | None = Field(json_schema_extra={"format": "uuid"})
    organization: NamedOrganization
    application_number: str | None
    state: Annotated[str, Label("Trạng thái hồ sơ")] = Field(json_schema_extra=listed(codes.APPLICATION_STATES))
    submitted_on: date
    requested_amount_vnd: int = Field(json_schema_extra={"format": "int64"})
    requested_term_months: int
    project: LoanProject
    province_2008: str
    province_2025: str
    documents: list[DocumentShown]
    appraisal: LoanAppraisal | None
    approval: LoanApproval | None
    rejection: LoanRejection | None
    withdrawal: LoanWithdrawal | None
    approved_on: date | None
    approved_amount_vnd: int | None = Field(json_schema_extra={"format": "int64"})
    approved_term_months: int | None
    approved_annual_rate_percent: str | None
    commitment_ended_on: date | None
    allowed_actions: list[AllowedAction]
    alliance: str


def step(body: Input, **added: Any) -> dict[str, Any]:
    """Return a step as it is kept: what was sent, with what is added to it."""
    return {**body.model_dump(mode="json"), **added}
