"""What is kept secret at rest: private keys, answers that hold a secret, and marks only we could have made.

One secret of 32 bytes, in VCA_HOME/keys/identity.key (0600) or VCA_IDENTITY_KEY; each purpose has a key derived
from it. Whoever holds a copy of the database but not this file cannot sign tokens.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.storage.keyring import KeyRing, derive_as, is_later, marks_of, read_marks
from kernel.storage.keys import KEY_BYTES, KeyFile, Known, Sealed

_NONCE_BYTES = 12


class CannotOpen(Exception):
    """The bytes were not sealed with this secret for this purpose."""


_DERIVE = derive_as("vca identity {purpose}")
_MARKING = ("request hash", "csrf", "throttle")
"""What the first key makes beside sealing; one more is added at the end."""


class Sealer:
    """Seals with identity's keys and marks with the first; a purpose never opens what another sealed.

    `folder`: where the keys after the first are; `given`: those of a setting; `marks`: what is left of a first key that was put
    away.
    """

    def __init__(
        self,
        secret: bytes | None,
        folder: Path | None = None,
        *,
        given: Sequence[bytes] = (),
        marks: bytes | None = None,
    ) -> None:
        if secret is not None and len(secret) != KEY_BYTES:
            raise ValueError(f"the identity key must have {KEY_BYTES} bytes, written as base64url")
        self.ring = KeyRing(secret, _DERIVE, "identity", folder, given=given)
        if secret is not None:
            marks = marks_of(secret, _DERIVE, _MARKING)
        assert marks is not None, "one or the other is there"
        self._keys = read_marks(marks, _MARKING)

    @classmethod
    def of(cls, known: Known, folder: Path) -> Self:
        """Return what seals with these keys."""
        return cls(known.first, folder, given=known.given, marks=known.marks)

    def _key(self, purpose: str) -> bytes:
        return self._keys[purpose]

    def seal(self, purpose: str, plain: bytes) -> bytes:
        """Return `plain` encrypted and authenticated (AES-256-GCM)."""
        return self.ring.seal(purpose, plain)

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """Return what was sealed. Raises CannotOpen."""
        try:
            return self.ring.open(purpose, sealed)
        except InvalidTag:
            raise CannotOpen from None

    @property
    def pepper(self) -> bytes:
        """What keys the hash of a request that holds a password."""
        return self._key("request hash")

    def mark(self, purpose: str, text: str) -> str:
        """Return a mark of `text` that only the holder of the secret can make (HMAC-SHA256, base64url)."""
        return text_of(hmac.digest(self._key(purpose), text.encode(), "sha256"))

    def marked(self, purpose: str, text: str, mark: str) -> bool:
        """Say whether `mark` is the mark of `text`, in constant time."""
        return hmac.compare_digest(self.mark(purpose, text).encode(), mark.encode())


def seal_under(token: str, plain: str) -> bytes:
    """Return `plain` sealed so that only a holder of `token`, itself 256 random bits, can open it."""
    return _seal(hashlib.sha256(f"vca successor {token}".encode()).digest(), plain.encode())


def open_under(token: str, sealed: bytes) -> str:
    """Return what was sealed under `token`. Raises CannotOpen."""
    return _open(hashlib.sha256(f"vca successor {token}".encode()).digest(), sealed).decode()


def _seal(key: bytes, plain: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, None)


def _open(key: bytes, sealed: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
    except (InvalidTag, ValueError):
        raise CannotOpen from None


def new_token() -> str:
    """Return 256 random bits as text: a refresh token, a code, a client's secret."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> bytes:
    """Return the hash a random token is stored and found by; such a token is beyond guessing, so no salt is needed."""
    return hashlib.sha256(token.encode()).digest()


def text_of(raw: bytes) -> str:
    """Return bytes as base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def bytes_of(text: str) -> bytes:
    """Return the bytes of base64url without padding. Raises ValueError."""
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)


def identity_key(home: Path, from_setting: str | None = None) -> KeyFile:
    """Return where the secret lies; `from_setting` is used instead of the file."""
    return KeyFile("identity", home / "keys" / "identity.key", as_text=True, from_setting=from_setting)


def _opens(secret: bytes, purpose: str, sealed: bytes) -> bool:
    try:
        # Of what a later key sealed nothing can be said: it is known by its own fingerprint.
        return is_later(sealed) or bool(Sealer(secret).open(purpose, sealed))
    except CannotOpen:
        return False


SIGNING_KEY = "signing key"
SEALED = Sealed(
    "signing_key",
    f"SELECT '{SIGNING_KEY}' AS field, private_sealed AS sealed FROM signing_key ORDER BY active_from DESC LIMIT 10",  # noqa: S608  # The constant above.
    _opens,
    lambda secret: marks_of(secret, _DERIVE, _MARKING),
    len(_MARKING) * KEY_BYTES,
)
"""The keys that sign tokens: there from the first start on."""
