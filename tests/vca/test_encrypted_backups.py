"""Backups without keys, and encrypted ones: restored by whoever holds what belongs to them, else refused untouched."""

from __future__ import annotations

import asyncio
import hashlib
import re
import shutil
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import pyrage
import pytest
from typer.testing import CliRunner

from kernel.database.connections import connect
from kernel.storage import keys
from kernel.storage.keys import KeyFile
from kernel.storage.last_backup import last_backup
from tests.vca.test_backups import Office, is_new, office, server
from vca import backups, maintenance
from vca.cli import app
from vca.encryption import Recipients, decrypting, encrypting, identities_of, make_identity, recipients_of
from vca.errors import Refusal

pytestmark = pytest.mark.faults
__all__ = ["office", "server"]


def _use(office: Office) -> None:
    """Have the funds' database know the key that it is used with, as a service does at its start."""

    async def use() -> None:
        connection = await connect(office.urls["funds"])
        try:
            await connection.execute("DELETE FROM key_fingerprint")
            await keys.settle(connection, KeyFile("funds", office.home / "keys" / "funds.key"))
        finally:
            await connection.close()

    asyncio.run(use())


@pytest.fixture
def used(office: Office) -> Office:
    office.fill("new")
    _use(office)
    return office


def _keep_keys(office: Office, folder: Path) -> None:
    shutil.copytree(office.home / "keys", folder / "keys")


def _put_keys_back(office: Office, folder: Path) -> None:
    shutil.rmtree(office.home / "keys")
    shutil.copytree(folder / "keys", office.home / "keys")


def test_a_backup_leaves_keys_out_and_goes_back_onto_a_home_that_has_them(used: Office, tmp_path: Path) -> None:
    file = tmp_path / "backups" / "backup.tar"
    backed_up = used.state()
    done = CliRunner().invoke(app, ["backup", str(file)])
    assert done.exit_code == 0
    assert "Without keys: keep VCA_HOME/keys somewhere else" in done.output
    assert not maintenance.verify(file).has_keys
    assert (used.home / "keys" / "funds.key").read_bytes() not in file.read_bytes()
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(file.parent.stat().st_mode)) == (0o600, 0o700)
    _keep_keys(used, tmp_path)
    used.fill("old")
    _use(used)
    _put_keys_back(used, tmp_path)
    maintenance.restore(file, replace=True)
    assert is_new(used.state(), backed_up)


@pytest.mark.parametrize("here", ["other keys", "no keys"])
def test_a_backup_without_keys_is_not_put_under_other_keys_or_sealed_data_under_none(
    used: Office, tmp_path: Path, here: str
) -> None:
    file = tmp_path / "backup.tar"
    if here == "no keys":
        asyncio.run(used._run(used.urls["identity"], _A_SEALED_SIGNING_KEY))
    try:
        maintenance.backup(file)
        used.fill("old")
        _use(used)
        if here == "no keys":
            shutil.rmtree(used.home / "keys")
        before = used.state()
        with pytest.raises(Refusal) as refused:
            maintenance.restore(file, replace=True)
        assert "copy the keys of the deployment that was backed up there" in refused.value.en
        assert "hãy chép các khóa" in refused.value.vi
        assert "\n" not in refused.value.en
        assert used.state() == before
        assert not (used.home / "restore").exists()
    finally:
        asyncio.run(used._run(used.urls["identity"], "DELETE FROM signing_key"))


_A_SEALED_SIGNING_KEY = """
    INSERT INTO signing_key (kid, public_jwk, private_sealed, created_at, active_from)
    VALUES ('k', '{}', 'sealed with a key that is not here', now(), now())"""


def test_an_encrypted_backup_is_read_and_restored_with_its_identity_alone(used: Office, tmp_path: Path) -> None:
    file, mine, other = tmp_path / "backup.tar.age", tmp_path / "mine.key", tmp_path / "other.key"
    made = CliRunner().invoke(app, ["backup-key", str(mine)])
    recipient = made.output.strip()
    assert stat.S_IMODE(mine.stat().st_mode) == 0o600
    second = tmp_path / "recipients.txt"
    second.write_text(f"# the safe\n{make_identity(tmp_path / 'safe.key')}\n")
    backed_up = used.state()
    arguments = ["backup", str(file), "--with-keys", "--encrypt-to", recipient, "--encrypt-to", str(second)]
    done = CliRunner().invoke(app, arguments)
    assert (done.exit_code, "encrypted" in done.output) == (0, True)
    assert (used.home / "keys" / "funds.key").read_bytes() not in file.read_bytes()
    assert b"PGDMP" not in file.read_bytes()
    used.fill("old")
    make_identity(other)
    before = used.state()
    for identity, says in ((None, "name the file of the secret key with --identity"), (other, "to none of the keys")):
        with pytest.raises(Refusal, match=says):
            maintenance.verify(file, identity)
        with pytest.raises(Refusal, match=says):
            maintenance.restore(file, replace=True, identity=identity)
    assert used.state() == before
    assert maintenance.verify(file, tmp_path / "safe.key").has_keys
    maintenance.restore(file, replace=True, identity=mine)
    assert is_new(used.state(), backed_up)


