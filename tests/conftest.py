"""Fixtures of every test: a throw-away PostgreSQL a process, and the apps that it made."""

from __future__ import annotations

import asyncio
import gc
import ssl
import types
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import hypothesis
import pytest
import uvloop
from httpx._transports import default as transports
from hypothesis.internal.conjecture import providers
from xdist.scheduler.loadscope import LoadScopeScheduling

import kernel.app
from kernel.database.connections import Database
from kernel.web.http_client import authorities
from tests.support.apps import Apps
from tests.support.databases import Databases
from tests.support.kept_connections import KeptConnections
from tests.support.once_a_run import share_in

# Examples run against a real database: their number is set where the property is, their time is not judged, and a
# run repeats the one before.
hypothesis.settings.register_profile("tests", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("tests")
# Nor are values drawn from the constants in the code: those of the modules that happen to be loaded by then, which are
# others with every order of the tests.
providers._get_local_constants = lambda: providers._local_constants
# With a change made to the code a failing example is enough: the smallest one is looked for no further.
hypothesis.settings.register_profile(
    "mutants",
    hypothesis.settings.get_profile("tests"),
    phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
    report_multiple_bugs=False,
)


_TOGETHER = {
    "tests/demo/test_loading.py": "the registry's scenarios",
    "tests/demo/test_named.py": "the registry's scenarios",
    "tests/demo/test_generated_reports.py": "all services' scenarios",
    "tests/demo/test_published_table.py": "all services' scenarios",
    "tests/demo/test_report_traps.py": "all services' scenarios",
}
"""Files that look at one thing, which takes as long to make as to look at."""


# Nothing of what is imported goes away: the collector would only look at it, a hundred times.
gc.disable()

# The loop that the services run in. Of every process here, before pytest-asyncio asks for one.
asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


def _context(verify: ssl.SSLContext | str | bool = True, cert: Any = None, trust_env: bool = True) -> ssl.SSLContext:
    return authorities() if verify is True and cert is None else httpx.create_ssl_context(verify, cert, trust_env)


# Whose certificates are trusted is read with every client, which takes longer than most calls; here once a process.
pytest.MonkeyPatch().setattr(transports, "create_ssl_context", _context)


_LONG = tuple(f"tests/{folder}/" for folder in ("contract", "demo", "gateway", "migrations", "vca"))
"""Where a file takes longest: whoever comes last to one of them would go on alone while the other process is done."""

_BY_ITSELF = {
    f"tests/platform/test_{name}.py"
    for name in ("deployed_parts", "parts", "sandbox", "second_home", "traces", "two_gateways", "upgrade")
}
"""Files that start what they look at themselves, beside the platform that the others of their folder share."""


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """Gives the tests of one file to one process, which makes what they share once; so too those of the platform."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        shares = file.startswith("tests/platform/") and file not in _BY_ITSELF
        return "platform" if shares else _TOGETHER.get(file, file)


@pytest.hookimpl
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    """Take turns by file."""
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: the platform that many share, others of its kind, then the long files."""
    items.sort(
        key=lambda item: (
            not item.nodeid.startswith("tests/platform/"),
            item.get_closest_marker("platform") is None,
            not item.nodeid.startswith(_LONG),
        )
    )


def pytest_collection_finish() -> None:
    """Keep the collector off all that was imported, and have it run as seldom as in a service."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 100)
    gc.enable()


@pytest.fixture(scope="session")
async def databases(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Databases]:
    """The server of this process; with pytest-xdist each worker has one."""
    kept = KeptConnections()
    server = Databases(tmp_path_factory.mktemp("postgres"), kept)
    with server.server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "open", kept.opening())
        patch.setattr(Database, "close", kept.closing())
        yield server


@pytest.fixture(scope="session")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Apps:
    """The apps of this process, each made once: it starts and ends with every test that asks for it."""
    return Apps(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session", autouse=True)
def _what_processes_share(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> None:
    """Beside the folders of all processes of this run."""
    if worker_id != "master":
        share_in(tmp_path_factory.getbasetemp().parent)


@pytest.fixture(scope="session", autouse=True)
def _leave_the_collector_alone() -> Iterator[None]:
    """A service freezes what it has loaded; done once a test this would take longer than the tests."""
    idle = types.SimpleNamespace(
        collect=lambda: 0, freeze=lambda: None, unfreeze=lambda: None, set_threshold=lambda *_: None
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel.app, "gc", idle)
        yield
