"""What a caller sends and gets for tasks of a plan."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.values.ids import Id
from kernel.web.field_types import UUID, Reason
from kernel.web.schemas import Flag, Input, Recorded, text

_TITLE = Label("Nhiệm vụ")
IN_CYCLES = "Done once in each of so many months from the plan's first day on; null: once"
_INVENTED = "An invented task, for demonstration"


class TaskCreate(Input):
    """Enter a task of a plan: a number of measures belong to it, or none."""

    id: Id | None = None
    plan_id: Id | None = Field(default=None, description="The plan, where the path does not say")
    ordinal: Annotated[int, Field(strict=True, ge=1, le=999)] = Field(description="Where it stands in the plan")
    title: Annotated[str, text(1000), _TITLE]
    responsible_unit: Annotated[str, text(300)] | None = None
    responsible_person: Annotated[str, text(200)] | None = None
    due_every_months: Annotated[int, Field(strict=True, ge=1, le=60)] | None = Field(
        default=None, description=IN_CYCLES
    )
    note: Annotated[str, text(2000)] | None = None
    is_synthetic: Flag = Field(default=False, description=_INVENTED)
    reason: Reason | None = None


class Task(Recorded):
    """A task of a plan, with the unit or person that it was given to."""

    plan_id: str = Field(json_schema_extra=UUID)
    ordinal: int = Field(description="Where it stands in the plan")
    title: Annotated[str, _TITLE]
    responsible_unit: str | None
    responsible_person: str | None
    due_every_months: int | None = Field(description=IN_CYCLES)
    note: str | None
    is_synthetic: bool = Field(description=_INVENTED)
    alliance: str
