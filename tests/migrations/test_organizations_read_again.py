"""The registry's organizations are read once more by the funds, which kept no phone of them."""

from __future__ import annotations

import asyncio

import asyncpg

from migrations.run import configuration, upgrade
from tests.support.databases import Databases

BEFORE = "funds_0015"


async def test_the_feed_is_followed_from_its_beginning_once_more(databases: Databases) -> None:
    from alembic import command

    await databases.run("CREATE DATABASE read_again_test TEMPLATE template0")
    try:
        url = databases.server.url("read_again_test")
        await asyncio.to_thread(command.upgrade, configuration("funds", url), BEFORE)
        connection = await asyncpg.connect(url)
        await connection.execute(
            "INSERT INTO followed_feed (feed, area, cursor, life, is_whole) VALUES ('registry', 'VN', 'abc', 2, true)"
        )
        await connection.close()
        await asyncio.to_thread(upgrade, "funds", url)
        connection = await asyncpg.connect(url)
        (row,) = await connection.fetch("SELECT cursor, life, is_whole FROM followed_feed")
        await connection.close()
        assert tuple(row) == (None, 3, False)
    finally:
        await databases.run("DROP DATABASE read_again_test WITH (FORCE)")
