"""Keys that a setting gives are rotated while copies with the settings of before work on; one that was used is missed."""

from __future__ import annotations

import base64
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kernel.storage.keyring import prefix_of
from kernel.storage.keys import KeyRefused
from kernel.storage.sealing import sealing_key
from tests.support.answers import ok
from tests.support.databases import Databases
from tests.vca.keyed_office import ONE, THREE, TWO, Office, given
from vca.errors import Refusal

pytestmark = pytest.mark.faults


@pytest.fixture
async def office(databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    async with databases.clone("funds") as url:
        yield Office(url, tmp_path, monkeypatch)


async def test_keys_of_a_setting_are_rotated_while_copies_with_the_settings_of_before_write_and_read(
    office: Office,
) -> None:
    office.told(ONE)
    async with office.serving() as funds:
        for _ in range(20):
            await office.add(funds)
    with pytest.raises(Refusal, match="comes from VCA_KEYS_FUNDS"):
        await office.rotate()
    office.told(ONE, TWO)
    async with office.serving() as before:
        await office.add(before)
        assert await office.prefixes() == {b""}, "the first of the setting seals"
        office.told(TWO, ONE)
        async with office.serving() as after, office.load(before, after):
            done = await office.rotate()
            assert (done.number, done.is_new) == (2, True)
            assert done.values >= 42
    # What the copy of before wrote meanwhile.
    await office.rotate()
    assert await office.prefixes() == {prefix_of(TWO)}
    async with office.serving() as funds:
        await office.finds(funds)


async def test_the_command_says_which_key_may_be_taken_out_of_the_setting_and_no_copy_starts_without_another(
    office: Office,
) -> None:
    for keys in ((ONE,), (TWO, ONE), (THREE, TWO, ONE)):
        office.told(*keys)
        async with office.serving() as funds:
            await office.add(funds)
    assert await office.prefixes() == {b"", prefix_of(TWO), prefix_of(THREE)}
    office.told(THREE, ONE)
    with pytest.raises(KeyRefused, match="VCA_KEYS_FUNDS lacks a key"):
        async with office.serving():
            pass
    office.told(THREE, TWO, ONE)
    done = await office.rotate()
    assert (done.values, done.places) == (4, ()), "a transaction of before may still be open"
    await office.later()
    assert await office.unused() == ["VCA_KEYS_FUNDS 2", "VCA_KEYS_FUNDS 3"]
    done = await office.rotate()
    assert (done.setting, done.places) == ("VCA_KEYS_FUNDS", (2,))
    office.told(THREE, ONE)
    async with office.serving() as funds:
        await office.finds(funds)


async def test_the_first_key_of_a_setting_is_put_away_for_a_setting_with_its_marks(office: Office) -> None:
    office.told(ONE)
    async with office.serving() as funds:
        await office.add(funds)
    office.told(TWO, ONE)
    async with office.serving() as before:
        await office.rotate()
        await office.later()
        async with office.load(before):
            setting = await office.retire()
    assert setting is not None
    name, _, marks = setting.partition("=")
    assert name == "VCA_KEYS_FUNDS_MARKS"
    assert base64.urlsafe_b64encode(ONE).rstrip(b"=").decode() not in marks
    async with office.serving() as funds:
        await office.finds(funds)  # Started anew before anybody changed its settings.
    office.told(TWO)
    with pytest.raises(KeyRefused, match=r"funds-marks\.key is missing"):
        async with office.serving():
            pass
    office.told(TWO, marks=marks)
    async with office.serving() as funds:
        await office.finds(funds)
        async with office.load(funds):
            await office.rotate()
    assert await office.prefixes() == {prefix_of(TWO)}


async def test_the_key_of_download_links_is_rotated_by_its_setting_with_no_link_lost_while_both_are_given(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    links: list[str] = []
    for keys in ((ONE,), (ONE, TWO), (TWO, ONE), (TWO,)):
        monkeypatch.setenv("VCA_KEYS_FUNDS_LINKS", given(*keys))
        async with office.serving() as funds:
            statuses = [(await funds.get(link)).status_code for link in links]
            # With the old key taken out, five minutes after it last signed.
            assert statuses == ([404, 404, 200] if keys == (TWO,) else [200] * len(links))
            sent = {"file": ("a.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")}
            links.append(ok(await funds.post("/v1/funds/files", files=sent), 201)["url"])
    monkeypatch.setenv("VCA_KEYS_FUNDS_LINKS", given(ONE))
    with pytest.raises(KeyRefused, match="is not the one"):
        async with office.serving():
            pass


def test_several_keys_of_a_setting_are_each_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCA_KEYS_FUNDS", f"{given(TWO, ONE)} short")
    with pytest.raises(KeyRefused, match="VCA_KEYS_FUNDS is damaged"):
        sealing_key(tmp_path, "funds").read_all()
    file = tmp_path / "given"
    monkeypatch.delenv("VCA_KEYS_FUNDS")
    monkeypatch.setenv("VCA_KEYS_FUNDS_FILE", os.fspath(file))
    file.write_text(f"{given(TWO)}\n{given(ONE)}\n")
    assert sealing_key(tmp_path, "funds").read_all() == [TWO, ONE]
    file.write_bytes(ONE)
    assert sealing_key(tmp_path, "funds").read_all() == [ONE]
