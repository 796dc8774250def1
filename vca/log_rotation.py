"""Logs that stay within bounds: by size and by count, for every process of a run.

A log is renamed and a new file laid in its place: nothing is copied or cut, so no line is lost. Until who writes has
opened the new file, it goes on in the renamed one. Our services look by themselves (kernel/runtime/logging.py); Envoy and
PostgreSQL are told.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vca.errors import Refusal

_LOOK_SECONDS = 1.0
DEFAULT_MEGABYTES, DEFAULT_FILES = "50", "5"


@dataclass(frozen=True)
class _Log:
    path: Path
    reopen: Callable[[], None] | None


class Rotation:
    """The logs of one run: each at most `files` files of `most_bytes`, and what comes in a second."""

    def __init__(self, most_bytes: int, files: int) -> None:
        self.most_bytes, self._files = most_bytes, files
        self._logs: dict[Path, _Log] = {}
        self._looked = 0.0

    @classmethod
    def from_environment(cls) -> Rotation:
        """Read VCA_LOG_MAX_MB and VCA_LOG_FILES. Raises Refusal."""
        return cls(
            int(_number("VCA_LOG_MAX_MB", DEFAULT_MEGABYTES, least=0.01) * 1_000_000),
            int(_number("VCA_LOG_FILES", DEFAULT_FILES, least=2)),
        )

    def keep(self, path: Path, reopen: Callable[[], None] | None = None) -> None:
        """Keep a log within bounds from now on. `reopen` tells who writes it to open it anew."""
        self._logs[path] = _Log(path, reopen)

    def look(self) -> None:
        """Rotate what has grown too large, at most once a second. Never raises: a log is no reason to stop."""
        if time.monotonic() - self._looked < _LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        for log in self._logs.values():
            with contextlib.suppress(OSError):
                if log.path.stat().st_size >= self.most_bytes:
                    self.rotate(log.path)

    def rotate(self, path: Path) -> None:
        """Put a log aside as `<name>.1`, the older ones one further; the oldest goes. Raises OSError."""
        found = path.stat()
        for number in range(self._files - 1, 1, -1):
            with contextlib.suppress(FileNotFoundError):
                _aside(path, number - 1).replace(_aside(path, number))
        path.replace(_aside(path, 1))
        # As the old one was: PostgreSQL is another user where we are root. Who writes may have been faster.
        with contextlib.suppress(FileExistsError):
            new = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, found.st_mode & 0o777)
            with contextlib.suppress(PermissionError):
                os.fchown(new, found.st_uid, found.st_gid)
            os.close(new)
        if (reopen := self._logs[path].reopen) is not None:
            reopen()


def _aside(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")


def _number(setting: str, default: str, *, least: float) -> float:
    text = os.environ.get(setting) or default
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not least <= number < 1_000_000:
        raise Refusal(
            f"{setting}={text} không hợp lệ; hãy ghi một số từ {least:g}.",
            f"{setting}={text} is no number from {least:g}.",
        )
    return number
