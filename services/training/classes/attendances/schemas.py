"""What a caller sends and gets for entries of the attendance list and for check-ins."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.records.batch import LENIENT
from kernel.records.evidence import EvidenceRow
from kernel.records.organization_names import NamedOrganization
from kernel.values.common_lists import BATCH_MODES
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import Vnd
from kernel.web.field_types import UUID, VND, Reason
from kernel.web.schemas import Flag, Input, Page, Recorded, code, listed, text
from services.training import code_lists as codes
from services.training.classes.trainees.schemas import Person
from services.training.field_types import Instant
from services.training.names import NamedClass


class AttendanceCreate(Person):
    """Put a person on the class's attendance list, where the single sessions are not known or do not matter."""

    id: Id | None = None
    class_id: Id
    source: Annotated[str, code(codes.PERSON_SOURCES), Label("Nguồn ghi nhận")] = "roll_call"
    is_walk_in: Flag = Field(default=False, description="Has to be said of someone who is not registered")
    audience: Annotated[str, code(codes.AUDIENCES)] | None = Field(
        default=None, description="In which role this person came; the trainee's own if left out"
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


class Attendance(Recorded, EvidenceRow):
    """One person at one class: one lượt, however many sessions. Or a signed list, which counts for all who signed."""

    class_id: str = Field(json_schema_extra=UUID)
    training_class: NamedClass
    trainee_id: str | None = Field(json_schema_extra=UUID, description="null: a signed list")
    counted: int
    organization_id: str | None = Field(json_schema_extra=UUID)
    organization: NamedOrganization
    organization_name: str | None
    audience: str = Field(json_schema_extra=listed(codes.AUDIENCES))
    is_walk_in: bool
    source: Annotated[str, Label("Nguồn ghi nhận")] = Field(json_schema_extra=listed(codes.ATTENDANCE_SOURCES))
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
        default=None, description="In which role this person came; the trainee's own if left out"
    )
    device: Annotated[str, text(100)] | None = None
    reason: Reason | None = None


class CheckIn(Recorded):
    """That a person was at one session."""

    class_id: str = Field(json_schema_extra=UUID)
    training_class: NamedClass
    class_session_id: str = Field(json_schema_extra=UUID)
    attendance_id: str = Field(json_schema_extra=UUID)
    trainee_id: str = Field(json_schema_extra=UUID)
    source: Annotated[str, Label("Nguồn ghi nhận")] = Field(json_schema_extra=listed(codes.PERSON_SOURCES))
    is_walk_in: bool
    checked_in_at: datetime
    device: str | None
    alliance: str


class AttendanceBatch(Input):
    """Up to 500 entries. `atomic`: all or none; `each`: every item for itself (207)."""

    mode: Annotated[str, code(BATCH_MODES)]
    items: Annotated[list[Annotated[AttendanceCreate, LENIENT]], Field(min_length=1, max_length=500)]


class CheckInBatch(Input):
    """Up to 500 check-ins, as a device kept them while offline. `each`: every item for itself (207)."""

    mode: Annotated[str, code(BATCH_MODES)]
    items: Annotated[list[Annotated[CheckInCreate, LENIENT]], Field(min_length=1, max_length=500)]


class AttendanceOfClassPage(Page[Attendance]):
    """A page of the attendance list of one class."""
