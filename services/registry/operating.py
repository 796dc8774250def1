"""What operating means, in figures and lists alike: registered as active, and observed operating."""

from __future__ import annotations

from typing import TypedDict

OPERATING = "({s}.legal_status = 'active' AND {s}.operating_state = 'operating')"
"""The condition on an organization or a period of its timeline, whose alias is `s`."""


class Observed(TypedDict):
    """The two sides of what an organization is doing: as registered, and as the alliance sees it."""

    legal_status: str
    operating_state: str


def is_operating(row: Observed) -> bool:
    """Say of a row what `OPERATING` says."""
    return row["legal_status"] == "active" and row["operating_state"] == "operating"
