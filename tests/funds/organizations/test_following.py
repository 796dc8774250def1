"""Following the registry: nothing is missed, nothing old comes back, and a registry that is down stops nobody."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI

from kernel import records
from kernel.database.connections import Database, connect
from kernel.feed import following
from kernel.feed.following import Follower, apply, begin, pause_seconds, position
from kernel.feed.organizations import ORGANIZATIONS
from kernel.values.ids import new_id
from kernel.web.auth import Caller
from kernel.web.http_client import Unavailable
from services.registry.organizations.records import ORGANIZATION
from tests.registry.builders import LE_LOI, Make, a_seat
from tests.support.answers import ok
from tests.support.client import ApiClient
from tests.support.in_process_services import Follow, Wire

Known = Callable[[], Awaitable[list[dict[str, Any]]]]
READY = "/v1/funds/health/ready"
OFFICER = Caller("officer", "tests", frozenset(), "VN", None, "", "", time.time() + 3600)


async def delete(app: FastAPI, id_: str) -> None:
    async with app.state.db.transaction() as tx:
        row = await tx.fetchrow(f"{ORGANIZATION.select} WHERE id = $1::uuid", id_)
        assert row is not None
        await records.remove(tx, ORGANIZATION, row, by=OFFICER, reason=None)


async def pages(registry: ApiClient) -> list[dict[str, Any]]:
    client = registry.as_(scope="registry.read", area="VN")
    path = "/v1/registry/changes?types=organization&include=resource"
    return list(ok(await client.get(path))["items"])


async def test_what_the_registry_holds_is_known_after_following(register: Make, follow: Follow, known: Known) -> None:
    group = await register.group(name="Tổ hợp tác Đồng Tâm")
    cooperative = await register.organization(report_sector="agriculture", seat=a_seat(LE_LOI))
    await follow()
    rows = {row["id"]: row for row in await known()}
    assert (rows[group.id]["type"], rows[group.id]["name"]) == ("cooperative_group", "Tổ hợp tác Đồng Tâm")
    row = rows[cooperative.id]
    assert (row["alliance"], row["code"], row["commune_code"], row["commune_map"]) == (
        "40-2025",
        cooperative.code,
        LE_LOI,
        "2008",
    )
    assert (row["province_2008"], row["province_2025"], row["report_sector"]) == ("40-2008", "40-2025", "agriculture")
    assert (row["legal_status"], row["operating_state"], row["removed_as"]) == ("active", "operating", None)


async def test_the_first_phone_of_an_organization_is_known(register: Make, follow: Follow, known: Known) -> None:
    contacts = [{"kind": "email", "value": "htx@example.vn"}, {"kind": "phone", "value": "0210 345 678"}]
    contacts.append({"kind": "phone", "value": "0210 999 999"})
    organization = await register.organization(contacts=contacts)
    other = await register.organization()
    await follow()
    assert {row["id"]: row["phone"] for row in await known()} == {organization.id: "0210 345 678", other.id: None}
    await register.changed(organization, contacts=contacts[:1])
    await follow()
    assert {row["phone"] for row in await known()} == {None}


async def test_a_change_and_a_removal_arrive_and_the_name_of_what_is_gone_stays(
    register: Make, follow: Follow, known: Known, registry_app: FastAPI
) -> None:
    organization = await register.organization()
    await follow()
    await register.changed(organization, name="Hợp tác xã Tên Mới")
    await follow()
    assert [(row["name"], row["version"]) for row in await known()] == [("Hợp tác xã Tên Mới", 2)]
    await delete(registry_app, organization.id)
    await follow()
    assert [(row["name"], row["version"], row["removed_as"]) for row in await known()] == [
        ("Hợp tác xã Tên Mới", 3, "deleted")
    ]


async def test_a_seat_in_another_alliance_is_no_removal_for_a_national_follower(
    register: Make, follow: Follow, known: Known
) -> None:
    organization = await register.organization()
    await follow()
    await register.move(organization, LE_LOI, "2022-07-01")
    await follow()
    assert [(row["alliance"], row["removed_as"]) for row in await known()] == [("40-2025", None)]


async def test_a_tombstone_says_where_a_record_went_and_what_it_was_merged_into(db: Database, known: Known) -> None:
    removed_id, merged, into = new_id(), new_id(), new_id()
    tombstone = {
        "resource_type": "organization",
        "type": "organization.removed",
        "resource_version": 4,
        "current": None,
    }
    async with db.transaction() as tx:
        await apply(
            tx,
            ORGANIZATIONS,
            [
                {**tombstone, "resource_id": removed_id, "reason": "out_of_scope", "merged_into": None},
                {**tombstone, "resource_id": merged, "reason": "merged", "merged_into": into},
            ],
            life=1,
        )
    rows = {row["id"]: (row["removed_as"], row["merged_into"]) for row in await known()}
    assert rows == {removed_id: ("out_of_scope", None), merged: ("merged", into)}


@pytest.mark.parametrize("seed", range(12))
async def test_events_twice_and_in_any_order_lead_to_the_same(
    register: Make, registry: ApiClient, registry_app: FastAPI, db: Database, known: Known, seed: int
) -> None:
    chance = random.Random(seed)
    seen: list[dict[str, Any]] = []
    organizations = [await register.organization() for _ in range(3)]
    seen += await pages(registry)
    await register.changed(organizations[0], name="Hợp tác xã Đã Đổi")
    await register.move(organizations[1], LE_LOI, "2022-07-01")
    seen += await pages(registry)
    await delete(registry_app, organizations[2].id)
    await register.changed(organizations[0], name="Hợp tác xã Đổi Lần Hai")
    seen += await pages(registry)
    async with db.transaction() as tx:
        await apply(tx, ORGANIZATIONS, seen, life=1)
    in_order = await known()
    assert [row["name"] for row in in_order if row["id"] == organizations[0].id] == ["Hợp tác xã Đổi Lần Hai"]
    assert [row["removed_as"] for row in in_order] == [None, None, "deleted"]
    await db.execute("DELETE FROM followed_organization")
    chance.shuffle(seen)
    while seen:
        size = chance.randint(1, 4)
        taken, seen = seen[:size], seen[size:] if chance.random() < 0.7 else seen[size - 1 :]
        async with db.transaction() as tx:
            await apply(tx, ORGANIZATIONS, taken, life=1)
    # A tombstone that came before its record keeps no name; all else is the same.
    names = ("id", "version", "removed_as")
    assert [[row[n] for n in names] for row in await known()] == [[row[n] for n in names] for row in in_order]
    assert [row for row in await known() if not row["removed_as"]] == [r for r in in_order if not r["removed_as"]]


async def test_a_registry_that_began_a_new_life_is_read_again_and_what_it_lost_is_gone(
    register: Make, follow: Follow, follower: Follower, known: Known, db: Database, registry_url: str
) -> None:
    kept, lost = await register.organization(), await register.organization()
    await register.changed(kept, name="Hợp tác xã Sau Sao Lưu")
    await follow()
    registry_db = await connect(registry_url, session_replication_role="replica")
    # As after a restore: an older state, without what came later, in a new epoch.
    before = await registry_db.fetchval("SELECT epoch FROM feed_epoch")
    try:
        await registry_db.execute("UPDATE feed_epoch SET epoch = 'another-life'")
        await registry_db.execute(
            "UPDATE organization SET version = 1, name = $1 WHERE id = $2::uuid", kept.name, kept.id
        )
        for sql in (
            "DELETE FROM change WHERE resource_id = $1::uuid",
            "DELETE FROM organization_state WHERE organization_id = $1::uuid",
            "DELETE FROM organization WHERE id = $1::uuid",
        ):
            await registry_db.execute(sql, lost.id)
        assert not await follower.step(), "410: nothing is known to be whole any more"
        at = await position(db, ORGANIZATIONS)
        assert (at.cursor, at.life, at.is_whole) == (None, 2, False)
        assert [row["removed_as"] for row in await known()] == [None, None], "what is known is used meanwhile"
        await follow()
    finally:
        await registry_db.execute("UPDATE feed_epoch SET epoch = $1", before)
        await registry_db.close()
    rows = {row["id"]: (row["name"], row["version"], row["removed_as"]) for row in await known()}
    assert rows[kept.id] == (kept.name, 1, None), "an older version, of a newer life"
    assert rows[lost.id][2] == following.ABSENT
    assert (await position(db, ORGANIZATIONS)).is_whole


async def test_killed_between_the_answer_and_the_commit_it_goes_on_without_a_gap(
    register: Make, follower: Follower, follow: Follow, known: Known, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [(await register.organization()).id for _ in range(4)]
    real, reached = following.apply, asyncio.Event()

    async def stuck(*args: Any, **options: Any) -> None:
        await real(*args, **options)
        reached.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(following, "apply", stuck)
    step = asyncio.create_task(follower.step())
    await asyncio.wait({step, asyncio.create_task(reached.wait())}, return_when=asyncio.FIRST_COMPLETED)
    step.cancel()
    with pytest.raises(asyncio.CancelledError):
        await step
    assert await known() == [], "neither the records"
    assert (await position(db, ORGANIZATIONS)).cursor is None, "nor the cursor"
    monkeypatch.setattr(following, "apply", real)
    await follow()
    assert [row["id"] for row in await known()] == sorted(ids)


async def test_two_processes_that_follow_at_once_write_each_page_once(
    register: Make, follower: Follower, known: Known, db: Database
) -> None:
    ids = [(await register.organization()).id for _ in range(5)]
    assert await asyncio.gather(*(follower.step() for _ in range(4))) == [True] * 4
    assert [row["id"] for row in await known()] == sorted(ids)


async def test_no_transaction_is_open_while_the_registry_is_asked(
    follower: Follower, db: Database, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    carry, open_then = wire.handle_async_request, []

    async def look(request: Any) -> Any:
        # A transaction that has read the position keeps its lock on that table; the service's other tasks never read it.
        sql = "SELECT count(*) FROM pg_locks WHERE relation = 'followed_feed'::regclass AND pid <> pg_backend_pid()"
        open_then.append(await db.fetchval(sql))
        return await carry(request)

    monkeypatch.setattr(wire, "handle_async_request", look)
    await follower.step()
    await follower.step()
    assert set(open_then) == {0}


async def test_a_follower_of_another_area_than_before_starts_over(register: Make, follow: Follow, db: Database) -> None:
    await register.organization()
    await follow()
    before = await position(db, ORGANIZATIONS)
    await begin(db, ORGANIZATIONS, "VN")
    assert await position(db, ORGANIZATIONS) == before
    await begin(db, ORGANIZATIONS, "25-2025")
    after = await position(db, ORGANIZATIONS)
    assert (after.cursor, after.life, after.is_whole) == (None, 2, False)


async def test_readiness_tells_the_lag_and_what_is_in_the_way_and_stays_ready(
    register: Make, follower: Follower, follow: Follow, funds: ApiClient, wire: Wire, db: Database
) -> None:
    fresh = ok(await funds.get(READY))["follows"]
    nothing = [("identity", None, None), ("registry", None, None)]
    assert [(feed["feed"], feed["seconds_behind"], feed["cursor"]) for feed in fresh] == nothing
    await register.organization()
    await follow()
    _, feed = ok(await funds.get(READY))["follows"]
    assert feed["seconds_behind"] in (0, 1, 2)
    assert (feed["problem"], feed["succeeded_at"] is None, feed["cursor"] is None) == (None, False, False)
    # Clocks of two machines differ: what is known is no younger than now.
    await db.execute("UPDATE followed_feed SET known_at = now() + interval '5 s'")
    assert [feed["seconds_behind"] for feed in ok(await funds.get(READY))["follows"]] == [0, 0]
    wire.cut.add("registry")
    with pytest.raises(Unavailable) as failed:
        await follower.step()
    await follower._note(str(failed.value), 1)
    document = ok(await funds.get(READY))
    assert (document["status"], document["follows"][1]["problem"]) == ("ok", "ConnectError")
    wire.cut.clear()
    await follow()
    assert ok(await funds.get(READY))["follows"][1]["problem"] is None


def test_pauses_grow_to_a_limit_and_heed_what_was_asked() -> None:
    longest = following.LONGEST_PAUSE_SECONDS
    for failures in range(1, 40):
        grown = min(following.FIRST_PAUSE_SECONDS * 2 ** (failures - 1), longest)
        assert grown / 2 <= pause_seconds(failures, None) <= grown
    assert pause_seconds(1, 7.0) == 7.0
    assert pause_seconds(1, 100_000.0) == longest


async def test_a_token_is_fetched_once_and_again_when_the_registry_no_longer_takes_it(
    follow: Follow, follower: Follower, wire: Wire
) -> None:
    await follow()
    await follow()
    assert wire.calls.count(("POST", "/v1/identity/token")) == 1
    follower._upstream._tokens._token = "of-another-key"
    await follow()
    assert wire.calls.count(("POST", "/v1/identity/token")) == 2
