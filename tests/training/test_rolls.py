"""The roll of a class in one answer, and trainees found by class and name: names are for who may read them, and recorded."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from kernel.database.connections import Database
from kernel.values.ids import new_id
from tests.support.answers import assert_problem, faults, ok
from tests.support.client import ApiClient
from tests.support.plans import recorded
from tests.training.builders import CLASSES, REGISTRATIONS, TRAINEES, Make, Record, a_person


async def _held(make: Make) -> tuple[Record, list[Record]]:
    """Make a running class of two sessions: Bình registered and came once, Ân walked in, Vui never came, Út came some time."""
    training_class = await make.training_class(sessions=2, state="open")
    first, second = await make.sessions(training_class)
    binh = await make.registration(training_class, trainee=a_person(name="Trần Bình", organization_name="HTX Chè"))
    await make.registration(training_class, trainee=a_person(name="Nguyễn Thị Vui"))
    await make.create(f"classes/{training_class.id}/start", {})
    await make.check_in(second, trainee_id=binh.trainee_id, is_walk_in=False)
    for session in (first, second):
        await make.check_in(session, trainee=a_person(name="Vũ Văn Ân", birth_year=1980))
    await make.attendance(training_class, trainee=a_person(name="Lê Út"))
    return training_class, [first, second]


async def test_the_roll_is_whole_by_given_name_with_every_session(training: ApiClient, make: Make) -> None:
    training_class, sessions = await _held(make)
    document = ok(await training.get(f"{CLASSES}/{training_class.id}/roll"))
    assert set(document) == {"items"}
    seen = {
        person["full_name"]: (
            person["is_registered"],
            person["is_walk_in"],
            [each["is_present"] for each in person["sessions"]],
        )
        for person in document["items"]
    }
    assert seen == {
        "Vũ Văn Ân": (False, True, [True, True]),
        "Trần Bình": (True, False, [False, True]),
        "Lê Út": (False, True, [None, None]),
        "Nguyễn Thị Vui": (True, False, [False, False]),
    }
    assert list(seen) == ["Vũ Văn Ân", "Trần Bình", "Lê Út", "Nguyễn Thị Vui"]
    for person in document["items"]:
        assert [each["session_id"] for each in person["sessions"]] == [session.id for session in sessions]
    (binh,) = [person for person in document["items"] if person["full_name"] == "Trần Bình"]
    assert binh["organization"] == {"id": None, "name": "HTX Chè"}


async def test_a_roll_call_is_one_call_of_few_statements_with_one_audit_entry(
    training: ApiClient, make: Make, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    training_class = await make.training_class(sessions=3, state="open", ends_on="2023-03-08")
    people = [{"class_id": training_class.id, "trainee": a_person(name=f"Người {number}")} for number in range(58)]
    entered = await make.client.post(f"{REGISTRATIONS}/batch", json={"mode": "atomic", "items": people})
    assert entered.status_code < 300, entered.text
    with recorded(monkeypatch) as statements:
        roll = ok(await training.get(f"{CLASSES}/{training_class.id}/roll"))
    assert len(roll["items"]) == 58
    assert len(statements) == 4, "the class, its sessions, its people, and that they were read"
    (entry,) = await db.fetch("SELECT action, actor, alliance, resource_type, resource_id, purpose, detail FROM audit")
    assert {**entry, "detail": orjson.loads(entry["detail"])} == {
        "action": "class.roll_read",
        "actor": "training-officer",
        "alliance": "25-2025",
        "resource_type": "class",
        "resource_id": training_class.id,
        "purpose": "class_roll",
        "detail": {"people": 58, "fields": ["name"]},
    }


async def test_the_organization_is_the_one_that_the_person_came_from(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(state="held")
    trainee = await make.trainee(organization_name="HTX Cũ")
    await make.attendance(training_class, trainee_id=trainee.id)
    moved = {"organization_name": "HTX Mới", "reason": "Chuyển đơn vị"}
    ok(await training.patch(f"{TRAINEES}/{trainee.id}", json=moved, headers={"If-Match": '"1"'}))
    (person,) = ok(await training.get(f"{CLASSES}/{training_class.id}/roll"))["items"]
    assert person["organization"] == {"id": None, "name": "HTX Cũ"}


async def test_who_cancelled_is_not_called_and_who_was_erased_is_called_by_nothing(
    training: ApiClient, make: Make
) -> None:
    training_class = await make.training_class(sessions=1, state="open")
    gone = await make.registration(training_class, trainee=a_person(name="Đã Hủy"))
    cancelled = await training.post(f"{REGISTRATIONS}/{gone.id}/cancellation", json={"reason": "Bận việc"})
    ok(cancelled, 201)
    erased = await make.registration(training_class, trainee=a_person(name="Trần Thị Xóa"))
    trainee = await training.get(f"{TRAINEES}/{erased.trainee_id}")
    await training.delete(f"{TRAINEES}/{erased.trainee_id}", headers={"If-Match": trainee.headers["etag"]})
    (person,) = ok(await training.get(f"{CLASSES}/{training_class.id}/roll"))["items"]
    assert (person["trainee_id"], person["full_name"]) == (erased.trainee_id, None)


async def test_a_roll_is_for_who_may_write_in_the_area(training: ApiClient, make: Make, db: Database) -> None:
    training_class, _ = await _held(make)
    path = f"{CLASSES}/{training_class.id}/roll"
    for scope, more in (
        ("training.read", {}),
        ("sync.write", {}),
        ("own.read own.write", {"organization_id": new_id()}),
    ):
        assert_problem(await training.as_(scope=scope, **more).get(path), 403, "scope_missing")
    assert_problem(await training.as_(area="40-2025").get(path), 404, "not_found")
    assert await db.fetchval("SELECT count(*) FROM audit") == 0, "nothing was read"


async def test_a_class_that_is_too_large_says_so(
    training: ApiClient, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    training_class, _ = await _held(make)
    monkeypatch.setattr("services.training.classes.rolls.service.MOST_PEOPLE", 3)
    assert_problem(await training.get(f"{CLASSES}/{training_class.id}/roll"), 409, "class_too_large", most=3)


async def _found(client: ApiClient, **params: Any) -> list[str]:
    page = ok(await client.get(TRAINEES, params=params))
    return sorted(item["name_masked"] for item in page["items"])


async def test_trainees_are_found_by_class_and_by_part_of_the_name(training: ApiClient, make: Make) -> None:
    training_class, _ = await _held(make)
    await make.trainee(name="Nguyễn Thị Vui Vẻ")
    assert await _found(training, class_id=training_class.id) == ["L. Ú.", "N. T. V.", "T. B.", "V. V. Â."]
    assert await _found(training, q="thi vui") == ["N. T. V.", "N. T. V. V."]
    assert await _found(training, class_id=training_class.id, q="THỊ VUI") == ["N. T. V."]
    assert await _found(training, class_id=training_class.id, q="binh tran") == []
    assert await _found(training, class_id=new_id()) == []
    assert await _found(training.as_(area="40-2025"), q="vui") == []
    assert faults(await training.get(TRAINEES, params={"q": "%"})) == {("q", "wrong_format")}


async def test_a_search_answers_masked_and_is_recorded_without_what_was_typed(
    training: ApiClient, make: Make, db: Database
) -> None:
    training_class, _ = await _held(make)
    page = ok(await training.get(TRAINEES, params={"q": "vui", "class_id": training_class.id}))
    assert (page["items"][0]["name"], page["items"][0]["redacted"]) == (None, ["name"])
    (entry,) = await db.fetch("SELECT action, actor, resource_id, detail FROM audit")
    assert (entry["action"], entry["actor"], entry["resource_id"]) == (
        "trainee.names_searched",
        "training-officer",
        None,
    )
    assert orjson.loads(entry["detail"]) == {"class_ids": [training_class.id]}


async def test_names_are_not_found_out_by_guessing(training: ApiClient, make: Make, db: Database) -> None:
    organization_id = new_id()
    reader = training.as_(scope="training.read")
    assert_problem(await reader.get(TRAINEES, params={"q": "vui"}), 403, "scope_missing")
    own = training.as_(scope="own.read", organization_id=organization_id)
    assert faults(await own.get(TRAINEES, params={"q": "vui"})) == {("q", "officers_only")}
    assert faults(await own.get(TRAINEES, params={"class_id": new_id()})) == {("class_id", "officers_only")}
    assert ok(await reader.get(TRAINEES, params={"class_id": new_id()}))["items"] == []
    assert await db.fetchval("SELECT count(*) FROM audit") == 0
