"""An account's person can be erased once it is disabled: no table says anything of them, and what they did stays under their id."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from kernel.personal_data.erasure import ERASED, erase_again
from kernel.personal_data.schemas import Erasure
from kernel.values import days
from kernel.values.days import today
from kernel.values.ids import new_id
from services.identity.accounts import service as accounts
from services.identity.accounts.erasure import PERSONS
from services.identity.api import SYSTEM
from tests.identity.people import Administrator, Identity, Person, bearer
from tests.identity.test_subjects import followed, follower
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.said_nowhere import said_in, said_nowhere

ACCOUNTS, CLIENTS, AUDIT = "/v1/identity/accounts", "/v1/identity/clients", "/v1/identity/audit"
GROUND = {"ground": "own_request", "document_number": "05/YC-2026"}
CONFIRM = {"decision": "confirm"}
NAME, USERNAME = "Trần Thị Ngọc Khuê", "khue.tran"


@pytest.fixture
def clock(tmp_path: Path) -> Iterator[Callable[[date], None]]:
    """Which day is today, as a sandbox has it."""
    file = tmp_path / "today"

    def turn(day: date) -> None:
        file.write_text(day.isoformat(), encoding="ascii")
        days.use_clock(file)

    yield turn
    days.use_clock(None)


async def khue(identity: Identity, *roles: str, **options: Any) -> Person:
    return await identity.person(*roles, username=USERNAME, full_name=NAME, **options)


async def read(by: Administrator, account_id: str) -> dict[str, Any]:
    return ok(await by.http.get(f"{ACCOUNTS}/{account_id}"))


async def patch(by: Administrator, account_id: str, **fields: Any) -> httpx.Response:
    return await by.http.patch(f"{ACCOUNTS}/{account_id}", json=fields, headers=etag(await read(by, account_id)))


async def disable(by: Administrator, account_id: str, **fields: Any) -> dict[str, Any]:
    return ok(await patch(by, account_id, is_active=False, **fields))


async def erase(by: Administrator, account_id: str, **headers: str) -> httpx.Response:
    return await by.http.post(
        f"{ACCOUNTS}/{account_id}/erasure", json=GROUND, headers={**etag(await read(by, account_id)), **headers}
    )


async def fail_as(identity: Identity, person: Person) -> None:
    browser = identity.browser()
    await browser.sign_in(replace(person, password="wrong password"))


async def erased(by: Administrator, account_id: str) -> dict[str, Any]:
    await disable(by, account_id)
    return ok(await erase(by, account_id))


async def test_an_erased_account_keeps_its_id_and_says_nothing_of_its_person(identity: Identity) -> None:
    by, person = await identity.administrator(), await khue(identity, "registry_officer", "reporter")
    account = await erased(by, person.id)
    assert (account["id"], account["username"], account["full_name"]) == (person.id, f"{ERASED} {person.id}", ERASED)
    assert (account["roles"], account["organization_id"], account["is_active"]) == ([], None, False)
    assert account["erased_on"] == today().isoformat()
    assert await read(by, person.id) == account
    listed = {each["id"]: each for each in await every_item(by.http, ACCOUNTS)}
    assert listed[person.id] == account
    assert await every_item(by.http, ACCOUNTS, q="khuê") == []
    (entry,) = await every_item(by.http, AUDIT, action="account.erased")
    assert len(entry["detail"].pop("hash")) == 64
    assert (entry["actor"], entry["resource_id"], entry["detail"]) == (
        by.id,
        person.id,
        {"ground": "own_request", "records": 1},
    )


async def test_no_table_names_who_signed_in_failed_and_decided_on_rights(identity: Identity, database_url: str) -> None:
    """Also who administered: other accounts and systems say who entered their rights or decided on them."""
    by, other, person = (
        await identity.administrator(),
        await identity.administrator(),
        await khue(identity, "administrator"),
    )
    mine = Administrator(person, NAME, identity.http_as(bearer((await identity.signed_in(person))["access_token"])))
    await fail_as(identity, person)
    ok(await patch(by, person.id, full_name=f"{NAME} Anh", reason="Chị Ngọc Khuê xin sửa tên"))
    colleague, system = await identity.person(full_name="Đồng Nghiệp"), await identity.system()
    ok(await patch(mine, colleague.id, roles=["fund_approver"]))
    ok(await other.http.post(f"{ACCOUNTS}/{colleague.id}/confirmation", json=CONFIRM), 201)
    ok(await patch(mine, colleague.id, roles=["fund_approver", "report_approver"]))
    headers = etag(ok(await by.http.get(f"{CLIENTS}/{system.id}")))
    ok(await by.http.patch(f"{CLIENTS}/{system.id}", json={"scopes": ["registry.write"]}, headers=headers))
    ok(await mine.http.post(f"{CLIENTS}/{system.id}/confirmation", json=CONFIRM), 201)
    assert await said_in(database_url, "Ngọc Khuê", USERNAME) == {
        *(f"account.{column}" for column in ("confirmation", "full_name", "name_folded", "username")),
        *("client.confirmation", "history.content", "history.reason"),
    }
    await erased(by, person.id)
    await said_nowhere(database_url, "Ngọc Khuê", USERNAME)
    # What was entered is still whose it was, by id, and is as little confirmed as of any who was disabled.
    confirmation = (await read(by, colleague.id))["confirmation"]
    assert (confirmation["entered_by"], confirmation["entered_by_name"]) == (person.id, ERASED)
    refused = await other.http.post(f"{ACCOUNTS}/{colleague.id}/confirmation", json=CONFIRM)
    assert_problem(refused, 409, "entered_by_former_administrator", entered_by_name=ERASED)
    history = ok(await by.http.get(f"{ACCOUNTS}/{colleague.id}/history"))["items"]
    assert [(each["action"], each["recorded_by"]) for each in history] == [
        ("created", "system"),
        ("changed", person.id),
        ("confirmed", other.id),
        ("changed", other.id),
        ("changed", person.id),
        ("erased", by.id),
    ]
    entries = await every_item(by.http, AUDIT, resource_id=system.id, action="access.confirmed")
    assert [(each["actor"], each["detail"]["entered_by"]) for each in entries] == [(person.id, by.id)]


async def test_its_history_goes_on_saying_which_rights_the_id_had(identity: Identity) -> None:
    by, person = await identity.administrator(), await khue(identity, "cooperative_user")
    ok(await patch(by, person.id, roles=["viewer"], organization_id=None, reason="Chị Khuê chuyển việc"))
    await erased(by, person.id)
    versions = ok(await by.http.get(f"{ACCOUNTS}/{person.id}/history"))["items"]
    assert [(each["action"], each["reason"], each["content"]["roles"]) for each in versions] == [
        ("created", None, ["cooperative_user"]),
        ("changed", None, ["viewer"]),
        ("changed", None, ["viewer"]),
        ("erased", None, []),
    ]
    for each in versions[:-1]:
        assert {name: each["content"][name] for name in ("username", "full_name", "organization_id")} == dict.fromkeys(
            ("username", "full_name", "organization_id")
        )


_SIGNS_IN = ("session", "authorization_code", "refresh_token", "second_factor", "recovery_code")


async def _rows(identity: Identity, account_id: str) -> dict[str, int]:
    """Return how many rows sign an account in, by table; `sign_in_throttle`: those of strangers with any account."""
    own = "account_id = $1::uuid"
    by_session = f"session_id IN (SELECT id FROM session WHERE {own})"
    conditions = {"authorization_code": by_session, "refresh_token": by_session}
    counts = {
        table: await identity.db.fetch(
            f"SELECT count(*) AS rows FROM {table} WHERE {conditions.get(table, own)}",
            account_id,
        )
        for table in _SIGNS_IN
    }
    marked = await identity.db.fetch("SELECT count(*) AS rows FROM sign_in_throttle WHERE subject LIKE 'account:%'")
    return {table: rows[0]["rows"] for table, rows in {**counts, "sign_in_throttle": marked}.items()}


async def test_nothing_that_signed_it_in_is_left(identity: Identity) -> None:
    by, person = await identity.administrator(), await khue(identity)
    await fail_as(identity, person)
    await identity.enrolled(person)
    before = await _rows(identity, person.id)
    assert all(before.values()), before
    account = await disable(by, person.id)
    assert account["second_factor_since"] is not None
    account = ok(await erase(by, person.id))
    assert account["second_factor_since"] is None
    assert await _rows(identity, person.id) == dict.fromkeys(before, 0)
    for username in (USERNAME, account["username"]):
        for password in (person.password, ""):
            page = await identity.browser().sign_in(replace(person, username=username, password=password or "!"))
            assert page.status_code == 422


async def test_its_user_name_may_be_given_to_somebody_else(identity: Identity) -> None:
    by, person = await identity.administrator(), await khue(identity)
    taken = {"username": USERNAME, "full_name": "Người Khác", "roles": ["viewer"], "area": "25-2025"}
    await disable(by, person.id)
    assert_problem(await by.http.post(ACCOUNTS, json=taken), 409, "username_in_use", username=USERNAME)
    account = ok(await erase(by, person.id))
    made = ok(await by.http.post(ACCOUNTS, json=taken), 201)
    assert made["id"] != person.id
    # Its own is no user name by the rule, so that nobody is ever taken for it.
    refused = await by.http.post(ACCOUNTS, json={**taken, "username": account["username"]})
    assert faults(refused) == {("/username", "wrong_format")}


async def test_an_account_in_use_is_not_erased_and_nobody_erases_their_own(identity: Identity) -> None:
    by, person = await identity.administrator(), await khue(identity)
    assert_problem(await erase(by, person.id), 409, "still_needed", rule="account_in_use")
    assert_problem(await erase(by, by.id), 409, "own_account")


@pytest.mark.parametrize("role", ["viewer", "fund_approver", "report_approver", "administrator"])
async def test_one_administrator_erases_whatever_it_could_approve_as_it_has_no_power_any_more(
    identity: Identity, role: str
) -> None:
    by, person = await identity.administrator(), await khue(identity, role)
    assert (await erased(by, person.id))["confirmation_state"] is None


async def test_another_area_knows_nothing_of_it(identity: Identity) -> None:
    here, there, nation = [await identity.administrator(area) for area in ("25-2025", "40-2025", "VN")]
    person = await khue(identity)
    account = await disable(here, person.id)
    path = f"{ACCOUNTS}/{person.id}"
    refused = await there.http.post(f"{path}/erasure", json=GROUND, headers=etag(account))
    assert_problem(refused, 404, "not_found")
    assert_problem(await there.http.get(f"{path}/personal-data-copy"), 404, "not_found")
    assert ok(await nation.http.post(f"{path}/erasure", json=GROUND, headers=etag(account)))["erased_on"]


async def test_who_does_not_administer_may_neither_erase_nor_copy_another(identity: Identity) -> None:
    person = await khue(identity)
    for role in ("cooperative_user", "viewer"):
        token = (await identity.signed_in(await identity.person(role)))["access_token"]
        caller, path = identity.http_as(bearer(token)), f"{ACCOUNTS}/{person.id}"
        refused = await caller.post(f"{path}/erasure", json=GROUND, headers={"If-Match": '"1"'})
        assert_problem(refused, 403, "scope_missing")
        assert_problem(await caller.get(f"{path}/personal-data-copy"), 403, "scope_missing")


async def test_nothing_of_a_person_is_entered_again(identity: Identity) -> None:
    by, person = await identity.administrator(), await khue(identity, "fund_approver")
    today_ = (await erased(by, person.id))["erased_on"]
    for answer in (
        await patch(by, person.id, full_name=NAME),
        await patch(by, person.id, is_active=True),
        await by.http.post(f"{ACCOUNTS}/{person.id}/password-reset", json={}),
        await by.http.post(f"{ACCOUNTS}/{person.id}/second-factor-reset", json={}),
        await erase(by, person.id),
    ):
        assert_problem(answer, 409, "already_erased", erased_on=today_)


async def test_sent_again_with_its_own_id_it_is_told_that_the_person_was_erased(identity: Identity) -> None:
    by = await identity.administrator()
    body = {"id": new_id(), "username": USERNAME, "full_name": NAME, "roles": ["viewer"], "area": "25-2025"}
    account = ok(await by.http.post(ACCOUNTS, json=body), 201)
    day = (await erased(by, account["id"]))["erased_on"]
    assert_problem(await by.http.post(ACCOUNTS, json=body), 409, "already_erased", erased_on=day)


async def test_what_waited_for_a_second_person_is_dropped(identity: Identity) -> None:
    first, second = await identity.administrator(), await identity.administrator()
    person = await khue(identity)
    ok(await patch(first, person.id, roles=["fund_approver"]))
    account = await erased(first, person.id)
    assert (account["confirmation_state"], account["confirmation"], account["pending_roles"]) == (None, None, None)
    assert await every_item(second.http, "/v1/identity/approvals") == []
    refused = await second.http.post(f"{ACCOUNTS}/{person.id}/confirmation", json=CONFIRM)
    assert_problem(refused, 409, "not_pending")


async def test_sent_again_it_is_answered_as_before(identity: Identity) -> None:
    by, person = await identity.administrator(), await khue(identity)
    account = await disable(by, person.id)
    headers = {**etag(account), "Idempotency-Key": new_id()}
    path = f"{ACCOUNTS}/{person.id}/erasure"
    first, again = [ok(await by.http.post(path, json=GROUND, headers=headers)) for _ in range(2)]
    assert first == again
    assert len(await identity.audited("account.erased")) == 1
    assert_problem(await by.http.post(path, json=GROUND, headers=etag(account)), 412, "stale")
    assert_problem(await by.http.post(path, json=GROUND), 428, "if_match_missing")


async def test_of_an_erasure_and_a_change_at_once_one_finds_the_record_changed(identity: Identity) -> None:
    by, person = await identity.administrator(), await khue(identity)
    headers = etag(await disable(by, person.id))
    path = f"{ACCOUNTS}/{person.id}"
    answers = await asyncio.gather(
        by.http.patch(path, json={"full_name": "Tên Khác"}, headers=headers),
        *(by.http.post(f"{path}/erasure", json=GROUND, headers=headers) for _ in range(3)),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


async def test_two_who_decided_on_each_others_rights_are_erased_at_once(identity: Identity, database_url: str) -> None:
    by, nation = await identity.administrator(), await identity.administrator("VN")
    pairs = [await identity.administrator() for _ in range(2)]
    for one, other in (pairs, pairs[::-1]):
        ok(await patch(one, other.id, roles=["administrator", "report_approver"]))
        ok(await nation.http.post(f"{ACCOUNTS}/{other.id}/confirmation", json=CONFIRM), 201)
    for each in pairs:
        await disable(by, each.id)
    answers = await asyncio.gather(*(erase(by, each.id) for each in pairs))
    # The one that came second was named in the first, which is another version of it by now.
    late = [each for each, answer in zip(pairs, answers, strict=True) if answer.status_code == 412]
    for each in late:
        ok(await erase(by, each.id))
    assert all(answer.status_code in (200, 412) for answer in answers)
    await said_nowhere(database_url, *(each.name for each in pairs))


async def test_who_else_decided_stays_named_in_the_history_of_rights(identity: Identity) -> None:
    by, person = await identity.administrator("VN"), await khue(identity, "administrator")
    mine = Administrator(person, NAME, identity.http_as(bearer((await identity.signed_in(person))["access_token"])))
    first, second, colleague = await identity.administrator(), await identity.administrator(), await identity.person()
    for enterer, decider in ((mine, first), (first, second)):
        roles = [*(await read(by, colleague.id))["roles"], "fund_approver" if enterer is mine else "report_approver"]
        ok(await patch(enterer, colleague.id, roles=roles))
        ok(await decider.http.post(f"{ACCOUNTS}/{colleague.id}/confirmation", json=CONFIRM), 201)
    before = await read(by, colleague.id)
    await erased(by, person.id)
    assert await read(by, colleague.id) == before, "its last version names nobody who was erased"
    history = ok(await by.http.get(f"{ACCOUNTS}/{colleague.id}/history"))["items"]
    told = [each["content"]["confirmation"] for each in history if each["content"]["confirmation"]]
    assert [(each["entered_by"], each["entered_by_name"], each["decided_by"]) for each in told] == [
        (person.id, None, None),
        (person.id, None, first.id),
        (person.id, None, first.id),
        (first.id, first.name, None),
        (first.id, first.name, second.id),
        (first.id, first.name, second.id),
    ]


async def test_a_row_that_a_backup_brought_back_is_emptied_as_it_was(identity: Identity, database_url: str) -> None:
    person = await khue(identity, "fund_officer")
    token = (await identity.signed_in(person))["access_token"]
    async with identity.db.transaction() as tx:
        row = await accounts.by_id(tx, person.id, lock=True)
        assert row is not None
        ground = Erasure(ground="own_request")
        again = await erase_again(tx, PERSONS, row, ground, on=date(2026, 5, 4), by=SYSTEM)
    assert (again["is_active"], again["erased_on"]) == (False, date(2026, 5, 4))
    await said_nowhere(database_url, NAME, USERNAME)
    await identity.app.state.revocations.look(identity.app)
    assert_problem(await identity.http_as(bearer(token)).get("/v1/identity/me"), 401, "token_revoked")


async def test_lists_tell_who_is_due_by_the_day_it_is(identity: Identity, clock: Callable[[date], None]) -> None:
    """Who made books is kept for ten years since the account was disabled, whatever was changed of it after that."""
    by = await identity.administrator()
    working, former = await identity.person(), await khue(identity)
    await disable(by, former.id)
    ok(await patch(by, former.id, full_name="Tên Khác"))

    async def due(answer: str) -> set[str]:
        return {each["id"] for each in await every_item(by.http, ACCOUNTS, is_retention_ended=answer)}

    last = date(today().year + 10, 12, 31)
    clock(last)
    assert await due("true") == set()
    assert await due("false") == {by.id, working.id, former.id}
    clock(last + timedelta(days=1))
    assert await due("true") == {former.id}
    assert await due("false") == {by.id, working.id}
    ok(await erase(by, former.id))
    assert await due("true") == set()


async def test_who_follows_names_is_told_the_placeholder_and_counts_stay(identity: Identity) -> None:
    by, person = await identity.administrator(), await khue(identity)
    client = await follower(identity)
    names, cursor = await followed(client)
    assert names[person.id]["name"] == NAME
    await erased(by, person.id)
    later, _ = await followed(client, cursor)
    assert later[person.id]["name"] == ERASED
    (group,) = ok(await client.get("/v1/identity/subjects/changes/checksum", params={"type": "subject"}))["items"]
    assert group["count"] == len(names)
    feed = ok(await by.http.get("/v1/identity/changes", params={"include": "resource"}))
    assert NAME not in str(feed)
    assert USERNAME not in str(feed)


async def test_the_audit_names_nobody_who_changed_rights(identity: Identity) -> None:
    """Entries of before say it for good, as their hashes are chained; they are shown without."""
    by, person = await identity.administrator(), await identity.person()
    before = '{"actor_name": "Người Cũ", "entered_by_name": "Người Cũ", "reason": "Anh Người Cũ", "roles": ["viewer"]}'
    await identity.db.execute(
        "INSERT INTO audit (id, action, actor, alliance, resource_type, resource_id, detail) "
        "VALUES ($1::uuid, 'access.confirmed', $2, '25-2025', 'account', $3, $4::jsonb)",
        *(new_id(), by.id, person.id, before),
    )
    (entry,) = await every_item(by.http, AUDIT, resource_id=person.id, action="access.confirmed")
    assert (entry["actor"], entry["detail"]) == (by.id, {"roles": ["viewer"]})
