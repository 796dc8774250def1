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

_VERDICT = Label("Đánh giá")


class ProgressMeasure(Output):
    """A measure with its figure: value, plan, verdict and estimates."""

    measure_id: Annotated[str, Label("Chỉ tiêu kế hoạch")] = Field(json_schema_extra=UUID)
    is_condition: Annotated[bool, Label("Là điều kiện")] = Field(description="It can only fail its task")
    figure: Annotated[Figure, Label("Số liệu")]


class ProgressTask(Output):
    """A task with its verdict: its worst measure's, or by its completions where it has none."""

    task_id: Annotated[str, Label("Nhiệm vụ")] = Field(json_schema_extra=UUID)
    ordinal: Annotated[int, Label("Số thứ tự")]
    title: Annotated[str, Label("Nhiệm vụ")]
    responsible_unit: Annotated[str | None, Label("Đơn vị phụ trách")]
    responsible_person: Annotated[str | None, Label("Người phụ trách")]
    verdict: Annotated[str | None, _VERDICT] = Field(
        json_schema_extra=listed(codes.VERDICTS), description="null: not everything that it takes is reported"
    )
    completions: Annotated[int, Label("Số lần đã thực hiện")] = Field(
        description="How often it was done by the day; of cycles, in how many of those that ended"
    )
    completions_due: Annotated[int | None, Label("Số lần phải thực hiện")] = Field(
        description="Cycles that ended by the day; null: it is done once"
    )
    measures: Annotated[list[ProgressMeasure], Label("Các chỉ tiêu")]


class ProgressCounts(Output):
    """How many tasks have which verdict."""

    assigned: Annotated[int, Label("Được giao")]
    exceeded: Annotated[int, Label("Vượt")]
    met: Annotated[int, Label("Đạt")]
    partly_met: Annotated[int, Label("Đạt một phần")]
    missed: Annotated[int, Label("Không đạt")]
    running: Annotated[int, Label("Đang thực hiện")]
    unknown: Annotated[int, Label("Chưa có số liệu")]


class PlanProgress(Output):
    """How far a version of a plan has come by a day."""

    plan_id: Annotated[str, Label("Kế hoạch")] = Field(json_schema_extra=UUID)
    version: Annotated[int, Label("Lần phê duyệt")]
    to: date
    counts: Annotated[ProgressCounts, Label("Số nhiệm vụ theo đánh giá")] = Field(
        description="Of all tasks, whatever is listed"
    )
    tasks: Annotated[list[ProgressTask], Label("Các nhiệm vụ")]
    measures: Annotated[list[ProgressMeasure], Label("Chỉ tiêu không thuộc nhiệm vụ")]
