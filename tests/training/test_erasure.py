"""A trainee is erased: nothing tells of the person any more, and every figure stays; what obliges to keep one is said."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from kernel.database.connections import Database
from kernel.values.days import today, use_clock
from kernel.values.ids import new_id
from services.training.classes.trainees.records import KEPT as TRAINEES_KEPT
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient
from tests.support.said_nowhere import said_in, said_nowhere
from tests.training.builders import (
    ATTENDANCES,
    CERTIFICATES,
    PATH,
    TRAINEES,
    Make,
    Record,
    a_certificate,
    a_person,
    an_id_number,
)

NAME, PHONE = "Hoàng Thị Xuyến", "0912 345 679"
REQUEST = {"ground": "own_request", "document_number": "15/ĐN"}
_FIGURES = ("training_attendances", "training_distinct_trainees", "training_hours")


@pytest.fixture
def clock(tmp_path: Path) -> Iterator[Path]:
    """The day that the service takes for today."""
    file = tmp_path / "today"
    file.write_text(today().isoformat())
    use_clock(file)
    yield file
    use_clock(None)


async def _a_life(training: ApiClient, make: Make, **of_attendance: Any) -> dict[str, Any]:
    """Have one person do all that a trainee does, with somebody else beside; name the person wherever words are taken."""
    await make.coverage()
    number = an_id_number()
    sensitive = {"ethnic_group": "Mường", "has_disability": True}
    described = a_person(name=NAME, phone=PHONE, id_number=number, position="Trưởng ban", sensitive=sensitive)
    described["organization_name"] = f"Hộ kinh doanh {NAME}"
    coming = await make.training_class(state="open", capacity=30)
    registration = await make.registration(coming, trainee=described, reason=f"{NAME} gọi đến")
    id_ = registration.trainee_id
    reason = {"reason": f"Bà {NAME} bận việc"}
    await make.create(f"registrations/{registration.id}/cancellation", reason)
    held = await make.training_class(sessions=1, state="running", gives_certificate=True)
    (session,) = await make.sessions(held)
    check_in = await make.check_in(session, trainee_id=id_, reason=f"{NAME} đến muộn")
    ok(await training.post(f"{PATH}/classes/{held.id}/completion", json={}), 201)
    attendance = Record(ok(await training.get(f"{ATTENDANCES}/{check_in.attendance_id}")))
    note = {"note": f"{NAME} ký thay", "reason": f"Theo đơn của {NAME}", **of_attendance}
    ok(await training.patch(f"{ATTENDANCES}/{attendance.id}", json=note, headers=etag(attendance)))
    scan = await make.file()
    certificate = await make.certificate(held, attendance, file_ids=[scan.id], reason=f"Cấp cho {NAME}")
    revocation = {"reason": f"Ghi sai ngày sinh của {NAME}", "revoked_on": "2023-04-01"}
    await make.create(f"certificates/{certificate.id}/revocation", revocation)
    renewed = await make.certificate(held, attendance)
    gone = await make.attendance(await make.training_class(state="held"), trainee_id=id_, note=f"{NAME} nhầm lớp")
    path = f"{ATTENDANCES}/{gone.id}"
    assert (await training.delete(path, params={"reason": f"Nhầm {NAME}"}, headers=etag(gone))).status_code == 204
    await make.attendance(held, trainee=a_person())
    trainee = Record(ok(await training.get(f"{TRAINEES}/{id_}")))
    correction = {"position": "Phó ban", "reason": f"{NAME} mới được bầu"}
    trainee = Record(ok(await training.patch(f"{TRAINEES}/{id_}", json=correction, headers=etag(trainee))))
    return {
        "trainee": trainee,
        "path": f"{TRAINEES}/{id_}",
        "number": number,
        "certificate": certificate,
        "renewed": renewed,
        "attendance": attendance,
        "registration": registration,
        "gone": gone,
        "class": held,
        "check_in": check_in,
    }


async def _erase(training: ApiClient, life: dict[str, Any], **headers: str) -> Record:
    headers = {**etag(life["trainee"]), **headers}
    return Record(ok(await training.post(f"{life['path']}/erasure", json=REQUEST, headers=headers)))


async def test_nothing_tells_of_who_was_erased_and_every_figure_stays(
    training: ApiClient, make: Make, db: Database, training_url: str
) -> None:
    life = await _a_life(training, make)
    words = (NAME, "Xuyến", life["number"], "Phó ban", "Trưởng ban", "Mường")

    async def figures() -> list[Any]:
        return [await make.value(name, "2023-01-01", "2023-12-31", province="25-2025") for name in _FIGURES]

    assert {"history.reason", "history.content", "attendance.note", "registration.cancelled_reason"} <= await said_in(
        training_url, NAME
    )
    before = await figures()
    cursor = ok(await training.get(f"{PATH}/changes", params={"limit": 500}))["next_cursor"]
    erased = await _erase(training, life)
    assert (erased.erased_on, erased.name_masked, erased.redacted) == (today().isoformat(), None, [])
    assert await said_in(training_url, *words) == set()
    assert await figures() == before
    told = ok(await training.get(f"{PATH}/changes", params={"after": cursor}))["items"]
    changed = {(item["resource_type"], item["resource_id"]) for item in told}
    assert changed == {
        ("trainee", life["trainee"].id),
        ("registration", life["registration"].id),
        ("attendance", life["attendance"].id),
        ("training_certificate", life["certificate"].id),
    }, "who follows is told of each record that has another content now"
    for kind, id_ in (("attendances", life["gone"].id), ("trainees", erased.id)):
        versions = ok(await training.get(f"{PATH}/{kind}/{id_}/history"))["items"]
        assert all(version["reason"] is None for version in versions)
    rows = await db.fetch("SELECT action, detail FROM audit WHERE action = 'trainee.erased'")
    assert [orjson.loads(row["detail"]) | {"hash": ""} for row in rows] == [
        {"ground": "own_request", "records": 7, "hash": ""}
    ]


async def test_a_certificate_goes_on_to_be_verified_and_its_scan_is_no_longer_named(
    training: ApiClient, make: Make
) -> None:
    life = await _a_life(training, make)
    await _erase(training, life)
    revoked = ok(await training.get(f"{CERTIFICATES}/{life['certificate'].id}"))
    assert (revoked["file_ids"], revoked["revocation"]["reason"]) == ([], "[đã xóa]")
    assert revoked["revocation"]["revoked_on"] == "2023-04-01"
    for certificate, state in ((life["certificate"], "revoked"), (life["renewed"], "valid")):
        shown = ok(await training.anonymous().get(f"{PATH}/verify/{certificate.verification_code}"))
        assert (shown["state"], shown["holder_initials"]) == (state, None)


async def test_nothing_is_entered_of_the_person_anew(training: ApiClient, make: Make) -> None:
    life = await _a_life(training, make)
    erased = await _erase(training, life)
    refused = await training.patch(life["path"], json={"name": NAME}, headers=etag(erased))
    assert_problem(refused, 409, "trainee_erased", erased_on=erased.erased_on)
    attendance = ok(await training.get(f"{ATTENDANCES}/{life['attendance'].id}"))
    path = f"{ATTENDANCES}/{attendance['id']}"
    note = {"note": NAME, "reason": "Ghi lại"}
    assert_problem(await training.patch(path, json=note, headers=etag(attendance)), 409, "trainee_erased")
    corrected = {"audience": "member", "reason": "Đến với tư cách thành viên"}
    assert ok(await training.patch(path, json=corrected, headers=etag(attendance)))["audience"] == "member"
    other = await make.training_class(state="held", gives_certificate=True)
    entry = {"class_id": other.id, "trainee_id": erased.id, "is_walk_in": True}
    assert_problem(await training.post(ATTENDANCES, json=entry), 409, "trainee_erased")
    body = {"reason": "Cấp lại", "revoked_on": "2023-05-01"}
    ok(await training.post(f"{CERTIFICATES}/{life['renewed'].id}/revocation", json=body), 201)
    again = await training.post(CERTIFICATES, json=a_certificate(life["class"], life["attendance"]))
    assert_problem(again, 409, "trainee_erased")
    assert await every_item(training, TRAINEES, q=NAME) == []


async def test_what_a_phone_sends_again_is_told_that_the_person_was_erased(training: ApiClient, make: Make) -> None:
    person = {**a_person(name=NAME, id_number=an_id_number()), "id": new_id()}
    trainee = Record(ok(await training.post(TRAINEES, json=person), 201))
    held = await make.training_class(sessions=1, state="running")
    (session,) = await make.sessions(held)
    check_in = {
        "id": new_id(),
        "class_session_id": session.id,
        "trainee_id": trainee.id,
        "is_walk_in": True,
        "checked_in_at": f"{held.starts_on}T01:02:03Z",
    }
    batch = {"mode": "each", "items": [check_in]}
    ok(await training.post(f"{PATH}/check-ins/batch", json=batch), 207)
    erased = ok(await training.post(f"{TRAINEES}/{trainee.id}/erasure", json=REQUEST, headers=etag(trainee)))
    on = erased["erased_on"]
    for again in (person, {**person, "name": "Lò Văn Pành"}):
        assert_problem(await training.post(TRAINEES, json=again), 409, "trainee_erased", erased_on=on)
    (item,) = ok(await training.post(f"{PATH}/check-ins/batch", json=batch), 207)["items"]
    assert (item["status"], item["problem"]["code"], item["problem"]["erased_on"]) == (409, "trainee_erased", on)


async def test_who_was_paid_an_allowance_is_kept_ten_years_and_may_go_then(
    training: ApiClient, make: Make, clock: Path
) -> None:
    life = await _a_life(training, make, allowance_vnd=150_000)
    for answer in (
        await training.post(f"{life['path']}/erasure", json=REQUEST, headers=etag(life["trainee"])),
        await training.delete(life["path"], headers=etag(life["trainee"])),
    ):
        refused = assert_problem(answer, 409, "kept_by_law", rule="allowance_vouchers", kept_until="2033-12-31")
        assert "Nghị định 174/2016/NĐ-CP" in refused["source"]
    clock.write_text("2033-12-31")
    answer = await training.post(f"{life['path']}/erasure", json=REQUEST, headers=etag(life["trainee"]))
    assert_problem(answer, 409, "kept_by_law")
    clock.write_text("2034-01-01")
    assert (await _erase(training, life)).erased_on == "2034-01-01"


async def test_officers_see_whom_nothing_keeps_any_more(
    training: ApiClient, make: Make, db: Database, clock: Path
) -> None:
    class_of_2023 = await make.training_class(state="held")
    paid = await make.attendance(class_of_2023, trainee=a_person(), allowance_vnd=100_000)
    unpaid = await make.attendance(class_of_2023, trainee=a_person())
    erased = await make.trainee()
    assert (await training.delete(f"{TRAINEES}/{erased.id}", headers=etag(erased))).status_code == 204
    entered_in = today().year

    async def ended(word: str = "true") -> set[str]:
        return {item["id"] for item in await every_item(training, TRAINEES, is_retention_ended=word)}

    assert await ended() == set()
    clock.write_text(f"{entered_in + 5}-12-31")
    assert await ended() == set(), "five whole years after the last dealings"
    clock.write_text(f"{entered_in + 6}-01-01")
    assert await ended() == {unpaid.trainee_id}
    assert await ended("false") == {paid.trainee_id, erased.id}
    clock.write_text("2034-01-01")
    assert await ended() == {unpaid.trainee_id, paid.trainee_id}
    mine = new_id()
    own = training.as_(scope="own.read", organization_id=mine)
    assert faults(await own.get(TRAINEES, params={"is_retention_ended": "true"})) == {
        ("is_retention_ended", "officers_only")
    }


async def test_whether_nothing_keeps_a_person_is_asked_of_each_record_once(make: Make, db: Database) -> None:
    held = await make.training_class(state="held")
    people = [await make.attendance(held, trainee=a_person()) for _ in range(3)]
    condition = TRAINEES_KEPT.ended.replace("{0}", "'2060-01-01'")
    plan = await db.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) SELECT FROM trainee r WHERE {condition}")
    found = [node for node in nodes(orjson.loads(plan)[0]["Plan"]) if node.get("Relation Name") == "attendance"]
    assert found
    assert max(node["Actual Loops"] for node in found) == len(people)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a plan's nodes."""
    yield plan
    for each in plan.get("Plans", ()):
        yield from nodes(each)


