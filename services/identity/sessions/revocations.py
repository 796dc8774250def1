"""Access tokens that are void before they expire: whoever is disabled or loses something keeps none of those issued before.

Written in the transaction of the change; every process of identity looks for the newest set twice a second, and the other
services wait for it (kernel/feed/revocations.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import TypedDict

from fastapi import FastAPI
from sqlmodel import delete, select

from kernel.database.connections import FAILURES, Database, Transaction
from kernel.database.statements import command, param, statement
from kernel.runtime.logging import get_logger
from kernel.values.days import now
from services.identity.models import TokenRevocation
from services.identity.settings import IdentitySettings

LOOK_SECONDS = 0.5
# Far longer than a token lives, for services whose clock is behind ours.
_KEPT = timedelta(hours=1)
log = get_logger()

_REVOKE = command(
    """
    INSERT INTO token_revocation AS known (subject, least_version, changed_at) VALUES ($1, $2, $3)
    ON CONFLICT (subject) DO UPDATE
       SET least_version = greatest(known.least_version, excluded.least_version), changed_at = excluded.changed_at"""
)


class _Revoked(TypedDict):
    subject: str
    least_version: int


_LIVING = statement(
    _Revoked,
    select(TokenRevocation.subject, TokenRevocation.least_version)
    .where(TokenRevocation.changed_at > param(1))
    .order_by(TokenRevocation.subject),
)
_PURGE = command(delete(TokenRevocation).where(TokenRevocation.changed_at < param(1)))


async def revoke(tx: Transaction, subject: str, *, least_version: int) -> None:
    """Have no token of `subject` count that was issued by an earlier version of its record."""
    await tx.execute(_REVOKE, subject, least_version, now())


async def purge(db: Database, *, at: datetime) -> None:
    """Drop what concerns tokens that have long expired."""
    await db.execute(_PURGE, at - 2 * _KEPT)


class Newest:
    """The newest set, as this process knows it."""

    def __init__(self) -> None:
        self.tag, self.least_versions = "", dict[str, int]()

    async def look(self, app: FastAPI) -> None:
        """Take over what the database says."""
        settings: IdentitySettings = app.state.settings
        oldest = now() - timedelta(seconds=settings.access_token_seconds) - _KEPT
        db: Database = app.state.db
        rows = await db.fetch(_LIVING, oldest)
        least_versions = {row["subject"]: row["least_version"] for row in rows}
        if least_versions != self.least_versions or not self.tag:
            app.state.verifier.use_revocations(least_versions)
            self.least_versions = least_versions
            self.tag = hashlib.sha256(repr(sorted(least_versions.items())).encode()).hexdigest()[:20]


async def _keep_looking(app: FastAPI) -> None:
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            await app.state.revocations.look(app)
        except FAILURES as error:
            log.warning("revocations.not_read", error=type(error).__name__)


async def with_revocations(app: FastAPI) -> AsyncIterator[None]:
    """Know the newest set before the first request and as long as the service runs."""
    app.state.revocations = Newest()
    await app.state.revocations.look(app)
    running = asyncio.create_task(_keep_looking(app))
    yield
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
