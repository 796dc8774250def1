"""Fixtures of every test: a throw-away PostgreSQL a process, a fresh database and a running service a test."""

from __future__ import annotations

import types
from collections.abc import AsyncIterator, Iterator

import hypothesis
import pytest
from fastapi import FastAPI
from xdist.scheduler.loadscope import LoadScopeScheduling

import kernel.app
from kernel.database.connections import Database
from services.registry.main import create_app
from tests.registry.builders import Make
from tests.support.apps import Apps
from tests.support.client import ApiClient
from tests.support.contract import contract_of
from tests.support.databases import Databases

# Examples run against a real database: their number is set where the property is, their time is not judged, and a
# run repeats the one before.
hypothesis.settings.register_profile("tests", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("tests")


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """Gives the tests of one file to one process, which makes what they share once; so too those of the platform."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "platform" if file.startswith("tests/platform/") else file


@pytest.hookimpl
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    """Take turns by file."""
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items.sort(key=lambda item: item.get_closest_marker("platform") is None)


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The server of this process; with pytest-xdist each worker has one."""
    made = Databases(tmp_path_factory.mktemp("postgres"))
    with made.server:
        yield made


@pytest.fixture(scope="session")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Apps:
    """The apps of this process, each made once: it starts and ends with every test that asks for it."""
    return Apps(tmp_path_factory.mktemp("home"))


@pytest.fixture(autouse=True)
def _leave_the_collector_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service freezes what it has loaded; done once a test this would take longer than the tests."""
    idle = types.SimpleNamespace(
        collect=lambda: 0, freeze=lambda: None, unfreeze=lambda: None, set_threshold=lambda *_: None
    )
    monkeypatch.setattr(kernel.app, "gc", idle)


@pytest.fixture
async def registry_url(databases: Databases) -> AsyncIterator[str]:
    """The address of a registry database of the test's own, without a row."""
    async with databases.emptied("registry") as url:
        yield url


@pytest.fixture
async def registry_app(registry_url: str, apps: Apps) -> AsyncIterator[FastAPI]:
    """The registry, running on that database and trusting the tests' key."""
    async with apps.running(create_app, registry_url) as app:
        yield app


@pytest.fixture
async def registry(registry_app: FastAPI) -> AsyncIterator[ApiClient]:
    """The registry as an officer of Phú Thọ's alliance calls it; `registry.as_(area=…)` is another caller."""
    client = ApiClient(registry_app, contract_of("registry"), scope="registry.read registry.write", area="25-2025")
    async with client:
        yield client


@pytest.fixture
def make(registry: ApiClient) -> Make:
    """Builders of records through the registry's own operations, anywhere in the nation."""
    return Make(registry.as_(area="VN", sub="builder"))


@pytest.fixture
def db(registry_app: FastAPI) -> Database:
    """The registry's own pool, to look at what a call wrote."""
    database: Database = registry_app.state.db
    return database
