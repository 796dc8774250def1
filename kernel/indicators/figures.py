"""Figures: which provinces have coverage, what is counted there, and where the records counted are listed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from kernel.database.connections import Database
from kernel.indicators import queries
from kernel.indicators.definitions import Indicator
from kernel.indicators.queries import Wanted
from kernel.indicators.table import IndicatorTable
from kernel.values import geography, lineage
from kernel.values.money import share_percent
from kernel.web.auth import NATION, Caller


@dataclass(frozen=True)
class Ask:
    """What is asked: indicators of a table with their scopes, a period, a place, a grouping."""

    table: IndicatorTable
    indicators: tuple[tuple[Indicator, str], ...]
    from_: date
    to: date
    province: str | None
    group_by: str | None
    geography: str


def _area(caller: Caller) -> frozenset[str]:
    """Return the 2008 provinces of the caller's area."""
    if caller.area == NATION:
        return frozenset(p.id for p in geography.provinces() if p.map == "2008")
    return frozenset(geography.expand(caller.area))


@dataclass(frozen=True)
class _Counted:
    """What was counted for one indicator, by group, and in which of the provinces asked for."""

    indicator: Indicator
    scope: str
    area: frozenset[str]
    has: tuple[str, ...]
    found: dict[str | None, Any]
    under: dict[str | None, Any]
    listed: dict[str | None, Any] | None
    undated: dict[str | None, Any] | None

    @property
    def groups(self) -> set[str | None]:
        """The groups that anything was found in, also what is not dated."""
        return {*self.found, *self.under, *(self.undated or {})}


async def values(db: Database, ask: Ask, caller: Caller) -> list[dict[str, Any]]:
    """Return the figures asked, with status, evidence and, for shares, both parts."""
    area = _area(caller)
    asked = tuple(sorted(area if ask.province is None else area.intersection(geography.expand(ask.province))))
    places = _places(ask, asked)
    coverage = await _coverage(db, asked, ask)
    wanted: list[Wanted] = []

    def place(indicator: Indicator | None, scope: str, has: tuple[str, ...]) -> int | None:
        if indicator is None:
            return None
        wanted.append(Wanted(indicator, scope, has))
        return len(wanted) - 1

    rows = []
    for indicator, scope in ask.indicators:
        has = tuple(p for p in asked if coverage[indicator.kind][p].issuperset(indicator.needs_at(scope)))
        base = None if indicator.denominator is None else ask.table.by_code[indicator.denominator]
        # What a share would count more is more of what it divides by.
        whole, whole_scope = (indicator, scope) if base is None else (base, base.default_scope)
        rows.append(
            (
                indicator,
                scope,
                has,
                place(indicator, scope, has),
                place(base, whole_scope, has),
                place(indicator.of_lists, scope, has),
                place(whole.of_undated, whole_scope, has),
            )
        )
    counted = await queries.count(
        db, wanted, ask.from_, ask.to, caller=caller, group_by=ask.group_by, geography=ask.geography
    )

    def at(place: int | None) -> dict[str | None, Any] | None:
        return None if place is None else counted.get(place, {})

    items = []
    for indicator, scope, has, *parts in rows:
        found, under, listed, undated = map(at, parts)
        figure = _Counted(indicator, scope, area, has, found or {}, under or {}, listed, undated)
        items += [_item(ask, figure, *where) for where in _rows(ask, asked, figure, places)]
    return items


