"""A single record is answered with fewer fields by `fields`, and with other records by `include`."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.records import parts
from tests.registry.builders import FACTS, LE_LOI, ORGANIZATIONS, PATH, Make, Record
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient
from tests.support.plans import asked

PARTS = {
    "memberships": "alliance-memberships",
    "products": "products",
    "certificates": "certificates",
    "status_changes": "status-changes",
}


@pytest.fixture
async def organization(make: Make) -> Record:
    """A cooperative with two facts of each kind that may be included."""
    made = await make.organization()
    await make.fact("alliance-memberships", made, left_on="2022-01-01")
    await make.fact("alliance-memberships", made, admitted_on="2023-01-15")
    for plural in ("products", "certificates"):
        await make.fact(plural, made)
        await make.fact(plural, made)
    await make.fact("status-changes", made)
    await make.fact("status-changes", made, status="active", effective_on="2023-03-01")
    return made


async def test_a_part_is_what_its_own_operation_answers(registry: ApiClient, organization: Record) -> None:
    path = f"{ORGANIZATIONS}/{organization.id}"
    plain = ok(await registry.get(path))
    whole = ok(await registry.get(path, params={"include": ",".join(PARTS)}))
    for name, plural in PARTS.items():
        part = whole.pop(name)
        assert part == ok(await registry.get(f"{path}/{plural}"))
        assert len(part["items"]) == 2
    assert whole == plain, "what was not asked for is not there"
    one = ok(await registry.get(path, params={"include": "products"}))
    assert set(one) - set(plain) == {"products"}


async def test_beyond_the_bound_the_next_page_is_that_of_its_own_operation(
    registry: ApiClient, organization: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "MAX_LIMIT", 1)
    path = f"{ORGANIZATIONS}/{organization.id}"
    first = ok(await registry.get(path, params={"include": "products"}))["products"]
    rest = ok(await registry.get(first["next"]))
    assert first["next"].startswith(f"{path}/products?limit=1&cursor=")
    assert first["items"] + rest["items"] == await every_item(registry, f"{path}/products")
    assert rest["next"] is None


async def test_the_tag_covers_what_was_included_and_guards_a_write(
    registry: ApiClient, make: Make, organization: Record
) -> None:
    path, params = f"{ORGANIZATIONS}/{organization.id}", {"include": "products"}
    tag = (await registry.get(path, params=params)).headers["etag"]
    assert (await registry.get(path, params=params, headers={"If-None-Match": tag})).status_code == 304
    await make.fact("products", organization)
    after = await registry.get(path, params=params, headers={"If-None-Match": tag})
    assert len(ok(after)["products"]["items"]) == 3
    ok(await registry.patch(path, json={"name_short": "HTX"}, headers={"If-Match": tag}))


async def test_what_is_included_costs_a_statement_a_part(
    registry: ApiClient, organization: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{ORGANIZATIONS}/{organization.id}"
    # The guard's, the record again as of the moment of its parts, and the parts.
    assert len(await asked(registry, monkeypatch, path, include=",".join(PARTS))) == 2 + len(PARTS)


async def test_as_of_a_day_takes_fields_and_parts_too(registry: ApiClient, organization: Record) -> None:
    path = f"{ORGANIZATIONS}/{organization.id}"
    response = await registry.get(path, params={"as_of": "2022-06-01", "include": "products", "fields": "legal_status"})
    document = ok(response)
    assert "etag" not in response.headers
    assert document.pop("products")["items"]
    assert document == {"id": organization.id, "legal_status": "temporarily_suspended"}
    assert_problem(await registry.get(path, params={"as_of": "1990-01-01"}), 404, "not_found")


@pytest.mark.parametrize("plural", ["organizations", *FACTS])
async def test_fields_narrow_a_single_record_of_any_type(registry: ApiClient, make: Make, plural: str) -> None:
    organization = await make.organization()
    record: dict[str, Any] = organization if plural == "organizations" else await make.fact(plural, organization)
    path = f"{PATH}/{plural}/{record['id']}"
    response = await registry.get(path, params={"fields": "version,created_at"})
    assert ok(response) == {name: record[name] for name in ("id", "version", "created_at")}
    assert response.headers["etag"] == (await registry.get(path)).headers["etag"]
    unknown = await registry.get(path, params={"fields": "version,nothing", "page": "1"})
    assert faults(unknown) == {("fields", "not_allowed"), ("page", "unknown_parameter")}
    (fault,) = [each for each in unknown.json()["errors"] if each["parameter"] == "fields"]
    assert {"version", "created_by"} <= set(fault["allowed"])
    assert faults(await registry.get(f"{path}?fields=id&fields=id")) == {("fields", "given_twice")}


async def test_a_field_that_is_named_again_counts_once_and_more_than_200_names_are_refused(
    registry: ApiClient, organization: Record
) -> None:
    for path in (ORGANIZATIONS, f"{ORGANIZATIONS}/{organization.id}"):
        ok(await registry.get(path, params={"fields": ",".join(["name"] * 200)}))
        many = await registry.get(path, params={"fields": ",".join(["name"] * 201)})
        assert faults(many) == {("fields", "too_many")}


async def test_what_is_included_need_not_stand_among_the_fields(registry: ApiClient, organization: Record) -> None:
    path = f"{ORGANIZATIONS}/{organization.id}"
    for fields in ("name", "name,products"):
        document = ok(await registry.get(path, params={"fields": fields, "include": "products"}))
        assert set(document) == {"id", "name", "products"}
    assert set(ok(await registry.get(path, params={"fields": "name,products"}))) == {"id", "name"}


async def test_a_name_is_a_field_as_well(registry: ApiClient, make: Make, organization: Record) -> None:
    product = await make.fact("products", organization)
    document = ok(await registry.get(f"{PATH}/products/{product.id}", params={"fields": "organization"}))
    assert document == {"id": product.id, "organization": product.organization}


async def test_an_unknown_part_is_refused_and_another_area_is_not_there(
    registry: ApiClient, make: Make, organization: Record
) -> None:
    path = f"{ORGANIZATIONS}/{organization.id}"
    unknown = await registry.get(path, params={"include": "products,loans"})
    assert faults(unknown) == {("include", "not_allowed")}
    assert unknown.json()["errors"][0]["allowed"] == list(PARTS)
    abroad = await make.organization(commune=LE_LOI)
    params = {"include": "products"}
    assert_problem(await registry.get(f"{ORGANIZATIONS}/{abroad.id}", params=params), 404, "not_found")
    own = registry.as_(scope="own.read", sub="htx", organization_id=organization.id)
    mine = ok(await own.get(path, params=params))["products"]["items"]
    assert [each["organization_id"] for each in mine] == [organization.id] * 2


async def test_a_stale_write_that_asks_nothing_is_told_the_whole(registry: ApiClient, organization: Record) -> None:
    path = f"{ORGANIZATIONS}/{organization.id}"
    ok(await registry.patch(path, json={"name_short": "HTX"}, headers=etag(ok(await registry.get(path)))))
    stale = await registry.patch(path, json={"name_short": "X"}, headers={"If-Match": '"1"'})
    assert assert_problem(stale, 412, "stale")["current"] == ok(await registry.get(path))
