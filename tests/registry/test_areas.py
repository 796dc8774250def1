"""Who sees what: every operation of the contract, called from another area and by a cooperative's own user."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.registry.builders import FACTS, ORGANIZATIONS, PATH, Make, Record, type_of
from tests.support.answers import assert_problem, ok
from tests.support.client import ApiClient
from tests.support.contract import Operation

# Read the same by everyone: no row of an alliance is in them.
COMMON = {
    "list_admin_units",
    "read_admin_unit",
    "list_rating_schemes",
    "read_rating_scheme",
    "list_registry_code_lists",
    "read_registry_code_list",
    "list_indicators",
    "read_registry_live",
    "read_registry_ready",
}
# What has to name a period does so in tests/registry/statistics/test_missing.py.
ASKED_ELSEWHERE = {"list_missing_organization_statistics"}
NEEDED = {"read_organization_size_class": "?year=2023", "read_officer_personal_data": "?purpose=Thống kê năm"}


@pytest.fixture
async def everything(make: Make) -> dict[str, Record]:
    """One record of each kind in Phú Thọ, by the name of its id in paths."""
    organization = await make.organization()
    records = {"organization_id": organization, "coverage_id": await make.coverage()}
    records["member_team_id"] = await make.team(organization_ids=[organization.id])
    for plural in FACTS:
        records[f"{type_of(plural)}_id"] = await make.fact(plural, organization)
    records["value_chain_id"] = await make.chain(organization)
    other = await make.organization()
    records["succession_id"] = await make.succession("merger", [organization.id, other.id], [other.id])
    records |= {"officer_id": await make.officer(organization), "rating_id": await make.rating(organization)}
    return records


def reads(client: ApiClient, everything: dict[str, Record]) -> Iterator[tuple[Operation, str]]:
    """Return every GET that shows rows of an alliance, with its path to the records above."""
    for operation in client.contract.operations:
        if (
            operation.method == "get"
            and operation.id not in COMMON | ASKED_ELSEWHERE
            and set(operation.path_parameters) <= set(everything)
        ):
            ids = {name: everything[name].id for name in operation.path_parameters}
            yield operation, operation.path.format(**ids) + NEEDED.get(operation.id, "")


def _there(operation: Operation) -> tuple[int, int]:
    """Return how many of what an operation lists are there for who is of the area, and for who is not.

    An organization stands beside the one that merged into it. That the audit was read is an entry of the reader's own
    area, and that an officer's copy was made one of the officer's.
    """
    return {"list_organizations": (2, 0), "list_registry_audit": (3, 1)}.get(operation.id, (1, 0))


async def shown(client: ApiClient, path: str) -> int:
    """Return how many records a list shows, once its count and facets agree."""
    params: dict[str, Any] = {"count": "exact"}
    page = ok(await client.get(path, params=params))
    assert page["count"] == len(page["items"]), path
    return len(page["items"])


async def test_from_another_area_there_is_nothing(registry: ApiClient, everything: dict[str, Record]) -> None:
    every_scope = "registry.read registry.write sync.read identity.admin"
    own, foreign = registry.as_(scope=every_scope), registry.as_(area="40-2025", scope=every_scope)
    lists = figures = records = 0
    for operation, path in reads(registry, everything):
        if operation.path_parameters:
            assert_problem(await foreign.get(path), 404, "not_found")
            # The organization of these records is nobody's duplicate.
            expected = 404 if operation.id == "read_organization_deduplication" else 200
            assert (await registry.get(path)).status_code == expected, operation.id
            records += 1
        elif operation.id == "list_indicator_values":
            query = {"from": "2020-01-01", "to": "2023-12-31", "province": "25-2008"}
            items = ok(await foreign.get(path, params=query))["items"]
            assert {item["status"] for item in items} == {"outside_area"}
            figures += 1
        elif "count" in {p["name"] for p in operation.document.get("parameters", [])}:
            assert (await shown(own, path), await shown(foreign, path)) == _there(operation), operation.id
            lists += 1
    assert (figures, lists >= 8, records >= 22) == (1, True, True)


async def test_facets_of_another_area_are_empty(registry: ApiClient, everything: dict[str, Record]) -> None:
    foreign = registry.as_(area="40-2025")
    checked = 0
    for operation, path in reads(registry, everything):
        for parameter in operation.document.get("parameters", []):
            if parameter["name"] == "facets" and not operation.path_parameters:
                names = parameter["schema"]["items"]["enum"]
                page = ok(await foreign.get(path, params={"facets": ",".join(names)}))
                assert [facet["values"] for facet in page["facets"]] == [[] for _ in names], operation.id
                page = ok(await registry.get(path, params={"facets": ",".join(names)}))
                counts = {sum(value["count"] for value in facet["values"]) for facet in page["facets"]}
                assert counts == {_there(operation)[0]}, operation.id
                checked += 1
    assert checked >= 6


async def test_an_own_user_sees_its_own_organization_and_nothing_else(
    registry: ApiClient, make: Make, everything: dict[str, Record]
) -> None:
    other = await make.organization()
    mine = registry.as_(scope="own.read", organization_id=everything["organization_id"].id)
    theirs = registry.as_(scope="own.read", organization_id=other.id)
    seen = 0
    for operation, path in reads(registry, everything):
        scopes = {scope for entry in operation.document["security"] for scope in entry["vca"]}
        if "own.read" not in scopes:
            assert_problem(await mine.get(path), 403, "scope_missing")
            continue
        if operation.path_parameters:
            assert (await mine.get(path)).status_code == 200, operation.id
            assert_problem(await theirs.get(path), 404, "not_found")
        elif operation.id == "list_organizations":
            assert (await shown(mine, path), await shown(theirs, path)) == (1, 1)
        else:
            assert (await shown(mine, path), await shown(theirs, path)) == (1, 0), operation.id
        seen += 1
    assert seen >= 25


async def test_an_own_user_without_an_organization_sees_nothing(
    registry: ApiClient, everything: dict[str, Record]
) -> None:
    stray = registry.as_(scope="own.read own.write")
    assert ok(await stray.get(ORGANIZATIONS))["items"] == []
    assert_problem(await stray.get(f"{ORGANIZATIONS}/{everything['organization_id'].id}"), 404, "not_found")


async def test_an_officer_bound_to_an_organization_keeps_the_whole_area(
    registry: ApiClient, everything: dict[str, Record]
) -> None:
    officer = registry.as_(scope="registry.read own.read", organization_id=everything["organization_id"].id)
    assert len(ok(await officer.get(ORGANIZATIONS))["items"]) == 2


async def test_writes_from_another_area_change_nothing(registry: ApiClient, everything: dict[str, Record]) -> None:
    foreign = registry.as_(area="40-2025")
    tried = 0
    for operation in registry.contract.operations:
        if (
            operation.method == "get"
            or not operation.path_parameters
            or not set(operation.path_parameters) <= set(everything)
        ):
            continue
        path = operation.path.format(**{name: everything[name].id for name in operation.path_parameters})
        headers = {"If-Match": '"1"'} if operation.needs_if_match else {}
        response = await foreign.request(operation.method.upper(), path, json={}, headers=headers)
        assert_problem(response, 404, "not_found")
        tried += 1
    assert tried >= 20
    for name, record in everything.items():
        collection = {"cooperative_model_id": "models"}.get(name) or f"{name[:-3].replace('_', '-')}s"
        now = ok(await registry.get(f"{PATH}/{collection}/{record.id}"))
        assert now["version"] >= record.version
        assert now["alliance"] == "25-2025"
