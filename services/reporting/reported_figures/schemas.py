"""What a caller sends and gets for figures as another body reports them."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from kernel.problems.field_labels import Label
from kernel.values.common_lists import FIGURE_SCOPES, FIGURE_UNITS
from kernel.values.days import Day, PastDay
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.web.field_types import FileIds, Reason, in_order
from kernel.web.schemas import Checked, Flag, Recorded, code, listed, text
from services.reporting import code_lists as codes
from services.reporting.places import Area, PlaceInput, check_body

_SCOPE, _VALUE, _COMPARATOR = Label("Phạm vi"), Label("Giá trị"), Label("Cách so sánh")
_SOURCE, _DOCUMENT_ON = Label("Đơn vị báo cáo"), Label("Ngày văn bản")
_DATED, _BODY = "Day of the document, YYYY-MM-DD", "The body that reports it"
_COMPARED = "How the number stands to the true one"
_DECIMAL = "A decimal string, kept as it was written, in `unit`"
_OF_WHAT = "Whose work or which place it counts, as figures from records say it"
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,6})?", re.ASCII)


def _is_scope(value: str) -> str:
    if value not in FIGURE_SCOPES:
        raise field_error(
            "unknown_scope",
            "Không có phạm vi này; hãy chọn trong danh mục phạm vi số liệu (figure-scopes).",
            "There is no such scope; choose one of the list figure-scopes.",
            allowed=list(FIGURE_SCOPES),
        )
    return value


def _is_number(value: str) -> str:
    if not _NUMBER.fullmatch(value):
        raise field_error(
            "wrong_format",
            "Hãy ghi một số, không chấm ngăn hàng nghìn, dấu chấm trước phần lẻ, ví dụ 269080 hoặc 75.7.",
            "Give a number without thousands separators and with a point before decimals, for instance 269080 or 75.7.",
        )
    return value


IndicatorCode = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9_]{2,99}$")]
Scope = Annotated[str, Checked(_is_scope, {"type": "string", **listed(FIGURE_SCOPES)}), _SCOPE]
Value = Annotated[
    str,
    Checked(_is_number, {"type": "string", "pattern": r"^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?$"}),
    _VALUE,
    Field(description=_DECIMAL),
]


class ReportedFigureCreate(PlaceInput):
    """Enter a number as a report gives it: of an indicator, at a scope, for a commune or a province, over a period.

    It is shown beside the figure that is counted from records, never in its place.
    """

    id: Id | None = None
    province: Area | None = Field(
        default=None, description="A province of either map, where no commune is named; VN: the whole nation"
    )
    indicator: IndicatorCode = Field(description="Code of the indicator; one that no service counts is taken too")
    scope: Scope = Field(description=_OF_WHAT)
    starts_on: Day
    ends_on: Day
    comparator: Annotated[str, code(codes.COMPARATORS), _COMPARATOR] = Field(default="eq", description=_COMPARED)
    value: Value
    unit: Annotated[str, code(FIGURE_UNITS)]
    source: Annotated[str, text(300), _SOURCE] = Field(description=_BODY)
    document_number: Annotated[str, text(100)] | None = None
    document_on: Annotated[PastDay | None, _DOCUMENT_ON] = Field(default=None, description=_DATED)
    note: Annotated[str, text(1000)] | None = None
    is_synthetic: Flag = Field(default=False, description="An invented figure, for demonstration")
    file_ids: FileIds = []
    reason: Reason | None = None

    @model_validator(mode="after")
    def _agrees(self) -> ReportedFigureCreate:
        check_body(self)
        if self.commune_code is None and self.province is None:
            words = ("Hãy ghi xã, hoặc tỉnh của số liệu.", "Give the commune or the province that the figure is of.")
            raise field_error("required", *words, at="province")
        in_order(self.starts_on, self.ends_on, "ends_on")
        return self


class ReportedFigure(Recorded):
    """A number that a report gives; no record stands behind it."""

    indicator: str
    scope: Annotated[str, _SCOPE] = Field(json_schema_extra=listed(FIGURE_SCOPES), description=_OF_WHAT)
    commune_code: str | None
    commune_map: str | None = Field(json_schema_extra=listed(codes.COMMUNE_MAPS))
    province: str | None = Field(description="Where the figure is of a province; null: of a commune")
    province_2008: str | None = Field(
        description="null: of a province of 2025 that was merged from several, or of the nation"
    )
    province_2025: str = Field(description="VN: of the nation")
    starts_on: date
    ends_on: date
    comparator: Annotated[str, _COMPARATOR] = Field(json_schema_extra=listed(codes.COMPARATORS), description=_COMPARED)
    value: Annotated[str, _VALUE] = Field(description=_DECIMAL)
    unit: str = Field(json_schema_extra=listed(FIGURE_UNITS))
    source: Annotated[str, _SOURCE] = Field(description=_BODY)
    document_number: str | None
    document_on: Annotated[date | None, _DOCUMENT_ON] = Field(description=_DATED)
    note: str | None
    is_synthetic: bool = Field(description="An invented figure, for demonstration")
    file_ids: list[str]
    alliance: str
