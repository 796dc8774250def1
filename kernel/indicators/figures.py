"""Figures: which provinces have coverage, what is counted there, and where the records counted are listed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from kernel.database.connections import Database
from kernel.indicators import queries
from kernel.indicators.counting import Ask, Counted, count_figures
from kernel.indicators.definitions import Indicator
from kernel.indicators.labels import group_labels
from kernel.indicators.units import Shown, shown_in
from kernel.values import geography, lineage
from kernel.values.common_lists import FIGURE_UNITS
from kernel.values.money import share_percent
from kernel.web.auth import NATION, Caller


def _area(caller: Caller) -> frozenset[str]:
    """Return the 2008 provinces of the caller's area."""
    if caller.area == NATION:
        return frozenset(p.id for p in geography.provinces() if p.map == "2008")
    return frozenset(geography.expand(caller.area))


async def values(db: Database, ask: Ask, caller: Caller, language: str) -> list[dict[str, Any]]:
    """Return the figures asked, with status, evidence, labels, for shares both parts, and what they are compared with."""
    area = _area(caller)
    asked = tuple(sorted(area if ask.province is None else area.intersection(geography.expand(ask.province))))
    places = _places(ask, asked)
    # On one connection for all its statements: while many ask at once a call that has begun ends before the next one begins,
    # rather than that each waits for all others after every statement.
    async with db.connection() as connection:
        figures = await count_figures(connection, ask, asked, area, caller)
        earlier: Sequence[Counted | None] = [None] * len(figures)
        if ask.previous is not None:
            earlier = await count_figures(connection, ask.before(ask.previous), asked, area, caller)
    items = []
    for figure, past in zip(figures, earlier, strict=True):
        for province, group, within in _rows(ask, asked, figure, places, past):
            item = _item(ask, figure, province, group, within)
            if past is not None:
                item.update(_compared(ask, figure, past, None if ask.spans else group, within))
            items.append(item)
    at = int(language == "en")
    names = await group_labels(db, ask.table, ask.group_by, (item["group"] for item in items), language)
    for item in items:
        indicator = ask.table.by_code[item["indicator"]]
        item["indicator_label"] = (indicator.label_vi, indicator.label_en)[at]
        item["unit_label"] = FIGURE_UNITS[item["unit"]][at]
        item["group_label"] = names.get(item["group"])
    return items


def _shown(ask: Ask, figure: Counted) -> Shown:
    return shown_in(figure.indicator.unit, figure.span, ask.per, ask.money)


def _compared(ask: Ask, figure: Counted, past: Counted, group: str | None, within: tuple[str, ...]) -> dict[str, Any]:
    """Return what was there before, and the change; none where one is not known, or is of other provinces."""
    now_of, then_of = figure.covered(within), past.covered(within)
    now, then = (each.value(group) if of else None for each, of in ((figure, now_of), (past, then_of)))
    change = None if now is None or then is None or now_of != then_of else now - then
    percent = None if change is None or then is None else share_percent(change, then)
    shown = _shown(ask, figure)
    return {
        "previous": {
            "value": _number(shown.of(then)),
            "from": past.span.first,
            "to": past.span.last,
            "status": _status(past, within, then_of),
        },
        "change": _number(shown.of(change)),
        "change_percent": _number(percent),
    }


def _number(value: int | Decimal | None) -> int | float | None:
    return float(value) if isinstance(value, Decimal) else value


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


def _rows(
    ask: Ask,
    asked: tuple[str, ...],
    figure: Counted,
    places: dict[str, tuple[str, ...]],
    past: Counted | None,
) -> Iterable[Placed]:
    """Return (province, group, 2008 provinces asked) for each item to answer; of the past's groups also those that are gone."""
    whole = tuple(geography.expand(ask.province) if ask.province else asked)
    if ask.group_by is None or ask.spans:
        return [(ask.province, figure.span.code, whole)]
    if ask.group_by == "province" and places:
        return [(place, place, within) for place, within in places.items()]
    has = figure.has or (() if past is None else past.has)
    if not has or ask.group_by == "province":
        return [(ask.province, None, whole)]
    groups = figure.groups | (set() if past is None else past.groups)
    if (level := queries.level_of(ask.group_by)) is not None:
        # Also where there is nothing: which communes have none is what people ask for.
        groups.update(lineage.units_in(has, level, ask.geography))
    return [(ask.province, group, whole) for group in sorted(groups, key=lambda g: (g is None, g))]


