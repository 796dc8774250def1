"""Administrators manage client systems, and change their secrets without an interruption."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from kernel.values.days import now
from tests.identity.people import Identity, System, bearer
from tests.support.answers import assert_problem, every_item, faults, ok

CLIENTS = "/v1/identity/clients"


def a_system(**replaced: Any) -> dict[str, Any]:
    return {
        "client_id": "phu-tho-accounting",
        "name": "Phần mềm kế toán",
        "area": "25-2025",
        "scopes": ["registry.read"],
        **replaced,
    }


def an_app(**replaced: Any) -> dict[str, Any]:
    return {
        "client_id": "another-app",
        "name": "Ứng dụng khác",
        "kind": "public",
        "area": "VN",
        "redirect_uris": ["https://app.example.org/cb"],
        **replaced,
    }


async def _opens(identity: Identity, client_id: str, secret: str) -> bool:
    answer = await identity.token(auth=(client_id, secret), grant_type="client_credentials")
    return answer.status_code == 200


async def test_a_new_system_gets_its_secret_once_and_a_token_with_it(identity: Identity) -> None:
    admin = await identity.admin()
    created = ok(await identity.http.post(CLIENTS, json=a_system(), headers=admin), 201)
    assert await _opens(identity, "phu-tho-accounting", created["client_secret"])
    read = ok(await identity.http.get(f"{CLIENTS}/{created['id']}", headers=admin))
    assert "client_secret" not in read
    assert read["secrets"][0]["hint"] == created["client_secret"][:4]
    stored = str([dict(row) for row in await identity.db.fetch("SELECT * FROM client, history")])
    assert created["client_secret"] not in stored


async def test_a_secret_that_ends_soon_does_not_live_longer_because_another_one_comes(identity: Identity) -> None:
    admin, system = await identity.admin(), await identity.system()
    path = f"{CLIENTS}/{system.id}"
    first = ok(await identity.http.post(f"{path}/secrets", json={"overlap_seconds": 3600}, headers=admin), 201)
    old, new = first["secrets"]
    headers = {**admin, "If-Match": '"2"', "Idempotency-Key": "1"}
    removed = await identity.http.delete(f"{path}/secrets/{new['id']}", headers=headers)
    assert (await identity.http.delete(f"{path}/secrets/{new['id']}", headers=headers)).status_code == 204
    assert removed.status_code == 204
    again = ok(await identity.http.post(f"{path}/secrets", json={"overlap_seconds": 86_400}, headers=admin), 201)
    assert again["secrets"][0] == old


async def test_a_system_without_a_name_for_itself_is_given_one(identity: Identity) -> None:
    body = a_system()
    del body["client_id"]
    created = ok(await identity.http.post(CLIENTS, json=body, headers=await identity.admin()), 201)
    assert created["client_id"] == "c-" + created["id"].replace("-", "")


async def test_a_client_id_is_taken_once(identity: Identity) -> None:
    admin = await identity.admin()
    ok(await identity.http.post(CLIENTS, json=a_system(), headers=admin), 201)
    again = await identity.http.post(CLIENTS, json=a_system(), headers=admin)
    assert_problem(again, 409, "client_id_in_use", client_id="phu-tho-accounting")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (a_system(scopes=[]), {("/scopes", "too_few")}),
        (a_system(scopes=["no.such"]), {("/scopes/0", "not_allowed")}),
        (a_system(area="VN"), {("/area", "outside_area")}),
        (a_system(client_id="Has Blank"), {("/client_id", "wrong_format")}),
        (a_system(redirect_uris=["https://a.example"]), {("/redirect_uris", "public_only")}),
        (a_system(kind="robot"), {("/kind", "not_allowed")}),
        (an_app(area="25-2025"), {("/kind", "not_allowed")}),
    ],
)
async def test_every_fault_of_a_client_is_named(
    identity: Identity, body: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    assert faults(await identity.http.post(CLIENTS, json=body, headers=await identity.admin())) == expected


@pytest.mark.parametrize(
    "uri",
    [
        "http://app.example.org/cb",
        "https://",
        "https://app.example.org/#x",
        "javascript:alert(1)",
        "/cb",
        "https://user@app.example.org/",
        "https://app.example.org/;form-action *",
        "https://ứng.dụng/",
    ],
)
async def test_an_address_that_no_app_should_have_is_refused(identity: Identity, uri: str) -> None:
    body = an_app(redirect_uris=[uri])
    answer = await identity.http.post(CLIENTS, json=body, headers=await identity.admin("VN"))
    assert faults(answer) == {("/redirect_uris/0", "not_a_redirect_uri")}


async def test_the_nation_registers_a_public_app_which_has_no_secret(identity: Identity) -> None:
    admin = await identity.admin("VN")
    created = ok(await identity.http.post(CLIENTS, json=an_app(), headers=admin), 201)
    assert created["client_secret"] is None
    assert created["session_idle_seconds"] == 43_200
    secret = await identity.http.post(f"{CLIENTS}/{created['id']}/secrets", json={}, headers=admin)
    assert_problem(secret, 409, "public_client")
    nothing = an_app(client_id="third-app", redirect_uris=[])
    assert faults(await identity.http.post(CLIENTS, json=nothing, headers=admin)) == {("/redirect_uris", "required")}


async def test_the_addresses_of_the_web_app_are_changed_like_any_record(identity: Identity) -> None:
    admin = await identity.admin("VN")
    web = (await every_item(identity.http_as(admin), CLIENTS, client_id="vca-web"))[0]
    body = {"redirect_uris": ["https://web.example.org/callback"], "allows_loopback": False}
    headers = {**admin, "If-Match": '"1"'}
    assert ok(await identity.http.patch(f"{CLIENTS}/{web['id']}", json=body, headers=headers))["version"] == 2
    assert (await identity.browser().open()).status_code == 400
    assert (await identity.browser().open(redirect_uri="https://web.example.org/callback")).status_code == 200


async def test_a_system_moves_from_one_secret_to_the_other_without_an_interruption(identity: Identity) -> None:
    system = await identity.system()
    admin = await identity.admin()
    path = f"{CLIENTS}/{system.id}/secrets"
    answer = await identity.http.post(path, json={"overlap_seconds": 3600}, headers=admin)
    new = ok(answer, 201)["client_secret"]
    assert await _opens(identity, system.client_id, system.secret)
    assert await _opens(identity, system.client_id, new)
    third = await identity.http.post(path, json={}, headers=admin)
    assert len(assert_problem(third, 409, "two_secrets_live")["secret_ids"]) == 2
    with time_machine.travel(now() + timedelta(seconds=3601)):
        assert not await _opens(identity, system.client_id, system.secret)
        assert await _opens(identity, system.client_id, new)
    assert [entry["resource_id"] for entry in await identity.audited("client_secret.added")] == [system.id]


async def test_a_leaked_secret_is_taken_out_of_use_at_once(identity: Identity) -> None:
    system = await identity.system()
    admin = await identity.admin()
    path = f"{CLIENTS}/{system.id}"
    rotated = ok(await identity.http.post(f"{path}/secrets", json={}, headers=admin), 201)
    leaked = rotated["secrets"][0]["id"]
    assert_problem(await identity.http.delete(f"{path}/secrets/{leaked}", headers=admin), 428, "if_match_missing")
    headers = {**admin, "If-Match": '"2"'}
    assert (await identity.http.delete(f"{path}/secrets/{leaked}", headers=headers)).status_code == 204
    assert not await _opens(identity, system.client_id, system.secret)
    assert await _opens(identity, system.client_id, rotated["client_secret"])
    response = await identity.http.delete(f"{path}/secrets/{leaked}", headers={**admin, "If-Match": '"3"'})
    assert_problem(response, 404, "not_found")


async def test_an_administrator_sees_the_systems_of_its_own_area_only(identity: Identity) -> None:
    here, there = await identity.system(area="25-2025"), await identity.system(area="40-2025")
    admin = await identity.admin("25-2025")
    ids = {item["client_id"] for item in await every_item(identity.http_as(admin), CLIENTS, kind="system")}
    assert here.client_id in ids
    assert there.client_id not in ids
    assert await every_item(identity.http_as(admin), CLIENTS, kind="public") == []
    outside: tuple[System, ...] = (there,)
    for system in outside:
        path = f"{CLIENTS}/{system.id}"
        assert_problem(await identity.http.get(path, headers=admin), 404, "not_found")
        assert_problem(await identity.http.post(f"{path}/secrets", json={}, headers=admin), 404, "not_found")


async def test_disabling_a_system_stops_its_tokens_and_is_in_its_history(identity: Identity) -> None:
    system = await identity.system()
    admin = await identity.admin()
    path = f"{CLIENTS}/{system.id}"
    body = {"is_active": False, "scopes": ["registry.read", "sync.read"], "reason": "Hết hợp đồng"}
    ok(await identity.http.patch(path, json=body, headers={**admin, "If-Match": '"1"'}))
    assert not await _opens(identity, system.client_id, system.secret)
    versions = ok(await identity.http.get(f"{path}/history", headers=admin))["items"]
    assert (versions[1]["reason"], versions[1]["changed"]) == ("Hết hợp đồng", ["is_active", "scopes"])


@pytest.mark.parametrize("body", [{"is_active": False}, {"scopes": ["registry.read"]}, {"area": "25-2025"}])
async def test_a_system_cannot_lock_itself_out(identity: Identity, body: dict[str, Any]) -> None:
    system = await identity.system("identity.admin", area="VN")
    token = (await identity.token(auth=system.basic, grant_type="client_credentials")).json()["access_token"]
    headers = {**bearer(token), "If-Match": '"1"'}
    assert_problem(await identity.http.patch(f"{CLIENTS}/{system.id}", json=body, headers=headers), 409, "own_account")


async def test_what_belongs_to_public_apps_is_refused_for_a_system(identity: Identity) -> None:
    system = await identity.system()
    headers = {**await identity.admin(), "If-Match": '"1"'}
    body = {"allows_loopback": True, "session_idle_seconds": 3600}
    answer = await identity.http.patch(f"{CLIENTS}/{system.id}", json=body, headers=headers)
    assert faults(answer) == {("/allows_loopback", "public_only"), ("/session_idle_seconds", "public_only")}
