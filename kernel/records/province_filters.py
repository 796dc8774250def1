"""The parameter `province` of lists: either map, and an index led by its column."""

from __future__ import annotations

from typing import Any

from kernel.records.listing import Filter
from kernel.web.field_types import PROVINCE_PATTERN, check_province

PROVINCE = Filter(
    "province",
    "",
    "Province on either map, `25-2025` or `17-2008`; one of 2025 includes what lay in those merged into it.",
    check_province,
    {"type": "string", "pattern": PROVINCE_PATTERN},
    repeated=True,
)
PROVINCE_FILTERS = (
    PROVINCE,
    Filter("_province_2008", "{s}.province_2008 = ANY({0}::text[])", ""),
    Filter("_province_2025", "{s}.province_2025 = ANY({0}::text[])", ""),
    Filter("_province_any", "({s}.province_2008 = ANY({0}::text[]) OR {s}.province_2025 = ANY({0}::text[]))", ""),
)


def split_province(parameters: dict[str, Any]) -> None:
    """Send the province filter to the column of its map, so that an index leads by it."""
    values = parameters.get("province")
    if values:
        maps = {value[3:] for value in values}
        parameters["_province_" + (maps.pop() if len(maps) == 1 else "any")] = values
