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
from kernel.storage.cleaner import UNUSED_DAYS
from kernel.storage.orphans import SAFE_HOURS
from kernel.values.ids import new_id
from tests.faults.service import ForkServer, Service
from tests.registry.builders import ORGANIZATIONS, PATH, a_cooperative
from tests.support.answers import ok
from tests.support.databases import Databases
from tests.support.kept_files import FilesInFolder, FilesInStore, KeptFiles
from tests.support.object_store import object_store
from tests.support.waiting import come_true

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

_MAKE_OLD = f"UPDATE file SET created_at = now() - interval '{UNUSED_DAYS + 1} days' WHERE id = $1::uuid"
_HOLD_BYTES = "SELECT pg_advisory_lock_shared(hashtextextended('file ' || $1, 0))"
_LET_BYTES_GO = "SELECT pg_advisory_unlock_shared(hashtextextended('file ' || $1, 0))"
_NOBODY_LOOKS = """
    SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = hashtext('vca orphans')::oid)"""


@pytest.fixture(scope="module")
def fork_servers() -> Iterator[list[ForkServer]]:
    running = [ForkServer("registry"), ForkServer("registry")]
    yield running
    for each in running:
        each.end()


@pytest.fixture(params=["a folder", "an object store"])
def stored_in(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeptFiles]:
    """Where a service keeps the bytes."""
    if request.param == "a folder":
        yield FilesInFolder(tmp_path / "files")
        return
    with object_store() as store:
        yield FilesInStore(store)


class Place:
    """A service that takes files, and a second copy of it whose start is the cleaner's."""

    def __init__(self, service: Service, copy: Service, look: asyncpg.Connection[Any], kept: KeptFiles) -> None:
        self.service, self.copy, self.look, self.kept = service, copy, look, kept

    def names(self) -> list[str]:
        return self.kept.names()

    def hashes(self) -> set[str]:
        return {name.rpartition("/")[2] for name in self.names()}

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
        await come_true(is_so)

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
    stored_in: KeptFiles,
    tmp_path: Path,
) -> AsyncIterator[Place]:
    links = base64.urlsafe_b64encode(os.urandom(32)).decode()
    async with databases.clone("registry") as url:
        copies = []
        for number, server in enumerate(fork_servers):
            home = tmp_path / str(number)
            home.mkdir()
            copies.append(Service(server, url, home, VCA_KEYS_REGISTRY_LINKS=links, **stored_in.settings))
        copies[0].start()
        await copies[0].ready()
        look = await connect(url)
        yield Place(copies[0], copies[1], look, stored_in)
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


async def test_bytes_whose_cleaner_was_killed_after_it_had_deleted_the_row_go_at_a_later_look(place: Place) -> None:
    async with place.service.client(scope="registry.read registry.write", area="25-2025") as client:
        file, kept = await _sent(client, "cũ.pdf"), await _sent(client, "mới.pdf", CONTENT + b"khac")
        await place.look.execute(_MAKE_OLD, file["id"])
        await place.look.execute(_HOLD_BYTES, file["sha256"])
        place.copy.start()
        await place.until(lambda: place.is_gone(file))
        await place.until(place.waits)
        place.copy.kill()
        await place.look.execute(_LET_BYTES_GO, file["sha256"])
        assert place.hashes() == {file["sha256"], kept["sha256"]}, "its bytes are there, and no row names them"

        place.kept.age(SAFE_HOURS + 1)
        place.copy.start()
        await place.until(lambda: _has_left(place, {kept["sha256"]}))
        await place.copy.ready()
        assert (await client.get(kept["url"])).content == CONTENT + b"khac"


async def test_bytes_of_an_upload_that_was_killed_before_its_row_go_once_they_are_old(place: Place) -> None:
    async with place.service.client(scope="registry.read registry.write", area="25-2025") as client:
        kept = await _sent(client, "mới.pdf", CONTENT + b"khac")
        hashes: list[str] = []
        for content in (CONTENT, PICTURE):
            async with place.gate("file"):
                sending = asyncio.create_task(_sent(client, "dở.pdf", content))
                await place.until(place.waits)
                place.service.kill()
                with pytest.raises(httpx.TransportError):
                    await sending
            await place.look.execute("DROP FUNCTION wait_at_the_gate() CASCADE")
            (hash_,) = place.hashes() - {kept["sha256"], *hashes}
            hashes.append(hash_)
            place.service.start()
            await place.service.ready()
        old, young = hashes
        place.kept.age(SAFE_HOURS + 1, old)
        place.copy.start()
        await place.until(lambda: _has_left(place, {kept["sha256"], young}))
        await place.until(lambda: place.look.fetchval(_NOBODY_LOOKS))
        assert place.hashes() == {kept["sha256"], young}, "a day old it may be an upload that goes on"


@pytest.mark.parametrize("table", ["idempotency_key", "file"])
async def test_old_bytes_without_a_row_that_are_sent_anew_at_that_moment_are_there(place: Place, table: str) -> None:
    async with place.service.client(scope="registry.read registry.write", area="25-2025") as client:
        before = await _sent(client, "cũ.pdf")
        await place.look.execute("DELETE FROM file")
        async with place.gate(table):
            sending = asyncio.create_task(_sent(client, "mới.pdf"))
            await place.until(place.waits)
            # Its bytes were written a moment ago; that they are old is the worst that a clock may say.
            place.kept.age(SAFE_HOURS + 1)
            place.copy.start()

            async def look_is_at_the_bytes() -> bool:
                return place.names() == [] or await place.look.fetchval(_WAITING) == 2

            await place.until(look_is_at_the_bytes)
        sent = await sending
        assert sent["sha256"] == before["sha256"]
        await place.copy.ready()
        await place.until(lambda: place.look.fetchval(_NOBODY_LOOKS))
        assert (await client.get(sent["url"])).content == CONTENT
        assert place.hashes() == {sent["sha256"]}


async def _has_left(place: Place, hashes: set[str]) -> bool:
    return place.hashes() == hashes


async def _is_over(place: Place) -> bool:
    return not await place.waits()


async def test_bytes_that_nothing_names_go_after_seven_days(place: Place) -> None:
    async with place.service.client(scope="registry.read registry.write", area="25-2025") as client:
        before = await _sent(client, "cũ.pdf")
        kept = await _sent(client, "mới.pdf", CONTENT + b"khac")
        await place.look.execute(_MAKE_OLD, before["id"])
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
