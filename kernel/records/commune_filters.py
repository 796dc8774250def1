"""The parameters `commune_code`, `commune_map` and `district` of lists: communes of both maps, each with what lies in it.

A record was entered on one map. One of 2025 holds what was entered in old communes that went whole into it, a district what lies
in its communes; where an old commune was divided the record may lie there, and is told apart (`Lying.doubtful`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from pydantic_core import PydanticCustomError

from kernel.problems import FieldError
from kernel.records.listing import Filter, code_filter, text_filter
from kernel.values import geography, lineage
from kernel.values.common_lists import COMMUNE_MAPS
from kernel.values.field_errors import as_fault, field_error
from kernel.web.field_types import map_of_commune


def _district(value: str) -> str:
    code = value.removesuffix("-2008")
    if geography.district(code) is None:
        raise field_error(
            "unknown_district",
            "Không có huyện này trên bản đồ đến 30/6/2025; hãy kiểm tra mã huyện.",
            "There is no such district on the map until 30 June 2025; check its code.",
        )
    return code


def steering(filter_: Filter) -> Filter:
    """Return a filter that puts nothing into the condition by itself: it is read together with others."""
    return replace(filter_, sql="")


_CODE = steering(
    text_filter(
        "commune_code",
        "",
        "Commune of either map; one of 2025 holds what lay in old communes that went whole into it. Needs `commune_map` where "
        "both maps have the code, or the map behind it, `07900-2025`.",
    )
)
COMMUNE_FILTERS = (
    _CODE,
    steering(code_filter("commune_map", "", COMMUNE_MAPS, "Map of the commune code.")),
    Filter(
        "district",
        "",
        "District of the map until 30 June 2025, `227-2008` or `227`.",
        _district,
        {"type": "string", "pattern": "^[0-9]{3}(-2008)?$"},
        repeated=True,
    ),
)
ON_MAP = Filter("_on_map", "{s}.commune_map = ANY({0}::text[])", "")
"""Set where a map is asked for without a commune."""


def read_communes(given: dict[str, Any]) -> list[FieldError]:
    """Turn the communes and districts asked for into lists of codes on each map, in place; return what is wrong."""
    codes, maps = given.get("commune_code", []), given.get("commune_map")
    if maps and not codes:
        given["_on_map"] = maps
    units = []
    for code in codes:
        plain, _, of_map = code.partition("-")
        if of_map in COMMUNE_MAPS:
            units.append((plain, of_map))
            continue
        try:
            units += [(code, map_) for map_ in maps or [map_of_commune(code) or "2008"]]
        except PydanticCustomError as error:
            return [as_fault(error, parameter="commune_map")]
    if units:
        _put(given, "_commune", [(f"{code}-{map_}", lineage.lying_in("commune", map_)) for code, map_ in units])
        given["_commune_today"] = [code for code, map_ in units if map_ == "2025"]
    if districts := given.get("district"):
        within = lineage.lying_in("district", "2008")
        _put(given, "_district", [(f"{code}-2008", within) for code in districts])
        known = [geography.district(code) for code in districts]
        given["_district_names"] = [f"{each.province_id} {each.full_name}" for each in known if each is not None]
    return []


def _put(given: dict[str, Any], axis: str, units: Iterable[tuple[str, lineage.Map]]) -> None:
    """Put the codes of what lies in the units, and of what may lie there, by map."""
    surely: set[str] = set()
    maybe: set[str] = set()
    for unit, on in units:
        # A code that the map does not have is looked for as it stands: of a commune merged away, or not known.
        surely.update(on.members.get(unit, (unit,)))
        maybe.update(on.doubtful.get(unit, ()))
    for name, keys in (("", surely), ("_maybe", maybe - surely)):
        for map_ in ("2008", "2025"):
            given[f"{axis}_{map_}{name}"] = sorted(
                key.removesuffix(f"-{map_}") for key in keys if key.endswith(f"-{map_}")
            )


class Lying(NamedTuple):
    """The conditions for records that lie in what was asked for, and for those of which nobody can say."""

    certain: str
    doubtful: str


def lying(given: Mapping[str, Any], alias: str, *, placed: str | None = None, named: bool = False) -> list[Lying]:
    """Return the conditions on the table `alias`: of the communes asked for, and of the districts; none for what was not.

    `placed`: the column that says in which commune of 2025 an officer placed a record. `named`: an unknown commune (00000) may
    have the name of its district in `commune_name`.
    """
    asked = []
    if "_commune_2008" in given:
        arms = [f"{placed} = ANY({{_commune_today}}::text[])"] if placed and given["_commune_today"] else []
        asked.append(_conditions(given, alias, "_commune", arms, placed))
    if "_district_2008" in given:
        unknown = (
            f"({alias}.commune_code = '{geography.UNKNOWN_COMMUNE}'"
            f" AND {alias}.province_2008 || ' ' || {alias}.commune_name = ANY({{_district_names}}::text[]))"
        )
        asked.append(_conditions(given, alias, "_district", [unknown] if named else [], None))
    return asked


def _conditions(given: Mapping[str, Any], alias: str, axis: str, arms: list[str], placed: str | None) -> Lying:
    # An arm for each map that has any: a bitmap of the index on code and map serves each, and those together.
    def on_maps(suffix: str, also: str = "") -> list[str]:
        return [
            f"({alias}.commune_code = ANY({{{axis}_{map_}{suffix}}}::text[]) AND {alias}.commune_map = '{map_}'{also})"
            for map_ in ("2008", "2025")
            if given[f"{axis}_{map_}{suffix}"]
        ]

    certain = [*on_maps(""), *arms]
    doubtful = on_maps("_maybe", f" AND {placed} IS NULL" if placed else "")
    return Lying(_any(certain), _any(doubtful))


def _any(arms: list[str]) -> str:
    return f"({' OR '.join(arms)})" if arms else "FALSE"
