"""Readiness is answered soon, also under load: checked once for all who ask, and remembered while checking takes long.

Whoever stands before several copies gives up on one that does not answer (services/gateway/clusters.py). That many wait for
the database is no reason to: what was well a moment ago is taken to be, until it has not been for a while.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

SOON_SECONDS, LONGEST_SECONDS, REMEMBERED_SECONDS = 0.3, 3.0, 10.0

Checks = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """What was looked at: "ok", what is wrong with it, or a number that only tells; and what is told beside it."""

    checks: Checks
    told: dict[str, Any] = field(default_factory=dict)
    is_degraded: bool = False
    """Whether something that is told will fail soon, or fails in part."""

    @property
    def is_well(self) -> bool:
        """Whether nothing fails."""
        return all(not isinstance(value, str) or value == "ok" for value in self.checks.values())

    @property
    def status(self) -> str:
        """In one word; who is degraded is still to be asked."""
        return ("degraded" if self.is_degraded else "ok") if self.is_well else "failing"


class Readiness:
    """What the checks of one process say. Made anew with every start of a service."""

    def __init__(self, look: Callable[[], Awaitable[Found]]) -> None:
        self._look = look
        self._running: asyncio.Task[Found] | None = None
        self._well = Found({})
        self._well_at = float("-inf")

    async def found(self) -> Found:
        """Return what the checks say now; what they said where they take long; that they do not end."""
        running = self._running
        if running is None or running.done():
            running = self._running = asyncio.create_task(self._remembered())
        for seconds in (SOON_SECONDS, LONGEST_SECONDS - SOON_SECONDS):
            done, _ = await asyncio.wait({running}, timeout=seconds)
            if done:
                # Not what runs now: another who asked may have begun the next look before we woke.
                return running.result()
            if (age := time.monotonic() - self._well_at) < REMEMBERED_SECONDS:
                return replace(self._well, checks={**self._well.checks, "checked_seconds_ago": round(age)})
        return Found({"database": f"no answer in {LONGEST_SECONDS:.0f} seconds"})

    async def _remembered(self) -> Found:
        found = await self._look()
        if found.is_well:
            self._well, self._well_at = found, time.monotonic()
        return found
