"""What came of a plan: percent, verdict, and what was expected by a day. Pure decimal arithmetic, no rounding but to show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from itertools import pairwise
from typing import Literal

Direction = Literal["more_is_better", "less_is_better", "neither"]
Verdict = Literal["exceeded", "met", "partly_met", "missed", "running"]

_EXACT = Context(prec=60)
"""Values have 21 digits at most: a quotient of two of them is nowhere nearer to a bound than this tells."""


@dataclass(frozen=True)
class PartlyMetRule:
    """From which percent of its plan a measure that is not met is partly met, as long as the rule holds."""

    from_percent: Decimal
    valid_from: date
    valid_to: date | None
    legal_basis: str
    source: str


PARTLY_MET_RULES: tuple[PartlyMetRule, ...] = (
    PartlyMetRule(
        Decimal(50),
        date(1900, 1, 1),
        None,
        legal_basis="None: no decree sets the bound; reports of provinces write “đạt một phần” from about half of the plan on",
        source="Report of Hòa Bình for 2023: 18 of 20 is told apart from 19 % of a target",
    ),
)
"""Dated, so that a bound that is laid down one day judges only what ends from then on."""


def partly_met_from(on: date | None = None) -> Decimal:
    """Return the percent from which a measure is partly met by the rule of the day `on`; None: the one that holds last."""
    rules = [
        rule
        for rule in PARTLY_MET_RULES
        if on is None or (rule.valid_from <= on and (rule.valid_to is None or on <= rule.valid_to))
    ]
    return max(rules, key=lambda rule: rule.valid_from).from_percent


def percent_of_plan(value: Decimal | None, plan: Decimal | None) -> Decimal | None:
    """Return value / plan in percent, not rounded; None where either is not known or the plan is 0."""
    if value is None or plan is None or plan == 0:
        return None
    with localcontext(_EXACT):
        return value * 100 / plan


def percent_shown(percent: Decimal | None) -> Decimal | None:
    """Return a percentage as it is shown: one decimal, half up."""
    if percent is None:
        return None
    with localcontext(_EXACT):
        return percent.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def exceeds_by(percent: Decimal | None, direction: Direction) -> Decimal | None:
    """Return by how many percent of the plan it is better than the plan, below 0 where it is worse.

    "vượt 75 %" and "đạt 175 %" are one fact; of what is better when it is less, 50 % of the plan is 50 % better.
    None without a percent, and of what is better neither way.
    """
    if percent is None or direction == "neither":
        return None
    return 100 - percent if direction == "less_is_better" else percent - 100


def verdict(
    value: Decimal | None,
    plan: Decimal | None,
    direction: Direction,
    *,
    closed: bool,
    is_strict: bool = False,
    on: date | None = None,
) -> Verdict | None:
    """Return what came of a plan: better is `exceeded`, equal `met`, from the rule's percent `partly_met`, else `missed`.

    Before its period is `closed` it is `running`. Lower is better turns it round; where neither is, only the same is `met`,
    and what differs has no verdict. `is_strict`: "trên 70 %", which the same number does not meet. `on`: the last day of the
    period, whose rule holds. None where value or plan is not known.
    """
    if not closed:
        return "running"
    if value is None or plan is None:
        return None
    if direction == "neither":
        return "met" if value == plan else None
    better = value < plan if direction == "less_is_better" else value > plan
    if better:
        return "exceeded"
    if value == plan and not is_strict:
        return "met"
    return "partly_met" if _is_partly(value, plan, direction, partly_met_from(on)) else "missed"


def _is_partly(value: Decimal, plan: Decimal, direction: Direction, from_percent: Decimal) -> bool:
    above, below = (plan, value) if direction == "less_is_better" else (value, plan)
    # Products, not a quotient: nothing is rounded on the way, and 0 divides nothing.
    with localcontext(_EXACT):
        return below > 0 and above * 100 >= from_percent * below


_WORST_LAST: tuple[Verdict, ...] = ("exceeded", "met", "partly_met", "missed")


def worst(verdicts: Iterable[Verdict | None]) -> Verdict | None:
    """Return the worst of several verdicts; `running` as long as one runs, None where there is none or one is not known.

    One that is missed is missed, whatever is not known of the others.
    """
    known = list(verdicts)
    if "running" in known:
        return "running"
    if "missed" in known:
        return "missed"
    if not known or None in known:
        return None
    return max((each for each in known if each is not None), key=_WORST_LAST.index)


def task_verdict(measures: Sequence[tuple[Verdict | None, bool]]) -> Verdict | None:
    """Return the verdict of a task by its measures', each with whether it `is_condition`: that can only fail it.

    A condition that is not met makes it `missed`; one that is met says nothing of how well the rest went. A task of conditions alone is met by them.
    """
    own = [verdict for verdict, is_condition in measures if not is_condition]
    conditions = [_of_condition(verdict) for verdict, is_condition in measures if is_condition]
    if not own:
        return worst(conditions)
    # None of what is better than a plan makes up for a condition: only what is not met is looked at.
    return worst([*own, *(verdict for verdict in conditions if verdict != "met")])


def _of_condition(verdict: Verdict | None) -> Verdict | None:
    if verdict == "exceeded":
        return "met"
    return "missed" if verdict == "partly_met" else verdict


@dataclass(frozen=True)
class Phase:
    """How much of a plan is to be reached by the end of a day, from its beginning on."""

    through: date
    value: Decimal


@dataclass(frozen=True, kw_only=True)
class Phased:
    """A measure as far as its course is concerned. `accrues`: it grows from 0 with the days, as what is counted over them.

    What does not, such as a stock, a share or an income, goes from its `baseline`; without one nothing is expected on the way.
    """

    starts_on: date
    ends_on: date
    value: Decimal
    accrues: bool
    baseline: Decimal | None = None
    phases: tuple[Phase, ...] = ()
    """Of `by_quarter` and `explicit`, in the order of their days; of `linear` none."""


def expected_by(measure: Phased, day: date) -> Decimal | None:
    """Return what was to be reached by the end of `day`, not rounded; from the last day on the plan itself.

    None before the first day, and where a stock has no baseline and no phase has ended.
    """
    if day < measure.starts_on:
        return None
    if day >= measure.ends_on:
        return measure.value
    start = Decimal(0) if measure.accrues else measure.baseline
    eve = date.fromordinal(measure.starts_on.toordinal() - 1)
    points: list[tuple[date, Decimal | None]] = [(eve, start)]
    points += [(phase.through, phase.value) for phase in measure.phases if phase.through < measure.ends_on]
    points.append((measure.ends_on, measure.value))
    for (before, reached), (through, to_reach) in pairwise(points):
        if day <= through:
            return _between(before, reached, through, to_reach, day)
    raise AssertionError("the last point is the last day")


def _between(
    before: date, reached: Decimal | None, through: date, to_reach: Decimal | None, day: date
) -> Decimal | None:
    if day == through or reached is None or to_reach is None:
        return to_reach if day == through else None
    with localcontext(_EXACT):
        return reached + (to_reach - reached) * (day - before).days / (through - before).days


def cycles_ended(starts_on: date, ends_on: date, every_months: int, day: date) -> tuple[tuple[date, date], ...]:
    """Return the cycles of so many months from `starts_on` on that ended by `day`, each with its first and last day."""
    cycles = []
    first = starts_on
    for number in range(1, 12 * 100):
        behind = _months_later(starts_on, number * every_months)
        last = min(date.fromordinal(behind.toordinal() - 1), ends_on)
        if last > day or first > ends_on:
            break
        cycles.append((first, last))
        first = behind
    return tuple(cycles)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def completed_cycles(cycles: Sequence[tuple[date, date]], completions: Iterable[date]) -> int:
    """Return in how many of the cycles that ended the task was done: one completion each, within it or in the next.

    A report on a quarter is often of the first days behind it: it counts for the quarter before, where that has none.
    """
    done: set[int] = set()
    for day in sorted(completions):
        at = sum(first <= day for first, _ in cycles) - 1
        # Behind the last of them another cycle runs, which has not ended.
        if at == len(cycles) - 1 and cycles and day > cycles[-1][1]:
            at = len(cycles)
        if at < 0:
            continue
        done.add(at - 1 if at > 0 and at - 1 not in done else at)
    return len(done & set(range(len(cycles))))


def completion_verdict(
    starts_on: date,
    ends_on: date,
    every_months: int | None,
    completions: Iterable[date],
    day: date,
    *,
    closed: bool,
) -> Verdict:
    """Return the verdict by `day` of a task without measures: met by one completion for each cycle that ended by then.

    Without a cycle one at all meets it. It is never exceeded; partly met from the rule's percent of the cycles.
    """
    if not closed:
        return "running"
    known = [each for each in completions if each <= day]
    cycles = () if every_months is None else cycles_ended(starts_on, ends_on, every_months, day)
    if not cycles:
        return "met" if known else "missed"
    done = completed_cycles(cycles, known)
    reached = verdict(Decimal(done), Decimal(len(cycles)), "more_is_better", closed=True, on=ends_on)
    return reached or "missed"
