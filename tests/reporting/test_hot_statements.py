"""Statements that run often use the index that serves them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.support.databases import Databases

pytestmark = pytest.mark.thorough

_ROWS = """
    INSERT INTO activity (id, version, created_at, updated_at, created_by, alliance, kind, channel, title, title_folded,
           happened_on, attribution, province_2008, province_2025, organization_id)
    SELECT gen_random_uuid(), 1, now(), now(), 'x', p || '-2025', 'media_item', 'portal', 't', 't', d, 'alliance_led',
           p || '-2008', p || '-2025', CASE WHEN g % 20 = 0 THEN gen_random_uuid() END
      FROM generate_series(1, 20000) g,
           LATERAL (SELECT lpad((1 + g % 60)::text, 2, '0') AS p, date '2015-01-01' + g % 4000 AS d) v;
    INSERT INTO followed_organization (id, version, life, removed_as) SELECT gen_random_uuid(), 1, 1, 'deleted' FROM generate_series(1, 5);
    ANALYZE activity; ANALYZE followed_organization"""


async def _fill(connection: asyncpg.Connection) -> None:
    await connection.execute(_ROWS)


@pytest.fixture
async def large(databases: Databases) -> AsyncIterator[asyncpg.Connection]:
    """A database with 20,000 activities of sixty provinces and eleven years."""
    async with databases.clone("reporting", _fill) as url:
        connection = await asyncpg.connect(url)
        yield connection
        await connection.close()


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (
            "SELECT * FROM activity r WHERE r.alliance = '25-2025' ORDER BY r.id LIMIT 51",
            "ix_activity_alliance_id",
        ),
        (
            "SELECT count(*) FROM activity a WHERE a.happened_on BETWEEN '2019-01-01' AND '2019-12-31' AND a.channel = 'portal' "
            "AND a.province_2008 = ANY('{25-2008}') AND a.alliance = '25-2025'",
            "ix_activity_province_2008",
        ),
        (
            "SELECT * FROM activity r WHERE r.organization_id = '01a228fd-efc4-7351-83a4-3c737385b638' ORDER BY r.id LIMIT 51",
            "ix_activity_organization_id",
        ),
        (
            "SELECT r.id FROM followed_organization f JOIN activity r ON r.organization_id = f.id WHERE f.removed_as = 'deleted'",
            "ix_activity_organization_id",
        ),
    ],
    ids=["page", "figure", "own", "gone"],
)
async def test_a_page_a_figure_and_what_names_an_organization_are_read_by_index(
    large: asyncpg.Connection, sql: str, index: str
) -> None:
    plan = "\n".join(row[0] for row in await large.fetch(f"EXPLAIN (COSTS OFF) {sql}"))
    assert index in plan, plan
    assert "Seq Scan on activity" not in plan, plan
