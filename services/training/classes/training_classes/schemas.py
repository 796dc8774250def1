"""What a caller sends and gets for classes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.records.evidence import EvidenceRow
from kernel.values.days import Day, PastDay
from kernel.values.field_errors import field_error
from kernel.values.geography import is_alliance
from kernel.values.ids import Id
from kernel.web.field_types import (
    UUID,
    VND,
    AllianceId,
    CommuneCode,
    CommuneMapNeeded,
    FileIds,
    Reason,
    check_place,
    in_order,
)
from kernel.web.schemas import Flag, Input, Output, Recorded, SubjectName, code, listed, text
from kernel.web.source_amounts import Amounts, SourceAmount, once_each
from services.training import code_lists as codes
from services.training.field_types import AllowedAction
from services.training.names import NamedClass, NamedProgram

PositiveInt = Annotated[int, Field(strict=True, ge=1, le=100_000)]


class ClassPartner(Input):
    """Who holds the class together with the one that leads."""

    kind: Annotated[str, code(codes.PARTNER_KINDS), Label("Loại đơn vị phối hợp")]
    name: Annotated[str, text(300)]
    alliance: AllianceId | None = Field(
        default=None, description="Of a partner that is an alliance, for instance 25-2025"
    )


class ClassLecturer(Input):
    """Who teaches."""

    name: Annotated[str, text(200), Label("Họ và tên")]
    workplace: Annotated[str, text(300)] | None = None
    is_official: Flag | None = Field(default=None, description="An official: paid by other rules than an expert")


class TrainingClassCreate(Input):
    """Plan a class, or enter one that was held (`is_held`).

    A joint class names the alliance that leads it, is entered as counting by that one alone, and so counts once in the
    nation.
    """

    id: Id | None = None
    program_id: Id | None = None
    plan_line: Annotated[str, text(300)] | None = None
    class_number: Annotated[str, text(60)] | None = Field(
        default=None, description="Number or code for people, unique in the alliance"
    )
    name: Annotated[str, text(300)]
    kind: Annotated[str, code(codes.CLASS_KINDS), Label("Loại lớp")]
    topic: Annotated[str, code(codes.TOPICS)]
    attribution: Annotated[str, code(codes.ATTRIBUTIONS)]
    lead_alliance: AllianceId | None = Field(
        default=None, description="Needed for a joint class; else the alliance that owns the record"
    )
    partners: Annotated[list[ClassPartner], Field(max_length=20)] = []
    decision_number: Annotated[str, text(100)] | None = None
    decided_on: Day | None = None
    budget: Amounts = []
    actual_cost: Amounts = []
    commune_code: CommuneCode
    commune_map: CommuneMapNeeded = None
    venue: Annotated[str, text(300)] | None = None
    starts_on: Day
    ends_on: Day
    lecturers: Annotated[list[ClassLecturer], Field(max_length=50)] = []
    capacity: PositiveInt | None = None
    expected_audience: Annotated[list[Annotated[str, code(codes.AUDIENCES)]], Field(max_length=9)] = Field(
        default=[], description="The main audience first: a class is grouped by it"
    )
    expected_attendances: PositiveInt | None = None
    gives_certificate: Flag = False
    is_held: Flag = Field(default=False, description="It took place already and is entered afterwards, as held")
    note: Annotated[str, text(1000)] | None = None
    file_ids: FileIds = []
    reason: Reason | None = None

    @model_validator(mode="after")
    def _agrees(self) -> TrainingClassCreate:
        if (on := check_place(self.commune_code, self.commune_map)) is not None:
            self.commune_map = on
        in_order(self.starts_on, self.ends_on, "ends_on")
        once_each(self.budget, "budget")
        once_each(self.actual_cost, "actual_cost")
        if len(set(self.expected_audience)) < len(self.expected_audience):
            raise field_error(
                "given_twice", "Mỗi đối tượng chỉ ghi một lần.", "Give each audience once.", at="expected_audience"
            )
        if self.attribution == "joint":
            self._check_joint()
        elif self.partners and self.attribution == "alliance_led":
            words = (
                "Có đơn vị phối hợp thì hình thức là phối hợp tổ chức; hãy chọn hình thức đó.",
                "A class with partners is held jointly; choose that.",
            )
            raise field_error("not_allowed", *words, at="attribution")
        for name in (self.lead_alliance, *(partner.alliance for partner in self.partners)):
            if name is not None and not is_alliance(name):
                words = (
                    "Không có Liên minh này; hãy chọn trong danh mục.",
                    "There is no such alliance; choose one of the list.",
                )
                raise field_error(
                    "unknown_alliance", *words, at="lead_alliance" if name == self.lead_alliance else "partners"
                )
        return self

    def _check_joint(self) -> None:
        if self.lead_alliance is None:
            words = (
                "Lớp phối hợp cần có Liên minh chủ trì; hãy ghi.",
                "A joint class names the alliance that leads it; give it.",
            )
            raise field_error("required", *words, at="lead_alliance")
        if not self.partners:
            words = ("Lớp phối hợp cần có đơn vị phối hợp; hãy ghi.", "A joint class names its partners; give them.")
            raise field_error("required", *words, at="partners")
        if any(partner.alliance == self.lead_alliance for partner in self.partners):
            words = (
                "Liên minh chủ trì không đồng thời là đơn vị phối hợp.",
                "The one that leads is no partner as well.",
            )
            raise field_error("not_allowed", *words, at="partners")


class ClassCancellationCreate(Input):
    """Cancel the class."""

    reason: Annotated[str, text(1000)]
    cancelled_on: PastDay


class ClassCancellation(Output):
    """Why a class was cancelled."""

    reason: str
    cancelled_on: date
    recorded_by: str
    recorded_by_name: SubjectName
    recorded_at: datetime


class ClassStepCreate(Input):
    """A step in the life of a class that needs no more than being taken."""

    reason: Reason | None = None


class ClassReportCreate(Input):
    """Report a class that was held: what it cost and what came of it."""

    report_number: Annotated[str, text(100)] | None = None
    reported_on: PastDay
    actual_cost: Amounts | None = Field(default=None, description="Left out: as it was entered before")
    results: Annotated[str, text(2000)] | None = None
    file_ids: FileIds = []

    @model_validator(mode="after")
    def _agrees(self) -> ClassReportCreate:
        once_each(self.actual_cost or [], "actual_cost")
        return self


class ClassReport(Output):
    """The report of a class."""

    report_number: str | None
    reported_on: date
    results: str | None
    file_ids: list[str]
    recorded_by: str
    recorded_by_name: SubjectName
    recorded_at: datetime


class TrainingClass(Recorded, EvidenceRow):
    """A class, from its plan to its report."""

    program_id: str | None = Field(json_schema_extra=UUID)
    program: NamedProgram
    plan_line: str | None
    class_number: str | None
    name: str
    kind: Annotated[str, Label("Loại lớp")] = Field(json_schema_extra=listed(codes.CLASS_KINDS))
    topic: str = Field(json_schema_extra=listed(codes.TOPICS))
    attribution: str = Field(json_schema_extra=listed(codes.ATTRIBUTIONS))
    lead_alliance: str
    partners: list[ClassPartner]
    is_counted: bool
    decision_number: str | None
    decided_on: date | None
    budget: list[SourceAmount]
    actual_cost: list[SourceAmount]
    commune_code: str
    commune_map: str = Field(json_schema_extra=listed(codes.COMMUNE_MAPS))
    province_2008: str
    province_2025: str
    venue: str | None
    starts_on: date
    ends_on: date
    counted_on: date
    session_minutes: int
    lecturers: list[ClassLecturer]
    capacity: int | None
    expected_audience: list[str]
    expected_attendances: int | None
    reported_attendance_count: int | None
    reported_list_file_id: str | None = Field(json_schema_extra=UUID)
    gives_certificate: bool
    state: Annotated[str, Label("Trạng thái lớp")] = Field(json_schema_extra=listed(codes.CLASS_STATES))
    cancellation: ClassCancellation | None
    report: ClassReport | None
    note: str | None
    file_ids: list[str]
    allowed_actions: list[AllowedAction]
    alliance: str


class ClassSummary(Output):
    """The numbers of one class, each kept apart: places, lượt, persons, organizations, hours."""

    class_id: str = Field(json_schema_extra=UUID)
    training_class: NamedClass
    capacity: int | None
    invitations: int
    registrations: Annotated[int, Label("Số người đăng ký")]
    seats_left: int | None
    sessions: int
    training_hours: float
    attendances: int
    reported_attendances: int
    walk_ins: int
    distinct_trainees: int
    organizations_reached: int
    certificates: int
    allowances_vnd: int = Field(json_schema_extra=VND)


class OpenClass(Output):
    """A class that takes registrations, as a cooperative sees it."""

    id: str = Field(json_schema_extra=UUID)
    version: int
    name: str
    kind: Annotated[str, Label("Loại lớp")] = Field(json_schema_extra=listed(codes.CLASS_KINDS))
    topic: str = Field(json_schema_extra=listed(codes.TOPICS))
    commune_code: str
    commune_map: str
    venue: str | None
    starts_on: date
    ends_on: date
    expected_audience: list[str]
    gives_certificate: bool
    capacity: int | None
    seats_left: int | None
    alliance: str
