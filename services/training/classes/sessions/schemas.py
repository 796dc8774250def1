"""What a caller sends and gets for the sessions of a class."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from kernel.problems.field_labels import Label
from kernel.values.days import Day
from kernel.values.ids import Id
from kernel.web.field_types import UUID, Reason
from kernel.web.schemas import Input, Recorded, text
from services.training.names import NamedClass

TimeOfDay = Annotated[str, StringConstraints(strict=True, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class ClassSessionCreate(Input):
    """Enter a sitting of the class on one of its days."""

    id: Id | None = None
    number: Annotated[int, Field(strict=True, ge=1, le=500), Label("Buổi thứ")] = Field(
        description="Which sitting of the class, from 1"
    )
    held_on: Day
    start_time: TimeOfDay | None = Field(default=None, description="Time of day in Vietnam, HH:MM")
    minutes: Annotated[int, Field(strict=True, ge=1, le=1440)]
    topic: Annotated[str, text(300)] | None = None
    lecturer: Annotated[str, text(200)] | None = None
    reason: Reason | None = None


class ClassSession(Recorded):
    """One sitting of a class."""

    class_id: str = Field(json_schema_extra=UUID)
    training_class: NamedClass
    number: Annotated[int, Label("Buổi thứ")]
    held_on: date
    start_time: TimeOfDay | None = Field(description="Time of day in Vietnam, HH:MM")
    minutes: int
    topic: str | None
    lecturer: str | None
    alliance: str
