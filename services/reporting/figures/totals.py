"""What the groups of a figure come to, where that follows from them: sums are summed, ratios divided anew, units never mixed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from kernel.values.money import quotient, share_percent
from services.reporting.catalogue import CATALOGUE, Entry
from services.reporting.figures.ask import FigureAsk
from services.reporting.figures.items import Item, Key

_APART = "is_credit_fund"
"""Grouped by this, figures hold what they leave out otherwise."""


class MixedUnits(ValueError):
    """Figures in different units were to be put together."""


def totals(ask: FigureAsk, items: Sequence[Item]) -> list[dict[str, Any]]:
    """Return the total of each indicator over its groups, in the order asked; nothing where nothing was grouped."""
    if ask.group_by is None:
        return []
    grouped: dict[Key, list[Item]] = {}
    for item in items:
        grouped.setdefault((item["indicator"], item["scope"]), []).append(item)
    return [
        {"indicator": code, "scope": scope, **_total_or_none(ask, CATALOGUE[code], of)}
        for (code, scope), of in grouped.items()
    ]


def _total_or_none(ask: FigureAsk, entry: Entry, items: Sequence[Item]) -> dict[str, Any]:
    if ask.group_by == _APART:
        items = []
    try:
        return total(entry, items, in_time=ask.is_grouped_in_time)
    except MixedUnits:
        return total(entry, [], in_time=ask.is_grouped_in_time)


def total(entry: Entry, items: Sequence[Item], *, in_time: bool) -> dict[str, Any]:
    """Return the total of an indicator's figures of different areas, or `in_time` of periods that follow each other.

    Its value is null where it does not follow: what is counted once may stand in several, and a ratio needs its parts. Of
    what is known only; `is_complete` says whether that is all. Raises MixedUnits.
    """
    units = list(dict.fromkeys(item["unit"] for item in items))
    if len(units) > 1:
        raise MixedUnits(f"{entry.code}: {', '.join(units)}")
    last = in_time and entry.kind == "stock"
    counted = items[-1:] if last else items
    known = [item for item in counted if item["value"] is not None or item["denominator"] is not None]
    value, above, below = _followed(entry, known, in_time=in_time and not last)
    return {
        "unit": units[0] if units else entry.unit,
        "value": _number(value),
        "numerator": _number(above),
        "denominator": _number(below),
        "is_complete": bool(counted) and all(item["status"] == "reported" for item in counted),
    }


Parts = tuple[Decimal | None, Decimal | None, Decimal | None]


def _followed(entry: Entry, known: Sequence[Item], *, in_time: bool) -> Parts:
    """Return value, numerator and denominator of the figures that are known, as far as they follow."""
    nothing = (None, None, None)
    if not known:
        return nothing
    if len(known) == 1 or entry.aggregation == "min":
        one = min(known, key=lambda item: _least(item["value"]))
        return _exactly(one["value"]), _exactly(one["numerator"]), _exactly(one["denominator"])
    if entry.numerator is not None:
        return nothing if in_time and entry.exact else _ratio(entry, known)
    if entry.aggregation == "recompute" or (in_time and entry.exact):
        return nothing
    return sum((_decimal(item["value"]) for item in known), Decimal(0)), None, None


def _ratio(entry: Entry, known: Sequence[Item]) -> Parts:
    above, below = (sum((_decimal(item[part]) for item in known), Decimal(0)) for part in ("numerator", "denominator"))
    return (share_percent if entry.unit == "percent" else quotient)(above, below), above, below


def _least(value: Any) -> Decimal:
    return Decimal("Infinity") if value is None else _decimal(value)


def _decimal(value: Any) -> Decimal:
    """Return a number of an answer as it was written: 0.1 is a tenth."""
    return Decimal(0) if value is None else Decimal(str(value))


def _exactly(value: Any) -> Decimal | None:
    return None if value is None else _decimal(value)


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
