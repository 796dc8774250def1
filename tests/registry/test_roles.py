"""What the registry answers to each role, by the scopes that its tokens carry."""

from __future__ import annotations

import pytest

from services.identity.roles import scopes_of
from tests.registry.builders import LE_LOI, ORGANIZATIONS, PATH, Make
from tests.support.answers import assert_problem, every_item, ok
from tests.support.client import ApiClient

NAMES = {"fields": "id,name,type,code"}


@pytest.fixture
def administrator(registry: ApiClient) -> ApiClient:
    return registry.as_(scope=" ".join(scopes_of(["administrator"])))


async def test_an_administrator_finds_the_organization_of_a_cooperatives_user(
    administrator: ApiClient, make: Make
) -> None:
    tea, _ = await make.organization(name="Hợp tác xã Chè Xanh"), await make.organization(name="Hợp tác xã Cam")
    await make.organization(name="Hợp tác xã Chè Lào Cai", commune=LE_LOI)
    shown = {"id": tea.id, "name": tea.name, "type": "cooperative", "code": tea.code}
    assert await every_item(administrator, ORGANIZATIONS, q="che", **NAMES) == [shown]
    assert await every_item(administrator, ORGANIZATIONS, id=tea.id, **NAMES) == [shown]
    assert await every_item(administrator, ORGANIZATIONS, q="che", type="cooperative", fields="name") == [
        {"id": tea.id, "name": tea.name}
    ]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"q": "che"},
        {"fields": "id,name,contacts"},
        {**NAMES, "legal_status": "active"},
        {**NAMES, "charter_capital_vnd_gte": "1"},
        {**NAMES, "sort": "-charter_capital_vnd"},
        {**NAMES, "facets": "legal_status"},
        {**NAMES, "as_of": "2023-01-01"},
    ],
)
async def test_an_administrator_learns_nothing_but_names(
    administrator: ApiClient, make: Make, asked: dict[str, str]
) -> None:
    organization = await make.organization()
    answer = await administrator.get(ORGANIZATIONS, params=asked)
    assert_problem(answer, 403, "scope_missing", required_scope="own.read | registry.read | sync.read")
    one = f"{ORGANIZATIONS}/{organization.id}"
    for path in (one, f"{one}/history", f"{one}/alliance-memberships", f"{PATH}/certificates", f"{PATH}/changes"):
        assert_problem(await administrator.get(path), 403, "scope_missing")
    lookup = await administrator.post(f"{ORGANIZATIONS}/lookup", json={"ids": [organization.id]})
    assert_problem(lookup, 403, "scope_missing")


async def test_a_system_that_administers_and_reads_its_own_organization_reads_no_other(
    registry: ApiClient, make: Make
) -> None:
    own, other = await make.organization(), await make.organization()
    both = registry.as_(scope="identity.admin own.read", organization_id=own.id)
    assert_problem(await both.get(ORGANIZATIONS), 403, "scope_missing")
    assert {item["id"] for item in await every_item(both, ORGANIZATIONS, **NAMES)} == {own.id, other.id}
    assert_problem(await both.get(f"{ORGANIZATIONS}/{other.id}"), 404, "not_found")


async def test_an_administrator_reads_areas_and_codes(administrator: ApiClient) -> None:
    page = ok(await administrator.get(f"{PATH}/admin-units", params={"map": "2025", "level": "province"}))
    assert {unit["id"] for unit in page["items"]} >= {"25-2025", "40-2025"}
    assert ok(await administrator.get(f"{PATH}/admin-units/25-2025"))["name"] == "Phú Thọ"
    assert ok(await administrator.get(f"{PATH}/code-lists/organization-types"))["items"]


async def test_an_approver_of_a_fund_reads_the_borrowers_registry_record(registry: ApiClient, make: Make) -> None:
    approver = registry.as_(scope=" ".join(scopes_of(["fund_approver"])))
    organization = await make.organization()
    membership = await make.membership(organization)
    one = f"{ORGANIZATIONS}/{organization.id}"
    assert ok(await approver.get(one))["name"] == organization.name
    assert [item["id"] for item in await every_item(approver, f"{one}/alliance-memberships")] == [membership.id]
    changed = await approver.patch(one, json={"name_short": "x"}, headers={"If-Match": '"1"'})
    assert_problem(changed, 403, "scope_missing")
