"""What callers get for a province's year at a glance."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.web.schemas import Output, listed
from services.reporting import code_lists as codes
from services.reporting.figures.schemas import Figure

_PATH = Annotated[str | None, Label("Nơi xem"), Field(description="Where it is read")]
_SERVICE = Annotated[str, Label("Dịch vụ")]
_KIND = Annotated[str, Label("Loại việc")]
_CALLED, _PLACE = Label("Tên gọi"), Label("Tên tỉnh")
_SHOWN = "As people call it, in the language asked for"


class OverviewMeasure(Figure):
    """A measure of an approved plan with its figure, as `figures` answers it with amounts in millions of đồng."""

    task: Annotated[str | None, Label("Nhiệm vụ")] = Field(description="Title of the plan's task that it is of")
    pace: Annotated[str | None, Label("Tiến độ")] = Field(
        json_schema_extra=listed(codes.PACES), description="Of what is running: against what was expected by now"
    )


class OverviewPlan(Output):
    """An approved plan of the year."""

    plan_id: Annotated[str, Label("Kế hoạch")]
    kind: Annotated[str, Label("Loại kế hoạch")] = Field(json_schema_extra=listed(codes.PLAN_KINDS))
    title: Annotated[str, Label("Tên kế hoạch")]
    document_number: str | None
    province: str
    version: Annotated[int, Label("Lần phê duyệt")]
    path: _PATH


class OverviewCounts(Output):
    """How many measures there are of each verdict."""

    exceeded: Annotated[int, Label("Vượt kế hoạch")] = Field(description="Better than the plan")
    met: Annotated[int, Label("Đạt kế hoạch")] = Field(description="As planned")
    partly_met: Annotated[int, Label("Đạt một phần")] = Field(description="From half of the plan on")
    missed: Annotated[int, Label("Không đạt")] = Field(description="Less than that")
    running: Annotated[int, Label("Đang thực hiện")] = Field(description="Their days are not over")
    unknown: Annotated[int, Label("Chưa có số liệu")] = Field(description="Without a value")
    behind: Annotated[int, Label("Chậm tiến độ")] = Field(description="Of those that run")


class OverviewWaiting(Output):
    """Something that waits for the caller."""

    kind: _KIND = Field(json_schema_extra=listed(codes.WAITING_KINDS))
    kind_label: Annotated[str, _CALLED] = Field(description=_SHOWN)
    service: _SERVICE = Field(json_schema_extra=listed(codes.SOURCE_SERVICES))
    title: Annotated[str, Label("Nội dung")]
    since: Annotated[datetime | None, Label("Chờ từ")]
    due_on: Annotated[date | None, Label("Hạn")]
    count: int = Field(description="Records that it is about")
    amount_vnd: int | None = Field(json_schema_extra={"format": "int64"})
    path: _PATH


class OverviewLate(Output):
    """Something that was to be done by now."""

    kind: _KIND = Field(json_schema_extra=listed(codes.LATE_KINDS))
    kind_label: Annotated[str, _CALLED] = Field(description=_SHOWN)
    service: _SERVICE = Field(json_schema_extra=listed(codes.SOURCE_SERVICES))
    title: Annotated[str, Label("Nội dung")]
    due_on: Annotated[date | None, Label("Hạn")]
    days_late: Annotated[int | None, Label("Số ngày quá hạn")] = Field(description="Of several the longest")
    count: int = Field(description="Records, or times, that it is about")
    path: _PATH


class OverviewRecordType(Output):
    """A type of records."""

    code: Annotated[str, Label("Mã loại dữ liệu")]
    label: str = Field(description=_SHOWN)


class OverviewCoverage(Output):
    """What may be declared complete, so that figures are reported: the body of a POST to `path`, and words for it."""

    service: _SERVICE = Field(json_schema_extra=listed(codes.SOURCE_SERVICES))
    service_label: Annotated[str, _CALLED] = Field(description=_SHOWN)
    province: str
    province_name: Annotated[str, _PLACE]
    record_types: list[OverviewRecordType]
    covered_from: date
    covered_to: date
    path: _PATH


class OverviewGap(Output):
    """A part that a service gave no answer for."""

    part: Annotated[str, Label("Phần")] = Field(
        json_schema_extra=listed(codes.OVERVIEW_PARTS), description="The part of the answer"
    )
    service: _SERVICE = Field(json_schema_extra=listed(codes.SOURCE_SERVICES))
    service_label: Annotated[str, _CALLED] = Field(description=_SHOWN)
    code: Annotated[str, Label("Mã lý do")] = Field(json_schema_extra=listed(codes.NO_ANSWERS))
    reason: Annotated[str, Label("Lý do")] = Field(description=_SHOWN)


class Overview(Output):
    """A province's year at a glance."""

    province: str = Field(description="VN: the nation")
    province_name: Annotated[str, _PLACE]
    year: int
    years: list[int] = Field(description="Years to choose from, the newest first")
    from_: date = Field(alias="from")
    to: date = Field(description="The last day that is looked at")
    plans: Annotated[list[OverviewPlan], Label("Kế hoạch của năm")] = Field(description="Approved plans of the year")
    counts: Annotated[OverviewCounts, Label("Số chỉ tiêu theo kết quả")] = Field(description="Of `measures`")
    measures: Annotated[list[OverviewMeasure], Label("Chỉ tiêu")] = Field(
        description="In the order of plans and their tasks"
    )
    waiting: Annotated[list[OverviewWaiting], Label("Việc chờ")] = Field(description="What waits for the caller")
    waiting_more: Annotated[bool, Label("Còn nữa")] = Field(description="Whether more waits than is listed")
    late: Annotated[list[OverviewLate], Label("Việc quá hạn")] = Field(description="What was to be done by now")
    coverage: Annotated[list[OverviewCoverage], Label("Cần khai báo")] = Field(
        description="What to declare, where figures are left empty"
    )
    unavailable: Annotated[list[OverviewGap], Label("Phần chưa xem được")] = Field(
        description="Parts that are not whole, with the reason"
    )
