"""Who entered something stands by name beside the id in answers: as identity calls them now, and null while that is unknown."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI

from kernel.feed.following import Follower
from kernel.feed.subjects import SUBJECTS, subjects_feed
from kernel.personal_data.erasure import ERASED
from tests.funds.builders import a_fund
from tests.identity.people import Identity, Person
from tests.registry.beside_services.conftest import Beside
from tests.registry.builders import ORGANIZATIONS, PATH, a_cooperative
from tests.support.answers import etag, every_item, ok
from tests.support.client import ApiClient
from tests.support.contract import contract_of
from tests.support.said_nowhere import said_in, said_nowhere
from tests.training.trade_builders import MakeTrade


@pytest.fixture
async def people(identity_app: FastAPI) -> Identity:
    return Identity(identity_app, contract_of("identity"))


@pytest.fixture
async def officer(people: Identity) -> Person:
    return await people.person("registry_officer")


def name_of(person: Person) -> str:
    return f"Nguyễn Văn {person.username}"


async def follow_names(beside: Beside, *services: str) -> None:
    """Let the services follow identity's names up to their present end."""
    for service in services:
        app = beside.apps[service]
        upstream = subjects_feed(app)
        assert upstream is not None
        follower = Follower(app.state.db, upstream, SUBJECTS, wait_seconds=0)
        while not await follower.step():
            pass


async def rename(people: Identity, person: Person, name: str) -> None:
    path = f"/v1/identity/accounts/{person.id}"
    account = ok(await people.http.get(path, headers=await people.admin()))
    headers = {**await people.admin(), **etag(account)}
    ok(await people.http.patch(path, json={"full_name": name}, headers=headers))


async def test_who_entered_an_organization_is_named_once_identity_told_of_them(
    beside: Beside, registry: ApiClient, people: Identity, officer: Person
) -> None:
    entered = ok(await registry.as_(sub=officer.id).post(ORGANIZATIONS, json=a_cooperative()), 201)
    assert (entered["created_by"], entered["created_by_name"]) == (officer.id, None)
    await follow_names(beside, "registry")
    path = f"{ORGANIZATIONS}/{entered['id']}"
    first = await registry.get(path)
    assert ok(first)["created_by_name"] == name_of(officer)
    (listed,) = await every_item(registry, ORGANIZATIONS)
    (picked,) = await every_item(registry, ORGANIZATIONS, fields="created_by_name")
    (found,) = ok(await registry.post(f"{ORGANIZATIONS}/lookup", json={"ids": [entered["id"]]}))["items"]
    for answer in (listed, picked, found["organization"]):
        assert answer["created_by_name"] == name_of(officer)
    # A name is another answer of the same version, and refuses no write.
    await rename(people, officer, "Trần Thị Mới")
    await follow_names(beside, "registry")
    again = await registry.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (ok(again)["created_by_name"], again.json()["version"]) == ("Trần Thị Mới", 1)
    assert again.headers["etag"].startswith('W/"1-')
    ok(await registry.patch(path, json={"name_short": "x"}, headers={"If-Match": first.headers["etag"]}))


async def test_history_and_feed_keep_ids(beside: Beside, registry: ApiClient, officer: Person) -> None:
    entered = ok(await registry.as_(sub=officer.id).post(ORGANIZATIONS, json=a_cooperative()), 201)
    await follow_names(beside, "registry")
    (version,) = ok(await registry.get(f"{ORGANIZATIONS}/{entered['id']}/history"))["items"]
    feed = ok(await registry.get(f"{PATH}/changes", params={"include": "resource"}))["items"]
    for document in (version["content"], *(event["current"] for event in feed)):
        assert document["created_by"] == officer.id
        assert "created_by_name" not in document


async def test_an_organizations_own_user_is_not_told_who_entered_it(
    beside: Beside, registry: ApiClient, officer: Person
) -> None:
    entered = ok(await registry.as_(sub=officer.id).post(ORGANIZATIONS, json=a_cooperative()), 201)
    await follow_names(beside, "registry")
    own = registry.as_(scope="own.read", sub="own", organization_id=entered["id"])
    (listed,) = await every_item(own, ORGANIZATIONS)
    for answer in (listed, ok(await own.get(f"{ORGANIZATIONS}/{entered['id']}"))):
        assert answer["created_by_name"] is None


