"""What a caller sends and gets for the officers of an organization."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.values.days import Day, PastDay
from kernel.web.field_types import UUID, Phone
from kernel.web.schemas import Flag, NotNull, Output, code, listed, text
from services.registry import code_lists as codes
from services.registry.facts.schemas import DocumentNumber, Fact, FactChange, FactInput, not_before

_QUALIFICATION = Field(description="Highest training of the person")
Office = Annotated[str, code(codes.OFFICES)]
Qualification = Annotated[Annotated[str, code(codes.QUALIFICATIONS)] | None, Label("Trình độ đào tạo"), _QUALIFICATION]
Sex = Annotated[str, code(codes.SEXES)]
BirthYear = Annotated[int, Field(strict=True, ge=1900, le=2100)]

_PHONE = Field(default=None, description="Not shown in lists, history, feed and exports: see personal-data")


class OfficerCreate(FactInput):
    """A person in an office of the organization, for a term.

    Chair, director, chief accountant and leader of a group: one person at a time.
    """

    office: Office
    full_name: Annotated[str, text(200)]
    term_from: PastDay
    term_to: Day | None = None
    qualification: Qualification = None
    is_member: Flag | None = None
    decision_number: DocumentNumber | None = None
    sex: Sex | None = None
    birth_year: BirthYear | None = None
    phone: Phone | None = _PHONE

    _ends_later = not_before("term_from", "term_to", strictly=True)


class OfficerChange(FactChange):
    """The end of a term, or a correction."""

    office: Annotated[Office | None, NotNull()] = None
    full_name: Annotated[Annotated[str, text(200)] | None, NotNull()] = None
    term_from: Annotated[PastDay | None, NotNull()] = None
    term_to: Day | None = None
    qualification: Qualification = None
    is_member: Flag | None = None
    decision_number: DocumentNumber | None = None
    sex: Sex | None = None
    birth_year: BirthYear | None = None
    phone: Phone | None = _PHONE

    _ends_later = not_before("term_from", "term_to", strictly=True)


class Officer(Fact):
    """Who manages an organization, or managed it. Sex, birth year and phone are not shown: personal-data has them."""

    office: str = Field(json_schema_extra=listed(codes.OFFICES))
    full_name: str
    term_from: date
    term_to: date | None
    qualification: Annotated[str | None, Label("Trình độ đào tạo"), _QUALIFICATION] = Field(
        json_schema_extra=listed(codes.QUALIFICATIONS)
    )
    is_member: bool | None
    decision_number: str | None
    sex: None = Field(description="Always null here: see personal-data")
    birth_year: None = Field(description="Always null here: see personal-data")
    phone: None = Field(description="Always null here: see personal-data")
    redacted: list[str] = Field(description="Fields that hold something which is not shown here")
    erased_on: date | None = Field(
        description="Day on which the person's data was erased; `full_name` names nobody then"
    )


class OfficerPersonalData(Output):
    """Sex, birth year and phone of an officer. That they were read is recorded, with the purpose."""

    id: str = Field(json_schema_extra=UUID)
    full_name: str
    sex: str | None = Field(json_schema_extra=listed(codes.SEXES))
    birth_year: int | None
    phone: str | None = Field(description="As it was entered")
    purpose: str
    read_at: datetime = Field(description="When it was read, as recorded")
