"""What operating means, in figures and lists alike: registered as active, and observed operating."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OPERATING = "({s}.legal_status = 'active' AND {s}.operating_state = 'operating')"
"""The condition on an organization or a period of its timeline, whose alias is `s`."""


def is_operating(row: Mapping[str, Any]) -> bool:
    """Say of a row what `OPERATING` says."""
    legal: str = row["legal_status"]
    observed: str = row["operating_state"]
    return legal == "active" and observed == "operating"
