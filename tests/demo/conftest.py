"""Services that the demo's loader can call: over HTTP on loopback, each with a database of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from kernel.runtime.settings import ServiceSettings
from services.registry.main import create_app
from services.reporting.main import create_app as create_reporting
from services.training.main import create_app as create_training
from tests.demo.services import Services, all_services, served
from tests.support.databases import Databases, as_service
from tests.support.tokens import JWKS, PUBLIC_URL, token
from vca.demo.registry import load_registry
from vca.demo.reporting import load_reporting
from vca.demo.scenarios import ALL
from vca.demo.training import load_training


@contextlib.contextmanager
def running_registry(url: str, home: Path) -> Iterator[httpx.Client]:
    """Lend a client, with a token for the whole nation, of a registry on the database at `url`."""
    settings = ServiceSettings(
        database_url=as_service(url), public_url=PUBLIC_URL, home=home, pool_size=4, log_level="ERROR"
    )
    app = create_app(settings)
    app.state.verifier.use_keys(JWKS)
    headers = {"Authorization": f"Bearer {token('registry.read registry.write')}"}
    with served(app) as address, httpx.Client(base_url=address, headers=headers, timeout=60) as client:
        yield client


def _calls(client: httpx.Client, load: Callable[[httpx.Client, str], object], scenario: str) -> int:
    """Return how many calls `load` makes of `client` for a scenario."""
    sent: list[httpx.Request] = []
    client.event_hooks = {"request": [sent.append]}
    load(client, scenario)
    client.event_hooks = {}
    return len(sent)


@pytest.fixture(scope="session")
def registry_of_all_scenarios(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[httpx.Client, dict[str, int]]]:
    """The registry with every scenario in it, and how many calls each took to load."""
    calls: dict[str, int] = {}
    with databases.kept("registry") as url, running_registry(url, tmp_path_factory.mktemp("demo")) as client:
        for scenario in ALL:
            calls[scenario] = _calls(client, load_registry, scenario)
        yield client, calls


@pytest.fixture(scope="module")
def training_of_all_scenarios(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[httpx.Client, dict[str, int]]]:
    """Training with every scenario's classes and trade in it, and how many calls each took to load."""
    calls: dict[str, int] = {}
    with databases.kept("training") as url:
        home = tmp_path_factory.mktemp("demo-training")
        settings = ServiceSettings(
            database_url=as_service(url), public_url=PUBLIC_URL, home=home, pool_size=4, log_level="ERROR"
        )
        app = create_training(settings)
        app.state.verifier.use_keys(JWKS)
        headers = {"Authorization": f"Bearer {token('training.read training.write')}"}
        with served(app) as address, httpx.Client(base_url=address, headers=headers, timeout=60) as client:
            for scenario in ALL:
                calls[scenario] = _calls(client, load_training, scenario)
            yield client, calls


@pytest.fixture(scope="module")
def reporting_of_all_scenarios(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[httpx.Client, dict[str, int]]]:
    """Reporting with every scenario's activities in it, and how many calls each took to load."""
    calls: dict[str, int] = {}
    with databases.kept("reporting") as url:
        home = tmp_path_factory.mktemp("demo-reporting")
        settings = ServiceSettings(
            database_url=as_service(url), public_url=PUBLIC_URL, home=home, pool_size=4, log_level="ERROR"
        )
        app = create_reporting(settings)
        app.state.verifier.use_keys(JWKS)
        headers = {"Authorization": f"Bearer {token('reports.read reports.write')}"}
        with served(app) as address, httpx.Client(base_url=address, headers=headers, timeout=60) as client:
            for scenario in ALL:
                calls[scenario] = _calls(client, load_reporting, scenario)
            yield client, calls


@pytest.fixture(scope="session")
def services_of_all_scenarios(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """All services with every scenario in them; tests only read."""
    with all_services(databases, tmp_path_factory.mktemp("services")) as services:
        services.load(ALL)
        yield services