async def test_every_service_names_who_wrote_and_goes_on_while_identity_is_down(
    beside: Beside, funds: ApiClient, training: ApiClient, people: Identity, officer: Person
) -> None:
    system = await people.system("funds.write")
    await follow_names(beside, "funds", "training")
    beside.wire.cut.add("identity")
    by_person = ok(await funds.as_(sub=officer.id).post("/v1/funds/funds", json=a_fund()), 201)
    by_system = ok(await funds.as_(sub=system.client_id).post("/v1/funds/funds", json=a_fund()), 201)
    by_nobody = ok(await funds.as_(sub="somebody").post("/v1/funds/funds", json=a_fund()), 201)
    names = [fund["created_by_name"] for fund in (by_person, by_system, by_nobody)]
    assert names == [name_of(officer), "Hệ thống thử", None]
    ready: dict[str, Any] = ok(await funds.get("/v1/funds/health/ready"))
    assert {feed["feed"] for feed in ready["follows"]} == {"identity", "registry"}


async def test_a_system_known_to_two_lives_of_identity_has_one_name(
    beside: Beside, funds: ApiClient, people: Identity
) -> None:
    system = await people.system("funds.write")
    await follow_names(beside, "funds")
    db = beside.apps["funds"].state.db
    await db.execute(
        "INSERT INTO followed_subject (id, version, life, subject, name, kind, removed_as)"
        " VALUES (gen_random_uuid(), 1, 0, $1, 'Tên cũ', 'system', 'absent')",
        system.client_id,
    )
    fund = ok(await funds.as_(sub=system.client_id).post("/v1/funds/funds", json=a_fund()), 201)
    assert fund["created_by_name"] == "Hệ thống thử"


async def test_who_recorded_a_step_is_named_inside_it(
    beside: Beside, training: ApiClient, make_training: MakeTrade, officer: Person
) -> None:
    await follow_names(beside, "training")
    event = await make_training.event(is_held=False)
    path = f"/v1/training/trade-events/{event.id}"
    assert ok(await training.as_(area="VN").get(path))["cancellation"] is None
    body = {"reason": "Mưa bão", "cancelled_on": "2023-04-01"}
    written = ok(await training.as_(area="VN", sub=officer.id).post(f"{path}/cancellation", json=body), 201)
    read = await training.as_(area="VN").get(path)
    (listed,) = await every_item(training.as_(area="VN"), "/v1/training/trade-events", id=event.id)
    for answer in (written, ok(read), listed):
        cancellation = answer["cancellation"]
        assert (cancellation["recorded_by"], cancellation["recorded_by_name"]) == (officer.id, name_of(officer))
    (*_, version) = ok(await training.as_(area="VN").get(f"{path}/history"))["items"]
    assert "recorded_by_name" not in version["content"]["cancellation"]
    again = await training.as_(area="VN").get(path, headers={"If-None-Match": read.headers["etag"]})
    assert again.status_code == 304


async def test_who_was_erased_is_named_by_no_service_that_follows(
    beside: Beside, registry: ApiClient, people: Identity
) -> None:
    services = ("registry", "funds", "training", "reporting")
    person = await people.person("registry_officer", full_name="Trần Thị Ngọc Khuê")
    path = (
        f"{ORGANIZATIONS}/{ok(await registry.as_(sub=person.id).post(ORGANIZATIONS, json=a_cooperative()), 201)['id']}"
    )
    await follow_names(beside, *services)
    urls = [beside.apps[service].state.db.url for service in services]
    for url in urls:
        assert await said_in(url, "Ngọc Khuê") == {"followed_subject.name"}
    admin, account = await people.admin(), f"/v1/identity/accounts/{person.id}"
    ok(await people.http.patch(account, json={"is_active": False}, headers={**admin, "If-Match": '"1"'}))
    ground = {"ground": "own_request"}
    ok(await people.http.post(f"{account}/erasure", json=ground, headers={**admin, "If-Match": '"2"'}))
    await follow_names(beside, *services)
    for url in urls:
        await said_nowhere(url, "Ngọc Khuê")
    entered = ok(await registry.get(path))
    assert (entered["created_by"], entered["created_by_name"]) == (person.id, ERASED)
