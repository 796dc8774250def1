"""A database that is put back to an earlier state: whoever saw what is lost is told to start over, and is then equal."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from kernel.database.connections import Database, connect
from kernel.feed.changes import SNAPSHOT_CURSOR, Cursor, CursorExpired, Events, events, renew, snapshot_cursor
from kernel.runtime.settings import ServiceSettings
from kernel.values.ids import new_id
from migrations.run import upgrade
from services.registry.main import create_app
from tests.registry.builders import Make
from tests.support.answers import assert_problem, ok
from tests.support.client import ApiClient
from tests.support.contract import contract_of
from tests.support.databases import Databases
from tests.support.followed import Followed
from tests.support.tokens import JWKS, PUBLIC_URL
from vca.postgres import EmbeddedPostgres, free_port

pytestmark = pytest.mark.faults

CHANGES = "/v1/registry/changes"


class Server:
    """A PostgreSQL of the test's own, whose data directory is copied away and back, and a registry on it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.postgres = EmbeddedPostgres(folder, quick=True)

    def start(self) -> None:
        self.postgres = EmbeddedPostgres(self.folder, quick=True)
        self.postgres.start(self.port)

    def _copy(self, source: Path, target: Path) -> None:
        # With its owner and modes: PostgreSQL refuses a folder that is not its own.
        subprocess.run(["cp", "-a", str(source), str(target)], check=True)

    def keep(self) -> None:
        """Copy the data away, as a snapshot of the disk does."""
        self.postgres.stop()
        self._copy(self.postgres.data, self.folder / "kept")
        self.start()

    def put_back(self) -> None:
        """Put that copy in place: what was committed since is lost."""
        self.postgres.stop()
        self.postgres.data.rename(self.folder / "lost")
        self._copy(self.folder / "kept", self.postgres.data)
        self.start()

    @contextlib.asynccontextmanager
    async def registry(self) -> AsyncIterator[ApiClient]:
        """Run the registry; each time a new process would be, so that no connection of before is used."""
        app = create_app(
            ServiceSettings(
                database_url=self.postgres.url("registry"),
                public_url=PUBLIC_URL,
                home=self.folder,
                pool_size=4,
                log_level="ERROR",
            )
        )
        app.state.verifier.use_keys(JWKS)
        async with app.router.lifespan_context(app):
            scope = "registry.read registry.write sync.read"
            async with ApiClient(app, contract_of("registry"), scope=scope, area="VN") as client:
                yield client


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path)
    running.start()

    async def create() -> None:
        connection = await connect(running.postgres.url("postgres"))
        await connection.execute("CREATE DATABASE registry TEMPLATE template0")
        await connection.close()

    asyncio.run(create())
    upgrade("registry", running.postgres.url("registry"))
    yield running
    running.postgres.stop()


def test_a_follower_that_saw_what_is_lost_starts_over_and_is_equal_also_long_after(server: Server) -> None:
    cursors: dict[str, str] = {}

    async def before() -> None:
        async with server.registry() as client:
            make = Make(client)
            for _ in range(3):
                await make.organization()
            cursors["stands"] = ok(await client.get(CHANGES))["next_cursor"]

    async def lost() -> Followed:
        async with server.registry() as client:
            make = Make(client)
            follower = Followed(client, "registry")
            await follower.begin()
            kept = follower.copy.records("organization")[0]["id"]
            await make.organization(name="Hợp tác xã Sẽ Mất")
            await client.patch(
                f"/v1/registry/organizations/{kept}", json={"name_short": "Sẽ Mất"}, headers={"If-Match": '"1"'}
            )
            await follower.assert_equal()
            cursors["lost"] = follower.copy.cursor
            return follower

    async def after(follower: Followed) -> None:
        async with server.registry() as client:
            follower.client = client
            refused = await client.get(CHANGES, params={"after": cursors["lost"]})
            assert_problem(refused, 410, "cursor_expired", snapshot_url="/v1/registry/exports")
            make = Make(client)
            # Until the new events have passed the place that the cursor names.
            for _ in range(12):
                await make.organization()
            assert_problem(await client.get(CHANGES, params={"after": cursors["lost"]}), 410, "cursor_expired")
            assert len(ok(await client.get(CHANGES, params={"after": cursors["stands"]}))["items"]) == 12
            await follower.assert_equal()
            assert follower.started_over == 1
            names = {record["name"] for record in follower.copy.records("organization")}
            assert (len(names), "Hợp tác xã Sẽ Mất" in names) == (15, False)

    asyncio.run(before())
    server.keep()
    follower = asyncio.run(lost())
    server.put_back()
    asyncio.run(after(follower))


