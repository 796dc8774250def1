"""Field types that bodies of several services share: money, places, people's numbers, files, reasons."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import Field, StringConstraints

from kernel.values import geography, lineage
from kernel.values.common_lists import COMMUNE_MAPS
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import MAX_VND
from kernel.values.text import name_folded
from kernel.web.schemas import code, text

PositiveVnd = Annotated[
    int,
    Field(strict=True, gt=0, le=MAX_VND, json_schema_extra={"format": "int64"}, description="Whole đồng, above 0"),
]
VndShown = Annotated[int, Field(json_schema_extra={"format": "int64"})]
"""An amount in an answer; it may be negative."""

PROVINCE_PATTERN = "^[0-9]{2}-(2008|2025)$"
ProvinceId = Annotated[str, StringConstraints(strict=True, pattern=PROVINCE_PATTERN)]
"""A province on either map: 25-2025, 17-2008. Whether there is such a one `check_province` says."""
AllianceId = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9]{2}-2025$")]
CommuneCode = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9]{5}$")]
CommuneMap = Annotated[str, code(COMMUNE_MAPS)]
CommuneMapNeeded = Annotated[
    CommuneMap | None,
    Field(description="Map of the code, 2008 or 2025; needed where both maps have it, as most codes of 2025"),
]
"""The map beside a commune's code in a body; `check_place` puts in the only one that has the code."""

IdNumber = Annotated[str, StringConstraints(strict=True, pattern=r"^([0-9]{9}|[0-9]{12})$")]
"""A person's: 9 digits on identity cards until 2016, 12 on those of today."""
Phone = Annotated[str, StringConstraints(strict=True, pattern=r"^[+]?[0-9][0-9 .]{5,18}[0-9]$")]

Reason = Annotated[str, text(500)]
"""Why a record is entered, corrected or removed; its history keeps it."""
RemovalReason = Annotated[
    Annotated[str, text(500)] | None, Query(description="Why the record is deleted; its history keeps it")
]
"""A DELETE has no body: what its history is to say comes as a parameter."""
FileIds = Annotated[list[Id], Field(max_length=20)]

UUID: dict[str, Any] = {"format": "uuid"}
VND: dict[str, Any] = {"format": "int64"}
"""What the contract says of an id and of an amount in an answer: `Field(json_schema_extra=UUID)`."""


def in_order(first: date | None, last: date | None, name: str) -> None:
    """Raise the error of field `name` if the last day lies before the first."""
    if first is not None and last is not None and last < first:
        raise field_error(
            "end_before_start", "Ngày này phải từ ngày đầu trở đi.", "This day is before the first one.", at=name
        )


def check_province(province_id: str) -> str:
    """Return the id of a province of either map. Raises the error of one that there is not."""
    if geography.province(province_id) is None:
        raise field_error(
            "unknown_province",
            "Không có tỉnh này; hãy chọn trong danh mục tỉnh.",
            "There is no such province; choose one of the list.",
        )
    return province_id


def map_of_commune(commune_code: str) -> str | None:
    """Return the map that a code is meant on where none is named: the only one that has it, None if none does.

    Raises the error of a code of both maps: it names two places.
    """
    maps = lineage.maps_of(commune_code)
    if len(maps) > 1:
        raise field_error(
            "ambiguous_commune",
            "Mã này có trên cả hai bản đồ, là hai nơi khác nhau; hãy nêu mã theo địa giới nào.",
            "Both maps have a commune with this code, two different places; say which map it is of.",
            at="commune_map",
            allowed=maps,
        )
    return maps[0] if maps else None


def check_place(commune_code: str | None, commune_map: str | None) -> str | None:
    """Return the map that a commune is on, as named or the only one that has its code; None where no commune is named.

    Raises the error of a commune that is not on its map, of a code of both maps without one, and of a map without a code.
    """
    if commune_code is None:
        if commune_map is not None:
            words = ("Hãy ghi cả mã xã và bản đồ xã.", "Give both the code of the commune and its map.")
            raise field_error("required", *words, at="commune_code")
        return None
    on = map_of_commune(commune_code) if commune_map is None else commune_map
    if on is None or geography.place(commune_code, on) is None:
        words = (
            "Không có xã này trên bản đồ đã nêu; hãy kiểm tra mã xã và bản đồ.",
            "There is no such commune on that map; check code and map.",
        )
        raise field_error("unknown_commune", *words, at="commune_code")
    return on


def folded(value: str) -> str:
    """Return a query as names are searched. Raises the error of one without letters or digits."""
    query = name_folded(value)
    if not query:
        raise field_error("wrong_format", "Hãy ghi ít nhất một chữ hoặc số.", "Give at least one letter or digit.")
    return query


def path_id(parameter: str) -> Any:
    """Return the type of the endpoint's parameter that is the path's `parameter`."""
    return Annotated[Id, Path(alias=parameter)]
