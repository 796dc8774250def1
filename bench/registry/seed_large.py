"""A large set of organizations: those of the national set, without their history and events.

What is measured on it reads neither, and they would take most of the time to make.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from kernel.database.connections import connect
from migrations.run import upgrade
from vca.national.generate import National
from vca.national.load import make
from vca.national.rows import Batch
from vca.postgres import EmbeddedPostgres

_PROCESSES = 2


class _Bare(Batch):
    """Rows alone."""

    def journal(self, *given: Any, **options: Any) -> None:
        """Leave history and change feed empty."""


def load(server: EmbeddedPostgres, database: str, organizations: int) -> None:
    """Make a database with the registry's tables and fill them; blocking, in processes of its own."""
    url = server.url(database)
    asyncio.run(_run(server.url("postgres"), f"CREATE DATABASE {database} TEMPLATE template0"))
    upgrade("registry", url)
    with ProcessPoolExecutor(_PROCESSES) as pool:
        parts = [pool.submit(_load_part, url, organizations, part) for part in range(_PROCESSES)]
        for part in parts:
            part.result()
    asyncio.run(_run(url, "VACUUM (ANALYZE)"))


def _load_part(url: str, organizations: int, part: int) -> None:
    asyncio.run(_copy(url, National(organizations), part))


async def _copy(url: str, national: National, part: int) -> None:
    # The rows refer to each other as those of the national set do, which are checked.
    connection = await connect(url, synchronous_commit="off", session_replication_role="replica")
    for index in range(part, national.batches, _PROCESSES):
        await make(national, index, _Bare).copy(connection)
    await connection.close()


async def _run(url: str, sql: str) -> None:
    connection = await connect(url)
    await connection.execute(sql)
    await connection.close()
