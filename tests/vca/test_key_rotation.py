"""Keys are rotated while services run: no call fails, nothing stays sealed with the key before, and a kill loses nothing."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from kernel.database.connections import connect
from kernel.runtime.settings import ServiceSettings
from kernel.storage.keyring import PREFIX_BYTES, is_later, later_keys
from kernel.storage.keys import KeyRefused
from kernel.storage.sealing import Sealer
from services.funds.main import create_app
from tests.funds.builders import BORROWERS, SCOPES, a_borrower
from tests.support.answers import assert_problem, ok
from tests.support.client import ApiClient
from tests.support.contract import contract_of
from tests.support.databases import Databases, as_service
from tests.support.tokens import JWKS, PUBLIC_URL
from vca.key_rotation import Rotated, rotate
from vca.key_use import service_keys

pytestmark = pytest.mark.faults

ROOT = Path(__file__).resolve().parent.parent.parent


class Office:
    """A home with keys, the funds' database, and the service that runs on both."""

    def __init__(self, settings: ServiceSettings, app: FastAPI) -> None:
        self.settings, self.home, self.url = settings, settings.home, settings.database_url
        self.funds = ApiClient(app, contract_of("funds"), scope=SCOPES, area="25-2025", sub="fund-officer")
        self._numbers = itertools.count(1)
        self.numbers: dict[str, str] = {}

    @property
    def folder(self) -> Path:
        return self.home / "keys"

    async def add(self) -> str:
        number = f"0250{next(self._numbers):08d}"
        body = a_borrower("member_person", id_number=number, phone="0912 345 678")
        id_: str = ok(await self.funds.post(BORROWERS, json=body), 201)["id"]
        self.numbers[id_] = number
        return id_

    async def read(self, id_: str) -> None:
        params = {"purpose": "inspection"}
        shown = ok(await self.funds.get(f"{BORROWERS}/{id_}/personal-data", params=params))
        assert (shown["id_number"], shown["phone"]) == (self.numbers[id_], "0912 345 678")

    async def rotate(self, batch: int = 7) -> Rotated:
        return await rotate(self.url, self.home, "funds", batch=batch)

    async def newest_prefix(self) -> bytes | None:
        """Return what begins everything that is sealed now."""
        connection = await connect(self.url)
        keys = await service_keys(connection, self.home, "funds")
        await connection.close()
        return keys.ring.newest_prefix

    async def prefixes(self) -> set[bytes]:
        """Return what the sealed values begin with; nothing for the first key's."""
        connection = await connect(self.url)
        rows = await connection.fetch(
            "SELECT phone_sealed AS sealed FROM borrower UNION ALL SELECT id_number_sealed FROM borrower"
        )
        await connection.close()
        sealed = [bytes(row["sealed"]) for row in rows if row["sealed"] is not None]
        return {each[:PREFIX_BYTES] if is_later(each) else b"" for each in sealed}


@pytest.fixture
async def office(databases: Databases, tmp_path: Path) -> AsyncIterator[Office]:
    async with databases.clone("funds") as url:
        service_url = as_service(url)
        settings = ServiceSettings(
            database_url=service_url, public_url=PUBLIC_URL, home=tmp_path, pool_size=6, log_level="ERROR"
        )
        app = create_app(settings)
        app.state.verifier.use_keys(JWKS)
        async with app.router.lifespan_context(app):
            yield Office(settings, app)


async def test_keys_are_rotated_under_load_and_no_call_fails(office: Office) -> None:
    for _ in range(40):
        await office.add()
    assert await office.prefixes() == {b""}, "with one key values look as they did before there were others"
    done = asyncio.Event()

    async def write() -> None:
        while not done.is_set():
            await office.add()

    async def read() -> None:
        while not done.is_set():
            for id_ in list(office.numbers)[:20]:
                await office.read(id_)

    load = [asyncio.create_task(each()) for each in (write, write, read, read)]
    first, second = await office.rotate(), await office.rotate()
    done.set()
    await asyncio.gather(*load)
    assert (first.number, first.is_new, second.number, second.is_new) == (2, True, 3, True)
    assert first.values >= 80
    newest = await office.newest_prefix()
    assert newest is not None
    assert await office.prefixes() == {newest}
    for id_ in office.numbers:
        await office.read(id_)
    # Marks are the first key's still: whoever is known is found.
    known = a_borrower("member_person", id_number=next(iter(office.numbers.values())))
    assert_problem(await office.funds.post(BORROWERS, json=known), 409, "borrower_exists")


