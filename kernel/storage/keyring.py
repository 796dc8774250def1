"""The keys that a service seals with: the first, which is its KeyFile, and those that came after (`vca keys rotate`).

What is sealed with the first key alone carries no id, as before there were others. What a later one sealed begins with a
mark and the key's id. All processes of a home look at the folder of its keys, so a new key is used by all from the moment
that its file is there, and whoever meets an id that is new to it reads the folder again. Keys of a setting are those that a
process was started with: the first of them seals.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypedDict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.database.statements import always, command, statement
from kernel.storage.keys import KEY_BYTES, KeyFile, KeyRefused, Known, RunsSql

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


_RECORD = command("INSERT INTO key_fingerprint (name, fingerprint) VALUES ($1, $2) ON CONFLICT DO NOTHING")


def number_of(key: KeyFile) -> int:
    """Return the number of a later key."""
    return int(key.name.rpartition(".")[2])


async def judge_later(db: RunsSql, folder: Path, service: str, given: Sequence[bytes] = ()) -> None:
    """Raise KeyRefused where a later key, which this database was used with, is not there or another one. Changes nothing.

    `given`: the keys of the service's setting, among which it may be.
    """
    if not await db.fetchval(str(_IS_KEPT)):
        return
    for row in await db.fetch(str(_LATER), service):
        key = later_key(folder, service, int(row["name"].rpartition(".")[2]))
        if any(key.fingerprint(each) == row["fingerprint"] for each in given):
            continue
        secret = key.read()
        if secret is None and given:
            raise _not_given(service, key)
        if secret is None:
            raise key.missing()
        if key.fingerprint(secret) != row["fingerprint"]:
            raise key.other()


def _not_given(service: str, key: KeyFile) -> KeyRefused:
    setting = KeyFile(service, key.path).setting
    return KeyRefused(
        f"{setting} thiếu một khóa ({key.name}) mà cơ sở dữ liệu này đã dùng; hãy đặt lại khóa đó cạnh các khóa kia, đến khi "
        f"vca keys rotate {service} nói đã bỏ được.",
        f"{setting} lacks a key ({key.name}) that this database was used with; put it back beside the others until "
        f"vca keys rotate {service} says that it may be taken out.",
    )


async def record_given(db: RunsSql, folder: Path, service: str, known: Known) -> None:
    """Have the database know the key of a setting that seals: from then on no copy of the service starts without it."""
    if not known.given or known.given[0] == known.first:
        return
    sealing = known.given[0]
    while True:
        rows = {row["name"]: row["fingerprint"] for row in await db.fetch(str(_LATER), service)}
        keys = [later_key(folder, service, int(name.rpartition(".")[2])) for name in rows]
        if any(key.fingerprint(sealing) == rows[key.name] for key in keys):
            return
        # Of two copies that start at once one takes the number; the other finds it then.
        key = later_key(folder, service, max(map(number_of, keys), default=1) + 1)
        await db.execute(str(_RECORD), key.name, key.fingerprint(sealing))


class KeyRing:
    """Seals with the newest key, opens with whichever key sealed. `folder`: where later keys are; None: there are none.

    `first`: None where it was put away. `given`: the keys of a setting, of which the first seals; if there are but one, which is
    the first, later ones are the folder's.
    """

    def __init__(
        self,
        first: bytes | None,
        derive: Derive,
        service: str,
        folder: Path | None = None,
        *,
        given: Sequence[bytes] = (),
    ) -> None:
        if first is not None and len(first) != KEY_BYTES:
            raise ValueError(f"the key of {service} must have {KEY_BYTES} bytes")
        self._first, self._derive, self._service, self._folder = first, derive, service, folder
        self._given = tuple(given) if [*given] != [first] else ()
        self._later: dict[bytes, bytes] = {}
        self._newest: tuple[bytes, bytes] | None = None
        self._read_at: int | None = None
        self._ciphers: dict[tuple[bytes, str], AESGCM] = {}
        self._read()

    def _read(self) -> None:
        """Take over the keys that the folder has, where it changed; those of a setting stay as they are."""
        if self._given:
            self._later = {prefix_of(each): each for each in self._given if each != self._first}
            sealing = self._given[0]
            self._newest = None if sealing == self._first else (prefix_of(sealing), sealing)
            return
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
    def is_given(self) -> bool:
        """Say whether a setting gives the keys."""
        return bool(self._given)

    @property
    def newest_prefix(self) -> bytes | None:
        """What begins everything that is sealed now; None while there is but the first key."""
        self._read()
        return self._newest[0] if self._newest else None

    def seal(self, purpose: str, plain: bytes) -> bytes:
        """Return `plain` encrypted and authenticated (AES-256-GCM)."""
        self._read()
        prefix, secret = self._newest or (b"", self._first)
        assert secret is not None, "the first key is put away only where there is a later one"
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
        if self._first is None:
            raise InvalidTag
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


def marks_of(secret: bytes, derive: Derive, purposes: Sequence[str]) -> bytes:
    """Return what of a first key makes marks, and can neither seal nor open: the keys that it derives for these purposes."""
    return b"".join(derive(secret, purpose) for purpose in purposes)


def read_marks(marks: bytes, purposes: Sequence[str]) -> dict[str, bytes]:
    """Return the key of each purpose."""
    return {purpose: marks[at * KEY_BYTES : (at + 1) * KEY_BYTES] for at, purpose in enumerate(purposes)}
