"""Where a seat of the 2008 map lies today: for sure, or, where its commune was divided, as an officer placed it."""

from __future__ import annotations

import functools
from typing import Annotated

from orjson import Fragment
from pydantic import Field

from kernel.problems import FieldError, Invalid
from kernel.values import geography, lineage
from kernel.web.field_types import CommuneCode
from kernel.web.replies import dump_to_keep
from kernel.web.schemas import Input, Output, code, listed
from services.registry import code_lists as codes

_ALWAYS_2025 = {"2025": codes.COMMUNE_MAPS["2025"]}


class SeatPlacement(Input):
    """The commune of today that the seat lies in, where its commune of 2008 was divided. It is no move."""

    commune_code: CommuneCode = Field(description="One of the communes of 2025 that the old one was divided between")
    commune_map: Annotated[str, code(_ALWAYS_2025)] = Field(default="2025", description="Always 2025")


class SeatToday(Output):
    """The commune of 2025 that a seat lies in, as far as it is known."""

    commune_code: str | None = Field(description="Null where it is not known: see placement")
    commune_name: str | None
    placement: str = Field(
        json_schema_extra=listed(codes.PLACEMENTS),
        description="certain: on the map of 2025, or in an old commune that went whole into one; placed: an officer said so; "
        "uncertain: the old commune was divided and nobody has said; unknown: the old commune is not known",
    )


@functools.lru_cache(maxsize=20_000)
def seat_today(commune_code: str, commune_map: str, placed: str | None) -> Fragment:
    """Return where a seat lies on the map of 2025, as it is answered; `placed` is where an officer put it.

    Every row of a page has one: as JSON already it costs the page a look-up.
    """
    today = lineage.commune_today(commune_code, commune_map)
    if today is not None:
        placement = "certain"
    elif placed is not None:
        today, placement = placed, "placed"
    else:
        placement = "uncertain" if lineage.is_divided(commune_code, commune_map) else "unknown"
    commune = None if today is None else geography.commune(today, "2025")
    name = None if commune is None else commune.full_name
    return Fragment(dump_to_keep({"commune_code": today, "commune_name": name, "placement": placement}))


def placed_code(placement: SeatPlacement | None, commune_code: str, commune_map: str, province_2025: str) -> str | None:
    """Return what is kept of a placement of a seat; None where there is nothing to place.

    Raises Invalid for a commune that the seat cannot lie in.
    """
    if placement is None:
        return None
    new = geography.commune(placement.commune_code, "2025")
    if new is None:
        words = (
            "Không có xã này trên bản đồ từ 01/7/2025; hãy kiểm tra mã xã.",
            "There is no such commune on the map since 1 July 2025; check the code.",
        )
        raise _refused("unknown_commune", words)
    if commune_code == geography.UNKNOWN_COMMUNE:
        words = (
            "Chưa rõ xã đặt trụ sở; hãy hiệu đính trụ sở thay vì xếp xã hiện nay.",
            "The commune of the seat is not known; correct the seat instead of placing it.",
        )
        raise _refused("commune_unknown", words)
    today = lineage.commune_today(commune_code, commune_map)
    possible = (today,) if today is not None else tuple(pair.new_code for pair in lineage.successors(commune_code))
    # A commune merged away before March 2025 has no successors on record: any of its province may be the one.
    fits = new.code in possible if possible else new.province_id == province_2025
    if not fits:
        names = ", ".join(unit.full_name for each in possible if (unit := geography.commune(each, "2025")))
        words = (
            f"Xã của trụ sở không nhập vào xã này; hãy chọn: {names}." if names else "Xã này ở tỉnh khác với trụ sở.",
            f"The commune of the seat did not go into this one; choose: {names}."
            if names
            else "This commune is in another province than the seat.",
        )
        raise _refused("not_a_successor", words, possible)
    return None if today is not None else new.code


def _refused(fault: str, words: tuple[str, str], allowed: tuple[str, ...] | None = None) -> Invalid:
    return Invalid(FieldError(fault, words, pointer="/seat_2025/commune_code", allowed=allowed or None))
