"""Signing out ends the session and every refresh token of it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine

from kernel.values.days import now
from tests.identity.people import Identity, bearer, form_of
from tests.support.answers import assert_problem

SIGN_OUT = "/v1/identity/sign-out"
HTML = {"Accept": "text/html"}


async def test_the_page_asks_and_then_signs_the_browser_out(identity: Identity) -> None:
    browser = identity.browser()
    tokens = await identity.signed_in(await identity.person(), browser=browser)
    page = await browser.http.get(SIGN_OUT, headers=HTML)
    assert "Đăng xuất" in page.text
    done = await browser.submit(page)
    assert done.status_code == 200
    assert "Bạn đã đăng xuất" in done.text
    assert "vca_session" not in browser.http.cookies
    assert_problem(await identity.refresh(tokens["refresh_token"]), 400, "invalid_grant")
    assert "password" in form_of(await browser.open()).fields
    assert [entry["detail"]["by"] for entry in await identity.audited("session.ended")] == ["sign_out"]


@pytest.mark.parametrize("proof", ["refresh_token", "id_token_hint", "access_token"])
async def test_a_program_signs_out_with_a_token(identity: Identity, proof: str) -> None:
    tokens = await identity.signed_in(await identity.person(), scope="openid registry.read")
    headers = bearer(tokens["access_token"]) if proof == "access_token" else {}
    form = {
        "refresh_token": {"refresh_token": tokens["refresh_token"]},
        "id_token_hint": {"id_token_hint": tokens["id_token"]},
        "access_token": {"client_id": "vca-web"},
    }[proof]
    answer = await identity.http.post(SIGN_OUT, data=form, headers=headers)
    assert answer.status_code == 204
    assert_problem(await identity.refresh(tokens["refresh_token"]), 400, "invalid_grant")


async def test_the_app_signs_its_own_person_out_and_is_returned_to(identity: Identity) -> None:
    browser = identity.browser()
    tokens = await identity.signed_in(await identity.person(), browser=browser, scope="openid registry.read")
    query = urlencode(
        {
            "id_token_hint": tokens["id_token"],
            "post_logout_redirect_uri": "http://localhost:5173/bye?x=1",
            "state": "s&s",
        }
    )
    answer = await browser.http.get(f"{SIGN_OUT}?{query}", headers=HTML)
    assert answer.status_code == 303
    assert answer.headers["location"] == "http://localhost:5173/bye?x=1&state=s%26s"
    assert_problem(await identity.refresh(tokens["refresh_token"]), 400, "invalid_grant")


async def test_an_id_token_that_has_expired_still_proves_whose_session_it_was(identity: Identity) -> None:
    tokens = await identity.signed_in(await identity.person(), scope="openid registry.read")
    with time_machine.travel(now() + timedelta(hours=2)):
        await identity.http.post(SIGN_OUT, data={"id_token_hint": tokens["id_token"]})
        assert_problem(await identity.refresh(tokens["refresh_token"]), 400, "invalid_grant")


@pytest.mark.parametrize("uri", ["https://evil.example/", "http://localhost.evil.example/", "javascript:alert(1)"])
@pytest.mark.parametrize("client_id", ["vca-web", "vca-mobile", "no-such-app"])
async def test_nobody_is_sent_to_an_address_that_is_not_registered(
    identity: Identity, uri: str, client_id: str
) -> None:
    browser = identity.browser()
    tokens = await identity.signed_in(await identity.person(), browser=browser)
    query = urlencode({"client_id": client_id, "post_logout_redirect_uri": uri})
    answer = await browser.http.get(f"{SIGN_OUT}?{query}", headers=HTML)
    assert answer.status_code == 400
    assert "location" not in answer.headers
    answer = await browser.http.post(f"{SIGN_OUT}?{query}", data={"refresh_token": tokens["refresh_token"]})
    assert_problem(answer, 400, "authorization_request_refused")
    # A refused request ends nothing.
    assert (await identity.refresh(tokens["refresh_token"])).status_code == 200


async def test_another_site_cannot_sign_a_person_out(identity: Identity) -> None:
    browser = identity.browser()
    tokens = await identity.signed_in(await identity.person(), browser=browser)
    forged = await browser.http.post(SIGN_OUT, data={"csrf_token": "forged"}, headers=HTML)
    assert forged.status_code == 403
    forged = await browser.http.post(SIGN_OUT, data={"csrf_token": "forged"})
    assert_problem(forged, 403, "form_expired")
    assert (await identity.refresh(tokens["refresh_token"])).status_code == 200


async def test_a_hint_of_another_persons_session_asks_first(identity: Identity) -> None:
    browser = identity.browser()
    mine = await identity.signed_in(await identity.person(), browser=browser)
    other = await identity.signed_in(await identity.person(), scope="openid registry.read")
    page = await browser.http.get(f"{SIGN_OUT}?{urlencode({'id_token_hint': other['id_token']})}", headers=HTML)
    assert page.status_code == 200
    assert form_of(page).fields["csrf_token"]
    for tokens in (mine, other):
        assert (await identity.refresh(tokens["refresh_token"])).status_code == 200


async def test_signing_out_twice_or_with_nonsense_is_no_error(identity: Identity) -> None:
    tokens = await identity.signed_in(await identity.person())
    for _ in range(2):
        answer = await identity.http.post(SIGN_OUT, data={"refresh_token": tokens["refresh_token"]})
        assert answer.status_code == 204
    for form in ({"refresh_token": "never was"}, {"id_token_hint": "not.a.token"}):
        assert (await identity.http.post(SIGN_OUT, data=form)).status_code == 204
    page = await identity.http.get(SIGN_OUT, headers=HTML)
    assert "Bạn đã đăng xuất" in page.text


async def test_a_bad_access_token_is_refused(identity: Identity) -> None:
    answer = await identity.http.post(SIGN_OUT, data={"client_id": "vca-web"}, headers=bearer("not.a.token"))
    assert_problem(answer, 401, "token_invalid")
