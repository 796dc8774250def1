"""Short-lived signed addresses: a link cannot send a token."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from pathlib import Path
from urllib.parse import urlencode

from kernel.problems import NotFound

LIVES_SECONDS = 300


class Signer:
    """Signs paths with a key of the service, kept below VCA_HOME/keys."""

    def __init__(self, home: Path, service: str) -> None:
        self._path = home / "keys" / f"{service}-links.key"
        self._key: bytes | None = None

    @property
    def key(self) -> bytes:
        """The key; made at first use, by whoever comes first."""
        if self._key is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                pass
            else:
                with os.fdopen(handle, "wb") as file:
                    file.write(secrets.token_bytes(32))
            self._key = self._path.read_bytes()
        return self._key

    def _signature(self, path: str, expires: int) -> str:
        return hmac.new(self.key, f"{path}\n{expires}".encode(), hashlib.sha256).hexdigest()

    def address(self, path: str) -> str:
        """Return `path` with a signature that lives five minutes."""
        expires = int(time.time()) + LIVES_SECONDS
        return f"{path}?{urlencode({'expires': expires, 'signature': self._signature(path, expires)})}"

    def check(self, path: str, expires: int, signature: str) -> None:
        """Raise NotFound unless the signature is ours and has not expired."""
        if expires < time.time() or not hmac.compare_digest(
            signature.encode(), self._signature(path, expires).encode()
        ):
            raise NotFound()
