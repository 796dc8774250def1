"""The catalogue over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field
from starlette.responses import Response

from kernel.problems.field_labels import Label
from kernel.records.code_lists import cacheable
from kernel.values.common_lists import FIGURE_UNITS, INDICATOR_KINDS
from kernel.web.calls import CurrentCall
from kernel.web.operations import ApiRouter
from kernel.web.schemas import Output, listed
from services.reporting import code_lists as codes
from services.reporting.catalogue.entries import CATALOGUE, Entry
from services.reporting.scopes import PREFIX, READ, SERVICE


class CatalogueEntry(Output):
    """An indicator of any service: what it is, how its figures are put together, and how reports print it."""

    code: Annotated[str, Label("Mã chỉ tiêu")]
    label: str
    unit: str
    kind: Annotated[str, Label("Cách tính")] = Field(
        json_schema_extra=listed(INDICATOR_KINDS), description="flow: counted over the period; stock: at its last day"
    )
    direction: Annotated[str, Label("Chiều tốt lên")] = Field(
        json_schema_extra=listed(codes.DIRECTIONS), description="Whether more of it is better: plans are judged by it"
    )
    scopes: list[str] = Field(description="The first is the default")
    group_by: list[str]
    numerator: Annotated[str | None, Label("Tử số")] = Field(description="Of a ratio: what is divided")
    denominator: Annotated[str | None, Label("Mẫu số")] = Field(description="Of a ratio: what it is divided by")
    denominator_indicator: Annotated[str | None, Label("Chỉ tiêu mẫu số")] = Field(
        description="Its code, where that is an indicator of its own"
    )
    aggregation: Annotated[str, Label("Cách tổng hợp")] = Field(
        json_schema_extra=listed(codes.AGGREGATIONS), description="How it follows from those of areas and of periods"
    )
    display_unit: Annotated[str, Label("Đơn vị khi in")] = Field(
        json_schema_extra=listed(FIGURE_UNITS), description="The unit that reports print"
    )
    decimals: Annotated[int, Label("Số chữ số thập phân")] = Field(
        description="How many of them reports print at most, half up"
    )
    source_service: Annotated[str, Label("Dịch vụ nguồn")] = Field(
        json_schema_extra=listed(codes.SOURCE_SERVICES), description="The service that counts it"
    )
    source: Annotated[str, Label("Nguồn định nghĩa")] = Field(json_schema_extra={"maxLength": 2000})
    legal_source: Annotated[str | None, Label("Căn cứ pháp lý")] = Field(description="The law that says what it is")
    valid_from: date | None
    valid_to: date | None = Field(description="The last day that it has a meaning on")
    version: int = Field(description="Rises when what is counted changes")


class Catalogue(Output):
    """All indicators of all services."""

    items: list[CatalogueEntry]


def _shown(entry: Entry, language: str) -> dict[str, Any]:
    at = language == "en"
    return {
        "code": entry.code,
        "label": entry.label(language),
        "unit": entry.unit,
        "kind": entry.kind,
        "direction": entry.direction,
        "scopes": entry.scopes,
        "group_by": entry.group_by,
        "numerator": entry.numerator and entry.numerator[at],
        "denominator": entry.denominator and entry.denominator[at],
        "denominator_indicator": entry.denominator_indicator,
        "aggregation": entry.aggregation,
        "display_unit": entry.display_unit,
        "decimals": entry.decimals,
        "source_service": entry.service,
        "source": entry.source,
        "legal_source": entry.legal_source,
        "valid_from": entry.valid_from,
        "valid_to": entry.valid_to,
        "version": entry.version,
    }


router = ApiRouter(prefix=PREFIX, tags=[f"{SERVICE}-indicators"])


# GET    /v1/reporting/indicators
@router.operation(
    "GET",
    "/indicators",
    scopes=READ,
    conditional=True,
    response_model=Catalogue,
    summary="List the indicators of all services",
)
async def list_reporting_indicators(call: CurrentCall) -> Response:
    """Return every indicator that figures are asked for, of whichever service."""
    return cacheable(call, {"items": [_shown(entry, call.language) for entry in CATALOGUE.values()]})
