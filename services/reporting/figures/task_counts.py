"""How many tasks a plan has by their verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kernel.web.calls import Call
from services.reporting.figures.ask import FigureAsk


async def task_counts(call: Call, ask: FigureAsk, codes: Sequence[str]) -> list[dict[str, Any]]:
    """Return an item for each of the codes of `PLAN_COUNTS`."""
    return []
