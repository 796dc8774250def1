"""The funds beside a real registry and a real identity, all in process: only the wire between them is ours to cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from kernel.auth import NATION
from kernel.db import Database
from kernel.following import Follower
from kernel.organizations import ORGANIZATIONS
from kernel.registry import registry_feed
from kernel.settings import ServiceSettings
from services.funds.main import create_app
from services.identity.bootstrap import ensure_service_clients
from services.identity.main import create_app as create_identity
from services.identity.settings import IdentitySettings
from tests.funds.builders import SCOPES, funds_contract
from tests.registry.builders import Make as RegistryMake
from tests.support.client import ApiClient
from tests.support.databases import Databases
from tests.support.tokens import JWKS, PUBLIC_URL

HOSTS = {"identity": "http://identity.internal", "registry": "http://registry.internal"}


class Wire(httpx.AsyncBaseTransport):
    """Carries calls to the services by their host names; a host that is cut cannot be reached. Counts what it carried."""

    def __init__(self, apps: dict[str, FastAPI]) -> None:
        self._ways = {f"{name}.internal": httpx.ASGITransport(app) for name, app in apps.items()}
        self.cut: set[str] = set()
        self.calls: list[tuple[str, str]] = []
        self.headers: list[httpx.Headers] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one call, or fail as a closed port does."""
        if request.url.host.removesuffix(".internal") in self.cut:
            raise httpx.ConnectError("connection refused", request=request)
        self.calls.append((request.method, request.url.path))
        self.headers.append(request.headers)
        return await self._ways[request.url.host].handle_async_request(request)


@pytest.fixture
async def identity_app(databases: Databases, tmp_path: Path) -> AsyncIterator[FastAPI]:
    async with databases.emptied("identity") as url:
        settings = IdentitySettings(
            database_url=url, home=tmp_path, public_url=PUBLIC_URL, jwks_file=tmp_path / "run" / "jwks.json",
            log_level="ERROR",
        )  # fmt: skip
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
async def linked_settings(identity_app: FastAPI, funds_url: str, tmp_path: Path) -> ServiceSettings:
    """Settings of the funds with the client system that the launcher makes for them."""
    made = await ensure_service_clients(identity_app.state.settings.database_url, tmp_path, NATION)
    client_id, secret = made["funds"]
    return ServiceSettings(
        database_url=funds_url, public_url=PUBLIC_URL, home=tmp_path, pool_size=8, log_level="ERROR",
        identity_url=HOSTS["identity"], registry_url=HOSTS["registry"], client_id=client_id, client_secret=secret,
    )  # fmt: skip


@pytest.fixture
async def funds_app(
    linked_settings: ServiceSettings, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FastAPI]:
    """The funds, linked; they follow when a test says so (`follower`), not by themselves."""

    async def never(self: Follower) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Follower, "run", never)
    app = create_app(linked_settings, transport=wire)
    app.state.verifier.use_keys(JWKS)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def funds(funds_app: FastAPI) -> AsyncIterator[ApiClient]:
    client = ApiClient(funds_app, funds_contract(), scope=SCOPES, area="25-2025", sub="fund-officer")
    async with client:
        yield client


@pytest.fixture
def db(funds_app: FastAPI) -> Database:
    """The funds' own pool."""
    database: Database = funds_app.state.db
    return database


@pytest.fixture
def register(registry: ApiClient) -> RegistryMake:
    """Builders of records in the registry, anywhere in the nation."""
    return RegistryMake(registry.as_(area=NATION, sub="builder"))


@pytest.fixture
def follower(funds_app: FastAPI, db: Database) -> Follower:
    upstream = registry_feed(funds_app)
    assert upstream is not None
    return Follower(db, upstream, ORGANIZATIONS, wait_seconds=0)


Follow = Callable[[], Awaitable[None]]


@pytest.fixture
def follow(follower: Follower) -> Follow:
    """Follow the registry up to its present end."""

    async def to_the_end() -> None:
        while not await follower.step():
            pass

    return to_the_end


@pytest.fixture
def known(db: Database) -> Callable[[], Awaitable[list[dict[str, Any]]]]:
    """What the funds know, without the instant when they learned it."""

    async def rows() -> list[dict[str, Any]]:
        found = await db.fetch("SELECT * FROM followed_organization ORDER BY id")
        return [{name: value for name, value in dict(row).items() if name != "followed_at"} for row in found]

    return rows
