"""Two copies of a service that share nothing but a database, an object store and settings: each may take the other's place."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import io
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from PIL import Image

from kernel.database.connections import connect
from kernel.values.ids import new_id
from tests.faults.service import ForkServer, Service
from tests.gateway.edge import Edge
from tests.registry.builders import ORGANIZATIONS, PATH, a_cooperative
from tests.support.databases import Databases
from tests.support.object_store import BUCKET, object_store
from tests.support.tokens import token
from tests.support.waiting import come_true, ended_job, until

pytestmark = pytest.mark.faults

EXPORTS, FILES, CHANGES = f"{PATH}/exports", f"{PATH}/files", f"{PATH}/changes"
CLAIMS = {"scope": "registry.read registry.write", "area": "25-2025"}
_WAITING = "SELECT count(*) FROM pg_locks WHERE relation = 'organization'::regclass AND NOT granted"
_LEASE_ENDS = "UPDATE job SET lease_until = now() WHERE state = 'running'"


@pytest.fixture(scope="module")
def store() -> Iterator[dict[str, str]]:
    """An object store, and the settings by which a service reaches it."""
    with object_store() as opened:
        yield {**opened.settings, "VCA_FILES_URL": f"s3://{BUCKET}/lien-minh"}
        assert {key.split("/")[0] for key in opened.names()} == {"lien-minh"}


@pytest.fixture(scope="module")
def fork_servers() -> Iterator[list[ForkServer]]:
    running = [ForkServer("registry"), ForkServer("registry")]
    yield running
    for each in running:
        each.end()


@pytest.fixture
async def url(databases: Databases) -> AsyncIterator[str]:
    async with databases.clone("registry") as address:
        yield address


@pytest.fixture
async def look(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(url)
    yield connection
    await connection.close()


@pytest.fixture
async def copies(
    fork_servers: list[ForkServer], url: str, store: dict[str, str], tmp_path: Path
) -> AsyncIterator[list[Service]]:
    """Two copies, the first of which runs."""
    links = base64.urlsafe_b64encode(os.urandom(32)).decode()
    made = []
    for number, server in enumerate(fork_servers):
        home = tmp_path / str(number)
        home.mkdir()
        made.append(Service(server, url, home, VCA_KEYS_REGISTRY_LINKS=links, **store))
    made[0].start()
    await made[0].ready()
    yield made
    for service in made:
        if service.runs:
            service.kill()


async def _both(copies: list[Service]) -> None:
    copies[1].start()
    await copies[1].ready()


async def _ended(client: httpx.AsyncClient, job: dict[str, Any]) -> dict[str, Any]:
    return await ended_job(client, f"{PATH}/jobs/{job['id']}")


async def _until(look: asyncpg.Connection, sql: str) -> None:
    await come_true(lambda: look.fetchval(sql))


def _picture() -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (600, 400), (200, 30, 30)).save(held, "JPEG")
    return held.getvalue()


async def test_what_one_copy_stored_the_other_gives(copies: list[Service]) -> None:
    await _both(copies)
    async with copies[0].client(**CLAIMS) as one, copies[1].client(**CLAIMS) as other:
        picture = _picture()
        stored = (await one.post(FILES, files={"file": ("ảnh.jpg", picture)})).json()
        read = (await other.get(f"{FILES}/{stored['id']}")).json()
        assert (await one.get(read["url"])).content == picture, "an address signed by one copy opens at the other"
        assert (await other.get(stored["url"])).content == picture
        small = await other.get(f"{stored['url']}&thumbnail=256")
        assert Image.open(io.BytesIO(small.content)).size == (256, 171)
        assert (await one.get(f"{stored['url']}&thumbnail=256")).content == small.content

        for _ in range(3):
            assert (await one.post(ORGANIZATIONS, json=a_cooperative(force=True, reason="thử"))).status_code == 201
        for format_ in ("ndjson", "csv", "xlsx"):
            job = (await one.post(EXPORTS, json={"type": "organization", "format": format_})).json()
            (file,) = (await _ended(other, job))["result"]["files"]
            for client in (one, other):
                download = await client.get(file["url"])
                assert download.status_code == 200, download.text
                assert hashlib.sha256(download.content).hexdigest() == file["sha256"]
                assert download.headers["content-length"] == str(file["bytes"])
                assert file["name"] in download.headers["content-disposition"]
            if format_ == "csv":
                marked = await other.get(f"{file['url']}&bom=true")
                assert marked.content == b"\xef\xbb\xbf" + download.content
        unknown = await other.get(file["url"].replace(file["name"], f"organization-{new_id()}.csv"))
        assert unknown.status_code == 404


async def test_a_job_whose_copy_is_killed_in_the_middle_is_finished_once_by_the_other(
    copies: list[Service], url: str, look: asyncpg.Connection
) -> None:
    async with copies[0].client(**CLAIMS) as one, copies[1].client(**CLAIMS) as other:
        assert (await one.post(ORGANIZATIONS, json=a_cooperative())).status_code == 201
        async with _held(url):
            job = (await one.post(EXPORTS, json={"type": "organization"})).json()
            await _until(look, _WAITING)
            copies[0].kill()
            await _both(copies)
            # Instead of waiting for half a minute.
            await look.execute(_LEASE_ENDS)
            await _until(look, "SELECT count(*) > 0 FROM job WHERE attempts = 2")
        ended = await _ended(other, job)
        assert (ended["state"], ended["result"]["rows"]) == ("succeeded", 1)
        assert (await other.get(ended["result"]["files"][0]["url"])).status_code == 200
    assert await look.fetchval("SELECT attempts FROM job") == 2


async def test_a_copy_that_lost_its_turn_and_wakes_up_changes_nothing(
    copies: list[Service], url: str, look: asyncpg.Connection
) -> None:
    await _both(copies)
    async with copies[0].client(**CLAIMS) as one, copies[1].client(**CLAIMS) as other:
        assert (await other.post(ORGANIZATIONS, json=a_cooperative())).status_code == 201
        async with _held(url):
            job = (await one.post(EXPORTS, json={"type": "organization"})).json()
            await _until(look, _WAITING)
            sleeping = await _who_works(look, copies)
            sleeping.tell(signal.SIGSTOP)
            await look.execute(_LEASE_ENDS)
            await _until(look, "SELECT count(*) > 0 FROM job WHERE attempts = 2")
        awake = other if sleeping is copies[0] else one
        ended = await _ended(awake, job)
        sleeping.tell(signal.SIGCONT)
        await sleeping.ready()
        await asyncio.sleep(1)
        assert await _ended(one, job) | {"result": None} == ended | {"result": None}
        (file,) = (await _ended(one, job))["result"]["files"]
        assert {**file, "url": ""} == {**ended["result"]["files"][0], "url": ""}
        assert hashlib.sha256((await awake.get(file["url"])).content).hexdigest() == file["sha256"]


async def _who_works(look: asyncpg.Connection, copies: list[Service]) -> Service:
    """Return the copy whose connection waits for the table: by the port that the server sees it come from."""
    port = await look.fetchval(
        "SELECT client_port FROM pg_stat_activity JOIN pg_locks USING (pid) "
        "WHERE relation = 'organization'::regclass AND NOT granted"
    )
    for service in copies:
        if _owns(service.pid, port):
            return service
    raise AssertionError("no copy has this connection")


def _owns(pid: int, port: int) -> bool:
    inodes = {
        fields[9]
        for fields in (line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:])
        if fields[1].endswith(f":{port:04X}")
    }
    opened = {os.readlink(each) for each in Path(f"/proc/{pid}/fd").iterdir()}
    return any(f"socket:[{inode}]" in opened for inode in inodes)


@contextlib.asynccontextmanager
async def _held(url: str) -> AsyncIterator[None]:
    """Keep everybody from reading organizations."""
    connection = await connect(url)
    async with connection.transaction():
        await connection.execute("LOCK TABLE organization IN ACCESS EXCLUSIVE MODE")
        yield
    await connection.close()


async def test_a_key_that_both_are_sent_at_once_writes_once(copies: list[Service], look: asyncpg.Connection) -> None:
    await _both(copies)
    async with copies[0].client(**CLAIMS) as one, copies[1].client(**CLAIMS) as other:
        for number in range(20):
            body = a_cooperative(name=f"Hợp tác xã Chạy Đua Số {number}", force=True, reason="thử")
            headers = {"Idempotency-Key": f"race-{number}"}
            answers = await asyncio.gather(
                *(client.post(ORGANIZATIONS, json=body, headers=headers) for client in (one, other, one, other))
            )
            assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
            assert len({answer.json()["id"] for answer in answers}) == 1
    assert await look.fetchval("SELECT count(*) FROM organization") == 20
    assert await look.fetchval("SELECT count(*) FROM change WHERE type = 'organization.created'") == 20


async def test_what_a_caller_may_have_open_is_the_same_with_two_copies(copies: list[Service], tmp_path: Path) -> None:
    """Polls that wait, through a real gateway: eight of a person, whichever copies they come to."""
    await _both(copies)
    (tmp_path / "edge").mkdir()
    upstream = ",".join(f"127.0.0.1:{service.port}" for service in copies)
    with (
        Edge(tmp_path / "edge", {"registry": upstream}) as edge,
        edge.client(token(CLAIMS["scope"], CLAIMS["area"])) as client,
    ):
        await asyncio.to_thread(until, lambda: client.get(ORGANIZATIONS).status_code == 200)
        async with httpx.AsyncClient(base_url=client.base_url, headers=client.headers, timeout=60) as many:

            async def eight_wait() -> bool:
                refused, waiting = await _polls_at_once(many)
                assert set(refused) == {429}
                return 7 <= waiting <= 9  # Within 20 % of eight.

            # Once they have seen each other, which takes two seconds.
            await come_true(eight_wait)


async def _polls_at_once(client: httpx.AsyncClient) -> tuple[Counter[int], int]:
    """Send forty polls; return how those were answered that were at once, and how many waited until something came."""
    head = (await client.get(CHANGES)).json()["next_cursor"]
    polls = [asyncio.create_task(client.get(CHANGES, params={"after": head, "wait": 25})) for _ in range(40)]
    answered, before = 0, -1
    while answered > before:
        await asyncio.sleep(1)
        before, answered = answered, sum(poll.done() for poll in polls)
    refused = Counter(poll.result().status_code for poll in polls if poll.done())
    assert (await client.post(ORGANIZATIONS, json=a_cooperative())).status_code == 201
    await asyncio.gather(*polls)
    return refused, len(polls) - refused.total()
