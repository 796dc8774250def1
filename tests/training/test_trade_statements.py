"""Lists of trade promotion read by the index that serves them, at the rows that a nation gathers in ten years."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from fastapi import FastAPI

from kernel.runtime.settings import ServiceSettings
from services.training.main import create_app
from tests.support.client import ApiClient
from tests.support.contract import contract_of
from tests.support.databases import Databases, as_service
from tests.support.plans import asked, assert_indexed
from tests.support.tokens import JWKS, PUBLIC_URL
from tests.training.builders import PATH, SCOPES

pytestmark = pytest.mark.thorough

# 2,000 events of sixty provinces with 25 organizations each, of 15,000, and as many agreements with buyers.
_ROWS = """
    INSERT INTO trade_event (id, version, created_at, updated_at, created_by, alliance, name, name_folded, kind, organizer_kind,
           organizer_name, attribution, starts_on, ends_on, state)
    SELECT md5('event' || g)::uuid, 1, now(), now(), 'x', p || '-2025', 'e', 'e', 'fair', 'alliance', 'x', 'supported', d, d, 'held'
      FROM generate_series(1, 2000) g,
           LATERAL (SELECT lpad((1 + g % 60)::text, 2, '0') AS p, date '2015-01-01' + g * 2 % 4000 AS d) v;
    INSERT INTO participation (id, version, created_at, updated_at, created_by, alliance, trade_event_id, organization_id,
           organization_name, organization_type, province_2008, province_2025, counted_on, products, product_kinds)
    SELECT gen_random_uuid(), 1, now(), now(), 'x', e.alliance, e.id,
           md5('organization' || left(e.alliance, 2) || '-' || (g * 7 + extract(day FROM e.starts_on)::int) % 250)::uuid, 'x',
           'cooperative', left(e.alliance, 2) || '-2008', e.alliance, e.starts_on, '[]', ARRAY['tea']
      FROM trade_event e, generate_series(1, 25) g;
    INSERT INTO market_link (id, version, created_at, updated_at, created_by, alliance, organization_id, organization_name,
           organization_type, province_2008, province_2025, buyer_kind, buyer_name, buyer_name_folded, signed_on, attribution)
    SELECT gen_random_uuid(), 1, now(), now(), 'x', alliance, organization_id, 'x', 'cooperative', province_2008, province_2025,
           'shop_chain', 'b', 'b', counted_on, 'supported'
      FROM participation;
    ANALYZE trade_event; ANALYZE participation; ANALYZE market_link"""


async def _fill(connection: asyncpg.Connection) -> None:
    # Triggers and foreign keys are off for this session: what they would write or look up is not asked for here.
    await connection.execute(f"SET session_replication_role = replica; {_ROWS}")


@pytest.fixture
async def url(databases: Databases) -> AsyncIterator[str]:
    async with databases.clone("training", _fill) as address:
        yield address


@pytest.fixture
async def app(url: str, tmp_path: Path) -> AsyncIterator[FastAPI]:
    created = create_app(
        ServiceSettings(database_url=as_service(url), public_url=PUBLIC_URL, home=tmp_path, log_level="ERROR")
    )
    created.state.verifier.use_keys(JWKS)
    async with created.router.lifespan_context(created):
        yield created


_LARGE = {"participation", "market_link", "trade_event"}
_SERVED_BY = {
    "participations?trade_event_id={event}": {"uq_participation_organization"},
    "trade-events/{event}/participations": {"pk_trade_event", "uq_participation_organization"},
    "participations?organization_id={organization}": {"ix_participation_organization_id"},
    "participations?organization_id={organization}&count=exact&facets=organization_type": {
        "ix_participation_organization_id"
    },
    "participations?province=25-2025&counted_on_gte=2019-01-01&counted_on_lte=2019-03-31": {
        "ix_participation_province_2025"
    },
    "participations": {"ix_participation_alliance_id"},
    "market-links?organization_id={organization}": {"ix_market_link_organization_id"},
    "market-links?province=25-2025&signed_on_gte=2019-01-01&signed_on_lte=2019-03-31": {"ix_market_link_province_2025"},
    "market-links": {"ix_market_link_alliance_id"},
    "organizations/{organization}/trade-record": {
        "ix_participation_organization_id",
        "ix_market_link_organization_id",
    },
}


async def test_who_took_part_and_who_sells_to_whom_is_found_by_index(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = app.state.db
    event = await db.fetchval("SELECT id FROM trade_event WHERE alliance = '25-2025' ORDER BY id LIMIT 1")
    organization = await db.fetchval(
        "SELECT organization_id FROM participation WHERE trade_event_id = $1::uuid LIMIT 1", event
    )
    async with ApiClient(app, contract_of("training"), scope=SCOPES, area="25-2025") as client:
        for path, indexes in _SERVED_BY.items():
            statements = await asked(
                client, monkeypatch, f"{PATH}/{path.format(event=event, organization=organization)}"
            )
            await assert_indexed(db, statements, *indexes, large=_LARGE, generic=False)
