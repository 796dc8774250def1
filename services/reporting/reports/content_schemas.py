"""What callers get of a report's content: cells, sections, findings, drift, and who has not reported."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.values.common_lists import FIGURE_SCOPES
from kernel.values.history_actions import HISTORY_ACTIONS
from kernel.web.field_types import UUID
from kernel.web.schemas import Output, listed
from services.reporting import code_lists as codes
from services.reporting.figures.schemas import Figure, FigureTotal, Unavailable
from services.reporting.reports.schemas import CheckAnswer

_KEY, _SCOPE = Label("Ô số liệu"), Label("Phạm vi đếm")
_TEXT = Label("Lời văn")
_NAMED = "indicator:scope"


class ReportValue(Output):
    """The same figure for other days."""

    from_: date = Field(alias="from")
    to: date
    value: Annotated[float | None, Label("Giá trị")] = Field(description="null: not reported")
    status: Annotated[str, Label("Tình trạng số liệu")] = Field(json_schema_extra=listed(codes.FIGURE_STATUSES))
    evidence: str | None


class ReportCell(Figure):
    """A figure of a report: `previous` is the same days a year before."""

    key: Annotated[str, _KEY] = Field(description=_NAMED)
    definition_version: Annotated[int, Label("Phiên bản định nghĩa")] = Field(
        description="Of the indicator, when it was counted"
    )
    cumulative: Annotated[ReportValue | None, Label("Lũy kế")] = Field(
        description="From the beginning of the year; null where the report begins with it"
    )
    previous_full_year: Annotated[ReportValue | None, Label("Thực hiện năm trước")] = Field(
        description="Of what a plan wants: the whole year before"
    )


class ReportSentence(Output):
    """A sentence, and the cells whose numbers it states."""

    text: Annotated[str, _TEXT] = Field(
        json_schema_extra={"maxLength": 4000}, description="In Vietnamese, as people write it"
    )
    cells: Annotated[list[str], _KEY] = Field(description=_NAMED)
    group: Annotated[str, Label("Nhóm câu")] = Field(description="What it tells of: a paragraph of the document each")


class ReportSection(Output):
    """A section: what is made from figures, and people's own text, which nothing overwrites."""

    code: Annotated[str, Label("Phần của báo cáo")] = Field(json_schema_extra=listed(codes.REPORT_SECTIONS))
    title: Annotated[str, Label("Tên phần")] = Field(description="In Vietnamese, as the document has it")
    generated: Annotated[list[ReportSentence], Label("Lời văn từ số liệu")] = Field(description="Made from figures")
    own_text: Annotated[str | None, Label("Lời của người lập")] = Field(
        json_schema_extra={"maxLength": 20_000}, description="As people wrote it"
    )


class DefinitionVersion(Output):
    """Which version of an indicator's definition was counted by."""

    indicator: str
    version: int


class ProposedExplanation(Output):
    """Why a target may have been missed, by what the records say; nobody has taken it over yet."""

    indicator: str
    scope: Annotated[str, _SCOPE] = Field(json_schema_extra=listed(FIGURE_SCOPES), description="Whose work is counted")
    text: Annotated[str, _TEXT] = Field(description="In Vietnamese, as people write it")
    evidence: str


class ReportContentShown(Output):
    """What a report says: of a draft now, else as it was frozen."""

    report_id: str = Field(json_schema_extra=UUID)
    frozen_at: datetime | None
    series_break: Annotated[date | None, Label("Ngày đổi địa giới")] = Field(
        description="The day in the days looked at from which provinces are others"
    )
    cells: Annotated[list[ReportCell], _KEY] = Field(description="The figures")
    sections: Annotated[list[ReportSection], Label("Các phần")]
    definitions: Annotated[list[DefinitionVersion], Label("Định nghĩa chỉ tiêu")] = Field(
        description="Which versions were counted by"
    )
    unavailable: Annotated[list[Unavailable], Label("Dịch vụ chưa trả lời")] = Field(
        description="Services that gave no figures"
    )
    proposed_explanations: Annotated[list[ProposedExplanation], Label("Giải thích đề xuất")] = Field(
        description="For targets that were missed"
    )


class ReportFinding(Output):
    """What is worth a look, or has to be mended or answered before the report is submitted."""

    code: Annotated[str, Label("Mã điểm kiểm tra")] = Field(description="kind.indicator.scope")
    kind: Annotated[str, Label("Loại kiểm tra")] = Field(json_schema_extra=listed(codes.CHECK_KINDS))
    severity: Annotated[str, Label("Mức độ")] = Field(
        json_schema_extra=listed(codes.CHECK_SEVERITIES), description="Whether it stands in the way of submission"
    )
    cell: Annotated[str, _KEY] = Field(description=_NAMED)
    indicator: str
    scope: Annotated[str, _SCOPE] = Field(json_schema_extra=listed(FIGURE_SCOPES), description="Whose work is counted")
    value: Annotated[float | None, Label("Giá trị")] = Field(description="The figure as it is now")
    compared_with: Annotated[float | None, Label("Số đối chiếu")] = Field(description="The number it is unlike, if any")
    message: Annotated[str, Label("Nội dung")] = Field(
        json_schema_extra={"maxLength": 2000}, description="For people, in the language asked for"
    )
    remedy: Annotated[str | None, Label("Nơi sửa")] = Field(description="Path where it is mended, or looked into")
    answer: Annotated[CheckAnswer | None, Label("Giải trình")] = Field(
        description="What people said to it; null: nothing yet"
    )


