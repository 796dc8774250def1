"""Having the cleaner of a service look once at uploads that are older than it keeps unused ones."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import asynccontextmanager

from fastapi import FastAPI

from kernel.storage.cleaner import UNUSED_DAYS, cleaner
from kernel.storage.files import Naming
from tests.support.waiting import come_true


async def cleaned(app: FastAPI, namings: Sequence[Naming], unused_id: str) -> None:
    """Make every file old, and return when the cleaner has taken away the one of which a test knows that nothing names it."""
    db = app.state.db
    await db.execute(f"UPDATE file SET created_at = now() - interval '{UNUSED_DAYS + 1} days'")
    async with asynccontextmanager(cleaner(namings))(app):
        await come_true(lambda: db.fetchval("SELECT NOT EXISTS (SELECT FROM file WHERE id = $1::uuid)", unused_id))
        await asyncio.sleep(0.05)
