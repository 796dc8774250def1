"""Idempotency-Key: a request sent again has no second effect and the same answer."""

from __future__ import annotations

import pytest

from kernel.database.connections import Database
from kernel.web import idempotency
from tests.registry.builders import ORGANIZATIONS, PATH, Make, a_code, a_cooperative, a_membership
from tests.support.answers import assert_problem, etag, faults, ok
from tests.support.client import ApiClient

KEY = {"Idempotency-Key": "phone-7/0001"}


async def test_a_replay_gives_the_stored_answer_with_its_headers(registry: ApiClient, make: Make) -> None:
    body = a_cooperative(code="2600123450")
    first = await registry.post(ORGANIZATIONS, json=body, headers=KEY)
    await make.client.patch(
        first.headers["location"], json={"name_short": "đã sửa"}, headers={"If-Match": first.headers["etag"]}
    )
    again = await registry.post(ORGANIZATIONS, json=body, headers=KEY)
    assert (again.status_code, again.content) == (201, first.content)
    for name in ("etag", "location", "cache-control", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert again.headers["x-request-id"] != first.headers["x-request-id"]


async def test_a_key_stands_for_one_request(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    body = a_cooperative()
    ok(await registry.post(ORGANIZATIONS, json=body, headers=KEY), 201)
    other_body = await registry.post(ORGANIZATIONS, json={**body, "name_short": "x"}, headers=KEY)
    assert_problem(other_body, 422, "idempotency_key_reused")
    other_path = await registry.post(
        f"{ORGANIZATIONS}/{organization.id}/alliance-memberships", json=a_membership(), headers=KEY
    )
    assert_problem(other_path, 422, "idempotency_key_reused")


async def test_a_key_belongs_to_its_client(registry: ApiClient, db: Database) -> None:
    ok(await registry.post(ORGANIZATIONS, json=a_cooperative(), headers=KEY), 201)
    for other in (registry.as_(client_id="another"), registry.as_(sub="another")):
        ok(await other.post(ORGANIZATIONS, json=a_cooperative(), headers=KEY), 201)
    assert await db.fetchval("SELECT count(*) FROM organization") == 3


async def test_a_refusal_does_not_use_the_key_up(registry: ApiClient, make: Make, db: Database) -> None:
    organization = await make.organization()
    body = a_cooperative(code=organization.code)
    assert_problem(await registry.post(ORGANIZATIONS, json=body, headers=KEY), 409, "code_in_use")
    assert await db.fetchval("SELECT count(*) FROM idempotency_key") == 0
    ok(await registry.post(ORGANIZATIONS, json={**body, "code": a_code()}, headers=KEY), 201)


async def test_a_fault_is_found_before_the_key_is_looked_at(registry: ApiClient) -> None:
    body = a_cooperative()
    ok(await registry.post(ORGANIZATIONS, json=body, headers=KEY), 201)
    assert faults(await registry.post(ORGANIZATIONS, json={**body, "name": 7}, headers=KEY)) == {
        ("/name", "not_a_string")
    }


@pytest.mark.parametrize("key", ["", "x" * 256, "đồng", "a\tb"])
async def test_a_key_has_1_to_255_printable_characters(registry: ApiClient, key: str) -> None:
    headers = [(b"Idempotency-Key", key.encode())]
    response = await registry.post(ORGANIZATIONS, json=a_cooperative(), headers=headers)
    assert faults(response) == {("Idempotency-Key", "wrong_format")}


async def test_an_answer_is_kept_for_48_hours(registry: ApiClient, db: Database) -> None:
    body = a_cooperative()
    ok(await registry.post(ORGANIZATIONS, json=body, headers=KEY), 201)
    await db.execute("UPDATE idempotency_key SET created_at = now() - interval '47 hours 59 minutes'")
    assert (await registry.post(ORGANIZATIONS, json=body, headers=KEY)).headers["idempotency-replayed"] == "true"
    await db.execute("UPDATE idempotency_key SET created_at = now() - interval '48 hours 1 minute'")
    ok(await registry.post(ORGANIZATIONS, json=a_cooperative(), headers=KEY), 201)
    await db.execute("UPDATE idempotency_key SET created_at = now() - interval '48 hours 1 minute'")
    await idempotency.purge(db)
    assert await db.fetchval("SELECT count(*) FROM idempotency_key") == 0


async def test_a_twin_of_a_request_that_takes_too_long_is_told_to_come_back(registry: ApiClient, db: Database) -> None:
    body = a_cooperative()
    client = "tests/officer"
    async with db.transaction() as tx:
        await tx.execute(
            "INSERT INTO idempotency_key (client_id, key, request_hash) VALUES ($1, $2, '')",
            client,
            KEY["Idempotency-Key"],
        )
        # The pool lends what came back last: the twin waits a moment, where it would wait as long as every call.
        async with db.connection() as of_the_twin:
            patience = await of_the_twin.fetchval("SHOW lock_timeout")
            await of_the_twin.execute("SET lock_timeout = '50ms'")
        try:
            response = await registry.post(ORGANIZATIONS, json=body, headers=KEY)
        finally:
            await of_the_twin.execute("RESET lock_timeout")
    assert patience == "5s"
    assert_problem(response, 409, "idempotency_key_in_progress")
    assert response.headers["retry-after"] == "1"


async def test_a_lookup_may_carry_a_key_like_any_other_post(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    path = f"{ORGANIZATIONS}/lookup"
    first = await registry.post(path, json={"codes": [organization.code]}, headers=KEY)
    await make.changed(organization, name_short="đã sửa")
    again = await registry.post(path, json={"codes": [organization.code]}, headers=KEY)
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    other = await registry.post(path, json={"codes": ["2600000000"]}, headers=KEY)
    assert_problem(other, 422, "idempotency_key_reused")


async def test_a_change_sent_again_after_a_lost_answer_is_answered_as_the_first_time(
    registry: ApiClient, make: Make, db: Database
) -> None:
    organization = await make.organization()
    path, headers = f"{ORGANIZATIONS}/{organization.id}", {**etag(organization), **KEY}
    first = await registry.patch(path, json={"name_short": "một"}, headers=headers)
    # Somebody else changes it in between: what this caller was told stays what it was.
    await make.changed(await make.now(organization), name_short="hai")
    again = await registry.patch(path, json={"name_short": "một"}, headers=headers)
    assert (again.status_code, again.content, again.headers["etag"]) == (200, first.content, first.headers["etag"])
    assert again.headers["idempotency-replayed"] == "true"
    assert (await make.now(organization)).name_short == "hai"
    assert await db.fetchval("SELECT count(*) FROM history WHERE resource_id = $1::uuid", organization.id) == 3


async def test_a_change_without_a_key_is_stale_the_second_time(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    path = f"{ORGANIZATIONS}/{organization.id}"
    ok(await registry.patch(path, json={"name_short": "một"}, headers=etag(organization)))
    again = await registry.patch(path, json={"name_short": "một"}, headers=etag(organization))
    assert_problem(again, 412, "stale")


async def test_another_change_with_the_key_is_refused_whatever_version_it_names(
    registry: ApiClient, make: Make
) -> None:
    organization = await make.organization()
    path = f"{ORGANIZATIONS}/{organization.id}"
    changed = ok(await registry.patch(path, json={"name_short": "một"}, headers={**etag(organization), **KEY}))
    for version in (organization, changed):
        other = await registry.patch(path, json={"name_short": "hai"}, headers={**etag(version), **KEY})
        assert_problem(other, 422, "idempotency_key_reused")


async def test_a_key_that_holds_nothing_leaves_a_stale_change_stale(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    await make.changed(organization, name_short="một")
    path, body = f"{ORGANIZATIONS}/{organization.id}", {"name_short": "hai"}
    for key in (KEY, {"Idempotency-Key": "x" * 256}):
        assert_problem(await registry.patch(path, json=body, headers={**etag(organization), **key}), 412, "stale")
    assert_problem(await registry.patch(path, json=body, headers=KEY), 428, "if_match_missing")


async def test_a_removal_sent_again_is_answered_as_the_first_time(registry: ApiClient, make: Make) -> None:
    membership = await make.membership(await make.organization())
    path = f"{PATH}/alliance-memberships/{membership.id}"
    for replayed in (None, "true"):
        response = await registry.delete(path, headers={**etag(membership), **KEY})
        assert (response.status_code, response.headers.get("idempotency-replayed")) == (204, replayed)
    assert_problem(await registry.delete(path, headers=etag(membership)), 404, "not_found")
    other = {**etag(membership), "Idempotency-Key": "phone-7/0002"}
    assert_problem(await registry.delete(path, headers=other), 404, "not_found")


async def test_an_answer_to_a_change_is_told_to_nobody_else(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    path, headers = f"{ORGANIZATIONS}/{organization.id}", {**etag(organization), **KEY}
    ok(await registry.patch(path, json={"name_short": "một"}, headers=headers))
    for other, status, code in (
        (registry.as_(sub="another"), 412, "stale"),
        (registry.as_(area="40-2025"), 404, "not_found"),
        (registry.as_(scope="registry.read"), 403, "scope_missing"),
    ):
        response = await other.patch(path, json={"name_short": "một"}, headers=headers)
        assert_problem(response, status, code)


async def test_a_read_ignores_a_key(registry: ApiClient, db: Database) -> None:
    response = await registry.get(f"{PATH}/organizations", headers=KEY)
    assert ok(response)["items"] == []
    assert await db.fetchval("SELECT count(*) FROM idempotency_key") == 0
