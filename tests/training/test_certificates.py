"""Certificates: given to who attended, revoked, and verified by anybody with the least that tells."""

from __future__ import annotations

from kernel.values.ids import new_id
from tests.support.answers import assert_problem, etag, faults, ok
from tests.support.client import ApiClient
from tests.training.builders import ATTENDANCES, CERTIFICATES, PATH, TRAINEES, Make, a_certificate, a_person


async def test_anybody_verifies_a_certificate_and_learns_the_least(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(state="held", gives_certificate=True)
    entry = await make.attendance(training_class, trainee=a_person(name="Đỗ Văn Giỏi"))
    certificate = await make.certificate(training_class, entry, certificate_number="07/GCN")
    anybody = training.anonymous()
    shown = ok(await anybody.get(f"{PATH}/verify/{certificate.verification_code}"))
    assert shown == {
        "certificate_number": "07/GCN",
        "title": "Giấy chứng nhận",
        "state": "valid",
        "issued_on": "2023-03-20",
        "revoked_on": None,
        "holder_initials": "Đ. V. G.",
        "class_name": training_class.name,
        "class_kind": "short_course",
        "issuer_alliance": "25-2025",
        "issuer_name": "Liên minh Hợp tác xã Phú Thọ",
    }
    assert_problem(await anybody.get(f"{PATH}/verify/0123456789abcdef"), 404, "not_found")
    revocation = {"reason": "Cấp nhầm người", "revoked_on": "2023-04-01"}
    path = f"{CERTIFICATES}/{certificate.id}/revocation"
    assert faults(await training.post(path, json={**revocation, "revoked_on": "2023-03-01"})) == {
        ("/revoked_on", "end_before_start")
    }
    assert ok(await training.post(path, json=revocation), 201)["revocation"]["reason"] == "Cấp nhầm người"
    again = await training.post(path, json=revocation)
    assert_problem(again, 409, "certificate_revoked", revoked_on="2023-04-01")
    shown = ok(await anybody.get(f"{PATH}/verify/{certificate.verification_code}"))
    assert (shown["state"], shown["revoked_on"]) == ("revoked", "2023-04-01")
    fresh = await make.certificate(training_class, entry)
    assert fresh.state == "valid"


async def test_a_certificate_is_for_who_attended_a_class_that_gives_one(training: ApiClient, make: Make) -> None:
    none = await make.training_class(state="held")
    entry = await make.attendance(none)
    refused = await training.post(CERTIFICATES, json=a_certificate(none, entry))
    assert_problem(refused, 409, "no_certificate_for_class")
    training_class = await make.training_class(state="held", gives_certificate=True)
    assert_problem(
        await training.post(CERTIFICATES, json=a_certificate(training_class, entry)), 409, "trainee_did_not_attend"
    )
    own = await make.attendance(training_class)
    early = a_certificate(training_class, own, issued_on="2023-03-01")
    assert faults(await training.post(CERTIFICATES, json=early)) == {("/issued_on", "end_before_start")}
    running = await make.training_class(sessions=1, state="running", gives_certificate=True)
    there = await make.attendance(running)
    response = await training.post(CERTIFICATES, json=a_certificate(running, there))
    assert_problem(response, 409, "class_state_forbids", action="certify")
    assert faults(await training.post(CERTIFICATES, json=a_certificate(training_class, own, class_id=new_id()))) == {
        ("/class_id", "unknown_class")
    }


async def test_a_number_is_given_once_and_a_person_has_one_of_a_class(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(state="held", gives_certificate=True)
    one, two = await make.attendance(training_class), await make.attendance(training_class)
    certificate = await make.certificate(training_class, one, certificate_number="01/GCN")
    same = a_certificate(training_class, two, certificate_number="01/GCN")
    assert_problem(await training.post(CERTIFICATES, json=same), 409, "certificate_number_in_use")
    second = await training.post(CERTIFICATES, json=a_certificate(training_class, one))
    assert_problem(second, 409, "already_certified", training_certificate_id=certificate.id)
    response = await training.delete(f"{ATTENDANCES}/{one.id}", headers=etag(one))
    assert_problem(response, 409, "certificate_stands", training_certificate_id=certificate.id)


async def test_the_certificate_of_someone_who_was_erased_names_nobody(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(state="held", gives_certificate=True)
    entry = await make.attendance(training_class)
    certificate = await make.certificate(training_class, entry)
    person = ok(await training.get(f"{TRAINEES}/{entry.trainee_id}"))
    assert (await training.delete(f"{TRAINEES}/{entry.trainee_id}", headers=etag(person))).status_code == 204
    shown = ok(await training.anonymous().get(f"{PATH}/verify/{certificate.verification_code}"))
    assert (shown["state"], shown["holder_initials"]) == ("valid", None)
