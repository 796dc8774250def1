"""Classes, their sessions and the steps from plan to report."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kernel.values.days import today
from kernel.values.ids import new_id
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient
from tests.training.builders import CLASSES, LE_LOI, MILLION, SESSIONS, Make, a_class, a_joint_class, a_session


async def test_a_class_lies_on_both_maps_and_is_led_by_who_owns_it(training: ApiClient) -> None:
    training_class = ok(await training.post(CLASSES, json=a_class()), 201)
    assert (training_class["province_2008"], training_class["province_2025"], training_class["alliance"]) == (
        "25-2008",
        "25-2025",
        "25-2025",
    )
    assert (training_class["lead_alliance"], training_class["is_counted"], training_class["state"]) == (
        "25-2025",
        True,
        "planned",
    )
    allowed = {item["action"] for item in training_class["allowed_actions"] if item["allowed"]}
    assert allowed == {"change", "open", "cancel"}


async def test_every_fault_of_a_class_is_named_at_once(training: ApiClient) -> None:
    body = a_class(kind="lop", topic="x", budget=[{"source": "project", "amount_vnd": 0.5}], capacity=0)
    assert faults(await training.post(CLASSES, json=body)) == {
        ("/kind", "not_allowed"),
        ("/topic", "not_allowed"),
        ("/budget/0/amount_vnd", "not_an_integer"),
        ("/capacity", "too_small"),
    }


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"ends_on": "2023-03-05"}, ("/ends_on", "end_before_start")),
        ({"commune_code": "99999"}, ("/commune_code", "unknown_commune")),
        ({"commune_code": LE_LOI}, ("/commune_code", "outside_area")),
        ({"attribution": "joint"}, ("/lead_alliance", "required")),
        ({"attribution": "joint", "lead_alliance": "25-2025"}, ("/partners", "required")),
        ({"lead_alliance": "40-2025"}, ("/lead_alliance", "not_allowed")),
        ({"partners": [{"kind": "school", "name": "Trường"}]}, ("/attribution", "not_allowed")),
        ({"program_id": new_id()}, ("/program_id", "unknown_program")),
        ({"is_held": True, "starts_on": "2090-01-01", "ends_on": "2090-01-02"}, ("/ends_on", "in_the_future")),
        ({"budget": [{"source": "other", "amount_vnd": 1}] * 2}, ("/budget", "given_twice")),
        ({"file_ids": [new_id()]}, ("/file_ids/0", "unknown_file")),
    ],
)
async def test_what_does_not_fit_is_refused_where_it_stands(
    training: ApiClient, given: dict[str, Any], fault: tuple[str, str]
) -> None:
    assert faults(await training.post(CLASSES, json=a_class(**given))) == {fault}


async def test_a_number_names_one_class_of_an_alliance(training: ApiClient, make: Make) -> None:
    first = await make.training_class(class_number="L-01")
    response = await training.post(CLASSES, json=a_class(class_number="L-01"))
    assert_problem(response, 409, "class_number_in_use", class_id=first.id)


async def test_the_steps_lead_from_plan_to_report_and_none_is_skipped(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(sessions=2)
    path = f"{CLASSES}/{training_class.id}"
    assert_problem(await training.post(f"{path}/start", json={}), 409, "class_state_forbids", state="planned")
    assert ok(await training.post(f"{path}/opening", json={}), 201)["state"] == "open"
    assert ok(await training.post(f"{path}/start", json={}), 201)["state"] == "running"
    assert ok(await training.post(f"{path}/completion", json={}), 201)["state"] == "held"
    report = {"reported_on": "2023-03-20", "actual_cost": [{"source": "other", "amount_vnd": 30 * MILLION}]}
    assert_problem(await training.post(f"{path}/report", json=report), 409, "nobody_attended")
    await make.attendance(training_class)
    assert faults(await training.post(f"{path}/report", json={"reported_on": "2023-03-01"})) == {
        ("/reported_on", "end_before_start")
    }
    reported = ok(await training.post(f"{path}/report", json=report), 201)
    assert (reported["state"], reported["actual_cost"]) == ("reported", report["actual_cost"])
    response = await training.post(f"{path}/cancellation", json={"reason": "x", "cancelled_on": "2023-03-01"})
    assert_problem(response, 409, "class_state_forbids", action="cancel")
    history = ok(await training.get(f"{path}/history"))["items"]
    states = [entry["content"]["state"] for entry in history]
    assert states == ["planned", "planned", "planned", "open", "running", "held", "reported"]


async def test_a_class_needs_a_session_to_start_and_its_last_day_to_be_held(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(state="open", starts_on=f"{today()}", ends_on="2090-01-01")
    path = f"{CLASSES}/{training_class.id}"
    assert_problem(await training.post(f"{path}/start", json={}), 409, "class_without_sessions")
    await make.session(training_class, held_on="2090-01-01")
    ok(await training.post(f"{path}/start", json={}), 201)
    response = await training.post(f"{path}/completion", json={})
    assert_problem(response, 409, "class_not_over", last_session_on="2090-01-01")


async def test_a_class_is_called_off_with_its_reason_unless_somebody_attended(training: ApiClient, make: Make) -> None:
    off = await make.training_class()
    body = {"reason": "Kinh phí chưa cấp", "cancelled_on": "2023-03-01"}
    cancelled = ok(await training.post(f"{CLASSES}/{off.id}/cancellation", json=body), 201)
    assert (cancelled["state"], cancelled["cancellation"]["reason"]) == ("cancelled", "Kinh phí chưa cấp")
    running = await make.training_class(sessions=1, state="running")
    await make.attendance(running)
    assert_problem(await training.post(f"{CLASSES}/{running.id}/cancellation", json=body), 409, "class_attended")


async def test_sessions_lie_within_the_class_and_say_when_it_counts(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(ends_on="2023-03-10")
    assert training_class.counted_on == "2023-03-10"
    await make.session(training_class, 1)
    second = await make.session(training_class, 2)
    now = ok(await training.get(f"{CLASSES}/{training_class.id}"))
    assert (now["counted_on"], now["session_minutes"]) == ("2023-03-07", 420)
    outside = await training.post(f"{CLASSES}/{training_class.id}/sessions", json=a_session(3, held_on="2023-03-11"))
    assert_problem(outside, 409, "session_outside_class", held_on="2023-03-11", ends_on="2023-03-10")
    again = await training.post(f"{CLASSES}/{training_class.id}/sessions", json=a_session(2))
    assert_problem(again, 409, "session_number_in_use", number=2)
    shorter = await training.patch(f"{CLASSES}/{training_class.id}", json={"ends_on": "2023-03-06"}, headers=etag(now))
    assert_problem(shorter, 409, "session_outside_class", held_on="2023-03-07")
    path = f"{SESSIONS}/{second.id}"
    moved = ok(await training.patch(path, json={"held_on": "2023-03-09", "minutes": 60}, headers=etag(second)))
    now = ok(await training.get(f"{CLASSES}/{training_class.id}"))
    assert (now["counted_on"], now["session_minutes"]) == ("2023-03-09", 270)
    assert (await training.delete(path, headers=etag(moved))).status_code == 204
    now = ok(await training.get(f"{CLASSES}/{training_class.id}"))
    assert (now["counted_on"], now["session_minutes"]) == ("2023-03-06", 210)


async def test_a_session_that_somebody_checked_in_to_stays(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(sessions=1, state="running")
    (session,) = await make.sessions(training_class)
    await make.check_in(session)
    response = await training.delete(f"{SESSIONS}/{session.id}", headers=etag(session))
    assert_problem(response, 409, "session_attended", check_ins=1)


async def test_a_joint_class_counts_with_its_lead_and_no_second_one_may_lead(training: ApiClient, make: Make) -> None:
    body = a_joint_class(decision_number="77 /QĐ-VCA")
    mine = ok(await training.post(CLASSES, json=body), 201)
    assert mine["is_counted"] is True
    nghe_an = training.as_(area="40-2025")
    theirs = {**body, "commune_code": LE_LOI, "decision_number": "77/qđ-vca", "name": "Tên khác"}
    theirs["partners"] = [{"kind": "alliance", "name": "Liên minh HTX Phú Thọ", "alliance": "25-2025"}]
    claimed = await nghe_an.post(CLASSES, json={**theirs, "lead_alliance": "40-2025"})
    assert_problem(claimed, 409, "joint_class_claimed", lead_alliance="25-2025")
    as_partner = {**theirs, "partners": [{"kind": "alliance", "name": "Nghệ An", "alliance": "40-2025"}]}
    copy = ok(await nghe_an.post(CLASSES, json=as_partner), 201)
    assert (copy["lead_alliance"], copy["is_counted"]) == ("25-2025", False)
    stranger = {**theirs, "partners": [{"kind": "school", "name": "Trường"}]}
    assert faults(await nghe_an.post(CLASSES, json=stranger)) == {("/partners", "required")}


async def test_of_many_who_claim_one_joint_class_at_once_one_leads(training: ApiClient) -> None:
    leads = {"25-2025": "07900", "40-2025": LE_LOI}
    bodies = {
        lead: a_joint_class(
            decision_number="90/QĐ",
            lead_alliance=lead,
            commune_code=code,
            partners=[{"kind": "alliance", "name": "B", "alliance": next(other for other in leads if other != lead)}],
        )
        for lead, code in leads.items()
    }
    clients = {lead: training.as_(area=lead) for lead in leads}
    answers = await asyncio.gather(*(clients[lead].post(CLASSES, json=bodies[lead]) for lead in [*leads] * 4))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 7]


async def test_the_list_of_classes_is_narrowed_sorted_and_searched(training: ApiClient, make: Make) -> None:
    await make.training_class(name="Quản trị hợp tác xã", topic="management", starts_on="2023-01-02")
    await make.training_class(name="Luật 2023")
    await make.training_class(name="Ngoài tỉnh", commune_code=LE_LOI)
    names = [item["name"] for item in await every_item(training, CLASSES, sort="starts_on")]
    assert names == ["Quản trị hợp tác xã", "Luật 2023"]
    items = await every_item(training, CLASSES, q="quan tri", topic="management", province="25-2025")
    assert [item["name"] for item in items] == ["Quản trị hợp tác xã"]
    assert await every_item(training, CLASSES, province="17-2008") == []
    assert faults(await training.get(f"{CLASSES}?state=xyz")) == {("state", "not_allowed")}


async def test_a_class_of_another_alliance_is_not_there(training: ApiClient, make: Make) -> None:
    other = await make.training_class(commune_code=LE_LOI)
    for path in ("", "/summary", "/attendances", "/registrations", "/sessions", "/history"):
        assert_problem(await training.get(f"{CLASSES}/{other.id}{path}"), 404, "not_found")
    assert_problem(await training.post(f"{CLASSES}/{other.id}/opening", json={}), 404, "not_found")
