"""A cooperative that was entered twice, with a loan and a class: put together, and taken apart again, in all services."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kernel.database.connections import Database
from tests.funds.builders import BORROWERS
from tests.funds.builders import Make as FundsMake
from tests.registry.beside_services.conftest import Beside
from tests.registry.builders import FACTS, ORGANIZATIONS, Make, Record
from tests.reporting.builders import Make as ReportingMake
from tests.support.answers import every_item, faults, ok
from tests.support.client import ApiClient
from tests.support.followed import Followed
from tests.training.builders import a_person
from tests.training.trade_builders import MakeTrade

pytestmark = pytest.mark.thorough

_NAMED = {
    "funds": ("borrowers", "loan-applications", "loans"),
    "training": (
        "invitations",
        "trainees",
        "registrations",
        "attendances",
        "check-ins",
        "certificates",
        "participations",
        "market-links",
    ),
    "reporting": ("activities",),
}


async def merge(registry: ApiClient, duplicate: Record, into: Record, **params: Any) -> dict[str, Any]:
    body = {"into": into.id, "reason": "Nhập hai lần"}
    answer = await registry.post(f"{ORGANIZATIONS}/{duplicate.id}/deduplication", json=body, params=params)
    return ok(answer, 200 if params else 201)


async def undo(registry: ApiClient, duplicate: Record) -> None:
    path = f"{ORGANIZATIONS}/{duplicate.id}/deduplication/reversal"
    ok(await registry.post(path, json={"reason": "Là hai hợp tác xã"}), 201)


async def busy(
    make: Make, make_funds: FundsMake, make_training: MakeTrade, make_reporting: ReportingMake, organization: Record
) -> None:
    """Have the organization borrow, send people to a class, take part in an event, sell and lead a project."""
    for plural in FACTS:
        await make.fact(plural, organization)
    borrower = await make_funds.borrower(organization_id=organization.id)
    await make_funds.loan(borrower=borrower)
    await make_funds.borrower(
        "member_person", beneficiary_organization_id=organization.id, beneficiary_kind="cooperative"
    )
    of_it = {"organization_id": organization.id, "organization_name": organization.name}
    training_class = await make_training.training_class(state="running", sessions=2, gives_certificate=True)
    (first, _) = await make_training.sessions(training_class)
    await make_training.check_in(first, trainee=a_person(**of_it))
    held = await make_training.training_class(state="held", gives_certificate=True)
    attendance = await make_training.attendance(held, trainee=a_person(**of_it))
    await make_training.certificate(held, attendance)
    upcoming = await make_training.training_class(state="open")
    await make_training.create(f"classes/{upcoming.id}/invitations", of_it)
    await make_training.registration(upcoming, trainee=a_person(**of_it))
    await make_training.participation(**of_it)
    await make_training.link(**of_it)
    await make_reporting.activity("science_project", organization_id=organization.id)


async def everything(beside: Beside, *organizations: Record) -> dict[str, list[Any]]:
    """Return all that the services say of the organizations' records, but for versions and the instant of the last change."""
    said: dict[str, list[Any]] = {"registry": []}
    for organization in organizations:
        said["registry"].append(ok(await beside.clients["registry"].get(f"{ORGANIZATIONS}/{organization.id}")))
        for plural in FACTS:
            path = f"{ORGANIZATIONS}/{organization.id}/{plural}"
            said["registry"] += await every_item(beside.clients["registry"], path)
    for service, plurals in _NAMED.items():
        said[service] = []
        for plural in plurals:
            said[service] += await every_item(beside.clients[service], f"/v1/{service}/{plural}")
    for items in said.values():
        for item in items:
            del item["version"], item["updated_at"]
    return said


def naming(said: dict[str, list[Any]], organization: Record) -> set[str]:
    """Return the records of the other services that name the organization."""
    return {
        item["id"]
        for service in _NAMED
        for item in said[service]
        if organization.id in (item.get("organization_id"), item.get("beneficiary_organization_id"))
    }


