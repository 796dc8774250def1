"""Which figures a report has, and what each of its cells holds. Pure but for asking `figures`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

import orjson

from kernel.database.statements import statement
from kernel.values.common_lists import FIGURE_UNITS
from kernel.web.calls import Call
from kernel.web.replies import dump
from services.reporting.catalogue import CATALOGUE
from services.reporting.figures.answer import figures
from services.reporting.figures.ask import FigureAsk
from services.reporting.plans.areas import place_of
from services.reporting.reports.kinds import NATION, year_before, year_to_date
from services.reporting.rows import ReportRow

Cell = dict[str, Any]
Key = tuple[str, str]
"""Code and scope of an indicator."""
KNOWN = ("reported", "partial")
"""Statuses of a figure that says something."""


class _Wanted(TypedDict):
    indicator: str
    scope: str


# By ix_approved_measure_indicator's tables: what the newest approved version of plans wants of the place in the days.
_PLANNED = statement(
    _Wanted,
    """
    SELECT DISTINCT m.indicator, m.scope
      FROM approved_measure m JOIN plan p ON p.id = m.plan_id AND p.version_number = m.number
     WHERE ($1::uuid IS NULL OR p.id = $1::uuid) AND ($1::uuid IS NOT NULL OR m.place = $2::text)
       AND m.starts_on BETWEEN $3::date AND $4::date AND m.ends_on >= $5::date
     ORDER BY 1, 2""",
)


def key_of(cell: Mapping[str, Any]) -> str:
    """Return how a cell is named in sentences, checks and documents: code:scope."""
    return f"{cell['indicator']}:{cell['scope']}"


async def keys_of(call: Call, report: ReportRow) -> tuple[list[Key], set[Key]]:
    """Return what is asked for a report, in the catalogue's order, and which of it a plan wants.

    Every indicator at its own scope, and at others that a plan names; or what was included by hand, and nothing else.
    """
    began = year_to_date(report["calendar"], report["starts_on"])
    rows = await call.db.fetch(
        _PLANNED, report["plan_id"], place_of(report["province"]), began, report["starts_on"], report["ends_on"]
    )
    planned = {(row["indicator"], row["scope"]) for row in rows if _is_known(row["indicator"], row["scope"])}
    if report["included"] is not None:
        chosen = [_key(name) for name in orjson.loads(report["included"])]
        return [key for key in dict.fromkeys(chosen) if _is_known(*key)], planned
    keys: list[Key] = []
    for code, entry in CATALOGUE.items():
        if entry.valid_from is not None and entry.valid_from > report["ends_on"]:
            continue
        keys += [(code, scope) for scope in entry.scopes if scope == entry.default_scope or (code, scope) in planned]
    return keys, planned


def _key(name: str) -> Key:
    code, _, scope = name.partition(":")
    return code, scope


def _is_known(code: str, scope: str) -> bool:
    return code in CATALOGUE and scope in CATALOGUE[code].scopes


def ask_of(report: ReportRow, keys: Iterable[Key], **changes: Any) -> FigureAsk:
    """Return the question for a report's own days, which end with its cut-off; `changes`: for other days or comparisons."""
    asked: dict[str, Any] = {
        "indicators": tuple(keys),
        "from_": report["starts_on"],
        "to": report["ends_on"],
        "province": None if report["province"] == NATION else report["province"],
        "geography": report["geography"],
        "plan_id": report["plan_id"],
        "previous": "year",
        "closed": True,
        **changes,
    }
    return FigureAsk(**asked)


