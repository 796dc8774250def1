"""Ids: UUIDv7 strings, made here so that PostgreSQL 16 serves as well as 18, or minted by the client."""

from __future__ import annotations

import os
import re
import time
from typing import Annotated

from pydantic import AfterValidator, StringConstraints, WithJsonSchema

_UUID_PATTERN = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
_UUID = re.compile(_UUID_PATTERN[1:-1])

Id = Annotated[
    str,
    StringConstraints(pattern=_UUID_PATTERN),
    AfterValidator(str.lower),
    WithJsonSchema({"type": "string", "format": "uuid", "description": "UUIDv7; a client may mint it."}),
]


def new_id() -> str:
    """Return a new UUIDv7 (RFC 9562): 48 bits of milliseconds, then 74 random bits."""
    return _uuid7(_milliseconds(), os.urandom(10).hex())


def new_ids(count: int) -> list[str]:
    """Return so many new ids of the same millisecond in rising order, for one look at the clock and the source of chance."""
    milliseconds, chance = _milliseconds(), os.urandom(10 * count).hex()
    return sorted(_uuid7(milliseconds, chance[at : at + 20]) for at in range(0, len(chance), 20))


def _milliseconds() -> str:
    return f"{time.time_ns() // 1_000_000:012x}"


def _uuid7(milliseconds: str, chance: str) -> str:
    variant = "89ab"[int(chance[3], 16) & 3]
    return f"{milliseconds[:8]}-{milliseconds[8:]}-7{chance[:3]}-{variant}{chance[4:7]}-{chance[7:19]}"


def is_id(text: str) -> bool:
    """Say whether `text` is a UUID in its usual form."""
    return _UUID.fullmatch(text) is not None