async def test_put_together_all_names_the_other_and_taken_apart_all_is_as_before(
    registry: ApiClient,
    make: Make,
    make_funds: FundsMake,
    make_training: MakeTrade,
    make_reporting: ReportingMake,
    beside: Beside,
) -> None:
    kept, duplicate = await make.organization(), await make.organization()
    await busy(make, make_funds, make_training, make_reporting, duplicate)
    await beside.follow()
    followers = []
    for service, client in beside.clients.items():
        followers.append(Followed(client.as_(scope="sync.read"), service))
        await followers[-1].begin()
    before = await everything(beside, kept, duplicate)
    records = naming(before, duplicate)
    assert len(records) == 4 + 10 + 1
    shown = await merge(registry, duplicate, kept, dry_run="true")
    assert sum(each["count"] for each in shown["elsewhere"]) == len(records)
    await merge(registry, duplicate, kept)
    await beside.follow()
    merged = await everything(beside, kept, duplicate)
    assert (naming(merged, duplicate), naming(merged, kept)) == (set(), records)
    assert await _checked_in(beside) == [kept.id]
    for service in _NAMED:
        assert await every_item(beside.clients[service], f"/v1/{service}/unresolved-organizations") == []
    for follower in followers:
        await follower.assert_equal()
    await undo(registry, duplicate)
    await beside.follow()
    assert await everything(beside, kept, duplicate) == before
    assert await _checked_in(beside) == [duplicate.id]
    for follower in followers:
        await follower.assert_equal()
    for service in _NAMED:
        assert await _kept(beside.apps[service].state.db) == 0


async def _checked_in(beside: Beside) -> list[str]:
    """Return the organizations of check-ins, which are not shown."""
    rows = await beside.apps["training"].state.db.fetch("SELECT organization_id FROM check_in")
    return [row["organization_id"] for row in rows]


async def _kept(db: Database) -> int:
    count: int = await db.fetchval("SELECT count(*) FROM repointed_record")
    return count


async def test_only_what_was_pointed_goes_back(
    registry: ApiClient, funds: ApiClient, training: ApiClient, make: Make, make_training: MakeTrade, beside: Beside
) -> None:
    kept, duplicate = await make.organization(), await make.organization()
    old = await make_training.link(organization_id=duplicate.id)
    theirs = await make_training.link(organization_id=kept.id)
    await merge(registry, duplicate, kept)
    await beside.follow()
    new = await make_training.link(organization_id=kept.id)
    await undo(registry, duplicate)
    await beside.follow()
    owners = {each["id"]: each["organization_id"] for each in await every_item(training, "/v1/training/market-links")}
    assert owners == {old.id: duplicate.id, theirs.id: kept.id, new.id: kept.id}


async def test_what_names_the_duplicate_is_refused_with_where_it_went(
    registry: ApiClient, funds: ApiClient, make: Make, beside: Beside
) -> None:
    kept, duplicate = await make.organization(), await make.organization()
    await beside.follow()
    await merge(registry, duplicate, kept)
    await beside.follow()
    response = await funds.post(BORROWERS, json={"kind": "cooperative", "organization_id": duplicate.id})
    assert faults(response) == {("/organization_id", "organization_merged")}
    assert response.json()["errors"][0]["merged_into"] == kept.id


async def test_what_was_written_before_the_merge_was_heard_of_follows(
    registry: ApiClient, funds: ApiClient, make: Make, beside: Beside
) -> None:
    kept, duplicate = await make.organization(), await make.organization()
    await beside.follow()
    await merge(registry, duplicate, kept)
    borrower = ok(await funds.post(BORROWERS, json={"kind": "cooperative", "organization_id": duplicate.id}), 201)
    await beside.follow()
    assert ok(await funds.get(f"{BORROWERS}/{borrower['id']}"))["organization_id"] == kept.id


async def test_where_the_other_has_one_already_the_record_stays_and_is_listed(
    registry: ApiClient,
    funds: ApiClient,
    training: ApiClient,
    make: Make,
    make_funds: FundsMake,
    make_training: MakeTrade,
    beside: Beside,
) -> None:
    kept, duplicate = await make.organization(), await make.organization()
    event = await make_training.event()
    borrowers, participations = [], []
    for each in (kept, duplicate):
        borrowers.append(await make_funds.borrower(organization_id=each.id))
        await make_funds.loan(borrower=borrowers[-1])
        participations.append(await make_training.participation(event, organization_id=each.id))
        person = a_person(name="Nguyễn Thị Hai", organization_id=each.id)
        await make_training.trainee(**person)
    before = await everything(beside, kept, duplicate)
    await merge(registry, duplicate, kept)
    await beside.follow()
    await beside.follow()
    left = await every_item(funds, "/v1/funds/unresolved-organizations")
    assert [(each["id"], each["removed_as"], each["merged_into"]) for each in left] == [
        (borrowers[1].id, "merged", kept.id)
    ]
    # Its loan is the other's all the same.
    assert {each["organization_id"] for each in await every_item(funds, "/v1/funds/loans")} == {kept.id}
    left = await every_item(training, "/v1/training/unresolved-organizations")
    assert {each["resource_type"] for each in left} == {"participation", "trainee"}
    await undo(registry, duplicate)
    await beside.follow()
    assert await everything(beside, kept, duplicate) == before
    assert await _kept(beside.apps["funds"].state.db) == 0


