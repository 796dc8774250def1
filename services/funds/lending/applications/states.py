"""The states of an application, and what may be done in each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.funds import problems

ALLOWED_IN: Mapping[str, tuple[str, ...]] = {
    "change": ("submitted", "under_appraisal"),
    # One that was approved is appraised again where the contract is to differ: the approval then no longer holds.
    "appraise": ("submitted", "under_appraisal", "approved"),
    "approve": ("under_appraisal",),
    "reject": ("submitted", "under_appraisal"),
    "withdraw": ("submitted", "under_appraisal", "approved"),
    "contract": ("approved",),
}
"""Step → states that it may be taken in (Decree 45/2021/NĐ-CP, Art. 31(2); the names of the states are ours)."""


def require(row: Mapping[str, Any], action: str) -> None:
    """Raise StateForbids unless `action` may be taken in the application's state."""
    if row["state"] not in ALLOWED_IN[action]:
        raise problems.StateForbids(state=row["state"], action=action, allowed_in=list(ALLOWED_IN[action]))


def allowed_actions(state: str) -> list[dict[str, Any]]:
    """Return every step, whether the state allows it, and what stands in the way. Who asks is judged when it is taken."""
    return [
        {
            "action": action,
            "allowed": state in states,
            "problem": None if state in states else problems.StateForbids.type_path(),
        }
        for action, states in ALLOWED_IN.items()
    ]
