"""What one administrator enters of a client system that writes or administers holds once another one confirmed it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from kernel.records.confirmations import PENDING
from services.identity.clients.built_in import take_scopes_never_held
from services.identity.host_confirmation import confirm_on_host
from tests.identity.people import Administrator, Identity, System, bearer
from tests.support.answers import assert_problem, every_item, faults, ok

CLIENTS, APPROVALS = "/v1/identity/clients", "/v1/identity/approvals"
CONFIRM = {"decision": "confirm"}
A_WRITER = {
    "client_id": "phu-tho-accounting",
    "name": "Phần mềm kế toán",
    "area": "25-2025",
    "scopes": ["registry.read", "funds.write"],
}


async def patch(by: Administrator, system: System, **fields: Any) -> httpx.Response:
    path = f"{CLIENTS}/{system.id}"
    return await by.http.patch(path, json=fields, headers={"If-Match": (await by.http.get(path)).headers["etag"]})


async def decide(by: Administrator, id_: str, body: dict[str, Any] = CONFIRM) -> httpx.Response:
    return await by.http.post(f"{CLIENTS}/{id_}/confirmation", json=body)


async def token(identity: Identity, client_id: str, secret: str) -> httpx.Response:
    return await identity.token(auth=(client_id, secret), grant_type="client_credentials")


async def test_a_new_system_that_writes_is_given_no_token_before_it_is_confirmed(identity: Identity) -> None:
    first, second = await identity.administrator(), await identity.administrator()
    created = ok(await first.http.post(CLIENTS, json=A_WRITER), 201)
    assert (created["scopes"], created["pending_scopes"]) == ([], ["registry.read", "funds.write"])
    door = created["client_id"], created["client_secret"]
    assert_problem(await token(identity, *door), 400, "unauthorized_client")
    assert_problem(await decide(first, created["id"]), 403, "same_person")
    (item,) = await every_item(second.http, APPROVALS)
    assert (item["resource_type"], item["title"]) == ("client", "phu-tho-accounting · Phần mềm kế toán")
    after = ok(await second.http.post(item["decision_path"], json=CONFIRM), 201)
    assert (after["scopes"], after["pending_scopes"]) == (["registry.read", "funds.write"], None)
    assert (await token(identity, *door)).json()["scope"] == "registry.read funds.write"
    (entry,) = await identity.audited("access.confirmed")
    assert (entry["actor"], entry["resource_id"]) == (second.id, created["id"])
    assert entry["detail"] == {"scopes": ["registry.read", "funds.write"], "entered_by": first.id}


@pytest.mark.parametrize(
    ("scopes", "fields", "waits"),
    [
        (["registry.read"], {"scopes": ["registry.read", "sync.write"]}, True),
        (["registry.read"], {"scopes": ["identity.admin"]}, True),
        (["registry.write"], {"area": "40-2025"}, True),
        (["registry.read"], {"scopes": ["registry.read", "sync.read"], "area": "40-2025"}, False),
        (["registry.read", "registry.write"], {"scopes": ["registry.write"]}, False),
        (["registry.write"], {"is_active": False}, False),
    ],
)
async def test_what_lets_a_system_write_or_administer_waits_and_nothing_else(
    identity: Identity, scopes: list[str], fields: dict[str, Any], waits: bool
) -> None:
    first, second = await identity.administrator(area="VN"), await identity.administrator(area="VN")
    system = await identity.system(*scopes)
    rights = {name: value for name, value in fields.items() if name != "is_active"}
    before = {"scopes": scopes, "area": "25-2025"}
    changed = ok(await patch(first, system, name="Tên mới", **fields))
    assert (changed["name"], changed["confirmation_state"] == PENDING) == ("Tên mới", waits)
    assert {name: changed[name] for name in rights} == ({name: before[name] for name in rights} if waits else rights)
    if waits:
        assert (changed["pending_scopes"], changed["pending_area"]) == (fields.get("scopes"), fields.get("area"))
        after = ok(await decide(second, system.id), 201)
        assert {name: after[name] for name in rights} == rights


async def test_another_secret_of_a_system_that_writes_opens_nothing_before_it_is_confirmed(identity: Identity) -> None:
    first, second = await identity.administrator(), await identity.administrator()
    system = await identity.system("registry.write")
    path = f"{CLIENTS}/{system.id}/secrets"
    added = ok(await first.http.post(path, json={"overlap_seconds": 0}), 201)
    new = added["client_secret"]
    assert (len(added["secrets"]), added["pending_secret"]["hint"]) == (1, new[:4])
    assert [(await token(identity, system.client_id, secret)).status_code for secret in (system.secret, new)] == [
        200,
        401,
    ]
    assert_problem(await second.http.post(path, json={}), 409, "change_pending", entered_by_name=first.name)
    after = ok(await decide(second, system.id), 201)
    assert (after["pending_secret"], after["secrets"][-1]["id"]) == (None, added["pending_secret"]["id"])
    assert [(await token(identity, system.client_id, secret)).status_code for secret in (system.secret, new)] == [
        401,
        200,
    ]
    assert [entry["actor"] for entry in await identity.audited("client_secret.added")] == [second.id]
    stored = str([dict(row) for row in await identity.db.fetch("SELECT content, detail FROM history, audit")])
    assert new not in stored
    assert "hash" not in stored


async def test_two_secrets_are_live_at_most_also_when_the_second_is_confirmed(identity: Identity) -> None:
    first, second = await identity.administrator(), await identity.administrator()
    system = await identity.system("registry.write")
    path = f"{CLIENTS}/{system.id}/secrets"
    ok(await first.http.post(path, json={}), 201)
    ok(await decide(second, system.id), 201)
    assert len(assert_problem(await first.http.post(path, json={}), 409, "two_secrets_live")["secret_ids"]) == 2


async def test_a_withdrawn_secret_never_opens_and_makes_room(identity: Identity) -> None:
    first = await identity.administrator()
    system = await identity.system("registry.write")
    path = f"{CLIENTS}/{system.id}"
    added = ok(await first.http.post(f"{path}/secrets", json={}), 201)
    withdrawn = ok(await first.http.post(f"{path}/withdrawal", json={"reason": "Nhầm hệ thống"}), 201)
    assert (withdrawn["confirmation_state"], withdrawn["pending_secret"]) == ("withdrawn", None)
    assert (await token(identity, system.client_id, added["client_secret"])).status_code == 401
    ok(await first.http.post(f"{path}/secrets", json={}), 201)


async def test_a_system_never_holds_a_scope_to_approve(identity: Identity) -> None:
    first = await identity.administrator()
    for scope in ("funds.approve", "reports.approve"):
        body = {**A_WRITER, "scopes": ["registry.read", scope]}
        assert faults(await first.http.post(CLIENTS, json=body)) == {("/scopes", "never_approves")}
        refused = await patch(first, await identity.system(), scopes=[scope])
        assert faults(refused) == {("/scopes", "never_approves")}


@pytest.mark.parametrize("taken", ["funds.approve", "requests.report"])
async def test_a_system_of_before_loses_what_none_is_to_have_and_its_tokens(identity: Identity, taken: str) -> None:
    system = await identity.system("funds.read", "funds.write")
    scopes = ["funds.read", "funds.write", taken]
    await identity.db.execute("UPDATE client SET scopes = $1 WHERE id = $2::uuid", scopes, system.id)
    of_before = (await token(identity, *system.basic)).json()["access_token"]
    await take_scopes_never_held(identity.db)
    await take_scopes_never_held(identity.db)
    first = await identity.administrator()
    client = ok(await first.http.get(f"{CLIENTS}/{system.id}"))
    assert (client["scopes"], client["version"]) == (["funds.read", "funds.write"], 2)
    await identity.app.state.revocations.look(identity.app)
    assert_problem(await identity.http.get("/v1/identity/me", headers=bearer(of_before)), 401, "token_revoked")
    assert (await token(identity, *system.basic)).json()["scope"] == "funds.read funds.write"


async def test_no_administrators_give_a_system_what_the_gateway_alone_holds(identity: Identity) -> None:
    first = await identity.administrator(area="VN")
    body = {**A_WRITER, "area": "VN", "scopes": ["registry.read", "requests.report"]}
    assert faults(await first.http.post(CLIENTS, json=body)) == {("/scopes", "gateway_only")}
    refused = await patch(first, await identity.system(), scopes=["requests.report"])
    assert faults(refused) == {("/scopes", "gateway_only")}


@pytest.mark.parametrize("client_id", ["service-gateway", "service-statistics", "d-0192c7e0000070008000"])
async def test_no_administrator_takes_a_name_of_the_platforms_own_systems(identity: Identity, client_id: str) -> None:
    first = await identity.administrator(area="VN")
    body = {**A_WRITER, "client_id": client_id, "area": "VN", "scopes": ["registry.read"]}
    assert faults(await first.http.post(CLIENTS, json=body)) == {("/client_id", "reserved")}


async def test_the_gateways_own_system_keeps_what_it_has_and_another_secret_of_it_takes_two(identity: Identity) -> None:
    first, second = await identity.administrator(area="VN"), await identity.administrator(area="VN")
    gateway = await identity.system("requests.report", area="VN", client_id="service-gateway")
    await take_scopes_never_held(identity.db)
    kept = ok(await patch(first, gateway, scopes=["requests.report"], name="Cổng"))
    assert (kept["scopes"], kept["confirmation_state"]) == (["requests.report"], None)
    added = ok(await first.http.post(f"{CLIENTS}/{gateway.id}/secrets", json={}), 201)
    assert (await token(identity, gateway.client_id, added["client_secret"])).status_code == 401
    ok(await decide(second, gateway.id), 201)
    assert (await token(identity, gateway.client_id, added["client_secret"])).json()["scope"] == "requests.report"


async def test_a_system_raises_nothing_of_its_own(identity: Identity) -> None:
    system = await identity.system("identity.admin")
    headers = bearer((await token(identity, *system.basic)).json()["access_token"])
    body = {"scopes": ["identity.admin", "registry.read"]}
    answer = await identity.http.patch(f"{CLIENTS}/{system.id}", json=body, headers={**headers, "If-Match": '"1"'})
    assert_problem(answer, 409, "own_rights")


async def test_who_entered_a_systems_secret_does_not_confirm_what_the_system_enters(
    identity: Identity, database_url: str
) -> None:
    first, second = await identity.administrator(), await identity.administrator()
    made = ok(await first.http.post(CLIENTS, json={**A_WRITER, "scopes": ["identity.admin"]}), 201)
    ok(await decide(second, made["id"]), 201)
    added = ok(await second.http.post(f"{CLIENTS}/{made['id']}/secrets", json={}), 201)
    ok(await decide(first, made["id"]), 201)
    headers = bearer((await token(identity, made["client_id"], added["client_secret"])).json()["access_token"])
    path = f"{CLIENTS}/{made['id']}"
    seen = {"If-Match": (await first.http.get(path)).headers["etag"]}
    assert (await first.http.delete(f"{path}/secrets/{made['secrets'][0]['id']}", headers=seen)).status_code == 204
    system = await identity.system()
    seen = {"If-Match": '"1"'}
    ok(await identity.http_as(headers).patch(f"{CLIENTS}/{system.id}", json={"scopes": ["sync.write"]}, headers=seen))
    for each in (first, second):
        assert_problem(await decide(each, system.id), 403, "same_person", prepared_by=made["client_id"])
    await confirm_on_host(database_url, system.client_id)
    assert ok(await first.http.get(f"{CLIENTS}/{system.id}"))["scopes"] == ["sync.write"]


async def test_a_system_of_the_nations_only_administrator_is_confirmed_on_the_host(
    identity: Identity, database_url: str
) -> None:
    only = await identity.administrator(area="VN")
    created = ok(await only.http.post(CLIENTS, json={**A_WRITER, "area": "VN"}), 201)
    await confirm_on_host(database_url, "phu-tho-accounting")
    assert ok(await only.http.get(f"{CLIENTS}/{created['id']}"))["scopes"] == A_WRITER["scopes"]
