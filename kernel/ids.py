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
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF000 << 64) | (0x7000 << 64)
    value = value & ~(0xC000 << 48) | (0x8000 << 48)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def is_id(text: str) -> bool:
    """Say whether `text` is a UUID in its usual form."""
    return _UUID.fullmatch(text) is not None
