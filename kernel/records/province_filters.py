"""The parameter `province` of lists: either map, and an index led by its column."""

from __future__ import annotations

from typing import Any

from kernel.records.listing import Filter
from kernel.values import geography
from kernel.values.field_errors import field_error


def _province(value: str) -> str:
    if geography.province(value) is None:
        raise field_error(
            "unknown_province",
            "Không có tỉnh này; hãy chọn trong danh mục tỉnh.",
            "There is no such province; choose one of the list.",
        )
    return value


PROVINCE = Filter(
    "province",
    "",
    "Province on either map, `25-2025` or `17-2008`; one of 2025 includes what lay in those merged into it.",
    _province,
    {"type": "string", "pattern": "^[0-9]{2}-(2008|2025)$"},
    repeated=True,
)
PROVINCE_FILTERS = (
    PROVINCE,
    Filter("_province_2008", "{s}.province_2008 = ANY({0}::text[])", ""),
    Filter("_province_2025", "{s}.province_2025 = ANY({0}::text[])", ""),
    Filter("_province_any", "({s}.province_2008 = ANY({0}::text[]) OR {s}.province_2025 = ANY({0}::text[]))", ""),
)


def split_province(given: dict[str, Any]) -> None:
    """Send the province filter to the column of its map, so that an index leads by it."""
    values = given.get("province")
    if values:
        maps = {value[3:] for value in values}
        given["_province_" + (maps.pop() if len(maps) == 1 else "any")] = values