class ReportChecks(Output):
    """The findings, those to be mended or answered first."""

    items: list[ReportFinding]
    open_count: Annotated[int, Label("Số điểm còn mở")] = Field(description="That stand in the way of submission")


class ChangedRecord(Output):
    """A record that was entered, corrected or removed since."""

    service: Annotated[str, Label("Dịch vụ")] = Field(json_schema_extra=listed(codes.SOURCE_SERVICES))
    resource: str = Field(description="Path of the record")
    resource_type: str
    resource_id: str = Field(json_schema_extra=UUID)
    version: int
    changed_by: Annotated[str, Label("Người thay đổi")] = Field(description="Subject of the token")
    changed_by_name: str | None
    changed_at: Annotated[datetime, Label("Lúc thay đổi")] = Field(description="When, an instant in UTC")
    action: Annotated[str, Label("Việc đã làm")] = Field(json_schema_extra=listed(HISTORY_ACTIONS))
    changed: list[str]
    reason: str | None


class ChangedCell(Output):
    """A cell that differs, with both values."""

    key: Annotated[str, _KEY] = Field(description=_NAMED)
    indicator: str
    indicator_label: str = Field(description="The indicator in the language asked for")
    scope: Annotated[str, _SCOPE] = Field(json_schema_extra=listed(FIGURE_SCOPES), description="Whose work is counted")
    unit: str
    unit_label: str = Field(description="The unit in the language asked for")
    before: Annotated[float | None, Label("Giá trị trước")]
    after: Annotated[float | None, Label("Giá trị sau")]
    plan_before: Annotated[float | None, Label("Kế hoạch trước")] = Field(description="What was wanted then")
    plan_after: Annotated[float | None, Label("Kế hoạch sau")] = Field(description="What is wanted now")


class ReportDrift(Output):
    """What became of the figures since they were frozen."""

    frozen_at: datetime | None
    records: Annotated[list[ChangedRecord], Label("Bản ghi đã thay đổi")] = Field(
        description="The newest last; of more than 2,000 a service the first"
    )
    records_count: Annotated[int, Label("Số bản ghi")] = Field(description="How many records, each once")
    cells: Annotated[list[ChangedCell], _KEY] = Field(description="The figures")
    cells_count: Annotated[int, Label("Số ô khác")] = Field(description="How many cells differ")
    unavailable: Annotated[list[Unavailable], Label("Dịch vụ chưa trả lời")] = Field(
        description="Services that did not say what was recorded"
    )


class ReportDiff(ReportDrift):
    """In what a revision differs from the report that it takes the place of, explained by records."""

    supersedes_id: str | None = Field(json_schema_extra=UUID)


class ProvinceFigure(Output):
    """A figure of one province of the map."""

    key: Annotated[str, _KEY] = Field(description=_NAMED)
    indicator: str
    scope: Annotated[str, _SCOPE] = Field(json_schema_extra=listed(FIGURE_SCOPES), description="Whose work is counted")
    province: str
    unit: str
    value: Annotated[float | None, Label("Giá trị")]
    numerator: float | None = Field(description="Of a share or an average: what is divided")
    denominator: float | None = Field(description="Of a share or an average: what it is divided by")
    status: Annotated[str, Label("Tình trạng số liệu")] = Field(json_schema_extra=listed(codes.FIGURE_STATUSES))
    is_additive: Annotated[bool, Label("Cộng được")] = Field(description="Whether provinces add up to their total")


class ProvinceTotal(FigureTotal):
    """What the provinces come to."""

    key: Annotated[str, _KEY] = Field(description=_NAMED)
    is_additive: Annotated[bool, Label("Cộng được")] = Field(description="else it is computed anew")


class ReportProvinces(Output):
    """A report by the provinces of a map."""

    geography: str = Field(json_schema_extra=listed(codes.COMMUNE_MAPS))
    frozen_at: datetime | None = Field(description="null: as the records say now")
    series_break: date | None
    items: list[ProvinceFigure]
    totals: list[ProvinceTotal]


class CompletenessLine(Output):
    """Whether a province has reported."""

    province: str
    province_name: str
    state: Annotated[str, Label("Tình trạng")] = Field(json_schema_extra=listed(codes.COMPLETENESS_STATES))
    report_id: str | None = Field(json_schema_extra=UUID)
    report: str | None = Field(description="Path of its newest version")
    version_number: Annotated[int | None, Label("Lần lập")] = Field(description="1, and one more with every revision")
    issued_on: date | None = Field(description="Of the first version that was issued")
    since: Annotated[date | None, Label("Từ ngày")] = Field(description="Since when it is as it is")
    due_on: date | None
    days_late: int = Field(description="Until it was issued, or until today")


class Completeness(Output):
    """Who has issued a report on a period, and who has not."""

    period: str
    kind: Annotated[str, Label("Loại báo cáo")] = Field(json_schema_extra=listed(codes.REPORT_KINDS))
    calendar: Annotated[str, Label("Lịch báo cáo")] = Field(
        json_schema_extra=listed(codes.REPORT_CALENDARS), description="Which year its periods are of"
    )
    from_: date = Field(alias="from")
    to: date
    due_on: date | None
    due_source: Annotated[str | None, Label("Căn cứ thời hạn")] = Field(description="What lays the day down")
    expected_count: Annotated[int, Label("Số báo cáo phải có")] = Field(description="How many provinces have to report")
    issued_count: Annotated[int, Label("Số đã ban hành")] = Field(description="How many have")
    items: list[CompletenessLine]
