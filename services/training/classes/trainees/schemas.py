"""What a caller sends and gets for trainees. Names and numbers go in; what comes out is masked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.records.evidence import EvidenceRow
from kernel.records.organization_names import NamedOrganization
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.web.field_types import UUID, IdNumber, Phone, Reason
from kernel.web.schemas import Flag, Input, Output, Recorded, code, listed, text
from services.training import code_lists as codes

BirthYear = Annotated[int, Field(strict=True, ge=1900, le=2100)]


class TraineeSensitive(Input):
    """Sensitive attributes: kept apart, only ever counted, never shown again (Law 91/2025/QH15)."""

    ethnic_group: Annotated[str, text(60)] | None = None
    has_disability: Flag | None = None
    is_poor_household: Flag | None = None


class TraineeNamed(Input):
    """A person, described so that it is found again: by identity number, else by name, birth year and organization."""

    name: Annotated[str, text(200), Label("Họ và tên")]
    birth_year: BirthYear | None = None
    sex: Annotated[str, code(codes.SEXES)] | None = None
    organization_id: Id | None = None
    organization_name: Annotated[str, text(300)] | None = None
    position: Annotated[str, text(100)] | None = None
    audience: Annotated[str, code(codes.AUDIENCES)] = "other"
    phone: Phone | None = Field(default=None, description="Kept sealed; answers show its last four digits")
    id_number: IdNumber | None = Field(
        default=None, description="Identity number, 9 or 12 digits; optional, kept sealed, shown by its last four"
    )
    sensitive: TraineeSensitive | None = Field(
        default=None,
        description="Only ever counted. Kept of a person who is new; of one who is known a PATCH changes it",
    )


class Person(Input):
    """Whom an entry is about: a known trainee, or one described so that it is found again or entered.

    Either `trainee_id` or `trainee`.
    """

    trainee_id: Id | None = None
    trainee: TraineeNamed | None = Field(default=None, description="Instead of `trainee_id`")

    @model_validator(mode="after")
    def _named(self) -> Person:
        if (self.trainee_id is None) == (self.trainee is None):
            words = (
                "Hãy chọn học viên đã có hoặc ghi học viên mới, một trong hai.",
                "Choose a known trainee or describe a new one, one of the two.",
            )
            raise field_error("required", *words, at="trainee_id")
        return self


class TraineeCreate(TraineeNamed):
    """Enter a person; one who is known already is found again, and the answer is that record (200)."""

    id: Id | None = None
    reason: Reason | None = None


class Trainee(Recorded, EvidenceRow):
    """One person once. Name and numbers are not shown; `redacted` names these fields, personal-data has them whole."""

    name: Annotated[None, Label("Họ và tên")] = Field(
        description="Always null here: see `name_masked`, and personal-data for the whole"
    )
    name_masked: str | None
    birth_year: int | None
    sex: str | None = Field(json_schema_extra=listed(codes.SEXES))
    organization_id: str | None = Field(json_schema_extra=UUID)
    organization: NamedOrganization
    organization_name: str | None
    position: str | None
    audience: str = Field(json_schema_extra=listed(codes.AUDIENCES))
    phone: None = Field(description="Always null here: see `phone_last4`, and personal-data for the whole")
    phone_last4: str | None
    id_number: None = Field(description="Always null here: see `id_number_last4`, and personal-data for the whole")
    id_number_last4: str | None
    redacted: list[str] = Field(description="Fields that hold something which is not shown here")
    state: Annotated[str, Label("Xác nhận của cán bộ")] = Field(
        json_schema_extra=listed(codes.TRAINEE_STATES),
        description="unconfirmed: entered by an organization's own user; an officer has not looked yet whether it is known",
    )
    erased_on: date | None
    alliance: str


class TraineePersonalData(Output):
    """Name and numbers of a person in full. That they were read is recorded, with the purpose."""

    trainee_id: str = Field(json_schema_extra=UUID)
    name: Annotated[str | None, Label("Họ và tên")]
    phone: str | None = Field(description="As it was entered")
    id_number: str | None = Field(description="Identity number as it was entered")
    purpose: str
    read_at: datetime = Field(description="When it was read, as recorded")
