"""Attendances and check-ins: one person at one class is one lượt, in whatever order it becomes known."""

from __future__ import annotations

import asyncio
import itertools
import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.values.ids import new_id
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient
from tests.training.builders import ATTENDANCES, CHECK_INS, CLASSES, Make, Record, a_person


async def _running(make: Make, sessions: int = 2) -> tuple[Record, list[Record]]:
    training_class = await make.training_class(sessions=sessions, state="running")
    return training_class, await make.sessions(training_class)


async def test_one_person_at_two_sessions_of_a_class_is_one_luot(training: ApiClient, make: Make) -> None:
    training_class, (first, second) = await _running(make)
    person = a_person()
    one = await make.check_in(first, trainee=person)
    two = await make.check_in(second, trainee=person)
    assert one.attendance_id == two.attendance_id
    (entry,) = await every_item(training, f"{CLASSES}/{training_class.id}/attendances")
    assert (entry["counted"], entry["session_ids"]) == (1, sorted([first.id, second.id]))
    summary = ok(await training.get(f"{CLASSES}/{training_class.id}/summary"))
    assert (summary["attendances"], summary["distinct_trainees"], summary["walk_ins"]) == (1, 1, 1)


async def test_someone_who_is_not_in_the_class_has_to_be_said_to_have_walked_in(
    training: ApiClient, make: Make
) -> None:
    training_class = await make.training_class(sessions=1, state="open")
    registration = await make.registration(training_class)
    (session,) = await make.sessions(training_class)
    ok(await training.post(f"{CLASSES}/{training_class.id}/start", json={}), 201)
    ids = {"class_session_id": session.id, "trainee_id": registration.trainee_id}
    assert ok(await training.post(CHECK_INS, json=ids), 201)["is_walk_in"] is False
    stranger = {"class_session_id": session.id, "trainee": a_person()}
    assert_problem(await training.post(CHECK_INS, json=stranger), 409, "not_registered", class_id=training_class.id)
    assert ok(await training.post(CHECK_INS, json={**stranger, "is_walk_in": True}), 201)["is_walk_in"] is True
    listed = {"class_id": training_class.id, "trainee": a_person()}
    assert_problem(await training.post(ATTENDANCES, json=listed), 409, "not_registered")


