"""Short-lived signed addresses: a link cannot send a token."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import urlencode

from fastapi import FastAPI

from kernel.problems import NotFound
from kernel.storage.keys import KeyFile, settle_signing
from kernel.web.calls import Call

LIVES_SECONDS = 300


class Signer:
    """Signs paths with a key of the service, kept below VCA_HOME/keys; what `others` signed counts as well."""

    def __init__(self, key: bytes, *others: bytes) -> None:
        self.key, self._others = key, others

    @staticmethod
    def _signed(key: bytes, path: str, expires: int) -> str:
        return hmac.new(key, f"{path}\n{expires}".encode(), hashlib.sha256).hexdigest()

    def address(self, path: str) -> str:
        """Return `path` with a signature that lives five minutes."""
        expires = int(time.time()) + LIVES_SECONDS
        return f"{path}?{urlencode({'expires': expires, 'signature': self._signed(self.key, path, expires)})}"

    def check(self, path: str, expires: int, signature: str) -> None:
        """Raise NotFound unless the signature is ours and has not expired."""
        given = signature.encode()
        ours = (self._signed(key, path, expires).encode() for key in (self.key, *self._others))
        if expires < time.time() or not any(hmac.compare_digest(given, each) for each in ours):
            raise NotFound()


def links_key(home: Path, service: str) -> KeyFile:
    """Return where the key of a service's download links lies. Nothing is sealed with it: one that is lost is made anew."""
    return KeyFile(f"{service}-links", home / "keys" / f"{service}-links.key")


def signing(service: str) -> Callable[[FastAPI], AsyncIterator[None]]:
    """Return the task that has the key before `service` serves."""

    async def with_signer(app: FastAPI) -> AsyncIterator[None]:
        keys = await settle_signing(app.state.db, links_key(app.state.settings.home, service))
        app.state.signer = Signer(*keys)
        yield

    return with_signer


def signer_of(call: Call) -> Signer:
    """Return the signer of the service that answers `call`."""
    signer: Signer = call.state.signer
    return signer
