"""Organizations recognised as models: by which definition, until when, and each once."""

from __future__ import annotations

import asyncio
from typing import Any

from kernel.values.ids import new_id
from tests.registry.builders import LE_LOI, ORGANIZATIONS, PATH, TAN_DAN, THAI_BINH, Make, a_model
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient

MODELS = f"{PATH}/models"


async def test_a_recognition_says_by_which_definition_and_with_whom(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    said = {
        "kind": "value_chain",
        "recognized_on": "2022-11-01",
        "valid_until": "2025-10-31",
        "decision_number": "125/QĐ-UBND",
        "issuing_authority": "UBND tỉnh Phú Thọ",
        "criteria": "Có hợp đồng tiêu thụ với từ 2 doanh nghiệp trở lên",
        "attribution": "joint",
        "partners": ["Sở Nông nghiệp"],
        "is_synthetic": True,
    }
    body = {**said, "id": new_id(), "reason": "Theo quyết định của tỉnh"}
    path = f"{ORGANIZATIONS}/{organization.id}/models"
    model = ok(await registry.post(path, json=body), 201)
    assert {name: model[name] for name in said} == said
    assert model["organization"] == {"id": organization.id, "name": organization.name, "type": "cooperative"}
    assert ok(await registry.post(path, json=body)) == model
    (first,) = ok(await registry.get(f"{MODELS}/{model['id']}/history"))["items"]
    assert (first["action"], first["reason"]) == ("created", "Theo quyết định của tỉnh")


async def test_what_is_no_recognition_is_told_at_its_field(registry: ApiClient, make: Make) -> None:
    path = f"{ORGANIZATIONS}/{(await make.organization()).id}/models"
    body = a_model(kind="best", recognized_on="2999-01-01", attribution="supported", partners=["Sở"])
    assert faults(await registry.post(path, json=body)) == {
        ("/kind", "not_allowed"),
        ("/recognized_on", "in_the_future"),
        ("/partners", "needs_joint"),
    }
    late = a_model(valid_until="2022-10-31")
    assert faults(await registry.post(path, json=late)) == {("/valid_until", "end_before_start")}
    model = ok(await registry.post(path, json=a_model()), 201)
    patch = {"valid_until": "2022-10-31", "partners": ["Sở"]}
    response = await registry.patch(f"{MODELS}/{model['id']}", json=patch, headers=etag(model))
    assert faults(response) == {("/valid_until", "end_before_start"), ("/partners", "needs_joint")}


async def test_one_kind_of_one_day_stands_once_and_the_other_is_named(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    path = f"{ORGANIZATIONS}/{organization.id}/models"
    model = ok(await registry.post(path, json=a_model()), 201)
    said = {"model_id": model["id"], "kind": "effective", "recognized_on": "2022-11-01"}
    assert_problem(await registry.post(path, json=a_model()), 409, "model_exists", **said)
    other = ok(await registry.post(path, json=a_model(kind="typical")), 201)
    ok(await registry.post(path, json=a_model(recognized_on="2023-11-01")), 201)
    response = await registry.patch(f"{MODELS}/{other['id']}", json={"kind": "effective"}, headers=etag(other))
    assert_problem(response, 409, "model_exists", **said)
    # One batch names the item alone.
    items = [{**a_model(kind=kind), "organization_id": organization.id} for kind in ("effective", "advanced")]
    answer = ok(await registry.post(f"{MODELS}/batch", json={"mode": "each", "items": items}), 207)
    assert [item["status"] for item in answer["items"]] == [409, 201]


async def test_two_who_enter_the_same_at_once_make_one(registry: ApiClient, make: Make) -> None:
    path = f"{ORGANIZATIONS}/{(await make.organization()).id}/models"
    answers = await asyncio.gather(*(registry.post(path, json=a_model()) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_recognitions_are_found_by_kind_attribution_day_and_validity(registry: ApiClient, make: Make) -> None:
    organization, other = await make.organization(), await make.organization(commune=THAI_BINH)
    old = await make.fact("models", organization, recognized_on="2019-05-01", valid_until="2021-04-30")
    new = await make.fact("models", organization, kind="high_tech", recognized_on="2021-05-01", attribution="supported")
    there = await make.fact("models", other, recognized_on="2020-01-01", valid_until="2999-12-31")

    async def found(**params: Any) -> list[str]:
        return [
            item["id"] for item in ok(await registry.get(MODELS, params={"sort": "recognized_on", **params}))["items"]
        ]

    assert await found() == [old.id, there.id, new.id]
    assert await found(organization_id=organization.id) == [old.id, new.id]
    assert await found(kind="effective") == [old.id, there.id]
    assert await found(attribution="supported") == [new.id]
    assert await found(is_valid="true") == [there.id, new.id]
    assert await found(is_valid="false") == [old.id]
    assert await found(as_of="2021-04-30") == [old.id, there.id]
    assert await found(as_of="2021-05-01") == [there.id, new.id]
    assert await found(recognized_on_gte="2020-01-01", recognized_on_lte="2020-12-31") == [there.id]
    assert await found(valid_until_lte="2021-12-31") == [old.id]
    assert await found(province="17-2008") == [there.id]
    page = ok(await registry.get(MODELS, params={"facets": "kind,attribution"}))
    counts = {facet["name"]: {each["value"]: each["count"] for each in facet["values"]} for facet in page["facets"]}
    assert counts == {"kind": {"effective": 2, "high_tech": 1}, "attribution": {None: 2, "supported": 1}}
    assert faults(await registry.get(MODELS, params={"kind": "best"})) == {("kind", "not_allowed")}


async def test_another_area_and_another_organization_see_none(registry: ApiClient, make: Make) -> None:
    organization, other = await make.organization(), await make.organization()
    model = await make.fact("models", organization)
    assert_problem(await registry.as_(area="40-2025").get(f"{MODELS}/{model.id}"), 404, "not_found")
    own = registry.as_(scope="own.read", organization_id=organization.id, sub="chairman")
    stranger = registry.as_(scope="own.read", organization_id=other.id, sub="stranger")
    assert [each["id"] for each in await every_item(own, MODELS)] == [model.id]
    assert ok(await own.get(f"{MODELS}/{model.id}"))["id"] == model.id
    assert await every_item(stranger, MODELS) == []
    assert_problem(await stranger.get(f"{MODELS}/{model.id}"), 404, "not_found")
    body = {**a_model(), "organization_id": organization.id}
    assert_problem(await own.post(MODELS, json=body), 403, "scope_missing")


async def test_a_recognition_goes_with_an_organization_that_another_alliance_takes_over(
    registry: ApiClient, make: Make
) -> None:
    organization = await make.organization()
    model = await make.fact("models", organization)
    await make.move(organization, TAN_DAN, on="2022-12-01")
    await make.move(organization, LE_LOI, on="2023-02-01")
    assert_problem(await registry.get(f"{MODELS}/{model.id}"), 404, "not_found")
    (taken,) = await every_item(registry.as_(area="40-2025"), MODELS)
    # It was recognised where the organization lay then.
    assert (taken["id"], taken["alliance"]) == (model.id, "40-2025")
    assert [each["id"] for each in await every_item(registry.as_(area="40-2025"), f"{MODELS}?province=25-2008")] == [
        model.id
    ]


async def test_of_an_organization_entered_twice_the_same_recognition_stays_with_the_duplicate(
    registry: ApiClient, make: Make
) -> None:
    kept, duplicate = await make.organization(), await make.organization()
    one = await make.fact("models", kept)
    same = await make.fact("models", duplicate)
    new = await make.fact("models", duplicate, kind="advanced")
    path = f"{ORGANIZATIONS}/{duplicate.id}/deduplication"
    answer = ok(await registry.post(path, json={"into": kept.id, "reason": "Nhập hai lần"}), 201)
    assert [each["id"] for each in answer["moved"]] == [new.id]
    models = {each["id"]: each["organization_id"] for each in await every_item(registry, MODELS)}
    assert models == {one.id: kept.id, same.id: duplicate.id, new.id: kept.id}
    ok(await registry.post(f"{path}/reversal", json={"reason": "Là hai"}), 201)
    models = {each["id"]: each["organization_id"] for each in await every_item(registry, MODELS)}
    assert models == {one.id: kept.id, same.id: duplicate.id, new.id: duplicate.id}


async def test_an_organization_with_a_recognition_is_not_deleted(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    model = await make.fact("models", organization)
    path = f"{ORGANIZATIONS}/{organization.id}?reason=nhập nhầm"
    problem = assert_problem(await registry.delete(path, headers=etag(organization)), 409, "organization_referenced")
    assert [(each["resource"], each["count"]) for each in problem["references"]] == [(MODELS, 1)]
    assert (await registry.delete(f"{MODELS}/{model.id}", headers=etag(model))).status_code == 204
    assert (await registry.delete(path, headers=etag(organization))).status_code == 204
