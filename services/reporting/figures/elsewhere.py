"""What other bodies report of the same thing, beside the figure that is counted from records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypedDict

from kernel.database.statements import statement
from kernel.values import geography
from kernel.web.auth import NATION
from kernel.web.calls import Call
from services.reporting.catalogue import CATALOGUE
from services.reporting.figures.ask import FigureAsk
from services.reporting.figures.items import Item

_MILLION = Decimal(1_000_000)
_PLACED_BY = ("province", "commune")
"""What figures are grouped by that reported ones are of, beside periods."""


class _Reported(TypedDict):
    id: str
    indicator: str
    scope: str
    province: str | None
    commune_code: str | None
    commune_map: str | None
    starts_on: date
    ends_on: date
    comparator: str
    value: str
    unit: str
    source: str
    document_number: str | None
    document_on: date | None


# By ix_reported_figure_indicator; the newest document first.
_REPORTED = """
    SELECT r.id, r.indicator, r.scope, r.province, r.commune_code, r.commune_map, r.starts_on, r.ends_on, r.comparator,
           r.value, r.unit, r.source, r.document_number, r.document_on
      FROM reported_figure r
     WHERE r.indicator = ANY($1::text[]) AND r.ends_on = ANY($2::date[]) AND {area}
     ORDER BY r.document_on DESC NULLS LAST, r.id"""
_OF_NATION = statement(_Reported, _REPORTED.format(area="$3::text IS NULL"))
_OF_AREA = statement(_Reported, _REPORTED.format(area="r.alliance = $3::text"))

_Place = frozenset[str]


def _whole(area: str) -> _Place:
    """Return a place by what is the same of it on both maps: its provinces of 2008, or the nation."""
    return frozenset((NATION,) if area == NATION else geography.expand(area))


def _place_of(row: _Reported) -> _Place:
    if row["commune_code"] is not None:
        return frozenset((f"{row['commune_code']}-{row['commune_map']}",))
    return _whole(str(row["province"]))


def _place_asked(ask: FigureAsk, item: Item, area: str) -> _Place | None:
    """Return the place that an item is of; None for a part of one that is no place."""
    if ask.group_by == "commune":
        return None if item["group"] is None else frozenset((str(item["group"]),))
    if ask.group_by in (None, "province") or ask.is_grouped_in_time:
        return _whole(item["province"] or area)
    return None


def in_unit(value: Decimal, unit: str, shown: str) -> tuple[Decimal, str]:
    """Return an amount in the unit that a figure is shown in, where they differ by millions only; else as it is."""
    if f"million_{unit}" == shown:
        return value / _MILLION, shown
    if unit == f"million_{shown}":
        return value * _MILLION, shown
    return value, unit


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


async def add_reported_elsewhere(call: Call, ask: FigureAsk, items: Sequence[Item]) -> None:
    """Put in each item the reported figures of the same indicator, scope, place and days: of a stock, of the same last day."""
    days = sorted({item["to"] for item in items})
    if not items or not (ask.group_by is None or ask.group_by in _PLACED_BY or ask.is_grouped_in_time):
        return
    codes = list(dict.fromkeys(item["indicator"] for item in items))
    alliance = call.caller.alliance
    rows = await call.db.fetch(_OF_NATION if alliance is None else _OF_AREA, codes, days, alliance)
    found: dict[tuple[Any, ...], list[_Reported]] = {}
    for row in rows:
        key = (row["indicator"], row["scope"], _place_of(row), _first_day(row["indicator"], row["starts_on"]))
        found.setdefault((*key, row["ends_on"]), []).append(row)
    if not found:
        return
    for item in items:
        place = _place_asked(ask, item, call.caller.area)
        first = _first_day(item["indicator"], item["from"])
        same = found.get((item["indicator"], item["scope"], place, first, item["to"]), [])
        item["reported_elsewhere"] = [_shown(row, item["unit"]) for row in same]


def _first_day(code: str, first: date) -> date | None:
    return None if CATALOGUE[code].kind == "stock" else first


def _shown(row: _Reported, unit: str) -> dict[str, Any]:
    value, unit = in_unit(Decimal(row["value"]), row["unit"], unit)
    return {
        "value": _number(value),
        "unit": unit,
        "comparator": row["comparator"],
        "source": row["source"],
        "document": row["document_number"],
        "document_on": row["document_on"],
        "reported_figure_id": row["id"],
    }
