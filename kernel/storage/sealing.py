"""Numbers of persons at rest: sealed, found again by a mark, shown by their last digits (Law 91/2025/QH15).

One secret a service, of 32 bytes in VCA_HOME/keys/<service>.key (0600). Whoever holds a copy of the database but not this file can
neither read a number nor try numbers out.
"""

from __future__ import annotations

import base64
import hmac
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import FastAPI

from kernel.storage.keys import KEY_BYTES, KeyFile, Sealed, settle
from kernel.web.calls import Call

_NONCE_BYTES = 12


class Sealer:
    """Seals and marks with one secret; what is sealed for one field of one service opens as no other."""

    def __init__(self, secret: bytes, service: str) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError(f"the key of {service} must have {KEY_BYTES} bytes")
        self._secret, self._service = secret, service
        self._keys: dict[str, bytes] = {}
        self._ciphers: dict[str, AESGCM] = {}

    def _key(self, purpose: str) -> bytes:
        # Purposes are names of fields: a handful.
        if purpose not in self._keys:
            self._keys[purpose] = hmac.digest(self._secret, f"vca {self._service} {purpose}".encode(), "sha256")
        return self._keys[purpose]

    def _cipher(self, field: str) -> AESGCM:
        if field not in self._ciphers:
            self._ciphers[field] = AESGCM(self._key(field))
        return self._ciphers[field]

    @property
    def pepper(self) -> bytes:
        """What keys the hash of a request that holds such a number."""
        return self._key("request hash")

    def seal(self, field: str, plain: str) -> bytes:
        """Return `plain` encrypted and authenticated (AES-256-GCM)."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher(field).encrypt(nonce, plain.encode(), None)

    def open(self, field: str, sealed: bytes) -> str:
        """Return what was sealed for `field`. Raises InvalidTag if it was not by this secret."""
        return self._cipher(field).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None).decode()

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
            Sealer(secret, service).open(field, sealed)
        except InvalidTag:
            return False
        return True

    each = (
        f"(SELECT '{name}' AS field, {name}_sealed AS sealed FROM {table} WHERE {name}_sealed IS NOT NULL LIMIT 5)"  # noqa: S608  names are constants of the code
        for name in ("id_number", "phone")
    )
    return Sealed(table, " UNION ALL ".join(each), opens)


def sealing(service: str, sealed: Sealed) -> Callable[[FastAPI], AsyncIterator[None]]:
    """Return the task that has the secret before `service` serves."""

    async def with_sealer(app: FastAPI) -> AsyncIterator[None]:
        secret = await settle(app.state.db, sealing_key(app.state.settings.home, service), sealed)
        app.state.sealer = Sealer(secret, service)
        app.state.pepper = app.state.sealer.pepper
        yield

    return with_sealer


def sealer_of(call: Call) -> Sealer:
    """Return the sealer of the service that answers `call`."""
    sealer: Sealer = call.state.sealer
    return sealer
