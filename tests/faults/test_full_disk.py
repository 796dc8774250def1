"""A disk that is full: writing is refused as a problem and leaves nothing, reading goes on, and with room all is as before.

Real processes on real file systems of some megabytes; where none can be mounted, what the database says is said by the
database itself (`test_what_the_database_…`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from kernel.database.connections import connect
from kernel.values.ids import new_id
from migrations.run import upgrade
from tests.faults.service import ForkServer, Service
from tests.registry.builders import ORGANIZATIONS, a_cooperative
from tests.support.answers import assert_problem
from tests.support.databases import Databases
from tests.support.small_disk import SmallDisk, small_disk
from tests.support.waiting import until
from vca.postgres import EmbeddedPostgres

pytestmark = pytest.mark.faults

READY = "/v1/registry/health/ready"
FILES = "/v1/registry/files"
PICTURE = b"%PDF-1.4\n" + bytes(300_000)
_NO_ROOM = """
    CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'could not extend file' USING ERRCODE = '{code}';
    END $$;
    CREATE OR REPLACE TRIGGER full_disk BEFORE INSERT ON change FOR EACH ROW EXECUTE FUNCTION full_disk()"""

_OWN_COLUMNS = """
    SELECT string_agg(format('(many.row).%I', attname), ', ' ORDER BY attnum) FROM pg_attribute
     WHERE attrelid = 'organization'::regclass AND attnum > 0 AND NOT attisdropped"""
_MANY = """
    INSERT INTO organization SELECT {columns} FROM (
        SELECT jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid(), 'name', 'HTX ' || n, 'code', NULL)) AS row
          FROM organization o, generate_series(1, 2000) n WHERE o.id = $1::uuid) many"""


@pytest.fixture(scope="module")
def fork_server() -> Iterator[ForkServer]:
    running = ForkServer("registry")
    yield running
    running.end()


async def _started(fork_server: ForkServer, url: str, home: Path) -> Service:
    running = Service(fork_server, url, home)
    running.start()
    await running.ready()
    return running


def _client(service: Service) -> httpx.AsyncClient:
    return service.client(scope="registry.read registry.write", area="25-2025")


async def test_what_the_database_has_no_room_for_is_a_problem_in_both_languages_and_leaves_nothing(
    fork_server: ForkServer, databases: Databases, tmp_path: Path
) -> None:
    async with databases.clone("registry") as url:
        service = await _started(fork_server, url, tmp_path)
        look = await connect(url)
        await look.execute(_NO_ROOM.format(code="disk_full"))
        try:
            async with _client(service) as client:
                id_ = new_id()
                body, key = {"id": id_, **a_cooperative()}, {"Idempotency-Key": id_}
                answer = await client.post(ORGANIZATIONS, json=body, headers=key)
                assert_problem(answer, 507, "storage_full", title="Hết chỗ lưu trữ")
                assert int(answer.headers["retry-after"]) > 0
                english = await client.post(ORGANIZATIONS, json=body, headers=key | {"Accept-Language": "en"})
                assert_problem(english, 507, "storage_full", title="Storage full")
                assert (await client.get(f"{ORGANIZATIONS}/{id_}")).status_code == 404
                # Memory comes back in moments, a disk does not.
                await look.execute(_NO_ROOM.format(code="out_of_memory"))
                assert_problem(await client.post(ORGANIZATIONS, json=body, headers=key), 503, "busy")
                await look.execute("DROP FUNCTION full_disk() CASCADE")
                assert (await client.post(ORGANIZATIONS, json=body, headers=key)).status_code == 201
        finally:
            await look.close()
            service.kill()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", 64) as mounted:
        yield mounted


@pytest.fixture
async def crowded(disk: SmallDisk, fork_server: ForkServer, tmp_path: Path) -> AsyncIterator[tuple[Service, str]]:
    """A registry whose home and whose tables lie on the small disk; the server's own log does not."""
    space = disk.folder / "tables"
    with EmbeddedPostgres(tmp_path / "database", buffers="16MB", quick=True) as server:
        space.mkdir(mode=0o777)
        space.chmod(0o777)
        server._give(space)
        connection = await connect(server.url("postgres"))
        await connection.execute(f"CREATE TABLESPACE small LOCATION '{space}'")
        await connection.execute("CREATE DATABASE crowded TEMPLATE template0 TABLESPACE small")
        await connection.close()
        url = server.url("crowded")
        await asyncio.to_thread(upgrade, "registry", url)
        home = disk.folder / "home"
        home.mkdir()
        service = await _started(fork_server, url, home)
        yield service, url
        service.kill()


