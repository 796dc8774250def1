"""A class from its plan to the figure it makes, as the offices live it."""

from __future__ import annotations

import asyncio

from kernel.values.ids import new_id
from tests.support.answers import assert_problem, etag, ok
from tests.support.client import ApiClient
from tests.training.builders import (
    ATTENDANCES,
    CERTIFICATES,
    CHECK_INS,
    CLASSES,
    PATH,
    REGISTRATIONS,
    Make,
    Record,
    a_certificate,
    a_class,
    a_person,
    a_session,
)


async def test_from_plan_to_certificate_to_a_correction_that_moves_the_figure(training: ApiClient, make: Make) -> None:
    await make.coverage()
    body = a_class(capacity=4, gives_certificate=True)
    training_class = Record(ok(await training.post(CLASSES, json=body), 201))
    path = f"{CLASSES}/{training_class.id}"
    for number in (1, 2):
        ok(await training.post(f"{path}/sessions", json=a_session(number)), 201)
    first, second = await make.sessions(training_class)
    ok(await training.post(f"{path}/opening", json={}), 201)
    mine = new_id()
    invitation = {"organization_id": mine, "organization_name": "HTX Minh Khai", "seats": 2}
    invited = ok(await training.post(f"{path}/invitations", json=invitation), 201)
    own = training.as_(scope="own.read own.write", organization_id=mine, sub="own-user")
    ok(await own.post(f"{PATH}/invitations/{invited['id']}/answer", json={"state": "accepted"}), 201)
    bodies = [{"class_id": training_class.id, "trainee": a_person(organization_id=mine)} for _ in range(7)]
    answers = await asyncio.gather(*(own.post(REGISTRATIONS, json=each) for each in bodies))
    places = [answer.json() for answer in answers if answer.status_code == 201]
    assert len(places) == 4
    ok(await training.post(f"{path}/start", json={}), 201)

    roll = [{"class_session_id": first.id, "trainee_id": place["trainee_id"]} for place in places]
    ok(await training.post(f"{CHECK_INS}/batch", json={"mode": "atomic", "items": roll}), 201)
    walk_in = {"class_session_id": first.id, "trainee": a_person(), "source": "phone"}
    assert_problem(await training.post(CHECK_INS, json=walk_in), 409, "not_registered")
    ok(await training.post(CHECK_INS, json={**walk_in, "is_walk_in": True}), 201)
    ok(await training.post(f"{path}/completion", json={}), 201)
    late = [
        {
            "id": new_id(),
            "class_session_id": second.id,
            "trainee_id": place["trainee_id"],
            "source": "roll_call",
            "checked_in_at": "2023-03-07T01:00:00Z",
            "device": "may-01",
        }
        for place in places
    ]
    for items in (late[::-1], late):
        answer = ok(await training.post(f"{CHECK_INS}/batch", json={"mode": "each", "items": items}), 207)
        assert {item["status"] for item in answer["items"]} <= {200, 201}
    ok(await training.post(f"{path}/report", json={"reported_on": "2023-03-20"}), 201)

    async def attendances() -> int:
        item = await make.value("training_attendances_alliance", "2023-03-01", "2023-03-31", province="25-2025")
        page = ok(await training.get(f"{item['evidence']}&count=exact"))
        assert page["count"] == item["value"]
        return int(item["value"])

    assert await attendances() == 5
    entries = ok(await training.get(f"{path}/attendances"))["items"]
    of_mine = [Record(entry) for entry in entries if entry["organization_id"] == mine]
    assert {len(entry.session_ids) for entry in of_mine} == {2}
    certificate = ok(await training.post(CERTIFICATES, json=a_certificate(training_class, of_mine[0])), 201)
    assert ok(await training.anonymous().get(f"{PATH}/verify/{certificate['verification_code']}"))["state"] == "valid"
    wrong = of_mine[1]
    assert (await training.delete(f"{ATTENDANCES}/{wrong.id}", headers=etag(wrong))).status_code == 204
    assert await attendances() == 4
    (year,) = ok(await own.get(f"{PATH}/organizations/{mine}/training-record"))["years"]
    assert (year["classes"], year["attendances"], year["certificates"]) == (1, 3, 1)
