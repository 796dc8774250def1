"""What identity does by itself: old rows go, its health says whether it can sign, its own apps are there."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from fastapi import FastAPI

from kernel.values.days import now
from services.identity.main import create_app
from services.identity.runtime import purge
from services.identity.settings import IdentitySettings
from tests.identity.people import Identity
from tests.support.answers import assert_problem, every_item, ok


async def _counts(identity: Identity) -> dict[str, int]:
    tables = ("session", "refresh_token", "authorization_code", "sign_in_throttle")
    return {table: await identity.db.fetchval(f"SELECT count(*) FROM {table}") for table in tables}


async def test_old_sign_ins_and_failures_go_and_living_ones_stay(identity: Identity) -> None:
    person = await identity.person()
    old = await identity.signed_in(person)
    await identity.refresh(old["refresh_token"])
    browser = identity.browser()
    await browser.submit(await browser.open(), username="nobody-at-all", password="wrong password")
    with time_machine.travel(now() + timedelta(days=20)):
        await identity.signed_in(person)
        await purge(identity.db)
        # The first sign-in idled out 12 hours after its last use; it is kept a month, for whoever asks.
        assert await _counts(identity) == {
            "session": 2,
            "refresh_token": 3,
            "authorization_code": 2,
            "sign_in_throttle": 0,
        }
    with time_machine.travel(now() + timedelta(days=31)):
        await purge(identity.db)
        assert await _counts(identity) == {
            "session": 1,
            "refresh_token": 1,
            "authorization_code": 1,
            "sign_in_throttle": 0,
        }


async def test_its_health_says_whether_it_can_sign(identity: Identity) -> None:
    path = "/v1/identity/health/ready"
    assert ok(await identity.http.get(path))["checks"]["signing_key"] == "ok"
    await identity.db.execute("DELETE FROM signing_key")
    failing = ok(await identity.http.get(path), 503)
    assert (failing["status"], failing["checks"]["signing_key"]) == ("failing", "missing")


async def test_the_platforms_own_apps_are_made_once(identity: Identity, settings: IdentitySettings) -> None:
    again: FastAPI = create_app(settings)
    async with again.router.lifespan_context(again):
        caller = identity.http_as(await identity.admin("VN"))
        apps = await every_item(caller, "/v1/identity/clients", kind="public")
    assert [(app["client_id"], app["session_idle_seconds"], app["version"]) for app in apps] == [
        ("vca-mobile", 2_592_000, 1),
        ("vca-portal", 43_200, 1),
        ("vca-web", 43_200, 1),
    ]


async def test_the_platforms_own_pages_return_to_where_the_platform_is_today(
    identity: Identity, settings: IdentitySettings
) -> None:
    caller = identity.http_as(await identity.admin("VN"))
    for public_url, addresses in (
        ("https://vca.example.vn", ["https://vca.example.vn/signed-in"]),
        # Without TLS a password would cross the network in the clear.
        ("http://vca.example.vn", []),
        ("http://127.0.0.1:8000/", ["http://127.0.0.1:8000/signed-in"]),
    ):
        moved = create_app(settings.model_copy(update={"public_url": public_url}))
        async with moved.router.lifespan_context(moved):
            (app,) = await every_item(caller, "/v1/identity/clients", client_id="vca-portal")
        assert app["redirect_uris"] == addresses


async def test_an_unknown_path_is_a_problem_like_any_other(identity: Identity) -> None:
    assert_problem(await identity.http.get("/v1/identity/nothing-here"), 404, "not_found")
