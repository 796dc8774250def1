"""Keys are written whole or not at all, and a database is served with the keys that it was used with."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI

from kernel.database.connections import connect
from kernel.runtime.settings import ServiceSettings
from kernel.storage.keys import KeyFile, KeyRefused, write_whole
from kernel.storage.sealing import Sealer
from kernel.storage.signing import links_key
from services.registry.main import create_app as registry
from services.training.main import create_app as training
from tests.support.databases import Databases

ROOT = Path(__file__).resolve().parent.parent.parent
_ON_A_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from kernel.storage.keys import KeyFile
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
KeyFile("registry-links", Path(sys.argv[1])).make()
"""


@pytest.mark.parametrize("room", [0, 7])
def test_a_full_disk_leaves_no_key_and_the_next_start_makes_a_whole_one(tmp_path: Path, room: int) -> None:
    path = tmp_path / "keys" / "registry-links.key"
    command = [sys.executable, "-c", _ON_A_FULL_DISK, str(path), str(room)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert [*path.parent.iterdir()] == []
    key = KeyFile("registry-links", path)
    key_bytes = key.make()
    assert (len(key_bytes), key.read(), stat.S_IMODE(path.stat().st_mode)) == (32, key_bytes, 0o600)


def test_of_two_that_make_a_key_at_once_both_take_the_same(tmp_path: Path) -> None:
    one, other = (KeyFile("funds", tmp_path / "funds.key") for _ in range(2))
    assert one.make() == other.make()


def test_a_file_that_cannot_be_written_whole_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "roles.json"
    write_whole(path, b"old", replace=True)
    command = _ON_A_FULL_DISK.replace(
        'KeyFile("registry-links", Path(sys.argv[1])).make()',
        "from kernel.storage.keys import write_whole; write_whole(Path(sys.argv[1]), b'new' * 9, replace=True)",
    )
    done = subprocess.run([sys.executable, "-c", command, str(path), "5"], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 1
    assert (path.read_bytes(), os.listdir(tmp_path)) == (b"old", ["roles.json"])


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33])
@pytest.mark.parametrize("as_text", [False, True])
def test_a_key_that_is_short_or_no_key_is_refused_and_left_as_it_is(
    tmp_path: Path, content: bytes, as_text: bool
) -> None:
    path = tmp_path / "identity.key"
    path.write_bytes(content)
    with pytest.raises(KeyRefused) as refused:
        KeyFile("identity", path, as_text=as_text).read()
    assert (refused.value.vi.count(str(path)), refused.value.en.count(str(path))) == (1, 1)
    assert path.read_bytes() == content


async def start(create_app: Callable[[ServiceSettings], FastAPI], url: str, home: Path) -> None:
    app = create_app(ServiceSettings(database_url=url, home=home, log_level="ERROR"))
    async with app.router.lifespan_context(app):
        pass


async def test_a_service_does_not_start_with_a_link_key_of_no_bytes(databases: Databases, tmp_path: Path) -> None:
    path = links_key(tmp_path, "registry").path
    path.parent.mkdir()
    path.touch()
    async with databases.emptied("registry") as url:
        with pytest.raises(KeyRefused, match="is damaged"):
            await start(registry, url, tmp_path)
        path.unlink()
        await start(registry, url, tmp_path)
        # Nothing is sealed with it: one that is lost is made anew, but another one is somebody's mistake.
        path.unlink()
        await start(registry, url, tmp_path)
        path.write_bytes(b"x" * 32)
        with pytest.raises(KeyRefused, match="is not the one that this database was used with"):
            await start(registry, url, tmp_path)


async def _seal_a_number(url: str, sealer: Sealer) -> None:
    connection = await connect(url)
    try:
        await connection.execute("SET session_replication_role = replica")
        columns = await connection.fetch(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_name = 'trainee' AND is_nullable = 'NO' AND column_default IS NULL"
        )
        some = {"integer": "1", "uuid": "gen_random_uuid()", "jsonb": "'{}'", "boolean": "false", "date": "now()"}
        values = [some.get(kind, "now()" if kind.startswith("timestamp") else "'x'") for _, kind in columns]
        await connection.execute(
            f"INSERT INTO trainee ({', '.join(name for name, _ in columns)}, id_number_sealed) "
            f"VALUES ({', '.join(values)}, $1)",
            sealer.seal("id_number", "025080000001"),
        )
    finally:
        await connection.close()


async def test_a_database_with_sealed_numbers_is_served_with_the_key_that_sealed_them(
    databases: Databases, tmp_path: Path
) -> None:
    key = tmp_path / "keys" / "training.key"
    async with databases.emptied("training") as url:
        await start(training, url, tmp_path)
        # Nothing is sealed yet: the key may be lost and made anew.
        key.unlink()
        await start(training, url, tmp_path)
        own = key.read_bytes()
        await _seal_a_number(url, Sealer(own, "training"))
        key.unlink()
        with pytest.raises(KeyRefused, match="is missing, and this database holds what was sealed with it"):
            await start(training, url, tmp_path)
        assert not key.exists()
        key.write_bytes(b"y" * 32)
        with pytest.raises(KeyRefused, match="is not the one that this database was used with"):
            await start(training, url, tmp_path)
        # A database of before fingerprints were kept: the key is tried on what is sealed.
        connection = await connect(url)
        await connection.execute("DELETE FROM key_fingerprint")
        await connection.close()
        with pytest.raises(KeyRefused, match="is not the one that this database was used with"):
            await start(training, url, tmp_path)
        key.write_bytes(own)
        await start(training, url, tmp_path)


async def test_a_refusal_to_start_is_told_in_a_sentence_and_no_traceback(databases: Databases, tmp_path: Path) -> None:
    path = links_key(tmp_path, "registry").path
    path.parent.mkdir()
    path.touch()
    async with databases.emptied("registry") as url:
        environment = {**os.environ, "VCA_DATABASE_URL": url, "VCA_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "uvicorn", "--factory", "services.registry.main:create_app", "--port", "0"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: ASYNC221
    assert done.returncode == 3
    assert "is damaged" in done.stderr
    assert "Traceback" not in done.stderr
