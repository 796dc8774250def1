"""Legal status (registered) and operating state (observed): which change is possible, and what follows from it."""

from __future__ import annotations

import pytest

from kernel.database.connections import Database
from services.registry import code_lists as codes
from tests.registry.builders import ORGANIZATIONS, PATH, Make, Record, a_status_change, an_organization
from tests.support.answers import assert_problem, etag, ok
from tests.support.client import ApiClient

CHANGES = f"{PATH}/status-changes"


async def statuses(make: Make, organization: Record, *days: str) -> list[str]:
    """Return the legal status on each of `days`."""
    return [(await make.now(organization, as_of=day)).legal_status for day in days]


@pytest.mark.parametrize("type_", codes.ORGANIZATION_TYPES)
async def test_each_type_has_the_statuses_of_the_decree(registry: ApiClient, make: Make, type_: str) -> None:
    expected = {status: 201 if status in codes.STATUSES_OF_TYPE[type_] else 409 for status in codes.LEGAL_STATUSES}
    statuses = {}
    for status in codes.LEGAL_STATUSES:
        organization = ok(await registry.post(ORGANIZATIONS, json=an_organization(type_)), 201)
        path = f"{ORGANIZATIONS}/{organization['id']}/status-changes"
        response = await registry.post(path, json=a_status_change(status=status))
        statuses[status] = response.status_code
        if response.status_code == 409:
            assert_problem(response, 409, "status_not_of_type", to_status=status, organization_type=type_)
    assert statuses == expected
    assert sum(code == 201 for code in statuses.values()) == (6 if type_ == "cooperative_group" else 7)


async def test_a_change_makes_the_present_state(make: Make) -> None:
    organization = await make.organization()
    await make.status(organization, "temporarily_suspended", on="2022-03-01")
    await make.status(organization, "dormant", on="2022-04-01")
    now = await make.now(organization)
    assert (now.legal_status, now.operating_state) == ("temporarily_suspended", "dormant")
    assert now.version == 3


async def test_a_change_entered_late_makes_the_past_only(make: Make) -> None:
    organization = await make.organization()
    await make.status(organization, "active", on="2022-03-01")
    await make.status(organization, "temporarily_suspended", on="2021-03-01")
    assert await statuses(make, organization, "2021-02-28", "2021-03-01", "2022-02-28", "2022-03-01") == [
        "active",
        "temporarily_suspended",
        "temporarily_suspended",
        "active",
    ]
    assert (await make.now(organization)).legal_status == "active"


