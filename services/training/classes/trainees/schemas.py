"""What a caller sends and gets for trainees. Names and numbers go in; what comes out is masked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from kernel.problems.field_labels import Label
from kernel.values.ids import Id
from kernel.web.schemas import Flag, Input, Output, Recorded, code, text
from services.training import code_lists as codes
from services.training.field_types import UUID, Reason

IdNumber = Annotated[str, StringConstraints(strict=True, pattern=r"^([0-9]{9}|[0-9]{12})$")]
Phone = Annotated[str, StringConstraints(strict=True, pattern=r"^[+]?[0-9][0-9 .]{5,18}[0-9]$")]
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


class TraineeCreate(TraineeNamed):
    """Enter a person; one who is known already is found again, and the answer is that record (200)."""

    id: Id | None = None
    reason: Reason | None = None


class Trainee(Recorded):
    """One person once. Name and numbers are hidden and named in `redacted`; see personal-data for the whole."""

    name: Annotated[None, Label("Họ và tên")] = Field(
        description="Always null here: see name_masked, and personal-data for the whole"
    )
    name_masked: str | None
    birth_year: int | None
    sex: str | None = Field(json_schema_extra={"x-extensible-enum": list(codes.SEXES)})
    organization_id: str | None = Field(json_schema_extra=UUID)
    organization_name: str | None
    position: str | None
    audience: str = Field(json_schema_extra={"x-extensible-enum": list(codes.AUDIENCES)})
    phone: None = Field(description="Always null here: see phone_last4, and personal-data for the whole")
    phone_last4: str | None
    id_number: None = Field(description="Always null here: see id_number_last4, and personal-data for the whole")
    id_number_last4: str | None
    redacted: list[str] = Field(description="Fields that hold something which is not shown here")
    state: Annotated[str, Label("Xác nhận của cán bộ")] = Field(
        json_schema_extra={"x-extensible-enum": list(codes.TRAINEE_STATES)},
        description="unconfirmed: entered by an organization's own user; an officer has not looked yet whether it is known",
    )
    erased_on: date | None
    alliance: str


class LikelyMatch(Output):
    """A trainee who may be the same person, and what speaks for it."""

    trainee_id: str = Field(json_schema_extra=UUID)
    same: str = Field(json_schema_extra={"x-extensible-enum": list(codes.LIKENESSES)}, description="What is the same")
    name_masked: str | None
    organization_id: str | None = Field(json_schema_extra=UUID)
    organization_name: str | None


class UnconfirmedTrainee(Trainee):
    """A person whom an organization's own user entered, with who it may be; an officer says so by a confirmation."""

    likely_matches: list[LikelyMatch] = Field(description="At most five; those with the same identity number first")


class TraineeConfirmation(Input):
    """Say who an unconfirmed person is: one of its own, or the trainee that it is joined to."""

    joined_to: Id | None = Field(
        default=None, description="The trainee that this is; left out: a person who was not known"
    )
    reason: Reason | None = None


class TraineePersonalData(Output):
    """Name and numbers of a person in full. That they were read is recorded, with the purpose."""

    trainee_id: str = Field(json_schema_extra=UUID)
    name: Annotated[str | None, Label("Họ và tên")]
    phone: str | None = Field(description="As it was entered")
    id_number: str | None = Field(description="Identity number as it was entered")
    purpose: str
    read_at: datetime = Field(description="When it was read, as recorded")


class SensitiveCount(Output):
    """About how many distinct trainees have one value of a sensitive attribute."""

    value: Annotated[str, Label("Giá trị")] = Field(
        description="An ethnic group, `other` for one that is not in the official list; true or false"
    )
    trainees: int | None = Field(description="To the nearest five. null: fewer than five, or nobody")


class SensitiveCounts(Output):
    """Distinct trainees of the classes that count in ended quarters, by one sensitive attribute."""

    attribute: str
    items: list[SensitiveCount] = Field(description="Every value there is, the same ones whoever was entered")
