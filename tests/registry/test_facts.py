"""What holds for every kind of fact: entering, reading, correcting, taking back."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.database.connections import Database
from kernel.values.ids import new_id
from tests.registry.builders import DONG_VINH, FACTS, LE_LOI, ORGANIZATIONS, PATH, Make, type_of
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient

every_kind = pytest.mark.parametrize("plural", FACTS)
# A field of each kind that may be corrected without touching the timeline.
REMARK = {
    "status-changes": "decision_number",
    "type-conversions": "decision_number",
    "seat-changes": "decision_number",
    "alliance-memberships": "certificate_number",
    "products": "issuing_authority",
    "certificates": "certifier",
    "organization-statistics": "source_document",
    "inspections": "decision_number",
    "dissolution-cases": "decision_number",
    "models": "issuing_authority",
}


@every_kind
async def test_a_fact_is_entered_under_its_organization(registry: ApiClient, make: Make, plural: str) -> None:
    organization = await make.organization()
    body = FACTS[plural](reason="theo báo cáo") if "change" in plural else FACTS[plural]()
    response = await registry.post(f"{ORGANIZATIONS}/{organization.id}/{plural}", json=body)
    record = ok(response, 201)
    assert {n: record[n] for n in body if n != "seat"} == {n: v for n, v in body.items() if n != "seat"}
    assert (record["organization_id"], record["alliance"], record["version"]) == (organization.id, "25-2025", 1)
    assert response.headers["location"] == f"{PATH}/{plural}/{record['id']}"
    assert response.headers["etag"].startswith('W/"1-')
    record.pop("warnings", None)
    assert ok(await registry.get(response.headers["location"])) == record


@every_kind
async def test_a_fact_may_name_its_organization_instead(registry: ApiClient, make: Make, plural: str) -> None:
    organization = await make.organization()
    body = {**FACTS[plural](), "organization_id": organization.id}
    assert ok(await registry.post(f"{PATH}/{plural}", json=body), 201)["organization_id"] == organization.id


@every_kind
async def test_a_fact_without_an_organization_of_the_area_is_refused(
    registry: ApiClient, make: Make, plural: str
) -> None:
    here, abroad = await make.organization(), await make.organization(commune=LE_LOI)
    path, body = f"{PATH}/{plural}", FACTS[plural]()
    assert faults(await registry.post(path, json=body)) == {("/organization_id", "required")}
    for unknown in (new_id(), abroad.id):
        response = await registry.post(path, json={**body, "organization_id": unknown})
        assert faults(response) == {("/organization_id", "unknown_organization")}
    response = await registry.post(f"{ORGANIZATIONS}/{here.id}/{plural}", json={**body, "organization_id": abroad.id})
    assert faults(response) == {("/organization_id", "differs_from_path")}
    response = await registry.post(f"{ORGANIZATIONS}/{abroad.id}/{plural}", json=body)
    assert_problem(response, 404, "not_found")


@every_kind
async def test_facts_are_listed_by_organization_and_across_all(registry: ApiClient, make: Make, plural: str) -> None:
    first, second, abroad = (
        await make.organization(),
        await make.organization(),
        await make.organization(commune=LE_LOI),
    )
    ids = [(await make.fact(plural, organization)).id for organization in (first, second)]
    stays = {"commune": DONG_VINH} if plural == "seat-changes" else {}
    ids.append((await make.fact(plural, abroad, **stays)).id)
    nested = await every_item(registry, f"{ORGANIZATIONS}/{first.id}/{plural}")
    assert [item["id"] for item in nested] == ids[:1]
    assert [item["id"] for item in await every_item(registry, f"{PATH}/{plural}", limit=1)] == ids[:2]
    assert [item["id"] for item in await every_item(registry.as_(area="VN"), f"{PATH}/{plural}")] == ids
    response = await registry.get(f"{ORGANIZATIONS}/{abroad.id}/{plural}")
    assert_problem(response, 404, "not_found")


@every_kind
async def test_the_same_fact_again_is_entered_once(registry: ApiClient, make: Make, plural: str, db: Database) -> None:
    organization = await make.organization()
    body = {**FACTS[plural](), "id": new_id()}
    path = f"{ORGANIZATIONS}/{organization.id}/{plural}"
    first = ok(await registry.post(path, json=body), 201)
    assert ok(await registry.post(path, json=body)) == first
    assert ok(await registry.post(f"{PATH}/{plural}", json={**body, "organization_id": organization.id})) == first
    response = await registry.post(path, json={**body, REMARK[plural]: "khác"})
    assert_problem(response, 409, "id_in_use", id=body["id"])
    assert await db.fetchval("SELECT count(*) FROM history WHERE resource_id = $1::uuid", body["id"]) == 1


@every_kind
async def test_a_correction_leaves_what_it_does_not_name_and_keeps_what_was(
    registry: ApiClient, make: Make, plural: str
) -> None:
    fact = await make.fact(plural, await make.organization(), **{REMARK[plural]: "cũ"})
    path = f"{PATH}/{plural}/{fact.id}"
    change = {REMARK[plural]: "mới", "reason": "nhập nhầm"}
    after = ok(await registry.patch(path, json=change, headers=etag(fact)))
    assert {n for n in fact if after[n] != fact[n]} == {REMARK[plural], "version", "updated_at"}
    cleared = ok(await registry.patch(path, json={REMARK[plural]: None}, headers=etag(after)))
    assert cleared[REMARK[plural]] is None
    items = ok(await registry.get(f"{path}/history"))["items"]
    assert [(i["version"], i["action"], i["reason"]) for i in items[:2]] == [
        (1, "created", None),
        (2, "corrected", "nhập nhầm"),
    ]
    assert [i["content"][REMARK[plural]] for i in items] == ["cũ", "mới", None]
    assert items[1]["changed"] == [REMARK[plural]]


@every_kind
async def test_a_correction_needs_the_version_it_corrects(registry: ApiClient, make: Make, plural: str) -> None:
    fact = await make.fact(plural, await make.organization())
    path = f"{PATH}/{plural}/{fact.id}"
    assert_problem(await registry.patch(path, json={}), 428, "if_match_missing")
    stale = await registry.patch(path, json={}, headers={"If-Match": '"7"'})
    assert assert_problem(stale, 412, "stale")["current"] == fact
    assert_problem(await registry.delete(path), 428, "if_match_missing")
    assert_problem(await registry.delete(path, headers={"If-Match": '"7"'}), 412, "stale")


@every_kind
async def test_what_was_entered_by_mistake_is_taken_back_and_remembered(
    registry: ApiClient, make: Make, plural: str, db: Database
) -> None:
    fact = await make.fact(plural, await make.organization())
    path = f"{PATH}/{plural}/{fact.id}"
    response = await registry.delete(path, headers=etag(fact))
    assert (response.status_code, response.content) == (204, b"")
    assert_problem(await registry.get(path), 404, "not_found")
    assert_problem(await registry.delete(path, headers=etag(fact)), 404, "not_found")
    assert await every_item(registry, f"{PATH}/{plural}") == []
    items = ok(await registry.get(f"{path}/history"))["items"]
    assert [(i["version"], i["action"]) for i in items] == [(1, "created"), (2, "removed")]
    last = await db.fetchrow(
        "SELECT type, reason, resource_version FROM change WHERE resource_id = $1::uuid ORDER BY xid DESC, seq DESC",
        fact.id,
    )
    assert last is not None
    assert tuple(last.values()) == (f"{type_of(plural)}.removed", "deleted", 2)


@every_kind
async def test_a_fact_taken_back_is_remembered_within_its_area_only(
    registry: ApiClient, make: Make, plural: str
) -> None:
    fact = await make.fact(plural, await make.organization())
    path = f"{PATH}/{plural}/{fact.id}"
    await registry.delete(path, headers=etag(fact))
    assert_problem(await registry.as_(area="40-2025").get(f"{path}/history"), 404, "not_found")


@every_kind
async def test_facts_are_entered_in_batches(registry: ApiClient, make: Make, plural: str, db: Database) -> None:
    owners = [await make.organization() for _ in range(3)]
    items: list[dict[str, Any]] = [{**FACTS[plural](), "organization_id": owner.id} for owner in owners]
    wrong = [*items, {**FACTS[plural](), "organization_id": new_id()}, {"colour": "red"}]
    path, table = f"{PATH}/{plural}/batch", type_of(plural)
    response = await registry.post(path, json={"mode": "atomic", "items": wrong})
    assert {("/items/3/organization_id", "unknown_organization"), ("/items/4/colour", "unknown_field")} <= faults(
        response
    )
    assert await db.fetchval(f"SELECT count(*) FROM {table}") == 0
    answer = ok(await registry.post(path, json={"mode": "each", "items": wrong}), 207)["items"]
    assert [item["status"] for item in answer] == [201, 201, 201, 422, 422]
    assert await db.fetchval(f"SELECT count(*) FROM {table}") == 3


async def test_an_id_that_the_table_itself_refuses_is_one_items_refusal(
    registry: ApiClient, make: Make, db: Database
) -> None:
    organization = await make.organization()
    fact, taken = await make.fact("products", organization), new_id()
    # History says nothing of this row, so that only the primary key finds that its id is taken.
    await db.execute(
        "INSERT INTO product SELECT (jsonb_populate_record(p, jsonb_build_object('id', $2::text))).*"
        " FROM product p WHERE id = $1::uuid",
        fact.id,
        taken,
    )
    items = [{**FACTS["products"](), "organization_id": organization.id, "id": id_} for id_ in (taken, new_id())]
    answer = ok(await registry.post(f"{PATH}/products/batch", json={"mode": "each", "items": items}), 207)["items"]
    assert [(item["status"], item["problem"] and item["problem"]["code"]) for item in answer] == [
        (409, "id_in_use"),
        (201, None),
    ]
    refused = await registry.post(f"{PATH}/products/batch", json={"mode": "atomic", "items": items})
    assert_problem(refused, 409, "id_in_use", index=0)


@every_kind
async def test_an_own_user_reads_its_own_facts_only(registry: ApiClient, make: Make, plural: str) -> None:
    mine, other = await make.organization(), await make.organization()
    fact, hidden = await make.fact(plural, mine), await make.fact(plural, other)
    own = registry.as_(scope="own.read own.write", organization_id=mine.id)
    assert [item["id"] for item in await every_item(own, f"{PATH}/{plural}")] == [fact.id]
    assert ok(await own.get(f"{PATH}/{plural}/{fact.id}")) == fact
    for path in (
        f"{PATH}/{plural}/{hidden.id}",
        f"{PATH}/{plural}/{hidden.id}/history",
        f"{ORGANIZATIONS}/{other.id}/{plural}",
    ):
        assert_problem(await own.get(path), 404, "not_found")
    response = await own.post(f"{ORGANIZATIONS}/{mine.id}/{plural}", json=FACTS[plural]())
    assert_problem(response, 403, "scope_missing")


WRONG: list[tuple[str, dict[str, Any], set[tuple[str, str]]]] = [
    ("status-changes", {"kind": "moral"}, {("/kind", "not_allowed")}),
    ("status-changes", {"kind": "legal", "status": "dormant"}, {("/status", "not_allowed")}),
    ("status-changes", {"kind": "operating", "status": "ended"}, {("/status", "not_allowed")}),
    (
        "status-changes",
        {"status": "asleep", "effective_on": "2999-01-01", "basis": "none"},
        {("/status", "not_allowed"), ("/effective_on", "in_the_future"), ("/basis", "not_allowed")},
    ),
    (
        "status-changes",
        {"source": "rumour", "file_ids": ["x"]},
        {("/source", "not_allowed"), ("/file_ids/0", "wrong_format")},
    ),
    (
        "type-conversions",
        {"kind": "cooperative_to_group", "effective_on": None},
        {("/kind", "not_allowed"), ("/effective_on", "not_a_date")},
    ),
    (
        "seat-changes",
        {"seat": {"commune_code": "99999", "commune_map": "2008"}, "effective_on": "2999-01-01"},
        {("/seat/commune_code", "unknown_commune"), ("/effective_on", "in_the_future")},
    ),
    (
        "alliance-memberships",
        {"left_on": "2021-01-14", "kind": "friend"},
        {("/left_on", "end_before_start"), ("/kind", "not_allowed")},
    ),
    ("alliance-memberships", {"left_on": "2021-01-15"}, {("/left_on", "end_before_start")}),
    ("alliance-memberships", {"admitted_on": "2999-01-01"}, {("/admitted_on", "in_the_future")}),
    (
        "products",
        {"ocop_stars": 6, "ocop_score": "100.5", "name": ""},
        {("/ocop_stars", "too_large"), ("/ocop_score", "wrong_format"), ("/name", "blank")},
    ),
    (
        "products",
        {"ocop_stars": "4", "ocop_score": 75.5},
        {("/ocop_stars", "not_an_integer"), ("/ocop_score", "not_a_string")},
    ),
    ("products", {"recognized_on": None}, {("/recognized_on", "required")}),
    ("products", {"valid_until": "2022-09-30"}, {("/valid_until", "end_before_start")}),
    (
        "certificates",
        {"area_hectares": "0.000", "scheme": "tasty"},
        {("/area_hectares", "too_small"), ("/scheme", "not_allowed")},
    ),
    ("certificates", {"area_hectares": 12.5}, {("/area_hectares", "not_a_string")}),
    ("certificates", {"area_hectares": "1.00001"}, {("/area_hectares", "wrong_format")}),
    ("certificates", {"valid_until": "2022-08-31"}, {("/valid_until", "end_before_start")}),
]


@pytest.mark.parametrize(("plural", "given", "expected"), WRONG, ids=[f"{p}-{'-'.join(g)}" for p, g, _ in WRONG])
async def test_what_breaks_the_contract_is_named_and_nothing_is_written(
    registry: ApiClient, make: Make, db: Database, plural: str, given: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    organization = await make.organization()
    response = await registry.post(f"{ORGANIZATIONS}/{organization.id}/{plural}", json={**FACTS[plural](), **given})
    assert faults(response) == expected
    assert await db.fetchval("SELECT count(*) FROM history") == 1


@pytest.mark.parametrize(
    ("plural", "body", "change", "fault"),
    [
        ("status-changes", {}, {"status": "dormant"}, ("/status", "not_allowed")),
        ("status-changes", {}, {"status": None}, ("/status", "required")),
        ("status-changes", {}, {"kind": "operating"}, ("/kind", "unknown_field")),
        ("seat-changes", {}, {"seat": None}, ("/seat", "required")),
        (
            "alliance-memberships",
            {"left_on": "2022-01-01"},
            {"admitted_on": "2022-01-01"},
            ("/left_on", "end_before_start"),
        ),
        ("alliance-memberships", {}, {"kind": None}, ("/kind", "required")),
        (
            "products",
            {"valid_until": "2025-10-01"},
            {"recognized_on": "2025-10-02"},
            ("/valid_until", "end_before_start"),
        ),
        ("products", {}, {"recognized_on": None}, ("/recognized_on", "required")),
        ("products", {}, {"partners": ["Sở Công Thương"]}, ("/partners", "needs_joint")),
        (
            "certificates",
            {"valid_until": "2024-09-01"},
            {"valid_from": "2024-09-02"},
            ("/valid_until", "end_before_start"),
        ),
        ("certificates", {}, {"area_hectares": "0"}, ("/area_hectares", "too_small")),
    ],
)
async def test_a_correction_is_judged_with_what_stands(
    registry: ApiClient, make: Make, plural: str, body: dict[str, Any], change: dict[str, Any], fault: tuple[str, str]
) -> None:
    fact = await make.fact(plural, await make.organization(), **body)
    path = f"{PATH}/{plural}/{fact.id}"
    assert faults(await registry.patch(path, json=change, headers=etag(fact))) == {fault}
    assert ok(await registry.get(path)) == fact


@every_kind
async def test_a_fact_says_whether_anything_of_it_is_invented(registry: ApiClient, make: Make, plural: str) -> None:
    """The organization is real; the day, which no source tells, is not."""
    organization = await make.organization()
    path = f"{ORGANIZATIONS}/{organization.id}/{plural}"
    record = ok(await registry.post(path, json={**FACTS[plural](), "is_synthetic": True}), 201)
    assert record["is_synthetic"] is True
    at = f"{PATH}/{plural}/{record['id']}"
    changed = await registry.patch(at, json={"is_synthetic": False}, headers={"if-match": '"1"'})
    assert ok(changed)["is_synthetic"] is False
    assert ok(await registry.get(f"{ORGANIZATIONS}/{organization.id}"))["is_synthetic"] is False
