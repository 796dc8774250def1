"""Numbers of persons at rest: sealed, found again by a mark, shown by their last digits (Law 91/2025/QH15).

One secret a service, of 32 bytes in VCA_HOME/keys/<service>.key (0600). Whoever holds a copy of the database but not this file can
neither read a number nor try numbers out.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import os
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import FastAPI

from kernel.routing import Call

_NONCE_BYTES, _SECRET_BYTES = 12, 32


class Sealer:
    """Seals and marks with one secret; what is sealed for one field of one service opens as no other."""

    def __init__(self, secret: bytes, service: str) -> None:
        if len(secret) != _SECRET_BYTES:
            raise ValueError(f"the key of {service} must have {_SECRET_BYTES} bytes")
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


def load_sealer(home: Path, service: str) -> Sealer:
    """Return the sealer of `service` in this home, making its secret at the first start."""
    path = home / "keys" / f"{service}.key"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = path.with_name(f".{service}.key.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        # A link, not a rename: of two that start at once, one wins and the other takes its secret.
        with contextlib.suppress(FileExistsError):
            os.link(partial, path)
        partial.unlink()
    return Sealer(path.read_bytes(), service)


def sealing(service: str) -> Callable[[FastAPI], AsyncIterator[None]]:
    """Return the task that loads the secret before `service` serves."""

    async def with_sealer(app: FastAPI) -> AsyncIterator[None]:
        app.state.sealer = load_sealer(app.state.settings.home, service)
        yield

    return with_sealer


def sealer_of(call: Call) -> Sealer:
    """Return the sealer of the service that answers `call`."""
    sealer: Sealer = call.state.sealer
    return sealer
