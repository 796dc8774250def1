"""Ids and codes of the national set: the same for the same number, and none that an office gives out."""

from __future__ import annotations

import uuid

_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
"""Of the nine digits before the check digit of a tax code."""


def code_of(number: int) -> str:
    """Return a code that no office gives out: 95 to 98, a running number, the right check digit."""
    for lead in ("98", "97", "96", "95"):
        serial = f"{lead}{number + 1:07d}"
        check = 10 - sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, serial, strict=True)) % 11
        if check < 10:
            return f"{serial}{check}"
    raise ValueError(f"no check digit for {number}")  # The four leads never fail together; tested.


def uuid_of(name: str, moment: int) -> str:
    """Return the UUIDv7 of `name`: its time counts milliseconds from 1 January 2025, so that ids keep the order."""
    value = (1_735_689_600_000 + moment) << 80 | uuid.uuid5(uuid.NAMESPACE_URL, f"vca:national:{name}").int >> 48
    value = value & ~(0xF000 << 64) | (0x7000 << 64)
    return str(uuid.UUID(int=value & ~(0xC000 << 48) | (0x8000 << 48)))


def coverage_id(alliance: str, of: str = "") -> str:
    """Return the id of the coverage that goes with the invented records of `alliance`, or those of one type."""
    return uuid_of(f"coverage/{alliance}/{of}" if of else f"coverage/{alliance}", int(alliance[:2]))
