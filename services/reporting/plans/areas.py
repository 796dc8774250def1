"""The area that a plan or a measure is of, and how figures name the same area."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kernel.values import geography
from kernel.values.field_errors import field_error
from kernel.web.auth import NATION
from kernel.web.field_types import check_province
from kernel.web.schemas import Checked

AREA_PATTERN = "^(VN|[0-9]{2}-(2008|2025))$"


def _is_area(value: str) -> str:
    if value == NATION:
        return value
    if len(value) != 7 or value[2:3] != "-":
        raise field_error(
            "wrong_format",
            "Hãy ghi mã tỉnh kèm bản đồ của nó, hoặc mã của cả nước, như tài liệu nêu.",
            "Give a province with its map, or the nation, as the documentation has them.",
        )
    return check_province(value)


Area = Annotated[str, Checked(_is_area, {"type": "string", "pattern": AREA_PATTERN})]
"""A province on either map, or VN for the whole nation."""
AreaShown = Annotated[str, Field(description="A province on either map; VN: the whole nation")]


def owner_of_area(area: str) -> str:
    """Return the alliance that owns what is of an area: the province of 2025, or the nation."""
    if area == NATION:
        return NATION
    province = geography.province(area)
    assert province is not None, "an area is checked when it is entered"
    return province.id if province.map == "2025" else str(province.successor_id)


def place_of(area: str) -> str:
    """Return the one name of an area: a province that was merged with no other is the one of 2025."""
    if area == NATION:
        return area
    newest = owner_of_area(area)
    return newest if area == newest or len(geography.expand(newest)) == 1 else area


def provinces_in(area: str) -> frozenset[str]:
    """Return the provinces of the 2008 map in an area."""
    if area == NATION:
        return frozenset(province.id for province in geography.provinces() if province.map == "2008")
    return frozenset(geography.expand(area))


def columns_of_area(area: str) -> dict[str, str | None]:
    """Return the columns by which lists find what is of an area; null where it is of several provinces."""
    if area == NATION:
        return {"province_2008": None, "province_2025": None}
    old = geography.expand(area)
    return {"province_2008": old[0] if len(old) == 1 else None, "province_2025": owner_of_area(area)}
