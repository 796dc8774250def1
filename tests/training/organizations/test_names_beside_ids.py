"""Classes, trade events and organizations stand by name beside their ids, as they are called now (docs/adr/0012)."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.database.connections import Database
from kernel.values.ids import new_id
from tests.registry.builders import ORGANIZATIONS, Record
from tests.registry.builders import Make as RegistryMake
from tests.support.answers import etag, ok
from tests.support.client import ApiClient
from tests.support.in_process_services import Follow
from tests.support.plans import asked
from tests.training.builders import CLASSES, PATH, REGISTRATIONS, a_person
from tests.training.trade_builders import LINKS, PARTICIPATIONS, MakeTrade


@pytest.fixture
def make(training: ApiClient) -> MakeTrade:
    return MakeTrade(training)


@pytest.fixture
async def organization(register: RegistryMake, follow: Follow) -> Record:
    made = await register.organization()
    await follow()
    return made


def named(organization: dict[str, Any]) -> dict[str, Any]:
    return {name: organization[name] for name in ("id", "name", "type")}


def called(record: dict[str, Any]) -> dict[str, Any]:
    return {"id": record["id"], "name": record["name"]}


async def test_a_persons_part_in_a_class_names_both(training: ApiClient, make: MakeTrade, organization: Record) -> None:
    training_class = await make.training_class(sessions=1, state="open")
    registration = await make.registration(training_class, trainee=a_person(organization_id=organization.id))
    attendance = await make.attendance(
        await make.training_class(state="held"), trainee=a_person(organization_id=organization.id)
    )
    for kind, record in (("registrations", registration), ("attendances", attendance)):
        of = ok(await training.get(f"{CLASSES}/{record.class_id}"))
        (in_class,) = ok(await training.get(f"{CLASSES}/{of['id']}/{kind}"))["items"]
        for document in (record, ok(await training.get(f"{PATH}/{kind}/{record.id}")), in_class):
            assert (document["training_class"], document["organization"]) == (called(of), named(organization))


async def test_a_part_in_an_event_names_both(training: ApiClient, make: MakeTrade, organization: Record) -> None:
    event = await make.event(alliance="25-2025")
    participation = await make.participation(event, organization_id=organization.id)
    link = await make.link(organization_id=organization.id, trade_event_id=event.id)
    for path, record in ((PARTICIPATIONS, participation), (LINKS, link)):
        for document in (record, ok(await training.get(f"{path}/{record.id}")), *ok(await training.get(path))["items"]):
            assert (document["trade_event"], document["organization"]) == (called(event), named(organization))
    elsewhere = await make.link(organization_id=organization.id)
    assert (elsewhere.trade_event_id, elsewhere.trade_event) == (None, None)


async def test_who_is_not_followed_has_no_name_and_a_followed_new_one_shows_at_once(
    training: ApiClient, make: MakeTrade, register: RegistryMake, follow: Follow, organization: Record
) -> None:
    event = await make.event(alliance="25-2025")
    path = f"{PARTICIPATIONS}/{(await make.participation(event, organization_id=organization.id)).id}"
    tag = (await training.get(path)).headers["etag"]
    at_registry = f"{ORGANIZATIONS}/{organization.id}"
    ok(await register.client.patch(at_registry, json={"name": "Hợp tác xã Tên Mới"}, headers=etag(organization)))
    await follow()
    after = await training.get(path, headers={"If-None-Match": tag})
    assert (ok(after)["organization"]["name"], ok(after)["version"]) == ("Hợp tác xã Tên Mới", 1)
    assert after.headers["etag"] != tag


async def test_an_own_user_is_named_what_it_may_read(
    training: ApiClient, make: MakeTrade, organization: Record
) -> None:
    training_class = await make.training_class(state="open")
    own = training.as_(scope="own.read own.write", sub="own", organization_id=organization.id)
    body = {"class_id": training_class.id, "trainee": a_person(organization_id=organization.id)}
    mine = ok(await own.post(REGISTRATIONS, json=body), 201)
    assert (mine["organization"], mine["training_class"]) == (named(organization), called(training_class))
    stranger = training.as_(scope="own.read", sub="other", organization_id=new_id())
    assert ok(await stranger.get(REGISTRATIONS))["items"] == []
    assert organization.name not in (await stranger.get(f"{REGISTRATIONS}/{mine['id']}")).text


async def test_the_roll_calls_an_organization_that_is_gone_as_other_answers_do(
    training: ApiClient, make: MakeTrade, organization: Record, db: Database
) -> None:
    training_class = await make.training_class(sessions=1, state="open")
    registration = await make.registration(training_class, trainee=a_person(organization_id=organization.id))
    await db.execute("UPDATE followed_organization SET removed_as = 'deleted', version = version + 1")
    there = ok(await training.get(f"{REGISTRATIONS}/{registration.id}"))["organization"]
    (person,) = ok(await training.get(f"{CLASSES}/{training_class.id}/roll"))["items"]
    assert person["organization"] == {"id": organization.id, "name": organization.name}
    assert there["name"] == organization.name


async def test_names_cost_no_statement_of_a_page(
    training: ApiClient, make: MakeTrade, organization: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    training_class = await make.training_class(sessions=1, state="open")
    for _ in range(3):
        await make.registration(training_class, trainee=a_person(organization_id=organization.id))
    for path in (REGISTRATIONS, f"{CLASSES}/{training_class.id}/sessions", f"{PATH}/trainees"):
        of_class = path.startswith(CLASSES)
        assert len(await asked(training, monkeypatch, path)) == 1 + of_class, path
