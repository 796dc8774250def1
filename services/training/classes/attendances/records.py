"""What an entry of the attendance list and a check-in look like."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.records.crud import representation
from kernel.records.records import Resource, table_of
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import Vnd
from kernel.web.schemas import Flag, Input, Recorded, code, text
from services.training import code_lists as codes
from services.training import models, rows
from services.training.classes.trainees.schemas import TraineeNamed
from services.training.field_types import UUID, VND, Instant, Reason


class Person(Input):
    """Who was there: a known trainee, or one described so that it is found again or entered."""

    trainee_id: Id | None = None
    trainee: TraineeNamed | None = Field(default=None, description="Instead of trainee_id")

    @model_validator(mode="after")
    def _named(self) -> Person:
        if (self.trainee_id is None) == (self.trainee is None):
            words = (
                "Hãy chọn học viên đã có hoặc ghi học viên mới, một trong hai.",
                "Choose a known trainee or describe a new one, one of the two.",
            )
            raise field_error("required", *words, at="trainee_id")
        return self


class AttendanceCreate(Person):
    """Put a person on the class's attendance list, where the single sessions are not known or do not matter."""

    id: Id | None = None
    class_id: Id
    source: Annotated[str, code(codes.PERSON_SOURCES), Label("Nguồn ghi nhận")] = "roll_call"
    is_walk_in: Flag = Field(default=False, description="Has to be said of someone who is not registered")
    audience: Annotated[str, code(codes.AUDIENCES)] | None = Field(
        default=None, description="As what this person came; the trainee's own if left out"
    )
    allowance_vnd: Vnd | None = None
    note: Annotated[str, text(500)] | None = None
    reason: Reason | None = None


class AttendanceChange(Input):
    """A correction; person and class stay."""

    source: Annotated[Annotated[str, code(codes.PERSON_SOURCES)] | None, Label("Nguồn ghi nhận")] = None
    is_walk_in: Flag | None = None
    audience: Annotated[str, code(codes.AUDIENCES)] | None = None
    allowance_vnd: Vnd | None = None
    note: Annotated[str, text(500)] | None = None
    reason: Annotated[str, text(500)]

    @model_validator(mode="after")
    def _agrees(self) -> AttendanceChange:
        for name in ("source", "is_walk_in", "audience"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise field_error("required", "Không được để trống.", "This may not be empty.", at=name)
        return self


class Attendance(Recorded):
    """One person at one class: one lượt, however many sessions. Or a signed list, which counts for all who signed."""

    class_id: str = Field(json_schema_extra=UUID)
    trainee_id: str | None = Field(json_schema_extra=UUID, description="null: a signed list")
    counted: int
    organization_id: str | None = Field(json_schema_extra=UUID)
    organization_name: str | None
    audience: str = Field(json_schema_extra={"x-extensible-enum": list(codes.AUDIENCES)})
    is_walk_in: bool
    source: Annotated[str, Label("Nguồn ghi nhận")] = Field(
        json_schema_extra={"x-extensible-enum": list(codes.ATTENDANCE_SOURCES)}
    )
    session_ids: list[str]
    first_seen_at: datetime | None
    allowance_vnd: int | None = Field(json_schema_extra=VND)
    file_id: str | None = Field(json_schema_extra=UUID)
    note: str | None
    alliance: str


class CheckInCreate(Person):
    """Say that a person was at one session. A device that was offline sends its own ids: late, twice, in any order."""

    id: Id | None = None
    class_session_id: Id
    source: Annotated[str, code(codes.PERSON_SOURCES), Label("Nguồn ghi nhận")] = "roll_call"
    is_walk_in: Flag = Field(default=False, description="Has to be said of someone who is not registered")
    checked_in_at: Instant | None = Field(default=None, description="Now if left out")
    audience: Annotated[str, code(codes.AUDIENCES)] | None = Field(
        default=None, description="As what this person came; the trainee's own if left out"
    )
    device: Annotated[str, text(100)] | None = None
    reason: Reason | None = None


class CheckIn(Recorded):
    """That a person was at one session."""

    class_id: str = Field(json_schema_extra=UUID)
    class_session_id: str = Field(json_schema_extra=UUID)
    attendance_id: str = Field(json_schema_extra=UUID)
    trainee_id: str = Field(json_schema_extra=UUID)
    source: Annotated[str, Label("Nguồn ghi nhận")] = Field(
        json_schema_extra={"x-extensible-enum": list(codes.PERSON_SOURCES)}
    )
    is_walk_in: bool
    checked_in_at: datetime
    device: str | None
    alliance: str


ATTENDANCE = Resource(
    "attendance",
    table_of(models.Attendance),
    "/v1/training/attendances",
    representation(Attendance, parsed=("session_ids",)),
    own_column="organization_id",
    row=rows.AttendanceRow,
)
CHECK_IN = Resource(
    "check_in",
    table_of(models.CheckIn),
    "/v1/training/check-ins",
    representation(CheckIn),
    own_column="organization_id",
    row=rows.CheckInRow,
)
