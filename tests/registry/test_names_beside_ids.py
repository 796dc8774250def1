"""An organization's name stands beside its id, and the tag of an answer tells of both (docs/adr/0012)."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.records.embedding import names_statement, tag_of
from services.registry.facts.records import PRODUCT
from tests.registry.builders import FACTS, LE_LOI, ORGANIZATIONS, PATH, Make, Record
from tests.support.answers import assert_problem, etag, ok
from tests.support.client import ApiClient
from tests.support.plans import asked, recorded

every_kind = pytest.mark.parametrize("plural", FACTS)


def named(organization: dict[str, Any]) -> dict[str, Any]:
    return {name: organization[name] for name in ("id", "name", "type")}


async def _renamed(make: Make, organization: Record, name: str) -> None:
    path = f"{ORGANIZATIONS}/{organization.id}"
    current = ok(await make.client.get(path))
    ok(await make.client.patch(path, json={"name": name}, headers=etag(current)))


@every_kind
async def test_a_fact_names_its_organization_wherever_it_is_answered(
    registry: ApiClient, make: Make, plural: str
) -> None:
    organization = await make.organization()
    path = f"{ORGANIZATIONS}/{organization.id}/{plural}"
    written = ok(await registry.post(path, json=FACTS[plural]()), 201)
    read = ok(await registry.get(f"{PATH}/{plural}/{written['id']}"))
    changed = ok(
        await registry.patch(f"{PATH}/{plural}/{written['id']}", json={"is_synthetic": True}, headers=etag(read))
    )
    for document in (
        written,
        read,
        changed,
        *ok(await registry.get(path))["items"],
        *ok(await registry.get(f"{PATH}/{plural}", params={"organization_id": organization.id}))["items"],
    ):
        assert document["organization"] == named(organization)


@every_kind
async def test_history_feed_and_exports_keep_to_ids(registry: ApiClient, make: Make, plural: str) -> None:
    fact = await make.fact(plural, await make.organization())
    (version,) = ok(await registry.get(f"{PATH}/{plural}/{fact.id}/history"))["items"]
    assert "organization" not in version["content"]
    assert version["content"]["organization_id"] == fact.organization_id


async def test_the_tag_tells_of_a_new_name_and_no_stale_name_is_not_modified(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    path = f"{PATH}/products/{(await make.fact('products', organization)).id}"
    before = await registry.get(path)
    tag = before.headers["etag"]
    assert tag.startswith('W/"1-')
    unchanged = await registry.get(path, headers={"If-None-Match": tag})
    assert (unchanged.status_code, unchanged.headers["etag"], unchanged.content) == (304, tag, b"")
    # As a proxy may send it on.
    assert (await registry.get(path, headers={"If-None-Match": tag.removeprefix("W/")})).status_code == 304
    assert (await registry.get(path, headers={"If-None-Match": '"1"'})).status_code == 200

    await _renamed(make, organization, "Hợp tác xã Tên Mới")
    after = await registry.get(path, headers={"If-None-Match": tag})
    assert ok(after)["organization"]["name"] == "Hợp tác xã Tên Mới"
    assert after.headers["etag"] != tag
    assert ok(after)["version"] == 1


async def test_a_write_takes_the_version_and_the_tag_that_came(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    path = f"{PATH}/products/{(await make.fact('products', organization)).id}"
    tag = (await registry.get(path)).headers["etag"]
    # A new name of another record is no change of this one.
    await _renamed(make, organization, "Hợp tác xã Tên Mới")
    changed = await registry.patch(path, json={"name": "Chè đen"}, headers={"If-Match": tag})
    assert ok(changed)["version"] == 2
    by_version = await registry.patch(path, json={"name": "Chè xanh"}, headers={"If-Match": '"2"'})
    assert ok(by_version)["version"] == 3
    as_a_proxy_sends_it = by_version.headers["etag"].removeprefix("W/")
    ok(await registry.patch(path, json={"name": "Chè lam"}, headers={"If-Match": as_a_proxy_sends_it}))


@pytest.mark.parametrize(
    "if_match", ['"1"', 'W/"1"', 'W/"1-0123456789"', '"1-0123456789"', '"22"', '"2', "2", '""', '"-2"']
)
async def test_a_stale_or_unreadable_tag_is_refused_with_the_record_as_it_is(
    registry: ApiClient, make: Make, if_match: str
) -> None:
    organization = await make.organization()
    product = await make.fact("products", organization)
    path = f"{PATH}/products/{product.id}"
    current = ok(await registry.patch(path, json={"name": "Chè đen"}, headers={"If-Match": '"1"'}))
    response = await registry.patch(path, json={"name": "Chè lam"}, headers={"If-Match": if_match})
    shown = {name: value for name, value in current.items() if name != "warnings"}
    assert assert_problem(response, 412, "stale")["current"] == shown
    assert shown["organization"] == named(organization)


def test_an_answer_without_names_has_a_strong_tag() -> None:
    assert tag_of(3, []) == '"3"'
    assert tag_of(3, [None]).startswith('W/"3-')


async def test_fields_of_a_list_pick_the_name_as_well(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    product = await make.fact("products", organization)
    page = ok(await registry.get(f"{ORGANIZATIONS}/{organization.id}/products", params={"fields": "organization"}))
    assert page["items"] == [{"id": product.id, "organization": named(organization)}]


async def test_nobody_learns_a_name_from_a_record_that_is_not_theirs_to_read(registry: ApiClient, make: Make) -> None:
    abroad = await make.organization(commune=LE_LOI)
    product = await make.fact("products", abroad)
    assert_problem(await registry.get(f"{PATH}/products/{product.id}"), 404, "not_found")
    own = registry.as_(scope="own.read", organization_id=(await make.organization()).id)
    assert ok(await own.get(f"{PATH}/products"))["items"] == []


async def test_names_cost_no_statement_of_a_reading_and_one_of_a_write(
    registry: ApiClient, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        product = await make.fact("products", await make.organization())
    reading = await asked(registry, monkeypatch, f"{PATH}/products/{product.id}")
    page = await asked(registry, monkeypatch, f"{PATH}/products", limit=2)
    assert (len(reading), len(page)) == (1, 1)
    with recorded(monkeypatch) as statements:
        ok(await registry.patch(f"{PATH}/products/{product.id}", json={"name": "Chè"}, headers=etag(product)))
    assert [sql for sql, _ in statements].count(names_statement(PRODUCT.resource.embeds)) == 1
