"""The slow look at what is stored: what no row names goes when it is old, and nothing goes where it would be too much."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from kernel.database.connections import Database
from kernel.runtime.metrics import Metrics
from kernel.runtime.settings import ServiceSettings
from kernel.storage import object_store as object_store_module
from kernel.storage import orphans
from kernel.storage.orphans import MOST_BY_CHANCE, SAFE_HOURS, OrphanLook
from kernel.values.ids import new_id
from tests.support.databases import Databases
from tests.support.kept_files import FilesInFolder, FilesInStore, KeptFiles
from tests.support.object_store import object_store

_FILE = """
    INSERT INTO file (id, name, media_type, bytes, sha256, alliance, created_at, created_by)
    VALUES ($1::uuid, 'a.pdf', 'application/pdf', 1, $2, '25-2025', now(), 'x')"""


@pytest.fixture(scope="module")
def store() -> Iterator[FilesInStore]:
    with object_store() as opened:
        yield FilesInStore(opened)


@pytest.fixture(params=["a folder", "an object store"])
def kept(
    request: pytest.FixtureRequest, tmp_path: Path, store: FilesInStore, monkeypatch: pytest.MonkeyPatch
) -> KeptFiles:
    """Where a service keeps files, as its environment tells it."""
    made: KeptFiles = FilesInFolder(tmp_path / "files") if request.param == "a folder" else store
    for name, value in made.settings.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return made


@pytest.fixture
async def app(kept: KeptFiles, databases: Databases, tmp_path: Path) -> AsyncIterator[FastAPI]:
    """As much of a service as keeps files; a name of its own keeps tests apart in one bucket."""
    made = FastAPI()
    made.state.service, made.state.metrics = new_id(), Metrics("registry")
    async with databases.clone("registry") as url:
        made.state.settings = ServiceSettings(database_url=url, home=tmp_path, files_url=kept.settings["VCA_FILES_URL"])
        made.state.db = Database(url, size=4)
        await made.state.db.open()
        yield made
        await made.state.db.close()


def _digest(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


class Shelf:
    """What one service keeps."""

    def __init__(self, app: FastAPI, kept: KeptFiles) -> None:
        self._app, self._kept = app, kept

    def put(self, name: str, *, hours: int) -> None:
        self._kept.put(f"{self._app.state.service}/{name}", b"x")
        self._kept.age(hours, f"{self._app.state.service}/{name}")

    def put_bytes(self, name: str, *, hours: int = SAFE_HOURS + 1) -> None:
        self.put(f"{name[:2]}/{name}", hours=hours)

    def names(self) -> set[str]:
        own = (name.partition(f"{self._app.state.service}/") for name in self._kept.names())
        return {name.rpartition("/")[2] for _, found, name in own if found}


@pytest.fixture
def shelf(app: FastAPI, kept: KeptFiles) -> Shelf:
    return Shelf(app, kept)


async def test_what_no_row_names_goes_when_it_is_old_with_its_small_pictures(app: FastAPI, shelf: Shelf) -> None:
    named, unnamed, young = _digest(1), _digest(2), _digest(3)
    await app.state.db.execute(_FILE, new_id(), named)
    for digest in (named, unnamed):
        shelf.put_bytes(digest)
        shelf.put_bytes(f"{digest}-256")
    shelf.put_bytes(young, hours=SAFE_HOURS - 1)
    shelf.put("ghi-chu.txt", hours=9_000)
    shelf.put_bytes("ghi-chu.txt", hours=9_000)
    await OrphanLook(app).take()
    assert shelf.names() == {named, f"{named}-256", young, "ghi-chu.txt"}, "what is not ours by its name stays"
    page = app.state.metrics.page().decode()
    assert 'vca_orphans_removed_total{kind="attachment",service="registry"} 2.0' in page


async def test_a_file_that_was_not_written_to_its_end_goes_also_beside_the_whole_one(
    app: FastAPI, shelf: Shelf, kept: KeptFiles
) -> None:
    if not isinstance(kept, FilesInFolder):
        return  # An object store shows nothing half written.
    digest = _digest(1)
    await app.state.db.execute(_FILE, new_id(), digest)
    shelf.put_bytes(digest)
    shelf.put_bytes(f"{digest}#1")
    shelf.put_bytes(f"{digest}#2", hours=1)
    await OrphanLook(app).take()
    assert shelf.names() == {digest, f"{digest}#2"}


async def test_a_store_full_of_files_that_the_database_does_not_know_is_left_alone(app: FastAPI, shelf: Shelf) -> None:
    """As a service sees it that was told of another deployment's store."""
    for number in range(MOST_BY_CHANCE + 1):
        shelf.put_bytes(_digest(number))
    await OrphanLook(app).take()
    assert len(shelf.names()) == MOST_BY_CHANCE + 1
    shelf.put_bytes(_digest(0), hours=1)
    await OrphanLook(app).take()
    assert shelf.names() == {_digest(0)}, "what one cleaner that is killed may leave goes"


