"""Bytes in the store that no row names: left by an upload, an export or a cleaner that was killed between two steps.

Each day a service goes once through what it stores, some thousand names an hour, and removes what is older than any upload
takes and has no row. Who looks holds a lock of the database's session, so that of several copies one does it; a copy that
is killed loses it with its connection.
"""

from __future__ import annotations

import contextlib
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypedDict
from xml.etree import ElementTree

import httpx
from fastapi import FastAPI

from kernel.database.connections import Connection, Database
from kernel.database.statements import always, statement
from kernel.runtime.logging import get_logger
from kernel.runtime.metrics import Sample
from kernel.storage.files import remove_bytes
from kernel.storage.object_store import EXPORTS_KEPT_HOURS, Store, Stored, export_files_of, store_of
from kernel.values.days import now

SAFE_HOURS = 24
"""An upload's row comes some seconds after its bytes; a write of minutes was given up long before."""
MOST_BY_CHANCE = 20
"""So many rows the cleaner deletes before it removes their bytes: one that is killed leaves no more than these."""
_MOST_NAMES = 20_000
"""Of one round: some 20 pages of an object store."""
_DAY_SECONDS = 86_400.0
# Above this share, and not by chance: a database beside another one's store would find everything without a row.
_USUAL_SHARE = 0.1
_NAME = re.compile(r"([0-9a-f]{64})(?:-\d+)?(#\d+)?")
"""The bytes, a small picture of them, or (in a folder) what was not written to its end."""
log = get_logger()


class _Digest(TypedDict):
    sha256: str


class _Orphan(NamedTuple):
    """A name in the store that no row needs. `is_partial`: what was not written to its end, whatever rows there are."""

    digest: str
    name: str
    is_partial: bool


_TAKE_TURN = always(bool, "SELECT pg_try_advisory_lock(hashtext('vca orphans'))")
_END_TURN = always(bool, "SELECT pg_advisory_unlock(hashtext('vca orphans'))")
# By ix_file_sha256.
_WITH_ROW = statement(_Digest, "SELECT DISTINCT sha256 FROM file WHERE sha256 = ANY($1::text[])")


class OrphanLook:
    """The look of one copy of a service: where it is, and when the next one is due."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._db: Database = app.state.db
        self._rest: list[str] = []
        self._due = 0.0
        self._removed = Counter(attachment=0, export=0, upload=0)
        app.state.metrics.add(self._samples)

    def _samples(self) -> Iterator[Sample]:
        for kind, count in self._removed.items():
            yield Sample("vca_orphans_removed_total", count, {"kind": kind})

    async def take(self) -> None:
        """Go on with the look, unless today's is done or another copy is at it."""
        if time.monotonic() < self._due:
            return
        async with self._turn() as connection:
            if connection is not None:
                await self._attachments(connection)
                await self._exports()
                await self._uploads()

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncIterator[Connection | None]:
        async with self._db.connection() as connection:
            if not await connection.fetchval(_TAKE_TURN):
                yield None
                return
            try:
                yield connection
            finally:
                await connection.fetchval(_END_TURN)

    async def _attachments(self, connection: Connection) -> None:
        store, seen = store_of(self._app), 0
        orphans: list[_Orphan] = []
        before = now() - timedelta(hours=SAFE_HOURS)
        if not self._rest:
            self._rest = await store.beginnings()
            # In any order: a service that is started anew before it is round comes to all of them as well.
            random.shuffle(self._rest)
        while self._rest and seen < _MOST_NAMES:
            async for page in store.listed(self._rest[-1]):
                seen += len(page)
                orphans += await _without_row(connection, page, before)
            self._rest.pop()
        if not self._rest:
            self._due = time.monotonic() + _DAY_SECONDS
        if len(orphans) > max(MOST_BY_CHANCE, seen * _USUAL_SHARE):
            log.warning("files.too_many_orphans", orphans=len(orphans), names=seen)
            return
        removed = await self._remove(store, orphans)
        if removed:
            self._removed["attachment"] += removed
            log.info("files.orphans_removed", kind="attachment", count=removed)

    async def _remove(self, store: Store, orphans: Sequence[_Orphan]) -> int:
        removed = 0
        for orphan in orphans:
            if orphan.is_partial:
                await store.remove(orphan.name)
                removed += 1
            else:
                removed += await remove_bytes(self._db, store, orphan.digest, [orphan.name])
        return removed

    async def _exports(self) -> None:
        if removed := await export_files_of(self._app).remove_older(timedelta(hours=EXPORTS_KEPT_HOURS)):
            self._removed["export"] += removed
            log.info("files.orphans_removed", kind="export", count=removed)

    async def _uploads(self) -> None:
        try:
            ended = await export_files_of(self._app).end_unfinished(timedelta(hours=SAFE_HOURS))
        except (httpx.HTTPError, ElementTree.ParseError) as error:
            # A store that has no such list, or an access key that may not read it: all else was looked at.
            log.warning("files.unfinished_uploads_not_ended", error=type(error).__name__, status=_status_of(error))
            return
        if ended:
            self._removed["upload"] += ended
            log.info("files.orphans_removed", kind="upload", count=ended)


def _status_of(error: Exception) -> int | None:
    return error.response.status_code if isinstance(error, httpx.HTTPStatusError) else None


async def _without_row(connection: Connection, page: Sequence[Stored], before: datetime) -> list[_Orphan]:
    """Return what was stored before that instant and has no row."""
    found = [(each, parts) for each in page if (parts := _NAME.fullmatch(each.name))]
    old = [_Orphan(parts[1], each.name, bool(parts[2])) for each, parts in found if each.modified_at < before]
    rows = await connection.fetch(_WITH_ROW, sorted({each.digest for each in old}))
    named = {row["sha256"] for row in rows}
    return [each for each in old if each.is_partial or each.digest not in named]