async def test_two_check_ins_of_one_person_at_a_session_are_one(training: ApiClient, make: Make) -> None:
    _, (session, _) = await _running(make)
    body = {"class_session_id": session.id, "trainee": a_person(), "is_walk_in": True}
    answers = await asyncio.gather(*(training.post(CHECK_INS, json=body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 7]
    record = next(answer.json() for answer in answers if answer.status_code == 201)
    refused = next(answer for answer in answers if answer.status_code == 409)
    members = {"check_in_id": record["id"], "attendance_id": record["attendance_id"]}
    assert_problem(refused, 409, "already_checked_in", **members)


async def test_a_person_is_put_on_the_list_once(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(state="held")
    person = a_person()
    entry = await make.attendance(training_class, trainee=person, allowance_vnd=150_000, source="file")
    assert (entry.source, entry.session_ids, entry.first_seen_at) == ("file", [], None)
    again = {"class_id": training_class.id, "trainee": person, "is_walk_in": True}
    assert_problem(await training.post(ATTENDANCES, json=again), 409, "already_attended", attendance_id=entry.id)


async def test_attendance_is_taken_from_the_start_on(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(sessions=1, state="open")
    (session,) = await make.sessions(training_class)
    body = {"class_session_id": session.id, "trainee": a_person(), "is_walk_in": True}
    refused = assert_problem(await training.post(CHECK_INS, json=body), 409, "class_state_forbids", state="open")
    assert refused["allowed_in"] == ["running", "held", "reported"], "a program reads the codes"
    assert refused["detail"] == (
        "Lớp đang ở trạng thái “Đang nhận đăng ký”; việc “Ghi học viên” chỉ làm được khi lớp ở trạng thái “Đang học”, "
        "“Đã tổ chức” hoặc “Đã báo cáo”."
    )


async def test_a_person_is_named_or_described_and_not_both(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(state="held")
    for named in ({}, {"trainee_id": new_id(), "trainee": a_person()}):
        response = await training.post(ATTENDANCES, json={"class_id": training_class.id, **named})
        assert faults(response) == {("/trainee_id", "required")}
    unknown = {"class_id": new_id(), "trainee": a_person()}
    assert faults(await training.post(ATTENDANCES, json=unknown)) == {("/class_id", "unknown_class")}


def _roll(sessions: list[Record], people: int) -> list[dict[str, Any]]:
    """Return what a tablet kept: ids of its own, one check-in a person and session."""
    persons = [a_person() for _ in range(people)]
    return [
        {
            "id": new_id(),
            "class_session_id": session.id,
            "trainee": person,
            "is_walk_in": True,
            "checked_in_at": f"{session.held_on}T0{1 + at % 3}:00:00Z",
            "source": ("phone", "roll_call")[at % 2],
            "device": "may-01",
        }
        for at, (session, person) in enumerate(itertools.product(sessions, persons))
    ]


async def _list_of(training: ApiClient, held: Record, sessions: list[Record]) -> list[list[Any]]:
    """Return the attendance list by person, its sessions by their number."""
    numbers = {session.id: session.number for session in sessions}
    kept = ("trainee_id", "counted", "organization_name", "is_walk_in", "source", "first_seen_at")
    entries = await every_item(training, f"{CLASSES}/{held.id}/attendances")
    return sorted(
        [*(entry[name] for name in kept), sorted(numbers[id_] for id_ in entry["session_ids"])] for entry in entries
    )


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), split=st.integers(1, 9))
async def test_a_batch_late_twice_or_out_of_order_leads_to_the_same_list(
    training: ApiClient, make: Make, seed: int, split: int
) -> None:
    training_class, sessions = await _running(make)
    roll = _roll(sessions, 5)
    for item in roll:
        ok(await training.post(CHECK_INS, json=item), 201)
    in_order = await _list_of(training, training_class, sessions)

    other, others = await _running(make)
    moved = dict(zip((s.id for s in sessions), (s.id for s in others), strict=True))
    late = [{**item, "id": new_id(), "class_session_id": moved[item["class_session_id"]]} for item in roll]
    random.Random(seed).shuffle(late)
    for part in (late[split:], late[:split], late):
        answer = ok(await training.post(f"{CHECK_INS}/batch", json={"mode": "each", "items": part}), 207)
        assert {item["status"] for item in answer["items"]} <= {200, 201}
    assert await _list_of(training, other, others) == in_order


async def test_a_tablets_batch_after_the_class_was_held_and_reported_is_taken(training: ApiClient, make: Make) -> None:
    training_class, sessions = await _running(make)
    path = f"{CLASSES}/{training_class.id}"
    await make.check_in(sessions[0])
    ok(await training.post(f"{path}/completion", json={}), 201)
    ok(await training.post(f"{path}/report", json={"reported_on": "2023-03-20"}), 201)
    answer = await training.post(f"{CHECK_INS}/batch", json={"mode": "atomic", "items": _roll(sessions, 3)})
    assert {item["status"] for item in ok(answer, 201)["items"]} == {201}
    assert ok(await training.get(f"{path}/summary"))["attendances"] == 4


async def test_a_correction_gives_its_reason_and_keeps_what_was_known(training: ApiClient, make: Make) -> None:
    entry = await make.attendance(await make.training_class(state="held"), audience="member")
    path = f"{ATTENDANCES}/{entry.id}"
    assert faults(await training.patch(path, json={"audience": "worker"}, headers=etag(entry))) == {
        ("/reason", "required")
    }
    body = {"audience": "worker", "allowance_vnd": 100_000, "reason": "Đối chiếu danh sách ký"}
    assert ok(await training.patch(path, json=body, headers=etag(entry)))["audience"] == "worker"
    first, second = ok(await training.get(f"{path}/history"))["items"]
    assert (first["content"]["audience"], second["content"]["audience"]) == ("member", "worker")
    assert (second["reason"], second["changed"]) == ("Đối chiếu danh sách ký", ["allowance_vnd", "audience"])


async def test_what_was_entered_by_mistake_is_taken_back_with_what_hangs_on_it(training: ApiClient, make: Make) -> None:
    training_class, (first, second) = await _running(make)
    person = a_person()
    one = await make.check_in(first, trainee=person)
    two = await make.check_in(second, trainee=person)
    assert (await training.delete(f"{CHECK_INS}/{one.id}", headers=etag(one))).status_code == 204
    entry = ok(await training.get(f"{ATTENDANCES}/{one.attendance_id}"))
    assert entry["session_ids"] == [second.id]
    assert (await training.delete(f"{CHECK_INS}/{two.id}", headers=etag(two))).status_code == 204
    assert await every_item(training, f"{CLASSES}/{training_class.id}/attendances") == []
    entered = await make.attendance(training_class, trainee=person)
    await make.check_in(first, trainee_id=entered.trainee_id)
    now = ok(await training.get(f"{ATTENDANCES}/{entered.id}"))
    assert (await training.delete(f"{ATTENDANCES}/{entered.id}", headers=etag(now))).status_code == 204
    assert await every_item(training, CHECK_INS) == []
    assert len(ok(await training.get(f"{ATTENDANCES}/{entered.id}/history"))["items"]) == 3


async def test_a_class_known_by_its_signed_list_has_a_number_and_a_scan_or_persons(
    training: ApiClient, make: Make
) -> None:
    training_class, scan = await make.training_class(state="held"), await make.file()
    path = f"{CLASSES}/{training_class.id}/signed-list"
    body = {"reported_attendance_count": 48, "file_id": scan.id, "audience": "youth"}
    assert faults(await training.post(path, json={**body, "file_id": new_id()})) == {("/file_id", "unknown_file")}
    now = ok(await training.post(path, json=body), 201)
    assert (now["reported_attendance_count"], now["reported_list_file_id"]) == (48, scan.id)
    (entry,) = await every_item(training, f"{CLASSES}/{training_class.id}/attendances")
    assert (entry["counted"], entry["trainee_id"], entry["source"]) == (48, None, "signed_list")
    assert_problem(await training.post(path, json=body), 409, "attendances_known")
    person = {"class_id": training_class.id, "trainee": a_person(), "is_walk_in": True}
    refused = await training.post(ATTENDANCES, json=person)
    assert_problem(refused, 409, "known_by_list_only", reported_attendance_count=48, attendance_id=entry["id"])
    response = await training.delete(f"{ATTENDANCES}/{entry['id']}", headers=etag(entry))
    assert response.status_code == 204
    assert ok(await training.get(f"{CLASSES}/{training_class.id}"))["reported_attendance_count"] is None
    ok(await training.post(ATTENDANCES, json=person), 201)
    assert_problem(await training.post(path, json=body), 409, "attendances_known", attendances=1)


async def test_attendances_of_another_alliance_are_not_seen_nor_entered(training: ApiClient, make: Make) -> None:
    entry = await make.attendance(await make.training_class(state="held"))
    nghe_an = training.as_(area="40-2025")
    assert await every_item(nghe_an, ATTENDANCES) == []
    assert_problem(await nghe_an.get(f"{ATTENDANCES}/{entry.id}"), 404, "not_found")
    body = {"class_id": entry.class_id, "trainee": a_person(), "is_walk_in": True}
    assert faults(await nghe_an.post(ATTENDANCES, json=body)) == {("/class_id", "unknown_class")}
