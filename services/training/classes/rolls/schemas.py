"""What a caller gets for the roll of a class."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.web.field_types import UUID
from kernel.web.schemas import Output

MOST_PEOPLE = 2000
"""So many people are called at once; a class of more has its attendances page by page. The largest known has some 300."""


class RollOrganization(Output):
    """The organization that a person came from, or has a place for."""

    id: str | None = Field(json_schema_extra=UUID, description="null: known by its name only")
    name: Annotated[str | None, Label("Tên đơn vị")]


class RollSession(Output):
    """Whether a person was at one session."""

    session_id: str = Field(json_schema_extra=UUID)
    is_present: bool | None = Field(
        description="null: the person attended the class, and nobody said which of its sessions"
    )


class RollPerson(Output):
    """One person of the roll: who has a place in the class, or came."""

    trainee_id: str = Field(json_schema_extra=UUID)
    full_name: str | None = Field(description="null: the person's data was erased")
    organization: RollOrganization | None = Field(description="null: none is known")
    is_registered: bool
    is_walk_in: bool = Field(description="Came without a place")
    sessions: Annotated[list[RollSession], Label("Các buổi học")] = Field(
        description="Every session of the class, in its order"
    )


class Roll(Output):
    """The roll of a class, whole."""

    items: list[RollPerson] = Field(
        max_length=MOST_PEOPLE, description="By given name; those whose data was erased come last"
    )
