"""What a caller sends and gets for invitations."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.records.organization_names import NamedOrganization
from kernel.values.days import Day
from kernel.values.ids import Id
from kernel.web.field_types import UUID, Reason
from kernel.web.schemas import Input, Recorded, code, listed, text
from services.training import code_lists as codes
from services.training.names import NamedClass
from services.training.parties import OrganizationName

_ANSWERS = {each: codes.INVITATION_STATES[each] for each in ("accepted", "declined")}


class InvitationCreate(Input):
    """Ask an organization to send people to the class."""

    id: Id | None = None
    organization_id: Id
    organization_name: OrganizationName | None = None
    seats: Annotated[int, Field(strict=True, ge=1, le=1000)] | None = None
    letter_number: Annotated[str, text(100)] | None = None
    invited_on: Day | None = Field(default=None, description="Today if left out")
    reason: Reason | None = None


class Invitation(Recorded):
    """That an organization was asked to send people to a class, and what it answered."""

    class_id: str = Field(json_schema_extra=UUID)
    training_class: NamedClass
    organization_id: str = Field(json_schema_extra=UUID)
    organization: NamedOrganization
    organization_name: str
    seats: int | None
    letter_number: str | None
    invited_on: date
    state: Annotated[str, Label("Trạng thái lời mời")] = Field(json_schema_extra=listed(codes.INVITATION_STATES))
    answer_note: str | None
    alliance: str


class InvitationAnswer(Input):
    """What the organization answers."""

    state: Annotated[str, code(_ANSWERS), Label("Trả lời")]
    answer_note: Annotated[str, text(500)] | None = None
