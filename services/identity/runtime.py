"""What identity keeps in memory while it runs."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from datetime import timedelta

from fastapi import FastAPI

from kernel.database.connections import Database
from kernel.runtime.logging import get_logger
from kernel.storage.keyring import judge_later, record_given
from kernel.storage.keys import KeyFile, settle_sealing
from kernel.values.days import now
from kernel.web import idempotency
from kernel.web.calls import Call
from services.identity.security import keys, throttle
from services.identity.security.keys import KeyRing, Rotation
from services.identity.security.passwords import Passwords, give_memory_back
from services.identity.security.sealing import SEALED, Sealer, identity_key
from services.identity.security.throttle import Turns
from services.identity.sessions import revocations
from services.identity.sessions import service as sessions
from services.identity.settings import IdentitySettings

log = get_logger()

LOOK_SECONDS, _MEND_SECONDS = 30, 2
_PURGE_EVERY = timedelta(hours=1)


class Identity:
    """Settings, the sealer, passwords and whose turn it is to try one, the ring of keys."""

    def __init__(self, settings: IdentitySettings, sealer: Sealer) -> None:
        self.settings, self.sealer, self.passwords, self.turns = settings, sealer, Passwords(), Turns()
        self.ring, self.has_noticed_proxy = KeyRing(()), False

    @property
    def rotation(self) -> Rotation:
        """The rhythm of keys under these settings."""
        return rotation_of(self.settings)


def rotation_of(settings: IdentitySettings) -> Rotation:
    """Return the rhythm of keys: kept past the last token's end, with time for every process to notice."""
    return Rotation(
        every=timedelta(days=settings.key_rotation_days),
        publish=timedelta(minutes=settings.key_publish_minutes),
        keep=timedelta(seconds=settings.access_token_seconds) + timedelta(minutes=5),
    )


def key_of(settings: IdentitySettings) -> KeyFile:
    """Return the key that these settings name."""
    identity_secret = settings.identity_key
    return identity_key(settings.home, identity_secret.get_secret_value() if identity_secret is not None else None)


async def sealer_of(settings: IdentitySettings, db: Database) -> Sealer:
    """Return the sealer that this database is used with. Raises KeyRefused."""
    known, folder = await settle_sealing(db, key_of(settings), SEALED), settings.home / "keys"
    await judge_later(db, folder, "identity", known.given)
    await record_given(db, folder, "identity", known)
    return Sealer.of(known, folder)


def identity_of(call: Call) -> Identity:
    """Return the state of the app that serves `call`."""
    identity: Identity = call.state.identity
    return identity


async def refresh(app: FastAPI) -> None:
    """Turn the ring of keys, take it over, and write the public part where others read it."""
    identity: Identity = app.state.identity
    before, identity.ring = identity.ring, await keys.turn(app.state.db, identity.sealer, identity.rotation, at=now())
    if before.jwks != identity.ring.jwks:
        app.state.verifier.use_keys(identity.ring.jwks)
        kids, unopened = _kids(identity.ring), sum(key.private is None for key in identity.ring.keys)
        dropped = [kid for kid in _kids(before) if kid not in kids]
        log.info("signing_keys.turned", signing=identity.ring.signer(now()).kid, published=kids, dropped=dropped)
        if unopened:
            log.warning("signing_keys.unopened", count=unopened)
    await _publish(identity)


async def _publish(identity: Identity) -> None:
    """Have the public keys where others read them."""
    if identity.settings.jwks_file is not None:
        await asyncio.to_thread(keys.write_jwks, identity.ring, identity.settings.jwks_file)


def _kids(ring: KeyRing) -> list[str]:
    return [key.kid for key in ring.keys]


async def purge(db: Database) -> None:
    """Drop sessions, codes, failures and stored answers that no longer matter."""
    await sessions.purge(db, at=now())
    await throttle.purge(db, at=now())
    await revocations.purge(db, at=now())
    await idempotency.purge(db)


async def _keep_up(app: FastAPI) -> None:
    purged = now()
    for looks in itertools.count(1):
        await asyncio.sleep(_MEND_SECONDS)
        try:
            # Whoever broke it or took it away: others read it.
            await _publish(app.state.identity)
            if looks % (LOOK_SECONDS // _MEND_SECONDS):
                continue
            await refresh(app)
            if now() - purged > _PURGE_EVERY:
                await purge(app.state.db)
                purged = now()
        except Exception:  # Whatever it was, tokens are signed with the keys known so far, and it is tried again.
            log.exception("upkeep.failed")


async def upkeep(app: FastAPI) -> AsyncIterator[None]:
    """Have keys before the first request, and look after them and after old rows as long as the service runs."""
    give_memory_back()
    settings: IdentitySettings = app.state.settings
    app.state.identity = Identity(settings, await sealer_of(settings, app.state.db))
    app.state.pepper = app.state.identity.sealer.pepper
    await refresh(app)
    task = asyncio.create_task(_keep_up(app))
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
