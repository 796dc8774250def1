"""Persons whom only records of something else name, and officers who were deleted, are erased again after a restore."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from kernel.personal_data.erasure import ERASED
from kernel.values.days import today
from migrations.grants import grant
from services.registry.main import create_app
from tests.registry.builders import ORGANIZATIONS, PATH, Make, Record
from tests.support.answers import etag, ok
from tests.support.apps import Apps
from tests.support.client import ApiClient
from tests.support.contract import contract_of
from tests.support.databases import Databases, as_service
from tests.support.said_nowhere import said_in, said_nowhere
from tests.support.vca_home import Home, lent_home, vca

GONE, ALSO_GONE, STAYS = "Quách Thị Mây", "Bùi Văn Núi", "Hà Thị Sông"
LEADER, PARTY, OFFICER, FORMER_OFFICER = "Đinh Công Hai", "Xa Văn Ba", "Lường Thị Bốn", "Hoàng Thị Năm"
PHONE, OTHER_PHONE = "0912 345 678", "0987 654 321"
GROUND = {"ground": "own_request", "document_number": "12/ĐN"}


class Office:
    """A registry that can be put back to what it was when it was backed up."""

    def __init__(self, home: Home, apps: Apps) -> None:
        self.home, self.apps, self.url = home, apps, home.urls["registry"]
        self.backup, self.list = home.folder / "backup.tar", home.folder / "erased.ndjson"

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[ApiClient]:
        """Run the registry on what the database holds now."""
        scope = "registry.read registry.write"
        async with (
            self.apps.running(create_app, self.url) as app,
            ApiClient(app, contract_of("registry"), scope=scope, area="VN", sub="officer") as client,
        ):
            if not (self.home.folder / "keys").exists():
                self.home.has_keys(app.state.settings.home / "keys")
            yield client

    async def back_up(self) -> None:
        await vca("backup", str(self.backup), "--with-keys")

    async def restore(self) -> None:
        """Keep the list of who was erased, and put the backup back."""
        self.list.write_text(await vca("personal-data", "erased"))
        await vca("restore", str(self.backup), "--replace")
        # What the server's own user made is not the service's yet.
        await grant(self.url, str(urlsplit(as_service(self.url)).username))

    async def erase_again(self) -> str:
        """Return what `erase-again` says of the registry: erased again, erased already, not there."""
        return await vca("personal-data", "erase-again", str(self.list))


@pytest.fixture
async def office(
    databases: Databases, apps: Apps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Office]:
    async with lent_home(databases, tmp_path, monkeypatch) as home:
        home.signs_in(as_owner=True)
        yield Office(home, apps)


def said(again: int, before: int, gone: int = 0) -> str:
    return f"registry: đã xóa lại / erased again: {again}; vốn đã xóa / erased already: {before}; không còn hồ sơ / no such record: {gone}\n"


def led_by(*names: str) -> dict[str, Any]:
    return {"legal_representatives": [{"full_name": name, "title": "Giám đốc"} for name in names]}


async def erased(client: ApiClient, path: str, version: int, **who: str) -> None:
    answer = await client.post(f"{path}/erasure", json={**GROUND, **who}, headers={"If-Match": f'"{version}"'})
    assert answer.status_code in (200, 204), answer.text


async def deleted(client: ApiClient, path: str, record: dict[str, Any]) -> int:
    """Delete a record; return its last version."""
    assert (await client.delete(path, params={"reason": "Nhập nhầm"}, headers=etag(record))).status_code == 204
    version: int = record["version"] + 1
    return version


async def versions_of(client: ApiClient, organization: Record) -> list[list[str | None]]:
    items = ok(await client.get(f"{ORGANIZATIONS}/{organization.id}/history"))["items"]
    return [[each["full_name"] for each in item["content"]["legal_representatives"]] for item in items]


async def test_each_kind_that_has_no_record_of_its_own_goes_again(office: Office) -> None:
    everybody = (GONE, ALSO_GONE, LEADER, PARTY, OFFICER, FORMER_OFFICER, PHONE)
    async with office.open() as client:
        make = Make(client)
        phones = [{"kind": "phone", "value": number} for number in (OTHER_PHONE, PHONE)]
        organization = await make.organization(**led_by(STAYS, GONE, ALSO_GONE), contacts=phones, reason=f"Bà {GONE}")
        mistaken = await make.team(leader_name=GONE)
        gone_version = await deleted(client, f"{PATH}/member-teams/{mistaken.id}", mistaken)
        team = await make.team(leader_name=LEADER)
        parties = [{"role": "trader", "party_name": name, "party_kind": "household"} for name in (STAYS, PARTY)]
        link = await make.organization()
        chain = await make.chain(organization, {"role": "input_supplier", "organization_id": link.id}, *parties)
        former = await make.officer(
            organization, full_name=FORMER_OFFICER, term_from="2001-01-01", term_to="2005-12-31"
        )
        last = await deleted(client, f"{PATH}/officers/{former.id}", former)
        officer = await make.officer(organization, full_name=OFFICER, term_from="2001-01-01", term_to="2005-12-31")
    await office.back_up()
    async with office.open() as client:
        make, path = Make(client), f"{ORGANIZATIONS}/{organization.id}"
        organization = await make.changed(await make.now(organization), **led_by(ALSO_GONE, STAYS))
        await erased(client, f"{path}/legal-representatives", organization.version, full_name=GONE)
        organization = await make.changed(organization, **led_by(STAYS), reason=f"Ông {ALSO_GONE} nghỉ")
        await erased(client, f"{path}/legal-representatives", organization.version, full_name=ALSO_GONE)
        await erased(client, f"{path}/contacts", organization.version, value=PHONE)
        await erased(client, f"{PATH}/member-teams/{mistaken.id}/leader", gone_version, full_name=GONE)
        team_path = f"{PATH}/member-teams/{team.id}"
        team = Record(ok(await client.patch(team_path, json={"leader_name": STAYS}, headers=etag(team))))
        await erased(client, f"{team_path}/leader", team.version, full_name=LEADER)
        await erased(client, f"{PATH}/value-chains/{chain.id}/parties", chain.version, full_name=PARTY)
        await erased(client, f"{PATH}/officers/{former.id}", last)
        await erased(
            client, f"{PATH}/officers/{officer.id}", await deleted(client, f"{PATH}/officers/{officer.id}", officer)
        )
    await said_nowhere(office.url, *everybody)
    await office.restore()
    assert [name for name in everybody if not await said_in(office.url, name)] == []
    assert [name for name in everybody if name in office.list.read_text()] == []
    assert await office.erase_again() == said(8, 0)
    await said_nowhere(office.url, *everybody)
    assert await office.erase_again() == said(0, 8)
    async with office.open() as client:
        shown = ok(await client.get(path))
        assert (shown["legal_representatives"], shown["contacts"]) == (
            led_by(STAYS)["legal_representatives"],
            phones[:1],
        )
        assert ok(await client.get(team_path))["leader_name"] is None
        links = ok(await client.get(f"{PATH}/value-chains/{chain.id}"))["links"]
        assert [each["party_name"] for each in links] == [None, STAYS, ERASED]
        shown = ok(await client.get(f"{PATH}/officers/{officer.id}"))
        assert (shown["full_name"], shown["erased_on"]) == (ERASED, today().isoformat())


async def test_versions_written_since_the_restore_are_told_from_those_of_before(office: Office) -> None:
    async with office.open() as client:
        make = Make(client)
        organization, other = await make.organization(**led_by(GONE, STAYS)), await make.organization(**led_by(STAYS))
    await office.back_up()
    async with office.open() as client:
        make = Make(client)
        for record, during in ((organization, (STAYS, GONE)), (other, (STAYS, GONE))):
            changed = await make.changed(record, **led_by(*during))
            changed = await make.changed(changed, **led_by(STAYS))
            await erased(client, f"{ORGANIZATIONS}/{record.id}/legal-representatives", changed.version, full_name=GONE)
    await office.restore()
    async with office.open() as client:
        make = Make(client)
        # The second version's second place is another's by now.
        for record in (organization, other):
            await make.changed(
                record, **led_by(GONE, ALSO_GONE) if record is organization else led_by(STAYS, ALSO_GONE)
            )
    assert await office.erase_again() == said(1, 0, 1)
    await said_nowhere(office.url, GONE)
    async with office.open() as client:
        assert await versions_of(client, organization) == [[None, STAYS], [None, ALSO_GONE], [ALSO_GONE]]
        assert await versions_of(client, other) == [[STAYS], [STAYS, ALSO_GONE]]


async def test_words_that_named_somebody_before_the_record_did_go_again(office: Office) -> None:
    async with office.open() as client:
        make = Make(client)
        organization = await make.organization(**led_by(STAYS))
        await make.changed(organization, name_short="Đồng Tâm", reason=f"Bà {GONE} sẽ thay bà {STAYS}")
    await office.back_up()
    async with office.open() as client:
        make = Make(client)
        changed = await make.changed(await make.now(organization), **led_by(GONE))
        changed = await make.changed(changed, **led_by(STAYS))
        await erased(client, f"{ORGANIZATIONS}/{changed.id}/legal-representatives", changed.version, full_name=GONE)
    await office.restore()
    assert await said_in(office.url, GONE) == {"history.reason"}
    assert await office.erase_again() == said(1, 0)
    await said_nowhere(office.url, GONE)
    assert await office.erase_again() == said(0, 1)


async def test_a_list_says_ids_and_places_and_nobody(office: Office) -> None:
    async with office.open() as client:
        make = Make(client)
        organization = await make.organization(**led_by(STAYS, GONE), reason=f"Bà {GONE}")
        organization = await make.changed(organization, **led_by(STAYS))
        await erased(client, f"{ORGANIZATIONS}/{organization.id}/legal-representatives", 2, full_name=GONE)
    line = json.loads(await vca("personal-data", "erased"))
    at = line.pop("erased_at")
    assert line == {
        "service": "registry",
        "subject_type": "legal_representative",
        "subject_id": organization.id,
        **GROUND,
        "erased_on": today().isoformat(),
        "places": [
            {"fields": ["legal_representatives.1.full_name"], "versions": [1]},
            {"fields": [], "versions": [1, 2]},
        ],
    }
    assert at.startswith("20")
    assert at.endswith("+00:00")
