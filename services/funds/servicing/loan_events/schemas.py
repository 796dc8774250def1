"""What a caller sends and gets for what happens to a loan beside money paid out and in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.values.days import Day, PastDay
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import Percent, Vnd
from kernel.web.schemas import Flag, Input, Output, Recorded, code, text
from services.funds import code_lists as codes
from services.funds.field_types import VndShown
from services.funds.lending.schedule_terms import ScheduleTerms
from services.funds.servicing.repayments.schemas import RepaymentMoved

_PROPOSED = {each: codes.RESCHEDULING_KINDS[each] for each in ("installment_adjustment", "extension")}

FileIds = Annotated[list[Id], Field(max_length=20)]


class OfLoan(Recorded):
    """Fields of everything that happened to a loan."""

    fund_id: str = Field(json_schema_extra={"format": "uuid"})
    loan_id: str = Field(json_schema_extra={"format": "uuid"})
    alliance: str


class ReschedulingCreate(Input):
    """Propose a new schedule for what is outstanding (Decree 45/2021/NĐ-CP, Art. 27); another person approves it."""

    id: Id | None = None
    kind: Annotated[str, code(_PROPOSED), Label("Hình thức cơ cấu lại")] = Field(
        description="installment_adjustment: the term stays; extension: beyond it"
    )
    effective_on: PastDay = Field(description="Day from which the new schedule holds")
    terms: ScheduleTerms
    annual_rate_percent: Percent | None = Field(
        default=None, description="The rate from then on; as before if left out"
    )
    request_reason: Annotated[str, text(1000)]


class ReschedulingDue(Output):
    """An installment of a proposed or agreed schedule."""

    number: Annotated[int, Label("Kỳ thứ")]
    due_on: date
    principal_vnd: VndShown


class Rescheduling(OfLoan):
    """A new schedule: proposed by one person, in force once another approved it. The old one is kept."""

    kind: Annotated[str, Label("Hình thức cơ cấu lại")] = Field(
        json_schema_extra={"x-extensible-enum": list(codes.RESCHEDULING_KINDS)}
    )
    effective_on: date
    state: Annotated[str, Label("Trạng thái đề nghị")] = Field(
        json_schema_extra={"x-extensible-enum": list(codes.PROPOSAL_STATES)}
    )
    annual_rate_percent: str | None
    terms: ScheduleTerms | None
    dues: list[ReschedulingDue] = Field(
        description="As proposed; computed anew from what is outstanding when it is approved"
    )
    request_reason: str
    decision_number: str | None
    decided_on: date | None
    decided_by: str | None
    rejection_reason: str | None


class ReschedulingDecided(Rescheduling):
    """A new schedule that was approved, and the later repayments that it split anew."""

    moved: list[RepaymentMoved]
    loan_outstanding_vnd: VndShown
    loan_state: str


class ReschedulingApproval(Input):
    """The decision for a new schedule."""

    decision_number: Annotated[str, text(100)]
    decided_on: PastDay


class ReschedulingRejection(Input):
    """The decision against a new schedule."""

    reason: Annotated[str, text(1000)]
    decision_number: Annotated[str, text(100)] | None = None
    decided_on: PastDay


class InterestReductionCreate(Input):
    """Give up interest that is owed on a day. For inability to pay it counts for the debt group (group 3 at best)."""

    id: Id | None = None
    kind: Annotated[str, code(codes.REDUCTION_KINDS), Label("Hình thức miễn, giảm lãi")]
    effective_on: PastDay
    interest_vnd: Vnd = 0
    overdue_interest_vnd: Vnd = 0
    for_inability: Flag = Field(default=True, description="Because the borrower cannot pay it in full")
    decision_number: Annotated[str, text(100)]
    decided_on: PastDay
    note: Annotated[str, text(1000)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> InterestReductionCreate:
        if not self.interest_vnd and not self.overdue_interest_vnd:
            raise field_error("too_small", "Hãy ghi số tiền được giảm.", "Say how much is given up.", at="interest_vnd")
        return self


class InterestReduction(OfLoan):
    """Interest that the fund gave up."""

    kind: Annotated[str, Label("Hình thức miễn, giảm lãi")] = Field(
        json_schema_extra={"x-extensible-enum": list(codes.REDUCTION_KINDS)}
    )
    effective_on: date
    interest_vnd: VndShown
    overdue_interest_vnd: VndShown
    for_inability: bool
    decision_number: str
    decided_on: date
    note: str | None
    reversed_at: datetime | None
    reversed_by: str | None
    reversal_reason: str | None


class WriteOffCreate(Input):
    """A step of giving a loan up (Decree 45/2021/NĐ-CP, Art. 28).

    risk_handled: provisions are used, all principal leaves the balance, interest stops. derecognized: five years later
    at the earliest. recovery: money that came in afterwards.
    """

    id: Id | None = None
    kind: Annotated[str, code(codes.WRITE_OFF_KINDS), Label("Bước xử lý rủi ro")]
    effective_on: PastDay
    amount_vnd: Vnd | None = Field(default=None, description="Of a recovery; the others take what is outstanding")
    decision_number: Annotated[str, text(100)]
    decided_on: PastDay
    note: Annotated[str, text(1000)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> WriteOffCreate:
        if self.kind == "recovery" and not self.amount_vnd:
            raise field_error("required", "Hãy ghi số tiền thu hồi.", "Say how much came in.", at="amount_vnd")
        if self.kind != "recovery" and self.amount_vnd is not None:
            words = (
                "Bước này lấy toàn bộ dư nợ gốc; hãy để trống số tiền.",
                "This step takes all that is outstanding; leave the amount out.",
            )
            raise field_error("not_allowed", *words, at="amount_vnd")
        return self


class WriteOff(OfLoan):
    """A step of giving a loan up."""

    kind: Annotated[str, Label("Bước xử lý rủi ro")] = Field(
        json_schema_extra={"x-extensible-enum": list(codes.WRITE_OFF_KINDS)}
    )
    effective_on: date
    amount_vnd: VndShown
    decision_number: str
    decided_on: date
    note: str | None


class UseCheckCreate(Input):
    """A check of how the money is used: planned for a day, and done with its finding."""

    id: Id | None = None
    due_on: Day
    checked_on: PastDay | None = None
    finding: Annotated[str, code(codes.USE_FINDINGS)] | None = None
    note: Annotated[str, text(2000)] | None = None
    minutes_number: Annotated[str, text(100)] | None = None
    checked_by: Annotated[str, text(200)] | None = None
    file_ids: FileIds = Field(default_factory=list)
    reason: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> UseCheckCreate:
        if (self.checked_on is None) != (self.finding is None):
            words = ("Hãy ghi cả ngày kiểm tra và kết quả.", "Give both the day and the finding.")
            raise field_error("required", *words, at="finding" if self.finding is None else "checked_on")
        return self


class UseCheck(OfLoan):
    """A check of how the money is used."""

    due_on: date
    checked_on: date | None
    finding: str | None = Field(json_schema_extra={"x-extensible-enum": list(codes.USE_FINDINGS)})
    note: str | None
    minutes_number: str | None
    checked_by: str | None
    file_ids: list[str]


class CollectionActionCreate(Input):
    """What was done to get money back."""

    id: Id | None = None
    kind: Annotated[str, code(codes.COLLECTION_KINDS), Label("Biện pháp thu nợ")]
    done_on: PastDay
    document_number: Annotated[str, text(100)] | None = None
    promise: Annotated[str, text(1000)] | None = None
    promised_on: Day | None = None
    amount_vnd: Annotated[Vnd | None, Label("Số tiền đòi")] = None
    note: Annotated[str, text(2000)] | None = None
    file_ids: FileIds = Field(default_factory=list)
    reason: Annotated[str, text(500)] | None = None


class CollectionAction(OfLoan):
    """What was done to get money back."""

    kind: Annotated[str, Label("Biện pháp thu nợ")] = Field(
        json_schema_extra={"x-extensible-enum": list(codes.COLLECTION_KINDS)}
    )
    done_on: date
    document_number: str | None
    promise: str | None
    promised_on: date | None
    amount_vnd: Annotated[int | None, Label("Số tiền đòi")] = Field(json_schema_extra={"format": "int64"})
    note: str | None
    file_ids: list[str]


class BalanceStatementCreate(Input):
    """What the lender who keeps the books says is outstanding on a day; it stays out of our ledger."""

    id: Id | None = None
    as_of: PastDay
    outstanding_vnd: Vnd
    overdue_principal_vnd: Vnd = 0
    overdue_since: PastDay | None = None
    interest_collected_vnd: Vnd | None = None
    document_number: Annotated[str, text(100)] | None = None
    note: Annotated[str, text(1000)] | None = None
    file_ids: FileIds = Field(default_factory=list)
    reason: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> BalanceStatementCreate:
        if self.overdue_principal_vnd > self.outstanding_vnd:
            words = (
                "Gốc quá hạn lớn hơn dư nợ gốc; hãy kiểm tra các số tiền.",
                "More is overdue than is outstanding; check the amounts.",
            )
            raise field_error("too_large", *words, at="overdue_principal_vnd")
        if (self.overdue_since is None) != (not self.overdue_principal_vnd):
            words = (
                "Hãy ghi cả gốc quá hạn và ngày bắt đầu quá hạn.",
                "Give both what is overdue and since which day.",
            )
            raise field_error("required", *words, at="overdue_since")
        return self


class BalanceStatement(OfLoan):
    """What the lender who keeps the books says is outstanding on a day."""

    as_of: date
    outstanding_vnd: VndShown
    overdue_principal_vnd: VndShown
    overdue_since: date | None
    interest_collected_vnd: int | None = Field(json_schema_extra={"format": "int64"})
    document_number: str | None
    note: str | None
    file_ids: list[str]
