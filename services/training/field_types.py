"""Shapes that classes, events and programs share: money by source, places, days in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema

from kernel.problems.field_labels import Label
from kernel.records.crud import outside_area
from kernel.records.listing import Filter
from kernel.records.province_filters import PROVINCE
from kernel.values import geography
from kernel.values.days import EARLIEST, now
from kernel.values.field_errors import field_error
from kernel.values.money import Vnd
from kernel.values.text import name_folded
from kernel.web.operations import Call
from kernel.web.schemas import Input, code, text
from services.training import code_lists as codes

CommuneCode = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9]{5}$")]
CommuneMap = Annotated[str, code(codes.COMMUNE_MAPS)]
Reason = Annotated[str, text(500)]
UUID: dict[str, Any] = {"format": "uuid"}
VND: dict[str, Any] = {"format": "int64"}


class SourceAmount(Input):
    """Money of one source."""

    source: Annotated[str, code(codes.BUDGET_SOURCES), Label("Nguồn kinh phí")]
    amount_vnd: Vnd


Amounts = Annotated[list[SourceAmount], Field(max_length=len(codes.BUDGET_SOURCES))]


def once_each(amounts: Sequence[SourceAmount], name: str) -> None:
    """Raise the fault of field `name` if a source stands in it twice."""
    if len({item.source for item in amounts}) < len(amounts):
        raise field_error("given_twice", "Mỗi nguồn chỉ ghi một lần.", "Give each source once.", at=name)


def in_order(first: date | None, last: date | None, name: str) -> None:
    """Raise the fault of field `name` if the last day lies before the first."""
    if first is not None and last is not None and last < first:
        raise field_error(
            "end_before_start", "Ngày này phải từ ngày đầu trở đi.", "This day is before the first one.", at=name
        )


def check_place(commune_code: str | None, commune_map: str | None) -> None:
    """Raise the fault of a commune that is not on its map, or is named without one."""
    if (commune_code is None) != (commune_map is None):
        words = ("Hãy ghi cả mã xã và bản đồ xã.", "Give both the code of the commune and its map.")
        raise field_error("required", *words, at="commune_map" if commune_map is None else "commune_code")
    if commune_code is not None and geography.place(commune_code, str(commune_map)) is None:
        words = (
            "Không có xã này trên bản đồ đã nêu; hãy kiểm tra mã xã và bản đồ.",
            "There is no such commune on that map; check code and map.",
        )
        raise field_error("unknown_commune", *words, at="commune_code")


def placed(call: Call, commune_code: str, commune_map: str) -> dict[str, Any]:
    """Return both provinces of a checked commune and the alliance that owns what lies there.

    Raises Invalid for one beyond the caller's area.
    """
    place = geography.place(commune_code, commune_map)
    assert place is not None, "checked with the body"
    if not call.caller.holds(place.province_2025):
        raise outside_area("/commune_code")
    provinces = {"province_2008": place.province_2008, "province_2025": place.province_2025}
    return {**provinces, "alliance": place.province_2025}


def folded(value: str) -> str:
    """Return a query as names are searched. Raises the fault of one without letters or digits."""
    found = name_folded(value)
    if not found:
        raise field_error("wrong_format", "Hãy ghi ít nhất một chữ hoặc số.", "Give at least one letter or digit.")
    return found


NAME_FILTER = Filter(
    "q", "r.name_folded LIKE '%' || {0} || '%'", "Search in names without regard to case or marks.", folded
)


def _instant(value: datetime) -> datetime:
    if value.tzinfo is None or value.year < EARLIEST.year:
        raise field_error("not_an_instant", "Hãy ghi đủ ngày, giờ và múi giờ.", "Give day, time of day and time zone.")
    if value > now() + timedelta(minutes=10):
        raise field_error(
            "in_the_future", "Thời điểm này chưa tới; hãy kiểm tra lại.", "This moment has not come yet; check it."
        )
    return value.astimezone(UTC)


Instant = Annotated[
    datetime,
    AfterValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "description": "An instant in UTC, not in the future"}),
]
"""When something happened. A device's clock may run ten minutes ahead."""


def in_provinces(condition: str, *, beyond: bool = False) -> tuple[Filter, ...]:
    """Return the filter `province` of records that lie where their class does; {} stands for the class's condition.

    `beyond`: the condition looks at records of other organizations as well.
    """
    old, new = "c.province_2008 = ANY({0}::text[])", "c.province_2025 = ANY({0}::text[])"
    either = f"({old} OR {new})"
    named = (("2008", old), ("2025", new), ("any", either))
    return (
        replace(PROVINCE, beyond=beyond),
        *(Filter(f"_province_{map_}", condition.replace("{}", sql), "") for map_, sql in named),
    )
