"""Whoever is disabled, or loses something, keeps no token of before: identity and every other service refuse it at once."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from kernel.feed.revocations import Kept
from kernel.runtime.settings import ServiceSettings
from kernel.web.auth import NATION
from services.funds.main import create_app as create_funds
from services.identity.bootstrap import ensure_service_clients
from services.registry.main import create_app as create_registry
from services.reporting.main import create_app as create_reporting
from services.training.main import create_app as create_training
from tests.identity.people import Identity, Person, System, bearer
from tests.support.answers import assert_problem
from tests.support.databases import Databases, as_service
from tests.support.in_process_services import HOSTS, Wire
from tests.support.tokens import PUBLIC_URL
from tests.support.waiting import come_true

SERVICES: dict[str, tuple[Callable[..., FastAPI], str, str]] = {
    "registry": (create_registry, "registry_officer", "/v1/registry/organizations"),
    "funds": (create_funds, "fund_officer", "/v1/funds/funds"),
    "training": (create_training, "training_officer", "/v1/training/programs"),
    "reporting": (create_reporting, "reporter", "/v1/reporting/activities"),
}
ME = "/v1/identity/me"


@pytest.fixture
def wire(app: FastAPI) -> Wire:
    return Wire({"identity": app})


class Beside:
    """A service that follows identity; it can be started again on the same home and database."""

    def __init__(
        self, create: Callable[..., FastAPI], settings: ServiceSettings, wire: Wire, identity: FastAPI
    ) -> None:
        self._create, self._settings, self._wire, self._identity = create, settings, wire, identity
        self._stack = contextlib.AsyncExitStack()
        self.http: httpx.AsyncClient

    async def start(self) -> None:
        app = self._create(self._settings, transport=self._wire)
        app.state.verifier.use_keys(self._identity.state.identity.ring.jwks)
        await self._stack.enter_async_context(app.router.lifespan_context(app))
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=PUBLIC_URL)
        await self._stack.enter_async_context(self.http)

    async def stop(self) -> None:
        await self._stack.aclose()

    async def code(self, path: str, token: str) -> str:
        """Send a write that says nothing, and return the code of its refusal: `invalid` for one who may write."""
        answer = await self.http.post(path, json={}, headers=bearer(token))
        return str(answer.json()["code"])

    async def soon(self, path: str, token: str, code: str) -> None:
        """Wait until a write is answered so."""

        async def is_so() -> bool:
            return await self.code(path, token) == code

        await come_true(is_so)


@pytest.fixture(params=SERVICES)
async def beside(
    request: pytest.FixtureRequest, app: FastAPI, wire: Wire, databases: Databases, tmp_path: Path
) -> AsyncIterator[tuple[Beside, str, str]]:
    create, role, path = SERVICES[request.param]
    systems = await ensure_service_clients(app.state.settings.database_url, tmp_path, NATION)
    client_id, secret = systems[request.param]
    async with databases.emptied(request.param) as url:
        settings = ServiceSettings(
            database_url=as_service(url),
            public_url=PUBLIC_URL,
            home=tmp_path,
            pool_size=4,
            log_level="ERROR",
            identity_url=HOSTS["identity"],
            client_id=client_id,
            client_secret=secret,
        )
        service = Beside(create, settings, wire, app)
        await service.start()
        yield service, role, path
        await service.stop()


async def _change(identity: Identity, person: Person, **fields: Any) -> None:
    await _patch(identity, f"/v1/identity/accounts/{person.id}", fields)


async def _patch(identity: Identity, path: str, fields: dict[str, Any]) -> None:
    caller = identity.http_as(await identity.admin())
    etag = (await caller.get(path)).headers["etag"]
    answer = await caller.patch(path, json=fields, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.text


async def _look(identity: Identity) -> None:
    """Have identity look at its database, as it does twice a second."""
    await identity.app.state.revocations.look(identity.app)


async def test_a_disabled_persons_writes_are_refused_everywhere_also_while_identity_is_down_and_after_a_restart(
    identity: Identity, beside: tuple[Beside, str, str], wire: Wire
) -> None:
    service, role, path = beside
    person, other = await identity.person(role), await identity.person(role)
    token, others = [(await identity.signed_in(each))["access_token"] for each in (person, other)]
    assert [await service.code(path, each) for each in (token, others)] == ["invalid", "invalid"]
    await _change(identity, person, is_active=False)
    await service.soon(path, token, "token_revoked")
    wire.cut.add("identity")
    await service.stop()
    await service.start()
    assert await service.code(path, token) == "token_revoked"
    assert await service.code(path, others) == "invalid", "who is not concerned goes on"
    wire.cut.clear()
    await _change(identity, person, is_active=True)
    fresh = (await identity.signed_in(person))["access_token"]
    assert await service.code(path, fresh) == "invalid"
    assert await service.code(path, token) == "token_revoked", "what was issued before stays void"


async def test_who_is_refused_once_stays_refused_also_where_the_disk_is_slow(
    identity: Identity, beside: tuple[Beside, str, str], wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, role, path = beside
    write = Kept.write

    def slowly(self: Kept, least_versions: dict[str, int]) -> None:
        time.sleep(0.5)
        write(self, least_versions)

    person = await identity.person(role)
    token = (await identity.signed_in(person))["access_token"]
    monkeypatch.setattr(Kept, "write", slowly)
    await _change(identity, person, is_active=False)
    await service.soon(path, token, "token_revoked")
    wire.cut.add("identity")
    await service.stop()
    await service.start()
    assert await service.code(path, token) == "token_revoked"


async def test_what_happens_while_identity_cannot_be_reached_is_heard_of_afterwards(
    identity: Identity, beside: tuple[Beside, str, str], wire: Wire
) -> None:
    service, role, path = beside
    person = await identity.person(role)
    token = (await identity.signed_in(person))["access_token"]
    wire.cut.add("identity")
    await _change(identity, person, is_active=False)
    assert await service.code(path, token) == "invalid"
    wire.cut.clear()
    await service.soon(path, token, "token_revoked")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"is_active": False}, "token_revoked"),
        ({"roles": ["viewer"]}, "token_revoked"),
        ({"area": "40-2025"}, None),
        ({"roles": ["viewer", "registry_officer", "reporter"]}, None),
        ({"full_name": "Trần Thị Khác"}, None),
    ],
    ids=["disabled", "a role less", "another area", "a role more", "another name"],
)
async def test_a_token_is_void_when_its_bearer_has_less_than_it_says(
    identity: Identity, fields: dict[str, Any], code: str | None
) -> None:
    person = await identity.person("viewer", "registry_officer")
    tokens = await identity.signed_in(person)
    if "area" in fields:
        # Only an administrator of the nation moves people.
        caller = identity.http_as(await identity.admin(area="VN"))
        path, code = f"/v1/identity/accounts/{person.id}", "token_revoked"
        etag = (await caller.get(path)).headers["etag"]
        assert (await caller.patch(path, json=fields, headers={"If-Match": etag})).status_code == 200
    else:
        await _change(identity, person, **fields)
    await _look(identity)
    answer = await identity.http.get(ME, headers=bearer(tokens["access_token"]))
    if code is None:
        assert answer.status_code == 200
        return
    assert_problem(answer, 401, code, title="Token đã bị thu hồi")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    # The app follows with its refresh token, unless the account is disabled.
    refreshed = await identity.refresh(tokens["refresh_token"])
    assert refreshed.status_code == (400 if fields.get("is_active") is False else 200)
    if refreshed.status_code == 200:
        assert (await identity.http.get(ME, headers=bearer(refreshed.json()["access_token"]))).status_code == 200


async def test_a_password_reset_voids_what_was_got_by_the_old_one(identity: Identity) -> None:
    person = await identity.person()
    token = (await identity.signed_in(person))["access_token"]
    caller = identity.http_as(await identity.admin())
    reset = await caller.post(f"/v1/identity/accounts/{person.id}/password-reset", json={})
    assert reset.status_code == 200, reset.text
    await _look(identity)
    assert_problem(await identity.http.get(ME, headers=bearer(token)), 401, "token_revoked")


@pytest.mark.parametrize(
    "fields", [{"is_active": False}, {"scopes": ["registry.read"]}], ids=["disabled", "a scope less"]
)
async def test_a_systems_token_is_void_when_it_has_less(identity: Identity, fields: dict[str, Any]) -> None:
    system: System = await identity.system("registry.read", "registry.write")

    async def token() -> httpx.Response:
        return await identity.token(auth=system.basic, grant_type="client_credentials")

    before = (await token()).json()["access_token"]
    await _patch(identity, f"/v1/identity/clients/{system.id}", fields)
    await _look(identity)
    assert_problem(await identity.http.get(ME, headers=bearer(before)), 401, "token_revoked")
    again = await token()
    assert again.status_code == (401 if "is_active" in fields else 200)


async def test_only_the_platforms_own_services_read_who_is_concerned(identity: Identity) -> None:
    administrator = identity.http_as(await identity.admin(area="VN"))
    assert_problem(await administrator.get("/v1/identity/revocations"), 403, "scope_missing")
