"""What an operator sets of our own PostgreSQL."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from vca.errors import Refusal

_SIZE = re.compile(r"(\d{1,6})(kB|MB|GB)")
_UNITS = {"kB": 1, "MB": 1024, "GB": 1024 * 1024}
_LEAST_BUFFERS_KB = 16 * 1024


@dataclass(frozen=True)
class PostgresSettings:
    """Buffers as PostgreSQL writes them; `slow_ms`: what takes longer is logged, -1: nothing is."""

    shared_buffers: str = "128MB"
    max_connections: int = 160
    start_seconds: int = 60
    slow_ms: int = 500

    @classmethod
    def from_environment(cls) -> PostgresSettings:
        """Read VCA_POSTGRES_SHARED_BUFFERS, …_MAX_CONNECTIONS, …_START_SECONDS and …_SLOW_MS. Raises Refusal."""
        return cls(
            _buffers("VCA_POSTGRES_SHARED_BUFFERS", cls.shared_buffers),
            number("VCA_POSTGRES_MAX_CONNECTIONS", cls.max_connections, 10, 5000),
            number("VCA_POSTGRES_START_SECONDS", cls.start_seconds, 1, 86_400),
            number("VCA_POSTGRES_SLOW_MS", cls.slow_ms, -1, 3_600_000),
        )


def number(name: str, default: int, least: int, most: int) -> int:
    """Return a whole number that is set, or the default. Raises Refusal."""
    text = os.environ.get(name) or str(default)
    if re.fullmatch(r"-?\d{1,9}", text) and least <= int(text) <= most:
        return int(text)
    raise Refusal(
        f"{name}={text} phải là số nguyên từ {least} đến {most}.",
        f"{name}={text} must be a whole number from {least} to {most}.",
    )


def _buffers(name: str, default: str) -> str:
    text = os.environ.get(name) or default
    size = _SIZE.fullmatch(text)
    if size is not None and int(size[1]) * _UNITS[size[2]] >= _LEAST_BUFFERS_KB:
        return text
    raise Refusal(
        f"{name}={text} phải là dung lượng từ 16MB trở lên, như 512MB hay 2GB.",
        f"{name}={text} must be a size of at least 16MB, such as 512MB or 2GB.",
    )
