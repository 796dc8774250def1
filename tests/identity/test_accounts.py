"""Administrators manage the accounts of their area."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.values.ids import new_id
from tests.identity.people import ORGANIZATION, Identity, bearer, form_of, sent_back
from tests.support.answers import assert_problem, etag, every_item, faults, ok

ACCOUNTS = "/v1/identity/accounts"


def an_account(**replaced: Any) -> dict[str, Any]:
    return {
        "username": "lan.nguyen",
        "full_name": "Nguyễn Thị Lan",
        "roles": ["registry_officer"],
        "area": "25-2025",
        **replaced,
    }


async def test_a_new_account_signs_in_with_its_one_time_password_and_chooses_another(identity: Identity) -> None:
    admin = await identity.admin()
    answer = await identity.http.post(ACCOUNTS, json=an_account(), headers=admin)
    created = ok(answer, 201)
    assert answer.headers["location"] == f"{ACCOUNTS}/{created['id']}"
    assert answer.headers["etag"].startswith('W/"1-')
    assert answer.headers["cache-control"] == "no-store"
    assert created["must_change_password"] is True
    assert created["scopes"] == ["registry.read", "registry.write", "funds.read", "training.read", "reports.read"]
    browser = identity.browser()
    page = await browser.submit(await browser.open(), username="lan.nguyen", password=created["one_time_password"])
    new = "mật khẩu của riêng tôi"
    assert "code" in sent_back(await browser.submit(page, new_password=new, new_password_again=new))
    read = ok(await identity.http.get(f"{ACCOUNTS}/{created['id']}", headers=admin))
    assert read["must_change_password"] is False
    assert "one_time_password" not in read


async def test_the_same_account_sent_again_is_the_same_account(identity: Identity) -> None:
    admin = await identity.admin()
    body = an_account(id=new_id())
    ok(await identity.http.post(ACCOUNTS, json=body, headers=admin), 201)
    again = ok(await identity.http.post(ACCOUNTS, json=body, headers=admin))
    assert again["one_time_password"] is None
    other = await identity.http.post(ACCOUNTS, json={**body, "full_name": "Khác"}, headers=admin)
    assert_problem(other, 409, "id_in_use", id=body["id"])


async def test_a_replayed_key_tells_the_password_again_though_it_is_stored_sealed(identity: Identity) -> None:
    headers = {**await identity.admin(), "Idempotency-Key": "a lost answer"}
    first = await identity.http.post(ACCOUNTS, json=an_account(), headers=headers)
    again = await identity.http.post(ACCOUNTS, json=an_account(), headers=headers)
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["location"] == first.headers["location"]
    kept = await identity.db.fetchval("SELECT body FROM idempotency_key")
    assert first.json()["one_time_password"].encode() not in kept
    reused = await identity.http.post(ACCOUNTS, json=an_account(username="another"), headers=headers)
    assert_problem(reused, 422, "idempotency_key_reused")


async def test_a_name_is_taken_once_whatever_its_case(identity: Identity) -> None:
    admin = await identity.admin()
    ok(await identity.http.post(ACCOUNTS, json=an_account(), headers=admin), 201)
    again = await identity.http.post(ACCOUNTS, json=an_account(username="Lan.Nguyen"), headers=admin)
    assert_problem(again, 409, "username_in_use", username="lan.nguyen")


@pytest.mark.parametrize(
    ("replaced", "expected"),
    [
        ({"username": "a"}, {("/username", "wrong_format")}),
        ({"username": "có dấu"}, {("/username", "wrong_format")}),
        ({"full_name": "  "}, {("/full_name", "blank")}),
        ({"full_name": "x" * 101}, {("/full_name", "too_long")}),
        ({"roles": []}, {("/roles", "too_few")}),
        ({"roles": ["emperor"]}, {("/roles/0", "not_allowed")}),
        ({"roles": "viewer"}, {("/roles", "not_a_list")}),
        ({"roles": ["viewer", "cooperative_user"]}, {("/roles", "stands_alone")}),
        ({"area": "25-2008"}, {("/area", "unknown_area")}),
        ({"area": "99-2025"}, {("/area", "unknown_area")}),
        ({"area": 25}, {("/area", "not_a_string")}),
        ({"area": "40-2025"}, {("/area", "outside_area")}),
        ({"area": "VN"}, {("/area", "outside_area")}),
        ({"roles": ["cooperative_user"]}, {("/organization_id", "required")}),
        ({"organization_id": ORGANIZATION}, {("/organization_id", "not_null")}),
        ({"organization_id": "x"}, {("/organization_id", "wrong_format")}),
        ({"password": "x"}, {("/password", "unknown_field")}),
        ({"username": None, "area": "x"}, {("/username", "not_a_string"), ("/area", "unknown_area")}),
    ],
)
async def test_every_fault_of_an_account_is_named(
    identity: Identity, replaced: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    answer = await identity.http.post(ACCOUNTS, json=an_account(**replaced), headers=await identity.admin())
    assert faults(answer) == expected
    assert await identity.db.fetchval("SELECT count(*) FROM account") == 0


async def test_a_change_needs_the_version_it_was_made_on(identity: Identity) -> None:
    admin = await identity.admin()
    path = f"{ACCOUNTS}/{(await identity.person()).id}"
    body = {"full_name": "Tên mới"}
    assert_problem(await identity.http.patch(path, json=body, headers=admin), 428, "if_match_missing")
    changed = ok(await identity.http.patch(path, json=body, headers={**admin, "If-Match": '"1"'}))
    assert (changed["full_name"], changed["version"]) == ("Tên mới", 2)
    stale = await identity.http.patch(path, json=body, headers={**admin, "If-Match": '"1"'})
    assert assert_problem(stale, 412, "stale")["current"]["version"] == 2


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"full_name": None}, {("/full_name", "not_a_string")}),
        ({"roles": ["cooperative_user"]}, {("/organization_id", "required")}),
        ({"area": "40-2025"}, {("/area", "outside_area")}),
        ({"username": "other"}, {("/username", "unknown_field")}),
        ({"is_active": "no"}, {("/is_active", "not_a_boolean")}),
    ],
)
async def test_every_fault_of_a_change_is_named(
    identity: Identity, body: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    path = f"{ACCOUNTS}/{(await identity.person()).id}"
    headers = {**await identity.admin(), "If-Match": '"1"'}
    assert faults(await identity.http.patch(path, json=body, headers=headers)) == expected


async def test_an_administrator_sees_its_own_area_only(identity: Identity) -> None:
    here, there = await identity.person(area="25-2025"), await identity.person(area="40-2025")
    nation = await identity.person("administrator", area="VN")
    admin = await identity.admin("25-2025")
    assert [item["id"] for item in await every_item(identity.http_as(admin), ACCOUNTS)] == [here.id]
    for outside in (there, nation):
        path = f"{ACCOUNTS}/{outside.id}"
        assert_problem(await identity.http.get(path, headers=admin), 404, "not_found")
        assert_problem(await identity.http.get(f"{path}/history", headers=admin), 404, "not_found")
        assert_problem(await identity.http.post(f"{path}/password-reset", json={}, headers=admin), 404, "not_found")
        change = await identity.http.patch(path, json={"is_active": False}, headers={**admin, "If-Match": '"1"'})
        assert_problem(change, 404, "not_found")
    all_of_them = await every_item(identity.http_as(await identity.admin("VN")), ACCOUNTS, limit=1)
    assert {item["id"] for item in all_of_them} == {here.id, there.id, nation.id}


async def test_a_national_administrator_moves_an_account_and_the_old_area_loses_sight_of_it(identity: Identity) -> None:
    person = await identity.person(area="25-2025")
    path = f"{ACCOUNTS}/{person.id}"
    national = await identity.admin("VN")
    moved = ok(await identity.http.patch(path, json={"area": "40-2025"}, headers={**national, "If-Match": '"1"'}))
    assert moved["area"] == "40-2025"
    assert_problem(await identity.http.get(path, headers=await identity.admin("25-2025")), 404, "not_found")
    rows = await identity.db.fetch("SELECT alliance, type FROM change WHERE type = 'account.removed'")
    assert [dict(row) for row in rows] == [{"alliance": "25-2025", "type": "account.removed"}]


async def test_a_moved_account_is_removed_from_the_feed_of_those_who_lose_it_and_of_nobody_else(
    identity: Identity,
) -> None:
    person = await identity.person(area="25-2025")
    headers = {**await identity.admin("VN"), "If-Match": '"1"'}
    ok(await identity.http.patch(f"{ACCOUNTS}/{person.id}", json={"area": "40-2025"}, headers=headers))
    events = {}
    for area in ("VN", "25-2025", "40-2025"):
        page = ok(await identity.http.get("/v1/identity/changes?types=account", headers=await identity.admin(area)))
        of_it = [event for event in page["items"] if event["resource_id"] == person.id]
        events[area] = [(event["type"], event["resource_version"]) for event in of_it]
    assert events == {
        "VN": [("account.created", 1), ("account.changed", 2)],
        "25-2025": [("account.created", 1), ("account.removed", 2)],
        "40-2025": [("account.changed", 2)],
    }


async def test_the_feed_of_identity_has_no_exports_and_is_read_from_its_beginning(identity: Identity) -> None:
    types = ok(await identity.http.get("/v1/identity/changes/types", headers=await identity.admin()))
    assert [(item["type"], item["export_type"]) for item in types["items"]] == [("account", None), ("client", None)]
    assert (types["exports"], types["keep_cursor_of"]) == (None, None)


async def test_disabling_an_account_ends_its_sessions(identity: Identity) -> None:
    person = await identity.person()
    tokens = await identity.signed_in(person)
    headers = {**await identity.admin(), "If-Match": '"1"'}
    path = f"{ACCOUNTS}/{person.id}"
    disabled = ok(await identity.http.patch(path, json={"is_active": False, "reason": "Nghỉ việc"}, headers=headers))
    assert disabled["is_active"] is False
    assert_problem(await identity.refresh(tokens["refresh_token"]), 400, "invalid_grant")
    enabled = await identity.http.patch(path, json={"is_active": True}, headers={**headers, **etag(disabled)})
    assert ok(enabled)["is_active"] is True
    assert_problem(await identity.refresh(tokens["refresh_token"]), 400, "invalid_grant")


@pytest.mark.parametrize("body", [{"is_active": False}, {"roles": ["viewer"]}, {"area": "40-2025"}])
async def test_an_administrator_cannot_lock_itself_out(identity: Identity, body: dict[str, Any]) -> None:
    person = await identity.person("administrator", area="VN")
    headers = {**bearer((await identity.signed_in(person))["access_token"]), "If-Match": '"1"'}
    answer = await identity.http.patch(f"{ACCOUNTS}/{person.id}", json=body, headers=headers)
    assert_problem(answer, 409, "own_account")


async def test_a_change_sent_again_with_its_key_is_answered_as_the_first_time(identity: Identity) -> None:
    person = await identity.person()
    path, headers = f"{ACCOUNTS}/{person.id}", {**await identity.admin(), "Idempotency-Key": "1", "If-Match": '"1"'}
    first = await identity.http.patch(path, json={"full_name": "Tên mới"}, headers=headers)
    again = await identity.http.patch(path, json={"full_name": "Tên mới"}, headers=headers)
    assert ok(first)["version"] == 2
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    other = await identity.http.patch(path, json={"full_name": "Tên khác"}, headers=headers)
    assert_problem(other, 422, "idempotency_key_reused")


async def test_a_reset_of_the_version_before_it_is_told_again_with_its_key(identity: Identity) -> None:
    person = await identity.person()
    path = f"{ACCOUNTS}/{person.id}/password-reset"
    headers = {**await identity.admin(), "Idempotency-Key": "1", "If-Match": '"1"'}
    first, again = [await identity.http.post(path, json={"reason": "Quên"}, headers=headers) for _ in range(2)]
    assert ok(again) == ok(first)
    assert again.headers["idempotency-replayed"] == "true"


async def test_nobody_resets_their_own_password_without_the_present_one(identity: Identity) -> None:
    person = await identity.person("administrator")
    headers = bearer((await identity.signed_in(person))["access_token"])
    answer = await identity.http.post(f"{ACCOUNTS}/{person.id}/password-reset", json={}, headers=headers)
    assert_problem(answer, 409, "own_account")


async def test_a_reset_gives_a_password_for_once_and_ends_the_sessions(identity: Identity) -> None:
    person = await identity.person()
    tokens = await identity.signed_in(person)
    headers = {**await identity.admin(), "Idempotency-Key": "reset"}
    path = f"{ACCOUNTS}/{person.id}/password-reset"
    reset = ok(await identity.http.post(path, json={"reason": "Quên mật khẩu"}, headers=headers))
    assert reset["username"] == person.username
    assert_problem(await identity.refresh(tokens["refresh_token"]), 400, "invalid_grant")
    browser = identity.browser(accept="*/*")
    old = await browser.submit(await browser.open(), username=person.username, password=person.password)
    assert_problem(old, 422, "sign_in_failed")
    page = await browser.submit(await browser.open(), username=person.username, password=reset["one_time_password"])
    assert "new_password" in form_of(page).fields
    again = await identity.http.post(path, json={"reason": "Quên mật khẩu"}, headers=headers)
    assert again.json() == reset
    assert [entry["resource_id"] for entry in await identity.audited("password.reset")] == [person.id]


async def test_the_history_says_who_when_and_why_but_nothing_of_passwords(identity: Identity) -> None:
    person = await identity.person()
    admin = await identity.admin()
    path = f"{ACCOUNTS}/{person.id}"
    body = {"roles": ["fund_officer"], "reason": "Chuyển phòng"}
    ok(await identity.http.patch(path, json=body, headers={**admin, "If-Match": '"1"'}))
    ok(await identity.http.post(f"{path}/password-reset", json={"reason": "Quên"}, headers=admin))
    versions = ok(await identity.http.get(f"{path}/history", headers=admin))["items"]
    assert [(v["version"], v["action"], v["reason"]) for v in versions] == [
        (1, "created", None),
        (2, "changed", "Chuyển phòng"),
        (3, "changed", "Quên"),
    ]
    assert versions[1]["changed"] == ["roles", "scopes"]
    assert versions[2]["changed"] == ["must_change_password", "password_changed_at"]
    assert "hash" not in str(versions)


async def test_accounts_are_found_by_name_without_marks_and_by_role(identity: Identity) -> None:
    admin = await identity.admin()
    await identity.http.post(ACCOUNTS, json=an_account(), headers=admin)
    await identity.http.post(
        ACCOUNTS, json=an_account(username="dung.tran", full_name="Trần Đức Dũng", roles=["viewer"]), headers=admin
    )
    caller = identity.http_as(admin)

    async def found(**params: Any) -> list[str]:
        return [item["username"] for item in await every_item(caller, ACCOUNTS, **params)]

    assert await found() == ["dung.tran", "lan.nguyen"]
    assert await found(sort="-username") == ["lan.nguyen", "dung.tran"]
    assert await found(q="tran duc") == ["dung.tran"]
    assert await found(role=["registry_officer", "fund_officer"]) == ["lan.nguyen"]
    assert await found(is_active="false") == []
    page = ok(await caller.get(ACCOUNTS, params={"count": "exact", "facets": "is_active"}))
    assert page["count"] == 2
    assert page["facets"] == [{"name": "is_active", "values": [{"value": "true", "count": 2}]}]
    assert faults(await caller.get(ACCOUNTS, params={"role": "emperor", "nonsense": "1"})) == {
        ("role", "not_allowed"),
        ("nonsense", "unknown_parameter"),
    }


async def test_only_administrators_get_in(identity: Identity) -> None:
    system = await identity.system("registry.read", "registry.write")
    token = (await identity.token(auth=system.basic, grant_type="client_credentials")).json()["access_token"]
    for path in (ACCOUNTS, "/v1/identity/clients", "/v1/identity/audit"):
        refused = await identity.http.get(path, headers=bearer(token))
        assert_problem(refused, 403, "scope_missing", required_scope="identity.admin")
        assert_problem(await identity.http.get(path), 401, "token_invalid")
