"""The task of a service that takes away files which nothing needs: uploads that no record names, and what has no row at all.

An upload goes in two steps, its row and then its bytes; what a process that was killed between the two left is found by
the slow look of orphans.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypedDict

from fastapi import FastAPI

from kernel.database.connections import Database
from kernel.database.statements import Statement
from kernel.runtime.logging import get_logger
from kernel.storage.files import THUMBNAIL_SIZES, Naming, remove_bytes
from kernel.storage.object_store import store_of
from kernel.storage.orphans import MOST_BY_CHANCE, OrphanLook

UNUSED_DAYS, LOOK_SECONDS = 7, 3600
log = get_logger()


class _FileId(TypedDict):
    id: str


class _StoredBytes(TypedDict):
    sha256: str


def cleaner(namings: Sequence[Naming]) -> Callable[[FastAPI], AsyncIterator[None]]:
    """Return the task that removes uploads that none of `namings` names after seven days, and bytes that have no row."""
    referred = " UNION ALL ".join(each.sql for each in namings)
    unnamed = f"NOT EXISTS (SELECT FROM ({referred}) r(id) WHERE r.id = f.id::text)"
    # Two statements: what is named between them is locked by who names it, and skipped, or seen by the second. A few at a
    # time: who is killed leaves the bytes of these alone without a row.
    lock_unused = Statement(
        _FileId,
        f"SELECT f.id FROM file f WHERE f.created_at < now() - interval '{UNUSED_DAYS} days' AND {unnamed} "  # noqa: S608
        f"LIMIT {MOST_BY_CHANCE} FOR UPDATE SKIP LOCKED",
    )
    delete_unused = Statement(
        _StoredBytes,
        f"DELETE FROM file f WHERE f.id = ANY($1::uuid[]) AND {unnamed} RETURNING sha256",  # noqa: S608
    )

    async def remove_unused(app: FastAPI) -> None:
        db: Database = app.state.db
        while True:
            async with db.transaction() as tx:
                unused = [file["id"] for file in await tx.fetch(lock_unused)]
                deleted = await tx.fetch(delete_unused, unused)
            for digest in {file["sha256"] for file in deleted}:
                names = (digest, *(f"{digest}-{size}" for size in THUMBNAIL_SIZES))
                await remove_bytes(db, store_of(app), digest, names)
            if not deleted:
                return

    async def clean(app: FastAPI) -> None:
        steps: tuple[Callable[[], Awaitable[None]], ...] = (functools.partial(remove_unused, app), OrphanLook(app).take)
        while True:
            for step in steps:
                try:
                    await step()
                except Exception as error:  # The next look does it.
                    log.warning("files.not_cleaned", error=type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def task(app: FastAPI) -> AsyncIterator[None]:
        running = asyncio.create_task(clean(app))
        yield
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    return task
