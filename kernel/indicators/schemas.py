"""What callers get for indicators and their values."""

from datetime import date
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.values.common_lists import FIGURE_STATUSES, INDICATOR_KINDS
from kernel.web.schemas import Output, listed

_SCOPE = "Whose work is counted"


class ScopePredicate(Output):
    """The condition a record meets to be counted at a scope, over the relation it is counted from."""

    scope: Annotated[str, Label("Phạm vi đếm")] = Field(description=_SCOPE)
    relation: Annotated[str, Label("Bảng được đếm")]
    condition: str


class IndicatorDefinition(Output):
    """What an indicator counts, from which records, and where its definition comes from."""

    code: Annotated[str, Label("Mã chỉ tiêu")]
    label: str
    unit: str
    kind: Annotated[str, Label("Cách tính")] = Field(
        json_schema_extra=listed(INDICATOR_KINDS),
        description="flow: counted over the period; stock: at its last day",
    )
    scopes: list[str] = Field(description="The first is the default")
    group_by: list[str]
    needs_coverage_of: list[str]
    evidence_list: str = Field(description="The list that `evidence` addresses")
    denominator: str | None = Field(description="Indicator that a share divides by")
    predicate: list[ScopePredicate]
    source: Annotated[str, Label("Nguồn định nghĩa")] = Field(json_schema_extra={"maxLength": 2000})


class IndicatorDefinitions(Output):
    """The table of indicators, as it is kept with the code."""

    items: list[IndicatorDefinition]


class ReportedBy(Output):
    """Behind how many organizations' reports an average stands."""

    organizations: Annotated[int, Label("Số đơn vị đã báo cáo")] = Field(
        description="Organizations whose records are in it and that stood on their last day"
    )
    of: Annotated[int | None, Label("Trên tổng số đơn vị")] = Field(
        description="Organizations that stood on its last day; null where these are not complete, or not grouped so"
    )


class PreviousValue(Output):
    """The same figure for the days that one is compared with."""

    value: Annotated[float | None, Label("Giá trị trước")] = Field(description="null if not reported")
    from_: date = Field(alias="from")
    to: date
    status: Annotated[str, Label("Tình trạng số liệu")] = Field(json_schema_extra=listed(FIGURE_STATUSES))


class IndicatorValue(Output):
    """One figure, with the address of exactly the records behind it."""

    indicator: str
    indicator_label: str = Field(description="The indicator in the language asked for")
    scope: Annotated[str, Label("Phạm vi đếm")] = Field(description=_SCOPE)
    province: str | None = Field(description="The province asked for or grouped by; null: the caller's whole area")
    group: Annotated[str | None, Label("Nhóm")] = Field(
        description="Value that it is grouped by; null for records without one, and without a grouping"
    )
    group_label: str | None = Field(description="The group in the language asked for; null without a grouping")
    from_: date = Field(alias="from", description="First day; of a month, quarter or year grouped by, its own")
    to: date
    unit: str
    unit_label: str = Field(description="The unit in the language asked for")
    value: Annotated[float | None, Label("Giá trị chỉ tiêu")] = Field(
        description="An integer, or for shares a percent with four decimals; null if not reported"
    )
    numerator: float | None = Field(description="Of a share or an average: what is divided")
    denominator: float | None = Field(description="Of a share or an average: what it is divided by")
    reported_by: Annotated[ReportedBy | None, Label("Đơn vị đã báo cáo")] = Field(
        description="Of what organizations report: how many did; null otherwise"
    )
    reported_part: int | None = Field(
        description="What is known only as a number of a signed list, not as records of its own: part of a sum, left "
        "out of what is distinct; null where there is no such thing"
    )
    undated_count: int | None = Field(
        description="Of a stock of organizations: how many more it would count had they begun by then; they have no day "
        "of their own and the records show them later only. Null where there is no such thing"
    )
    uncertain_count: float | None = Field(
        description="With `group_by` commune or district: how much more, in the figure's unit, may lie in the unit; it was entered "
        "with a commune that was divided, and stands under that as a group of its own. Of a share or an average it is of what is divided by. "
        "Null without such a grouping, and of a least"
    )
    status: Annotated[str, Label("Tình trạng số liệu")] = Field(
        json_schema_extra=listed(FIGURE_STATUSES),
        description="partial: only some of the provinces asked for have coverage, and the value is theirs; outside_area: "
        "the province is not one of the caller's, and nothing is said of it",
    )
    missing_provinces: list[str] = Field(
        description="With partial: the provinces of the 2008 map whose records the value lacks; else empty"
    )
    previous: PreviousValue | None = Field(description="With `previous`: the figure that this one is compared with")
    change: float | None = Field(
        description="With `previous`: the value less the one before, of a share in percentage points; null where either is not "
        "known or they are of other provinces"
    )
    change_percent: float | None = Field(
        description="With `previous`: the change in percent of the value before, four decimals, half up; null where that is 0"
    )
    evidence: str | None
    denominator_evidence: str | None


class IndicatorValues(Output):
    """The figures asked for, in the order asked."""

    items: list[IndicatorValue]
