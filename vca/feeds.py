"""The services' change feeds, by hand."""

from __future__ import annotations

import asyncio

from kernel.database.connections import connect
from kernel.feed.changes import renew as begin_new_life


def renew(urls: dict[str, str]) -> list[str]:
    """Begin a new life of the feed in each of these databases; return the services that have one."""
    return [service for service, url in urls.items() if asyncio.run(_renew(url))]


async def _renew(url: str) -> bool:
    connection = await connect(url)
    try:
        return await begin_new_life(connection)
    finally:
        await connection.close()
