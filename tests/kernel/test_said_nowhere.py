"""What tests of erasure stand on: a name is found wherever a database says it."""

from __future__ import annotations

import asyncpg
import pytest

from tests.support.databases import Databases
from tests.support.said_nowhere import said_in, said_nowhere

_SAYING = (
    "INSERT INTO followed_feed (feed, area, cursor, life, is_whole) VALUES ('registry', 'VN', 'NGUYỄN VĂN AN', 1, true)",
    "INSERT INTO audit (id, action, actor, detail) VALUES (gen_random_uuid(), 'a', 'nguyen-van-an', '{\"of\": \"nguyen van an\"}')",
    "INSERT INTO key_fingerprint (name, fingerprint) VALUES ('other', 'Nguyễn Văn Bình')",
    "INSERT INTO audit_day (day, format, entries, hash, closed_at)"
    " VALUES ('2026-01-01', 1, convert_to('is Nguyễn Văn An', 'UTF8'), '\\x00', now())",
    "INSERT INTO idempotency_key (client_id, key, request_hash) VALUES ('Nguyễn Văn An', 'k', '\\x00')",
)


async def test_a_name_is_found_in_every_kind_of_column(databases: Databases) -> None:
    async with databases.emptied("funds") as url:
        await said_nowhere(url, "Nguyễn Văn An")
        connection = await asyncpg.connect(url)
        for statement in _SAYING:
            await connection.execute(statement)
        await connection.close()
        assert await said_in(url, "Nguyễn Văn An") == {"followed_feed.cursor", "audit.detail", "audit_day.entries"}
        with pytest.raises(AssertionError):
            await said_nowhere(url, "Văn Bình", "0912345678")
