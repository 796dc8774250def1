"""What a caller sends and gets for new schedules and early recalls."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.records.confirmations import Confirmable
from kernel.values.days import Day, PastDay
from kernel.values.ids import Id
from kernel.values.money import Percent
from kernel.web.field_types import VndShown
from kernel.web.schemas import Input, Output, SubjectName, code, listed, text
from services.funds import code_lists as codes
from services.funds.lending.schedule_terms import ScheduleTerms
from services.funds.servicing.loans.repayment_record import RepaymentMoved
from services.funds.servicing.loans.schemas import OfLoan

_PROPOSED = {each: codes.RESCHEDULING_KINDS[each] for each in ("installment_adjustment", "extension")}


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


class Rescheduling(OfLoan, Confirmable):
    """A new schedule: proposed by one person, in force once another approved it. The old one is kept."""

    kind: Annotated[str, Label("Hình thức cơ cấu lại")] = Field(json_schema_extra=listed(codes.RESCHEDULING_KINDS))
    effective_on: date
    state: Annotated[str, Label("Trạng thái đề nghị")] = Field(json_schema_extra=listed(codes.PROPOSAL_STATES))
    annual_rate_percent: str | None
    terms: ScheduleTerms | None
    dues: list[ReschedulingDue] = Field(
        description="As proposed; computed anew from what is outstanding when it is approved. Of a recall the last is its own"
    )
    request_reason: str
    decision_number: str | None
    decided_on: date | None
    decided_by: str | None
    decided_by_name: SubjectName
    rejection_reason: str | None
    reversed_at: datetime | None
    reversed_by: str | None
    reversed_by_name: SubjectName
    reversal_reason: str | None


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


class EarlyRecallCreate(Input):
    """Ask for all of it before its time, as after misuse."""

    effective_on: PastDay
    due_on: Day = Field(description="Day by which all of it is to be paid")
    decision_number: Annotated[str, text(100)]
    decided_on: PastDay
    reason: Annotated[str, text(1000)]
