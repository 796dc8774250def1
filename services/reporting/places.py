"""Where an activity took place, or what place a reported figure is of: a commune of either map, or a province."""

from __future__ import annotations

from typing import Annotated, TypedDict

from pydantic import Field

from kernel.problems import FieldError, Invalid
from kernel.records.crud import outside_area
from kernel.values import geography
from kernel.values.field_errors import field_error
from kernel.web.auth import NATION, Caller
from kernel.web.field_types import PROVINCE_PATTERN, CommuneCode, CommuneMapNeeded, check_place, check_province
from kernel.web.schemas import Checked, Input

Province = Annotated[
    str,
    Checked(check_province, {"type": "string", "pattern": PROVINCE_PATTERN}),
    Field(description="A province of either map, where no commune is named"),
]

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


class PlaceInput(Input):
    """The place in the body of an entry: a commune, or a province alone."""

    commune_code: CommuneCode | None = None
    commune_map: CommuneMapNeeded = None
    province: Province | None = None


class Placed(TypedDict):
    """The columns of a place, and the alliance that owns what lies there."""

    commune_code: str | None
    commune_map: str | None
    province_2008: str
    province_2025: str
    alliance: str


def check_body(body: PlaceInput) -> None:
    """Put in the map of a body's commune. Raises the fault of a commune that is none, and of a province beside one."""
    if (on := check_place(body.commune_code, body.commune_map)) is not None:
        body.commune_map = on
        if body.province is not None:
            raise field_error(
                "differs_from_commune",
                "Xã đã cho biết tỉnh; hãy chỉ ghi xã, hoặc chỉ ghi tỉnh.",
                "The commune says which province it is; give the commune or the province, not both.",
                at="province",
            )


def placed(body: PlaceInput, *, by: Caller, row: Placed | None) -> Placed:
    """Return where a body's activity lies. `row`: the one that is corrected, which stays in its province unless the body says.

    Raises Invalid where nothing says which province of the 2008 map it is, and for one beyond the caller's area.
    """
    if body.commune_code is not None:
        place = geography.place(body.commune_code, str(body.commune_map))
        assert place is not None, "checked with the body"
        province_2008, alliance, pointer = place.province_2008, place.province_2025, "/commune_code"
    else:
        province_2008, pointer = _province_2008(body.province, by=by, row=row), "/province"
        province = geography.province(province_2008)
        assert province is not None, "a province is checked when it is entered"
        alliance = str(province.successor_id)
    if not by.holds(alliance) or (row is not None and row["alliance"] != alliance):
        raise outside_area(pointer)
    return {
        "commune_code": body.commune_code,
        "commune_map": body.commune_map,
        "province_2008": province_2008,
        "province_2025": alliance,
        "alliance": alliance,
    }


def _province_2008(province: str | None, *, by: Caller, row: Placed | None) -> str:
    """Return the province of the 2008 map that is meant; left out, it is the record's, else the caller's only one."""
    named = province or (None if row is not None else by.alliance)
    candidates = geography.expand(named) if named is not None else ()
    if row is not None and (province is None or row["province_2008"] in candidates):
        return row["province_2008"]
    if len(candidates) == 1:
        return candidates[0]
    words = (
        "Hãy ghi xã, hoặc chọn tỉnh theo bản đồ đến 30/6/2025.",
        "Give the commune, or choose the province on the map until 30 June 2025.",
    )
    raise Invalid(FieldError("province_ambiguous" if province else "required", words, pointer="/province"))
