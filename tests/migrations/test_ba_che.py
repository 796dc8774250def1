"""Records that lie in Ba Chẽ, which was listed with a wrong code: each gets the right one, told in history and feed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import asyncpg
import pytest

from migrations.run import configuration, upgrade
from tests.support.databases import Databases

ID = "0192c7e0-0000-7000-8000-00000000ba00"
BEFORE = {"registry": "registry_0005", "funds": "funds_0010", "training": "training_0005"}
_VALUES = {
    "uuid": "gen_random_uuid()",
    "text": "'x'",
    "character varying": "'x'",
    "date": "date '2026-01-02'",
    "timestamp with time zone": "now()",
    "boolean": "false",
    "jsonb": "'[]'",
    "integer": "1",
    "bigint": "1",
    "numeric": "1",
    "ARRAY": "'{}'",
}


async def enter(connection: asyncpg.Connection, table: str, **given: str) -> None:
    """Enter a row of a table: what may not be empty and is not given has any value of its type."""
    needed = await connection.fetch(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_name = $1 AND is_nullable = 'NO' AND column_default IS NULL",
        table,
    )
    values = {row["column_name"]: _VALUES[row["data_type"]] for row in needed}
    values |= {name: f"'{value}'" for name, value in given.items()}
    await connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(values.values())})")


@pytest.mark.parametrize(
    ("service", "table", "resource", "content", "fields"),
    [
        ("registry", "organization", "organization", {"seat": {"commune_code": "06978"}}, {"starts_on": "2025-08-01"}),
        ("funds", "borrower", "borrower", {"commune_code": "06978"}, {"kind": "cooperative"}),
        ("training", "training_class", "class", {"commune_code": "06978"}, {"ends_on": "2026-01-02"}),
    ],
)
async def test_the_right_code_takes_the_place_of_the_wrong_one(
    databases: Databases, service: str, table: str, resource: str, content: dict[str, Any], fields: dict[str, str]
) -> None:
    from alembic import command

    name = f"ba_che_{service}"
    await databases.run(f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        url = databases.server.url(name)
        await asyncio.to_thread(command.upgrade, configuration(service, url), BEFORE[service])
        connection = await asyncpg.connect(url)
        try:
            place = {
                "commune_code": "06978",
                "commune_map": "2025",
                "province_2008": "22-2008",
                "province_2025": "22-2025",
            }
            await enter(connection, table, id=ID, version="1", alliance="22-2025", **place, **fields)
            await connection.execute(
                "INSERT INTO history (resource_id, version, resource_type, action, recorded_at, recorded_by, alliance, changed,"
                " content) VALUES ($1, 1, $2, 'created', now(), 'officer', '22-2025', '{}', $3)",
                ID,
                resource,
                json.dumps({"id": ID, "version": 1, **content}),
            )
        finally:
            await connection.close()
        await asyncio.to_thread(upgrade, service, url)
        connection = await asyncpg.connect(url)
        try:
            (row,) = await connection.fetch(f"SELECT commune_code, version FROM {table}")
            assert tuple(row) == ("06970", 2)
            (told,) = await connection.fetch("SELECT content::text, version, action FROM history WHERE version = 2")
            assert (told["version"], told["action"]) == (2, "corrected")
            assert '"06970"' in told["content"]
            assert "06978" not in told["content"]
            (event,) = await connection.fetch("SELECT type, resource_version, alliance FROM change")
            assert tuple(event) == (f"{resource}.changed", 2, "22-2025")
        finally:
            await connection.close()
    finally:
        await databases.run(f"DROP DATABASE {name} WITH (FORCE)")
