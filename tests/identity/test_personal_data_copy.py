"""A person has a copy of all that identity keeps of them; that it was made is an entry of the audit."""

from __future__ import annotations

from typing import Any

from kernel.values.days import now
from kernel.values.ids import new_id
from tests.identity.people import Identity, bearer
from tests.support.answers import assert_problem, every_item, ok

ACCOUNTS, OWN = "/v1/identity/accounts", "/v1/identity/me/personal-data-copy"


def by_type(copy: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the contents of a copy's records by their type."""
    records: dict[str, list[dict[str, Any]]] = {}
    for record in copy["records"]:
        records.setdefault(record["resource_type"], []).append(record["content"])
    return records


async def test_a_person_is_given_account_sessions_audit_and_the_number_of_calls(identity: Identity) -> None:
    by, person, other = await identity.administrator(), await identity.person("viewer"), await identity.person()
    await identity.signed_in(other)
    token = (await identity.signed_in(person))["access_token"]
    headers = {"If-Match": '"1"'}
    ok(await by.http.patch(f"{ACCOUNTS}/{person.id}", json={"roles": ["viewer", "reporter"]}, headers=headers))
    for subject in (person.id, person.id, other.id):
        await identity.db.execute(
            "INSERT INTO request (subject, at, request_id, status, milliseconds) VALUES ($1, $2, $3, 200, 3)",
            *(subject, now(), new_id()),
        )
    response = await identity.http_as(bearer(token)).get(OWN)
    assert response.headers["cache-control"] == "no-store"
    records = by_type(ok(response))
    (account,), (session,), (calls,) = records["account"], records["session"], records["request"]
    assert (account["id"], account["username"], account["full_name"]) == (person.id, person.username, person.full_name)
    assert (session["client_id"], session["with_second_factor"], session["ended_at"]) == ("vca-web", False, None)
    assert calls["calls"] == 2
    entries = [(each["action"], each["actor"], each["detail"].get("address")) for each in records["audit_entry"]]
    assert entries == [
        ("access.changed", "system", None),
        ("sign_in.succeeded", person.id, "127.0.0.1"),
        ("access.changed", by.id, None),
    ]
    assert "argon2" not in response.text


async def test_an_administrator_of_the_area_makes_the_same_and_each_is_recorded(identity: Identity) -> None:
    by, person = await identity.administrator(), await identity.person()
    own = identity.http_as(bearer((await identity.signed_in(person))["access_token"]))
    path = f"{ACCOUNTS}/{person.id}/personal-data-copy"
    made = [ok(await client.get(at)) for client, at in ((by.http, path), (own, OWN))]
    assert by_type(made[0]) == by_type(made[1])
    assert [each["read_by"] for each in made[1]["readings"]] == [by.id, person.id]
    assert made[1]["readings"][-1]["read_at"] == made[1]["made_at"]
    entries = await every_item(by.http, "/v1/identity/audit", action="account.personal_data_copied")
    assert [(each["actor"], each["resource_id"], each["purpose"]) for each in entries] == [
        (person.id, person.id, "own_request"),
        (by.id, person.id, "own_request"),
    ]


async def test_the_copy_of_an_erased_account_tells_what_is_left(identity: Identity) -> None:
    by, person = await identity.administrator(), await identity.person(full_name="Trần Thị Ngọc Khuê")
    await identity.signed_in(person)
    path = f"{ACCOUNTS}/{person.id}"
    ok(await by.http.patch(path, json={"is_active": False}, headers={"If-Match": '"1"'}))
    ok(await by.http.post(f"{path}/erasure", json={"ground": "own_request"}, headers={"If-Match": '"2"'}))
    copy = ok(await by.http.get(f"{path}/personal-data-copy"))
    assert "Ngọc Khuê" not in str(copy)
    assert by_type(copy).keys() == {"account", "audit_entry", "request"}


async def test_a_system_is_no_person(identity: Identity) -> None:
    for scopes in (("registry.read",), ("identity.admin",)):
        system = await identity.system(*scopes)
        token = (await identity.token(auth=system.basic, grant_type="client_credentials")).json()["access_token"]
        assert_problem(await identity.http_as(bearer(token)).get(OWN), 409, "not_a_person")