async def test_a_store_of_many_is_looked_through_by_and_by(
    app: FastAPI, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orphans, "_MOST_NAMES", 3)
    first_letters: dict[str, str] = {}
    for number in range(200):
        first_letters.setdefault(_digest(number)[:2], _digest(number))
    digests = [*first_letters.values()][:9]
    for digest in digests:
        shelf.put_bytes(digest)
    look, left = OrphanLook(app), []
    for _ in range(4):
        await look.take()
        left.append(len(shelf.names()))
    assert left == [6, 3, 0, 0]
    shelf.put_bytes(digests[0])
    await look.take()
    assert shelf.names() == {digests[0]}, "once round, it waits for the next day"


async def test_of_two_copies_one_looks(app: FastAPI, shelf: Shelf) -> None:
    shelf.put_bytes(_digest(1))
    look = OrphanLook(app)
    async with app.state.db.connection() as other:
        await other.execute("SELECT pg_advisory_lock(hashtext('vca orphans'))")
        await look.take()
        assert shelf.names() == {_digest(1)}
        await other.execute("SELECT pg_advisory_unlock(hashtext('vca orphans'))")
    await look.take()
    assert shelf.names() == set()


async def test_files_of_exports_go_after_a_day_though_nobody_asks_for_another(app: FastAPI, shelf: Shelf) -> None:
    old, young = f"exports/organization-{new_id()}.csv", f"exports/organization-{new_id()}.csv"
    shelf.put(old, hours=25)
    shelf.put(young, hours=23)
    await OrphanLook(app).take()
    assert shelf.names() == {young.rpartition("/")[2]}


async def test_an_export_that_was_killed_leaves_nothing_on_the_machine(
    app: FastAPI, kept: KeptFiles, tmp_path: Path
) -> None:
    """What was written of it lies beside the finished ones, or of a store's in a folder of its own among temporary files."""
    if isinstance(kept, FilesInFolder):
        written, at_work = (kept.folder / app.state.service / "exports" / f"{name}.csv.part" for name in "ab")
    else:
        written, at_work = (tmp_path / f"vca-export-{app.state.service}-{name}" / "a.csv.part" for name in "ab")
    for file in (written, at_work):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    then = time.time() - 25 * 3600
    for path in (written, written.parent):
        os.utime(path, (then, then))
    await OrphanLook(app).take()
    assert not written.exists()
    assert at_work.exists()


async def test_an_upload_that_a_killed_export_left_in_a_store_is_ended(app: FastAPI, kept: KeptFiles) -> None:
    """This store says of each upload that it began in 2010; test_unfinished_uploads.py tells those of today apart."""
    if isinstance(kept, FilesInFolder):
        return  # A folder has none.
    assert isinstance(kept, FilesInStore)
    kept.begin(f"{app.state.service}/exports/organization-1.csv")
    kept.begin("another/exports/organization-1.csv")
    await OrphanLook(app).take()
    assert kept.begun() == ["tep/another/exports/organization-1.csv"]
    page = app.state.metrics.page().decode()
    assert 'vca_orphans_removed_total{kind="upload",service="registry"} 1.0' in page


async def test_a_store_that_lists_no_uploads_keeps_nothing_else_from_being_removed(
    app: FastAPI, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object, **__: object) -> int:
        raise httpx.ConnectError("no such list")

    monkeypatch.setattr(object_store_module, "end_uploads", refused)
    shelf.put_bytes(_digest(1))
    shelf.put("exports/organization-1.csv", hours=25)
    await OrphanLook(app).take()
    assert shelf.names() == set()
