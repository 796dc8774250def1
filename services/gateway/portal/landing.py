"""What the first page says of the services: whether they are well, and through which day their data is complete."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

from services.gateway.health import Health

# The page does not wait for a service that hangs.
_PATIENCE_SECONDS = 1.5


async def standing(health: Health) -> dict[str, Any]:
    """Return `state` (ok, failing, unknown) and `services`: name, state and the days through which data is complete."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            summary = await health.summary()
    except TimeoutError:
        return {"state": "unknown", "services": []}
    services = [
        {"name": name, "state": one["status"], "until": _days(one.get("data_until") or {})}
        for name, one in summary["services"].items()
    ]
    return {"state": summary["status"] if services else "unknown", "services": services}


def _days(until: dict[str, str]) -> str:
    """Return the day through which all provinces' data is complete; a span where they differ; empty without data."""
    days = sorted(date.fromisoformat(day) for day in until.values())
    return "–".join(dict.fromkeys(f"{day:%d/%m/%Y}" for day in (days[0], days[-1]))) if days else ""
