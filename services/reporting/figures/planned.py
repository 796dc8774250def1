"""Plans beside figures: the approved number, what was expected by the day, what came of it, and each estimate the same way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import orjson

from kernel.values.days import today
from kernel.web.calls import Call
from services.reporting import code_lists as codes
from services.reporting.catalogue import CATALOGUE, Entry
from services.reporting.figures.ask import FigureAsk
from services.reporting.figures.items import Item
from services.reporting.plans.areas import place_of
from services.reporting.plans.lookup import (
    ApprovedMeasure,
    MeasureEstimate,
    Wanted,
    estimates_of,
    measures_for,
    named_plan,
)
from services.reporting.plans.units import accrues, ratio_between, shown_unit
from services.reporting.plans.verdicts import (
    Phase,
    Phased,
    exceeds_by,
    expected_by,
    percent_of_plan,
    percent_shown,
    verdict,
)

_STRICT = {"more_is_better": "gt", "less_is_better": "lt"}
_SHOWN_DIGITS = Decimal("0.000001")


async def add_plans(call: Call, ask: FigureAsk, items: list[Item]) -> None:
    """Put in each item the plan that it is measured by and the estimates of it, also where nothing is reported.

    Raises Invalid for a plan named that there is not, or that has no such version.
    """
    plan = None
    if ask.plan_id is not None:
        plan = await named_plan(call.db, ask.plan_id, ask.plan_version, call.caller)
    asked = [(item, each) for item in items if (each := _wanted(ask, item, call.caller.area)) is not None]
    found = await measures_for(call.db, [each for _, each in asked], call.caller, plan)
    estimates = await estimates_of(call.db, [measure["measure_id"] for measure in found.values()])
    for at, measure in found.items():
        item = asked[at][0]
        # A cut-off is that of the last group in time: a month before it is no end of the year's plan.
        add_plan(item, measure, estimates.get(measure["measure_id"], ()), closed=ask.closed and item["to"] == ask.to)


def _wanted(ask: FigureAsk, item: Item, area: str) -> Wanted | None:
    """Return what an item is of; None of a part that no plan is of, and of the counts of a plan's own tasks."""
    if item["indicator"] in codes.PLAN_COUNTS:
        return None
    if ask.group_by == "commune":
        place = item["group"]
    elif ask.group_by in (None, "province") or ask.is_grouped_in_time:
        place = place_of(item["province"] or area)
    else:
        return None
    if place is None:
        return None
    is_stock = CATALOGUE[item["indicator"]].kind == "stock"
    return Wanted(item["indicator"], item["scope"], place, item["from"], item["to"], is_stock)


def is_closed(ends_on: date, to: date, *, closed: bool) -> bool:
    """Say whether a period is judged: it is over and was asked for to its end, or a report cuts it off."""
    return closed or ends_on <= min(to, today() - _ONE_DAY)


_ONE_DAY = date.resolution


def add_plan(item: Item, measure: ApprovedMeasure, estimates: Sequence[MeasureEstimate], *, closed: bool) -> None:
    """Put a measure and its estimates in the item of its figure, in the unit that the figure is shown in."""
    entry = CATALOGUE[measure["indicator"]]
    ratio = ratio_between(measure["unit"], item["unit"])
    if ratio is None:
        # The indicator had another unit when the plan was made: what is not the same is not compared.
        return
    unit = shown_unit(measure["unit"], item["unit"])
    plan = Fraction(measure["value"]) * ratio
    is_over = is_closed(measure["ends_on"], item["to"], closed=closed)
    expected = expected_by(course_of(measure, entry), min(item["to"], today()))
    item["plan"] = {
        "plan_id": measure["plan_id"],
        "version": measure["version"],
        "measure_id": measure["measure_id"],
        "value": number_shown(plan),
        "unit": unit,
        "implied": measure["implied"],
        "condition": measure["condition"],
        "expected_by_now": None if expected is None else number_shown(Fraction(expected) * ratio),
        **_judged(value_of(item, entry), plan, measure, entry, closed=is_over),
    }
    item["estimates"] = [_estimated(each, measure, entry, item["unit"], plan) for each in estimates]


def _estimated(
    estimate: MeasureEstimate, measure: ApprovedMeasure, entry: Entry, unit: str, plan: Fraction
) -> dict[str, Any]:
    """Return an estimate of the end of the period, judged as if it came true."""
    ratio = ratio_between(estimate["unit"], unit)
    assert ratio is not None, "an estimate has a unit of its measure's family"
    value = Fraction(estimate["value"]) * ratio
    return {
        "estimate_id": estimate["id"],
        "made_on": estimate["made_on"],
        "value": number_shown(value),
        **_judged(value, plan, measure, entry, closed=True),
        "source": estimate["source"],
    }


def course_of(measure: ApprovedMeasure, entry: Entry) -> Phased:
    """Return how a measure goes from its first day to its last."""
    return Phased(
        starts_on=measure["starts_on"],
        ends_on=measure["ends_on"],
        value=Decimal(measure["value"]),
        accrues=accrues(entry),
        baseline=None if measure["baseline"] is None else Decimal(measure["baseline"]),
        phases=tuple(
            Phase(date.fromisoformat(phase["through"]), Decimal(phase["value"]))
            for phase in orjson.loads(measure["phases"])
        ),
    )


def value_of(item: Item, entry: Entry) -> Fraction | None:
    """Return a figure's value, of a ratio from its parts, not rounded; None where it is not of all that the plan is of."""
    if item["status"] != "reported" or item["value"] is None:
        return None
    value = Fraction(str(item["value"]))
    above, below = item["numerator"], item["denominator"]
    if above is None or not below:
        return value
    exact = Fraction(str(above)) / Fraction(str(below)) * (100 if entry.unit == "percent" else 1)
    # What is shown is rounded to four decimals; parts that say something else are not its own.
    return exact if abs(exact - value) <= Fraction(1, 10_000) else value


def _judged(
    value: Fraction | None, plan: Fraction, measure: ApprovedMeasure, entry: Entry, *, closed: bool
) -> dict[str, Any]:
    whole_value, whole_plan = _whole(value, plan)
    percent = percent_of_plan(whole_value, whole_plan)
    shown = percent_shown(percent)
    # Of the percent that is shown: "đạt 216,7 %" and "vượt 116,7 %" are one fact.
    exceeds = exceeds_by(shown, entry.direction)
    return {
        "percent": None if shown is None else float(shown),
        "exceeds_by_percent": float(exceeds) if exceeds is not None and exceeds > 0 else None,
        "verdict": verdict(
            whole_value,
            whole_plan,
            entry.direction,
            closed=closed,
            is_strict=measure["comparator"] == _STRICT.get(entry.direction),
            on=measure["ends_on"],
        ),
    }


def _whole(value: Fraction | None, plan: Fraction) -> tuple[Decimal | None, Decimal]:
    """Return both numbers as many times as great, so that they are whole: percent and verdict are the same of them."""
    times = math.lcm(plan.denominator, 1 if value is None else value.denominator)
    return None if value is None else Decimal(int(value * times)), Decimal(int(plan * times))


def number_shown(value: Fraction) -> int | float:
    """Return a number as answers have it: whole, or with at most six decimals, half up."""
    if value.denominator == 1:
        return int(value)
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    return float(decimal.quantize(_SHOWN_DIGITS, rounding=ROUND_HALF_UP))
