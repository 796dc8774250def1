"""What callers get for the progress of a plan."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.web.field_types import UUID
from kernel.web.schemas import Output, listed
from services.reporting import code_lists as codes
from services.reporting.figures.schemas import Figure


class ProgressMeasure(Output):
    """A measure with its figure: value, plan, verdict and estimates."""

    measure_id: str = Field(json_schema_extra=UUID)
    is_condition: Annotated[bool, Label("Là điều kiện")] = Field(description="It can only fail its task")
    figure: Annotated[Figure, Label("Số liệu")] = Field(description="From its first day to the day looked at")


class ProgressTask(Output):
    """A task with its verdict: its worst measure's, or by its completions where it has none."""

    task_id: str = Field(json_schema_extra=UUID)
    ordinal: int
    title: Annotated[str, Label("Nhiệm vụ")] = Field(description="What is to be done")
    responsible_unit: str | None
    responsible_person: str | None
    verdict: str | None = Field(
        json_schema_extra=listed(codes.VERDICTS), description="null: not everything that it takes is reported"
    )
    completions: Annotated[int, Label("Số lần đã thực hiện")] = Field(
        description="How often it was done by the day; of cycles, in how many of those that ended"
    )
    completions_due: Annotated[int | None, Label("Số lần phải thực hiện")] = Field(
        description="Cycles that ended by the day; null: it is done once"
    )
    measures: Annotated[list[ProgressMeasure], Label("Các chỉ tiêu")] = Field(description="Those of this task")


class ProgressCounts(Output):
    """How many tasks have which verdict."""

    assigned: Annotated[int, Label("Được giao")] = Field(description="All tasks of the plan")
    exceeded: Annotated[int, Label("Vượt")] = Field(description="Better than the plan")
    met: Annotated[int, Label("Đạt")] = Field(description="As the plan has it")
    partly_met: Annotated[int, Label("Đạt một phần")] = Field(description="Half of the plan and more")
    missed: Annotated[int, Label("Không đạt")] = Field(description="Less than that")
    running: Annotated[int, Label("Đang thực hiện")] = Field(description="Their days are not over")
    unknown: Annotated[int, Label("Chưa có số liệu")] = Field(description="Something that it takes is not reported")


class PlanProgress(Output):
    """How far a version of a plan has come by a day."""

    plan_id: str = Field(json_schema_extra=UUID)
    version: Annotated[int, Label("Lần phê duyệt")] = Field(description="Number of the version")
    to: date
    counts: Annotated[ProgressCounts, Label("Số nhiệm vụ theo đánh giá")] = Field(
        description="Of all tasks, whatever is listed"
    )
    tasks: Annotated[list[ProgressTask], Label("Các nhiệm vụ")] = Field(
        description="All, or those with the verdict asked for"
    )
    measures: Annotated[list[ProgressMeasure], Label("Chỉ tiêu không thuộc nhiệm vụ")] = Field(
        description="Those of no task; none where a verdict is asked for"
    )
