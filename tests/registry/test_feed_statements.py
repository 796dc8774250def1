"""A page of the feed costs the same wherever its reader stands: it runs along an index from the cursor on, unsorted."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from kernel.database.connections import Database
from tests.registry.builders import PATH
from tests.support.client import ApiClient
from tests.support.databases import Databases
from tests.support.plans import asked, assert_indexed, plan_of

_EVENTS = """
    INSERT INTO change (xid, seq, id, type, resource_type, resource_id, resource_version, alliance, changed)
    SELECT (3 + g / 50)::text::xid8, g, gen_random_uuid(), 'organization.created', 'organization', gen_random_uuid(), 1,
           CASE WHEN g % 100 = 0 THEN '25-2025' ELSE '40-2025' END, '{}'
      FROM generate_series(1, 20000) g"""


@pytest.mark.parametrize("area", ["VN", "25-2025"])
async def test_a_page_is_read_along_an_index_from_its_cursor_on(
    registry: ApiClient, databases: Databases, db: Database, area: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await db.execute(_EVENTS)
    # The service's own role may not.
    await databases.run("ANALYZE change", database=urlsplit(db.url).path.lstrip("/"))
    client = registry.as_(area=area, scope="sync.read")
    cursor = (await client.get(f"{PATH}/changes", params={"limit": 20})).json()["next_cursor"]
    statements = await asked(client, monkeypatch, f"{PATH}/changes", after=cursor, limit=20)
    own = [(sql, args) for sql, args in statements if "FROM change" in sql]
    wanted = "pk_change" if area == "VN" else "ix_change_alliance_xid_seq"
    await assert_indexed(db, own, wanted, large={"change"}, walks=True)
    for sql, args in own:
        for generic in (False, True):
            assert "Sort" not in {node["Node Type"] for node in await plan_of(db, sql, args, generic=generic)}
