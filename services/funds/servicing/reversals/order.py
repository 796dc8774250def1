"""In which order steps of a loan are undone: the last one first, so that none is left which was computed from another."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TypedDict

_RANKS = ("interest_reduction", "rescheduling", "early_recall", "repayment")
"""Steps of one day in the order in which they happen, as the replay takes them."""
_GIVING_UP = ("risk_handled", "recovery", "derecognized")


class Step(TypedDict):
    """A step of a loan that stands. `taken_at`: of a step of giving it up, when it took effect; null of others."""

    id: str
    kind: str
    on: date
    taken_at: datetime | None


def _place(step: Step) -> tuple[int, datetime | None, date, int, str]:
    """Return the place of a step. Those of the running loan are replayed by their days; what is recovered pays what those
    before left, whichever day it came in; and a loan is closed over all of them, on whichever day.
    """
    kind = step["kind"]
    if kind == "settlement":
        return 2, None, step["on"], 0, step["id"]
    if kind in _GIVING_UP:
        return 1, step["taken_at"], step["on"], 0, step["id"]
    return 0, None, step["on"], _RANKS.index(kind), step["id"]


def last_after(steps: Iterable[Step], undone: Step) -> Step | None:
    """Return the last of the steps that come after the one to be undone, or None: that is to be undone first."""
    later = [step for step in steps if step["id"] != undone["id"] and _place(step) > _place(undone)]
    return max(later, key=_place, default=None)
