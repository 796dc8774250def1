"""The statements that most calls run: each finds its rows by the index made for it, at a realistic number of rows."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator

import asyncpg
import pytest

from kernel.database.connections import Database
from kernel.values import geography
from kernel.values.ids import new_id, new_ids
from tests.registry.builders import GIA_CAM, LE_LOI, ORGANIZATIONS, PATH, Make, a_cooperative, a_coverage
from tests.support import plans
from tests.support.answers import ok
from tests.support.client import ApiClient
from tests.support.databases import Databases
from tests.support.plans import asked, plan_of, recorded

pytestmark = pytest.mark.thorough

ROWS = 12_000
# Spread over the communes of the 2008 map, so that a province holds its share; every third is a member.
_FILL = """
WITH place AS (
    SELECT code, old, new, row_number() OVER () AS n FROM unnest($1::text[], $2::text[], $3::text[]) AS p(code, old, new)
), made AS (
    INSERT INTO organization
    SELECT gen_random_uuid(), 1, now(), now(), 'loader', p.new,
           CASE WHEN g % 4 = 0 THEN 'cooperative_group' ELSE 'cooperative' END, false,
           '90' || lpad(g::text, 8, '0'), NULL, 'Hợp tác xã ' || w.name, NULL, NULL, 'hop tac xa ' || w.name, w.name, w.name,
           p.code, '2008', NULL, NULL, p.old, p.new, '[]', 'agriculture', NULL, NULL, NULL, NULL,
           date '2015-01-01' + g % 3000, NULL, '[]', '[]', 'active', 'operating', NULL, '[]', true,
           date '2015-01-01' + g % 3000, CASE WHEN g % 4 = 0 THEN 'cooperative_group' ELSE 'cooperative' END,
           'active', 'operating', p.code, '2008', NULL, NULL, p.old, p.new
      FROM generate_series(1, $4::int) AS g
      JOIN place p ON p.n = 1 + (g * 7919) % (SELECT count(*) FROM place)
     CROSS JOIN LATERAL (SELECT translate(substr(md5(g::text), 1, 6) || ' ' || substr(md5(g::text), 7, 7),
                                          '0123456789', 'ghiklmnopq') AS name) w
    RETURNING id, alliance, type, starts_on, opening_commune_code AS code, opening_province_2008 AS old, registered_on
), state AS (
    INSERT INTO organization_state
    SELECT id, starts_on, 'infinity', type, 'active', 'operating', code, '2008', NULL, NULL, old, alliance, alliance FROM made
), member AS (
    INSERT INTO alliance_membership (id, version, created_at, updated_at, created_by, alliance, organization_id,
                                     province_2008, province_2025, kind, admitted_on)
    SELECT gen_random_uuid(), 1, now(), now(), 'loader', alliance, id, old, alliance, 'official', registered_on + 100
      FROM made WHERE substr(id::text, 1, 1) < '5'
), certificate AS (
    INSERT INTO certificate (id, version, created_at, updated_at, created_by, alliance, organization_id, province_2008,
                             province_2025, scheme, area_hectares, valid_from, attribution)
    SELECT gen_random_uuid(), 1, now(), now(), 'loader', alliance, id, old, alliance, 'vietgap', 12.5,
           registered_on + 200, 'supported' FROM made WHERE substr(id::text, 1, 1) < '3'
), history AS (
    INSERT INTO history SELECT id, 1, 'organization', 'created', now(), 'loader', alliance, NULL, '{}', NULL, '{}' FROM made
)
SELECT count(*) FROM made"""


async def _fill(connection: asyncpg.Connection) -> None:
    """A few thousand organizations all over the nation, with timelines, memberships, certificates and history."""
    communes = [
        (c.code, c.province_id, geography.province(c.province_id)) for c in geography.communes() if c.map == "2008"
    ]
    columns = [[c[0] for c in communes], [c[1] for c in communes], [p.successor_id for *_, p in communes if p]]
    # Triggers and foreign keys are off for this session: what they would write or look up is not asked for here.
    await connection.execute("SET session_replication_role = replica")
    assert await connection.fetchval(_FILL, *columns, ROWS) == ROWS
    await connection.execute("ANALYZE")


@pytest.fixture
async def registry_url(databases: Databases) -> AsyncIterator[str]:
    """A database of its own: what so many rows leave behind would slow the tests that come after."""
    async with databases.clone("registry", _fill) as url:
        yield url


READ_ONE = "pk_organization|ix_organization_alliance_id"
LARGE = {"organization", "organization_state", "alliance_membership", "certificate", "history"}


assert_indexed = functools.partial(plans.assert_indexed, large=LARGE)


async def test_reads_find_their_rows_by_index(
    registry: ApiClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization = ok(
        await registry.get(ORGANIZATIONS, params={"limit": 1, "type": "cooperative", "registered_on_lte": "2022-12-31"})
    )["items"][0]
    one = f"{ORGANIZATIONS}/{organization['id']}"
    await assert_indexed(db, await asked(registry, monkeypatch, one), READ_ONE)
    await assert_indexed(
        db, await asked(registry, monkeypatch, one, as_of="2023-01-01"), READ_ONE, "pk_organization_state"
    )
    await assert_indexed(db, await asked(registry, monkeypatch, f"{one}/history"), "pk_history")
    await assert_indexed(
        db, await asked(registry, monkeypatch, ORGANIZATIONS, code=organization["code"]), "uq_organization_code"
    )
    for client in (registry, registry.as_(area="VN")):
        for ids in ([organization["id"]], [organization["id"], *new_ids(199)]):
            picked = await asked(client, monkeypatch, ORGANIZATIONS, id=ids)
            # Loaded at one instant, so that the index by last change and id is one by id as well.
            await assert_indexed(db, picked, f"{READ_ONE}|ix_organization_updated_at")
    nested = await asked(registry, monkeypatch, f"{one}/alliance-memberships")
    await assert_indexed(db, nested, "ix_alliance_membership_organization_id")


async def test_pages_find_their_rows_by_index(
    registry: ApiClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    nation = registry.as_(area="VN")
    page = {"province": "40-2008", "type": "cooperative", "legal_status": "active", "limit": "50"}
    for client in (nation, registry.as_(area="40-2025")):
        statements = await asked(client, monkeypatch, ORGANIZATIONS, **page)
        await assert_indexed(db, statements, "ix_organization_page_2008|ix_organization_alliance_id")
        for sql, args in statements:
            # The first page costs its own rows: neither the province nor the nation is sorted for it.
            top, *_ = [n for n in await plan_of(db, sql, args, generic=False) if n["Node Type"] == "Limit"]
            assert top["Total Cost"] < 400, sql
    today = await asked(nation, monkeypatch, ORGANIZATIONS, **{**page, "province": "40-2025"})
    await assert_indexed(db, today, "ix_organization_page_2025")
    all_mine = await asked(registry, monkeypatch, ORGANIZATIONS)
    await assert_indexed(db, all_mine, "ix_organization_alliance_id", generic=False)
    recent = await asked(nation, monkeypatch, ORGANIZATIONS, sort="-updated_at", limit="50")
    await assert_indexed(db, recent, "ix_organization_updated_at", generic=False)
    then = await asked(nation, monkeypatch, ORGANIZATIONS, as_of="2023-01-01", province="40-2008")
    await assert_indexed(db, then, generic=False)


async def test_a_commune_of_today_finds_its_rows_and_the_uncertain_ones_by_index(
    registry: ApiClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    nation = registry.as_(area="VN")
    page, count = await asked(nation, monkeypatch, ORGANIZATIONS, commune_code="04828", commune_map="2025")
    # Old communes that went whole into it, itself, and seats that an officer placed: an arm and an index each.
    await assert_indexed(db, [page], "ix_organization_commune", "ix_organization_seat_2025", generic=False)
    await assert_indexed(db, [count], "ix_organization_commune", generic=False)
    district = await asked(nation, monkeypatch, ORGANIZATIONS, district="227-2008")
    await assert_indexed(db, district, "ix_organization_commune", generic=False)
    # A list without a place asks for nothing more than before.
    assert len(await asked(nation, monkeypatch, ORGANIZATIONS, province="40-2008")) == 1


async def test_a_second_page_costs_what_the_first_does(
    registry: ApiClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    nation = registry.as_(area="VN")
    path, costs = ORGANIZATIONS, []
    params: dict[str, str] | None = {"province": "40-2008", "type": "cooperative", "legal_status": "active"}
    for _ in range(3):
        with recorded(monkeypatch) as statements:
            answer = ok(await nation.get(path, params=params))
        ((sql, args),) = statements
        plan = await plan_of(db, sql, args, generic=False)
        costs.append(plan[0]["Total Cost"])
        path, params = answer["next"], None
    assert max(costs) < 3 * min(costs) + 50, costs


async def test_a_name_is_searched_by_its_pairs_of_syllables(
    registry: ApiClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = await db.fetchval("SELECT name_distinct FROM organization LIMIT 1")
    nation = registry.as_(area="VN")
    for typed, found_by in (
        # Those that are called so come first, by an index of their own.
        (name, ("ix_organization_name_distinct", "ix_organization_name_tokens")),
        (name[2:-2], ("ix_organization_name_distinct", "ix_organization_name_tokens")),
        (name.split(" ")[1], ("ix_organization_name_distinct", "ix_organization_name_tokens")),
    ):
        statements = await asked(nation, monkeypatch, ORGANIZATIONS, q=typed)
        await assert_indexed(db, statements, *found_by, generic=False)
    counted = await asked(nation, monkeypatch, ORGANIZATIONS, q=name, count="exact")
    await assert_indexed(db, counted[1:], "ix_organization_name_tokens", generic=False)


async def test_writes_find_their_rows_by_index(
    registry: ApiClient, db: Database, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recorded(monkeypatch) as statements:
        ok(await registry.post(ORGANIZATIONS, json=a_cooperative(id=new_id())), 201)
    searched = [s for s in statements if s[0].lstrip().startswith(("SELECT", "WITH")) and "advisory" not in s[0]]
    await assert_indexed(db, searched, "uq_organization_code", "ix_organization_commune", "pk_history")
    organization = await make.organization()
    with recorded(monkeypatch) as statements:
        await make.status(organization, "dormant", on="2022-01-01")
    await assert_indexed(db, statements, READ_ONE, "pk_organization_state")
    with recorded(monkeypatch) as statements:
        await make.move(organization, LE_LOI, on="2022-06-01")
    await assert_indexed(db, statements, "ix_alliance_membership_organization_id", "pk_organization_state")


async def test_figures_cost_the_province_they_are_about(
    registry: ApiClient, db: Database, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = registry.as_(area="40-2025")
    ok(await officer.post(f"{PATH}/coverages", json=a_coverage(province="40-2008")), 201)
    period = {"from": "2019-01-01", "to": "2019-12-31", "province": "40-2008"}
    statements = await asked(officer, monkeypatch, f"{PATH}/indicator-values", **period)
    await assert_indexed(
        db,
        statements,
        "ix_organization_state_2008",
        "ix_organization_registered",
        "ix_alliance_membership_2008",
        "ix_certificate_2008",
        generic=False,
    )


async def test_hot_statements_give_a_foreign_caller_nothing(registry: ApiClient, db: Database, make: Make) -> None:
    here = await make.organization(commune=GIA_CAM)
    abroad = await make.organization(commune=LE_LOI)
    foreign = registry.as_(area="40-2025")
    seen = ok(await foreign.get(ORGANIZATIONS, params={"limit": 200, "count": "exact"}))
    assert seen["count"] == await db.fetchval("SELECT count(*) FROM organization WHERE alliance = '40-2025'")
    assert {item["alliance"] for item in seen["items"]} == {"40-2025"}
    organization = ok(await foreign.get(ORGANIZATIONS, params={"q": here.name}))
    assert organization["items"] == []
    looked_up = ok(await foreign.post(f"{ORGANIZATIONS}/lookup", json={"codes": [here.code, abroad.code]}))
    assert [item["found"] for item in looked_up["items"]] == [False, True]
    for province in ("25-2008", "25-2025"):
        assert ok(await foreign.get(ORGANIZATIONS, params={"province": province, "count": "exact"}))["count"] == 0
        as_of = {"province": province, "count": "exact", "as_of": "2023-01-01"}
        assert ok(await foreign.get(ORGANIZATIONS, params=as_of))["count"] == 0
