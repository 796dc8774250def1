"""The minutes of a drill: a table for each exercise, as Markdown."""

from __future__ import annotations

import os
import platform
import time
from datetime import UTC, datetime


class Minutes:
    """What was done and measured; `fact` adds a line to the exercise that goes on."""

    def __init__(self) -> None:
        self._began, self._at = datetime.now(UTC), time.monotonic()
        self._lines: list[str] = []
        self._exercise_at = self._at

    def exercise(self, title: str) -> None:
        """Begin an exercise."""
        self._exercise_at = time.monotonic()
        print(f"· {title}", flush=True)
        self._lines += ["", f"## {title}", "", "| what | measured |", "|---|---|"]

    def fact(self, what: str, measured: object) -> None:
        """Note what was measured."""
        print(f"    {what}: {measured}", flush=True)
        self._lines.append(f"| {what} | {measured} |")

    def done(self) -> None:
        """End the exercise."""
        self.fact("time of this exercise", seconds(time.monotonic() - self._exercise_at))

    def text(self) -> str:
        """Return the minutes."""
        head = [
            f"# Minutes of the drill of {self._began:%Y-%m-%d %H:%M} UTC",
            "",
            f"{os.cpu_count()} CPUs, {platform.system()} {platform.machine()}; everything on one machine: "
            "two PostgreSQL, etcd, all services and the gateway. "
            f"Whole drill: {seconds(time.monotonic() - self._at)}.",
        ]
        return "\n".join([*head, *self._lines, ""])


def seconds(number: float) -> str:
    """Return a length of time in words."""
    return f"{number:.1f} s"
