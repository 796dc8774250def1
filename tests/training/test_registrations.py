"""Registrations and invitations: places within the capacity, whoever asks at the same time."""

from __future__ import annotations

import asyncio

from kernel.values.ids import new_id
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient
from tests.training.builders import (
    CLASSES,
    INVITATIONS,
    PATH,
    REGISTRATIONS,
    TRAINEES,
    Make,
    Record,
    a_person,
)


async def test_fifty_who_register_at_once_never_take_more_places_than_there_are(
    training: ApiClient, make: Make
) -> None:
    training_class = await make.training_class(sessions=1, state="open", capacity=20)
    bodies = [{"class_id": training_class.id, "trainee": a_person()} for _ in range(50)]
    answers = await asyncio.gather(*(training.post(REGISTRATIONS, json=body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201] * 20 + [409] * 30
    for answer in answers:
        if answer.status_code == 409:
            assert_problem(answer, 409, "class_full", capacity=20, registered_count=20)
    summary = ok(await training.get(f"{CLASSES}/{training_class.id}/summary"))
    assert (summary["registrations"], summary["seats_left"]) == (20, 0)
    assert len(await every_item(training, f"{CLASSES}/{training_class.id}/registrations")) == 20


async def test_a_place_that_is_given_back_is_free_again(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(sessions=1, state="open", capacity=1)
    first = await make.registration(training_class)
    path = f"{REGISTRATIONS}/{first.id}/cancellation"
    assert ok(await training.post(path, json={"reason": "Bận mùa vụ"}), 201)["state"] == "cancelled"
    assert_problem(await training.post(path, json={"reason": "lần nữa"}), 409, "registration_cancelled")
    second = await make.registration(training_class)
    assert second.state == "registered"
    again = {"class_id": training_class.id, "trainee_id": second.trainee_id}
    assert_problem(await training.post(REGISTRATIONS, json=again), 409, "class_full")


async def test_one_person_has_one_place(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(sessions=1, state="open", capacity=10)
    person = a_person()
    answers = await asyncio.gather(
        *(training.post(REGISTRATIONS, json={"class_id": training_class.id, "trainee": person}) for _ in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 7]
    refused = next(answer for answer in answers if answer.status_code == 409)
    record = next(answer.json() for answer in answers if answer.status_code == 201)
    assert_problem(refused, 409, "already_registered", registration_id=record["id"])
    assert ok(await training.get(f"{CLASSES}/{training_class.id}/summary"))["registrations"] == 1


async def test_a_class_takes_registrations_only_while_it_is_open(training: ApiClient, make: Make) -> None:
    for state in ("planned", "running", "held"):
        training_class = await make.training_class(sessions=1, state=state)
        response = await training.post(REGISTRATIONS, json={"class_id": training_class.id, "trainee": a_person()})
        assert_problem(response, 409, "class_not_open", state=state)


async def test_the_same_id_and_content_registers_once(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(sessions=1, state="open", capacity=5)
    body = {"id": new_id(), "class_id": training_class.id, "trainee": a_person()}
    first = await training.post(REGISTRATIONS, json=body)
    again = await training.post(REGISTRATIONS, json=body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = {**body, "trainee": a_person()}
    assert_problem(await training.post(REGISTRATIONS, json=other), 409, "id_in_use")
    assert ok(await training.get(f"{CLASSES}/{training_class.id}/summary"))["registrations"] == 1


async def test_no_fewer_places_than_have_registered(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(sessions=1, state="open", capacity=5)
    for _ in range(3):
        await make.registration(training_class)
    response = await training.patch(
        f"{CLASSES}/{training_class.id}", json={"capacity": 2}, headers=etag(training_class)
    )
    assert_problem(response, 409, "capacity_below_registered", capacity=2, registered_count=3)


async def test_a_cooperatives_own_user_registers_its_own_people_and_sees_no_others(
    training: ApiClient, make: Make
) -> None:
    training_class = await make.training_class(sessions=1, state="open", capacity=5)
    mine, other = new_id(), new_id()
    own = training.as_(scope="own.read own.write", organization_id=mine, sub="own-user")
    theirs = await make.registration(training_class, trainee=a_person(organization_id=other))
    body = {"class_id": training_class.id, "trainee": a_person(organization_id=mine)}
    registration = ok(await own.post(REGISTRATIONS, json=body), 201)
    assert (registration["channel"], registration["organization_id"]) == ("own", mine)
    foreign = {"class_id": training_class.id, "trainee": a_person(organization_id=other)}
    assert faults(await own.post(REGISTRATIONS, json=foreign)) == {("/trainee/organization_id", "outside_area")}
    named = {"class_id": training_class.id, "trainee_id": theirs.trainee_id}
    assert faults(await own.post(REGISTRATIONS, json=named)) == {("/trainee_id", "unknown_trainee")}
    assert [item["id"] for item in await every_item(own, REGISTRATIONS)] == [registration["id"]]
    assert [item["id"] for item in await every_item(own, TRAINEES)] == [registration["trainee_id"]]
    assert_problem(await own.get(f"{REGISTRATIONS}/{theirs.id}"), 404, "not_found")
    cancel = f"{REGISTRATIONS}/{theirs.id}/cancellation"
    assert_problem(await own.post(cancel, json={"reason": "x y z"}), 404, "not_found")
    assert_problem(await own.get(f"{CLASSES}/{training_class.id}"), 403, "scope_missing")
    (shown,) = await every_item(own, f"{PATH}/open-classes")
    assert (shown["id"], shown["seats_left"]) == (training_class.id, 3)
    assert "budget" not in shown


async def test_an_organization_is_invited_once_and_answers_itself(training: ApiClient, make: Make) -> None:
    training_class, mine = await make.training_class(), new_id()
    path = f"{CLASSES}/{training_class.id}/invitations"
    body = {"organization_id": mine, "organization_name": "HTX Minh Khai", "seats": 2, "invited_on": "2023-02-20"}
    invitation = Record(ok(await training.post(path, json=body), 201))
    assert_problem(await training.post(path, json=body), 409, "already_invited", invitation_id=invitation.id)
    own = training.as_(scope="own.read own.write", organization_id=mine)
    stranger = training.as_(scope="own.read own.write", organization_id=new_id())
    answer = {"state": "accepted", "answer_note": "Cử 2 người"}
    assert_problem(await stranger.post(f"{INVITATIONS}/{invitation.id}/answer", json=answer), 404, "not_found")
    assert ok(await own.post(f"{INVITATIONS}/{invitation.id}/answer", json=answer), 201)["state"] == "accepted"
    assert len(await every_item(own, INVITATIONS)) == 1
    assert await every_item(stranger, INVITATIONS) == []


async def test_a_batch_registers_each_for_itself_or_none(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(sessions=1, state="open", capacity=2)
    items = [{"class_id": training_class.id, "trainee": a_person()} for _ in range(3)]
    response = await training.post(f"{REGISTRATIONS}/batch", json={"mode": "atomic", "items": items})
    assert response.status_code == 409
    assert ok(await training.get(f"{CLASSES}/{training_class.id}/summary"))["registrations"] == 0
    answer = ok(await training.post(f"{REGISTRATIONS}/batch", json={"mode": "each", "items": items}), 207)
    assert [item["status"] for item in answer["items"]] == [201, 201, 409]
    assert answer["items"][2]["problem"]["code"] == "class_full"
