"""Idempotency-Key: a request sent again has no second effect and the same answer."""

from __future__ import annotations

import pytest

from kernel.database.connections import Database
from kernel.web import idempotency
from tests.registry.builders import ORGANIZATIONS, PATH, Make, a_code, a_cooperative, a_membership
from tests.support.answers import assert_problem, faults, ok
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


async def test_a_read_ignores_a_key(registry: ApiClient, db: Database) -> None:
    response = await registry.get(f"{PATH}/organizations", headers=KEY)
    assert ok(response)["items"] == []
    assert await db.fetchval("SELECT count(*) FROM idempotency_key") == 0
