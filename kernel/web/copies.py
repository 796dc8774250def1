"""How many copies of a service are at work, so that each takes its share of what one caller may have open.

Each copy names its connections to the database after itself; those that are open now are the copies that live. One that
is killed is gone with its connections, nothing is written, and no clock takes part. A cap of 64 is 32 and 32 of two
copies, and 22, 21 and 21 of three: the gateway hands each call to the copy that has the fewest.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypedDict

from kernel.database.connections import FAILURES, Database
from kernel.database.statements import statement

LOOK_SECONDS = 2.0
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class _Named(TypedDict):
    name: str


_ALIVE = statement(
    _Named,
    """
    SELECT DISTINCT application_name AS name FROM pg_stat_activity
     WHERE datname = current_database() AND starts_with(application_name, $1) ORDER BY 1""",
)


def _this_process() -> str:
    """Return what no other process is called: containers of one machine have names of their own, machines their boots."""
    boot = _BOOT.read_text() if _BOOT.exists() else ""
    return hashlib.blake2s(f"{socket.gethostname()} {boot} {os.getpid()}".encode(), digest_size=8).hexdigest()


class Share:
    """Which part of every cap is this copy's: all of it while it knows of no other."""

    def __init__(self, service: str) -> None:
        self._prefix = f"vca {service} "
        self.name = self._prefix + _this_process()
        self._rank, self._copies = 0, 1

    def of(self, limit: int) -> int:
        """Return this copy's part of `limit`; those of all copies together are `limit`, and none is less than 1."""
        whole, rest = divmod(limit, self._copies)
        return max(1, whole + (self._rank < rest))

    async def look(self, db: Database) -> None:
        """See which copies have a connection now."""
        alive = sorted({self.name, *(row["name"] for row in await db.fetch(_ALIVE, self._prefix))})
        self._rank, self._copies = alive.index(self.name), len(alive)

    @contextlib.asynccontextmanager
    async def followed(self, db: Database) -> AsyncIterator[None]:
        """Look again and again while the service runs."""
        task = asyncio.create_task(self._follow(db))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _follow(self, db: Database) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            # While the database does not answer, what was known last goes on.
            with contextlib.suppress(*FAILURES):
                await self.look(db)
