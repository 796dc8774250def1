"""Reporting beside a real registry, real funds and a real training service, all in process; what lies between them is ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from kernel.database.connections import Database
from kernel.runtime.settings import ServiceSettings
from kernel.web.http_client import open_client
from services.reporting import upstreams
from services.reporting.main import create_app
from tests.funds.builders import Make as FundsMake
from tests.funds.conftest import funds, funds_app, funds_url
from tests.registry.builders import Make as RegistryMake
from tests.reporting.builders import PATH, SCOPES
from tests.support.answers import ok
from tests.support.client import ApiClient
from tests.support.contract import contract_of
from tests.support.databases import as_service
from tests.support.in_process_services import HOSTS, Wire
from tests.support.registry_service import registry, registry_app, registry_url
from tests.support.tokens import JWKS, PUBLIC_URL
from tests.training.builders import Make as TrainingMake
from tests.training.conftest import training, training_app, training_url

__all__ = [
    "funds",
    "funds_app",
    "funds_url",
    "registry",
    "registry_app",
    "registry_url",
    "training",
    "training_app",
    "training_url",
]

FIGURES = f"{PATH}/figures"
EVERYWHERE = f"{SCOPES} registry.read funds.read training.read"
Answer = Callable[[httpx.Request], Awaitable[httpx.Response]]


class ServiceWire(Wire):
    """A wire on which a service may answer what a test says, by its name."""

    def __init__(self, apps: dict[str, FastAPI]) -> None:
        super().__init__(apps)
        self.instead: dict[str, Answer] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.instead.get(request.url.host.removesuffix(".internal"))
        if answer is None:
            return await super().handle_async_request(request)
        return await answer(request)


@pytest.fixture
def wire(registry_app: FastAPI, funds_app: FastAPI, training_app: FastAPI) -> ServiceWire:
    """The way to the three services."""
    return ServiceWire({"registry": registry_app, "funds": funds_app, "training": training_app})


_MADE: dict[str, FastAPI] = {}
"""The app of each database: making one takes longer than most tests."""


@pytest.fixture
async def reporting_app(reporting_url: str, tmp_path: Path, wire: ServiceWire) -> AsyncIterator[FastAPI]:
    """Reporting, which reaches the others over the wire."""
    if reporting_url not in _MADE:
        _MADE[reporting_url] = create_app(
            ServiceSettings(
                database_url=as_service(reporting_url),
                public_url=PUBLIC_URL,
                home=tmp_path,
                pool_size=8,
                log_level="ERROR",
                registry_url=HOSTS["registry"],
                funds_url=HOSTS["funds"],
                training_url=HOSTS["training"],
            )
        )
    app = _MADE[reporting_url]
    app.state.verifier.use_keys(JWKS)
    async with app.router.lifespan_context(app), open_client(wire) as client:
        app.state.upstreams = upstreams.Upstreams(client, app.state.upstreams.urls)
        yield app


@pytest.fixture
async def reporting(reporting_app: FastAPI) -> AsyncIterator[ApiClient]:
    """Reporting as an officer of Phú Thọ who may read all services calls it."""
    client = ApiClient(reporting_app, contract_of("reporting"), scope=EVERYWHERE, area="25-2025", sub="reporter")
    async with client:
        yield client


@pytest.fixture
def db(reporting_app: FastAPI) -> Database:
    """Reporting's own pool."""
    database: Database = reporting_app.state.db
    return database


@pytest.fixture
def register(registry: ApiClient) -> RegistryMake:
    """Builders of the registry's records, anywhere in the nation."""
    return RegistryMake(registry.as_(area="VN", sub="builder"))


@pytest.fixture
def lend(funds: ApiClient) -> FundsMake:
    """Builders of the funds' records, anywhere in the nation."""
    return FundsMake.anywhere(funds)


@pytest.fixture
def teach(training: ApiClient) -> TrainingMake:
    """Builders of training's records, anywhere in the nation."""
    return TrainingMake(training.as_(area="VN", sub="builder"))


Items = list[dict[str, Any]]


class Asking:
    """Asks for figures of 2023 in Phú Thọ of today, unless a test says otherwise."""

    def __init__(self, client: ApiClient) -> None:
        self.client = client

    async def answer(self, indicators: str | None, **query: Any) -> httpx.Response:
        """Ask; the answer may be a refusal."""
        given = {"from": "2023-01-01", "to": "2023-12-31", "province": "25-2025", "indicators": indicators, **query}
        return await self.client.get(FIGURES, params={k: v for k, v in given.items() if v is not None})

    async def document(self, indicators: str | None, **query: Any) -> dict[str, Any]:
        """Return the whole answer."""
        return ok(await self.answer(indicators, **query))

    async def items(self, indicators: str | None, **query: Any) -> Items:
        """Return the figures."""
        items: Items = (await self.document(indicators, **query))["items"]
        return items

    async def one(self, indicator: str, **query: Any) -> dict[str, Any]:
        """Return the only figure that is answered."""
        (item,) = await self.items(indicator, **query)
        return item


@pytest.fixture
def ask(reporting: ApiClient) -> Asking:
    """Questions of the officer of Phú Thọ."""
    return Asking(reporting)
