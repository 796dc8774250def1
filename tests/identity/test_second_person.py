"""What one administrator enters of people's rights holds once another one confirmed it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from kernel.records.confirmations import PENDING
from tests.identity.people import Administrator, Identity, Person, claims, form_of, sent_back
from tests.support.answers import assert_problem, every_item, faults, ok

ACCOUNTS, APPROVALS, AUDIT = "/v1/identity/accounts", "/v1/identity/approvals", "/v1/identity/audit"
CONFIRM = {"decision": "confirm"}
REJECT = {"decision": "reject", "reason": "Chưa có quyết định bổ nhiệm"}
APPROVER = {
    "username": "lan.nguyen",
    "full_name": "Nguyễn Thị Lan",
    "roles": ["reporter", "fund_approver"],
    "area": "25-2025",
}


async def patch(by: Administrator, person: Person, **fields: Any) -> httpx.Response:
    path = f"{ACCOUNTS}/{person.id}"
    return await by.http.patch(path, json=fields, headers={"If-Match": (await by.http.get(path)).headers["etag"]})


async def decide(by: Administrator, account_id: str, body: dict[str, Any] = CONFIRM) -> httpx.Response:
    return await by.http.post(f"{ACCOUNTS}/{account_id}/confirmation", json=body)


async def waiting_for(by: Administrator) -> list[str]:
    return [item["resource_id"] for item in await every_item(by.http, APPROVALS, state="pending")]


async def test_a_new_account_has_no_role_until_another_administrator_of_the_area_confirms(identity: Identity) -> None:
    first, second = await identity.administrator(), await identity.administrator()
    created = ok(await first.http.post(ACCOUNTS, json={**APPROVER, "reason": "Quyết định 12"}), 201)
    assert (created["roles"], created["scopes"], created["pending_roles"]) == ([], [], ["fund_approver", "reporter"])
    assert (created["confirmation_state"], created["confirmation"]["entered_by"]) == (PENDING, first.id)
    assert_problem(await decide(first, created["id"]), 403, "same_person", prepared_by=first.id)
    assert await waiting_for(first) == []
    (item,) = await every_item(second.http, APPROVALS)
    assert item == {
        "resource_type": "account",
        "resource_id": created["id"],
        "title": "lan.nguyen · Nguyễn Thị Lan",
        "amount_vnd": None,
        "count": 1,
        "entered_by": first.id,
        "entered_by_name": first.name,
        "entered_at": created["confirmation"]["entered_at"],
        "path": f"{ACCOUNTS}/{created['id']}",
        "decision_path": f"{ACCOUNTS}/{created['id']}/confirmation",
    }
    after = ok(await second.http.post(item["decision_path"], json=CONFIRM), 201)
    assert (after["roles"], after["pending_roles"]) == (["fund_approver", "reporter"], None)
    assert (after["confirmation_state"], after["confirmation"]["decided_by_name"]) == ("confirmed", second.name)
    assert await waiting_for(second) == []
    assert_problem(await decide(second, created["id"]), 409, "not_pending", confirmation_state="confirmed")
    history = ok(await second.http.get(f"{ACCOUNTS}/{created['id']}/history"))["items"]
    assert [(each["action"], each["recorded_by"], each["content"]["roles"]) for each in history] == [
        ("created", first.id, []),
        ("confirmed", second.id, []),
        ("changed", second.id, ["fund_approver", "reporter"]),
    ]
    entries = await every_item(second.http, AUDIT, resource_id=created["id"])
    assert [(each["action"], each["actor"], each["detail"].get("entered_by")) for each in entries] == [
        ("access.confirmed", second.id, first.id),
        ("access.pending", first.id, None),
    ]
    assert all(each["detail"]["roles"] == ["fund_approver", "reporter"] for each in entries)


async def test_who_has_no_role_yet_does_not_get_in(identity: Identity) -> None:
    first, second = await identity.administrator(), await identity.administrator()
    created = ok(await first.http.post(ACCOUNTS, json=APPROVER), 201)
    person = Person(created["id"], "lan.nguyen", created["one_time_password"], "25-2025")

    async def sign_in() -> dict[str, str]:
        browser = identity.browser()
        page = await browser.sign_in(person)
        new = "mật khẩu của riêng tôi"
        return sent_back(await browser.submit(page, new_password=new, new_password_again=new))

    assert (await sign_in())["error"] == "access_denied"
    ok(await decide(second, person.id), 201)
    assert "code" in await sign_in()


@pytest.mark.parametrize(
    ("roles", "fields", "waits"),
    [
        (["viewer"], {"roles": ["viewer", "administrator"]}, True),
        (["fund_officer"], {"roles": ["fund_approver"]}, True),
        (["cooperative_user"], {"roles": ["report_approver"], "organization_id": None}, True),
        (["fund_approver"], {"area": "40-2025"}, True),
        (["viewer"], {"area": "VN", "roles": ["administrator"]}, True),
        (["viewer"], {"roles": ["viewer", "fund_officer", "reporter"], "area": "40-2025"}, False),
        (["fund_approver"], {"roles": ["viewer", "fund_approver"]}, False),
        (["fund_approver"], {"roles": ["viewer"], "area": "40-2025"}, False),
        (["report_approver"], {"is_active": False}, False),
    ],
)
async def test_what_gives_power_to_approve_or_administer_waits_and_nothing_else(
    identity: Identity, roles: list[str], fields: dict[str, Any], waits: bool
) -> None:
    first, second = await identity.administrator(area="VN"), await identity.administrator(area="VN")
    person = await identity.person(*roles)
    before = ok(await first.http.get(f"{ACCOUNTS}/{person.id}"))
    rights = {name: value for name, value in fields.items() if name in ("roles", "area", "organization_id")}
    changed = ok(await patch(first, person, full_name="Tên mới", **fields))
    assert changed["full_name"] == "Tên mới", "what needs nobody else holds at once"
    assert (changed["confirmation_state"] == PENDING) is waits
    assert {name: changed[name] for name in rights} == ({name: before[name] for name in rights} if waits else rights)
    entries = await identity.audited("access.pending" if waits else "access.changed")
    assert [entry["actor"] for entry in entries if entry["resource_id"] == person.id][-1] == (
        first.id if rights else "system"
    )
    if waits:
        assert (changed["pending_roles"], changed["pending_area"]) == (fields.get("roles"), fields.get("area"))
        after = ok(await decide(second, person.id), 201)
        assert {name: after[name] for name in rights} == rights
        assert (after["pending_roles"], after["pending_area"]) == (None, None)


async def test_a_token_of_before_is_void_once_the_move_is_confirmed_and_good_until_then(identity: Identity) -> None:
    first, second = await identity.administrator(area="VN"), await identity.administrator(area="VN")
    person = await identity.person("fund_approver")
    token = (await identity.signed_in(person))["access_token"]

    async def me() -> httpx.Response:
        await identity.app.state.revocations.look(identity.app)
        return await identity.http.get("/v1/identity/me", headers={"Authorization": f"Bearer {token}"})

    ok(await patch(first, person, area="40-2025"))
    assert (await me()).status_code == 200
    ok(await decide(second, person.id), 201)
    assert_problem(await me(), 401, "token_revoked")


async def test_who_books_in_a_fund_never_approves_there_and_those_of_before_are_listed(identity: Identity) -> None:
    first = await identity.administrator()
    both = ["fund_officer", "fund_approver"]
    assert faults(await first.http.post(ACCOUNTS, json={**APPROVER, "roles": both})) == {("/roles", "kept_apart")}
    of_before = await identity.person("fund_officer")
    assert faults(await patch(first, of_before, roles=both)) == {("/roles", "kept_apart")}
    await identity.db.execute("UPDATE account SET roles = $1 WHERE id = $2::uuid", both, of_before.id)
    listed = await every_item(first.http, ACCOUNTS, books_and_approves="true")
    assert [item["id"] for item in listed] == [of_before.id]
    scope = claims((await identity.signed_in(of_before))["access_token"])["scope"].split()
    assert {"funds.write", "funds.approve"} <= set(scope), "they go on as they are"
    assert ok(await patch(first, of_before, full_name="Tên khác"))["roles"] == both
    assert faults(await patch(first, of_before, roles=[*both, "viewer"])) == {("/roles", "kept_apart")}
    assert ok(await patch(first, of_before, roles=["fund_approver"]))["confirmation_state"] is None


async def test_a_reset_password_of_who_approves_is_good_once_it_is_confirmed(identity: Identity) -> None:
    first, second = await identity.administrator(), await identity.administrator()
    person = await identity.person("fund_approver")
    tokens = await identity.signed_in(person)
    path = f"{ACCOUNTS}/{person.id}/password-reset"
    headers = {"Idempotency-Key": "once"}
    reset = ok(await first.http.post(path, json={"reason": "Quên"}, headers=headers))
    assert reset["confirmation_state"] == PENDING
    assert (await first.http.post(path, json={"reason": "Quên"}, headers=headers)).json() == reset
    waiting = ok(await first.http.get(f"{ACCOUNTS}/{person.id}"))
    assert (waiting["pending_password_reset"], waiting["pending_roles"]) == (True, None)
    browser = identity.browser(accept="*/*")
    new = Person(person.id, person.username, reset["one_time_password"], person.area)
    assert_problem(await browser.sign_in(new), 422, "sign_in_failed")
    assert (await identity.refresh(tokens["refresh_token"])).status_code == 200
    assert ok(await decide(second, person.id), 201)["pending_password_reset"] is False
    assert_problem(await browser.sign_in(person), 422, "sign_in_failed")
    assert "new_password" in form_of(await identity.browser(accept="*/*").sign_in(new)).fields
    assert [(entry["actor"], entry["detail"]) for entry in await identity.audited("access.confirmed")] == [
        (second.id, {"password_reset": True, "entered_by": first.id})
    ]
    stored = str([dict(row) for row in await identity.db.fetch("SELECT content, detail FROM history, audit")])
    assert "argon2" not in stored


async def test_what_is_rejected_or_withdrawn_leaves_the_account_as_it_was(identity: Identity) -> None:
    first, second = await identity.administrator(), await identity.administrator()
    person = await identity.person("viewer")
    ok(await patch(first, person, roles=["report_approver"]))
    assert faults(await decide(second, person.id, {"decision": "reject"})) == {("/reason", "required")}
    rejected = ok(await decide(second, person.id, REJECT), 201)
    assert (rejected["roles"], rejected["pending_roles"]) == (["viewer"], None)
    assert (rejected["confirmation_state"], rejected["confirmation"]["reason"]) == ("rejected", REJECT["reason"])
    ok(await patch(first, person, roles=["report_approver"]))
    withdrawal = f"{ACCOUNTS}/{person.id}/withdrawal"
    refused = await second.http.post(withdrawal, json={"reason": "Nhầm"})
    assert_problem(refused, 403, "entered_by_another", entered_by_name=first.name)
    withdrawn = ok(await first.http.post(withdrawal, json={"reason": "Nhầm người"}), 201)
    assert (withdrawn["roles"], withdrawn["pending_roles"]) == (["viewer"], None)
    assert_problem(await first.http.post(withdrawal, json={"reason": "Nhầm"}), 409, "not_pending")
    assert_problem(await decide(second, person.id), 409, "not_pending", confirmation_state="withdrawn")
    ended = [
        (entry["action"], entry["actor"], entry["detail"])
        for entry in await every_item(first.http, AUDIT, action=["access.rejected", "access.withdrawn"])
    ]
    assert ended == [
        ("access.withdrawn", first.id, {"roles": ["report_approver"], "entered_by": first.id}),
        ("access.rejected", second.id, {"roles": ["report_approver"], "entered_by": first.id}),
    ]
    # Why is told by the history, which is emptied where a person is erased: entries of the audit are not.
    history = ok(await first.http.get(f"{ACCOUNTS}/{person.id}/history"))["items"]
    why = [(each["action"], each["reason"]) for each in history if each["reason"] is not None]
    assert why == [("rejected", REJECT["reason"]), ("withdrawn", "Nhầm người")]
