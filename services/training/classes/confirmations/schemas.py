"""What a caller sends and gets for the confirmation of trainees whom organizations' own users entered."""

from __future__ import annotations

from pydantic import Field

from kernel.records.organization_names import NamedOrganization
from kernel.values.ids import Id
from kernel.web.field_types import UUID, Reason
from kernel.web.schemas import Input, Output, listed
from services.training import code_lists as codes
from services.training.classes.trainees.schemas import Trainee


class LikelyMatch(Output):
    """A trainee who may be the same person, and what speaks for it."""

    trainee_id: str = Field(json_schema_extra=UUID)
    same: str = Field(json_schema_extra=listed(codes.LIKENESSES), description="What is the same")
    name_masked: str | None
    organization_id: str | None = Field(json_schema_extra=UUID)
    organization: NamedOrganization
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
