"""Events of before the step that orders them: each record's are put in the order of its versions, the others stay."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import asyncpg
import pytest

from kernel.values.ids import new_id
from migrations.run import FOLDER, configuration
from tests.support.databases import Databases

_STEP = re.compile(r'^revision = "(\w+)"\ndown_revision = "(\w+)"$', re.MULTILINE)
_INSERT = """
    INSERT INTO change (id, xid, seq, type, resource_type, resource_id, resource_version, alliance, changed)
    VALUES (gen_random_uuid(), $1::text::xid8, $2, 'x.changed', 'x', $3::uuid, $4, $5, '{}')"""


def step_of(service: str) -> tuple[str, str]:
    """Return the step that orders the feed of `service`, and the one before it."""
    for path in sorted((FOLDER / service / "versions").glob("*.py")):
        text = Path(path).read_text(encoding="utf-8")
        if "order_feed_by_version" in text and (match := _STEP.search(text)):
            return match[1], match[2]
    raise AssertionError(f"{service} has no such step")


# Services that came later never had them otherwise.
@pytest.mark.parametrize("service", ["funds", "identity", "registry", "training"])
async def test_events_that_stood_in_another_order_than_their_versions_are_put_in_order(
    service: str, databases: Databases
) -> None:
    from alembic import command

    step, before = step_of(service)
    name = f"feed_order_{service}"
    await databases.run(f"CREATE DATABASE {name} TEMPLATE template0")
    url = databases.server.url(name)
    config = configuration(service, url)
    await asyncio.to_thread(command.upgrade, config, before)
    turned, in_order, of_one_place = new_id(), new_id(), new_id()
    rows = [
        # As racing writers left them: the younger transaction wrote first. A tombstone has its move's version.
        ("11", 1, turned, 1, "25-2025"),
        ("20", 2, turned, 2, "25-2025"),
        ("15", 3, turned, 3, "25-2025"),
        ("14", 5, turned, 4, "40-2025"),
        ("14", 6, turned, 4, "25-2025"),
        ("21", 9, turned, 5, "40-2025"),
        ("12", 4, in_order, 1, "25-2025"),
        ("22", 10, in_order, 2, "25-2025"),
        # As an earlier restore dealt them out: one place for all, and the numbers turned round.
        ("3", 8, of_one_place, 1, "25-2025"),
        ("3", 7, of_one_place, 2, "25-2025"),
    ]
    connection = await asyncpg.connect(url)
    for row in rows:
        await connection.execute(_INSERT, *row)
    epoch = await connection.fetchval("SELECT epoch FROM feed_epoch")
    await asyncio.to_thread(command.upgrade, config, step)
    records = await connection.fetch(
        "SELECT resource_id::text, resource_version, alliance, xid::text::int, seq::int FROM change ORDER BY xid, seq"
    )
    versions = [tuple(row)[1:3] for row in records if row["resource_id"] == turned]
    assert versions == [(1, "25-2025"), (2, "25-2025"), (3, "25-2025"), (4, "40-2025"), (4, "25-2025"), (5, "40-2025")]
    assert [tuple(row)[1:] for row in records if row["resource_id"] == in_order] == [
        (1, "25-2025", 12, 4),
        (2, "25-2025", 22, 10),
    ]
    assert [row["resource_version"] for row in records if row["resource_id"] == of_one_place] == [1, 2]
    assert len(records) == len(rows)
    assert await connection.fetchval("SELECT epoch FROM feed_epoch") != epoch, "every follower starts over"
    await connection.close()
    await databases.run(f"DROP DATABASE {name} WITH (FORCE)")
