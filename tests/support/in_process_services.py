"""Services beside a real registry and a real identity, all in process: only the wire between them is ours to cut.

A conftest imports the fixtures that its tests need, and adds the service that is looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import orjson
import pytest
from fastapi import FastAPI

from kernel.feed import revocations
from kernel.feed.following import Follower
from kernel.runtime.settings import ServiceSettings
from kernel.web.auth import NATION
from kernel.web.public_keys import JWKS_PATH
from services.identity.bootstrap import ensure_service_clients
from services.identity.main import create_app as create_identity
from services.identity.settings import IdentitySettings
from tests.registry.builders import Make as RegistryMake
from tests.support.client import ApiClient
from tests.support.databases import Databases, as_service
from tests.support.tokens import JWKS, PUBLIC_URL

HOSTS = {name: f"http://{name}.internal" for name in ("identity", "registry", "funds", "training", "reporting")}
Follow = Callable[[], Awaitable[None]]


class Wire(httpx.AsyncBaseTransport):
    """Carries calls to the services by their host names; a host that is cut cannot be reached. Counts what it carried."""

    def __init__(self, apps: dict[str, FastAPI]) -> None:
        self._ways: dict[str, httpx.ASGITransport] = {}
        for name, app in apps.items():
            self.add(name, app)
        self.cut: set[str] = set()
        self.calls: list[tuple[str, str]] = []
        self.headers: list[httpx.Headers] = []

    def add(self, name: str, app: FastAPI) -> None:
        """Have the service answer by its host name."""
        self._ways[f"{name}.internal"] = httpx.ASGITransport(app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one call, or fail as a closed port does."""
        if request.url.host.removesuffix(".internal") in self.cut:
            raise httpx.ConnectError("connection refused", request=request)
        if request.url.path == JWKS_PATH:
            return await self._public_keys(request)
        self.calls.append((request.method, request.url.path))
        self.headers.append(request.headers)
        return await self._ways[request.url.host].handle_async_request(request)

    async def _public_keys(self, request: httpx.Request) -> httpx.Response:
        """Answer identity's public keys and the tests' own, by which most callers come."""
        answer = await self._ways[request.url.host].handle_async_request(request)
        keys = orjson.loads(await answer.aread())["keys"]
        return httpx.Response(200, json={"keys": [*JWKS["keys"], *keys]}, request=request)


@pytest.fixture
async def identity_app(databases: Databases, tmp_path: Path) -> AsyncIterator[FastAPI]:
    async with databases.emptied("identity") as url:
        settings = IdentitySettings(
            database_url=as_service(url),
            home=tmp_path,
            public_url=PUBLIC_URL,
            jwks_file=tmp_path / "run" / "jwks.json",
            log_level="ERROR",
        )
        app = create_identity(settings)
        async with app.router.lifespan_context(app):
            yield app


@pytest.fixture
def wire(identity_app: FastAPI, registry_app: FastAPI) -> Wire:
    """The way to identity and the registry, whose verifier trusts identity's keys beside the tests' own."""
    keys = identity_app.state.identity.ring.jwks["keys"]
    registry_app.state.verifier.use_keys({"keys": [*JWKS["keys"], *keys]})
    return Wire({"identity": identity_app, "registry": registry_app})


@pytest.fixture
def register(registry: ApiClient) -> RegistryMake:
    """Builders of records in the registry, anywhere in the nation."""
    return RegistryMake(registry.as_(area=NATION, sub="builder"))


@pytest.fixture
def follow(follower: Follower) -> Follow:
    """Follow the registry up to its present end, by the `follower` that the conftest makes."""

    async def to_the_end() -> None:
        while not await follower.step():
            pass

    return to_the_end


@pytest.fixture
def never_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have services follow when a test says so (`follow`), not by themselves."""

    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Follower, "run", never)
    monkeypatch.setattr(revocations, "_follow", never)


async def settings_beside_identity(service: str, identity: FastAPI, url: str, home: Path) -> ServiceSettings:
    """Return the settings of a service on the database at `url`, with the client system that the launcher makes for it."""
    clients = await ensure_service_clients(identity.state.settings.database_url, home, NATION)
    client_id, secret = clients[service]
    return ServiceSettings(
        database_url=as_service(url),
        public_url=PUBLIC_URL,
        home=home,
        pool_size=8,
        log_level="ERROR",
        identity_url=HOSTS["identity"],
        registry_url=HOSTS["registry"],
        funds_url=HOSTS["funds"],
        training_url=HOSTS["training"],
        reporting_url=HOSTS["reporting"],
        client_id=client_id,
        client_secret=secret,
    )
