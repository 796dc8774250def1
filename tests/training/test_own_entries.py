"""What a cooperative's own user enters of persons: it learns nothing of others, and an officer says who they are."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from kernel.database.connections import Database
from kernel.values.ids import new_id
from tests.support.answers import assert_problem, every_item, faults, ok
from tests.support.client import ApiClient
from tests.training.builders import (
    ATTENDANCES,
    CLASSES,
    PATH,
    REGISTRATIONS,
    TRAINEES,
    VALUES,
    Make,
    Record,
    a_person,
    an_id_number,
)

WAITING = f"{PATH}/unconfirmed-trainees"


def own_user(training: ApiClient, organization_id: str | None = None) -> ApiClient:
    mine = organization_id or new_id()
    return training.as_(scope="own.read own.write", organization_id=mine, sub=f"user-of-{mine}")


def other_id(client: ApiClient) -> str:
    """Return the organization of an own user made by `own_user`."""
    return str(client.caller["organization_id"])


async def elsewhere(training: ApiClient, **fields: Any) -> Record:
    """Enter, as an officer, a person of another organization, of whom everything is known."""
    person = a_person(
        name="Lò Thị Mơ",
        organization_id=new_id(),
        phone="0912345678",
        position="Giám đốc",
        id_number=an_id_number(),
        sensitive={"ethnic_group": "Thái", "has_disability": True},
        **fields,
    )
    trainee = Record(ok(await training.post(TRAINEES, json=person), 201))
    trainee["given"] = person
    return trainee


def same_person(known: Record, organization_id: str, **fields: Any) -> dict[str, Any]:
    return a_person(name="Lò Thị Mơ", id_number=known["given"]["id_number"], organization_id=organization_id, **fields)


async def confirm(training: ApiClient, trainee_id: str, status: int = 201, **body: Any) -> Record:
    return Record(ok(await training.post(f"{TRAINEES}/{trainee_id}/confirmation", json=body), status))


def _shape(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in {"id", "created_at", "updated_at"}}


async def test_who_is_known_elsewhere_is_answered_like_a_new_person(training: ApiClient) -> None:
    person = await elsewhere(training)
    mine = new_id()
    own = own_user(training, mine)
    plain = {"organization_id": mine, "birth_year": 1991, "position": None, "name": "Lò Thị Mơ"}
    new = await own.post(TRAINEES, json=a_person(**plain, id_number=(new_number := an_id_number())))
    met = await own.post(TRAINEES, json=a_person(**plain, id_number=person["given"]["id_number"]))
    assert (new.status_code, met.status_code) == (201, 201)
    shape, told_new = _shape(met.json()), _shape(new.json())
    assert shape.pop("id_number_last4") == person["given"]["id_number"][-4:]
    assert told_new.pop("id_number_last4") == new_number[-4:]
    assert shape == told_new
    assert (shape["state"], shape["position"], shape["phone_last4"], shape["version"]) == ("unconfirmed", None, None, 1)
    assert new.headers.keys() == met.headers.keys()
    assert met.json()["id"] != person.id
    histories = [ok(await own.get(f"{TRAINEES}/{answer.json()['id']}/history"))["items"] for answer in (new, met)]
    assert [[entry["action"] for entry in items] for items in histories] == [["created"], ["created"]]
    assert {item["id"] for item in await every_item(own, TRAINEES)} == {new.json()["id"], met.json()["id"]}
    assert_problem(await own.get(f"{TRAINEES}/{person.id}"), 404, "not_found")


async def test_a_registration_of_who_is_known_elsewhere_is_answered_like_any(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(sessions=1, state="open", capacity=10)
    known_person = await elsewhere(training)
    await make.registration(training_class, trainee_id=known_person.id, trainee=None)
    mine = new_id()
    own = own_user(training, mine)
    answers = [
        await own.post(REGISTRATIONS, json={"class_id": training_class.id, "trainee": person})
        for person in (a_person(organization_id=mine, id_number=an_id_number()), same_person(known_person, mine))
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    varies = ("trainee_id",)
    new, met = ({n: v for n, v in _shape(a.json()).items() if n not in varies} for a in answers)
    assert new == met
    assert met["organization_id"] == mine


async def test_nothing_of_the_known_person_is_changed_by_an_own_user(training: ApiClient, db: Database) -> None:
    person = await elsewhere(training)
    mine = new_id()
    body = same_person(person, mine, phone="0987654321", sensitive={"ethnic_group": "Kinh", "is_poor_household": True})
    ok(await own_user(training, mine).post(TRAINEES, json=body), 201)
    assert ok(await training.get(f"{TRAINEES}/{person.id}"))["version"] == 1
    row = await db.fetchrow("SELECT * FROM trainee_sensitive WHERE trainee_id = $1::uuid", person.id)
    assert row is not None
    assert (row["ethnic_group"], row["has_disability"], row["is_poor_household"]) == ("Thái", True, None)


async def test_an_own_user_finds_its_own_person_again(training: ApiClient) -> None:
    mine, number = new_id(), an_id_number()
    own = own_user(training, mine)
    first = ok(await own.post(TRAINEES, json=a_person(organization_id=mine, id_number=number)), 201)
    again = ok(await own.post(TRAINEES, json=a_person(organization_id=mine, id_number=number)))
    assert again["id"] == first["id"]
    other = own_user(training)
    other_person = a_person(organization_id=other_id(other), id_number=number)
    assert ok(await other.post(TRAINEES, json=other_person), 201)["id"] != first["id"]


async def test_a_number_that_an_own_user_adds_waits_for_an_officer(training: ApiClient) -> None:
    """A person of its own, entered by an officer without a number: whether the number is known elsewhere does not show."""
    known_person = await elsewhere(training)
    mine = new_id()
    own, outcomes = own_user(training, mine), []
    for number in (known_person["given"]["id_number"], an_id_number()):
        person = a_person(organization_id=mine)
        entered = ok(await training.post(TRAINEES, json=person), 201)
        answer = await own.post(TRAINEES, json={**person, "id_number": number})
        assert answer.json()["id"] == entered["id"]
        outcomes.append((answer.status_code, answer.json()["state"], answer.json()["version"]))
    assert outcomes == [(200, "unconfirmed", 2)] * 2


async def test_sensitive_attributes_are_changed_by_a_correction_alone_and_each_change_is_recorded(
    training: ApiClient, make: Make, db: Database
) -> None:
    person = await elsewhere(training)
    again = {**person["given"], "sensitive": {"ethnic_group": "Kinh", "has_disability": False}}
    assert ok(await training.post(TRAINEES, json=again))["id"] == person.id
    training_class = await make.training_class(state="held")
    await make.attendance(training_class, trainee=again)
    attributes = (
        "SELECT ethnic_group, has_disability, is_poor_household FROM trainee_sensitive WHERE trainee_id = $1::uuid"
    )
    assert dict(await db.fetchrow(attributes, person.id) or {}) == {
        "ethnic_group": "Thái",
        "has_disability": True,
        "is_poor_household": None,
    }
    patch = {"sensitive": {"ethnic_group": "Mường", "has_disability": None}, "reason": "Ghi nhầm"}
    ok(await training.patch(f"{TRAINEES}/{person.id}", json=patch, headers={"If-Match": '"1"'}))
    assert dict(await db.fetchrow(attributes, person.id) or {}) == {
        "ethnic_group": "Mường",
        "has_disability": None,
        "is_poor_household": None,
    }
    rows = await db.fetch(
        "SELECT actor, detail FROM audit WHERE action = 'trainee.sensitive_changed' ORDER BY occurred_at"
    )
    assert [(row["actor"], orjson.loads(row["detail"])) for row in rows] == [
        ("training-officer", {"attributes": ["ethnic_group", "has_disability"]})
    ] * 2


async def test_officers_see_who_waits_and_whom_each_may_be(training: ApiClient) -> None:
    person = await elsewhere(training)
    mine = new_id()
    own = own_user(training, mine)
    met = ok(await own.post(TRAINEES, json=same_person(person, mine)), 201)
    new = ok(await own.post(TRAINEES, json=a_person(organization_id=mine)), 201)
    waiting = {item["id"]: item["likely_matches"] for item in await every_item(training, WAITING)}
    assert waiting[new["id"]] == []
    assert waiting[met["id"]] == [
        {
            "trainee_id": person.id,
            "same": "id_number",
            "name_masked": "L. T. M.",
            "organization_id": person["organization_id"],
            "organization": None,
            "organization_name": person["organization_name"],
        }
    ]
    assert_problem(await own.get(WAITING), 403, "scope_missing")
    assert_problem(await own.post(f"{TRAINEES}/{met['id']}/confirmation", json={}), 403, "scope_missing")
    assert await every_item(training.as_(area="40-2025"), WAITING) == []


async def test_who_was_not_known_is_confirmed_and_found_by_its_number_from_then_on(training: ApiClient) -> None:
    mine, number = new_id(), an_id_number()
    own = own_user(training, mine)
    trainee = ok(await own.post(TRAINEES, json=a_person(organization_id=mine, id_number=number)), 201)
    assert (await confirm(training, trainee["id"])).state == "confirmed"
    again = await training.post(f"{TRAINEES}/{trainee['id']}/confirmation", json={})
    assert_problem(again, 409, "trainee_confirmed")
    assert ok(await training.post(TRAINEES, json=a_person(id_number=number)))["id"] == trainee["id"]
    second = own_user(training)
    twin = ok(await second.post(TRAINEES, json=a_person(organization_id=other_id(second), id_number=number)), 201)
    refused = await training.post(f"{TRAINEES}/{twin['id']}/confirmation", json={})
    assert_problem(refused, 409, "trainee_known", trainee_id=trainee["id"])


async def _figures(make: Make) -> list[Any]:
    names = "training_attendances,training_distinct_trainees,training_cooperatives_reached"
    params = {"indicators": names, "from": "2023-01-01", "to": "2023-12-31", "province": "25-2025"}
    return [
        (item["value"], item["reported_part"]) for item in ok(await make.client.get(VALUES, params=params))["items"]
    ]


@pytest.fixture
async def joined_world(training: ApiClient, make: Make) -> dict[str, Any]:
    """A person whom two organizations know: each has it at a class, and the second one at another that is open."""
    await make.coverage()
    person, mine = await elsewhere(training), new_id()
    own = own_user(training, mine)
    first, second = [await make.training_class(state="held", gives_certificate=True) for _ in "ab"]
    waits = Record(ok(await own.post(TRAINEES, json=same_person(person, mine)), 201))
    await make.attendance(first, trainee_id=person.id)
    entry = await make.attendance(second, trainee_id=waits.id)
    certificate = await make.certificate(second, entry)
    coming = await make.training_class(sessions=1, state="open", capacity=10)
    registration = ok(await own.post(REGISTRATIONS, json={"class_id": coming.id, "trainee_id": waits.id}), 201)
    return {
        "known": person,
        "waits": waits,
        "own": own,
        "entry": entry,
        "certificate": certificate,
        "coming": coming,
        "registration": registration,
        "first": first,
    }


async def test_joining_takes_everything_along_and_moves_no_figure(
    training: ApiClient, make: Make, joined_world: dict[str, Any]
) -> None:
    person, waits = joined_world["known"], joined_world["waits"]
    before = await _figures(make)
    assert before == [(2, 0), (1, 0), (2, None)]
    here = ok(await training.get(f"{PATH}/changes"))["next_cursor"]
    stands = await confirm(training, waits.id, joined_to=person.id, reason="Cùng một người")
    assert (stands.id, stands["organization_id"]) == (person.id, person["organization_id"])
    assert await _figures(make) == before
    assert_problem(await training.get(f"{TRAINEES}/{waits.id}"), 404, "not_found")
    for path, name in (
        (ATTENDANCES, "entry"),
        (REGISTRATIONS, "registration"),
        (f"{PATH}/certificates", "certificate"),
    ):
        row = ok(await training.get(f"{path}/{joined_world[name]['id']}"))
        assert (row["trainee_id"], row["organization_id"]) == (person.id, waits["organization_id"]), path
    (other,) = [
        e for e in ok(await training.get(f"{PATH}/changes?after={here}"))["items"] if e["resource_id"] == waits.id
    ]
    assert (other["type"], other["reason"], other["merged_into"]) == ("trainee.removed", "merged", person.id)


async def test_joining_tells_the_own_user_nothing_of_the_other_organization(
    training: ApiClient, joined_world: dict[str, Any]
) -> None:
    person, waits, own = joined_world["known"], joined_world["waits"], joined_world["own"]
    await confirm(training, waits.id, joined_to=person.id)
    assert [item["id"] for item in await every_item(own, ATTENDANCES)] == [joined_world["entry"].id]
    assert await every_item(own, TRAINEES) == []
    assert_problem(await own.get(f"{TRAINEES}/{person.id}"), 404, "not_found")


async def test_where_both_have_a_place_one_is_given_back(
    training: ApiClient, make: Make, joined_world: dict[str, Any]
) -> None:
    person, waits, coming = joined_world["known"], joined_world["waits"], joined_world["coming"]
    # A place is asked for by number: that one has it already, whoever registered it.
    twice = await training.post(REGISTRATIONS, json={"class_id": coming.id, "trainee_id": person.id})
    assert_problem(twice, 409, "already_registered", registration_id=joined_world["registration"]["id"])
    other = own_user(training)
    body = {"class_id": coming.id, "trainee": same_person(person, other_id(other))}
    third = ok(await other.post(REGISTRATIONS, json=body), 201)
    await confirm(training, waits.id, joined_to=person.id)
    await confirm(training, third["trainee_id"], joined_to=person.id)
    assert ok(await training.get(f"{REGISTRATIONS}/{third['id']}"))["state"] == "cancelled"
    assert ok(await training.get(f"{CLASSES}/{coming.id}/summary"))["registrations"] == 1


async def test_one_person_attends_a_class_once_however_often_it_was_entered(
    training: ApiClient, make: Make, joined_world: dict[str, Any]
) -> None:
    person, waits, first = joined_world["known"], joined_world["waits"], joined_world["first"]
    again = {"class_id": first.id, "trainee_id": waits.id, "is_walk_in": True}
    assert_problem(await training.post(ATTENDANCES, json=again), 409, "already_attended")
    # By its number the person is the one who has the place.
    coming = joined_world["coming"]
    for step in ("start", "completion"):
        ok(await training.post(f"{CLASSES}/{coming.id}/{step}", json={}), 201)
    came = ok(await training.post(ATTENDANCES, json={"class_id": coming.id, "trainee": person["given"]}), 201)
    assert (came["trainee_id"], came["is_walk_in"]) == (waits.id, False)


async def test_two_who_both_attended_one_class_are_not_joined(training: ApiClient, make: Make) -> None:
    """By name alone nobody knew that they are one; their figures would move."""
    training_class = await make.training_class(state="held")
    mine = new_id()
    entered = ok(await own_user(training, mine).post(TRAINEES, json=a_person(organization_id=mine)), 201)
    entries = [await make.attendance(training_class, trainee_id=entered["id"]), await make.attendance(training_class)]
    refused = await training.post(f"{TRAINEES}/{entered['id']}/confirmation", json={"joined_to": entries[1].trainee_id})
    ids = sorted(entry.id for entry in entries)
    assert_problem(refused, 409, "both_attended", class_id=training_class.id, attendance_ids=ids)


async def test_whom_a_person_may_be_joined_to(training: ApiClient, make: Make) -> None:
    mine = new_id()
    own = own_user(training, mine)
    one, two = [ok(await own.post(TRAINEES, json=a_person(organization_id=mine)), 201)["id"] for _ in "ab"]
    path = f"{TRAINEES}/{one}/confirmation"
    assert faults(await training.post(path, json={"joined_to": two})) == {("/joined_to", "unconfirmed_trainee")}
    assert faults(await training.post(path, json={"joined_to": new_id()})) == {("/joined_to", "unknown_trainee")}
    assert faults(await training.post(path, json={"joined_to": one})) == {("/joined_to", "unconfirmed_trainee")}
    foreign = Record(ok(await training.as_(area="40-2025").post(TRAINEES, json=a_person()), 201))
    assert faults(await training.post(path, json={"joined_to": foreign.id})) == {("/joined_to", "unknown_trainee")}
    assert_problem(await training.as_(area="40-2025").post(path, json={}), 404, "not_found")


async def test_who_stands_in_several_entries_is_erased_when_they_are_one(
    training: ApiClient, joined_world: dict[str, Any]
) -> None:
    person, waits = joined_world["known"], joined_world["waits"]
    path = f"{TRAINEES}/{person.id}"
    refused = await training.delete(path, headers={"If-Match": '"1"'})
    assert_problem(refused, 409, "trainee_unjoined", trainee_ids=[waits.id])
    await confirm(training, waits.id, joined_to=person.id)
    assert (await training.delete(path, headers={"If-Match": '"1"'})).status_code == 204


async def test_what_was_said_of_sensitive_attributes_is_kept_and_what_was_known_stands(
    training: ApiClient, db: Database
) -> None:
    person, mine = await elsewhere(training), new_id()
    sensitive = {"ethnic_group": "Kinh", "is_poor_household": True}
    waits = ok(await own_user(training, mine).post(TRAINEES, json=same_person(person, mine, sensitive=sensitive)), 201)
    await confirm(training, waits["id"], joined_to=person.id)
    (row,) = await db.fetch("SELECT trainee_id, ethnic_group, has_disability, is_poor_household FROM trainee_sensitive")
    assert tuple(dict(row).values()) == (person.id, "Thái", True, True)


async def test_a_file_of_who_came_finds_the_one_who_registered(
    training: ApiClient, make: Make, joined_world: dict[str, Any]
) -> None:
    person, waits, coming = joined_world["known"], joined_world["waits"], joined_world["coming"]
    number = ok(await training.get(f"{CLASSES}/{coming.id}"))["class_number"]
    if number is None:
        tag = {"If-Match": f'"{ok(await training.get(f"{CLASSES}/{coming.id}"))["version"]}"'}
        number = ok(await training.patch(f"{CLASSES}/{coming.id}", json={"class_number": "L-TH"}, headers=tag))[
            "class_number"
        ]
    for step in ("start", "completion"):
        ok(await training.post(f"{CLASSES}/{coming.id}/{step}", json={}), 201)
    rows = f"Số lớp,Họ và tên,Số định danh\n{number},Lò Thị Mơ,{person['given']['id_number']}\n"
    files = {"file": ("lop.csv", rows.encode(), "text/csv")}
    report = ok(await training.post(f"{PATH}/imports/classes?dry_run=false", files=files))
    assert (report["created"], report["trainees_created"]) == (1, 0), report
    (entry,) = await every_item(training, f"{CLASSES}/{coming.id}/attendances")
    assert (entry["trainee_id"], entry["is_walk_in"]) == (waits.id, False)


async def test_who_an_own_user_enters_belongs_to_its_organization_also_where_that_is_left_out(
    training: ApiClient,
) -> None:
    own = own_user(training)
    person = a_person(name="Lò Thị Mơ", id_number=an_id_number())
    person.pop("organization_id", None)
    assert ok(await own.post(TRAINEES, json=person), 201)["organization_id"] == other_id(own)
    refused = await own.post(TRAINEES, json={**person, "organization_id": new_id()})
    assert faults(refused) == {("/organization_id", "outside_area")}
