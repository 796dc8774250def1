"""What PostgreSQL writes into an export is, byte for byte, what Python would write of the same rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from sqlalchemy import ARRAY, Boolean, Column, Date, DateTime, Integer, LargeBinary, Numeric, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB, UUID

from kernel.database.connections import connect
from kernel.database.statements import DIALECT
from kernel.feed.export_reading import read_lines
from kernel.feed.export_selection import Selected
from kernel.feed.jobs import Cancelled
from kernel.records import Resource
from kernel.records.in_sql import Lines
from kernel.records.listing import listed_as
from kernel.values.ids import new_id
from kernel.web.replies import dump
from services.funds.main import RESOURCES as FUNDS
from services.registry.main import RESOURCES as REGISTRY
from services.registry.organizations.records import ORGANIZATION
from services.reporting.main import RESOURCES as REPORTING
from services.training.main import RESOURCES as TRAINING
from tests.support.databases import Databases

EXPORTED = [
    pytest.param(resource, id=f"{service}-{resource.name}")
    for service, resources in (
        ("registry", REGISTRY),
        ("funds", FUNDS),
        ("training", TRAINING),
        ("reporting", REPORTING),
    )
    for resource in resources
]
IN_PYTHON = {
    "borrower": "numbers by their last four digits, and which there are",
    "rescheduling": "dues without what is kept with them",
    "trainee": "initials, and numbers by their last four digits",
}
"""Exported by Python, row by row → what no SQL says."""

TEXT = 'Hợp tác xã "Đồng\\Tâm"\n\tsố 6/12 \\n \x01\x02\x1f ₫ 😀 \u2028 null'
_JSON = '{"a": ["x\\"y\\\\z\\n", 1.50, null], "đ": "\\u0001"}'
_CODES = {
    "commune_code": ("04663", "00000", "99999"),
    "commune_map": ("2008", "2008", "2025"),
    "seat_2025_commune_code": ("04663", None, None),
    "province_2008": ("25-2008", "17-2008", "25-2008"),
    "province_2025": ("25-2025", "25-2025", "25-2025"),
    "to_province_2008": ("25-2008", "17-2008", "25-2008"),
    "to_province_2025": ("25-2025", "25-2025", "25-2025"),
    "state": ("active", "contracted", "held"),
    "channel": ("direct", "entrusted_out", "direct"),
    "confirmation_state": ("confirmed", "pending", None),
    "kind": ("recovery", "recovery", "derecognition"),
    "legal_status": ("active", "active", "ended"),
    "operating_state": ("operating", "stopped", "operating"),
}
"""What stands in the rows where it says more than any text."""


@pytest.fixture(scope="module")
def registry_url(databases: Databases) -> Any:
    with databases.kept("registry") as url:
        yield url


@pytest.fixture
async def connection(registry_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(registry_url)
    yield connection
    await connection.close()


def _codes_of(resource: Resource[Any]) -> Mapping[str, list[str]]:
    """Return the closed lists of its fields, and of those of the objects within."""
    schema = listed_as(resource).output.model_json_schema(mode="serialization")
    return {
        name: field["enum"]
        for each in (*schema.get("$defs", {}).values(), schema)
        for name, field in each.get("properties", {}).items()
        if "enum" in field
    }


def _value(column: Column[Any], at: int, codes: Mapping[str, list[str]]) -> Any:
    """Return what stands in a column of the row `at`: something odd, nothing where it may be empty, something plain."""
    type_ = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    if column.name in _CODES:
        value = _CODES[column.name][at]
        return value if value is not None or column.nullable else _CODES[column.name][0]
    if at == 1 and column.nullable:
        return None
    if isinstance(type_, JSONB):
        return (_JSON, "[]", "{}")[at]
    if isinstance(type_, UUID):
        return new_id()
    if isinstance(type_, Boolean):
        return at == 0
    if isinstance(type_, Integer):
        return (2**31 - 1, 0, -1)[at]
    if isinstance(type_, Numeric):
        return (Decimal("12.50"), Decimal("0.00"), Decimal("643"))[at]
    if isinstance(type_, DateTime):
        return datetime(2026, 11, 29, 20, 18, 32, (354130, 0, 1)[at], tzinfo=UTC)
    if isinstance(type_, Date):
        return (date(2026, 2, 28), date(1899, 12, 31), date.max)[at]
    if isinstance(type_, ARRAY):
        return ([new_id()] if isinstance(type_.item_type, UUID) else [TEXT, "b"], [], [])[at]
    if isinstance(type_, LargeBinary):
        return b"sealed"
    return codes[column.name][0] if column.name in codes else (TEXT, "", "plain")[at]


async def _fill(connection: asyncpg.Connection, resource: Resource[Any]) -> None:
    """Make a table of the same name and columns that only this session sees, with a few rows."""
    columns = ", ".join(f"{each.name} {each.type.compile(DIALECT)}" for each in resource.table.columns)
    await connection.execute(f"CREATE TEMP TABLE {resource.table.name} ({columns})")
    places = ", ".join(f"${at}" for at in range(1, len(resource.columns) + 1))
    codes = _codes_of(resource)
    for at in range(3):
        values = [_value(column, at, codes) for column in resource.table.columns]
        await connection.execute(f"INSERT INTO {resource.table.name} VALUES ({places})", *values)


async def _written(
    connection: asyncpg.Connection,
    resource: Resource[Any],
    rows: str,
    *,
    take: Callable[[bytes], Awaitable[None]] | None = None,
) -> bytes:
    assert resource.json is not None
    chunks: list[bytes] = []

    async def keep(chunk: bytes) -> None:
        chunks.append(chunk)

    selected = Selected("", rows, (), (date(2025, 1, 1),), resource.represent, Lines(rows, resource.json))
    await read_lines(connection, selected, take or keep)
    return b"".join(chunks)


@pytest.mark.parametrize("resource", EXPORTED)
async def test_a_line_of_postgresql_is_that_of_python(connection: asyncpg.Connection, resource: Resource[Any]) -> None:
    if resource.name in IN_PYTHON:
        assert resource.json is None, "it is said in SQL by now"
        return
    await _fill(connection, resource)
    rows = f"{resource.select} WHERE $1::date > '2000-01-01' ORDER BY id"
    read = await connection.fetch(str(rows), date(2025, 1, 1))
    expected = b"".join(dump(resource.represent(row)) + b"\n" for row in read)
    assert len(read) == 3
    assert await _written(connection, resource, rows) == expected


async def test_of_no_rows_there_are_no_lines(connection: asyncpg.Connection) -> None:
    assert (
        await _written(connection, ORGANIZATION, f"{ORGANIZATION.select} WHERE $1::date > '2026-01-01' ORDER BY id")
        == b""
    )


async def test_an_export_that_is_cancelled_stops_reading_and_leaves_its_connection_whole(
    connection: asyncpg.Connection,
) -> None:
    await _fill(connection, ORGANIZATION)
    await connection.execute("INSERT INTO organization SELECT r.* FROM organization r, generate_series(1, 20000)")
    taken = 0

    async def take(chunk: bytes) -> None:
        nonlocal taken
        taken += len(chunk)
        raise Cancelled()

    rows = f"{ORGANIZATION.select} WHERE $1::date < '2026-01-01'"
    with pytest.raises(Cancelled):
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await _written(connection, ORGANIZATION, rows, take=take)
    assert 0 < taken < 2 * (1 << 20), "the rest was not read"
    assert await connection.fetchval("SELECT 1") == 1


async def test_many_rows_are_written_chunk_by_chunk_and_none_is_lost(connection: asyncpg.Connection) -> None:
    await _fill(connection, ORGANIZATION)
    await connection.execute(
        "INSERT INTO organization SELECT r.* FROM organization r, generate_series(1, 1000) WHERE r.name <> ''"
    )
    written = await _written(
        connection, ORGANIZATION, f"{ORGANIZATION.select} WHERE $1::date < '2026-01-01' ORDER BY id"
    )
    assert len(written) > 10 * (1 << 17)
    assert written.count(b"\n") == await connection.fetchval("SELECT count(*) FROM organization")
    assert len(set(written.splitlines())) == 3