async def test_one_who_is_registered_for_a_class_to_come_is_still_needed(
    training: ApiClient, make: Make, clock: Path
) -> None:
    coming = await make.training_class(state="open", starts_on="2040-03-06", ends_on="2040-03-07")
    registration = await make.registration(coming)
    clock.write_text("2045-12-31")
    assert await every_item(training, TRAINEES, is_retention_ended="true") == []
    clock.write_text("2046-01-01")
    (ended,) = await every_item(training, TRAINEES, is_retention_ended="true")
    assert ended["id"] == registration.trainee_id


async def test_the_own_copy_holds_all_that_is_kept_and_who_read_it(training: ApiClient, make: Make) -> None:
    life = await _a_life(training, make)
    ok(await training.get(f"{life['path']}/personal-data?purpose=inspection"))
    answer = await training.get(f"{life['path']}/personal-data-copy")
    assert answer.headers["cache-control"] == "no-store"
    copied = ok(answer)
    records = copied["records"]
    assert [record["resource_type"] for record in records] == [
        *("trainee", "registration", "attendance", "check_in", "training_certificate", "training_certificate")
    ]
    person = records[0]["content"]
    assert (person["name"], person["phone"], person["id_number"]) == (NAME, PHONE, life["number"])
    assert (person["sensitive"]["ethnic_group"], person["sensitive"]["is_poor_household"]) == ("Mường", None)
    assert {record["content"]["trainee_id"] for record in records[1:]} == {life["trainee"].id}
    assert [(each["purpose"], each["read_by"]) for each in copied["readings"]] == [
        ("inspection", "training-officer"),
        ("own_request", "training-officer"),
    ]
    assert copied["readings"][1]["read_at"] == copied["made_at"]
    entries = ok(await training.as_(scope="identity.admin").get(f"{PATH}/audit"))["items"]
    assert "trainee.personal_data_copied" in {entry["action"] for entry in entries}
    await _erase(training, {**life})
    after = ok(await training.get(f"{life['path']}/personal-data-copy"))
    assert (after["records"][0]["content"]["name"], NAME in str(after)) == (None, False)


