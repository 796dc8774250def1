"""Callers that meet: whatever the order, one effect, no half of one, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any

import httpx

from kernel.database.connections import Database
from kernel.values.ids import new_id
from tests.registry.builders import (
    GIA_CAM,
    LE_LOI,
    ORGANIZATIONS,
    PATH,
    TAN_DAN,
    Make,
    a_cooperative,
    a_membership,
    a_move,
    a_seat,
    a_status_change,
)
from tests.support.answers import assert_problem, etag, ok
from tests.support.client import ApiClient

Answers = list[httpx.Response]


async def at_once(*calls: Coroutine[Any, Any, httpx.Response]) -> Answers:
    return await asyncio.gather(*calls)


def statuses(answers: Answers) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


async def counted(db: Database, table: str) -> int:
    number: int = await db.fetchval(f"SELECT count(*) FROM {table}")
    return number


async def test_of_two_admissions_at_once_one_holds(registry: ApiClient, make: Make, db: Database) -> None:
    organization = await make.organization()
    path = f"{ORGANIZATIONS}/{organization.id}/alliance-memberships"
    answers = await at_once(*(registry.post(path, json=a_membership(certificate_number=str(n))) for n in range(6)))
    assert statuses(answers) == {201: 1, 409: 5}
    for answer in answers:
        if answer.status_code == 409:
            assert_problem(answer, 409, "membership_open")
    assert await counted(db, "alliance_membership") == 1


async def test_of_two_organizations_with_one_code_one_is_entered(registry: ApiClient, db: Database) -> None:
    body = a_cooperative()
    answers = await at_once(*(registry.post(ORGANIZATIONS, json=a_cooperative(code=body["code"])) for _ in range(6)))
    assert statuses(answers) == {201: 1, 409: 5}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"code_in_use"}
    tables = ("organization", "organization_state", "history", "change")
    assert [await counted(db, table) for table in tables] == [1, 1, 1, 1]


async def test_of_two_organizations_with_one_external_id_one_is_entered(registry: ApiClient, db: Database) -> None:
    key = [{"system": "national_coop_system", "value": "HTX-1"}]
    answers = await at_once(*(registry.post(ORGANIZATIONS, json=a_cooperative(external_ids=key)) for _ in range(4)))
    assert statuses(answers) == {201: 1, 409: 3}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"external_id_in_use"}
    assert await counted(db, "organization") == 1


async def test_one_minted_id_sent_at_once_with_one_content_is_one_organization(
    registry: ApiClient, db: Database
) -> None:
    body = a_cooperative(id=new_id())
    answers = await at_once(*(registry.post(ORGANIZATIONS, json=body) for _ in range(6)))
    assert statuses(answers) == {201: 1, 200: 5}
    assert {answer.json()["id"] for answer in answers} == {body["id"]}
    assert await counted(db, "organization") == 1


async def test_one_minted_id_sent_at_once_with_other_contents_is_one_of_them(registry: ApiClient, db: Database) -> None:
    id_ = new_id()
    answers = await at_once(*(registry.post(ORGANIZATIONS, json=a_cooperative(id=id_)) for _ in range(6)))
    assert statuses(answers) == {201: 1, 409: 5}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"id_in_use"}
    assert await counted(db, "history") == 1


async def test_one_minted_fact_sent_at_once_is_one_fact(registry: ApiClient, make: Make, db: Database) -> None:
    organization = await make.organization()
    body = {**a_membership(), "id": new_id()}
    path = f"{ORGANIZATIONS}/{organization.id}/alliance-memberships"
    answers = await at_once(*(registry.post(path, json=body) for _ in range(6)))
    assert statuses(answers) == {201: 1, 200: 5}
    assert await counted(db, "alliance_membership") == 1


async def test_one_key_sent_twenty_times_at_once_has_one_effect(registry: ApiClient, db: Database) -> None:
    body, key = a_cooperative(), {"Idempotency-Key": "0a1b2c"}
    answers = await at_once(*(registry.post(ORGANIZATIONS, json=body, headers=key) for _ in range(20)))
    assert statuses(answers) == {201: 20}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 19
    assert [await counted(db, table) for table in ("organization", "history", "change")] == [1, 1, 1]


async def test_one_change_sent_fifty_times_at_once_with_one_key_has_one_effect(
    registry: ApiClient, make: Make, db: Database
) -> None:
    organization = await make.organization()
    path, headers = f"{ORGANIZATIONS}/{organization.id}", {**etag(organization), "Idempotency-Key": "0a1b2c"}
    answers = await at_once(*(registry.patch(path, json={"name_short": "một"}, headers=headers) for _ in range(50)))
    assert statuses(answers) == {200: 50}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 49
    assert [await counted(db, table) for table in ("history", "change")] == [2, 2]


async def test_one_removal_sent_fifty_times_at_once_with_one_key_has_one_effect(
    registry: ApiClient, make: Make, db: Database
) -> None:
    membership = await make.membership(await make.organization())
    path, headers = f"{PATH}/alliance-memberships/{membership.id}", {**etag(membership), "Idempotency-Key": "0a1b2c"}
    answers = await at_once(*(registry.delete(path, headers=headers) for _ in range(50)))
    assert statuses(answers) == {204: 50}
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 49
    removed = "SELECT count(*) FROM history WHERE resource_type = 'alliance_membership' AND action = 'removed'"
    assert await db.fetchval(removed) == 1


async def test_one_key_with_two_contents_at_once_has_one_effect(registry: ApiClient, db: Database) -> None:
    key = {"Idempotency-Key": "0a1b2c"}
    answers = await at_once(*(registry.post(ORGANIZATIONS, json=a_cooperative(), headers=key) for _ in range(6)))
    assert statuses(answers) == {201: 1, 422: 5}
    assert {a.json()["code"] for a in answers if a.status_code == 422} == {"idempotency_key_reused"}
    assert await counted(db, "organization") == 1


async def test_of_two_changes_of_one_version_one_is_stale(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    path = f"{ORGANIZATIONS}/{organization.id}"
    answers = await at_once(
        *(registry.patch(path, json={"name_short": f"HTX {n}"}, headers=etag(organization)) for n in range(6))
    )
    assert statuses(answers) == {200: 1, 412: 5}
    winner = next(answer.json() for answer in answers if answer.status_code == 200)
    assert (await make.now(organization)).name_short == winner["name_short"]
    for answer in answers:
        if answer.status_code == 412:
            assert answer.json()["current"]["version"] in (1, 2)


async def test_a_correction_and_a_removal_at_once_do_not_both_hold(registry: ApiClient, make: Make) -> None:
    membership = await make.membership(await make.organization())
    path = f"{PATH}/alliance-memberships/{membership.id}"
    patched, removed = await at_once(
        registry.patch(path, json={"certificate_number": "1"}, headers=etag(membership)),
        registry.delete(path, headers=etag(membership)),
    )
    assert (patched.status_code, removed.status_code) in {(200, 412), (404, 204), (412, 204)}


async def test_facts_of_one_organization_entered_at_once_all_stand(
    registry: ApiClient, make: Make, db: Database
) -> None:
    organization = await make.organization()
    path = f"{ORGANIZATIONS}/{organization.id}"
    days = [f"2021-{month:02d}-01" for month in range(1, 13)]
    kinds = ["temporarily_suspended", "active"]
    answers = await at_once(
        *(
            registry.post(f"{path}/status-changes", json=a_status_change(status=kinds[n % 2], effective_on=day))
            for n, day in enumerate(days)
        ),
        *(
            registry.post(f"{path}/seat-changes", json=a_move([TAN_DAN, GIA_CAM][n % 2], effective_on=day))
            for n, day in enumerate(days)
        ),
        registry.post(f"{path}/alliance-memberships", json=a_membership()),
    )
    assert statuses(answers) == {201: 25}
    rows = await db.fetch("SELECT legal_status, commune_code FROM organization_state ORDER BY valid_from")
    expected = [("active", GIA_CAM), *((kinds[n % 2], [TAN_DAN, GIA_CAM][n % 2]) for n in range(12))]
    assert [tuple(row.values()) for row in rows] == expected


async def test_moves_and_corrections_of_many_organizations_at_once_do_not_lock_each_other(
    registry: ApiClient, make: Make, db: Database
) -> None:
    nation = registry.as_(area="VN")
    organizations = [await make.organization() for _ in range(4)]
    memberships = [await make.membership(organization) for organization in organizations]

    async def there_and_back(at: int) -> httpx.Response:
        path = f"{ORGANIZATIONS}/{organizations[at].id}/seat-changes"
        ok(await nation.post(path, json=a_move(LE_LOI, effective_on="2023-01-01")), 201)
        return await nation.post(path, json=a_move(GIA_CAM, effective_on="2023-02-01"))

    async def corrected(at: int) -> httpx.Response:
        path = f"{PATH}/alliance-memberships/{memberships[at].id}"
        while True:
            present = ok(await nation.get(path))
            response = await nation.patch(path, json={"certificate_number": "7"}, headers=etag(present))
            if response.status_code != 412:
                return response

    answers = await at_once(*(there_and_back(at) for at in range(4)), *(corrected(at) for at in range(4)))
    assert statuses(answers) == {201: 4, 200: 4}
    for table in ("organization", "alliance_membership", "seat_change"):
        rows = await db.fetch(f"SELECT alliance FROM {table}")
        assert {row["alliance"] for row in rows} == {"25-2025"}, table


async def test_batches_on_the_same_organizations_in_any_order_are_all_entered(
    registry: ApiClient, make: Make, db: Database
) -> None:
    made = [await make.organization() for _ in range(6)]

    def batch(at: int, mode: str) -> dict[str, Any]:
        order = made if at % 2 else made[::-1]
        day = f"2022-{at + 1:02d}-01"
        facts = [a_status_change(status="dormant", effective_on=day, organization_id=each.id) for each in order]
        return {"mode": mode, "items": facts}

    path = f"{PATH}/status-changes/batch"
    answers = await at_once(*(registry.post(path, json=batch(at, ["atomic", "each"][at // 6])) for at in range(12)))
    assert statuses(answers) == {201: 6, 207: 6}
    assert {item["status"] for answer in answers for item in answer.json()["items"]} == {201}
    assert await counted(db, "status_change") == 12 * 6


async def test_a_first_seat_corrected_while_a_move_is_entered_is_one_or_the_other(
    registry: ApiClient, make: Make
) -> None:
    organization = await make.organization()
    path = f"{ORGANIZATIONS}/{organization.id}"
    moved, corrected = await at_once(
        registry.post(f"{path}/seat-changes", json=a_move(TAN_DAN)),
        registry.patch(
            path,
            json={"seat": a_seat(TAN_DAN), "corrects_opening": True, "reason": "Nhập nhầm"},
            headers=etag(organization),
        ),
    )
    assert moved.status_code == 201
    assert corrected.status_code in (200, 412)
    assert (await make.now(organization)).seat["commune_code"] == TAN_DAN