def _status(figure: Counted, within: tuple[str, ...], covered: tuple[str, ...]) -> str:
    if figure.area.isdisjoint(within):
        return "outside_area"
    if not covered:
        return "not_reported"
    return "reported" if len(covered) == len(within) else "partial"


def _item(
    ask: Ask, figure: Counted, province: str | None, group: str | None, within: tuple[str, ...]
) -> dict[str, Any]:
    indicator, scope, span = figure.indicator, figure.scope, figure.span
    covered = figure.covered(within)
    status = _status(figure, within, covered)
    shown = _shown(ask, figure)
    item: dict[str, Any] = {
        "indicator": indicator.code,
        "indicator_label": "",
        "scope": scope,
        "province": province,
        "group": group,
        "group_label": None,
        "from": span.first,
        "to": span.last,
        "unit": shown.unit,
        "unit_label": "",
        "value": None,
        "numerator": None,
        "denominator": None,
        "reported_by": None,
        "reported_part": None,
        "undated_count": None,
        "uncertain_count": None,
        "status": status,
        "missing_provinces": [p for p in within if p not in covered] if status == "partial" else [],
        "previous": None,
        "change": None,
        "change_percent": None,
        "evidence": None,
        "denominator_evidence": None,
    }
    if not covered:
        return item
    # What a span counts stands under no group: its days are the group.
    key = None if ask.spans else group
    if figure.listed is not None:
        item["reported_part"] = figure.listed.get(key, 0)
    if figure.undated is not None:
        item["undated_count"] = figure.undated.get(key, 0)
    item["uncertain_count"] = _uncertain_count(ask, figure, key)
    item["evidence"] = _evidence(ask, figure, indicator, scope, covered, group)
    if figure.is_unreported(key):
        item.update(status="not_reported", missing_provinces=[])
    item["value"] = _number(shown.of(figure.value(key)))
    if figure.reporters is not None:
        organizations, of = figure.reporters.get(key, 0), figure.standing
        item["reported_by"] = {"organizations": organizations, "of": None if of is None else of.get(key, 0)}
    if indicator.is_ratio and figure.past is None:
        item.update(
            numerator=_number(shown.of(figure.found.get(key, 0))), denominator=_number(figure.under.get(key, 0))
        )
    if indicator.denominator is not None:
        base = ask.table.by_code[indicator.denominator]
        item["denominator_evidence"] = _evidence(ask, figure, base, base.default_scope, covered, group)
    return item


def _uncertain_count(ask: Ask, figure: Counted, group: str | None) -> float | int | None:
    """Return how much of the figure may lie in the unit beside what does; None for what is no unit of the grouping."""
    level = queries.level_of(ask.group_by)
    if level is None:
        return None
    lying = lineage.lying_in(level, ask.geography)
    # The least of some records says nothing of how many there are.
    if group is None or group not in lying.members or figure.indicator.least is not None:
        return None
    counted = figure.under if figure.indicator.is_ratio else figure.found
    total = sum(counted.get(commune) or 0 for commune in lying.doubtful.get(group, ()))
    return float(total) if isinstance(total, Decimal) else total


def _evidence(
    ask: Ask, figure: Counted, indicator: Indicator, scope: str, covered: Sequence[str], group: str | None
) -> str:
    """Return the address of the list of exactly the records counted."""
    # Codes and days need no quoting; this is done for every figure.
    span = figure.span
    address = (
        f"{ask.table.prefix}/{indicator.listed}?counted_in={indicator.code}&scope={scope}&from={span.first}&to={span.last}"
        f"&province={'&province='.join(covered)}"
    )
    if ask.group_by not in (None, "province") and not ask.spans:
        address += f"&counted_by={ask.group_by}&counted_group={quote(group or 'none', safe='')}"
        if ask.group_by == "commune":
            address += f"&geography={ask.geography}"
    if indicator.kind == "stock":
        address += f"&as_of={span.last}"
    return address
