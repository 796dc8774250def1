"""Numbers of persons at rest: sealed, found again by a mark, shown by their last digits (Law 91/2025/QH15).

One secret a service, of 32 bytes in VCA_HOME/keys/<service>.key (0600). Whoever holds a copy of the database but not this file can
neither read a number nor try numbers out.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from fastapi import FastAPI

from kernel.storage.keyring import KeyRing, derive_as, is_later, judge_later, marks_of, read_marks, record_given
from kernel.storage.keys import KEY_BYTES, KeyFile, Known, Sealed, settle_sealing
from kernel.web.calls import Call

MARKING = ("request hash", "mark id_number", "mark phone", "mark sensitive", "mark name")
"""What the first key makes beside sealing. One purpose more is added at the end, and is not there where the key was put away."""


class Sealer:
    """Seals with a service's keys and marks with the first; what is sealed for one field of one service opens as no other.

    `folder`: where the keys after the first are; `given`: those of a setting. Marks stay those of the first key: they are in
    the history as well, which nobody can make anew. Where that key was put away, `marks` are what is left of it.
    """

    def __init__(
        self,
        secret: bytes | None,
        service: str,
        folder: Path | None = None,
        *,
        given: Sequence[bytes] = (),
        marks: bytes | None = None,
    ) -> None:
        derive = derive_as(f"vca {service} {{purpose}}")
        self.ring = KeyRing(secret, derive, service, folder, given=given)
        if secret is not None:
            marks = marks_of(secret, derive, MARKING)
        assert marks is not None, "one or the other is there"
        self._keys = read_marks(marks, MARKING)

    @classmethod
    def of(cls, known: Known, service: str, folder: Path) -> Self:
        """Return what seals with these keys."""
        return cls(known.first, service, folder, given=known.given, marks=known.marks)

    def _key(self, purpose: str) -> bytes:
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

    def marks(secret: bytes) -> bytes:
        return marks_of(secret, derive_as(f"vca {service} {{purpose}}"), MARKING)

    return Sealed(table, " UNION ALL ".join(each), opens, marks, len(MARKING) * KEY_BYTES)


def sealing(service: str, sealed: Sealed) -> Callable[[FastAPI], AsyncIterator[None]]:
    """Return the task that has the secret before `service` serves."""

    async def with_sealer(app: FastAPI) -> AsyncIterator[None]:
        key = sealing_key(app.state.settings.home, service)
        known = await settle_sealing(app.state.db, key, sealed)
        await judge_later(app.state.db, key.path.parent, service, known.given)
        await record_given(app.state.db, key.path.parent, service, known)
        app.state.sealer = Sealer.of(known, service, key.path.parent)
        app.state.pepper = app.state.sealer.pepper
        yield

    return with_sealer


def sealer_of(call: Call) -> Sealer:
    """Return the sealer of the service that answers `call`."""
    sealer: Sealer = call.state.sealer
    return sealer
