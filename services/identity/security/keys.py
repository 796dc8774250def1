"""The keys that sign tokens: one at work, the next one published well before its first use, the last one kept
published until every token it signed has expired.

Private keys lie in the database, sealed. Any number of identity processes share them: which key signs follows from
the clock and the rows alone, so they agree without talking.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from joserfc.jwk import ECKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col, delete, insert, select, update

from kernel.database.connections import Database, Transaction
from kernel.database.statements import always, command, param, statement
from services.identity import models
from services.identity.rows import SigningKeyRow
from services.identity.security.sealing import SIGNING_KEY, CannotOpen, Sealer

# One process at a time makes and drops keys; the others wait and find what it did.
_TURN = command("SELECT pg_advisory_xact_lock(hashtext('vca identity keys'))")
_ALL = statement(
    SigningKeyRow, select(models.SigningKey).order_by(col(models.SigningKey.active_from), col(models.SigningKey.kid))
)
_INSERT = command(
    insert(models.SigningKey)
    .values(
        kid=param(1), public_jwk=param(2, JSONB), private_sealed=param(3), created_at=param(4), active_from=param(5)
    )
    .inline()
)
_DELETE = command(delete(models.SigningKey).where(models.SigningKey.kid == param(1)))
_HASTEN = command(
    update(models.SigningKey)
    .where(models.SigningKey.kid == param(1), models.SigningKey.active_from > param(2))
    .values(active_from=param(2))
)


@dataclass(frozen=True)
class SigningKey:
    """One key. `private` is None when this process's secret does not open it."""

    kid: str
    public: dict[str, Any]
    private: ECKey | None
    active_from: datetime


@dataclass(frozen=True)
class Rotation:
    """The rhythm: how long one key signs, how long it is known before, how long it stays known after."""

    every: timedelta = timedelta(days=30)
    publish: timedelta = timedelta(minutes=15)
    keep: timedelta = timedelta(minutes=16)


@dataclass(frozen=True)
class KeyRing:
    """All published keys, oldest first."""

    keys: tuple[SigningKey, ...]

    def signer(self, at: datetime) -> SigningKey:
        """Return the key that signs at this moment. Raises LookupError if there is none."""
        for key in reversed(self.keys):
            if key.private is not None and key.active_from <= at:
                return key
        raise LookupError("no signing key is active")

    @property
    def jwks(self) -> dict[str, Any]:
        """The public keys as a JWK Set (RFC 7517)."""
        return {"keys": [key.public for key in self.keys]}


def _read(row: SigningKeyRow, sealer: Sealer) -> SigningKey:
    try:
        private = ECKey.import_key(orjson.loads(sealer.open(SIGNING_KEY, row["private_sealed"])))
    except CannotOpen:
        private = None
    return SigningKey(row["kid"], orjson.loads(row["public_jwk"]), private, row["active_from"])


async def load(db: Database | Transaction, sealer: Sealer) -> KeyRing:
    """Return the ring as the database has it."""
    return KeyRing(tuple(_read(row, sealer) for row in await db.fetch(_ALL)))


_IS_ACTIVE = always(bool, "SELECT EXISTS (SELECT FROM signing_key WHERE active_from <= $1)")


async def is_active(db: Database, *, at: datetime) -> bool:
    """Say whether there is a key whose time to sign has come."""
    return await db.fetchval(_IS_ACTIVE, at)


async def turn(db: Database, sealer: Sealer, rotation: Rotation, *, at: datetime) -> KeyRing:
    """Make the keys that are due and drop those that no living token needs; return the ring. Safe to repeat."""
    async with db.transaction() as tx:
        await tx.execute(_TURN)
        ring = await load(tx, sealer)
        ours = [key for key in ring.keys if key.private is not None]
        # A restored database may come without its key file: what was signed stays good, new tokens need a new key.
        current = next((key for key in reversed(ours) if key.active_from <= at), None)
        if current is None:
            current = await _create(tx, sealer, created_at=at, active_from=at)
        if not any(key.active_from > at for key in ours):
            starts = max(current.active_from + rotation.every, at + rotation.publish)
            await _create(tx, sealer, created_at=at, active_from=starts)
        for key in ring.keys:
            followed = any(key.active_from < other.active_from <= at - rotation.keep for other in ours)
            if followed:
                await tx.execute(_DELETE, key.kid)
        return await load(tx, sealer)


async def hasten(db: Database, sealer: Sealer, rotation: Rotation, *, at: datetime) -> KeyRing:
    """Begin a rotation out of turn: the next key signs as soon as it has been published long enough."""
    ring = await turn(db, sealer, rotation, at=at)
    upcoming = next(key for key in ring.keys if key.private is not None and key.active_from > at)
    async with db.transaction() as tx:
        await tx.execute(_TURN)
        # Published with the last rotation already; the margin is for gateways that were down since.
        await tx.execute(_HASTEN, upcoming.kid, at + rotation.publish)
        return await load(tx, sealer)


async def _create(tx: Transaction, sealer: Sealer, *, created_at: datetime, active_from: datetime) -> SigningKey:
    private = ECKey.generate_key("P-256")
    kid = private.thumbprint()
    public = {**private.as_dict(private=False), "kid": kid, "alg": "ES256", "use": "sig"}
    sealed = sealer.seal(SIGNING_KEY, orjson.dumps(private.as_dict(private=True)))
    await tx.execute(_INSERT, kid, orjson.dumps(public).decode(), sealed, created_at, active_from)
    return SigningKey(kid, public, private, active_from)


def write_jwks(ring: KeyRing, path: Path) -> None:
    """Write the public keys to `path` by rename, if they differ from what is there."""
    content = orjson.dumps(ring.jwks, option=orjson.OPT_INDENT_2)
    try:
        if path.read_bytes() == content:
            return
    except OSError:
        path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