async def test_a_change_before_the_organization_began_is_refused(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(registered_on="2020-05-01")
    path = f"{ORGANIZATIONS}/{organization.id}/status-changes"
    response = await registry.post(path, json=a_status_change(effective_on="2020-04-30"))
    assert_problem(response, 409, "before_start", starts_on="2020-05-01")
    assert ok(await registry.post(path, json=a_status_change(effective_on="2020-05-01")), 201)


@pytest.mark.parametrize(("type_", "final"), [("cooperative", "ended"), ("cooperative_group", "terminated")])
async def test_a_final_status_is_left_only_by_a_correction_or_a_restored_certificate(
    registry: ApiClient, make: Make, db: Database, type_: str, final: str
) -> None:
    organization = Record(ok(await registry.post(ORGANIZATIONS, json=an_organization(type_)), 201))
    await make.status(organization, final, on="2022-01-01")
    path = f"{ORGANIZATIONS}/{organization.id}/status-changes"
    written = await db.fetchval("SELECT count(*) FROM history")
    for status in ("active", "temporarily_suspended", final):
        response = await registry.post(path, json=a_status_change(status=status, effective_on="2022-02-01"))
        assert_problem(response, 409, "transition_forbidden", from_status=final, to_status=status)
    assert await db.fetchval("SELECT count(*) FROM history") == written
    for basis, day in (("registry_correction", "2022-03-01"), ("restored_certificate", "2022-05-01")):
        await make.status(organization, "active", on=day, basis=basis)
        assert (await make.now(organization)).legal_status == "active"
        if basis == "registry_correction":
            await make.status(organization, final, on="2022-04-01")


async def test_an_end_entered_late_may_not_come_before_what_happened_since(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    await make.status(organization, "temporarily_suspended", on="2022-03-01")
    path = f"{ORGANIZATIONS}/{organization.id}/status-changes"
    response = await registry.post(path, json=a_status_change(status="ended", effective_on="2021-01-01"))
    assert_problem(response, 409, "transition_forbidden", from_status="ended", to_status="temporarily_suspended")
    assert (await make.now(organization, as_of="2021-06-01")).legal_status == "active"


async def test_an_observed_state_may_change_after_the_end(make: Make) -> None:
    organization = await make.organization()
    await make.status(organization, "ended", on="2022-01-01")
    await make.status(organization, "dormant", on="2022-02-01")
    now = await make.now(organization)
    assert (now.legal_status, now.operating_state) == ("ended", "dormant")


async def test_two_changes_of_one_day_apply_as_they_were_entered(make: Make) -> None:
    organization = await make.organization()
    await make.status(organization, "temporarily_suspended", on="2022-03-01")
    await make.status(organization, "dissolving_or_reorganizing", on="2022-03-01")
    assert await statuses(make, organization, "2022-02-28", "2022-03-01") == ["active", "dissolving_or_reorganizing"]


async def test_a_corrected_day_moves_the_period(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    change = await make.status(organization, "temporarily_suspended", on="2022-03-01")
    response = await registry.patch(f"{CHANGES}/{change.id}", json={"effective_on": "2022-05-01"}, headers=etag(change))
    assert ok(response)["effective_on"] == "2022-05-01"
    assert await statuses(make, organization, "2022-04-30", "2022-05-01") == ["active", "temporarily_suspended"]


async def test_a_correction_that_breaks_what_came_later_is_refused_whole(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    change = await make.status(organization, "temporarily_suspended", on="2021-03-01")
    await make.status(organization, "active", on="2022-03-01")
    before = await make.now(organization)
    response = await registry.patch(f"{CHANGES}/{change.id}", json={"status": "ended"}, headers=etag(change))
    assert_problem(response, 409, "transition_forbidden", from_status="ended", to_status="active")
    assert ok(await registry.get(f"{CHANGES}/{change.id}")) == change
    assert await make.now(organization) == before


async def test_taking_a_change_back_restores_what_was(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    change = await make.status(organization, "ended", on="2022-01-01")
    await registry.delete(f"{CHANGES}/{change.id}", headers=etag(change))
    assert (await make.now(organization)).legal_status == "active"
    assert await statuses(make, organization, "2022-06-01") == ["active"]


async def test_a_restoration_that_others_rest_on_is_not_taken_back(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    await make.status(organization, "ended", on="2022-01-01")
    restored = await make.status(organization, "active", on="2022-02-01", basis="restored_certificate")
    await make.status(organization, "temporarily_suspended", on="2022-03-01")
    response = await registry.delete(f"{CHANGES}/{restored.id}", headers=etag(restored))
    assert_problem(response, 409, "transition_forbidden", from_status="ended", to_status="temporarily_suspended")
    assert ok(await registry.get(f"{CHANGES}/{restored.id}")) == restored


async def test_a_status_of_the_wrong_kind_for_its_type_is_refused_in_a_correction(
    registry: ApiClient, make: Make
) -> None:
    change = await make.status(await make.group(), "temporarily_suspended", on="2022-01-01")
    response = await registry.patch(f"{CHANGES}/{change.id}", json={"status": "ended"}, headers=etag(change))
    assert_problem(response, 409, "status_not_of_type", to_status="ended", organization_type="cooperative_group")


async def test_changes_are_found_by_kind_status_source_and_day(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    legal = await make.status(organization, "temporarily_suspended", on="2022-03-01", source="registry")
    observed = await make.status(organization, "dormant", on="2022-04-01")

    async def found(**params: str) -> list[str]:
        page = ok(await registry.get(CHANGES, params=params))
        return [item["id"] for item in page["items"]]

    assert await found(kind="legal") == [legal.id]
    assert await found(status="dormant") == [observed.id]
    assert await found(source="registry") == [legal.id]
    assert await found(effective_on_gte="2022-03-02") == [observed.id]
    assert await found(effective_on_lte="2022-03-01") == [legal.id]
    assert await found(province="25-2008", sort="-effective_on") == [observed.id, legal.id]
    assert await found(province="17-2008") == []
    page = ok(await registry.get(CHANGES, params={"facets": "kind,status", "count": "exact"}))
    assert page["count"] == 2
    assert {f["name"]: len(f["values"]) for f in page["facets"]} == {"kind": 2, "status": 2}
