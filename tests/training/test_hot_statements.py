"""Statements that run often use the index that serves them, and stay within the caller's area."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.training.classes.registrations.queries import TAKE_PLACE
from tests.support.databases import Databases

pytestmark = pytest.mark.thorough

_ROWS = """
    INSERT INTO training_class (id, version, created_at, updated_at, created_by, alliance, name, name_folded, kind, topic,
           attribution, lead_alliance, is_counted, commune_code, commune_map, province_2008, province_2025, starts_on, ends_on,
           counted_on, session_minutes, registered_count, gives_certificate, state)
    SELECT gen_random_uuid(), 1, now(), now(), 'x', p || '-2025', 'l', 'l', 'short_course', 'law', 'alliance_led', p || '-2025',
           true, '07900', '2008', p || '-2008', p || '-2025', d, d, d, 210, 0, false, 'held'
      FROM generate_series(1, 20000) g,
           LATERAL (SELECT lpad((1 + g % 60)::text, 2, '0') AS p, date '2015-01-01' + g % 4000 AS d) v;
    INSERT INTO attendance (id, version, created_at, updated_at, created_by, alliance, class_id, counted, audience, is_walk_in,
           source)
    SELECT gen_random_uuid(), 1, now(), now(), 'x', c.alliance, c.id, 1, 'member', false, 'file'
      FROM training_class c;
    ANALYZE training_class; ANALYZE attendance"""


async def _fill(connection: asyncpg.Connection) -> None:
    # Triggers and foreign keys are off for this session: what they would write or look up is not asked for here.
    await connection.execute(f"SET session_replication_role = replica; {_ROWS}")


@pytest.fixture
async def large(databases: Databases) -> AsyncIterator[asyncpg.Connection]:
    """A database with 20,000 classes of sixty provinces and eleven years."""
    async with databases.clone("training", _fill) as url:
        connection = await asyncpg.connect(url)
        yield connection
        await connection.close()


async def _plan(connection: asyncpg.Connection, sql: str, *args: object) -> str:
    rows = await connection.fetch(f"EXPLAIN (COSTS OFF) {sql}", *args)
    return "\n".join(row[0] for row in rows)


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (
            "SELECT * FROM training_class r WHERE r.alliance = '25-2025' ORDER BY r.id LIMIT 51",
            "ix_training_class_alliance_id",
        ),
        (
            "SELECT * FROM attendance r WHERE r.alliance = '25-2025' AND r.class_id = '{id}' ORDER BY r.id LIMIT 51",
            "ix_attendance_class_id",
        ),
        (
            "SELECT sum(f.counted) FROM training_class c JOIN attendance f ON f.class_id = c.id WHERE c.counted_on BETWEEN "
            "'2019-01-01' AND '2019-12-31' AND c.is_counted AND c.state IN ('held', 'reported') AND c.province_2008 = "
            "ANY('{{25-2008}}') AND c.alliance = '25-2025'",
            "ix_training_class_province_2008",
        ),
    ],
)
async def test_a_page_and_a_figure_read_by_index_and_grow_with_the_period(
    large: asyncpg.Connection, sql: str, index: str
) -> None:
    id_ = await large.fetchval("SELECT id FROM training_class LIMIT 1")
    plan = await _plan(large, sql.format(id=id_))
    assert index in plan, plan
    assert not re.search(r"Seq Scan on (training_class|attendance)", plan), plan


async def test_a_place_is_taken_by_one_statement_on_one_row(large: asyncpg.Connection) -> None:
    id_ = await large.fetchval("SELECT id FROM training_class LIMIT 1")
    plan = await _plan(large, TAKE_PLACE.replace("$1", f"'{id_}'"))
    assert "pk_training_class" in plan, plan