def _places(ask: Ask, asked: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the provinces a figure is grouped by, each with the 2008 provinces in it."""
    if ask.group_by != "province":
        return {}
    if ask.geography == "2008":
        return {province: (province,) for province in asked}
    within: dict[str, list[str]] = {}
    for province in asked:
        known = geography.province(province)
        assert known is not None
        within.setdefault(str(known.successor_id), []).append(province)
    # What was merged into a province but lies outside the caller's area or question still makes it partial.
    return {new: tuple(geography.expand(new)) for new in sorted(within)}


Placed = tuple[str | None, str | None, tuple[str, ...]]


def _rows(ask: Ask, asked: tuple[str, ...], figure: _Counted, places: dict[str, tuple[str, ...]]) -> Iterable[Placed]:
    """Return (province, group, 2008 provinces asked) for each item to answer."""
    whole = tuple(geography.expand(ask.province) if ask.province else asked)
    if ask.group_by is None:
        return [(ask.province, None, whole)]
    if ask.group_by == "province" and places:
        return [(place, place, within) for place, within in places.items()]
    if not figure.has or ask.group_by == "province":
        return [(ask.province, None, whole)]
    if (level := queries.level_of(ask.group_by)) is not None:
        # Also where there is nothing: which communes have none is what people ask for.
        units = {*lineage.units_in(figure.has, level, ask.geography), *figure.groups}
        return [(ask.province, unit, whole) for unit in sorted(units, key=lambda u: (u is None, u))]
    if ask.group_by == "month":
        return [(ask.province, month, whole) for month in _months(ask.from_, ask.to)]
    return [(ask.province, group, whole) for group in sorted(figure.groups, key=lambda g: (g is None, g))]


def _months(first: date, last: date) -> list[str]:
    months = []
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        months.append(f"{year:04d}-{month:02d}")
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return months


async def _coverage(db: Database, asked: Sequence[str], ask: Ask) -> dict[str, dict[str, set[str]]]:
    coverage: dict[str, dict[str, set[str]]] = {}
    for kind in ("flow", "stock"):
        needs = sorted({need for i, scope in ask.indicators if i.kind == kind for need in i.needs_at(scope)})
        first = ask.from_ if kind == "flow" else ask.to
        coverage[kind] = (
            await queries.covered(db, asked, needs, first, ask.to) if needs and asked else {p: set() for p in asked}
        )
    return coverage


def _status(figure: _Counted, within: tuple[str, ...], covered: tuple[str, ...]) -> str:
    if figure.area.isdisjoint(within):
        return "outside_area"
    if not covered:
        return "not_reported"
    return "reported" if len(covered) == len(within) else "partial"


def _item(
    ask: Ask, figure: _Counted, province: str | None, group: str | None, within: tuple[str, ...]
) -> dict[str, Any]:
    indicator, scope = figure.indicator, figure.scope
    covered = tuple(p for p in within if p in figure.has)
    status = _status(figure, within, covered)
    item: dict[str, Any] = {
        "indicator": indicator.code,
        "scope": scope,
        "province": province,
        "group": group,
        "from": ask.from_,
        "to": ask.to,
        "unit": indicator.unit,
        "value": None,
        "numerator": None,
        "denominator": None,
        "reported_part": None,
        "undated_count": None,
        "uncertain_count": None,
        "status": status,
        "missing_provinces": [p for p in within if p not in covered] if status == "partial" else [],
        "evidence": None,
        "denominator_evidence": None,
    }
    if not covered:
        return item
    value = figure.found.get(group, 0)
    if figure.listed is not None:
        item["reported_part"] = figure.listed.get(group, 0)
    if figure.undated is not None:
        item["undated_count"] = figure.undated.get(group, 0)
    item["uncertain_count"] = _uncertain_count(ask, figure, group)
    item["evidence"] = _evidence(ask, indicator, scope, covered, group)
    if indicator.denominator is None:
        item["value"] = float(value) if isinstance(value, Decimal) else value
        return item
    base = ask.table.by_code[indicator.denominator]
    under = figure.under.get(group, 0)
    share = share_percent(value, under)
    item.update(
        value=None if share is None else float(share),
        numerator=value,
        denominator=under,
        denominator_evidence=_evidence(ask, base, base.default_scope, covered, group),
    )
    return item


def _uncertain_count(ask: Ask, figure: _Counted, group: str | None) -> float | int | None:
    """Return how much of the figure may lie in the unit beside what does; None for what is no unit of the grouping."""
    level = queries.level_of(ask.group_by)
    if level is None:
        return None
    lying = lineage.lying_in(level, ask.geography)
    if group is None or group not in lying.members:
        return None
    counted = figure.found if figure.indicator.denominator is None else figure.under
    total = sum(counted.get(commune, 0) for commune in lying.doubtful.get(group, ()))
    return float(total) if isinstance(total, Decimal) else total


def _evidence(ask: Ask, indicator: Indicator, scope: str, covered: Sequence[str], group: str | None) -> str:
    """Return the address of the list of exactly the records counted."""
    # Codes and days need no quoting; this is done for every figure.
    address = (
        f"{ask.table.prefix}/{indicator.listed}?counted_in={indicator.code}&scope={scope}&from={ask.from_}&to={ask.to}"
        f"&province={'&province='.join(covered)}"
    )
    if ask.group_by not in (None, "province"):
        address += f"&counted_by={ask.group_by}&counted_group={quote(group or 'none', safe='')}"
        if ask.group_by == "commune":
            address += f"&geography={ask.geography}"
    if indicator.kind == "stock":
        address += f"&as_of={ask.to}"
    return address
