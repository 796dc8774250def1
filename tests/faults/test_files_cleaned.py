"""The cleaner takes away what nothing names, and nothing else, whoever sends or names the same at that moment. Real processes."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from kernel.database.connections import connect
from kernel.storage.files import UNUSED_DAYS
from kernel.values.ids import new_id
from tests.faults.service import ForkServer, Service
from tests.registry.builders import ORGANIZATIONS, PATH, a_cooperative
from tests.support.answers import ok
from tests.support.databases import Databases
from tests.support.object_store import BUCKET, object_store

pytestmark = pytest.mark.faults

FILES = f"{PATH}/files"
CONTENT = b"%PDF-1.4\n" + bytes(5_000)
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_GATE = 4711
_WAIT_BEFORE = """
    CREATE FUNCTION wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared({gate});
        RETURN NEW;
    END $$;
    CREATE TRIGGER wait_at_the_gate BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION wait_at_the_gate()"""
_WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@pytest.fixture(scope="module")
def fork_servers() -> Iterator[list[ForkServer]]:
    running = [ForkServer("registry"), ForkServer("registry")]
    yield running
    for each in running:
        each.end()


@pytest.fixture(params=["a folder", "an object store"])
def stored_in(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[dict[str, str], Callable[[], list[str]]]]:
    """The settings by which a service reaches the bytes, and what lies there."""
    if request.param == "a folder":
        folder = tmp_path / "files"
        yield {"VCA_FILES_URL": folder.as_uri()}, lambda: [str(path) for path in folder.rglob("*") if path.is_file()]
        return
    with object_store() as store:
        yield {**store.settings, "VCA_FILES_URL": f"s3://{BUCKET}/tep"}, store.names


class Place:
    """A service that takes files, and a second copy of it whose start is the cleaner's."""

    def __init__(
        self, service: Service, copy: Service, look: asyncpg.Connection[Any], names: Callable[[], list[str]]
    ) -> None:
        self.service, self.copy, self.look, self.names = service, copy, look, names

    @contextlib.asynccontextmanager
    async def gate(self, table: str) -> AsyncIterator[None]:
        """Hold back who is about to insert into `table`."""
        await self.look.execute(_WAIT_BEFORE.format(gate=_GATE, table=table))
        await self.look.execute(f"SELECT pg_advisory_lock({_GATE})")
        try:
            yield
        finally:
            await self.look.execute(f"SELECT pg_advisory_unlock({_GATE})")

    async def until(self, is_so: Callable[[], Any]) -> None:
        for _ in range(400):
            if await is_so():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("four seconds on it is still not so")

    async def waits(self) -> bool:
        waiting: int = await self.look.fetchval(_WAITING)
        return waiting > 0

    async def is_gone(self, file: dict[str, Any]) -> bool:
        return not await self.look.fetchval("SELECT EXISTS (SELECT FROM file WHERE id = $1::uuid)", file["id"])

    async def age(self) -> None:
        await self.look.execute(f"UPDATE file SET created_at = now() - interval '{UNUSED_DAYS + 1} days'")


@pytest.fixture
async def place(
    fork_servers: list[ForkServer],
    databases: Databases,
    stored_in: tuple[dict[str, str], Callable[[], list[str]]],
    tmp_path: Path,
) -> AsyncIterator[Place]:
    settings, names = stored_in
    links = base64.urlsafe_b64encode(os.urandom(32)).decode()
    async with databases.clone("registry") as url:
        copies = []
        for number, server in enumerate(fork_servers):
            home = tmp_path / str(number)
            home.mkdir()
            copies.append(Service(server, url, home, VCA_KEYS_REGISTRY_LINKS=links, **settings))
        copies[0].start()
        await copies[0].ready()
        look = await connect(url)
        yield Place(copies[0], copies[1], look, names)
        await look.close()
        for each in copies:
            if each.runs:
                each.kill()


async def _sent(client: httpx.AsyncClient, name: str, content: bytes = CONTENT) -> dict[str, Any]:
    key = {"Idempotency-Key": new_id()}
    file: dict[str, Any] = ok(await client.post(FILES, files={"file": (name, content)}, headers=key), 201)
    return file


@pytest.mark.parametrize("table", ["idempotency_key", "file"])
async def test_what_is_sent_while_the_same_bytes_of_before_are_cleaned_up_is_there(place: Place, table: str) -> None:
    async with place.service.client(scope="registry.read registry.write", area="25-2025") as client:
        before = await _sent(client, "cũ.pdf")
        await place.age()
        async with place.gate(table):
            # Its bytes are stored; its row is not there yet.
            sending = asyncio.create_task(_sent(client, "mới.pdf"))
            await place.until(place.waits)
            place.copy.start()

            async def cleaner_is_at_the_bytes() -> bool:
                return await place.is_gone(before) and (place.names() == [] or await place.look.fetchval(_WAITING) == 2)

            await place.until(cleaner_is_at_the_bytes)
        sent = await sending
        await place.copy.ready()
        answer = await client.get(sent["url"])
        assert (answer.status_code, answer.content) == (200, CONTENT)
        assert len(place.names()) == 1
        await place.until(lambda: _is_over(place))
        assert (await client.get(sent["url"])).content == CONTENT


async def _is_over(place: Place) -> bool:
    return not await place.waits()


async def test_bytes_that_nothing_names_go_after_seven_days(place: Place) -> None:
    async with place.service.client(scope="registry.read registry.write", area="25-2025") as client:
        before = await _sent(client, "cũ.pdf")
        kept = await _sent(client, "mới.pdf", CONTENT + b"khac")
        await place.look.execute(
            f"UPDATE file SET created_at = now() - interval '{UNUSED_DAYS + 1} days' WHERE id = $1::uuid", before["id"]
        )
        place.copy.start()
        await place.copy.ready()

        async def one_is_left() -> bool:
            return len(place.names()) == 1

        await place.until(one_is_left)
        assert await place.is_gone(before)
        assert (await client.get(kept["url"])).content == CONTENT + b"khac"


async def test_an_old_upload_that_a_record_names_at_that_moment_stays(place: Place) -> None:
    async with place.service.client(scope="registry.read registry.write", area="25-2025") as client:
        file, other = await _sent(client, "ảnh.png", PICTURE), await _sent(client, "cũ.pdf")
        await place.age()
        async with place.gate("change"):
            body = a_cooperative(photo_file_ids=[file["id"]])
            naming = asyncio.create_task(client.post(ORGANIZATIONS, json=body))
            await place.until(place.waits)
            place.copy.start()
            await place.until(lambda: place.is_gone(other))
        ok(await naming, 201)
        await place.copy.ready()
        assert (await client.get(f"{FILES}/{file['id']}")).status_code == 200
        assert (await client.get(file["url"])).content == PICTURE
