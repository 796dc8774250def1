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

    number: Annotated[int, Label("Lần phê duyệt")]
    decision_number: str
    decided_on: date
    reason: str | None
    adjustment_reason: Annotated[str | None, Label("Lý do điều chỉnh")] = Field(description="null: the first version")
    approved_at: Annotated[datetime, Label("Phê duyệt lúc")]
    approved_by: Annotated[str, Label("Người phê duyệt")] = Field(description="Subject of the token")
    approved_by_name: Annotated[str, Label("Tên người phê duyệt")]
    is_in_force: Annotated[bool, Label("Đang có hiệu lực")] = Field(description="Whether it is the newest one")


class PlanVersions(Output):
    """The approved versions of a plan, the newest first."""

    items: list[PlanVersion]


class VersionTask(Output):
    """A task as a version has it."""

    task_id: Annotated[str, Label("Nhiệm vụ")] = Field(json_schema_extra=UUID)
    ordinal: Annotated[int, Label("Số thứ tự")]
    title: Annotated[str, Label("Nhiệm vụ")]
    responsible_unit: Annotated[str | None, Label("Đơn vị phụ trách")]
    responsible_person: Annotated[str | None, Label("Người phụ trách")]
    due_every_months: Annotated[int | None, Label("Chu kỳ thực hiện (tháng)")]
    note: str | None
    is_synthetic: bool


class VersionMeasure(Output):
    """A measure as a version has it."""

    measure_id: Annotated[str, Label("Chỉ tiêu kế hoạch")] = Field(json_schema_extra=UUID)
    task_id: Annotated[str | None, Label("Nhiệm vụ")] = Field(json_schema_extra=UUID)
    indicator: str
    scope: Annotated[str, Label("Phạm vi")] = Field(json_schema_extra=listed(FIGURE_SCOPES))
    province: str | None
    commune_code: str | None
    commune_map: str | None = Field(json_schema_extra=listed(codes.COMMUNE_MAPS))
    starts_on: date
    ends_on: date
    value: Annotated[str, _VALUE]
    unit: str = Field(json_schema_extra=listed(FIGURE_UNITS))
    comparator: Annotated[str, Label("Cách so sánh")] = Field(json_schema_extra=listed(codes.MEASURE_COMPARATORS))
    baseline: Annotated[str | None, Label("Số đầu kỳ")]
    condition: Annotated[str | None, Label("Điều kiện kèm theo")]
    is_condition: Annotated[bool, Label("Là điều kiện")]
    implied: Annotated[bool, Label("Suy ra, không ghi trong văn bản")]
    phasing: Annotated[str, Label("Cách phân kỳ")] = Field(json_schema_extra=listed(codes.PHASINGS))
    phases: Annotated[list[MeasurePhaseShown], Label("Các mốc")]
    assignments: Annotated[list[MeasureAssignmentShown], Label("Giao cho")]
    note: str | None
    is_synthetic: bool


class PlanVersionDetail(PlanVersion):
    """All that a version of a plan says."""

    plan: Annotated[dict[str, Any], Label("Kế hoạch")] = Field(description="The plan as it was approved")
    tasks: Annotated[list[VersionTask], Label("Các nhiệm vụ")]
    measures: Annotated[list[VersionMeasure], Label("Các chỉ tiêu")]
