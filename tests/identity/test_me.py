"""Who am I, and changing one's own password."""

from __future__ import annotations

import pytest

from tests.identity.people import Identity, Person, bearer, sent_back
from tests.support.answers import assert_problem, faults, ok

PASSWORD_PATH = "/v1/identity/me/password"
NEW = "mật khẩu của riêng tôi"


async def test_a_person_changes_its_password_and_its_other_sessions_end(identity: Identity) -> None:
    person = await identity.person()
    here, elsewhere = await identity.signed_in(person), await identity.signed_in(person)
    body = {"current_password": person.password, "new_password": NEW}
    answer = await identity.http.post(PASSWORD_PATH, json=body, headers=bearer(here["access_token"]))
    assert answer.status_code == 204
    assert (await identity.refresh(here["refresh_token"])).status_code == 200
    assert_problem(await identity.refresh(elsewhere["refresh_token"]), 400, "invalid_grant")
    assert "code" in sent_back(await identity.browser().sign_in(Person(person.id, person.username, NEW, person.area)))
    assert [entry["actor"] for entry in await identity.audited("password.changed")] == [person.id]


async def test_the_present_password_is_needed_and_guessing_at_it_is_delayed(identity: Identity) -> None:
    person = await identity.person()
    headers = bearer((await identity.signed_in(person))["access_token"])
    body = {"current_password": "a stolen token does not know", "new_password": NEW}
    for _ in range(4):
        assert_problem(await identity.http.post(PASSWORD_PATH, json=body, headers=headers), 403, "wrong_password")
    assert_problem(await identity.http.post(PASSWORD_PATH, json=body, headers=headers), 429, "sign_in_delayed")


async def test_a_replayed_change_is_answered_again_and_its_password_is_not_kept(identity: Identity) -> None:
    person = await identity.person()
    headers = {**bearer((await identity.signed_in(person))["access_token"]), "Idempotency-Key": "a lost answer"}
    body = {"current_password": person.password, "new_password": NEW}
    assert (await identity.http.post(PASSWORD_PATH, json=body, headers=headers)).status_code == 204
    again = await identity.http.post(PASSWORD_PATH, json=body, headers=headers)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (204, "true")
    other = await identity.http.post(PASSWORD_PATH, json={**body, "new_password": "khác hẳn đi"}, headers=headers)
    assert_problem(other, 422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("ngắn quá", "too_short"),
        ("x" * 201, "too_long"),
        ("aaaaaaaaaaaa", "too_common"),
        ("MatKhau123456", "too_common"),
        ("dragon2024!!", "too_common"),
        ("Hợp tác xã Phú Thọ 2026", "known_words"),
        ("qwertyuiop[]12", "too_common"),
        ("lan.nguyen-2026", "contains_username"),
        ("có\tdấu cách tab", "control_character"),
    ],
)
async def test_a_weak_password_is_refused(identity: Identity, new: str, code: str) -> None:
    person = await identity.person(username="lan.nguyen")
    headers = bearer((await identity.signed_in(person))["access_token"])
    body = {"current_password": person.password, "new_password": new}
    answer = await identity.http.post(PASSWORD_PATH, json=body, headers=headers)
    assert faults(answer) == {("/new_password", code)}


async def test_a_system_has_no_password(identity: Identity) -> None:
    system = await identity.system()
    token = (await identity.token(auth=system.basic, grant_type="client_credentials")).json()["access_token"]
    body = {"current_password": "x", "new_password": NEW}
    assert_problem(await identity.http.post(PASSWORD_PATH, json=body, headers=bearer(token)), 409, "not_a_person")


async def test_me_says_what_the_token_says(identity: Identity) -> None:
    person = await identity.person("fund_approver", area="40-2025")
    tokens = await identity.signed_in(person, scope="funds.read")
    answer = await identity.http.get("/v1/identity/me", headers=bearer(tokens["access_token"]))
    assert answer.headers["cache-control"] == "no-store"
    me = ok(answer)
    assert (me["sub"], me["kind"], me["username"]) == (person.id, "person", person.username)
    assert (me["roles"], me["scopes"], me["area"]) == (["fund_approver"], ["funds.read"], "40-2025")
    assert me["client_id"] == "vca-web"
    assert me["organization_id"] is None


async def test_me_needs_a_token(identity: Identity) -> None:
    assert_problem(await identity.http.get("/v1/identity/me"), 401, "token_invalid")
    assert_problem(await identity.http.get("/v1/identity/me", headers=bearer("x")), 401, "token_invalid")
    assert_problem(await identity.http.post(PASSWORD_PATH, json={}), 401, "token_invalid")


async def test_codes_come_with_labels_in_the_language_asked_for(identity: Identity) -> None:
    person = await identity.person()
    headers = {**bearer((await identity.signed_in(person))["access_token"]), "Accept-Language": "en"}
    answer = await identity.http.get("/v1/identity/code-lists/roles", headers=headers)
    assert ok(answer)["items"][0] == {
        "code": "viewer",
        "label": "Viewer",
        "label_vi": "Người xem",
        "label_en": "Viewer",
    }
    again = await identity.http.get(
        "/v1/identity/code-lists/roles", headers={**headers, "If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304
