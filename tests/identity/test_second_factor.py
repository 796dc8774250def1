"""A code of an authenticator app beside the password: enrolling it, signing in with it, losing the phone."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
import pyotp
import pytest
import time_machine

from kernel.values.days import now
from services.identity.host_confirmation import reset_second_factor_on_host
from services.identity.second_factor import codes
from tests.identity.people import Browser, Identity, Person, bearer, claims, form_of, sent_back
from tests.support.answers import assert_problem, faults, ok

OWN = "/v1/identity/me/second-factor"
ACCOUNTS = "/v1/identity/accounts"


class Clock:
    """The present moment, moved on from code to code."""

    def __init__(self, traveller: Any) -> None:
        self._traveller = traveller

    def next_code(self, seconds: int = 30) -> None:
        self._traveller.shift(seconds)


@pytest.fixture
def clock() -> Any:
    """A clock that stands, in the middle of a code's half minute."""
    start = datetime.fromtimestamp((int(now().timestamp()) // 30 + 2) * 30 + 15, tz=now().tzinfo)
    with time_machine.travel(start, tick=False) as traveller:
        yield Clock(traveller)


def code_of(secret: str, *, steps: int = 0) -> str:
    """Return what the app shows now, or so many half minutes from now."""
    return pyotp.TOTP(secret).at(int(now().timestamp()) + 30 * steps)


def another(code: str) -> str:
    """Return a code that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06}"


async def enrolled(identity: Identity, person: Person, clock: Clock) -> tuple[str, list[str]]:
    """Have a person enrol an app; return its secret and the recovery codes, once the next code has come."""
    kept = await identity.enrolled(person)
    clock.next_code()
    return kept


async def password_given(browser: Browser, person: Person, **query: str) -> httpx.Response:
    return await browser.sign_in(person, **query)


@pytest.fixture
async def required(identity: Identity) -> Identity:
    """Identity where who approves or administers needs a second factor."""
    identity.app.state.identity.settings.second_factor = "required"
    return identity


async def test_who_enrolled_is_asked_for_a_code_and_the_tokens_say_so(identity: Identity, clock: Clock) -> None:
    person = await identity.person("registry_officer")
    before = await identity.signed_in(person, scope="openid registry.read")
    assert (claims(before["access_token"])["acr"], claims(before["id_token"])["amr"]) == ("password", ["pwd"])
    secret, recovery_codes = await enrolled(identity, person, clock)
    assert len(set(recovery_codes)) == 10

    browser = identity.browser()
    page = await password_given(browser, person, scope="openid registry.read")
    assert (page.status_code, set(form_of(page).fields) - {"csrf_token", "ticket"}) == (200, {"code"})
    assert "vca_session" not in browser.http.cookies
    back = sent_back(await browser.submit(page, code=code_of(secret)))
    tokens = ok(await identity.exchange(back["code"]))
    token = claims(tokens["access_token"])
    assert (token["acr"], claims(tokens["id_token"])["amr"]) == ("second_factor", ["pwd", "otp", "mfa"])
    assert token["auth_time"] == int(now().timestamp())
    # The next app in the same browser needs neither password nor code.
    assert "code" in sent_back(await browser.submit(await browser.open()))

    read = ok(await identity.http.get(OWN, headers=bearer(tokens["access_token"])))
    assert (read["offered"], read["required"], read["recovery_codes_left"]) == (True, False, 10)
    assert read["enrolled_at"]
    assert [entry["actor"] for entry in await identity.audited("second_factor.enrolled")] == [person.id]


async def test_enrolling_ends_every_other_session_and_this_one_goes_on(identity: Identity, clock: Clock) -> None:
    person = await identity.person()
    elsewhere, here = await identity.signed_in(person), await identity.signed_in(person)
    caller = identity.http_as(bearer(here["access_token"]))
    begun = ok(await caller.post(OWN, json={"current_password": person.password}), 201)
    body = {"enrolment": begun["enrolment"], "code": code_of(begun["secret"])}
    assert ok(await caller.post(f"{OWN}/confirmation", json=body))
    assert_problem(await identity.refresh(elsewhere["refresh_token"]), 400, "invalid_grant")
    assert claims(ok(await identity.refresh(here["refresh_token"]))["access_token"])["acr"] == "second_factor"


async def test_nothing_changes_until_the_first_code_and_a_wrong_one_enrols_nothing(
    identity: Identity, clock: Clock
) -> None:
    person, other = await identity.person(), await identity.person()
    caller = identity.http_as(bearer((await identity.signed_in(person))["access_token"]))
    stranger = identity.http_as(bearer((await identity.signed_in(other))["access_token"]))
    assert faults(await caller.post(OWN, json={})) == {("/current_password", "required")}
    assert_problem(await caller.post(OWN, json={"current_password": "not mine"}), 403, "wrong_password")
    begun = ok(await caller.post(OWN, json={"current_password": person.password}), 201)
    assert begun["secret"] in begun["otpauth_uri"]
    assert begun["qr_svg"].startswith("<svg ")
    body = {"enrolment": begun["enrolment"], "code": another(code_of(begun["secret"]))}
    assert_problem(await caller.post(f"{OWN}/confirmation", json=body), 403, "wrong_code")
    right = {**body, "code": code_of(begun["secret"])}
    assert_problem(await stranger.post(f"{OWN}/confirmation", json=right), 409, "enrolment_expired")
    assert_problem(await caller.post(f"{OWN}/confirmation", json={**right, "enrolment": "x"}), 409, "enrolment_expired")
    assert "code" in sent_back(await identity.browser().sign_in(person))
    clock.next_code(601)
    late = {**right, "code": code_of(begun["secret"])}
    caller = identity.http_as(bearer((await identity.signed_in(person))["access_token"]))
    assert_problem(await caller.post(f"{OWN}/confirmation", json=late), 409, "enrolment_expired")


async def test_the_secret_and_the_codes_lie_nowhere_readable(identity: Identity, clock: Clock) -> None:
    person = await identity.person()
    secret, recovery_codes = await enrolled(identity, person, clock)
    for table in ("second_factor", "recovery_code", "account", "history", "change", "audit", "idempotency_key"):
        text = str([dict(row) for row in await identity.db.fetch(f"SELECT * FROM {table}")])
        assert secret not in text
        assert not any(code in text for code in recovery_codes), table
    # A row that is copied to another account opens nothing there.
    other = await identity.person()
    await enrolled(identity, other, clock)
    await identity.db.execute(
        "UPDATE second_factor SET secret_sealed = (SELECT secret_sealed FROM second_factor WHERE account_id = $1::uuid)"
        " WHERE account_id = $2::uuid",
        person.id,
        other.id,
    )
    browser = identity.browser()
    page = await password_given(browser, other)
    assert (await browser.submit(page, code=code_of(secret))).status_code == 403


async def test_a_code_is_good_once_also_when_two_bring_it_at_once(identity: Identity, clock: Clock) -> None:
    person = await identity.person()
    secret, _ = await enrolled(identity, person, clock)
    browsers = [identity.browser() for _ in range(6)]
    pages = [await password_given(browser, person) for browser in browsers]
    code = code_of(secret)
    answers = await asyncio.gather(
        *(browser.submit(page, code=code) for browser, page in zip(browsers, pages, strict=True))
    )
    assert sorted(answer.status_code for answer in answers) == [303, 403, 403, 403, 403, 429]


@pytest.mark.parametrize(("steps", "is_good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
async def test_the_clock_of_a_phone_may_be_half_a_minute_off(
    identity: Identity, clock: Clock, steps: int, is_good: bool
) -> None:
    person = await identity.person()
    secret, _ = await enrolled(identity, person, clock)
    clock.next_code(300)
    browser = identity.browser()
    page = await password_given(browser, person)
    assert (await browser.submit(page, code=code_of(secret, steps=steps))).status_code == (303 if is_good else 403)


async def test_no_code_of_before_is_taken_after_a_later_one(identity: Identity, clock: Clock) -> None:
    person = await identity.person()
    secret, _ = await enrolled(identity, person, clock)
    clock.next_code(300)
    for steps, status in ((1, 303), (0, 403), (1, 403), (-1, 403)):
        browser = identity.browser()
        page = await password_given(browser, person)
        assert (await browser.submit(page, code=code_of(secret, steps=steps))).status_code == status


async def test_codes_are_read_as_people_type_them(identity: Identity, clock: Clock) -> None:
    person = await identity.person()
    secret, recovery_codes = await enrolled(identity, person, clock)
    code = code_of(secret)
    for typed in (f" {code[:3]} {code[3:]} ", recovery_codes[0].upper().replace("-", " ")):
        browser = identity.browser()
        assert "code" in sent_back(await browser.submit(await password_given(browser, person), code=typed))


async def test_a_recovery_code_stands_in_once_for_the_phone(identity: Identity, clock: Clock) -> None:
    person, other = await identity.person(), await identity.person()
    _, recovery_codes = await enrolled(identity, person, clock)
    _, of_other = await enrolled(identity, other, clock)

    async def answer(code: str) -> int:
        browser = identity.browser()
        return (await browser.submit(await password_given(browser, person), code=code)).status_code

    statuses = await asyncio.gather(*(answer(recovery_codes[3]) for _ in range(3)))
    assert sorted(statuses) == [303, 403, 403]
    assert await answer(of_other[0]) == 403
    used = await identity.audited("recovery_code.used")
    assert [(entry["actor"], entry["resource_id"]) for entry in used] == [(person.id, person.id)]


async def test_guessing_codes_is_delayed_and_audited(identity: Identity, clock: Clock) -> None:
    person = await identity.person()
    secret, _ = await enrolled(identity, person, clock)
    browser = identity.browser(accept="*/*")
    for _ in range(4):
        page = await password_given(browser, person)
        answer = await browser.submit(page, code=another(code_of(secret)))
        assert_problem(answer, 403, "wrong_code")
    page = await password_given(browser, person)
    assert_problem(await browser.submit(page, code=another(code_of(secret))), 429, "sign_in_delayed")
    assert len(await identity.audited("second_factor.failed")) == 4


async def test_the_ticket_of_a_right_password_opens_nothing_in_another_browser(
    identity: Identity, clock: Clock
) -> None:
    person = await identity.person()
    secret, _ = await enrolled(identity, person, clock)
    ticket = form_of(await password_given(identity.browser(), person)).fields["ticket"]
    other = identity.browser(accept="*/*")
    answer = await other.submit(await other.open(), ticket=ticket, code=code_of(secret))
    assert_problem(answer, 403, "form_expired")


async def test_where_it_is_required_an_administrator_is_led_to_enrol_on_the_page(
    required: Identity, clock: Clock
) -> None:
    identity = required
    person = await identity.person("administrator")
    browser = identity.browser()
    page = await password_given(browser, person)
    assert page.status_code == 200
    assert '<svg role="img" aria-label="Mã QR' in page.text
    secret = "".join(page.text.partition("<code>")[2].partition("</code>")[0].split())
    wrong = await browser.submit(page, code=another(code_of(secret)))
    assert (wrong.status_code, secret[:4] in wrong.text) == (403, True)
    shown = await browser.submit(wrong, code=code_of(secret))
    assert shown.text.count("<li><code>") == 10
    assert shown.headers["cache-control"] == "no-store"
    back = sent_back(await browser.submit(shown))
    token = claims(ok(await identity.exchange(back["code"]))["access_token"])
    assert (token["scope"], token["acr"]) == ("identity.admin", "second_factor")
    clock.next_code()
    browser = identity.browser()
    page = await password_given(browser, person)
    assert "code" in sent_back(await browser.submit(page, code=code_of(secret)))


async def test_the_pages_speak_english_too(required: Identity, clock: Clock) -> None:
    person = await required.person("fund_approver")
    browser = required.browser()
    page = await password_given(browser, person, ui_locales="en")
    assert "Enrol an authenticator app" in page.text
    secret = "".join(page.text.partition("<code>")[2].partition("</code>")[0].split())
    assert "Keep your recovery codes" in (await browser.submit(page, code=code_of(secret))).text


@pytest.mark.parametrize("role", ["administrator", "fund_approver", "report_approver"])
async def test_where_it_is_required_what_was_given_before_gives_no_more_tokens(identity: Identity, role: str) -> None:
    person, viewer = await identity.person(role), await identity.person("fund_officer")
    browser = identity.browser()
    tokens, of_viewer = await identity.signed_in(person, browser=browser), await identity.signed_in(viewer)
    waiting = await identity.browser().code(person)
    identity.app.state.identity.settings.second_factor = "required"
    assert_problem(await identity.refresh(tokens["refresh_token"]), 400, "invalid_grant")
    assert_problem(await identity.exchange(waiting), 400, "invalid_grant")
    assert "password" in form_of(await browser.open()).fields, "the browser's own sign-in is good for nothing more"
    assert ok(await identity.refresh(of_viewer["refresh_token"]))


async def test_a_one_time_password_comes_after_the_code_and_before_enrolling(required: Identity, clock: Clock) -> None:
    identity = required
    person = await identity.person("administrator", must_change=True)
    browser = identity.browser()
    page = await password_given(browser, person)
    new = "mật khẩu của riêng tôi"
    page = await browser.submit(page, new_password=new, new_password_again=new)
    secret = "".join(page.text.partition("<code>")[2].partition("</code>")[0].split())
    assert "code" in sent_back(await browser.submit(await browser.submit(page, code=code_of(secret))))
    await identity.db.execute("UPDATE account SET must_change_password = true WHERE id = $1::uuid", person.id)
    clock.next_code()
    browser, person = identity.browser(), Person(person.id, person.username, new, person.area)
    page = await password_given(browser, person)
    assert "code" in form_of(page).fields, "who has the password alone changes nothing"
    page = await browser.submit(page, code=code_of(secret))
    newer = "một mật khẩu khác nữa"
    back = sent_back(await browser.submit(page, new_password=newer, new_password_again=newer))
    assert claims(ok(await identity.exchange(back["code"]))["access_token"])["acr"] == "second_factor"


async def test_an_app_may_ask_for_a_second_factor_of_anybody(identity: Identity, clock: Clock) -> None:
    person = await identity.person()
    browser = identity.browser()
    await identity.signed_in(person, browser=browser)
    page = await browser.open(acr_values="second_factor")
    assert "password" in form_of(page).fields
    page = await browser.submit(page, username=person.username, password=person.password)
    secret = "".join(page.text.partition("<code>")[2].partition("</code>")[0].split())
    back = sent_back(await browser.submit(await browser.submit(page, code=code_of(secret))))
    assert claims(ok(await identity.exchange(back["code"]))["access_token"])["acr"] == "second_factor"


async def test_where_it_is_off_nobody_is_asked(identity: Identity, clock: Clock) -> None:
    person = await identity.person("administrator")
    await enrolled(identity, person, clock)
    identity.app.state.identity.settings.second_factor = "off"
    tokens = await identity.signed_in(person, acr_values="second_factor")
    caller = identity.http_as(bearer(tokens["access_token"]))
    assert ok(await caller.get(OWN))["offered"] is False
    assert_problem(await caller.post(OWN, json={"current_password": person.password}), 409, "second_factor_off")


async def test_a_new_phone_takes_the_place_of_the_old_one_by_a_code_of_it(identity: Identity, clock: Clock) -> None:
    person = await identity.person()
    secret, old_codes = await enrolled(identity, person, clock)
    browser = identity.browser()
    back = sent_back(await browser.submit(await password_given(browser, person), code=code_of(secret)))
    caller = identity.http_as(bearer(ok(await identity.exchange(back["code"]))["access_token"]))
    clock.next_code()
    assert faults(await caller.post(OWN, json={"current_password": person.password})) == {("/code", "required")}
    begun = ok(await caller.post(OWN, json={"code": code_of(secret)}), 201)
    body = {"enrolment": begun["enrolment"], "code": code_of(begun["secret"])}
    assert ok(await caller.post(f"{OWN}/confirmation", json=body))
    clock.next_code()
    for code, status in ((code_of(secret), 403), (old_codes[0], 403), (code_of(begun["secret"]), 303)):
        browser = identity.browser()
        assert (await browser.submit(await password_given(browser, person), code=code)).status_code == status


async def test_recovery_codes_are_renewed_and_the_factor_removed_by_a_code(identity: Identity, clock: Clock) -> None:
    person = await identity.person()
    caller = identity.http_as(bearer((await identity.signed_in(person))["access_token"]))
    assert_problem(await caller.post(f"{OWN}/removal", json={"code": "123456"}), 409, "no_second_factor")
    secret, first = await enrolled(identity, person, clock)
    assert_problem(await caller.post(f"{OWN}/removal", json={"code": "123456"}), 403, "wrong_code")
    headers = {"Idempotency-Key": "a lost answer"}
    code = code_of(secret)
    second = ok(await caller.post(f"{OWN}/recovery-codes", json={"code": code}, headers=headers))["recovery_codes"]
    again = await caller.post(f"{OWN}/recovery-codes", json={"code": code}, headers=headers)
    assert ok(again)["recovery_codes"] == second
    assert not {*first} & {*second}
    assert_problem(await caller.post(f"{OWN}/removal", json={"code": first[0]}), 403, "wrong_code")
    assert (await caller.post(f"{OWN}/removal", json={"code": second[0]})).status_code == 204
    assert "code" in sent_back(await identity.browser().sign_in(person))
    assert await identity.db.fetchval("SELECT count(*) FROM recovery_code") == 0


async def test_who_has_to_have_one_cannot_remove_it(required: Identity, clock: Clock) -> None:
    person = await required.person("administrator")
    required.app.state.identity.settings.second_factor = "optional"
    secret, _ = await enrolled(required, person, clock)
    required.app.state.identity.settings.second_factor = "required"
    browser = required.browser()
    back = sent_back(await browser.submit(await password_given(browser, person), code=code_of(secret)))
    caller = required.http_as(bearer(ok(await required.exchange(back["code"]))["access_token"]))
    assert ok(await caller.get(OWN))["required"] is True
    clock.next_code()
    assert_problem(await caller.post(f"{OWN}/removal", json={"code": code_of(secret)}), 409, "second_factor_required")


async def test_a_system_has_none(identity: Identity) -> None:
    system = await identity.system()
    token = (await identity.token(auth=system.basic, grant_type="client_credentials")).json()["access_token"]
    caller = identity.http_as(bearer(token))
    assert ok(await caller.get(OWN))["enrolled_at"] is None
    assert_problem(await caller.post(OWN, json={"current_password": "x"}), 409, "not_a_person")


async def test_an_administrator_resets_it_and_its_sessions_and_tokens_end(identity: Identity, clock: Clock) -> None:
    admin, person = await identity.administrator(), await identity.person("fund_officer")
    assert_problem(
        await admin.http.post(f"{ACCOUNTS}/{person.id}/second-factor-reset", json={}), 409, "no_second_factor"
    )
    secret, _ = await enrolled(identity, person, clock)
    browser = identity.browser()
    back = sent_back(await browser.submit(await password_given(browser, person), code=code_of(secret)))
    tokens = ok(await identity.exchange(back["code"]))
    assert [each["id"] for each in ok(await admin.http.get(ACCOUNTS, params={"second_factor": "true"}))["items"]] == [
        person.id
    ]
    reset = await admin.http.post(f"{ACCOUNTS}/{person.id}/second-factor-reset", json={"reason": "Mất điện thoại"})
    assert ok(reset)["second_factor_since"] is None
    await identity.app.state.revocations.look(identity.app)
    me = await identity.http.get("/v1/identity/me", headers=bearer(tokens["access_token"]))
    assert_problem(me, 401, "token_revoked")
    assert_problem(await identity.refresh(tokens["refresh_token"]), 400, "invalid_grant")
    assert "code" in sent_back(await identity.browser().sign_in(person))
    assert [entry["actor"] for entry in await identity.audited("second_factor.reset")] == [admin.id]


async def test_who_approves_keeps_it_until_a_second_administrator_confirms(identity: Identity, clock: Clock) -> None:
    first, second = await identity.administrator(), await identity.administrator()
    person = await identity.person("fund_approver")
    secret, _ = await enrolled(identity, person, clock)
    path = f"{ACCOUNTS}/{person.id}"
    assert_problem(await first.http.post(f"{ACCOUNTS}/{first.id}/second-factor-reset", json={}), 409, "own_account")
    pending = ok(await first.http.post(f"{path}/second-factor-reset", json={}))
    assert (pending["pending_second_factor_reset"], pending["confirmation_state"]) == (True, "pending")
    assert_problem(await first.http.post(f"{path}/second-factor-reset", json={}), 409, "change_pending")
    browser = identity.browser()
    assert "code" in form_of(await password_given(browser, person)).fields
    assert_problem(await first.http.post(f"{path}/confirmation", json={"decision": "confirm"}), 403, "same_person")
    after = ok(await second.http.post(f"{path}/confirmation", json={"decision": "confirm"}), 201)
    assert (after["second_factor_since"], after["pending_second_factor_reset"]) == (None, False)
    assert "code" in sent_back(await identity.browser().sign_in(person))
    assert [entry["detail"]["second_factor_reset"] for entry in await identity.audited("access.confirmed")] == [True]
    assert secret


def test_the_codes_are_those_of_the_rfc() -> None:
    """RFC 6238, appendix B, of which apps show the last six digits."""
    import base64

    secret = base64.b32encode(b"12345678901234567890").decode()
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")):
        at = datetime.fromtimestamp(seconds, tz=now().tzinfo)
        assert list(codes.steps_of(secret, code, at=at)) == [seconds // 30]
        assert not list(codes.steps_of(secret, code, at=at + timedelta(seconds=60)))


async def test_on_the_host_only_who_has_no_administrator_beside_is_given_a_new_start(
    identity: Identity, clock: Clock, database_url: str
) -> None:
    only = await identity.person("administrator", area="VN")
    with pytest.raises(ValueError, match="has no second factor"):
        await reset_second_factor_on_host(database_url, only.username)
    await enrolled(identity, only, clock)
    await identity.administrator("25-2025")
    beside = await identity.administrator("VN")
    with pytest.raises(ValueError, match=f"An administrator can do this: {beside.name}.'"):
        await reset_second_factor_on_host(database_url, only.username)
    await identity.db.execute("UPDATE account SET is_active = false WHERE id = $1::uuid", beside.id)
    await reset_second_factor_on_host(database_url, only.username)
    assert "code" in sent_back(await identity.browser().sign_in(only))
    assert [entry["actor"] for entry in await identity.audited("second_factor.reset")] == ["host"]
