"""An organization entered by mistake goes, if nothing stands on it anywhere; what was written meanwhile is listed."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from kernel.values.ids import new_id
from tests.funds.builders import BORROWERS, an_application
from tests.funds.builders import Make as FundsMake
from tests.registry.beside_services.conftest import Beside
from tests.registry.builders import FACTS, LE_LOI, ORGANIZATIONS, Make, Record, type_of
from tests.reporting.builders import Make as ReportingMake
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient
from tests.support.followed import Followed
from tests.training.builders import a_person
from tests.training.trade_builders import MakeTrade

pytestmark = pytest.mark.thorough

MISTAKE = {"reason": "Nhập nhầm"}
FUNDS_UNRESOLVED, TRAINING_UNRESOLVED = (f"/v1/{name}/unresolved-organizations" for name in ("funds", "training"))


async def delete(registry: ApiClient, organization: Record, **params: Any) -> httpx.Response:
    path = f"{ORGANIZATIONS}/{organization.id}"
    return await registry.delete(path, params=MISTAKE | params, headers=etag(organization))


def named(problem: dict[str, Any]) -> set[tuple[str, str, str, int]]:
    return {(each["service"], each["resource_type"], each["field"], each["count"]) for each in problem["references"]}


async def test_one_that_nothing_stands_on_goes_and_history_and_feed_keep_it(
    registry: ApiClient, make: Make, beside: Beside
) -> None:
    follower = Followed(registry.as_(scope="sync.read"), "registry")
    await follower.begin()
    organization = await make.organization()
    await beside.follow()
    assert (await delete(registry, organization)).status_code == 204
    path = f"{ORGANIZATIONS}/{organization.id}"
    assert_problem(await registry.get(path), 404, "not_found")
    versions = ok(await registry.get(f"{path}/history"))["items"]
    assert [(each["action"], each["reason"]) for each in versions] == [("created", None), ("removed", "Nhập nhầm")]
    assert_problem(await registry.as_(area="40-2025").get(f"{path}/history"), 404, "not_found")
    await follower.assert_equal()
    assert follower.told_of(organization.id) == [("created", 1), ("removed", 2)]
    # The code is free again.
    ok(await registry.post(ORGANIZATIONS, json={**_as_entered(organization), "id": new_id()}), 201)


def _as_entered(organization: Record) -> dict[str, Any]:
    seat = {name: organization.seat[name] for name in ("commune_code", "commune_map")}
    return {"type": organization.type, "name": organization.name, "code": organization.code, "seat": seat}


async def test_what_stands_on_it_in_each_service_is_told_and_it_stays(
    registry: ApiClient, make: Make, make_funds: FundsMake, make_training: MakeTrade, make_reporting: ReportingMake
) -> None:
    organization = await make.organization()
    for plural in FACTS:
        await make.fact(plural, organization)
    await make.officer(organization)
    await make.rating(organization)
    # It stands among the successors of another one.
    sides = ([(await make.organization()).id], [(await make.organization()).id, organization.id])
    await make.succession("division", *sides)
    await make.team(organization_ids=[organization.id])
    organization = await make.now(organization)
    borrower = await make_funds.borrower(organization_id=organization.id)
    await make_funds.borrower(
        "member_person", beneficiary_organization_id=organization.id, beneficiary_kind="cooperative"
    )
    await make_funds.create("loan-applications", an_application(await make_funds.fund(), borrower))
    await make_training.participation(organization_id=organization.id)
    await make_training.link(organization_id=organization.id)
    training_class = await make_training.training_class(state="open")
    person = a_person(organization_id=organization.id, organization_name=None)
    await make_training.registration(training_class, trainee=person)
    await make_reporting.activity("science_project", organization_id=organization.id)
    problem = assert_problem(await delete(registry, organization), 409, "organization_referenced")
    assert named(problem) == {
        *(("registry", type_of(plural), "organization_id", 1) for plural in FACTS),
        *(("registry", name, "organization_id", 1) for name in ("officer", "rating", "succession")),
        ("registry", "member_team", "organization_ids", 1),
        ("funds", "borrower", "organization_id", 1),
        ("funds", "borrower", "beneficiary_organization_id", 1),
        ("funds", "loan_application", "organization_id", 1),
        ("training", "trainee", "organization_id", 1),
        ("training", "registration", "organization_id", 1),
        ("training", "participation", "organization_id", 1),
        ("training", "market_link", "organization_id", 1),
        ("reporting", "activity", "organization_id", 1),
    }
    assert problem["record_count"] == sum(each["count"] for each in problem["references"])
    assert (await make.now(organization)).version == organization.version


@pytest.mark.parametrize("silent", ["funds", "training", "reporting", "identity"])
async def test_while_a_service_is_silent_nothing_is_deleted(
    registry: ApiClient, make: Make, beside: Beside, silent: str
) -> None:
    organization = await make.organization()
    beside.wire.cut.add(silent)
    response = await delete(registry, organization)
    problem = assert_problem(response, 503, "references_unknown")
    assert problem["services"] == (["funds", "training", "reporting"] if silent == "identity" else [silent])
    assert int(response.headers["retry-after"]) > 0
    beside.wire.cut.clear()
    assert (await delete(registry, organization)).status_code == 204


async def test_a_registry_that_was_told_of_no_service_deletes_nothing(
    registry: ApiClient, make: Make, beside: Beside
) -> None:
    organization = await make.organization()
    del beside.apps["registry"].state.dependents
    assert_problem(await delete(registry, organization), 503, "references_unknown")
    beside.apps["registry"].state.dependents = None


async def test_who_may_not_delete_is_refused_and_a_reason_is_needed(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    path = f"{ORGANIZATIONS}/{organization.id}"
    assert faults(await registry.delete(path, headers=etag(organization))) == {("reason", "required")}
    assert_problem(await delete(registry.as_(area="40-2025"), organization), 404, "not_found")
    assert_problem(await delete(registry.as_(scope="registry.read"), organization), 403, "scope_missing")
    own = registry.as_(scope="own.read own.write", organization_id=organization.id)
    assert_problem(await delete(own, organization), 403, "scope_missing")
    assert_problem(await registry.delete(path, params=MISTAKE), 428, "if_match_missing")
    assert_problem(await registry.delete(path, params=MISTAKE, headers={"If-Match": '"9"'}), 412, "stale")


async def test_of_fifty_at_once_one_deletes(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    answers = await asyncio.gather(*(delete(registry, organization) for _ in range(50)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [204, *[404] * 49]
    versions = ok(await registry.get(f"{ORGANIZATIONS}/{organization.id}/history"))["items"]
    assert [each["action"] for each in versions] == ["created", "removed"]


async def test_a_fact_entered_while_it_is_deleted_stands_or_is_refused(registry: ApiClient, make: Make) -> None:
    for _ in range(10):
        organization = await make.organization()
        fact, gone = await asyncio.gather(
            registry.post(f"{ORGANIZATIONS}/{organization.id}/products", json=FACTS["products"]()),
            delete(registry, organization),
        )
        assert (fact.status_code, gone.status_code) in {(201, 409), (404, 204), (422, 204)}, (fact.text, gone.text)


async def test_what_was_written_in_between_is_listed_until_it_is_corrected(
    registry: ApiClient, funds: ApiClient, training: ApiClient, make: Make, make_training: MakeTrade, beside: Beside
) -> None:
    mistaken, right = await make.organization(), await make.organization()
    await beside.follow()
    assert (await delete(registry, mistaken)).status_code == 204
    # Neither has heard of it yet.
    borrower = ok(await funds.post(BORROWERS, json={"kind": "cooperative", "organization_id": mistaken.id}), 201)
    link = await make_training.link(organization_id=mistaken.id)
    assert await every_item(funds, FUNDS_UNRESOLVED) == []
    await beside.follow()
    (of_funds,) = await every_item(funds, FUNDS_UNRESOLVED)
    assert {name: of_funds[name] for name in ("id", "resource_type", "field", "organization_id", "removed_as")} == {
        "id": borrower["id"],
        "resource_type": "borrower",
        "field": "organization_id",
        "organization_id": mistaken.id,
        "removed_as": "deleted",
    }
    assert of_funds["organization_name"] == mistaken.name
    assert of_funds["resource"] == f"{BORROWERS}/{borrower['id']}"
    (of_training,) = await every_item(training, f"{TRAINING_UNRESOLVED}?resource_type=market_link&count=exact")
    assert (of_training["id"], of_training["field"]) == (link.id, "organization_id")
    for client, path in ((funds, FUNDS_UNRESOLVED), (training, TRAINING_UNRESOLVED)):
        assert await every_item(client.as_(area="40-2025"), path) == []
        assert ok(await client.get(f"{path}?facets=removed_as"))["facets"][0]["values"] == [
            {"value": "deleted", "count": 1}
        ]
    patch = {"organization_id": right.id}
    ok(await funds.patch(f"{BORROWERS}/{borrower['id']}", json=patch, headers=etag(borrower)))
    assert await every_item(funds, FUNDS_UNRESOLVED) == []


async def test_what_names_an_organization_is_counted_within_the_area_and_by_the_services_client_everywhere(
    funds: ApiClient, make: Make, make_funds: FundsMake
) -> None:
    elsewhere = await make.organization(commune=LE_LOI)
    await make_funds.borrower(organization_id=elsewhere.id, commune_code=LE_LOI, commune_map="2008")
    path = f"/v1/funds/organization-references?organization_id={elsewhere.id.upper()}"
    assert ok(await funds.get(path)) == {"organization_id": elsewhere.id, "items": []}
    for client in (funds.as_(area="40-2025"), funds.as_(scope="references.read", area="VN")):
        (item,) = ok(await client.get(path))["items"]
        assert (item["resource_type"], item["count"], item["resource"]) == ("borrower", 1, BORROWERS)
    assert_problem(await funds.as_(scope="references.read").get(FUNDS_UNRESOLVED), 403, "scope_missing")
    assert faults(await funds.get("/v1/funds/organization-references")) == {("organization_id", "required")}
