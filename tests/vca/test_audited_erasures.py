"""`vca audit verify` names who empties history without the audit saying so, as a service that was broken into might."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kernel.database.connections import Database
from kernel.values.ids import new_id
from services.registry.main import create_app
from tests.registry.builders import PATH, Make
from tests.support.answers import etag, ok
from tests.support.apps import Apps
from tests.support.client import ApiClient
from tests.support.contract import contract_of
from tests.support.databases import Databases, as_service
from tests.support.vca_home import lent_home, vca
from vca.errors import Refusal

FORMER = {"office": "board_member", "term_from": "2001-01-01", "term_to": "2005-12-31"}
_FORGE = """
    INSERT INTO erasure (id, resource_type, resource_id, subject_type, subject_id, fields, versions, ground, erased_at, erased_by)
    SELECT gen_random_uuid(), 'officer', $1::uuid, coalesce(subject_type, 'officer'), coalesce(subject_id, $1::uuid),
           '{full_name,office}', '{1}', coalesce(ground, 'own_request'), coalesce(erased_at, now()), coalesce(erased_by, 'officer')
      FROM (SELECT) nothing LEFT JOIN LATERAL (SELECT * FROM erasure WHERE subject_id = $2::uuid LIMIT 1) lawful ON true"""
_EMPTY = """
    UPDATE history SET content = emptied(resource_type, resource_id, version, content)
     WHERE resource_id = $1::uuid AND version = 1 RETURNING (content ->> 'office') IS NULL"""


class Registry:
    """One officer who was erased and one who was not, and what the service's role may do to them."""

    def __init__(self, db: Database, erased: str, other: str) -> None:
        self.db, self.erased, self.other = db, erased, other

    async def empty(self, id_: str, *, as_part_of: str | None = None) -> None:
        """Destroy who held which office, by a row of `erasure` of one's own, perhaps one that joins a lawful one."""
        await self.db.execute(_FORGE, id_, as_part_of)
        async with self.db.transaction() as tx:
            is_gone = await tx.fetchval(_EMPTY, id_)
            assert is_gone


@pytest.fixture
async def registry(
    databases: Databases, apps: Apps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Registry]:
    async with contextlib.AsyncExitStack() as stack:
        home = await stack.enter_async_context(lent_home(databases, tmp_path, monkeypatch))
        url, scope = home.urls["registry"], "registry.read registry.write"
        app = await stack.enter_async_context(apps.running(create_app, url))
        client = ApiClient(app, contract_of("registry"), scope=scope, area="VN", sub="officer")
        make = Make(await stack.enter_async_context(client))
        organization = await make.organization()
        erased, other = [await make.officer(organization, **FORMER, full_name=name) for name in ("Một", "Hai")]
        path = f"{PATH}/officers/{erased.id}/erasure"
        ok(await client.post(path, json={"ground": "own_request", "document_number": "1/ĐN"}, headers=etag(erased)))
        db = Database(as_service(url), size=1)
        await db.open()
        stack.push_async_callback(db.close)
        yield Registry(db, erased.id, other.id)


async def test_an_erasure_that_was_asked_for_is_in_the_audit(registry: Registry) -> None:
    assert "not closed yet: 1; xóa / erasures: 1\n" in await vca("audit", "verify", "registry")


async def test_an_erasure_that_nobody_asked_for_is_named(registry: Registry) -> None:
    await registry.empty(registry.other)
    with pytest.raises(Refusal, match=rf"an erasure without an entry: officer {registry.other}, by officer\.$"):
        await vca("audit", "verify")


async def test_what_joins_a_lawful_erasure_later_is_named(registry: Registry) -> None:
    await registry.empty(registry.other, as_part_of=registry.erased)
    with pytest.raises(Refusal, match=rf"an erasure that was added to later: officer {registry.erased}, by officer\.$"):
        await vca("audit", "verify", "registry")


async def test_more_fields_of_the_same_record_are_named(registry: Registry) -> None:
    await registry.empty(registry.erased, as_part_of=registry.erased)
    with pytest.raises(Refusal, match=rf"an erasure that was added to later: officer {registry.erased}, by officer\.$"):
        await vca("audit", "verify", "registry")


async def test_an_entry_whose_erasure_is_gone_is_named(registry: Registry) -> None:
    id_ = new_id()
    await registry.db.execute(
        "INSERT INTO audit (id, occurred_at, action, actor, resource_type, resource_id, detail) "
        "VALUES ($1::uuid, now(), 'officer.erased', 'officer', 'officer', $2, '{\"ground\": \"own_request\", \"hash\": \"00\"}')",
        new_id(),
        id_,
    )
    with pytest.raises(Refusal, match=rf"an entry without its erasure: officer {id_}, by officer\.$"):
        await vca("audit", "verify", "registry")
