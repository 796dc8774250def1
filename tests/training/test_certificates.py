"""Certificates: given to who attended, revoked, and verified by anybody with the least that tells."""

from __future__ import annotations

import base64
import hashlib
import re

import segno

from kernel.values.ids import new_id
from tests.support.answers import assert_problem, etag, faults, ok
from tests.support.client import ApiClient
from tests.support.tokens import PUBLIC_URL
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


BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


async def _verified(training: ApiClient, make: Make) -> tuple[str, str]:
    """Return the id of a new certificate and the path at which it is verified."""
    training_class = await make.training_class(state="held", gives_certificate=True, name="Lớp <chè> & mật ong")
    entry = await make.attendance(training_class, trainee=a_person(name="Đỗ Văn Giỏi"))
    certificate = await make.certificate(training_class, entry, certificate_number="19/GCN")
    return certificate.id, f"{PATH}/verify/{certificate.verification_code}"


async def test_a_browser_is_shown_on_a_page_what_a_program_is_told_and_no_more(training: ApiClient, make: Make) -> None:
    id_, path = await _verified(training, make)
    anybody = training.anonymous()
    told = await anybody.get(path)
    assert (told.headers["content-type"], told.headers["vary"]) == ("application/json", "Accept")
    page = await anybody.get(path, headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["vary"] == "Accept, Accept-Language"
    assert page.headers["content-language"] == "vi"
    assert "Giấy chứng nhận còn hiệu lực" in page.text
    for shown in ("19/GCN", "Đ. V. G.", "20/03/2023", "Tập huấn", "Liên minh Hợp tác xã Phú Thọ"):
        assert shown in page.text
    assert "Lớp &lt;chè&gt; &amp; mật ong" in page.text
    for secret in ("Giỏi", id_, told.json()["issuer_alliance"]):
        assert secret not in page.text
    policy = page.headers["content-security-policy"]
    style = re.search("<style>(.*?)</style>", page.text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "frame-ancestors 'none'" in policy
    for active in ("<script", "<form", "<img", "style=", "http:", "https:"):
        assert active not in page.text


async def test_the_page_is_in_the_readers_language_and_says_that_a_certificate_was_revoked(
    training: ApiClient, make: Make
) -> None:
    id_, path = await _verified(training, make)
    anybody = training.anonymous()
    english = await anybody.get(path, headers={**BROWSER, "Accept-Language": "en-GB,vi;q=0.5"})
    assert (english.headers["content-language"], "This certificate is valid" in english.text) == ("en", True)
    chosen = await anybody.get(f"{path}?lang=vi", headers={**BROWSER, "Accept-Language": "en"})
    assert "Giấy chứng nhận còn hiệu lực" in chosen.text
    assert faults(await anybody.get(f"{path}?lang=fr")) == {("lang", "not_allowed")}
    revocation = {"reason": "Cấp nhầm người", "revoked_on": "2023-04-01"}
    ok(await training.post(f"{CERTIFICATES}/{id_}/revocation", json=revocation), 201)
    revoked = await anybody.get(f"{path}?lang=en", headers=BROWSER)
    assert "This certificate was revoked" in revoked.text
    assert "01/04/2023" in revoked.text
    assert "Cấp nhầm người" not in revoked.text


async def test_a_code_of_no_certificate_is_a_page_of_its_own_to_a_browser(training: ApiClient) -> None:
    path = f"{PATH}/verify/0123456789abcdef"
    page = await training.anonymous().get(path, headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Không có giấy chứng nhận này" in page.text
    assert "0123456789abcdef" not in page.text
    told = await training.anonymous().get(path)
    assert_problem(told, 404, "not_found")
    assert told.headers["vary"] == "Accept, Accept-Language"


def _modules(svg: str) -> list[list[int]]:
    """Return which squares of a QR picture are dark, read from how it is drawn: the quiet zone of four is not in it."""
    size = (
        int(re.findall(r'viewBox="0 0 (\d+) \d+"', svg)[0])
        if "viewBox" in svg
        else int(re.findall(r'width="(\d+)"', svg)[0]) // 8
    )
    dark = [[0] * size for _ in range(size)]
    drawn = re.findall(r'class="qrline"[^>]* d="([^"]+)"|d="([^"]+)"[^>]*class="qrline"', svg)
    x = y = 0.0
    for letter, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", "".join(drawn[0])):
        if letter == "h":
            for at in range(int(x), int(x + float(first))):
                dark[int(y)][at] = 1
            x += float(first)
        else:
            x, y = (float(first), float(second)) if letter == "M" else (x + float(first), y + float(second))
    return [row[4:-4] for row in dark[4:-4]]


async def test_the_qr_code_of_a_certificate_leads_to_where_it_is_verified(training: ApiClient, make: Make) -> None:
    id_, path = await _verified(training, make)
    answer = await training.get(f"{CERTIFICATES}/{id_}/qr")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert "script" not in answer.text
    expected = segno.make(f"{PUBLIC_URL}{path}", error="m", micro=False)
    assert _modules(answer.text) == [list(row) for row in expected.matrix]
    assert_problem(await training.as_(area="40-2025").get(f"{CERTIFICATES}/{id_}/qr"), 404, "not_found")
    assert_problem(await training.anonymous().get(f"{CERTIFICATES}/{id_}/qr"), 401, "token_invalid")