async def live_cells(call: Call, report: ReportRow) -> list[Cell]:
    """Return the cells of a report as its records say them now, as JSON has them; labels in Vietnamese.

    Beside the figure stand the year so far (`cumulative`, with its plan) where the report begins within the year, and the
    whole year before (`previous_full_year`) where a plan is held against it.
    """
    keys, planned = await keys_of(call, report)
    if not keys:
        return []
    began = year_to_date(report["calendar"], report["starts_on"])
    first, last = year_before(began)
    asks = [ask_of(report, keys)]
    if began != report["starts_on"] and report["kind"] != "free":
        asks.append(ask_of(report, keys, from_=began, previous=None))
    if planned and report["kind"] != "free":
        wanted = [key for key in keys if key in planned]
        asks.append(ask_of(report, wanted, from_=first, to=last, previous=None, plan_id=None))
    answers = [orjson.loads(dump(items)) for items in await asyncio.gather(*(figures(call, ask) for ask in asks))]
    so_far = {
        key_of(item): item for answer, ask in _others(answers, asks) if ask.to == report["ends_on"] for item in answer
    }
    years = {key_of(item): item for answer, ask in _others(answers, asks) if ask.to == last for item in answer}
    explained = {key_of(each): each["text"] for each in orjson.loads(report["explanations"])}
    chosen_by_hand = report["included"] is not None
    cells = []
    for item in answers[0]:
        key = key_of(item)
        cell = _cell(item, so_far.get(key), years.get(key), explained.get(key))
        if chosen_by_hand or _belongs(cell, planned):
            cells.append(cell)
    return relabelled(cells, "vi")


def _others(answers: Sequence[list[Cell]], asks: Sequence[FigureAsk]) -> Iterable[tuple[list[Cell], FigureAsk]]:
    return list(zip(answers, asks, strict=True))[1:]


def _cell(item: Cell, so_far: Cell | None, year: Cell | None, explanation: str | None) -> Cell:
    cell = {**item, "key": key_of(item), "definition_version": CATALOGUE[item["indicator"]].version}
    cell["explanation"] = explanation or item.get("explanation")
    cell["cumulative"] = None if so_far is None else _value_of(so_far)
    cell["previous_full_year"] = None if year is None else _value_of(year)
    if so_far is not None and cell["plan"] is None and so_far["plan"] is not None:
        # The year's plan is held against the year so far.
        cell["plan"], cell["estimates"] = so_far["plan"], so_far["estimates"]
    return cell


def _value_of(item: Cell) -> dict[str, Any]:
    return {name: item[name] for name in ("from", "to", "value", "status", "evidence")}


def _belongs(cell: Cell, planned: set[Key]) -> bool:
    return (
        cell["plan"] is not None
        or (cell["indicator"], cell["scope"]) in planned
        or cell["status"] in KNOWN
        or cell["unavailable"] is not None
    )


def relabelled(cells: Iterable[Cell], language: str) -> list[Cell]:
    """Return cells with the names of indicators and units in a language; what is kept is Vietnamese."""
    at = language == "en"
    return [
        {
            **cell,
            "indicator_label": CATALOGUE[cell["indicator"]].label(language)
            if cell["indicator"] in CATALOGUE
            else cell["indicator_label"],
            "unit_label": FIGURE_UNITS[cell["unit"]][at] if cell["unit"] in FIGURE_UNITS else cell["unit_label"],
        }
        for cell in cells
    ]


def differences(before: Sequence[Cell], after: Sequence[Cell]) -> list[dict[str, Any]]:
    """Return the cells whose value, plan or verdict differ, with both values; one that is new or gone is null there."""
    old, new = ({cell["key"]: cell for cell in cells} for cells in (before, after))
    found = []
    for key in dict.fromkeys((*old, *new)):
        one, other = old.get(key), new.get(key)
        if other is not None and other["unavailable"] is not None:
            continue
        if _said(one) != _said(other):
            cell = other or one
            assert cell is not None
            found.append(
                {
                    "key": key,
                    "indicator": cell["indicator"],
                    "indicator_label": cell["indicator_label"],
                    "scope": cell["scope"],
                    "unit": cell["unit"],
                    "unit_label": cell["unit_label"],
                    "before": None if one is None else one["value"],
                    "after": None if other is None else other["value"],
                    "plan_before": None if one is None else (one["plan"] or {}).get("value"),
                    "plan_after": None if other is None else (other["plan"] or {}).get("value"),
                }
            )
    return found


def _said(cell: Cell | None) -> tuple[Any, ...]:
    if cell is None:
        return (None, None, None)
    plan = cell["plan"] or {}
    return (cell["value"], plan.get("value"), (cell["cumulative"] or {}).get("value"))
