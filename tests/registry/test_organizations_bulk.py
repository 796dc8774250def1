"""Many organizations in one call: looking codes up, and entering in batches."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.database.connections import Database
from kernel.values.ids import new_id
from tests.registry.builders import LE_LOI, ORGANIZATIONS, Make, a_code, a_cooperative, a_seat
from tests.support.answers import assert_problem, faults, ok
from tests.support.client import ApiClient

LOOKUP, BATCH = f"{ORGANIZATIONS}/lookup", f"{ORGANIZATIONS}/batch"


async def test_lookup_keeps_the_order_and_names_what_is_absent(registry: ApiClient, make: Make) -> None:
    first, second, absent = await make.organization(), await make.organization(), a_code()
    codes = [second.code, absent, first.code, second.code]
    items = ok(await registry.post(LOOKUP, json={"codes": codes}))["items"]
    assert [(i["code"], i["found"]) for i in items] == list(zip(codes, [True, False, True, True], strict=True))
    assert [i["organization"] and i["organization"]["id"] for i in items] == [second.id, None, first.id, second.id]
    assert items[0]["organization"] == await make.now(second)


async def test_lookup_finds_nothing_outside_the_area(registry: ApiClient, make: Make) -> None:
    abroad = await make.organization(commune=LE_LOI)
    item = ok(await registry.post(LOOKUP, json={"codes": [abroad.code]}))["items"][0]
    assert (item["found"], item["organization"]) == (False, None)


async def test_lookup_takes_a_dependent_units_code_as_people_write_it(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(code="0100109106-001")
    item = ok(await registry.post(LOOKUP, json={"codes": ["0100109106-001"]}))["items"][0]
    assert (item["code"], item["organization"]["id"]) == ("0100109106-001", organization.id)


async def test_lookup_takes_ids_and_keys_of_other_systems_beside_codes(registry: ApiClient, make: Make) -> None:
    key, absent = {"system": "national_coop_system", "value": "HTX-7"}, {"system": "tax", "value": "HTX-7"}
    keyed, plain = await make.organization(external_ids=[key]), await make.organization()
    abroad = await make.organization(commune=LE_LOI)
    body = {"external_ids": [absent, key], "ids": [abroad.id, plain.id.upper(), keyed.id], "codes": [keyed.code]}
    items = ok(await registry.post(LOOKUP, json=body))["items"]
    assert [(item["code"], item["id"], item["external_id"]) for item in items] == [
        (keyed.code, None, None),
        (None, abroad.id, None),
        (None, plain.id, None),
        (None, keyed.id, None),
        (None, None, absent),
        (None, None, key),
    ]
    ids = [item["organization"] and item["organization"]["id"] for item in items]
    assert ids == [keyed.id, None, plain.id, keyed.id, None, keyed.id]
    assert [item["found"] for item in items] == [id_ is not None for id_ in ids]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("/codes", "required")),
        ({"ids": ["7"]}, ("/ids/0", "wrong_format")),
        ({"ids": ["0192c7e0-0000-7000-8000-000000000000"] * 501}, ("/ids", "too_many")),
        ({"ids": ["0192c7e0-0000-7000-8000-000000000000"] * 300, "codes": ["1"] * 201}, ("", "too_many")),
        ({"external_ids": [{"system": "Sys", "value": "1"}]}, ("/external_ids/0/system", "wrong_format")),
        ({"codes": []}, ("/codes", "too_few")),
        ({"codes": ["1"] * 501}, ("/codes", "too_many")),
        ({"codes": [2600123456]}, ("/codes/0", "not_a_string")),
        ({"codes": ["1" * 51]}, ("/codes/0", "too_long")),
        ({"codes": ["26\u0000"]}, ("/codes/0", "control_character")),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_lookup_says_what_is_wrong(registry: ApiClient, body: dict[str, Any], fault: tuple[str, str]) -> None:
    assert faults(await registry.post(LOOKUP, json=body)) == {fault}


async def test_an_atomic_batch_enters_all(registry: ApiClient, make: Make) -> None:
    bodies = [a_cooperative() for _ in range(3)]
    answer = ok(await registry.post(BATCH, json={"mode": "atomic", "items": bodies}), 201)
    assert [(i["index"], i["status"], i["version"], i["problem"]) for i in answer["items"]] == [
        (n, 201, 1, None) for n in range(3)
    ]
    for item, body in zip(answer["items"], bodies, strict=True):
        read = ok(await registry.get(f"{ORGANIZATIONS}/{item['id']}"))
        assert (read["name"], read["code"]) == (body["name"], body["code"])


async def test_an_atomic_batch_with_faults_enters_nothing_and_names_all(registry: ApiClient, db: Database) -> None:
    items: list[Any] = [a_cooperative(), a_cooperative(code="1", name=""), a_cooperative(seat=a_seat("99999")), 7]
    response = await registry.post(BATCH, json={"mode": "atomic", "items": items})
    assert faults(response) == {
        ("/items/1/code", "wrong_format"),
        ("/items/1/name", "blank"),
        ("/items/2/seat/commune_code", "unknown_commune"),
        ("/items/3", "not_an_object"),
    }
    assert await db.fetchval("SELECT count(*) FROM organization") == 0


async def test_an_atomic_batch_that_a_rule_refuses_says_which_item(
    registry: ApiClient, make: Make, db: Database
) -> None:
    organization = await make.organization()
    items = [a_cooperative(), a_cooperative(code=organization.code), a_cooperative(name=organization.name)]
    response = await registry.post(BATCH, json={"mode": "atomic", "items": items})
    assert_problem(response, 409, "code_in_use", index=1, refused=[1, 2], organization_id=organization.id)
    assert await db.fetchval("SELECT count(*) FROM organization") == 1


async def test_items_of_a_batch_know_each_other(registry: ApiClient) -> None:
    body = a_cooperative()
    response = await registry.post(BATCH, json={"mode": "atomic", "items": [body, {**body, "code": a_code()}]})
    assert_problem(response, 409, "possible_duplicate", index=1)


async def test_in_each_mode_good_items_stand_and_bad_ones_say_why(
    registry: ApiClient, make: Make, db: Database
) -> None:
    organization = await make.organization()
    again = {**a_cooperative(), "id": new_id()}
    ok(await registry.post(ORGANIZATIONS, json=again), 201)
    items: list[Any] = [
        a_cooperative(),
        a_cooperative(code=organization.code),
        a_cooperative(code="1", colour="red"),
        again,
        "text",
        a_cooperative(commune=LE_LOI),
        a_cooperative(),
    ]
    answer = ok(await registry.post(BATCH, json={"mode": "each", "items": items}), 207)["items"]
    assert [i["index"] for i in answer] == list(range(7))
    assert [i["status"] for i in answer] == [201, 409, 422, 200, 422, 422, 201]
    assert answer[1]["problem"]["code"] == "code_in_use"
    errors = {(e["pointer"], e["code"]) for e in answer[2]["problem"]["errors"]}
    assert errors == {("/code", "wrong_format"), ("/colour", "unknown_field")}
    assert answer[3]["id"] == again["id"]
    assert answer[4]["problem"]["errors"][0]["code"] == "not_an_object"
    assert answer[5]["problem"]["errors"][0]["code"] == "outside_area"
    assert all(i["id"] is None for i in answer if i["status"] >= 400)
    assert await db.fetchval("SELECT count(*) FROM organization") == 4


async def test_a_refused_item_leaves_no_trace(registry: ApiClient, make: Make, db: Database) -> None:
    taken = [{"system": "national_coop_system", "value": "HTX-1"}]
    await make.organization(external_ids=taken)
    tables = ("organization", "organization_state", "organization_external_id", "history", "change")
    before = [await db.fetchval(f"SELECT count(*) FROM {table}") for table in tables]
    items = [a_cooperative(external_ids=[{"system": "other_system", "value": "1"}, *taken])]
    answer = ok(await registry.post(BATCH, json={"mode": "each", "items": items}), 207)["items"]
    assert (answer[0]["status"], answer[0]["problem"]["code"]) == (409, "external_id_in_use")
    assert [await db.fetchval(f"SELECT count(*) FROM {table}") for table in tables] == before


async def test_an_each_batch_is_replayed_as_it_was(registry: ApiClient, db: Database) -> None:
    body = {"mode": "each", "items": [a_cooperative(), a_cooperative(code="1")]}
    key = {"Idempotency-Key": "batch-1"}
    first = await registry.post(BATCH, json=body, headers=key)
    again = await registry.post(BATCH, json=body, headers=key)
    assert (again.status_code, again.content) == (207, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert await db.fetchval("SELECT count(*) FROM organization") == 1


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"items": [{}]}, ("/mode", "required")),
        ({"mode": "some", "items": [{}]}, ("/mode", "not_allowed")),
        ({"mode": "each", "items": []}, ("/items", "too_few")),
        ({"mode": "each", "items": [{}] * 501}, ("/items", "too_many")),
        ({"mode": "each", "items": {}}, ("/items", "not_a_list")),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_a_batch_that_is_none_is_refused_whole(
    registry: ApiClient, body: dict[str, Any], fault: tuple[str, str]
) -> None:
    assert faults(await registry.post(BATCH, json=body)) == {fault}


@pytest.mark.thorough
async def test_500_organizations_are_entered_in_one_call(registry: ApiClient, db: Database) -> None:
    body = {"mode": "atomic", "items": [a_cooperative() for _ in range(500)]}
    assert len(ok(await registry.post(BATCH, json=body), 201)["items"]) == 500
    assert await db.fetchval("SELECT count(*) FROM organization_state") == 500
