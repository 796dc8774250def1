"""What a caller sends and gets for plans."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.values.days import Day, PastDay
from kernel.values.ids import Id
from kernel.web.field_types import FileIds, Reason, in_order
from kernel.web.schemas import Flag, Input, Recorded, code, listed, text
from services.reporting import code_lists as codes
from services.reporting.plans.areas import Area, AreaShown

_KIND, _TITLE, _STATE = Label("Loại kế hoạch"), Label("Tên kế hoạch"), Label("Trạng thái kế hoạch")
_ISSUER, _DOCUMENT_ON = Label("Cơ quan ban hành"), Label("Ngày văn bản")
_VERSION, _SUBMITTED_AT = Label("Lần phê duyệt"), Label("Trình lúc")
_SUBMITTED_BY, _SUBMITTER = Label("Người trình"), Label("Tên người trình")
_WHY = Label("Lý do điều chỉnh")
_ISSUED = "Who issued the document: the Party committee, the people's committee, the alliance"
_INVENTED = "An invented plan, for demonstration"


class PlanCreate(Input):
    """Enter a plan as its document lays it down; its tasks and measures are entered below it.

    It is of a province on either map, or of the nation (VN, by a national caller); left out, of the caller's own.
    """

    id: Id | None = None
    kind: Annotated[str, code(codes.PLAN_KINDS), _KIND]
    title: Annotated[str, text(500), _TITLE]
    document_number: Annotated[str, text(100)] | None = None
    document_on: Annotated[PastDay | None, _DOCUMENT_ON] = Field(default=None, description="Day of the document")
    issuer: Annotated[Annotated[str, text(300)] | None, _ISSUER] = Field(default=None, description=_ISSUED)
    starts_on: Day
    ends_on: Day
    province: Area | None = None
    note: Annotated[str, text(2000)] | None = None
    file_ids: FileIds = []
    is_synthetic: Flag = Field(default=False, description=_INVENTED)
    reason: Reason | None = None

    @model_validator(mode="after")
    def _agrees(self) -> PlanCreate:
        in_order(self.starts_on, self.ends_on, "ends_on")
        return self


class Plan(Recorded):
    """A set of tasks and targets of a province or of the nation, as a document lays them down."""

    kind: Annotated[str, _KIND] = Field(json_schema_extra=listed(codes.PLAN_KINDS))
    title: Annotated[str, _TITLE]
    document_number: str | None
    document_on: Annotated[date | None, _DOCUMENT_ON] = Field(description="Day of the document")
    issuer: Annotated[str | None, _ISSUER] = Field(description=_ISSUED)
    starts_on: date
    ends_on: date
    province: AreaShown
    province_2008: str | None = Field(description="null: of several provinces of that map")
    province_2025: str | None = Field(description="null: of the nation")
    state: Annotated[str, _STATE] = Field(
        json_schema_extra=listed(codes.PLAN_STATES),
        description="Its tasks and measures are edited in a draft or an adjustment",
    )
    version_number: Annotated[int, _VERSION] = Field(description="The newest approved version; 0: none yet")
    submitted_at: Annotated[datetime | None, _SUBMITTED_AT] = Field(description="Since when it waits for approval")
    submitted_by: Annotated[str | None, _SUBMITTED_BY] = Field(description="Subject of the token of who submitted it")
    submitted_by_name: Annotated[str | None, _SUBMITTER] = Field(description="Name in that token")
    adjustment_reason: Annotated[str | None, _WHY] = Field(description="Why it is being adjusted")
    note: str | None
    file_ids: list[str]
    is_synthetic: bool = Field(description=_INVENTED)
    alliance: str


class PlanSubmissionCreate(Input):
    """Say that a plan is ready to be approved."""

    reason: Reason | None = None


class PlanApprovalCreate(Input):
    """Approve a plan by a decision: what it says then is a version that never changes."""

    decision_number: Annotated[str, text(100)]
    decided_on: PastDay
    reason: Reason | None = None


class PlanAdjustmentCancellationCreate(Input):
    """Give up an adjustment: all that was changed for it is as the version in force has it."""

    reason: Reason


class PlanAdjustmentCreate(Input):
    """Open an approved plan to be edited; the version before stays in force until the next approval."""

    reason: Reason
