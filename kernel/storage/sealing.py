"""Numbers of persons at rest: sealed, found again by a mark, shown by their last digits (Law 91/2025/QH15).

One secret a service, of 32 bytes in VCA_HOME/keys/<service>.key (0600). Whoever holds a copy of the database but not this file can
neither read a number nor try numbers out.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from fastapi import FastAPI

from kernel.storage.keyring import KeyRing, derive_as, is_later, judge_later
from kernel.storage.keys import KeyFile, Sealed, settle
from kernel.web.calls import Call


class Sealer:
    """Seals with a service's keys and marks with the first; what is sealed for one field of one service opens as no other.

    `folder`: where the keys after the first are. Marks stay those of the first key: they are in the history as well, which
    nobody can make anew.
    """

    def __init__(self, secret: bytes, service: str, folder: Path | None = None) -> None:
        self._secret, self._derive = secret, derive_as(f"vca {service} {{purpose}}")
        self.ring = KeyRing(secret, self._derive, service, folder)
        self._keys: dict[str, bytes] = {}

    def _key(self, purpose: str) -> bytes:
        # Purposes are names of fields: a handful.
        if purpose not in self._keys:
            self._keys[purpose] = self._derive(self._secret, purpose)
        return self._keys[purpose]

    @property
    def pepper(self) -> bytes:
        """What keys the hash of a request that holds such a number."""
        return self._key("request hash")

    def seal(self, field: str, plain: str) -> bytes:
        """Return `plain` encrypted and authenticated (AES-256-GCM)."""
        return self.ring.seal(field, plain.encode())

    def open(self, field: str, sealed: bytes) -> str:
        """Return what was sealed for `field`. Raises InvalidTag if it was by none of these keys."""
        return self.ring.open(field, sealed).decode()

    def mark(self, field: str, plain: str) -> str:
        """Return what `plain` is found by: the same for the same text, and only the holder of the secret can make it."""
        return base64.urlsafe_b64encode(hmac.digest(self._key(f"mark {field}"), plain.encode(), "sha256")).decode()


def sealing_key(home: Path, service: str) -> KeyFile:
    """Return where the secret of `service` lies."""
    return KeyFile(service, home / "keys" / f"{service}.key")


def numbers_in(table: str, service: str) -> Sealed:
    """Return the sealed numbers of the persons in `table`."""

    def opens(secret: bytes, field: str, sealed: bytes) -> bool:
        try:
            # Of what a later key sealed nothing can be said: it is known by its own fingerprint.
            return is_later(sealed) or bool(Sealer(secret, service).open(field, sealed))
        except InvalidTag:
            return False

    each = (
        f"(SELECT '{name}' AS field, {name}_sealed AS sealed FROM {table} WHERE {name}_sealed IS NOT NULL LIMIT 5)"  # noqa: S608  names are constants of the code
        for name in ("id_number", "phone")
    )
    return Sealed(table, " UNION ALL ".join(each), opens)


def sealing(service: str, sealed: Sealed) -> Callable[[FastAPI], AsyncIterator[None]]:
    """Return the task that has the secret before `service` serves."""

    async def with_sealer(app: FastAPI) -> AsyncIterator[None]:
        key = sealing_key(app.state.settings.home, service)
        secret = await settle(app.state.db, key, sealed)
        await judge_later(app.state.db, key.path.parent, service)
        app.state.sealer = Sealer(secret, service, key.path.parent)
        app.state.pepper = app.state.sealer.pepper
        yield

    return with_sealer


def sealer_of(call: Call) -> Sealer:
    """Return the sealer of the service that answers `call`."""
    sealer: Sealer = call.state.sealer
    return sealer