async def test_killed_midway_it_goes_on_and_makes_no_further_key(office: Office) -> None:
    for _ in range(60):
        await office.add()
    program = (
        "import asyncio, sys; from pathlib import Path; from vca import key_rotation as k\n"
        "anew, done = k._anew, []\n"
        "def halting(*a):\n    import time; done.append(a); time.sleep(600 * (len(done) > 9)); return anew(*a)\n"
        "k._anew = halting\n"
        "home = Path(sys.argv[2])\n"
        "asyncio.run(k.rotate(sys.argv[1], home, 'funds', batch=3))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, office.url, str(office.home)), env=environment
    )
    end = time.monotonic() + 60
    while len(await office.prefixes()) < 2:
        assert time.monotonic() < end
        assert killed.returncode is None
        await asyncio.sleep(0.02)
    killed.kill()
    await killed.wait()
    assert len(await office.prefixes()) == 2, "it was killed in the middle"
    for id_ in [*office.numbers, await office.add()]:
        await office.read(id_)
    done = await office.rotate()
    assert (done.number, done.is_new, done.kept) == (2, False, ())
    assert len(await office.prefixes()) == 1
    for id_ in office.numbers:
        await office.read(id_)


async def test_a_later_key_is_put_away_once_it_seals_nothing_and_nobody_can_still_write_with_it(office: Office) -> None:
    await office.add()
    await office.rotate()
    done = await office.rotate()
    assert (done.number, done.retired, done.kept) == (3, (), (2,)), "a transaction of before may still be open"
    connection = await connect(office.url)
    await connection.execute(
        "UPDATE key_fingerprint SET recorded_at = now() - INTERVAL '2 hours' WHERE name = 'funds.3'"
    )
    await connection.close()
    done = await office.rotate()
    assert (done.number, done.retired, done.kept) == (4, (2,), (3,))
    assert [key.name for key in later_keys(office.folder, "funds")] == ["funds.3", "funds.4"]
    assert (office.folder / "retired" / "funds.2.key").stat().st_mode & 0o777 == 0o600
    for id_ in office.numbers:
        await office.read(id_)


async def test_a_service_does_not_start_without_a_key_that_its_database_was_used_with(office: Office) -> None:
    await office.add()
    await office.rotate()
    later = office.folder / "funds.2.key"
    kept = later.read_bytes()
    for wrong, words in ((None, "is missing"), (b"k" * 32, "is not the one")):
        later.unlink(missing_ok=True)
        if wrong is not None:
            later.write_bytes(wrong)
        fresh = create_app(office.settings)
        with pytest.raises(KeyRefused, match=words):
            await fresh.router.lifespan_context(fresh).__aenter__()
    later.write_bytes(kept)


def test_what_one_key_sealed_opens_with_the_ring_and_with_no_other(tmp_path: Path) -> None:
    first = b"k" * 32
    alone = Sealer(first, "funds")
    before = alone.seal("phone", "0912")
    assert not is_later(before)
    running = Sealer(first, "funds", tmp_path)
    assert running.open("phone", before) == "0912"
    (tmp_path / "funds.2.key").write_bytes(b"n" * 32)
    os.utime(tmp_path, ns=(1, 1))
    after = running.seal("phone", "0913")
    assert is_later(after), "a process that runs takes up a key from the moment it is there"
    assert (running.open("phone", after), running.open("phone", before)) == ("0913", "0912")
    assert running.mark("id_number", "1") == alone.mark("id_number", "1")
