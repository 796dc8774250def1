"""What was another organization's before, or is elsewhere, shows an own user nothing: histories, filters, refusals."""

from __future__ import annotations

import pytest

from kernel.values.ids import new_id
from tests.support.answers import assert_problem, every_item, faults, ok
from tests.support.client import ApiClient
from tests.training.builders import PATH, REGISTRATIONS, TRAINEES, Make, Record, a_person


@pytest.fixture
async def moved(training: ApiClient, make: Make) -> Record:
    """A person who was at a class for one organization and belongs to another since."""
    before, mine = new_id(), new_id()
    trainee = ok(await training.post(TRAINEES, json=a_person(organization_id=before)), 201)
    await make.attendance(await make.training_class(state="held"), trainee_id=trainee["id"])
    patch = {"organization_id": mine, "reason": "Chuyển từ HTX Minh Khai"}
    after = ok(await training.patch(f"{TRAINEES}/{trainee['id']}", json=patch, headers={"If-Match": '"1"'}))
    return Record({**after, "before": before})


def own_user(training: ApiClient, of: Record) -> ApiClient:
    return training.as_(scope="own.read own.write", sub="own", organization_id=of["organization_id"])


async def test_the_history_begins_when_the_person_came(training: ApiClient, moved: Record) -> None:
    own, path = own_user(training, moved), f"{TRAINEES}/{moved.id}/history"
    (entry,) = ok(await own.get(path))["items"]
    assert (entry["version"], entry["changed"], entry["reason"]) == (2, [], None)
    assert moved["before"] not in (await own.get(path)).text
    assert [entry["version"] for entry in ok(await training.get(path))["items"]] == [1, 2]


async def test_where_and_when_it_was_taught_before_is_no_filter(training: ApiClient, moved: Record) -> None:
    own = own_user(training, moved)
    for province in ("25-2008", "40-2008"):
        errors = faults(await own.get(TRAINEES, params={"province": province}))
        assert errors == {("province", "officers_only")}
    assert [item["id"] for item in await every_item(training, TRAINEES, province="25-2008")] == [moved.id]
    assert await every_item(own, f"{PATH}/attendances") == []
    assert_problem(await own.get(f"{PATH}/organizations/{moved['before']}/training-record"), 404, "not_found")


async def test_a_place_that_another_organization_took_is_not_named(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(sessions=1, state="open", capacity=9)
    before, mine = new_id(), new_id()
    taken = await make.registration(training_class, trainee=a_person(organization_id=before))
    row = ok(await training.get(f"{TRAINEES}/{taken.trainee_id}"))
    tag = {"If-Match": f'"{row["version"]}"'}
    ok(await training.patch(f"{TRAINEES}/{row['id']}", json={"organization_id": mine}, headers=tag))
    own = training.as_(scope="own.read own.write", sub="own", organization_id=mine)
    body = {"class_id": training_class.id, "trainee_id": row["id"]}
    assert_problem(await own.post(REGISTRATIONS, json=body), 409, "already_registered", registration_id=None)
    assert_problem(await training.post(REGISTRATIONS, json=body), 409, "already_registered", registration_id=taken.id)
