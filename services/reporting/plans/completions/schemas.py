"""What a caller sends and gets for completions of tasks."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.values.days import PastDay
from kernel.values.ids import Id
from kernel.web.field_types import UUID, FileIds, Reason
from kernel.web.schemas import Input, Recorded, text

_RESULT = Label("Kết quả thực hiện")
_REPORTED_TO = Label("Nơi nhận báo cáo")


class TaskCompletionCreate(Input):
    """Enter that a task was done: once, or for one of its cycles. It may be entered in every state of the plan."""

    id: Id | None = None
    task_id: Id | None = Field(default=None, description="The task, where the path does not say")
    completed_on: PastDay
    result: Annotated[Annotated[str, text(2000)] | None, _RESULT] = None
    document_number: Annotated[str, text(100)] | None = None
    reported_to: Annotated[Annotated[str, text(300)] | None, _REPORTED_TO] = Field(
        default=None, description="Who the result was reported to"
    )
    file_ids: FileIds = []
    reason: Reason | None = None


class TaskCompletion(Recorded):
    """That a task was done, once or for one of its cycles."""

    plan_id: str = Field(json_schema_extra=UUID)
    task_id: str = Field(json_schema_extra=UUID)
    completed_on: date
    result: Annotated[str | None, _RESULT]
    document_number: str | None
    reported_to: Annotated[str | None, _REPORTED_TO] = Field(description="Who the result was reported to")
    file_ids: list[str]
    alliance: str
