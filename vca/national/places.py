"""Where invented organizations sit: communes of both maps."""

from __future__ import annotations

from functools import cache
from typing import Any

from kernel.values import geography
from kernel.values.geography import Commune


@cache
def old_communes() -> tuple[Commune, ...]:
    """Return every commune of the map of 2008."""
    return tuple(commune for commune in geography.communes() if commune.map == "2008")


@cache
def communes_of(province_2008: str, map_: str) -> tuple[Commune, ...]:
    """Return the communes of one map that lie in an old province."""
    communes = []
    for commune in geography.communes():
        place = geography.place(commune.code, commune.map) if commune.map == map_ else None
        if place is not None and place.province_2008 == province_2008:
            communes.append(commune)
    return tuple(communes)


def seat_in(commune: Commune) -> dict[str, Any]:
    """Return the columns of a seat in a commune."""
    place = geography.place(commune.code, commune.map)
    assert place is not None
    return {
        "commune_code": commune.code,
        "commune_map": commune.map,
        "commune_name": None,
        "address": None,
        "province_2008": place.province_2008,
        "province_2025": place.province_2025,
        "seat_2025_commune_code": None,
    }
