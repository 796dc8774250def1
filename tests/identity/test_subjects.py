"""Identity's names: who follows them learns what people and systems are called, and nothing else of them."""

from __future__ import annotations

from typing import Any

import httpx

from services.identity.bootstrap import ensure_service_clients
from tests.identity.people import Identity, bearer
from tests.support.answers import assert_problem, ok

FEED = "/v1/identity/subjects/changes"


async def follower(identity: Identity, area: str = "VN") -> httpx.AsyncClient:
    """Return a system that may know names, as the platform's services are."""
    system = await identity.system("names.read", area=area)
    token = (await identity.token(auth=system.basic, grant_type="client_credentials")).json()["access_token"]
    return identity.http_as(bearer(token))


async def followed(client: httpx.AsyncClient, after: str | None = None) -> tuple[dict[str, Any], str]:
    """Return what the feed says each subject is called, by subject, and the cursor behind it."""
    params = {"include": "resource", "types": "subject", **({} if after is None else {"after": after})}
    page = ok(await client.get(FEED, params=params))
    return {e["current"]["subject"]: e["current"] for e in page["items"] if e["current"]}, page["next_cursor"]


async def test_people_and_systems_are_told_by_name_and_nothing_else(identity: Identity) -> None:
    person = await identity.person("fund_officer")
    system = await identity.system("registry.read")
    names, _ = await followed(await follower(identity))
    shown = {"version": 1, "alliance": "25-2025"}
    assert names[person.id] == {
        "id": person.id,
        "subject": person.id,
        "name": f"Nguyễn Văn {person.username}",
        "kind": "person",
        **shown,
    }
    assert names[system.client_id] == {
        "id": system.id,
        "subject": system.client_id,
        "name": "Hệ thống thử",
        "kind": "system",
        **shown,
    }
    assert "vca-web" not in names, "an app that people sign in with writes nothing"


async def test_a_rename_is_told_and_not_what_else_changed(identity: Identity) -> None:
    person, client = await identity.person(), await follower(identity)
    _, cursor = await followed(client)
    change = {"full_name": "Trần Thị Mới", "roles": ["registry_officer"]}
    headers = {**await identity.admin(), "If-Match": '"1"'}
    ok(await identity.http.patch(f"/v1/identity/accounts/{person.id}", json=change, headers=headers))
    page = ok(await client.get(FEED, params={"after": cursor, "include": "resource"}))
    (event,) = [event for event in page["items"] if event["resource_id"] == person.id]
    assert (event["type"], event["resource_type"], event["changed"]) == ("subject.changed", "subject", [])
    assert event["current"]["name"] == "Trần Thị Mới"
    assert "registry_officer" not in str(page)
    assert person.username not in str(page)


async def test_the_nations_people_are_told_to_every_alliance(identity: Identity) -> None:
    here, nation = await identity.person(), await identity.person(area="VN")
    abroad = await identity.person(area="40-2025")
    names, cursor = await followed(await follower(identity, "25-2025"))
    assert here.id in names
    assert nation.id in names
    assert abroad.id not in names
    # Who moves to the nation is still known; who moves from there to another alliance is gone.
    client, admin = await follower(identity, "25-2025"), await identity.admin("VN")
    for person, area in ((here, "VN"), (nation, "40-2025")):
        path = f"/v1/identity/accounts/{person.id}"
        ok(await identity.http.patch(path, json={"area": area}, headers={**admin, "If-Match": '"1"'}))
    page = ok(await client.get(FEED, params={"after": cursor, "include": "resource"}))
    last = {event["resource_id"]: event for event in page["items"]}
    assert last[nation.id]["type"] == "subject.removed"
    present = [e["current"] for e in page["items"] if e["resource_id"] == here.id and e["current"]]
    assert present[-1]["alliance"] == "VN"


async def test_names_are_for_the_services_own_clients(identity: Identity, database_url: str, tmp_path: Any) -> None:
    assert_problem(await identity.http.get(FEED, headers=await identity.admin()), 403, "scope_missing")
    clients = await ensure_service_clients(database_url, tmp_path, "VN")
    for name, credentials in clients.items():
        if name == "gateway":  # It tells of calls and asks for no names.
            continue
        token = (await identity.token(auth=credentials, grant_type="client_credentials")).json()["access_token"]
        assert ok(await identity.http.get(FEED, headers=bearer(token)))["items"]
        for path in ("/v1/identity/accounts", "/v1/identity/changes"):
            assert_problem(await identity.http.get(path, headers=bearer(token)), 403, "scope_missing")


async def test_a_follower_proves_that_it_knows_all(identity: Identity) -> None:
    await identity.person()
    client = await follower(identity)
    names, _ = await followed(client)
    (group,) = ok(await client.get(f"{FEED}/checksum", params={"type": "subject"}))["items"]
    assert group["count"] == len(names)
