"""Passwords: the rules they obey, and the hash they are kept as (argon2id)."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ctypes
import secrets
import sys
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from services.identity.security import guessable

MIN_LENGTH, MAX_LENGTH = 10, 200

# 12 MiB, three passes: as strong as OWASP's 19 MiB and two, and two at once still fit the memory of a service.
_HASHER = PasswordHash((Argon2Hasher(memory_cost=12_288, time_cost=3, parallelism=1),))
_AT_ONCE = 2
_M_MMAP_THRESHOLD = -3  # malloc.h
# Without letters and digits that look alike: these are read out over the telephone.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"

T = TypeVar("T")
Fault = tuple[str, str, str]
"""A stable code, words in Vietnamese, words in English."""


def normal(password: str) -> str:
    """Return the one form in which a password is hashed and compared: keyboards compose Vietnamese differently."""
    return unicodedata.normalize("NFKC", password)


def fault_of(password: str, *, username: str, full_name: str = "") -> Fault | None:
    """Return why `password` may not be chosen by this person, or None if it may."""
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
    if len(set(folded)) < 4 or guessable.is_common(plain):
        return (
            "too_common",
            "Mật khẩu này là một trong những mật khẩu bị đoán trước tiên; hãy dùng một câu của riêng bạn, bốn từ trở lên.",
            "This is one of the passwords that are guessed first; use a sentence of your own, four words or more.",
        )
    if guessable.is_of_known_words(plain, (username, full_name)):
        return (
            "known_words",
            "Mật khẩu chỉ gồm tên, năm, dãy phím hoặc từ của ngành như “hợp tác xã”, tên tỉnh; hãy thêm vài từ không ai đoán được.",
            "It is made of names, years, rows of keys or words of the field such as “hợp tác xã” or a province; add some words that nobody would guess.",
        )
    return None


def one_time() -> str:
    """Return a password to hand over once: four groups of four readable characters (79 bits)."""
    letters = [secrets.choice(_READABLE) for _ in range(16)]
    return "-".join("".join(letters[at : at + 4]) for at in range(0, 16, 4))


def unknown_hash() -> str:
    """Return what stands where a hash does and has no password: it takes as long to compare as any other."""
    salt, digest = (base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=") for length in (16, 32))
    return f"$argon2id$v=19$m=12288,t=3,p=1${salt}${digest}"


def give_memory_back() -> None:
    """Have the C library return a hash's 12 MiB after each use; left alone, glibc keeps them for good, per thread."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # Another C library: nothing to tell it.
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 1 << 20)


class Passwords:
    """Hashes and checks in two threads of their own: more would only take turns on the cores, and keep more memory."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="argon2")
        self._nobody: str | None = None

    async def _run(self, work: Callable[..., T], *args: str) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)

    async def hash(self, password: str) -> str:
        """Return the hash to keep."""
        return await self._run(_HASHER.hash, normal(password))

    async def matches(self, password: str, kept: str | None) -> bool:
        """Say whether `password` is the one behind `kept`; without one (no such account) it takes as long to say no."""
        if kept is None:
            if self._nobody is None:
                self._nobody = await self.hash(one_time())
            await self.matches(password, self._nobody)
            return False
        return await self._run(_HASHER.verify, normal(password[: MAX_LENGTH * 2]), kept)