_INSERT = """
    INSERT INTO change (id, type, resource_type, resource_id, resource_version, alliance, changed)
    VALUES ($1::uuid, 'organization.created', 'organization', $2::uuid, 1, '25-2025', '{}')"""


async def _page(db: Database, after: Cursor | None) -> Events:
    return await events(db, after=after, types=[], limit=500, area="VN", snapshot_url="/exports")


async def _lose(db: Database, id_: str) -> None:
    async with db.transaction() as tx:
        await tx.raw.execute("SET LOCAL session_replication_role = replica")
        await tx.execute("DELETE FROM change WHERE id = $1::uuid", id_)


@pytest.fixture
async def db(databases: Databases) -> AsyncIterator[Database]:
    async with databases.clone("registry") as url:
        database = Database(url, size=4)
        await database.open()
        yield database
        await database.close()


async def test_what_a_snapshot_held_and_the_feed_did_not_show_yet_is_missed_as_well(db: Database) -> None:
    await db.execute(_INSERT, new_id(), new_id())
    shown_late = new_id()
    async with db.transaction() as slow:
        await slow.execute(_INSERT, new_id(), new_id())
        await db.execute(_INSERT, shown_late, new_id())
        row = await db.fetchrow(SNAPSHOT_CURSOR)
        assert row is not None
        cursor = snapshot_cursor(row)
        assert (await _page(db, cursor)).rows == [], "it stands, although the feed does not show it yet"
    assert len((await _page(db, cursor)).rows) == 2
    await _lose(db, shown_late)
    with pytest.raises(CursorExpired):
        await _page(db, cursor)


async def test_a_cursor_ahead_of_what_was_issued_or_of_another_event_at_its_place_is_refused(db: Database) -> None:
    assert (await _page(db, Cursor((await _page(db, None)).cursor.epoch, None))).rows == []
    for _ in range(2):
        await db.execute(_INSERT, new_id(), new_id())
    cursor = (await _page(db, None)).cursor
    assert cursor.at is not None
    assert (await _page(db, cursor)).rows == []
    at = cursor.at
    for wrong in (
        type(at)(at.xid, at.seq, new_id()),
        type(at)(at.xid + 1000, at.seq, at.id),
        type(at)(at.xid, 1, at.id),
    ):
        with pytest.raises(CursorExpired):
            await _page(db, Cursor(cursor.epoch, wrong))
    async with db.transaction() as slow:
        await slow.execute(_INSERT, new_id(), new_id())
        await db.execute(_INSERT, last := new_id(), new_id())
        row = await db.fetchrow("SELECT xid::text::bigint AS xid, seq FROM change WHERE id = $1::uuid", last)
        assert row is not None
        with pytest.raises(CursorExpired):
            await _page(db, Cursor(cursor.epoch, type(at)(row["xid"], row["seq"], last)))


async def test_a_life_that_is_begun_by_hand_ends_every_cursor_and_loses_no_event(db: Database) -> None:
    for _ in range(3):
        await db.execute(_INSERT, new_id(), new_id())
    before = await _page(db, None)
    connection = await connect(db.url)
    assert await renew(connection)
    with pytest.raises(CursorExpired):
        await _page(db, before.cursor)
    again = await _page(db, None)
    assert [row["id"] for row in again.rows] == [row["id"] for row in before.rows]
    # Rows of a server that was further on, as after a plain pg_restore.
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("UPDATE change SET xid = (xid::text::bigint + 1000000)::text::xid8")
    assert await renew(connection)
    assert [row["id"] for row in (await _page(db, None)).rows] == [row["id"] for row in before.rows]
    await connection.close()