async def test_writing_on_a_full_disk_is_refused_reading_goes_on_and_with_room_all_is_as_before(
    disk: SmallDisk, crowded: tuple[Service, str]
) -> None:
    service, url = crowded
    async with _client(service) as client:
        ready = (await client.get(READY)).json()
        assert ready["status"] == "ok"
        assert ready["checks"]["disk_used_percent"] < 95
        written = [await _written(client) for _ in range(3)]
        disk.fill()
        refused = await _filled(client, written)
        assert_problem(refused, 507, "storage_full", title="Hết chỗ lưu trữ")
        upload = await client.post(FILES, files={"file": ("bien-ban.pdf", PICTURE)})
        assert_problem(upload, 507, "storage_full", title="Hết chỗ lưu trữ")
        for id_ in (written[0], written[-1]):
            assert (await client.get(f"{ORGANIZATIONS}/{id_}")).status_code == 200
        listed = await client.get(ORGANIZATIONS, params={"count": "exact", "limit": 1})
        assert listed.json()["count"] == len(written), "what was refused is not there"
        look = await connect(url)
        assert await look.fetchval("SELECT count(*) FROM file") == 0
        await look.close()
        answer = await client.get(READY)
        assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
        assert answer.json()["checks"]["disk_used_percent"] >= 95
        assert not [path for path in (disk.folder / "home" / "files").rglob("*") if path.is_file()]
        disk.empty()
        await _written(client)
        assert (await client.post(FILES, files={"file": ("bien-ban.pdf", PICTURE)})).status_code == 201
        assert (await client.get(READY)).json()["status"] == "ok"


async def test_a_read_that_finds_no_room_to_sort_in_is_the_same_problem_as_a_write(
    disk: SmallDisk, crowded: tuple[Service, str]
) -> None:
    service, url = crowded
    async with _client(service) as client:
        id_ = await _written(client)
        look = await connect(url)
        await look.execute(_MANY.format(columns=await look.fetchval(_OWN_COLUMNS)), id_)
        await look.execute(
            "ALTER DATABASE crowded SET work_mem = '64kB'; ALTER DATABASE crowded SET enable_indexscan = off"
        )
        await look.close()
        service.kill()
        service.start()
        await service.ready()
        page: dict[str, str | int] = {"sort": "-name", "limit": 200}
        assert len((await client.get(ORGANIZATIONS, params=page)).json()["items"]) == 200
        disk.fill()
        refused = await client.get(ORGANIZATIONS, params=page)
        assert_problem(refused, 507, "storage_full", title="Hết chỗ lưu trữ")
        assert int(refused.headers["retry-after"]) >= 60, "nobody asks again at once, the gateway neither"
        assert (await client.get(f"{ORGANIZATIONS}/{id_}")).status_code == 200, "what needs no room is read"
        disk.empty()
        assert (await client.get(ORGANIZATIONS, params=page)).status_code == 200


async def _written(client: httpx.AsyncClient) -> str:
    answer = await _send(client)
    assert answer.status_code == 201, answer.text
    id_: str = answer.json()["id"]
    return id_


async def _send(client: httpx.AsyncClient) -> httpx.Response:
    name = f"HTX {new_id()}"
    return await client.post(ORGANIZATIONS, json=a_cooperative(name=name) | {"force": True, "reason": "thử đĩa đầy"})


async def _filled(client: httpx.AsyncClient, written: list[str]) -> httpx.Response:
    """Write until the pages that there are hold no more; return the refusal."""
    for _ in range(500):
        answer = await _send(client)
        if answer.status_code != 201:
            return answer
        written.append(answer.json()["id"])
    raise AssertionError("there was room for all")


def test_a_database_whose_log_has_no_room_is_tried_until_it_has(tmp_path: Path) -> None:
    said: list[str] = []
    with (
        small_disk(tmp_path / "disk", 220) as disk,
        EmbeddedPostgres(disk.folder, buffers="16MB", extra="wal_recycle = off\nmax_wal_size = 32MB\n") as server,
    ):
        assert server.process is not None
        asyncio.run(_run(server, "CREATE TABLE kept (words text)", "INSERT INTO kept VALUES ('trước khi đầy')"))
        disk.fill()
        with pytest.raises(Exception, match=r".*"):
            asyncio.run(_run(server, *["INSERT INTO kept SELECT repeat('x', 1000) FROM generate_series(1, 40000)"] * 3))
        end = time.monotonic() + 4
        while time.monotonic() < end:
            server.look(said.append)
            time.sleep(0.05)
        disk.empty()

        def is_back() -> bool:
            server.look(said.append)
            try:
                asyncio.run(_run(server, "INSERT INTO kept VALUES ('sau khi có chỗ')"))
            except OSError:
                return False
            return True

        until(is_back)


async def _run(server: EmbeddedPostgres, *statements: str) -> None:
    connection = await connect(server.url("postgres"))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
