"""Passwords: the rules they obey, and the hash they are kept as (argon2id)."""

from __future__ import annotations

import asyncio
import functools
import secrets
import unicodedata
from pathlib import Path

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

MIN_LENGTH, MAX_LENGTH = 10, 200

# 12 MiB, three passes: as strong as OWASP's 19 MiB and two, and two at once still fit the memory of a service.
_HASHER = PasswordHash((Argon2Hasher(memory_cost=12_288, time_cost=3, parallelism=1),))
_AT_ONCE = 2
_COMMON = Path(__file__).parent / "data" / "common_passwords.txt"
# Without letters and digits that look alike: these are read out over the telephone.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"

Fault = tuple[str, str, str]
"""A stable code, words in Vietnamese, words in English."""


def normal(password: str) -> str:
    """Return the one form in which a password is hashed and compared: keyboards compose Vietnamese differently."""
    return unicodedata.normalize("NFKC", password)


def fault_of(password: str, *, username: str) -> Fault | None:
    """Return why `password` may not be chosen by `username`, or None if it may."""
    plain = normal(password)
    folded = plain.casefold()
    if len(plain) < MIN_LENGTH:
        return "too_short", f"Mật khẩu cần ít nhất {MIN_LENGTH} ký tự.", f"At least {MIN_LENGTH} characters."
    if len(plain) > MAX_LENGTH:
        return "too_long", f"Mật khẩu dài tối đa {MAX_LENGTH} ký tự.", f"At most {MAX_LENGTH} characters."
    if not plain.isprintable():
        return "control_character", "Có ký tự điều khiển.", "There is a control character."
    if username.casefold() in folded:
        return "contains_username", "Mật khẩu không được chứa tên đăng nhập.", "It may not contain the user name."
    if len(set(folded)) < 4 or folded in _common():
        return "too_common", "Mật khẩu này quá dễ đoán.", "This password is too easy to guess."
    return None


@functools.cache
def _common() -> frozenset[str]:
    return frozenset(_COMMON.read_text(encoding="utf-8").split())


def one_time() -> str:
    """Return a password to hand over once: four groups of four readable characters (79 bits)."""
    letters = [secrets.choice(_READABLE) for _ in range(16)]
    return "-".join("".join(letters[at : at + 4]) for at in range(0, 16, 4))


class Passwords:
    """Hashes and checks in threads, two at once: more would only take turns on the memory."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """Return the hash to keep."""
        async with self._turn:
            return await asyncio.to_thread(_HASHER.hash, normal(password))

    async def matches(self, password: str, kept: str | None) -> bool:
        """Say whether `password` is the one behind `kept`; without one (no such account) it takes as long to say no."""
        if kept is None:
            if self._nobody is None:
                self._nobody = await self.hash(one_time())
            await self.matches(password, self._nobody)
            return False
        async with self._turn:
            return await asyncio.to_thread(_HASHER.verify, normal(password)[: MAX_LENGTH + 1], kept)
