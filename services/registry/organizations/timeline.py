"""The timeline of an organization: pure arithmetic on dated facts, without database or web.

An organization begins in an opening state; each fact changes one side of it from its day on. Periods are
half-open days [valid_from, valid_to); the last one never ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

END = date.max
"""Stands for "until further notice"."""


@dataclass(frozen=True, slots=True)
class State:
    """What an organization is on a day."""

    type: str
    legal_status: str
    operating_state: str
    commune_code: str
    commune_map: str
    commune_name: str | None
    address: str | None
    province_2008: str
    province_2025: str

    @property
    def alliance(self) -> str:
        """The alliance of today that owns records of an organization seated here."""
        return self.province_2025

    def columns(self) -> dict[str, str | None]:
        """Return the state as columns, those of `STATE`."""
        return {name: getattr(self, name) for name in STATE}


STATE = tuple(field.name for field in fields(State))
"""The columns of a state, in a period and, as they are now, in the organization."""
SEAT = STATE[STATE.index("commune_code") :]
"""Those of the seat among them."""


@dataclass(frozen=True, slots=True)
class Step:
    """One fact: from `on`, the fields in `sets` have new values. Facts of one day apply in order of entry."""

    on: date
    entered: int
    sets: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Period:
    """A state and the days it held."""

    valid_from: date
    valid_to: date
    state: State


def periods(starts_on: date, opening: State, steps: Iterable[Step]) -> list[Period]:
    """Return the timeline: at least one period, without gaps or overlaps, no two equal neighbours.

    A step on or before the first day is part of the first period.
    """
    timeline: list[Period] = []
    since, state = starts_on, opening
    for step in sorted(steps, key=lambda s: (s.on, s.entered)):
        values: dict[str, Any] = dict(step.sets)
        changed = replace(state, **values)
        if changed == state:
            continue
        if step.on > since:
            timeline.append(Period(since, step.on, state))
            since = step.on
        state = changed
        if timeline and timeline[-1].state == state:
            # A change undone on the same day leaves no trace.
            since = timeline.pop().valid_from
    timeline.append(Period(since, END, state))
    return timeline


def first_day(
    registered_on: date | None, founded_on: date | None, entered_on: date, earliest_fact: date | None
) -> date:
    """Return the first day of the timeline: registered, else founded.

    An undated one is never taken for one that always was: it begins with what the records show first.
    """
    return registered_on or founded_on or min(entered_on, earliest_fact or entered_on)


def first_difference(before: Sequence[Period], after: Sequence[Period]) -> date | None:
    """Return the first day on which two timelines differ in more than the address; None if they never do."""
    days = sorted({period.valid_from for timeline in (before, after) for period in timeline})
    return next((day for day in days if _counted(before, day) != _counted(after, day)), None)


def _counted(timeline: Sequence[Period], day: date) -> State | None:
    """Return what figures know of the state on `day`, None before the first one."""
    for period in timeline:
        if period.valid_from <= day < period.valid_to:
            return replace(period.state, address=None)
    return None
