"""What callers get for figures of everything in one place."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from kernel.indicators.schemas import IndicatorValue
from kernel.problems.field_labels import Label
from kernel.values.common_lists import FIGURE_SCOPES, FIGURE_UNITS
from kernel.web.schemas import Output, listed
from services.reporting import code_lists as codes


class ReportedElsewhere(Output):
    """A number that another body reports of the same thing."""

    value: Annotated[float, Label("Giá trị")] = Field(description="The number that is reported")
    unit: str = Field(
        json_schema_extra=listed(FIGURE_UNITS), description="The figure's own, where it can be said in it"
    )
    comparator: Annotated[str, Label("Cách so sánh")] = Field(
        json_schema_extra=listed(codes.COMPARATORS), description="How the number stands to the true one"
    )
    source: Annotated[str, Label("Đơn vị báo cáo")] = Field(description="The body that reports it")
    document: Annotated[str | None, Label("Số văn bản")] = Field(description="Number of its document")
    document_on: Annotated[date | None, Label("Ngày văn bản")] = Field(description="Day of the document, YYYY-MM-DD")
    reported_figure_id: Annotated[str, Label("Số liệu báo cáo")] = Field(description="The reported figure's record")


class Unavailable(Output):
    """Why a figure could not be had."""

    service: Annotated[str, Label("Dịch vụ")] = Field(
        json_schema_extra=listed(codes.SOURCE_SERVICES), description="The service that gave no answer"
    )
    code: Annotated[str, Label("Lý do")] = Field(json_schema_extra=listed(codes.NO_ANSWERS), description="Why")
    detail: Annotated[str, Label("Chi tiết")] = Field(description="The same in words, with the service's own code")


class Measured(Output):
    """How a value stands to its plan."""

    percent: Annotated[float | None, Label("Tỷ lệ so với kế hoạch")] = Field(
        description="Of the plan, one decimal, half up; null of none and of a plan of 0"
    )
    exceeds_by_percent: Annotated[float | None, Label("Vượt kế hoạch")] = Field(
        description="By how much it is better than the plan; null where it is not"
    )
    verdict: str | None = Field(
        json_schema_extra=listed(codes.VERDICTS), description="By the value unrounded; null of what is not known"
    )


class FigurePlan(Measured):
    """The plan of a figure, and what came of it."""

    plan_id: str
    version: Annotated[int, Label("Phiên bản kế hoạch")] = Field(description="Its version")
    measure_id: str | None = Field(description="The measure of the plan; null: how many tasks were assigned")
    value: Annotated[float, Label("Số kế hoạch")] = Field(description="What is planned, in `unit`")
    unit: str = Field(
        json_schema_extra=listed(FIGURE_UNITS), description="The figure's own; an amount of days is of the plan's"
    )
    implied: Annotated[bool, Label("Suy ra")] = Field(
        description="Its document does not print it; it follows from a percent"
    )
    condition: Annotated[str | None, Label("Điều kiện")] = Field(description="What must hold as well, in words")
    expected_by_now: Annotated[float | None, Label("Phải đạt đến nay")] = Field(
        description="What was to be reached by the figure's last day"
    )


class FigureEstimate(Measured):
    """What the value at the end of the period was estimated at."""

    estimate_id: Annotated[str, Label("Số ước thực hiện")] = Field(description="The estimate's record")
    made_on: date
    value: Annotated[float, Label("Ước thực hiện")] = Field(description="In the figure's unit")
    source: Annotated[str | None, Label("Nguồn ước")] = Field(description="Where it comes from")


class Figure(IndicatorValue):
    """One figure of the catalogue, with what stands beside it."""

    status: Annotated[str, Label("Tình trạng số liệu")] = Field(
        json_schema_extra=listed(codes.FIGURE_STATUSES),
        description="As of indicator-values; unavailable: its service gave no answer, and nothing is known, not 0",
    )
    source_service: Annotated[str, Label("Dịch vụ nguồn")] = Field(
        json_schema_extra=listed(codes.SOURCE_SERVICES), description="The service that counts it"
    )
    direction: Annotated[str, Label("Chiều tốt lên")] = Field(
        json_schema_extra=listed(codes.DIRECTIONS), description="Whether more of it is better: plans are judged by it"
    )
    data_through: Annotated[date | None, Label("Số liệu đến ngày")] = Field(
        description="The last day that the records stand for; null where nothing is known"
    )
    series_break: Annotated[date | None, Label("Ngày đổi địa giới")] = Field(
        description="The day within the days looked at from which the map is another one"
    )
    plan: Annotated[FigurePlan | None, Label("Kế hoạch")] = Field(description="The plan that it is measured by")
    estimates: Annotated[list[FigureEstimate], Label("Ước thực hiện")] = Field(
        description="What the end of the period was estimated at"
    )
    reported_elsewhere: Annotated[list[ReportedElsewhere], Label("Số do nơi khác báo cáo")] = Field(
        description="Of the same indicator, scope, place and days"
    )
    explanation: Annotated[str | None, Label("Giải thích")] = Field(
        description="Why it is so, or is not known, in words"
    )
    unavailable: Annotated[Unavailable | None, Label("Vì sao chưa có")] = Field(
        description="Why its service gave no answer; null where it did"
    )


class FigureTotal(Output):
    """What the groups of an indicator come to: a sum, or a ratio of the sums; a ratio's percent is never summed."""

    indicator: str
    scope: Annotated[str, Label("Phạm vi đếm")] = Field(
        json_schema_extra=listed(FIGURE_SCOPES), description="Whose work is counted"
    )
    unit: str
    value: Annotated[float | None, Label("Giá trị")] = Field(
        description="null where it does not follow from the groups, or none is known"
    )
    numerator: float | None = Field(description="Of a share or an average: what is divided")
    denominator: float | None = Field(description="Of a share or an average: what it is divided by")
    is_complete: Annotated[bool, Label("Đã đủ")] = Field(description="Whether all groups are known")


class Figures(Output):
    """The figures asked for, in the order asked."""

    items: list[Figure]
    totals: list[FigureTotal] = Field(description="With `group_by`: over all groups")
