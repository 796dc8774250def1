"""What a caller sends and gets for registrations."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.records.batch import LENIENT
from kernel.records.organization_names import NamedOrganization
from kernel.values.common_lists import BATCH_MODES
from kernel.values.ids import Id
from kernel.web.field_types import UUID, Reason
from kernel.web.schemas import Input, Page, Recorded, code, listed, text
from services.training import code_lists as codes
from services.training.classes.trainees.schemas import Person
from services.training.names import NamedClass


class RegistrationCreate(Person):
    """Take a place in a class that is open, for a known trainee or one described here."""

    id: Id | None = None
    class_id: Id
    reason: Reason | None = None


class Registration(Recorded):
    """A person's place in a class."""

    class_id: str = Field(json_schema_extra=UUID)
    training_class: NamedClass
    trainee_id: str = Field(json_schema_extra=UUID)
    organization_id: str | None = Field(json_schema_extra=UUID)
    organization: NamedOrganization
    organization_name: str | None
    channel: Annotated[str, Label("Kênh đăng ký")] = Field(
        json_schema_extra=listed(codes.REGISTRATION_CHANNELS), description="By which channel it came"
    )
    state: Annotated[str, Label("Trạng thái đăng ký")] = Field(json_schema_extra=listed(codes.REGISTRATION_STATES))
    cancelled_reason: str | None
    alliance: str


class RegistrationCancellation(Input):
    """Cancel a registration: the place is free again."""

    reason: Annotated[str, text(500)]


class RegistrationBatch(Input):
    """Up to 500 registrations. `atomic`: all or none; `each`: every item for itself (207)."""

    mode: Annotated[str, code(BATCH_MODES)]
    items: Annotated[list[Annotated[RegistrationCreate, LENIENT]], Field(min_length=1, max_length=500)]


class RegistrationOfClassPage(Page[Registration]):
    """A page of the registrations of one class."""