async def test_merged_taken_apart_and_merged_elsewhere_between_two_looks_it_follows_where_it_is(
    registry: ApiClient, training: ApiClient, make: Make, make_training: MakeTrade, beside: Beside
) -> None:
    first, second, duplicate = [await make.organization() for _ in range(3)]
    link = await make_training.link(organization_id=duplicate.id)
    await merge(registry, duplicate, first)
    await beside.follow()
    await undo(registry, duplicate)
    await merge(registry, duplicate, second)
    await beside.follow()
    path = f"/v1/training/market-links/{link.id}"
    assert ok(await training.get(path))["organization_id"] == second.id
    await undo(registry, duplicate)
    await beside.follow()
    assert ok(await training.get(path))["organization_id"] == duplicate.id
    reasons = [each["reason"] for each in ok(await training.get(f"{path}/history"))["items"]]
    assert reasons == [
        None,
        "Tổ chức đã gộp vào tổ chức khác",
        "Hoàn tác việc gộp tổ chức",
        "Tổ chức đã gộp vào tổ chức khác",
        "Hoàn tác việc gộp tổ chức",
    ]


async def test_a_record_that_somebody_corrected_since_stays_where_they_put_it(
    registry: ApiClient, funds: ApiClient, make: Make, make_funds: FundsMake, beside: Beside
) -> None:
    kept, duplicate, third = [await make.organization() for _ in range(3)]
    borrower = await make_funds.borrower(organization_id=duplicate.id)
    await merge(registry, duplicate, kept)
    await beside.follow()
    path = f"{BORROWERS}/{borrower.id}"
    present = ok(await funds.get(path))
    headers = {"If-Match": f'"{present["version"]}"'}
    ok(await funds.patch(path, json={"organization_id": third.id, "reason": "Đúng hơn"}, headers=headers))
    await undo(registry, duplicate)
    await beside.follow()
    assert ok(await funds.get(path))["organization_id"] == third.id


async def test_two_followers_at_once_and_one_that_begins_anew_change_nothing_more(
    registry: ApiClient, training: ApiClient, make: Make, make_training: MakeTrade, beside: Beside
) -> None:

    kept, duplicate = await make.organization(), await make.organization()
    link = await make_training.link(organization_id=duplicate.id)
    await merge(registry, duplicate, kept)
    await asyncio.gather(*(beside.follow() for _ in range(4)))
    db = beside.apps["training"].state.db
    await db.execute("UPDATE followed_feed SET cursor = NULL, life = life + 1, is_whole = false")
    await beside.follow()
    present = ok(await training.get(f"/v1/training/market-links/{link.id}"))
    assert (present["organization_id"], present["version"]) == (kept.id, 2)
    await undo(registry, duplicate)
    await beside.follow()
    assert ok(await training.get(f"/v1/training/market-links/{link.id}"))["organization_id"] == duplicate.id


async def test_with_the_registry_down_nothing_moves_and_afterwards_it_does(
    registry: ApiClient, training: ApiClient, make: Make, make_training: MakeTrade, beside: Beside
) -> None:
    kept, duplicate = await make.organization(), await make.organization()
    link = await make_training.link(organization_id=duplicate.id)
    path = f"/v1/training/market-links/{link.id}"
    for silent in ("funds", "training"):
        beside.wire.cut.add(silent)
    # It is asked for nothing: both follow when they are back.
    await merge(registry, duplicate, kept)
    beside.wire.cut.clear()
    assert ok(await training.get(path))["organization_id"] == duplicate.id
    await beside.follow()
    assert ok(await training.get(path))["organization_id"] == kept.id