async def test_neither_another_area_nor_an_own_user_erases_or_copies(training: ApiClient, make: Make) -> None:
    mine = new_id()
    own = training.as_(scope="own.read own.write", organization_id=mine)
    trainee = Record(ok(await own.post(TRAINEES, json=a_person(organization_id=mine)), 201))
    path = f"{TRAINEES}/{trainee.id}"
    elsewhere = training.as_(area="40-2025")
    assert_problem(await elsewhere.post(f"{path}/erasure", json=REQUEST, headers=etag(trainee)), 404, "not_found")
    assert_problem(await elsewhere.get(f"{path}/personal-data-copy"), 404, "not_found")
    assert_problem(await own.post(f"{path}/erasure", json=REQUEST, headers=etag(trainee)), 403, "scope_missing")
    assert_problem(await own.get(f"{path}/personal-data-copy"), 403, "scope_missing")
    reader = training.as_(scope="training.read")
    assert_problem(await reader.get(f"{path}/personal-data-copy"), 403, "scope_missing")


async def test_sent_again_with_its_key_it_is_answered_as_before(training: ApiClient, make: Make) -> None:
    life = await _a_life(training, make)
    key = {"Idempotency-Key": new_id()}
    first = await _erase(training, life, **key)
    assert await _erase(training, life, **key) == first
    path = f"{life['path']}/erasure"
    assert_problem(await training.post(path, json=REQUEST, headers=etag(life["trainee"])), 412, "stale")
    assert_problem(await training.post(path, json=REQUEST, headers=etag(first)), 409, "trainee_erased")
    wrong = {"ground": "because", "document_number": ""}
    assert {fault[0] for fault in faults(await training.post(path, json=wrong, headers=etag(first)))} == {
        *("/ground", "/document_number")
    }


