"""A phone at the door of a class reads that class's roll and checks people in there, and touches nothing else."""

from __future__ import annotations

from datetime import timedelta

import httpx
import orjson
import pytest

from kernel.database.connections import Database
from kernel.values.days import today
from kernel.values.ids import new_id
from tests.support.answers import assert_problem, faults, ok
from tests.support.client import ApiClient
from tests.training.builders import ATTENDANCES, CHECK_INS, CLASSES, TRAINEES, Make, Record, a_person

PHONE = "d-0192c7e000007000800000000000c0d1"


def at_the_door(
    training: ApiClient, class_id: str | None, *, area: str = "25-2025", scope: str = "class.roll"
) -> ApiClient:
    """Return the device of a class."""
    return training.as_(scope=scope, area=area, sub=PHONE, client_id=PHONE, class_id=class_id)


async def running_class(make: Make, *, ended_days_ago: int = 0) -> Record:
    ends = today() - timedelta(days=ended_days_ago)
    days = {"starts_on": str(ends - timedelta(days=1)), "ends_on": str(ends)}
    training_class = await make.training_class(state="open", starts_on=days["starts_on"], ends_on=days["ends_on"])
    await make.session(training_class, held_on=days["starts_on"])
    await make.registration(training_class, trainee=a_person(name="Trần Bình"))
    await make.create(f"classes/{training_class.id}/start", {})
    return training_class


def a_check_in(session: Record, **fields: object) -> dict[str, object]:
    return {"class_session_id": session.id, "trainee": a_person(), "is_walk_in": True, "device": "may-03", **fields}


async def batch(client: ApiClient, *items: dict[str, object]) -> httpx.Response:
    return await client.post(f"{CHECK_INS}/batch", json={"mode": "each", "items": [*items]})


async def test_a_device_reads_its_roll_and_checks_people_in(training: ApiClient, make: Make, db: Database) -> None:
    training_class = await running_class(make)
    (session,) = await make.sessions(training_class)
    door = at_the_door(training, training_class.id)
    (binh,) = ok(await door.get(f"{CLASSES}/{training_class.id}/roll"))["items"]
    assert set(binh) == {"trainee_id", "full_name", "organization", "is_registered", "is_walk_in", "sessions"}
    of_binh = a_check_in(session, id=new_id(), trainee_id=binh["trainee_id"], is_walk_in=False)
    del of_binh["trainee"]
    answer = await batch(door, of_binh, a_check_in(session, trainee=a_person(name="Vũ Văn Ân")))
    assert [item["status"] for item in answer.json()["items"]] == [201, 201]
    assert [item["status"] for item in (await batch(door, of_binh)).json()["items"]] == [200]
    came = {each["full_name"] for each in ok(await door.get(f"{CLASSES}/{training_class.id}/roll"))["items"]}
    assert came == {"Trần Bình", "Vũ Văn Ân"}
    assert {
        row["recorded_by"] for row in await db.fetch("SELECT recorded_by FROM history WHERE resource_type = 'check_in'")
    } == {PHONE}
    read = await db.fetch("SELECT actor, resource_id FROM audit WHERE action = 'class.roll_read'")
    assert {(row["actor"], row["resource_id"]) for row in read} == {(PHONE, training_class.id)}
    assert orjson.dumps(answer.json())


async def test_another_class_is_not_there_for_it(training: ApiClient, make: Make) -> None:
    own, other = await running_class(make), await running_class(make)
    (session,) = await make.sessions(other)
    there = a_check_in(session, id=new_id())
    ok(await training.as_(area="25-2025").post(CHECK_INS, json=there), 201)
    door = at_the_door(training, own.id)
    assert_problem(await door.get(f"{CLASSES}/{other.id}/roll"), 404, "not_found")
    for sent in (a_check_in(session), there):
        assert faults(await door.post(CHECK_INS, json=sent)) == {("/class_session_id", "unknown_class_session")}
        (item,) = (await batch(door, sent)).json()["items"]
        assert item["status"] == 422


@pytest.mark.parametrize("class_id", [None, "not an id", "00000000-0000-0000-0000-000000000000"])
async def test_without_a_class_of_its_own_it_has_none(training: ApiClient, make: Make, class_id: str | None) -> None:
    training_class = await running_class(make)
    (session,) = await make.sessions(training_class)
    door = at_the_door(training, class_id)
    assert_problem(await door.get(f"{CLASSES}/{training_class.id}/roll"), 404, "not_found")
    assert faults(await door.post(CHECK_INS, json=a_check_in(session))) == {
        ("/class_session_id", "unknown_class_session")
    }


async def test_the_class_of_another_alliance_is_not_there(training: ApiClient, make: Make) -> None:
    training_class = await running_class(make)
    (session,) = await make.sessions(training_class)
    door = at_the_door(training, training_class.id, area="40-2025")
    assert_problem(await door.get(f"{CLASSES}/{training_class.id}/roll"), 404, "not_found")
    assert faults(await door.post(CHECK_INS, json=a_check_in(session))) == {
        ("/class_session_id", "unknown_class_session")
    }


@pytest.mark.parametrize(("days_ago", "is_good"), [(0, True), (1, True), (2, False)])
async def test_it_is_good_until_the_day_after_the_class(
    training: ApiClient, make: Make, days_ago: int, is_good: bool
) -> None:
    training_class = await running_class(make, ended_days_ago=days_ago)
    (session,) = await make.sessions(training_class)
    door = at_the_door(training, training_class.id)
    roll, sent = (
        await door.get(f"{CLASSES}/{training_class.id}/roll"),
        await door.post(CHECK_INS, json=a_check_in(session)),
    )
    if is_good:
        assert (roll.status_code, sent.status_code) == (200, 201)
    else:
        assert_problem(roll, 403, "class_device_ended")
        assert_problem(sent, 403, "class_device_ended")


async def test_everything_else_is_closed_to_it(training: ApiClient, make: Make) -> None:
    training_class = await running_class(make)
    door = at_the_door(training, training_class.id)
    paths = (f"{CLASSES}/{training_class.id}", CLASSES, TRAINEES, ATTENDANCES, CHECK_INS, "/v1/training/changes")
    for path in (*paths, f"{CLASSES}/{training_class.id}/attendances"):
        assert_problem(await door.get(path), 403, "scope_missing")
    body = {"class_id": training_class.id, "trainee": a_person(), "is_walk_in": True}
    assert_problem(await door.post(ATTENDANCES, json=body), 403, "scope_missing")
    assert_problem(
        await door.post(f"{CLASSES}/{training_class.id}/cancellation", json={"reason": "x"}), 403, "scope_missing"
    )
