"""Conversions: a group that becomes a cooperative keeps its code; an old-style cooperative becomes new-style once."""

from __future__ import annotations

import pytest

from tests.registry.builders import ORGANIZATIONS, PATH, Make, a_code, a_conversion
from tests.support.answers import assert_problem, etag, ok
from tests.support.client import ApiClient

CONVERSIONS = f"{PATH}/type-conversions"


async def test_a_group_that_becomes_a_cooperative_keeps_its_code_and_id(make: Make) -> None:
    group = await make.group(code=a_code())
    await make.fact("type-conversions", group, kind="group_to_cooperative", effective_on="2022-01-01")
    now = await make.now(group)
    assert (now.id, now.code, now.type) == (group.id, group.code, "cooperative")
    assert (await make.now(group, as_of="2021-12-31")).type == "cooperative_group"
    assert (await make.now(group, as_of="2022-01-01")).type == "cooperative"


async def test_from_then_on_it_has_the_statuses_of_a_cooperative(registry: ApiClient, make: Make) -> None:
    group = await make.group()
    await make.fact("type-conversions", group, kind="group_to_cooperative", effective_on="2022-01-01")
    path = f"{ORGANIZATIONS}/{group.id}/status-changes"
    late = {"kind": "legal", "status": "terminating", "effective_on": "2022-02-01"}
    assert_problem(await registry.post(path, json=late), 409, "status_not_of_type", organization_type="cooperative")
    ok(await registry.post(path, json={**late, "status": "bankruptcy_in_progress"}), 201)
    early = {"kind": "legal", "status": "bankruptcy_in_progress", "effective_on": "2021-02-01"}
    assert_problem(
        await registry.post(path, json=early), 409, "status_not_of_type", organization_type="cooperative_group"
    )


async def test_an_old_style_cooperative_stays_a_cooperative(make: Make) -> None:
    organization = await make.organization()
    await make.fact("type-conversions", organization)
    assert (await make.now(organization)).type == "cooperative"


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("cooperative", "group_to_cooperative"),
        ("cooperative_union", "group_to_cooperative"),
        ("cooperative_union", "old_style_to_new_style"),
        ("cooperative_group", "old_style_to_new_style"),
        ("enterprise", "old_style_to_new_style"),
    ],
)
async def test_only_what_it_is_can_be_converted(registry: ApiClient, make: Make, type_: str, kind: str) -> None:
    organization = await make.organization(type=type_)
    response = await registry.post(f"{ORGANIZATIONS}/{organization.id}/type-conversions", json=a_conversion(kind=kind))
    assert_problem(response, 409, "conversion_forbidden", organization_type=type_)


async def test_a_conversion_of_a_kind_happens_once(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    await make.fact("type-conversions", organization)
    path = f"{ORGANIZATIONS}/{organization.id}/type-conversions"
    response = await registry.post(path, json=a_conversion(effective_on="2022-06-01"))
    assert_problem(response, 409, "conversion_forbidden")


async def test_a_group_converted_may_turn_new_style_later(registry: ApiClient, make: Make) -> None:
    group = await make.group()
    path = f"{ORGANIZATIONS}/{group.id}/type-conversions"
    early = await registry.post(path, json=a_conversion(effective_on="2021-01-01"))
    assert_problem(early, 409, "conversion_forbidden", organization_type="cooperative_group")
    await make.fact("type-conversions", group, kind="group_to_cooperative", effective_on="2022-01-01")
    ok(await registry.post(path, json=a_conversion(effective_on="2023-01-01")), 201)


@pytest.mark.parametrize("status", ["terminating", "terminated"])
async def test_a_group_that_is_ending_is_not_converted(registry: ApiClient, make: Make, status: str) -> None:
    group = await make.group()
    await make.status(group, status, on="2021-01-01")
    body = a_conversion(kind="group_to_cooperative", effective_on="2022-01-01")
    response = await registry.post(f"{ORGANIZATIONS}/{group.id}/type-conversions", json=body)
    assert_problem(response, 409, "conversion_forbidden", organization_type="cooperative_group")


async def test_a_conversion_that_a_status_rests_on_is_not_taken_back(registry: ApiClient, make: Make) -> None:
    group = await make.group()
    conversion = await make.fact("type-conversions", group, kind="group_to_cooperative", effective_on="2022-01-01")
    change = await make.status(group, "bankruptcy_in_progress", on="2022-06-01")
    path = f"{CONVERSIONS}/{conversion.id}"
    assert_problem(await registry.delete(path, headers=etag(conversion)), 409, "status_not_of_type")
    moved = await registry.patch(path, json={"effective_on": "2022-07-01"}, headers=etag(conversion))
    assert_problem(moved, 409, "status_not_of_type", organization_type="cooperative_group")
    await registry.delete(f"{PATH}/status-changes/{change.id}", headers=etag(change))
    assert (await registry.delete(path, headers=etag(conversion))).status_code == 204
    assert (await make.now(group)).type == "cooperative_group"
