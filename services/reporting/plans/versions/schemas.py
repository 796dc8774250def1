"""What callers get of the approved versions of a plan."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.values.common_lists import FIGURE_SCOPES, FIGURE_UNITS
from kernel.web.field_types import UUID
from kernel.web.schemas import Output, listed
from services.reporting import code_lists as codes
from services.reporting.plans.measures.schemas import MeasureAssignmentShown, MeasurePhaseShown

_VALUE = Label("Số kế hoạch")


class PlanVersion(Output):
    """A version of a plan: by which decision, who approved it and when, and why the one before was adjusted."""

    number: Annotated[int, Label("Lần phê duyệt")] = Field(description="Number of the version, from 1")
    decision_number: str
    decided_on: date
    reason: str | None
    adjustment_reason: Annotated[str | None, Label("Lý do điều chỉnh")] = Field(description="null: the first version")
    approved_at: datetime
    approved_by: Annotated[str, Label("Người phê duyệt")] = Field(description="Subject of the token")
    approved_by_name: str
    is_in_force: Annotated[bool, Label("Đang có hiệu lực")] = Field(description="Whether it is the newest one")


class PlanVersions(Output):
    """The approved versions of a plan, the newest first."""

    items: list[PlanVersion]


class VersionTask(Output):
    """A task as a version has it."""

    task_id: str = Field(json_schema_extra=UUID)
    ordinal: int
    title: Annotated[str, Label("Nhiệm vụ")] = Field(description="What is to be done")
    responsible_unit: str | None
    responsible_person: str | None
    due_every_months: int | None
    note: str | None
    is_synthetic: bool


class VersionMeasure(Output):
    """A measure as a version has it."""

    measure_id: str = Field(json_schema_extra=UUID)
    task_id: str | None = Field(json_schema_extra=UUID)
    indicator: str
    scope: Annotated[str, Label("Phạm vi")] = Field(
        json_schema_extra=listed(FIGURE_SCOPES), description="Whose work or which place it counts"
    )
    province: str | None
    commune_code: str | None
    commune_map: str | None = Field(json_schema_extra=listed(codes.COMMUNE_MAPS))
    starts_on: date
    ends_on: date
    value: Annotated[str, _VALUE] = Field(description="A decimal string, in `unit`")
    unit: str = Field(json_schema_extra=listed(FIGURE_UNITS))
    comparator: Annotated[str, Label("Cách so sánh")] = Field(
        json_schema_extra=listed(codes.MEASURE_COMPARATORS),
        description="How the plan words its number: more than 70 is not met by 70",
    )
    baseline: str | None
    condition: Annotated[str | None, Label("Điều kiện kèm theo")] = Field(
        description="What else has to hold, as the plan words it: 3 sao"
    )
    is_condition: Annotated[bool, Label("Là điều kiện")] = Field(description="It can only fail its task")
    implied: Annotated[bool, Label("Suy ra, không ghi trong văn bản")] = Field(
        description="The document does not print it"
    )
    phasing: str = Field(json_schema_extra=listed(codes.PHASINGS))
    phases: Annotated[list[MeasurePhaseShown], Label("Các mốc")] = Field(
        description="Each what is to be reached since the first day"
    )
    assignments: Annotated[list[MeasureAssignmentShown], Label("Giao cho")] = Field(
        description="Who within the office it is given to, each with its part"
    )
    note: str | None
    is_synthetic: bool


class PlanVersionDetail(PlanVersion):
    """All that a version of a plan says."""

    plan: Annotated[dict[str, Any], Label("Kế hoạch")] = Field(description="The plan as it was approved")
    tasks: Annotated[list[VersionTask], Label("Các nhiệm vụ")] = Field(description="In their order")
    measures: Annotated[list[VersionMeasure], Label("Các chỉ tiêu")] = Field(
        description="Those of tasks and those of none"
    )
