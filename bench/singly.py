"""Figures of requests that are sent one by one."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from bench.harness import Figures


def figures_of(seconds: Sequence[float], cpu: float) -> Figures:
    """Return the figures of requests that took so many seconds each, and the process so much CPU for one."""
    middle = statistics.median(seconds)
    return {"rate": 1 / middle, "p50": middle * 1e6, "p99": max(seconds) * 1e6, "app_us": cpu * 1e6, "db_us": 0.0}
