"""The registry with the funds, training and reporting that follow it, and a real identity: only the wire between them is ours to cut."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI

from kernel.feed.following import Follower
from kernel.feed.organizations import ORGANIZATIONS
from kernel.feed.registry_client import registry_feed
from kernel.feed.repointing import repointing
from services.funds.main import create_app as create_funds
from services.funds.references import REFERENCES as FUNDS_REFERENCES
from services.registry.main import create_app as create_registry
from services.reporting.main import create_app as create_reporting
from services.reporting.references import REFERENCES as REPORTING_REFERENCES
from services.training.main import create_app as create_training
from services.training.references import REFERENCES as TRAINING_REFERENCES
from tests.funds.builders import SCOPES as FUNDS_SCOPES
from tests.funds.builders import Make as FundsMake
from tests.registry.builders import Make
from tests.reporting.builders import SCOPES as REPORTING_SCOPES
from tests.reporting.builders import Make as ReportingMake
from tests.support.client import ApiClient
from tests.support.contract import contract_of
from tests.support.databases import Databases
from tests.support.in_process_services import Wire, identity_app, never_by_itself, settings_beside_identity
from tests.support.tokens import JWKS
from tests.training.builders import SCOPES as TRAINING_SCOPES
from tests.training.trade_builders import MakeTrade

__all__ = ["identity_app", "never_by_itself"]

_MAKERS = {
    "registry": create_registry,
    "funds": create_funds,
    "training": create_training,
    "reporting": create_reporting,
}
_REFERENCES = {"funds": FUNDS_REFERENCES, "training": TRAINING_REFERENCES, "reporting": REPORTING_REFERENCES}
_SCOPES = {
    "registry": "registry.read registry.write",
    "funds": FUNDS_SCOPES,
    "training": TRAINING_SCOPES,
    "reporting": REPORTING_SCOPES,
}


@dataclass
class Beside:
    """The services of one test, each as an officer of Phú Thọ calls it."""

    apps: dict[str, FastAPI]
    clients: dict[str, ApiClient]
    wire: Wire

    async def follow(self) -> None:
        """Let all that follow the registry come up to its present end."""
        for name in _REFERENCES:
            app = self.apps[name]
            upstream = registry_feed(app)
            assert upstream is not None
            after = repointing(_REFERENCES[name])
            follower = Follower(app.state.db, upstream, ORGANIZATIONS, wait_seconds=0, after=after)
            while not await follower.step():
                pass


@pytest.fixture
async def beside(
    identity_app: FastAPI, databases: Databases, tmp_path: Path, never_by_itself: None
) -> AsyncIterator[Beside]:
    wire = Wire({"identity": identity_app})
    keys = {"keys": [*JWKS["keys"], *identity_app.state.identity.ring.jwks["keys"]]}
    async with AsyncExitStack() as stack:
        apps, clients = {}, {}
        for name, create_app in _MAKERS.items():
            url = await stack.enter_async_context(databases.emptied(name))
            app = create_app(await settings_beside_identity(name, identity_app, url, tmp_path), transport=wire)
            app.state.verifier.use_keys(keys)
            await stack.enter_async_context(app.router.lifespan_context(app))
            wire.add(name, app)
            client = ApiClient(app, contract_of(name), scope=_SCOPES[name], area="25-2025", sub=f"{name}-officer")
            apps[name], clients[name] = app, await stack.enter_async_context(client)
        yield Beside(apps, clients, wire)


@pytest.fixture
def registry(beside: Beside) -> ApiClient:
    return beside.clients["registry"]


@pytest.fixture
def funds(beside: Beside) -> ApiClient:
    return beside.clients["funds"]


@pytest.fixture
def training(beside: Beside) -> ApiClient:
    return beside.clients["training"]


@pytest.fixture
def reporting(beside: Beside) -> ApiClient:
    return beside.clients["reporting"]


@pytest.fixture
def make(registry: ApiClient) -> Make:
    """Builders of the registry's records, anywhere in the nation."""
    return Make(registry.as_(area="VN", sub="builder"))


@pytest.fixture
def make_funds(funds: ApiClient) -> FundsMake:
    """Builders of the funds' records, anywhere in the nation."""
    return FundsMake.anywhere(funds)


@pytest.fixture
def make_training(training: ApiClient) -> MakeTrade:
    """Builders of training's records, anywhere in the nation."""
    return MakeTrade(training.as_(area="VN", sub="builder"))


@pytest.fixture
def make_reporting(reporting: ApiClient) -> ReportingMake:
    """Builders of reporting's records, anywhere in the nation."""
    return ReportingMake(reporting.as_(area="VN", sub="builder"))
