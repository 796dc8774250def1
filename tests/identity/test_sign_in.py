"""A person signs in on the page, and an app exchanges the code."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine

from kernel.values.days import now
from tests.identity.people import (
    CALLBACK,
    ORGANIZATION,
    Identity,
    bearer,
    claims,
    form_of,
    sent_back,
)
from tests.support.answers import assert_problem

PHONE = {"client_id": "vca-mobile", "redirect_uri": "vn.vca.mobile:/callback"}


async def _register(identity: Identity, *uris: str) -> None:
    await identity.db.execute("UPDATE client SET redirect_uris = $1 WHERE client_id = 'vca-web'", list(uris))


async def test_a_person_signs_in_and_the_app_gets_tokens(identity: Identity) -> None:
    person = await identity.person("registry_officer")
    back = sent_back(await identity.browser().sign_in(person))
    assert back["state"] == "invented state"
    assert back["iss"] == "http://vca.test/v1/identity"
    answer = await identity.exchange(back["code"])
    assert answer.status_code == 200
    token_claims = claims(answer.json()["access_token"])
    assert token_claims["sub"] == person.id
    assert token_claims["area"] == "25-2025"
    assert token_claims["client_id"] == "vca-web"
    assert token_claims["name"] == f"Nguyễn Văn {person.username}"
    assert token_claims["scope"] == "registry.read registry.write funds.read training.read reports.read"
    assert answer.json()["refresh_token"]
    assert "id_token" not in answer.json()
    me = await identity.http.get("/v1/identity/me", headers=bearer(answer.json()["access_token"]))
    assert me.json()["roles"] == ["registry_officer"]
    assert me.json()["username"] == person.username
    signed_in = await identity.audited("sign_in.succeeded")
    assert [(entry["actor"], entry["detail"]["client_id"]) for entry in signed_in] == [(person.id, "vca-web")]


async def test_a_cooperatives_own_user_is_bound_to_its_organization(identity: Identity) -> None:
    person = await identity.person("cooperative_user")
    token_claims = claims((await identity.signed_in(person))["access_token"])
    assert token_claims["organization_id"] == ORGANIZATION
    assert token_claims["scope"] == "own.read own.write"


async def test_openid_adds_an_id_token_that_opens_nothing_here(identity: Identity) -> None:
    person = await identity.person()
    tokens = await identity.signed_in(person, scope="openid registry.read", nonce="invented nonce")
    assert tokens["scope"] == "registry.read"
    token_claims = claims(tokens["id_token"])
    assert (token_claims["sub"], token_claims["aud"], token_claims["nonce"]) == (person.id, "vca-web", "invented nonce")
    assert_problem(await identity.http.get("/v1/identity/me", headers=bearer(tokens["id_token"])), 401, "token_invalid")


async def test_the_longest_nonce_comes_back_in_the_id_token(identity: Identity) -> None:
    nonce = "n" * 4000
    tokens = await identity.signed_in(await identity.person(), scope="openid registry.read", nonce=nonce)
    assert claims(tokens["id_token"])["nonce"] == nonce


async def test_the_user_name_is_read_without_regard_to_case_or_blanks(identity: Identity) -> None:
    person = await identity.person(username="lan.nguyen")
    browser = identity.browser()
    page = await browser.open()
    answer = await browser.submit(page, username=" Lan.Nguyen ", password=person.password)
    assert "code" in sent_back(answer)


async def test_a_password_is_the_same_however_the_keyboard_composes_it(identity: Identity) -> None:
    import unicodedata

    person = await identity.person()
    browser = identity.browser()
    page = await browser.open()
    decomposed = unicodedata.normalize("NFD", person.password)
    assert decomposed != person.password
    assert "code" in sent_back(await browser.submit(page, username=person.username, password=decomposed))


@pytest.mark.parametrize(
    "redirect_uri",
    ["http://localhost/cb", "http://127.0.0.1:8765/deep/path?x=1", "http://[::1]:9000/cb"],
)
async def test_the_web_app_may_run_on_any_port_of_this_machine(identity: Identity, redirect_uri: str) -> None:
    person = await identity.person()
    code = await identity.browser(redirect_uri=redirect_uri).code(person)
    assert (await identity.exchange(code, redirect_uri=redirect_uri)).status_code == 200


async def test_a_registered_https_address_is_compared_character_by_character(identity: Identity) -> None:
    await _register(identity, "https://app.example.org/callback")
    person = await identity.person()
    code = await identity.browser(redirect_uri="https://app.example.org/callback").code(person)
    assert code
    for near in (
        "https://app.example.org/callback/",
        "https://app.example.org/callback?x=1",
        "https://app.example.org",
    ):
        refused = await identity.browser(accept="*/*").open(redirect_uri=near)
        assert_problem(refused, 400, "authorization_request_refused")


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://evil.example/callback",
        "http://evil.example/callback",
        "http://localhost.evil.example/callback",
        "http://localhost@evil.example/callback",
        "http://evil.example\\@localhost/callback",
        "http://localhost:5173/callback#fragment",
        "https://localhost:5173/callback",
        "http://localhost:notaport/",
        "javascript:alert(1)",
        "data:text/html,x",
        "vn.vca.mobile:/callback",
        "//localhost/callback",
        "",
    ],
)
async def test_nobody_is_redirected_to_an_address_that_is_not_the_apps(identity: Identity, redirect_uri: str) -> None:
    for accept in ("text/html", "*/*"):
        answer = await identity.browser(accept=accept, redirect_uri=redirect_uri).open()
        assert answer.status_code == 400
        assert "location" not in answer.headers
    person = await identity.person()
    browser = identity.browser()
    page = await browser.open()
    form = form_of(page)
    answer = await browser.http.post(
        browser.address(redirect_uri=redirect_uri),
        data={**form.fields, "username": person.username, "password": person.password},
    )
    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_an_unknown_app_is_refused_on_the_page(identity: Identity) -> None:
    answer = await identity.browser(client_id="no-such-app").open()
    assert answer.status_code == 400
    assert "text/html" in answer.headers["content-type"]
    system = await identity.system()
    answer = await identity.browser(client_id=system.client_id, accept="*/*").open()
    assert_problem(answer, 400, "authorization_request_refused")


@pytest.mark.parametrize(
    ("replaced", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "registry.read no.such.scope"}, "invalid_scope"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"prompt": "none"}, "login_required"),
    ],
)
async def test_the_app_is_told_what_it_asked_wrongly(
    identity: Identity, replaced: dict[str, str | None], error: str
) -> None:
    query = sent_back(await identity.browser().open(**replaced))
    assert query["error"] == error
    assert query["state"] == "invented state"
    assert "code" not in query


async def test_a_person_without_any_of_the_scopes_asked_for_is_sent_back(identity: Identity) -> None:
    person = await identity.person("fund_approver")
    query = sent_back(await identity.browser().sign_in(person, scope="registry.write"))
    assert query["error"] == "access_denied"


async def test_the_scope_asked_for_narrows_what_a_person_gets(identity: Identity) -> None:
    person = await identity.person("registry_officer")
    tokens = await identity.signed_in(person, scope="registry.read identity.admin")
    assert tokens["scope"] == "registry.read"


async def test_a_code_is_good_once_and_its_replay_ends_the_session(identity: Identity) -> None:
    code = await identity.browser().code(await identity.person())
    first = await identity.exchange(code)
    assert first.status_code == 200
    assert_problem(await identity.exchange(code), 400, "invalid_grant", error="invalid_grant")
    assert_problem(await identity.refresh(first.json()["refresh_token"]), 400, "invalid_grant")
    assert len(await identity.audited("authorization_code.reused")) == 1


async def test_a_code_is_good_for_a_minute(identity: Identity) -> None:
    code = await identity.browser().code(await identity.person())
    with time_machine.travel(now() + timedelta(seconds=61)):
        assert_problem(await identity.exchange(code), 400, "invalid_grant")


@pytest.mark.parametrize(
    "replaced",
    [
        {"code_verifier": "another-verifier-of-the-tests-0123456789-012345"},
        {"redirect_uri": "http://localhost:5173/other"},
        {"client_id": "vca-mobile"},
        {"code": "no-such-code"},
    ],
)
async def test_a_code_is_good_for_its_own_request_only(identity: Identity, replaced: dict[str, str]) -> None:
    code = await identity.browser().code(await identity.person())
    assert_problem(await identity.exchange(**{"code": code, **replaced}), 400, "invalid_grant")


async def test_a_code_shown_with_the_wrong_verifier_is_used_up(identity: Identity) -> None:
    code = await identity.browser().code(await identity.person())
    await identity.exchange(code, code_verifier="another-verifier-of-the-tests-0123456789-012345")
    assert_problem(await identity.exchange(code), 400, "invalid_grant")


async def test_a_verifier_that_pkce_does_not_allow_is_a_malformed_request(identity: Identity) -> None:
    code = await identity.browser().code(await identity.person())
    assert_problem(await identity.exchange(code, code_verifier="short"), 400, "invalid_request")


async def test_the_phone_app_is_called_by_its_own_scheme(identity: Identity) -> None:
    person = await identity.person()
    browser = identity.browser(**PHONE)
    answer = await browser.sign_in(person)
    assert answer.headers["location"].startswith("vn.vca.mobile:/callback?code=")
    assert "vca_session" not in browser.http.cookies
    tokens = await identity.exchange(sent_back(answer)["code"], **PHONE)
    assert tokens.json()["refresh_token"]


async def test_a_wrong_password_and_an_unknown_name_get_the_same_page(identity: Identity) -> None:
    person = await identity.person(username="known-name")
    pages = []
    for name, password in ((person.username, "wrong password"), ("unknownname", "wrong password")):
        browser = identity.browser()
        answer = await browser.submit(await browser.open(), username=name, password=password)
        assert answer.status_code == 422
        pages.append(re.sub(r'value="[^"]*"', "", answer.text))
    assert pages[0] == pages[1]
    failed = await identity.audited("sign_in.failed")
    assert [(entry["actor"], entry["alliance"]) for entry in failed] == [(person.id, "25-2025"), ("", None)]


async def test_an_unknown_name_takes_as_long_as_a_wrong_password(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await identity.person()
    passwords = identity.app.state.identity.passwords
    hashes_known: list[bool] = []
    matches = passwords.matches

    async def counted(password: str, kept: str | None) -> bool:
        hashes_known.append(kept is not None)
        return bool(await matches(password, kept))

    monkeypatch.setattr(passwords, "matches", counted)
    for name in (person.username, "nobody-at-all"):
        browser = identity.browser()
        await browser.submit(await browser.open(), username=name, password="wrong password")
    # The unknown name is checked against a hash nobody has: one real comparison each.
    assert hashes_known == [True, False, True]


async def test_a_disabled_person_gets_the_answer_of_a_wrong_password(identity: Identity) -> None:
    person = await identity.person()
    await identity.db.execute("UPDATE account SET is_active = false WHERE id = $1::uuid", person.id)
    browser = identity.browser(accept="*/*")
    answer = await browser.submit(await browser.open(), username=person.username, password=person.password)
    assert_problem(answer, 422, "sign_in_failed")


@pytest.mark.parametrize("field", ["username", "password"])
async def test_an_empty_field_is_a_failed_sign_in(identity: Identity, field: str) -> None:
    person = await identity.person()
    browser = identity.browser(accept="*/*")
    filled = {"username": person.username, "password": person.password, field: ""}
    assert_problem(await browser.submit(await browser.open(), **filled), 422, "sign_in_failed")


async def test_a_form_of_another_browser_is_refused_and_shown_afresh(identity: Identity) -> None:
    person = await identity.person()
    stolen = form_of(await identity.browser().open())
    victim = identity.browser()
    await victim.open()
    answer = await victim.http.post(
        stolen.action,
        data={**stolen.fields, "username": person.username, "password": person.password},
        headers={"Accept": "text/html"},
    )
    assert answer.status_code == 403
    assert form_of(answer).types["password"] == "password"
    assert await identity.audited("sign_in.succeeded") == []


async def test_without_the_cookie_a_form_is_refused(identity: Identity) -> None:
    person = await identity.person()
    browser = identity.browser(accept="*/*")
    form = form_of(await browser.open())
    browser.http.cookies.clear()
    answer = await browser.http.post(
        form.action, data={**form.fields, "username": person.username, "password": person.password}
    )
    assert_problem(answer, 403, "form_expired")


async def test_a_browser_that_is_known_goes_straight_back_to_an_https_app(identity: Identity) -> None:
    await _register(identity, "https://app.example.org/callback")
    person = await identity.person()
    browser = identity.browser(redirect_uri="https://app.example.org/callback")
    await browser.sign_in(person)
    again = await browser.open(prompt="none")
    assert "code" in sent_back(again)
    assert "code" in sent_back(await browser.open())
    asked_again = await browser.open(prompt="login")
    assert "password" in form_of(asked_again).fields


async def test_a_browser_that_is_known_is_asked_before_a_local_program_gets_a_code(identity: Identity) -> None:
    person = await identity.person()
    browser = identity.browser()
    await browser.sign_in(person)
    assert sent_back(await browser.open(prompt="none"))["error"] == "interaction_required"
    page = await browser.open()
    assert person.username in page.text
    assert "password" not in form_of(page).fields
    answer = await browser.submit(page)
    assert (await identity.exchange(sent_back(answer)["code"])).status_code == 200
    assert len(await identity.audited("sign_in.succeeded")) == 1


async def test_a_sign_in_idles_out_of_the_browser_after_twelve_hours(identity: Identity) -> None:
    browser = identity.browser()
    await browser.sign_in(await identity.person())
    with time_machine.travel(now() + timedelta(hours=12, seconds=1)):
        assert "password" in form_of(await browser.open()).fields


async def test_a_one_time_password_must_be_changed_before_anything_else(identity: Identity) -> None:
    person = await identity.person(must_change=True)
    browser = identity.browser()
    page = await browser.submit(await browser.open(), username=person.username, password=person.password)
    assert page.status_code == 200
    assert set(form_of(page).types) == {"csrf_token", "ticket", "new_password", "new_password_again"}
    for chosen, again in (
        ("short", "short"),
        ("đủ dài rồi nhé", "nhưng khác nhau"),
        (person.password, person.password),
    ):
        refused = await browser.submit(page, new_password=chosen, new_password_again=again)
        assert refused.status_code == 422
        assert 'role="alert"' in refused.text
    new = "mật khẩu của riêng tôi"
    answer = await browser.submit(page, new_password=new, new_password_again=new)
    assert (await identity.exchange(sent_back(answer)["code"])).status_code == 200
    person.password = new
    assert "code" in sent_back(await identity.browser().sign_in(person))
    # The ticket of the old password is worth nothing now.
    late = await browser.submit(page, new_password="thêm một lần nữa", new_password_again="thêm một lần nữa")
    assert late.status_code == 403


async def test_the_page_is_plain_and_accessible_in_both_languages(identity: Identity) -> None:
    browser = identity.browser()
    for tag, heading, label, leads_to in (
        ("vi", "Đăng nhập", "Tên đăng nhập", "để vào Ứng dụng web"),
        ("en", "Sign in", "User name", "to continue to Web app"),
    ):
        page = await browser.open(ui_locales=tag)
        assert page.headers["content-language"] == tag
        assert f'<html lang="{tag}">' in page.text
        assert f"<h1>{heading}</h1>" in page.text
        assert leads_to in page.text
        assert f'<label for="username">{label}</label>' in page.text
        assert 'autocomplete="current-password"' in page.text
        assert "<script" not in page.text
        assert 'aria-current="true">' in page.text
        assert "ui_locales=vi" in page.text
        assert "ui_locales=en" in page.text


async def test_an_error_is_summed_up_first_and_points_to_the_field(identity: Identity) -> None:
    browser = identity.browser()
    page = await browser.submit(await browser.open(), username="<b>nobody", password="wrong password")
    assert page.text.index('role="alert"') < page.text.index("<h1>")
    assert "<title>Lỗi: " in page.text
    assert 'href="#username" id="trouble"' in page.text
    assert 'aria-describedby="trouble" aria-invalid="true"' in page.text
    assert "<b>nobody" not in page.text
    assert form_of(page).fields["username"] == "<b>nobody"
    assert form_of(page).fields["password"] == ""


async def test_the_page_can_be_neither_framed_nor_scripted_nor_kept(identity: Identity) -> None:
    page = await identity.browser().open(state='"><script>alert(1)</script>')
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self' http://localhost:5173;" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "<script" not in page.text
    cookie = page.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/v1/identity" in cookie


async def test_the_language_follows_the_browser_unless_chosen(identity: Identity) -> None:
    page = await identity.http.get(identity.browser().address(), headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert "<h1>Sign in</h1>" in page.text
    assert CALLBACK not in page.headers.get("location", "")
