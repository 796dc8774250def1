"""What a caller sends and gets for activities: one body, whose kind says which of the fields at its end it may have."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.records.attributions import AttributionInput, AttributionOutput
from kernel.records.evidence import EvidenceRow
from kernel.records.organization_names import NamedOrganization
from kernel.values.days import Day, PastDay
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import Vnd
from kernel.web.field_types import UUID, VND, FileIds, Reason, in_order
from kernel.web.schemas import Checked, Flag, Recorded, code, listed, text
from kernel.web.source_amounts import Amounts, SourceAmount, once_each
from services.reporting import code_lists as codes
from services.reporting.activities.kinds import KINDS_OF, check_fields
from services.reporting.places import PlaceInput, check_body

_KIND, _TITLE = Label("Loại hoạt động"), Label("Tên, tiêu đề")
_HAPPENED_ON, _LINK = Label("Ngày diễn ra"), Label("Địa chỉ trên mạng")
_CHANNEL, _ISSUE = Label("Kênh đăng, phát"), Label("Số bản tin")
_QUANTITY, _OUT_OF_POVERTY = Label("Số lượng (cuốn, hộ)"), Label("Số hộ thoát nghèo")
_GIVEN, _LEAD, _LEVEL = Label("Nội dung hỗ trợ"), Label("Đơn vị chủ trì"), Label("Cấp quản lý")
_DOCUMENT, _DOCUMENT_KIND = Label("Văn bản được tham mưu, góp ý"), Label("Loại văn bản")
_ADOPTED = Label("Số văn bản được ban hành")
_COSTS = Label("Chi phí theo nguồn")
_COUNTS_ON = "The day it happened, came out or began: it counts on this day"
_INVENTED = "A day, a number or more of it is invented, for demonstration"
_WHERE = "Where it can be read or seen on the web"
_LEFT = "Of the households that were helped, those that left poverty"
_LED_BY = "Who leads a science project, where that is no organization of the registry"
_NUMBERED = "Number under which the document was adopted"
_COST = "What it cost, by who paid for it"
_COUNTED = "Copies of a bulletin, or households that were helped"


def _is_link(value: str) -> str:
    if not value.startswith(("http://", "https://")) or not value.isprintable() or " " in value:
        words = (
            "Hãy ghi địa chỉ đầy đủ, bắt đầu bằng http:// hoặc https://.",
            "Give the whole address, beginning with http:// or https://.",
        )
        raise field_error("wrong_format", *words)
    return value


Link = Annotated[
    str, Checked(_is_link, {"type": "string", "format": "uri", "maxLength": 1000, "minLength": 1}, max_length=1000)
]
_Count = Annotated[int, Field(strict=True, ge=1, le=10_000_000)]


class ActivityCreate(AttributionInput, PlaceInput):
    """Enter a piece of work that no other service holds, one record an item.

    Every kind has the fields up to `file_ids`; those behind belong to some kinds and are refused in the others. `quantity`
    is copies of a bulletin or households that were helped. Without a commune or province it lies in the caller's own.
    """

    id: Id | None = None
    kind: Annotated[str, code(codes.ACTIVITY_KINDS), _KIND]
    title: Annotated[str, text(500), _TITLE]
    happened_on: Annotated[PastDay | None, _HAPPENED_ON] = Field(default=None, description=f"{_COUNTS_ON}. Needed")
    organization_id: Id | None = Field(
        default=None, description="The organization of the registry that it was about, or that led a science project"
    )
    costs: Annotated[Amounts, _COSTS] = Field(default=[], description=_COST)
    link: Annotated[Link | None, _LINK] = Field(default=None, description=_WHERE)
    note: Annotated[str, text(1000)] | None = None
    is_synthetic: Flag = Field(default=False, description=_INVENTED)
    file_ids: FileIds = []
    ends_on: Day | None = Field(default=None, description="Of a contest, science project, conference or agreement")
    channel: Annotated[Annotated[str, code(codes.MEDIA_CHANNELS)] | None, _CHANNEL] = Field(
        default=None, description="Of a media item, which needs it"
    )
    issue: Annotated[Annotated[str, text(50)] | None, _ISSUE] = Field(default=None, description="Of a bulletin")
    quantity: Annotated[_Count | None, _QUANTITY] = Field(default=None, description=f"{_COUNTED}; both need it")
    support_given: Annotated[Annotated[str, text(500)] | None, _GIVEN] = Field(
        default=None, description="What households were given"
    )
    out_of_poverty: Annotated[Annotated[int, Field(strict=True, ge=0)] | None, _OUT_OF_POVERTY] = Field(
        default=None, description=_LEFT
    )
    project_lead: Annotated[Annotated[str, text(300)] | None, _LEAD] = Field(default=None, description=_LED_BY)
    project_level: Annotated[Annotated[str, code(codes.PROJECT_LEVELS)] | None, _LEVEL] = Field(
        default=None, description="Of a science project"
    )
    budget_vnd: Vnd | None = Field(default=None, description="Of a science project, in whole đồng")
    results: Annotated[str, text(2000)] | None = Field(default=None, description="Of a contest or science project")
    document_title: Annotated[Annotated[str, text(500)] | None, _DOCUMENT] = Field(
        default=None, description="The document that was advised on, which advice needs"
    )
    document_kind: Annotated[Annotated[str, code(codes.ADVISED_DOCUMENTS)] | None, _DOCUMENT_KIND] = Field(
        default=None, description="Of the document that was advised on"
    )
    adopted_number: Annotated[Annotated[str, text(100)] | None, _ADOPTED] = Field(default=None, description=_NUMBERED)
    reason: Reason | None = None

    @model_validator(mode="after")
    def _agrees(self) -> ActivityCreate:
        if self.happened_on is None:
            raise field_error(
                "activity_without_day",
                "Hoạt động phải có ngày diễn ra; số liệu được tính theo ngày này.",
                "An activity needs the day it happened; figures count it on that day.",
                at="happened_on",
            )
        check_fields(self.kind, {name: getattr(self, name) for name in KINDS_OF})
        check_body(self)
        in_order(self.happened_on, self.ends_on, "ends_on")
        once_each(self.costs, "costs")
        if (self.out_of_poverty or 0) > (self.quantity or 0):
            raise field_error(
                "more_than_helped",
                "Số hộ thoát nghèo không thể lớn hơn số hộ được hỗ trợ.",
                "Households that left poverty cannot be more than those that were helped.",
                at="out_of_poverty",
            )
        return self


class Activity(Recorded, AttributionOutput, EvidenceRow):
    """A piece of work that no other service holds; fields of other kinds are null."""

    kind: Annotated[str, _KIND] = Field(json_schema_extra=listed(codes.ACTIVITY_KINDS))
    title: Annotated[str, _TITLE]
    happened_on: Annotated[date, _HAPPENED_ON] = Field(description=_COUNTS_ON)
    commune_code: str | None
    commune_map: str | None = Field(json_schema_extra=listed(codes.COMMUNE_MAPS))
    province_2008: str
    province_2025: str
    organization_id: str | None = Field(json_schema_extra=UUID)
    organization: NamedOrganization
    costs: Annotated[list[SourceAmount], _COSTS] = Field(description=_COST)
    link: Annotated[str | None, _LINK] = Field(description=_WHERE)
    note: str | None
    is_synthetic: bool = Field(description=_INVENTED)
    file_ids: list[str]
    ends_on: date | None
    channel: Annotated[str | None, _CHANNEL] = Field(
        json_schema_extra=listed(codes.MEDIA_CHANNELS), description="Of a media item"
    )
    issue: Annotated[str | None, _ISSUE] = Field(description="Of a bulletin")
    quantity: Annotated[int | None, _QUANTITY] = Field(description=_COUNTED)
    support_given: Annotated[str | None, _GIVEN] = Field(description="What households were given")
    out_of_poverty: Annotated[int | None, _OUT_OF_POVERTY] = Field(description=_LEFT)
    project_lead: Annotated[str | None, _LEAD] = Field(description=_LED_BY)
    project_level: Annotated[str | None, _LEVEL] = Field(
        json_schema_extra=listed(codes.PROJECT_LEVELS), description="Of a science project"
    )
    budget_vnd: int | None = Field(json_schema_extra=VND)
    results: str | None
    document_title: Annotated[str | None, _DOCUMENT] = Field(description="The document that was advised on")
    document_kind: Annotated[str | None, _DOCUMENT_KIND] = Field(
        json_schema_extra=listed(codes.ADVISED_DOCUMENTS), description="Of the document that was advised on"
    )
    adopted_number: Annotated[str | None, _ADOPTED] = Field(description=_NUMBERED)
    alliance: str
