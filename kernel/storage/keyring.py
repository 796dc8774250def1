"""The keys that a service seals with: the first, which is its KeyFile, and those that came after (`vca keys rotate`).

What is sealed with the first key alone carries no id, as before there were others. What a later one sealed begins with a
mark and the key's id. All processes of a home look at the folder of its keys, so a new key is used by all from the moment
that its file is there, and whoever meets an id that is new to it reads the folder again.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.database.statements import always, statement
from kernel.storage.keys import KEY_BYTES, KeyFile, RunsSql

_NONCE_BYTES, _ID_BYTES = 12, 4
# Before an id. A nonce of before may begin like it, once in four billion: what does not open as one is tried as the other.
_MARK = b"\xf5VCA"
_MOST_CIPHERS = 64
PREFIX_BYTES = len(_MARK) + _ID_BYTES

Derive = Callable[[bytes, str], bytes]
"""Makes of a key and a purpose the key that seals for it."""


def later_keys(folder: Path, service: str) -> list[KeyFile]:
    """Return the keys of `service` after its first, in their order: `<service>.2.key` and so on."""
    named = re.compile(rf"{re.escape(service)}\.(\d+)\.key")
    numbers = sorted(int(found[1]) for path in folder.glob(f"{service}.*.key") if (found := named.fullmatch(path.name)))
    return [later_key(folder, service, number) for number in numbers]


def later_key(folder: Path, service: str, number: int) -> KeyFile:
    """Return the key of that number; the first key has none."""
    return KeyFile(f"{service}.{number}", folder / f"{service}.{number}.key")


def prefix_of(secret: bytes) -> bytes:
    """Return what begins everything that a later key seals."""
    return _MARK + hashlib.sha256(b"vca key id " + secret).digest()[:_ID_BYTES]


def is_later(sealed: bytes) -> bool:
    """Say whether a key after the first sealed this, by what it begins with."""
    return sealed.startswith(_MARK)


class _FingerprintRow(TypedDict):
    name: str
    fingerprint: str


_IS_KEPT = always(bool, "SELECT to_regclass('key_fingerprint') IS NOT NULL")
_LATER = statement(
    _FingerprintRow,
    "SELECT name, fingerprint FROM key_fingerprint WHERE name ~ ('^' || $1::text || '\\.[0-9]+$') ORDER BY name",
)


async def judge_later(db: RunsSql, folder: Path, service: str) -> None:
    """Raise KeyRefused where a later key, which this database was used with, is not there or another one. Changes nothing."""
    if not await db.fetchval(str(_IS_KEPT)):
        return
    for row in await db.fetch(str(_LATER), service):
        key = later_key(folder, service, int(row["name"].rpartition(".")[2]))
        secret = key.read()
        if secret is None:
            raise key.missing()
        if key.fingerprint(secret) != row["fingerprint"]:
            raise key.other()


class KeyRing:
    """Seals with the newest key, opens with whichever key sealed. `folder`: where later keys are; None: there are none."""

    def __init__(self, first: bytes, derive: Derive, service: str, folder: Path | None = None) -> None:
        if len(first) != KEY_BYTES:
            raise ValueError(f"the key of {service} must have {KEY_BYTES} bytes")
        self._first, self._derive, self._service, self._folder = first, derive, service, folder
        self._later: dict[bytes, bytes] = {}
        self._newest: tuple[bytes, bytes] | None = None
        self._read_at: int | None = None
        self._ciphers: dict[tuple[bytes, str], AESGCM] = {}
        self._read()

    def _read(self) -> None:
        """Take over the keys that the folder has, where it changed."""
        if self._folder is None:
            return
        try:
            changed_at = os.stat(self._folder).st_mtime_ns
        except FileNotFoundError:
            return
        if changed_at == self._read_at:
            return
        secrets = [secret for key in later_keys(self._folder, self._service) if (secret := key.read()) is not None]
        self._later = {prefix_of(secret): secret for secret in secrets}
        self._newest = (prefix_of(secrets[-1]), secrets[-1]) if secrets else None
        self._read_at = changed_at

    def _cipher(self, secret: bytes, purpose: str) -> AESGCM:
        cipher = self._ciphers.get((secret, purpose))
        if cipher is None:
            cipher = AESGCM(self._derive(secret, purpose))
            # Most purposes are names of fields, a handful; some name one sign-in, and are not seen again.
            if len(self._ciphers) < _MOST_CIPHERS:
                self._ciphers[secret, purpose] = cipher
        return cipher

    @property
    def newest_prefix(self) -> bytes | None:
        """What begins everything that is sealed now; None while there is but the first key."""
        self._read()
        return self._newest[0] if self._newest else None

    def seal(self, purpose: str, plain: bytes) -> bytes:
        """Return `plain` encrypted and authenticated (AES-256-GCM)."""
        self._read()
        prefix, secret = self._newest or (b"", self._first)
        nonce = os.urandom(_NONCE_BYTES)
        return prefix + nonce + self._cipher(secret, purpose).encrypt(nonce, plain, None)

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """Return what was sealed for `purpose`. Raises InvalidTag if it was by no key of these."""
        if sealed.startswith(_MARK):
            prefix = sealed[:PREFIX_BYTES]
            if prefix not in self._later:
                self._read_at = None
                self._read()
            if prefix in self._later:
                try:
                    return self._opened(self._later[prefix], purpose, sealed[PREFIX_BYTES:])
                except InvalidTag:
                    pass
        return self._opened(self._first, purpose, sealed)

    def _opened(self, secret: bytes, purpose: str, sealed: bytes) -> bytes:
        if len(sealed) <= _NONCE_BYTES:
            raise InvalidTag
        return self._cipher(secret, purpose).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)


def derive_as(template: str) -> Derive:
    """Return how a key for a purpose is made: `template` has {purpose}."""

    def derive(secret: bytes, purpose: str) -> bytes:
        return hmac.digest(secret, template.format(purpose=purpose).encode(), "sha256")

    return derive
