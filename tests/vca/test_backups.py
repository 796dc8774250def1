"""Backups: checked whole before anything is touched, restored beside the old data, and killed at any moment one of the two."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kernel.database.connections import connect
from kernel.storage.keys import KeyFile
from vca import backups, databases, maintenance, restoring
from vca.cli import app
from vca.errors import Refusal
from vca.postgres import EmbeddedPostgres
from vca.services import SERVICES
from vca.settings import Place

pytestmark = pytest.mark.faults

ROOT = Path(__file__).resolve().parent.parent.parent
State = tuple[dict[str, str], dict[str, str], list[str]]


class Office:
    """A home and its databases, on a server of its own, filled with what a test can tell apart."""

    def __init__(self, home: Path, server: EmbeddedPostgres) -> None:
        self.home, self.server = home, server
        self.urls = {service.name: server.url(service.database) for service in SERVICES}

    def fill(self, mark: str) -> State:
        """Put `mark` into every database and into a file, make keys, and return what there is then."""
        for url in self.urls.values():
            asyncio.run(
                self._run(url, f"DROP TABLE IF EXISTS marked; CREATE TABLE marked AS SELECT '{mark}'::text AS mark")
            )
        blobs = self.home / "files" / "registry" / "blobs" / "ab"
        blobs.mkdir(parents=True, exist_ok=True)
        (blobs / hashlib.sha256(mark.encode()).hexdigest()).write_bytes(mark.encode() * 9)
        key = KeyFile("funds", self.home / "keys" / "funds.key")
        key.path.unlink(missing_ok=True)
        key.make()
        return self.state()

    @staticmethod
    async def _run(url: str, sql: str) -> None:
        connection = await connect(url)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    async def _ask(self, url: str, sql: str) -> list[Any]:
        connection = await connect(url)
        try:
            return [row[0] for row in await connection.fetch(sql)]
        finally:
            await connection.close()

    def state(self) -> State:
        """Return the mark and the feed's life in each database, the hash of each file, and all databases' names."""
        marks = {}
        for name, url in self.urls.items():
            (marks[name],) = asyncio.run(
                self._ask(url, "SELECT mark || ' ' || (SELECT epoch FROM feed_epoch) FROM marked")
            )
        files = {
            str(path.relative_to(self.home)): hashlib.sha256(path.read_bytes()).hexdigest()
            for folder in backups.KEPT_FOLDERS
            for path in (self.home / folder).rglob("*")
            if path.is_file()
        }
        names = "SELECT datname FROM pg_database WHERE datname LIKE 'vca%' ORDER BY 1"
        return marks, files, asyncio.run(self._ask(self.server.url("postgres"), names))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with (
        EmbeddedPostgres(tmp_path_factory.mktemp("server"), quick=True) as running,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("VCA_DATABASE_URL", running.url("postgres"))
        databases.migrate(databases.served(databases.ensure(None), None), lambda _: None)
        yield running


@pytest.fixture
def office(server: EmbeddedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv("VCA_DATABASE_URL", server.url("postgres"))
    monkeypatch.setenv("VCA_HOME", str(tmp_path / "home"))
    return Office(tmp_path / "home", server)


def marks_of(state: State) -> set[str]:
    return {mark.partition(" ")[0] for mark in state[0].values()}


def is_new(now: State, backed_up: State) -> bool:
    """Say whether all is as it was backed up, each feed in a new life, and nothing stands beside it."""
    assert marks_of(now) in ({"old"}, {"new"}), now
    lives = [now[0][name] != backed_up[0][name] for name in now[0]]
    whole = all(now[1].get(name) == digest for name, digest in backed_up[1].items())
    return marks_of(now) == {"new"} and all(lives) and whole and now[2] == backed_up[2]


def test_a_backup_is_verified_and_restored_whole_with_every_feed_in_a_new_life(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    backed_up = office.fill("new")
    maintenance.backup(file, with_keys=True)
    result = CliRunner().invoke(app, ["backup", "--verify", str(file)])
    assert (result.exit_code, result.stdout.splitlines()[1].startswith("Whole and undamaged: ")) == (0, True)
    office.fill("old")
    with pytest.raises(Refusal, match="--replace replaces it"):
        maintenance.restore(file, replace=False)
    maintenance.restore(file, replace=True)
    assert is_new(office.state(), backed_up)
    assert not (office.home / "restore").exists()
    # And what was restored can be backed up and restored in its turn.
    maintenance.backup(file, with_keys=True, overwrite=True)
    maintenance.restore(file, replace=True)
    assert is_new(office.state(), backed_up)


def _vca_backup(*arguments: str) -> tuple[int, str]:
    """Run `vca backup` and return its exit code with what it refused."""
    done = CliRunner().invoke(app, ["backup", *arguments])
    return done.exit_code, str(done.exception or "")


def test_a_backup_takes_the_place_of_no_file_unless_it_is_told_to(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    office.fill("old")
    assert _vca_backup(str(file)) == (0, "")
    before = file.read_bytes()
    office.fill("new")
    code, refused = _vca_backup(str(file))
    assert (code, file.read_bytes() == before) == (1, True)
    assert f"Đã có tệp {file}" in refused
    assert f"There is a file {file} already" in refused
    assert _vca_backup(str(file), "--overwrite") == (0, "")
    assert file.read_bytes() != before
    maintenance.verify(file)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".vca")] == []


def test_a_file_that_came_while_the_databases_were_dumped_stays(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup.tar"
    office.fill("new")
    dumped = backups._dumped

    def somebody_writes(url: str) -> Iterator[bytes]:
        file.write_bytes(b"another backup")
        yield from dumped(url)

    monkeypatch.setattr(backups, "_dumped", somebody_writes)
    with pytest.raises(Refusal, match="There is a file"):
        maintenance.backup(file)
    assert file.read_bytes() == b"another backup"


def test_a_backup_that_fails_on_its_way_leaves_what_was_there(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, fresh = tmp_path / "backup.tar", tmp_path / "fresh.tar"
    office.fill("old")
    maintenance.backup(file)
    before = file.read_bytes()
    dumped = backups._dumped

    def cut_off(url: str) -> Iterator[bytes]:
        yield next(dumped(url))
        raise Refusal("Mất kết nối.", "The connection was lost.")

    monkeypatch.setattr(backups, "_dumped", cut_off)
    for target, overwrite in ((file, True), (fresh, False)):
        with pytest.raises(Refusal, match="was lost"):
            maintenance.backup(target, overwrite=overwrite)
    assert file.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"backup.tar", "home"}, "no half of one, under no name"


def test_keys_that_were_put_away_are_restored_with_the_others(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    office.fill("new")
    retired = KeyFile("funds.2", office.home / "keys" / "retired" / "funds.2.key")
    kept = retired.make()
    backed_up = office.state()
    maintenance.backup(file, with_keys=True)
    office.fill("old")
    retired.path.unlink()
    maintenance.restore(file, replace=True)
    assert is_new(office.state(), backed_up)
    assert retired.path.read_bytes() == kept
    assert retired.path.parent.stat().st_mode & 0o777 == 0o700


def _members(data: bytes) -> list[tuple[str, int, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return [
            (each.name, each.offset_data, data[each.offset_data : each.offset_data + each.size]) for each in archive
        ]


def _packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def _with_manifest(members: dict[str, bytes], **changed: Any) -> bytes:
    """Return an archive whose manifest was changed by somebody who knows how it is sealed."""
    manifest = json.dumps({**json.loads(members["manifest.json"]), **changed}).encode()
    seal = hashlib.sha256(manifest).hexdigest().encode()
    return _packed({**members, "manifest.json": manifest, "manifest.sha256": seal})


def _damages(data: bytes) -> dict[str, bytes]:
    members = _members(data)
    by_name = {name: content for name, _, content in members}
    damages: dict[str, bytes] = {"empty": b"", "no archive": b"x" * 4096, "the end is missing": data[: len(data) // 2]}
    for name, offset, content in members:
        flipped = bytearray(data)
        flipped[offset + len(content) // 2] ^= 0x20
        damages[f"a byte of {name}"] = bytes(flipped)
        header = bytearray(data)
        header[offset - 512] ^= 0x01
        damages[f"the header of {name}"] = bytes(header)
        damages[f"cut off in {name}"] = data[: offset + len(content) // 2]
        damages[f"without {name}"] = _packed({each: it for each, it in by_name.items() if each != name})
    damages["a part too many"] = _packed({**by_name, "keys/other.key": b"x" * 32})
    damages["a part outside"] = _packed({**by_name, "../other.key": b"x" * 32})
    damages["a format of another time"] = _with_manifest(by_name, format=1)
    later = {name.replace("funds.dump.00001", "funds.dump.00002"): content for name, content in by_name.items()}
    parts = {name: hashlib.sha256(content).hexdigest() for name, content in later.items() if "manifest" not in name}
    damages["a dump without its first piece"] = _with_manifest(later, parts=parts)
    damages["a service without its dump"] = _with_manifest(by_name, services=["registry", "insurance"])
    garbage = b"this is no dump"
    parts = {
        **json.loads(by_name["manifest.json"])["parts"],
        "training.dump.00001": hashlib.sha256(garbage).hexdigest(),
    }
    damages["a dump that is none"] = _with_manifest({**by_name, "training.dump.00001": garbage}, parts=parts)
    return damages


def test_a_backup_of_the_format_before_is_restored(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    backed_up = office.fill("new")
    maintenance.backup(file, with_keys=True)
    # Each dump was one part, and keys were always in it.
    members = {name.removesuffix(".00001"): content for name, _, content in _members(file.read_bytes())}
    parts = {name: hashlib.sha256(content).hexdigest() for name, content in members.items() if "manifest" not in name}
    file.write_bytes(_with_manifest(members, parts=parts, format=2))
    office.fill("old")
    maintenance.restore(file, replace=True)
    assert is_new(office.state(), backed_up)


def test_a_dump_of_several_pieces_is_put_together(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup.tar"
    monkeypatch.setattr(backups, "_PIECE_BYTES", 10_000)
    backed_up = office.fill("new")
    maintenance.backup(file, with_keys=True)
    assert len([name for name in maintenance.verify(file).parts if name.startswith("registry.dump.")]) > 5
    office.fill("old")
    maintenance.restore(file, replace=True)
    assert is_new(office.state(), backed_up)


def test_a_backup_damaged_in_any_part_is_refused_and_leaves_everything_as_it_was(
    office: Office, tmp_path: Path
) -> None:
    file = tmp_path / "backup.tar"
    office.fill("new")
    maintenance.backup(file, with_keys=True)
    before = office.fill("old")
    damages = _damages(file.read_bytes())
    assert len(damages) > 35
    for name, data in damages.items():
        file.write_bytes(data)
        if name != "a dump that is none":
            with pytest.raises(Refusal):
                maintenance.verify(file)
        # A restore reads by the same function before it does anything: one damage of each kind goes all the way.
        if name in _TRIED:
            with pytest.raises(Refusal) as refused:
                maintenance.restore(file, replace=True)
            assert "\n" not in refused.value.en, name
            assert office.state() == before, name
            assert not (office.home / "restore").exists(), name
    assert damages.keys() >= _TRIED


_TRIED = {
    "empty",
    "the end is missing",
    "a byte of registry.dump.00001",
    "the header of funds.dump.00001",
    "cut off in funds.dump.00001",
    "without training.dump.00001",
    "without keys/funds.key",
    "a byte of manifest.json",
    "without manifest.sha256",
    "a part outside",
    "a dump without its first piece",
    "a service without its dump",
    "a dump that is none",
}


_KILLED = """
import os, signal, sys
from pathlib import Path
import asyncpg
from vca import maintenance, restoring

