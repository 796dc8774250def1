"""Refresh tokens rotate; the last one is honoured again for 30 seconds, an older one ends the session."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import time_machine

from kernel.values.days import now
from tests.identity.people import Browser, Identity, claims
from tests.support.answers import assert_problem


@pytest.fixture
async def tokens(identity: Identity) -> dict[str, str]:
    return await identity.signed_in(await identity.person("registry_officer"))


async def test_each_refresh_gives_the_next_token(identity: Identity, tokens: dict[str, str]) -> None:
    first = (await identity.refresh(tokens["refresh_token"])).json()
    second = (await identity.refresh(first["refresh_token"])).json()
    assert len({tokens["refresh_token"], first["refresh_token"], second["refresh_token"]}) == 3
    assert claims(second["access_token"])["sub"] == claims(tokens["access_token"])["sub"]
    assert second["scope"] == tokens["scope"]


async def test_the_last_token_is_honoured_again_with_the_same_successor(
    identity: Identity, tokens: dict[str, str]
) -> None:
    first = (await identity.refresh(tokens["refresh_token"])).json()
    with time_machine.travel(now() + timedelta(seconds=29)):
        again = await identity.refresh(tokens["refresh_token"])
    assert again.status_code == 200
    assert again.json()["refresh_token"] == first["refresh_token"]


async def test_after_thirty_seconds_the_last_token_ends_the_session(identity: Identity, tokens: dict[str, str]) -> None:
    first = (await identity.refresh(tokens["refresh_token"])).json()
    with time_machine.travel(now() + timedelta(seconds=32)):
        assert_problem(await identity.refresh(tokens["refresh_token"]), 400, "invalid_grant")
        assert_problem(await identity.refresh(first["refresh_token"]), 400, "invalid_grant")
    assert len(await identity.audited("refresh_token.reused")) == 1


async def test_an_older_token_ends_the_session_at_once(identity: Identity, tokens: dict[str, str]) -> None:
    first = (await identity.refresh(tokens["refresh_token"])).json()
    second = (await identity.refresh(first["refresh_token"])).json()
    assert_problem(await identity.refresh(tokens["refresh_token"]), 400, "invalid_grant")
    assert_problem(await identity.refresh(second["refresh_token"]), 400, "invalid_grant")
    reused = await identity.audited("refresh_token.reused")
    assert [(entry["alliance"], entry["resource_type"]) for entry in reused] == [("25-2025", "session")]


async def test_two_tabs_at_once_get_one_successor(identity: Identity, tokens: dict[str, str]) -> None:
    answers = await asyncio.gather(*(identity.refresh(tokens["refresh_token"]) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    successors = {answer.json()["refresh_token"] for answer in answers}
    assert len(successors) == 1
    assert (await identity.refresh(successors.pop())).status_code == 200


async def test_a_web_sign_in_ends_after_twelve_idle_hours(identity: Identity, tokens: dict[str, str]) -> None:
    start = now()
    with time_machine.travel(start + timedelta(hours=11, minutes=59)):
        kept = await identity.refresh(tokens["refresh_token"])
        assert kept.status_code == 200
    with time_machine.travel(start + timedelta(hours=23, minutes=58)):
        kept = await identity.refresh(kept.json()["refresh_token"])
        assert kept.status_code == 200
    with time_machine.travel(start + timedelta(hours=35, minutes=59)):
        assert_problem(await identity.refresh(kept.json()["refresh_token"]), 400, "invalid_grant")


async def test_a_phone_may_be_offline_for_thirty_days(identity: Identity) -> None:
    phone = identity.browser(client_id="vca-mobile", redirect_uri="vn.vca.mobile:/callback")
    start = now()
    tokens = await identity.signed_in(await identity.person(), browser=phone)
    with time_machine.travel(start + timedelta(days=29, hours=23)):
        kept = await identity.refresh(tokens["refresh_token"], client_id="vca-mobile")
        assert kept.status_code == 200
    with time_machine.travel(start + timedelta(days=60)):
        late = await identity.refresh(kept.json()["refresh_token"], client_id="vca-mobile")
        assert_problem(late, 400, "invalid_grant")


async def test_a_token_is_good_for_its_own_app_only(identity: Identity, tokens: dict[str, str]) -> None:
    assert_problem(await identity.refresh(tokens["refresh_token"], client_id="vca-mobile"), 400, "invalid_grant")
    assert (await identity.refresh(tokens["refresh_token"])).status_code == 200


async def test_other_roles_hold_from_the_next_refresh_on(identity: Identity, tokens: dict[str, str]) -> None:
    subject = claims(tokens["access_token"])["sub"]
    await identity.db.execute(
        "UPDATE account SET roles = '{viewer}', alliance = '40-2025' WHERE id = $1::uuid", subject
    )
    token_claims = claims((await identity.refresh(tokens["refresh_token"])).json()["access_token"])
    assert token_claims["scope"] == "registry.read funds.read training.read reports.read"
    assert token_claims["area"] == "40-2025"


async def test_a_refresh_may_ask_for_less_but_not_for_more(identity: Identity) -> None:
    tokens = await identity.signed_in(await identity.person(), scope="registry.read funds.read")
    more = await identity.refresh(tokens["refresh_token"], scope="registry.read training.read")
    assert_problem(more, 400, "invalid_scope")
    less = await identity.refresh(tokens["refresh_token"], scope="registry.read")
    assert less.json()["scope"] == "registry.read"
    whole = await identity.refresh(less.json()["refresh_token"])
    assert whole.json()["scope"] == "registry.read funds.read"


async def test_nothing_that_opens_a_door_is_stored_readably(identity: Identity) -> None:
    browser: Browser = identity.browser()
    tokens = await identity.signed_in(await identity.person(), browser=browser)
    successor = (await identity.refresh(tokens["refresh_token"])).json()["refresh_token"]
    cookie = browser.http.cookies["vca_session"]
    for table in ("refresh_token", "session", "authorization_code", "audit", "history"):
        text = str([dict(row) for row in await identity.db.fetch(f"SELECT * FROM {table}")])
        for secret in (tokens["refresh_token"], successor, cookie):
            assert secret not in text
            assert secret.encode().hex() not in text


async def test_revoking_a_token_ends_its_session(identity: Identity, tokens: dict[str, str]) -> None:
    async def revoke(token: str, client_id: str) -> int:
        form = {"token": token, "client_id": client_id}
        return (await identity.http.post("/v1/identity/revoke", data=form)).status_code

    assert await revoke(tokens["refresh_token"], "vca-mobile") == 200
    kept = await identity.refresh(tokens["refresh_token"])
    assert kept.status_code == 200
    assert await revoke(kept.json()["refresh_token"], "vca-web") == 200
    assert await revoke("never was", "vca-web") == 200
    assert_problem(await identity.refresh(kept.json()["refresh_token"]), 400, "invalid_grant")
