"""The first key of all is put away under load; known people are found without it, and a key that a value names stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from kernel.database.connections import Database, connect
from kernel.storage.keys import KeyRefused
from kernel.storage.sealing import Sealer
from kernel.values.days import now
from services.identity.runtime import sealer_of
from services.identity.security import keys as signing_keys
from services.identity.security.keys import Rotation
from services.identity.settings import IdentitySettings
from tests.support.databases import Databases, as_service
from tests.vca.keyed_office import Office
from vca.errors import Refusal
from vca.key_rotation import retire_first, rotate
from vca.key_use import SEALED_COLUMNS
from vca.services import SERVICES

pytestmark = pytest.mark.faults

_BY_NO_KEY = {("refresh_token", "successor_sealed")}
"""Sealed under the token before it, which nobody but its holder has."""


@pytest.fixture
async def office(databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    async with databases.clone("funds") as url:
        yield Office(url, tmp_path, monkeypatch)


async def test_the_first_key_of_files_is_put_away_under_load_and_known_people_are_found_without_it(
    office: Office,
) -> None:
    async with office.serving() as funds:
        for _ in range(5):
            await office.add(funds)
        with pytest.raises(Refusal, match="The first key of funds still seals"):
            await office.retire()
        await office.rotate()
        with pytest.raises(Refusal, match="may still be needed"):
            await office.retire()
        await office.later()
        assert await office.unused() == ["funds.key"]
        async with office.load(funds):
            assert await office.retire() is None
        keys = office.home / "keys"
        assert sorted(path.name for path in keys.glob("*.key")) == ["funds-links.key", "funds-marks.key", "funds.2.key"]
        assert (keys / "retired" / "funds.key").stat().st_mode & 0o777 == 0o600
        await office.finds(funds)
    async with office.serving() as funds, office.load(funds):
        await office.rotate()
    async with office.serving() as funds:
        await office.finds(funds)
    assert await office.unused() == []
    with pytest.raises(Refusal, match="was put away already"):
        await office.retire()


async def test_a_first_key_that_a_value_still_names_is_not_put_away(office: Office) -> None:
    async with office.serving() as funds:
        id_ = await office.add(funds)
        await office.rotate()
        await office.later()
        first = Sealer((office.home / "keys" / "funds.key").read_bytes(), "funds")
        await office.sql(
            "UPDATE borrower SET phone_sealed = $2 WHERE id = $1::uuid", id_, first.seal("phone", "0912 345 678")
        )
        with pytest.raises(Refusal, match="1 values of funds are sealed with the first key"):
            await office.retire()
        assert await office.unused() == []
        await office.rotate()
        await office.later()
        assert await office.retire() is None
        await office.finds(funds)


async def test_killed_between_its_steps_the_service_starts_and_the_next_run_goes_on(office: Office) -> None:
    async with office.serving() as funds:
        await office.add(funds)
        await office.rotate()
    await office.later()
    first = (office.home / "keys" / "funds.key").read_bytes()
    await office.retire()
    # As it stands before the last step: the database knows the marks, and the key still lies there.
    (office.home / "keys" / "retired" / "funds.key").unlink()
    (office.home / "keys" / "funds.key").write_bytes(first)
    async with office.serving() as funds:
        await office.finds(funds)
    assert await office.retire() is None
    assert not (office.home / "keys" / "funds.key").exists()
    async with office.serving() as funds:
        await office.finds(funds)


async def test_without_the_marks_or_with_others_no_service_starts(office: Office) -> None:
    async with office.serving() as funds:
        await office.add(funds)
        await office.rotate()
    await office.later()
    await office.retire()
    marks = office.home / "keys" / "funds-marks.key"
    kept = marks.read_bytes()
    for wrong, words in ((None, "is missing"), (bytes(len(kept)), "is not the one"), (b"short", "is damaged")):
        marks.unlink()
        if wrong is not None:
            marks.write_bytes(wrong)
        with pytest.raises(KeyRefused, match=words):
            async with office.serving():
                pass
        marks.write_bytes(kept)
    (office.home / "keys" / "funds.key").write_bytes(b"x" * 32)
    with pytest.raises(KeyRefused, match="is not the one"):
        async with office.serving():
            pass


async def test_a_backup_of_before_is_read_once_the_retired_key_lies_beside_the_others(office: Office) -> None:
    async with office.serving() as funds:
        await office.add(funds)
        before = {name: await office.sql(f"SELECT * FROM {name}") for name in ("key_fingerprint", "borrower")}
        await office.rotate()
    await office.later()
    await office.retire()
    # What a restore of that moment's backup brings back.
    await office.sql("DELETE FROM key_fingerprint")
    for row in before["key_fingerprint"]:
        await office.sql(
            "INSERT INTO key_fingerprint (name, fingerprint) VALUES ($1, $2)", row["name"], row["fingerprint"]
        )
    for row in before["borrower"]:
        await office.sql(
            "UPDATE borrower SET phone_sealed = $2, id_number_sealed = $3 WHERE id = $1::uuid",
            *(row["id"], row["phone_sealed"], row["id_number_sealed"]),
        )
    with pytest.raises(KeyRefused, match=r"funds\.key is missing"):
        async with office.serving():
            pass
    retired = office.home / "keys" / "retired" / "funds.key"
    retired.replace(office.home / "keys" / "funds.key")
    async with office.serving() as funds:
        await office.finds(funds)


@pytest.fixture
async def identity(databases: Databases, tmp_path: Path) -> AsyncIterator[tuple[IdentitySettings, Database]]:
    async with databases.clone("identity") as url:
        database = Database(as_service(url), size=2)
        await database.open()
        yield IdentitySettings(database_url=as_service(url), home=tmp_path), database
        await database.close()


async def test_identity_signs_on_without_its_first_key(identity: tuple[IdentitySettings, Database]) -> None:
    settings, db = identity
    sealer = await sealer_of(settings, db)
    before = await signing_keys.turn(db, sealer, Rotation(), at=now())
    await rotate(settings.database_url, settings.home, "identity")
    await db.execute("UPDATE key_fingerprint SET recorded_at = now() - INTERVAL '48 hours'")
    with pytest.raises(Refusal, match="49 hours"):
        await retire_first(settings.database_url, settings.home, "identity")
    await db.execute("UPDATE key_fingerprint SET recorded_at = now() - INTERVAL '50 hours'")
    await retire_first(settings.database_url, settings.home, "identity")
    assert not (settings.home / "keys" / "identity.key").exists()
    again = await sealer_of(settings, db)
    after = await signing_keys.load(db, again)
    assert [key.kid for key in after.keys] == [key.kid for key in before.keys]
    assert all(key.private is not None for key in after.keys)
    assert again.mark("throttle", "ai") == sealer.mark("throttle", "ai")
    assert again.pepper == sealer.pepper


@pytest.mark.parametrize("service", [each.name for each in SERVICES])
async def test_every_sealed_column_is_looked_at(databases: Databases, service: str) -> None:
    async with databases.clone(service) as url:
        connection: asyncpg.Connection[Any] = await connect(url)
        rows = await connection.fetch(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND column_name LIKE '%sealed%' AND data_type = 'bytea'"
        )
        await connection.close()
    looked_at = {(each.table, column) for each in SEALED_COLUMNS.get(service, ()) for column in each.columns}
    found = {(row["table_name"], row["column_name"]) for row in rows}
    assert found - _BY_NO_KEY == looked_at