def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)

where = sys.argv[2]
if where == "laid out":
    restoring.write_whole = die
elif where == "between two names":
    real = asyncpg.Connection.execute
    async def execute(self, sql, *args, **more):
        if sql.startswith("ALTER DATABASE") and "vca_funds_replaced" in sql:
            die()
        return await real(self, sql, *args, **more)
    asyncpg.Connection.execute = execute
else:
    steps = [*restoring.STEPS]
    at = [step.__name__ for step in steps].index(where)
    restoring.STEPS = (*steps[:at], die)
maintenance.restore(Path(sys.argv[1]), replace=True)
"""


@pytest.mark.parametrize(
    ("where", "comes_out"),
    [
        ("laid out", "old"),
        ("_take_files", "old"),
        ("_swap_databases", "old"),
        ("between two names", "old"),
        ("_take_keys", "new"),
        ("throw_away", "new"),
    ],
)
def test_a_restore_that_is_killed_leaves_the_old_data_or_the_new_and_never_half_of_it(
    office: Office, tmp_path: Path, where: str, comes_out: str
) -> None:
    file = tmp_path / "backup.tar"
    backed_up = office.fill("new")
    maintenance.backup(file, with_keys=True)
    before = office.fill("old")
    done = subprocess.run([sys.executable, "-c", _KILLED, str(file), where], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    # Before anybody settles it, the databases are all of one kind already.
    assert marks_of(office.state()) == {comes_out}
    with pytest.raises(Refusal, match="was cut off"):
        maintenance.backup(tmp_path / "other.tar")
    # As `vca up` does before it starts a service.
    with maintenance.served() as served:
        restoring.settle(office.home, served)
    after = office.state()
    if comes_out == "new":
        assert is_new(after, backed_up)
    else:
        # Files of the backup may have come along: each has the name of its content.
        assert (after[0], after[2]) == (before[0], before[2])
        assert before[1].items() <= after[1].items()
    assert not (office.home / "restore").exists()


def test_a_backup_with_other_keys_is_not_put_under_services_that_run(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    office.fill("new")
    maintenance.backup(file, with_keys=True)
    before = office.fill("old")
    with (office.home / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Refusal, match=r"another key \(funds.key\); stop vca up"):
            maintenance.restore(file, replace=True)
    assert office.state() == before


def test_a_restore_takes_its_name_from_services_that_are_connected(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    backed_up = office.fill("new")
    maintenance.backup(file, with_keys=True)
    office.fill("old")

    async def connected(work: Callable[[], None]) -> None:
        connections = [await connect(url) for url in office.urls.values()]
        await asyncio.to_thread(work)
        for connection in connections:
            assert connection.is_closed()

    asyncio.run(connected(lambda: maintenance.restore(file, replace=True)))
    assert is_new(office.state(), backed_up)


def test_a_backup_of_before_a_service_leaves_it_empty_and_is_not_put_under_services_that_run(
    office: Office, tmp_path: Path
) -> None:
    file, place = tmp_path / "backup.tar", Place.from_environment()
    office.fill("new")
    with maintenance.database_urls() as urls:
        others = {name: url for name, url in urls.items() if name != "reporting"}
        backups.write(file, others, place, with_keys=True)
    before = office.fill("old")
    with (office.home / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Refusal, match=r"before there was reporting; stop vca up"):
            maintenance.restore(file, replace=True)
    assert office.state() == before
    maintenance.restore(file, replace=True)
    with maintenance.served() as served:
        urls = {name: each.url for name, each in served.items()}
        assert "reporting" not in backups.filled(urls)
        databases.migrate(served, lambda _: None)
        assert "reporting" in backups.filled(urls)
    (mark,) = asyncio.run(office._ask(office.urls["registry"], "SELECT mark FROM marked"))
    assert mark == "new"


def test_two_restores_of_one_home_do_not_run_at_once(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    office.fill("new")
    maintenance.backup(file, with_keys=True)
    with (office.home / "restore.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Refusal, match="Another restore"):
            maintenance.restore(file, replace=True)
    assert os.path.exists(file)
