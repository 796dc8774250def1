"""Plans beside figures."""

from __future__ import annotations

from typing import Any

from kernel.web.calls import Call
from services.reporting.figures.ask import FigureAsk


async def add_plans(call: Call, ask: FigureAsk, items: list[dict[str, Any]]) -> None:
    """Put in each item the plan that it is measured by and the estimates of it."""
