"""In which order steps of a loan are undone: the last one first, so that none is left which was computed from another."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TypedDict

_RANKS = (
    "interest_reduction",
    "rescheduling",
    "early_recall",
    "repayment",
    "risk_handled",
    "recovery",
    "derecognized",
    "settlement",
)
"""Steps of one day in the order in which they happen, as the replay takes them."""


class Step(TypedDict):
    """A step of a loan that stands."""

    id: str
    kind: str
    on: date


def _place(step: Step) -> tuple[date, int, str]:
    return step["on"], _RANKS.index(step["kind"]), step["id"]


def last_after(steps: Iterable[Step], undone: Step) -> Step | None:
    """Return the last of the steps that come after the one to be undone, or None: that is to be undone first."""
    later = [step for step in steps if step["id"] != undone["id"] and _place(step) > _place(undone)]
    return max(later, key=_place, default=None)