async def test_of_two_who_erase_at_once_one_is_told_that_it_was_done(training: ApiClient, make: Make) -> None:
    trainee = await make.trainee(id_number=an_id_number())
    path = f"{TRAINEES}/{trainee.id}/erasure"
    answers = await asyncio.gather(*(training.post(path, json=REQUEST, headers=etag(trainee)) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412]


async def test_what_is_entered_beside_an_erasure_is_emptied_or_refused(
    training: ApiClient, make: Make, training_url: str
) -> None:
    classes = [await make.training_class(state="held", gives_certificate=True) for _ in range(6)]
    trainee = await make.trainee(name=NAME)
    entry = {"trainee_id": trainee.id, "is_walk_in": True, "note": f"{NAME} ký thay"}
    bodies = [{"class_id": each.id, **entry} for each in classes]
    erasing = training.post(f"{TRAINEES}/{trainee.id}/erasure", json=REQUEST, headers=etag(trainee))
    first = [training.post(ATTENDANCES, json=body) for body in bodies[:3]]
    erased, *entered = await asyncio.gather(*first, erasing, *[training.post(ATTENDANCES, json=b) for b in bodies[3:]])
    assert {answer.status_code for answer in (erased, *entered)} <= {200, 201, 409}
    assert ok(await training.get(f"{TRAINEES}/{trainee.id}"))["erased_on"] is not None
    await said_nowhere(training_url, NAME)


async def test_who_was_joined_to_the_person_is_forgotten_as_well(
    training: ApiClient, make: Make, training_url: str
) -> None:
    mine, number = new_id(), an_id_number()
    trainee = await make.trainee(name=NAME, id_number=number)
    own = training.as_(scope="own.read own.write", organization_id=mine)
    waits = ok(await own.post(TRAINEES, json=a_person(name=NAME, id_number=number, organization_id=mine)), 201)
    joining = {"joined_to": trainee.id, "reason": f"Cùng là {NAME}"}
    ok(await training.post(f"{TRAINEES}/{waits['id']}/confirmation", json=joining), 201)
    person = Record(ok(await training.get(f"{TRAINEES}/{trainee.id}")))
    ok(await training.post(f"{TRAINEES}/{trainee.id}/erasure", json=REQUEST, headers=etag(person)))
    await said_nowhere(training_url, NAME, number)
