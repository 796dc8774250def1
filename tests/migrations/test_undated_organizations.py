"""Organizations that were entered without a day, on a database of before: each gets one, told in history and feed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from migrations.run import configuration, downgrade, upgrade
from tests.support.databases import Databases

BEFORE = "registry_0001"
NAMES = ("bare", "certified", "suspended", "ended_first", "dated")
ID = {name: f"0192c7e0-0000-7000-8000-00000000000{n}" for n, name in enumerate(NAMES)}
# Half past six in the morning of 2 March in Vietnam.
ENTERED = "2026-03-01 23:30+00"


@pytest.fixture(scope="module")
async def template(databases: Databases) -> str:
    """A database as it stood before, with organizations of every kind of beginning."""
    from alembic import command

    await databases.run("CREATE DATABASE undated_template TEMPLATE template0")
    url = databases.server.url("undated_template")
    await asyncio.to_thread(command.upgrade, configuration("registry", url), BEFORE)
    connection = await asyncpg.connect(url)
    try:
        for name in NAMES:
            await _organization(connection, name, "2019-05-01" if name == "dated" else None)
        await _certificate(connection, ID["certified"], "2021-09-01")
        await _status(connection, ID["suspended"], "temporarily_suspended", "2022-03-01")
        await _certificate(connection, ID["suspended"], "2021-01-01")
        await _status(connection, ID["ended_first"], "ended", "2020-02-02")
    finally:
        await connection.close()
    return "undated_template"


@pytest.fixture
async def old(databases: Databases, template: str) -> AsyncIterator[str]:
    """A copy of that database for one test."""
    await databases.run(f"CREATE DATABASE undated_test TEMPLATE {template} STRATEGY FILE_COPY")
    yield databases.server.url("undated_test")
    await databases.run("DROP DATABASE undated_test WITH (FORCE)")


async def _organization(connection: asyncpg.Connection, name: str, registered_on: str | None) -> None:
    columns = {
        "id": ID[name],
        "version": 1,
        "created_by": "officer",
        "alliance": "25-2025",
        "type": "cooperative",
        "is_credit_fund": False,
        "name": name,
        "name_folded": name,
        "name_distinct": name,
        "name_sort": name,
        "commune_code": "07900",
        "commune_map": "2008",
        "province_2008": "25-2008",
        "province_2025": "25-2025",
        "legal_status": "active",
        "operating_state": "operating",
        "is_synthetic": False,
        "opening_type": "cooperative",
        "opening_legal_status": "active",
        "opening_operating_state": "operating",
        "opening_commune_code": "07900",
        "opening_commune_map": "2008",
        "opening_province_2008": "25-2008",
        "opening_province_2025": "25-2025",
    }
    day = "'-infinity'" if registered_on is None else f"'{registered_on}'"
    registered = "NULL" if registered_on is None else day
    await connection.execute(
        f"INSERT INTO organization ({', '.join(columns)}, created_at, updated_at, registered_on, starts_on) VALUES "
        f"({', '.join(f'${n + 1}' for n in range(len(columns)))}, '{ENTERED}', '{ENTERED}', {registered}, {day})",
        *columns.values(),
    )
    await connection.execute(
        "INSERT INTO organization_state (organization_id, valid_from, valid_to, type, legal_status, operating_state, "
        "commune_code, commune_map, province_2008, province_2025, alliance) VALUES "
        f"($1, {day}, 'infinity', 'cooperative', 'active', 'operating', '07900', '2008', '25-2008', '25-2025', '25-2025')",
        ID[name],
    )
    await connection.execute(
        "INSERT INTO history (resource_id, version, resource_type, action, recorded_at, recorded_by, alliance, changed, "
        f"content) VALUES ($1, 1, 'organization', 'created', '{ENTERED}', 'officer', '25-2025', '{{}}', $2)",
        ID[name],
        json.dumps({"id": ID[name], "version": 1, "name": name}),
    )


_FACT = "id, version, created_at, updated_at, created_by, alliance, organization_id, province_2008, province_2025"
_FACT_VALUES = f"gen_random_uuid(), 1, '{ENTERED}', '{ENTERED}', 'officer', '25-2025', $1, '25-2008', '25-2025'"


async def _certificate(connection: asyncpg.Connection, id_: str, day: str) -> None:
    await connection.execute(
        f"INSERT INTO certificate ({_FACT}, scheme, valid_from, with_alliance_support) "
        f"VALUES ({_FACT_VALUES}, 'vietgap', '{day}', false)",
        id_,
    )


async def _status(connection: asyncpg.Connection, id_: str, status: str, day: str) -> None:
    """Write a change of status as the service did: the fact, and the timeline cut in two."""
    await connection.execute(
        f"INSERT INTO status_change ({_FACT}, kind, status, effective_on, source) "
        f"VALUES ({_FACT_VALUES}, 'legal', '{status}', '{day}', 'registry')",
        id_,
    )
    await connection.execute(
        "INSERT INTO organization_state SELECT organization_id, $2::text::date, valid_to, type, $3, operating_state, "
        "commune_code, commune_map, commune_name, address, province_2008, province_2025, alliance "
        "FROM organization_state WHERE organization_id = $1",
        id_,
        day,
        status,
    )
    await connection.execute(
        "UPDATE organization_state SET valid_to = $2::text::date WHERE organization_id = $1 AND valid_from < $2::text::date",
        id_,
        day,
    )
    await connection.execute("UPDATE organization SET legal_status = $2 WHERE id = $1", id_, status)


async def _looked_at(url: str, sql: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def test_each_begins_with_its_earliest_fact_or_the_vietnamese_day_it_was_entered(old: str) -> None:
    await asyncio.to_thread(upgrade, "registry", old)
    rows = await _looked_at(old, "SELECT name, starts_on::text, version FROM organization ORDER BY id")
    assert rows == [
        ("bare", "2026-03-02", 2),
        ("certified", "2021-09-01", 2),
        ("suspended", "2021-01-01", 2),
        ("ended_first", "2020-02-02", 2),
        ("dated", "2019-05-01", 1),
    ]


async def test_their_timelines_begin_with_that_day_and_stay_as_they_were_after_it(old: str) -> None:
    await asyncio.to_thread(upgrade, "registry", old)
    rows = await _looked_at(
        old,
        "SELECT o.name, s.valid_from::text, s.valid_to::text, s.legal_status FROM organization_state s "
        "JOIN organization o ON o.id = s.organization_id ORDER BY o.id, s.valid_from",
    )
    assert rows == [
        ("bare", "2026-03-02", "infinity", "active"),
        ("certified", "2021-09-01", "infinity", "active"),
        ("suspended", "2021-01-01", "2022-03-01", "active"),
        ("suspended", "2022-03-01", "infinity", "temporarily_suspended"),
        ("ended_first", "2020-02-02", "infinity", "ended"),
        ("dated", "2019-05-01", "infinity", "active"),
    ]


async def test_history_and_feed_tell_of_each_and_of_no_other(old: str) -> None:
    await asyncio.to_thread(upgrade, "registry", old)
    events = await _looked_at(
        old, "SELECT resource_id::text, type, resource_version, alliance, changed FROM change ORDER BY resource_id"
    )
    assert events == [(ID[name], "organization.changed", 2, "25-2025", ["starts_on"]) for name in NAMES[:-1]]
    history = await _looked_at(
        old, "SELECT resource_id::text, action, changed, reason, content FROM history WHERE version = 2 ORDER BY 1"
    )
    assert [row[0] for row in history] == [ID[name] for name in NAMES[:-1]]
    for _, action, changed, reason, content in history:
        shown = json.loads(content)
        assert (action, changed, bool(reason), shown["version"]) == ("derived", ["starts_on"], True, 2)
        assert shown["updated_at"].endswith("Z")
    assert [json.loads(row[4])["is_operating"] for row in history] == [True, True, False, False]


async def test_no_organization_begins_always_any_more(old: str) -> None:
    await asyncio.to_thread(upgrade, "registry", old)
    with pytest.raises(asyncpg.CheckViolationError, match="begins_on_a_day"):
        await _looked_at(old, "UPDATE organization SET starts_on = '-infinity' RETURNING id")


async def test_it_can_be_taken_back(old: str) -> None:
    await asyncio.to_thread(upgrade, "registry", old)
    await asyncio.to_thread(downgrade, "registry", old, BEFORE)
    rows = await _looked_at(old, "SELECT count(*) FROM organization_state WHERE valid_from = '-infinity'")
    assert rows == [(4,)]
