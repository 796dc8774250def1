"""Waiting for what comes about. How long a busy machine takes is nobody's fault: the seconds only end the waiting."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from tests.support.answers import ok

PATIENCE_SECONDS = 60.0


def until(true: Callable[[], object], seconds: float = PATIENCE_SECONDS, *, pause: float = 0.02) -> None:
    """Wait until `true()`, asking every `pause` seconds; fail if that takes longer than `seconds`."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not so after {seconds} s"
        time.sleep(pause)


async def come_about(true: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Let this loop's other tasks work until `true()`; fail if that takes longer than `seconds`."""

    async def asked() -> object:
        return true()

    await come_true(asked, seconds)


async def come_true(true: Callable[[], Awaitable[object]], seconds: float = PATIENCE_SECONDS) -> None:
    """The same of what has to be asked for in the loop, as a database has."""
    end = time.monotonic() + seconds
    while not await true():
        assert time.monotonic() < end, f"not so after {seconds} s"
        await asyncio.sleep(0.01)


async def ended_job(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """Return the job at `path` once it has ended, however it has."""
    job: dict[str, Any] = {}

    async def is_over() -> bool:
        nonlocal job
        job = ok(await client.get(path))
        return job["state"] not in ("queued", "running")

    await come_true(is_over)
    return job
