"""What a caller sends and gets for trade events."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.records.embedding import EMBEDDED
from kernel.storage.pictures import PhotoFileIds
from kernel.values.days import Day, PastDay
from kernel.values.ids import Id
from kernel.values.money import Vnd
from kernel.web.field_types import UUID, VND, CommuneCode, CommuneMapNeeded, FileIds, Reason, check_place, in_order
from kernel.web.schemas import Flag, Input, Output, Recorded, SubjectName, code, listed, text
from kernel.web.source_amounts import Amounts, SourceAmount, once_each
from services.training import code_lists as codes
from services.training.code_lists import ATTRIBUTIONS, COMMUNE_MAPS
from services.training.field_types import AllowedAction
from services.training.names import NamedProgram, TradeEventName


class TradeEventCreate(Input):
    """Enter a fair, product week, matching conference or online event. It counts on its first day.

    The commune is where it is held, anywhere in the country; an online event needs none.
    """

    id: Id | None = None
    program_id: Id | None = None
    name: Annotated[str, text(300)]
    kind: Annotated[str, code(codes.TRADE_EVENT_KINDS), Label("Loại sự kiện")]
    organizer_kind: Annotated[str, code(codes.ORGANIZER_KINDS)]
    organizer_name: Annotated[str, text(300)]
    attribution: Annotated[str, code(ATTRIBUTIONS)] = Field(
        description="alliance_led: held by the alliance; joint: held with others; supported: the alliance helped its "
        "cooperatives to take part"
    )
    commune_code: CommuneCode | None = None
    commune_map: CommuneMapNeeded = None
    venue: Annotated[str, text(300)] | None = None
    starts_on: Day
    ends_on: Day
    decision_number: Annotated[str, text(100)] | None = None
    decided_on: Day | None = None
    support_per_cooperative_vnd: Vnd | None = None
    budget: Amounts = []
    actual_cost: Amounts = []
    is_held: Flag = Field(default=False, description="It took place already and is entered afterwards, as held")
    note: Annotated[str, text(1000)] | None = None
    file_ids: FileIds = []
    photo_file_ids: PhotoFileIds = []
    alliance: Annotated[str, text(10)] | None = Field(
        default=None, description="Whose record it is; the caller's own if left out. VN: one of the nation, for all"
    )
    reason: Reason | None = None

    @model_validator(mode="after")
    def _agrees(self) -> TradeEventCreate:
        if (on := check_place(self.commune_code, self.commune_map)) is not None:
            self.commune_map = on
        in_order(self.starts_on, self.ends_on, "ends_on")
        once_each(self.budget, "budget")
        once_each(self.actual_cost, "actual_cost")
        return self


class TradeEventStepCreate(Input):
    """A step in the life of an event that needs no more than being taken."""

    reason: Reason | None = None


class TradeEventCancellationCreate(Input):
    """Cancel the event."""

    reason: Annotated[str, text(1000)]
    cancelled_on: PastDay


class TradeEventCancellation(Output):
    """Why an event was cancelled."""

    reason: str
    cancelled_on: date
    recorded_by: str
    recorded_by_name: SubjectName
    recorded_at: datetime


class TradeEventReportCreate(Input):
    """Report an event that was held: what it cost and what came of it."""

    report_number: Annotated[str, text(100)] | None = None
    reported_on: PastDay
    actual_cost: Amounts | None = Field(default=None, description="Left out: as it was entered before")
    visitors: Annotated[int, Field(strict=True, ge=0, le=10_000_000)] | None = None
    results: Annotated[str, text(2000)] | None = None
    file_ids: FileIds = []

    @model_validator(mode="after")
    def _agrees(self) -> TradeEventReportCreate:
        once_each(self.actual_cost or [], "actual_cost")
        return self


class TradeEventReport(Output):
    """The report of an event."""

    report_number: str | None
    reported_on: date
    visitors: int | None
    results: str | None
    file_ids: list[str]
    recorded_by: str
    recorded_by_name: SubjectName
    recorded_at: datetime


class TradeEvent(Recorded):
    """A trade event, from its plan to its report."""

    program_id: str | None = Field(json_schema_extra=UUID)
    program: NamedProgram
    name: str
    kind: Annotated[str, Label("Loại sự kiện")] = Field(json_schema_extra=listed(codes.TRADE_EVENT_KINDS))
    organizer_kind: str = Field(json_schema_extra=listed(codes.ORGANIZER_KINDS))
    organizer_name: str
    attribution: str = Field(json_schema_extra=listed(ATTRIBUTIONS))
    commune_code: str | None
    commune_map: str | None = Field(json_schema_extra=listed(COMMUNE_MAPS))
    province_2008: str | None
    province_2025: str | None
    venue: str | None
    starts_on: date
    ends_on: date
    decision_number: str | None
    decided_on: date | None
    support_per_cooperative_vnd: int | None = Field(json_schema_extra=VND)
    budget: list[SourceAmount]
    actual_cost: list[SourceAmount]
    state: Annotated[str, Label("Trạng thái sự kiện")] = Field(json_schema_extra=listed(codes.TRADE_EVENT_STATES))
    cancellation: TradeEventCancellation | None
    report: TradeEventReport | None
    note: str | None
    file_ids: list[str]
    photo_file_ids: list[str]
    allowed_actions: list[AllowedAction]
    alliance: str = Field(description="VN: an event of the nation, that organizations of every province take part in")


class TradeEventSummary(Output):
    """The numbers of one event, each kept apart."""

    trade_event_id: str = Field(json_schema_extra=UUID)
    trade_event: Annotated[TradeEventName, EMBEDDED]
    participations: int
    cooperative_participations: int
    product_types: int
    support_received_vnd: int = Field(json_schema_extra=VND)
    revenue_vnd: int = Field(json_schema_extra=VND)
    contract_count: int
    contract_value_vnd: int = Field(json_schema_extra=VND)
    memorandum_count: int
    contact_count: int
