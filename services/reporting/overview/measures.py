"""The measures of a year's approved plans, each with its figure: asked as `figures` is, so that the numbers are the same."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from kernel.web.auth import NATION
from kernel.web.calls import Call
from services.reporting.figures.answer import figures
from services.reporting.figures.ask import FigureAsk
from services.reporting.overview import queries
from services.reporting.overview.areas import YearAsked
from services.reporting.overview.queries import MeasureOfYearRow, PlanOfYearRow

Item = dict[str, Any]
Pace = Literal["ahead", "on_pace", "behind"]
_Group = tuple[str, str, date, date]


async def measures(call: Call, asked: YearAsked, plans: Sequence[PlanOfYearRow]) -> list[Item]:
    """Return the figure of each measure, in the order of plans and tasks, with its task's title and its pace."""
    rows = await call.db.fetch(queries.MEASURES, [plan["id"] for plan in plans], asked.first, asked.last)
    groups: dict[_Group, list[MeasureOfYearRow]] = {}
    for row in rows:
        if row["starts_on"] <= asked.through:
            key = (row["plan_id"], row["place"], row["starts_on"], row["ends_on"])
            groups.setdefault(key, []).append(row)
    answers = await asyncio.gather(*(_figures(call, asked, key, of) for key, of in groups.items()))
    found = {id_: item for each in answers for id_, item in each.items()}
    order = {plan["id"]: at for at, plan in enumerate(plans)}
    return [
        found[row["measure_id"]]
        for row in sorted(rows, key=lambda row: order[row["plan_id"]])
        if row["measure_id"] in found
    ]


async def _figures(call: Call, asked: YearAsked, key: _Group, rows: Sequence[MeasureOfYearRow]) -> dict[str, Item]:
    plan_id, place, starts_on, ends_on = key
    ask = FigureAsk(
        indicators=tuple(dict.fromkeys((row["indicator"], row["scope"]) for row in rows)),
        from_=starts_on,
        to=min(ends_on, asked.on),
        province=None if place == NATION else place,
        plan_id=plan_id,
        money="million_vnd",
    )
    items = {(item["indicator"], item["scope"]): item for item in await figures(call, ask)}
    found = {}
    for row in rows:
        item = items.get((row["indicator"], row["scope"]))
        if item is not None:
            found[row["measure_id"]] = {**item, "task": row["task_title"], "pace": pace_of(item)}
    return found


def pace_of(item: Item) -> Pace | None:
    """Say whether what runs is where it was to be by now; None for what does not run, and where nothing is expected."""
    plan = item["plan"]
    if plan is None or plan["verdict"] != "running" or item["value"] is None or plan["expected_by_now"] is None:
        return None
    value, expected = Decimal(str(item["value"])), Decimal(str(plan["expected_by_now"]))
    if item["direction"] == "neither":
        return None
    if value == expected:
        return "on_pace"
    better = value < expected if item["direction"] == "less_is_better" else value > expected
    return "ahead" if better else "behind"


def counts_of(items: Sequence[Item]) -> dict[str, int]:
    """Return how many measures there are of each verdict, without one, and behind."""
    verdicts = [(item["plan"] or {}).get("verdict") for item in items]
    known = ("exceeded", "met", "partly_met", "missed", "running")
    return {
        **{each: verdicts.count(each) for each in known},
        "unknown": verdicts.count(None),
        "behind": sum(item["pace"] == "behind" for item in items),
    }
