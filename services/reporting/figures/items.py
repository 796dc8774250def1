"""The shape of an item: what every figure has, whichever service answered it, and whether it was answered at all."""

from __future__ import annotations

from datetime import date
from typing import Any

from kernel.indicators.spans import Span
from kernel.indicators.units import shown_in
from kernel.values.common_lists import FIGURE_UNITS
from kernel.values.days import today
from services.reporting import code_lists as codes
from services.reporting.catalogue import CATALOGUE
from services.reporting.figures.ask import FigureAsk
from services.reporting.upstreams import NoAnswer

Item = dict[str, Any]
Key = tuple[str, str]
"""Code and scope of an indicator."""

_NULL = (
    "group",
    "group_label",
    "value",
    "numerator",
    "denominator",
    "reported_by",
    "reported_part",
    "undated_count",
    "uncertain_count",
    "previous",
    "change",
    "change_percent",
    "evidence",
    "denominator_evidence",
)

_FIELDS = frozenset(_NULL).union(
    (
        "indicator",
        "indicator_label",
        "scope",
        "province",
        "from",
        "to",
        "unit",
        "unit_label",
        "status",
        "missing_provinces",
    )
)


def blank(ask: FigureAsk, code: str, scope: str, language: str, *, status: str) -> Item:
    """Return the item of a figure that has no value, for the whole of what was asked."""
    entry = CATALOGUE[code]
    shown = shown_in(entry.unit, Span(ask.from_, ask.to), ask.per, ask.money)
    return {
        "indicator": code,
        "indicator_label": entry.label(language),
        "scope": scope,
        "province": ask.province,
        "from": ask.from_,
        "to": ask.to,
        "unit": shown.unit,
        "unit_label": FIGURE_UNITS[shown.unit][language == "en"],
        "status": status,
        "missing_provinces": [],
        **dict.fromkeys(_NULL),
    }


def unavailable(ask: FigureAsk, code: str, scope: str, language: str, no_answer: NoAnswer) -> Item:
    """Return the item of a figure whose service gave no answer: without a value, never 0."""
    item = blank(ask, code, scope, language, status="unavailable")
    at = language == "en"
    words = codes.NO_ANSWERS[no_answer.why][at]
    item["unavailable"] = {
        "service": CATALOGUE[code].service,
        "code": no_answer.why,
        "detail": words if no_answer.detail is None else f"{words} ({no_answer.detail})",
    }
    return item


def dated(item: Item) -> Item:
    """Return an item of another service with its days as days. Raises KeyError, TypeError, ValueError where it is none."""
    if missing := _FIELDS - item.keys():
        raise KeyError(*missing)
    for holder in (item, item["previous"]):
        if holder is not None:
            holder["from"], holder["to"] = date.fromisoformat(holder["from"]), date.fromisoformat(holder["to"])
    if not all(_is_number(item[name]) for name in ("value", "numerator", "denominator")):
        raise TypeError("no number")
    if item["status"] not in codes.FIGURE_STATUSES or item["unit"] not in FIGURE_UNITS:
        raise ValueError("no known status or unit")
    return item


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def complete(ask: FigureAsk, item: Item) -> None:
    """Put in what every item has beyond the services' own fields, in its place."""
    entry = CATALOGUE[item["indicator"]]
    known = item["status"] in ("reported", "partial") and item["value"] is not None
    item["source_service"] = entry.service
    item["direction"] = entry.direction
    item["data_through"] = min(item["to"], today()) if known else None
    item["series_break"] = ask.series_break
    item.setdefault("plan", None)
    item.setdefault("estimates", [])
    item.setdefault("reported_elsewhere", [])
    item.setdefault("explanation", None)
    item.setdefault("unavailable", None)
