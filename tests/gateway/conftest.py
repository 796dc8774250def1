"""One gateway with stand-ins behind it, for all tests of it; and a second one with low limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.gateway.edge import Edge, Forgetful, Upstream, listens
from tests.support.tokens import token
from tests.support.waiting import until


@pytest.fixture(scope="session")
def upstreams() -> Iterator[dict[str, Upstream]]:
    """The services behind the gateway, each a process."""
    processes = {name: Upstream(name) for name in ("identity", "registry", "funds", "portal")}
    for upstream in processes.values():
        upstream.start()
    until(lambda: all(listens(upstream.port) for upstream in processes.values()))
    yield processes
    for upstream in processes.values():
        upstream.kill()


@pytest.fixture(scope="session")
def forgetful() -> Iterator[Forgetful]:
    """A service that may lose its answers."""
    with Forgetful("training") as server:
        yield server


@pytest.fixture(scope="session")
def ports(upstreams: dict[str, Upstream], forgetful: Forgetful) -> dict[str, int]:
    """Where each service listens."""
    return {name: upstream.port for name, upstream in upstreams.items()} | {"training": forgetful.port}


@pytest.fixture(scope="session")
def edge(tmp_path_factory: pytest.TempPathFactory, ports: dict[str, int]) -> Iterator[Edge]:
    """The gateway, with an origin of its own beside the default limits."""
    with Edge(tmp_path_factory.mktemp("edge"), ports) as gateway:
        yield gateway


@pytest.fixture(scope="session")
def strict_edge(tmp_path_factory: pytest.TempPathFactory, ports: dict[str, int]) -> Iterator[Edge]:
    """The gateway with limits low enough to reach, for one named origin."""
    options: dict[str, Any] = {"limit_per_subject": 4, "limit_sign_in": 3, "cors_origins": ["https://app.example.org"]}
    with Edge(tmp_path_factory.mktemp("strict"), ports, **options) as gateway:
        yield gateway


@pytest.fixture
def officer(edge: Edge) -> Iterator[httpx.Client]:
    """A caller with a token that identity issued."""
    with edge.client(token("registry.read", area="25-2025")) as client:
        yield client


@pytest.fixture
def stranger(edge: Edge) -> Iterator[httpx.Client]:
    """A caller without a token."""
    with edge.client() as client:
        yield client
