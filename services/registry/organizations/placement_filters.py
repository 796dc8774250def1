"""Lists by commune and district: those that lie there, and those that may, because their old commune was divided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.problems import FieldError
from kernel.records.commune_filters import COMMUNE_FILTERS, ON_MAP, lying, read_communes, steering
from kernel.records.listing import code_filter
from kernel.values import geography, lineage
from services.registry import code_lists as codes

PLACEMENT_FILTERS = (
    *COMMUNE_FILTERS,
    ON_MAP,
    steering(
        code_filter(
            "placement",
            "",
            codes.PLACEMENTS,
            "How sure it is in which commune of 2025 the seat lies. uncertain: with a commune or district, those that may lie there.",
        )
    ),
)


def read_placement(given: dict[str, Any]) -> list[FieldError]:
    """Read the communes and districts asked for, in place; return what is wrong."""
    if "placement" in given:
        given["_divided"] = list(lineage.divided())
    return read_communes(given)


def placement_conditions(given: Mapping[str, Any], alias: str) -> tuple[str, ...]:
    """Return the conditions for what was asked of communes, districts and placement; none without them."""
    placed = f"{alias}.seat_2025_commune_code"
    asked = lying(given, alias, placed=placed, named=True)
    inside = " AND ".join(each.certain for each in asked)
    placements = given.get("placement")
    if placements is None:
        return (inside,) if inside else ()
    arms = []
    if sure := [_of_class(placement, alias, placed) for placement in placements if placement != "uncertain"]:
        arms.append(f"(({' OR '.join(sure)}) AND {inside or 'TRUE'})")
    if "uncertain" in placements:
        possible = " AND ".join(f"({each.certain} OR {each.doubtful})" for each in asked)
        arms.append(f"({possible} AND ({inside}) IS NOT TRUE)" if asked else _of_class("uncertain", alias, placed))
    return (f"({' OR '.join(arms)})",)


def _of_class(placement: str, alias: str, placed: str) -> str:
    """Return the condition for seats of one placement, as `seat_2025` shows it."""
    unknown = f"({alias}.commune_code = '{geography.UNKNOWN_COMMUNE}' OR {alias}.commune_name IS NOT NULL)"
    match placement:
        case "placed":
            return f"{placed} IS NOT NULL"
        case "uncertain":
            return f"({alias}.commune_code = ANY({{_divided}}::text[]) AND {alias}.commune_map = '2008' AND {placed} IS NULL)"
        case "unknown":
            return f"({unknown} AND {placed} IS NULL)"
        case _:
            whole = f"{alias}.commune_code <> ALL({{_divided}}::text[]) AND NOT {unknown}"
            return f"({placed} IS NULL AND ({alias}.commune_map = '2025' OR {whole}))"


def asked_for_uncertain(given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the parameters of the records that may lie in what was asked for; None where no place is, or those were."""
    if not given.keys() & {"commune_code", "district"} or "uncertain" in given.get("placement", ()):
        return None
    return {**given, "placement": ["uncertain"]}