def test_an_encrypted_backup_that_was_touched_anywhere_is_refused_and_changes_nothing(
    used: Office, tmp_path: Path
) -> None:
    file, mine = tmp_path / "backup.tar.age", tmp_path / "mine.key"
    maintenance.backup(file, with_keys=True, encrypt_to=[make_identity(mine)])
    used.fill("old")
    before = used.state()
    whole = file.read_bytes()
    damages = {f"cut off at {at}": whole[:at] for at in (10, 150, 70_000, len(whole) // 2, len(whole) - 1)}
    for at in (3, 60, 180, 300, 70_000, len(whole) // 2, len(whole) - 1):
        flipped = bytearray(whole)
        flipped[at] ^= 1
        damages[f"byte {at}"] = bytes(flipped)
    damages["something behind it"] = whole + b"x"
    for name, data in damages.items():
        file.write_bytes(data)
        with pytest.raises(Refusal) as refused:
            maintenance.verify(file, mine)
        assert "nothing was changed" in refused.value.en, name
    for name in ("byte 70000", f"cut off at {len(whole) - 1}", "byte 60"):
        file.write_bytes(damages[name])
        with pytest.raises(Refusal):
            maintenance.restore(file, replace=True, identity=mine)
        assert used.state() == before, name
        assert not (used.home / "restore").exists()


def test_who_gives_no_proper_key_is_told_so_before_anything_is_read(used: Office, tmp_path: Path) -> None:
    mine, empty = tmp_path / "mine.key", tmp_path / "empty"
    recipient = make_identity(mine)
    empty.write_text("# nobody\n")
    with pytest.raises(Refusal, match="There is a file"):
        make_identity(mine)
    for given, says in (
        ("age1nobody", "--encrypt-to: that is no age key"),
        (str(empty), "has no key age1"),
        (str(tmp_path / "nowhere"), "cannot be read: give age1"),
        # The secret half, by mistake: it is not said back.
        (str(mine), re.escape(f"{mine}:2: that is no age key")),
    ):
        with pytest.raises(Refusal, match=says) as refused:
            maintenance.backup(tmp_path / "backup.tar", encrypt_to=[given])
        assert "AGE-SECRET" not in str(refused.value)
    assert not (tmp_path / "backup.tar").exists()
    public = tmp_path / "public"
    public.write_text(recipient)
    with pytest.raises(Refusal, match="that is no age key"):
        maintenance.restore(_any(tmp_path), replace=True, identity=public)


def _any(folder: Path) -> Path:
    (folder / "any").write_bytes(b"x")
    return folder / "any"


def _encrypt(out: IO[bytes], recipients: Recipients, piece: bytes) -> None:
    with encrypting(out, recipients) as inside:
        for _ in range(64):
            inside.write(piece)


def test_a_stream_is_encrypted_as_it_comes_and_a_full_disk_is_told_of(tmp_path: Path) -> None:
    recipients = recipients_of([make_identity(tmp_path / "key")])
    piece = bytes(range(256)) * 4096
    whole = tmp_path / "whole"
    with whole.open("wb") as out:
        _encrypt(out, recipients, piece)
    read = hashlib.sha256()
    with decrypting(whole, identities_of(tmp_path / "key")) as inside:
        while data := inside.read(1 << 20):
            read.update(data)
    assert read.hexdigest() == hashlib.sha256(piece * 64).hexdigest()
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(OSError, match="No space left"):
        _encrypt(full, recipients, piece)


def test_the_newest_backup_is_noted_without_saying_where_it_lies(used: Office, tmp_path: Path) -> None:
    assert last_backup(used.home) is None
    file = tmp_path / "backup.tar"
    made = maintenance.backup(file, encrypt_to=[str(pyrage.x25519.Identity.generate().to_public())])
    assert last_backup(used.home) == made
    assert made.bytes == file.stat().st_size
    assert timedelta() <= datetime.now(UTC) - made.made_at < timedelta(minutes=1)
    assert (made.is_encrypted, made.has_keys) == (True, False)
    note = used.home / "run" / "last-backup.json"
    assert str(tmp_path) not in note.read_text()
    with pytest.raises(Refusal):
        maintenance.backup(tmp_path / "key" / "backup.tar", encrypt_to=["age1nobody"])
    assert last_backup(used.home) == made
    note.write_text("{")
    assert last_backup(used.home) is None


def test_a_password_is_no_argument_of_a_program() -> None:
    address, environment = backups.without_password("postgresql://vca:p%40ss@one:5432,two:5433/vca_funds?a=b")
    assert address == "postgresql://vca@one:5432,two:5433/vca_funds?a=b"
    assert environment["PGPASSWORD"] == "p@ss"
    assert backups.without_password("postgresql://one/vca_funds")[0] == "postgresql://one/vca_funds"
