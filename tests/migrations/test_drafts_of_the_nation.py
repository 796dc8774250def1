"""Plans that the nation was preparing on a database of before: they are its own again, and each follower is told so."""

from __future__ import annotations

import asyncio
import json

import asyncpg

from migrations.run import configuration, downgrade, upgrade
from tests.migrations.test_ba_che import enter
from tests.support.databases import Databases

DRAFT, APPROVED, OWN = (f"0192c7e0-0000-7000-8000-00000000d0{n}" for n in ("00", "01", "02"))
TASK, IN_FORCE, ADDED = (f"0192c7e0-0000-7000-8000-00000000d1{n}" for n in ("00", "01", "02"))
DONE = "0192c7e0-0000-7000-8000-00000000d200"
BEFORE = "reporting_0006"


async def _record(connection: asyncpg.Connection, table: str, id_: str, alliance: str, **fields: str) -> None:
    await enter(connection, table, id=id_, version="1", alliance=alliance, **fields)
    await connection.execute(
        "INSERT INTO history (resource_id, version, resource_type, action, recorded_at, recorded_by, alliance, changed,"
        " content) VALUES ($1, 1, $2, 'created', now(), 'officer', $3, '{}', $4)",
        id_,
        table,
        alliance,
        json.dumps({"id": id_, "version": 1}),
    )


async def _as_before(connection: asyncpg.Connection) -> None:
    days = {"starts_on": "2026-01-01", "ends_on": "2026-12-31"}
    draft, adjusting = {"state": "draft", "version_number": "0"}, {"state": "adjusting", "version_number": "1"}
    await _record(connection, "plan", DRAFT, "VN", **draft, **days)
    await _record(connection, "plan", APPROVED, "VN", **adjusting, **days)
    await _record(connection, "plan", OWN, "25-2025", **draft, **days)
    await _record(connection, "task", TASK, "VN", plan_id=DRAFT)
    for id_ in (IN_FORCE, ADDED):
        await _record(connection, "task", id_, "VN", plan_id=APPROVED)
    await enter(connection, "approved_task", plan_id=APPROVED, number="1", task_id=IN_FORCE)
    await _record(connection, "task_completion", DONE, "VN", plan_id=DRAFT, task_id=TASK)


async def test_what_the_nation_prepares_leaves_the_provinces_and_stays_with_the_nation(databases: Databases) -> None:
    from alembic import command

    name = "drafts_of_the_nation"
    await databases.run(f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        url = databases.server.url(name)
        await asyncio.to_thread(command.upgrade, configuration("reporting", url), BEFORE)
        connection = await asyncpg.connect(url)
        try:
            await _as_before(connection)
        finally:
            await connection.close()
        await asyncio.to_thread(upgrade, "reporting", url)
        connection = await asyncpg.connect(url)
        try:
            kept = {
                str(row["id"])
                for table in ("plan", "task", "task_completion")
                for row in await connection.fetch(f"SELECT id FROM {table} WHERE in_preparation AND version = 2")
            }
            assert kept == {DRAFT, TASK, ADDED, DONE}
            told = await connection.fetch("SELECT resource_id, type, alliance, reason, resource_version FROM change")
            events = {(str(row[0]), row[1].rpartition(".")[2], *row[2:]) for row in told}
            assert events == {
                event
                for id_ in kept
                for event in ((id_, "changed", "VN-kept-back", None, 2), (id_, "removed", "VN", "out_of_scope", 2))
            }
            history = await connection.fetch("SELECT resource_id, content FROM history WHERE version = 2")
            assert {str(row["resource_id"]): json.loads(row["content"])["version"] for row in history} == dict.fromkeys(
                kept, 2
            )
        finally:
            await connection.close()
        await asyncio.to_thread(downgrade, "reporting", url, BEFORE)
        await asyncio.to_thread(upgrade, "reporting", url)
    finally:
        await databases.run(f"DROP DATABASE {name} WITH (FORCE)")
