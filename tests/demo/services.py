"""All services with the demo in them: over HTTP on loopback, each with a database of its own, called as one platform."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from kernel.runtime.settings import ServiceSettings
from services.funds.main import create_app as create_funds
from services.registry.main import create_app as create_registry
from services.reporting.main import create_app as create_reporting
from services.training.main import create_app as create_training
from tests.support.databases import Databases, as_service
from tests.support.tokens import JWKS, PUBLIC_URL, token
from tests.support.waiting import PATIENCE_SECONDS
from vca.demo.lending import LoanLoader
from vca.demo.load import OFFICERS
from vca.demo.plans import load_plans
from vca.demo.registry import load_registry
from vca.demo.reporting import load_reporting
from vca.demo.training import load_training

READING = "registry.read funds.read training.read reports.read"
WRITING = "registry.write funds.write training.write reports.write"
_MAKERS = {
    "registry": create_registry,
    "funds": create_funds,
    "training": create_training,
    "reporting": create_reporting,
}


@contextlib.contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Serve `app` on a free port of loopback; lend its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        until = time.monotonic() + PATIENCE_SECONDS
        while not server.started:
            assert thread.is_alive(), "the service did not start"
            assert time.monotonic() < until, "the service did not start in time"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)


class Gateway(httpx.HTTPTransport):
    """Carries a call to the service that its path names."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        super().__init__()
        self._addresses = addresses

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one call."""
        service = httpx.URL(self._addresses[request.url.path.split("/")[2]])
        request.url = request.url.copy_with(host=service.host, port=service.port)
        return super().handle_request(request)


class Services:
    """The four services and their databases; `client(…)` calls them with one token, as through the gateway."""

    def __init__(self, addresses: Mapping[str, str], urls: Mapping[str, str]) -> None:
        self.addresses, self.urls = addresses, urls

    def client(self, scope: str = READING, area: str = "VN", sub: str = "reader") -> httpx.Client:
        """Return a client of an area, with the scopes given."""
        headers = {"Authorization": f"Bearer {token(scope, area, sub=sub)}"}
        return httpx.Client(
            transport=Gateway(self.addresses), base_url="http://127.0.0.1", headers=headers, timeout=120
        )

    def load(self, scenarios: Sequence[str]) -> None:
        """Load scenarios as the demo does: another person decides on loans and plans."""
        nation = self.client(f"{READING} {WRITING}", sub="system")
        for scenario in scenarios:
            load_registry(nation, scenario)
            load_training(nation, scenario)
            load_reporting(nation, scenario)
            load_plans(nation, lambda: self.client("reports.read reports.approve", sub="approver"), scenario)
            with (
                self.client("funds.read funds.write", OFFICERS.get(scenario, "VN"), "officer") as officer,
                self.client("funds.read funds.approve", sub="approver") as approver,
            ):
                LoanLoader(officer, approver, scenario).load()


@contextlib.contextmanager
def all_services(databases: Databases, home: Path) -> Iterator[Services]:
    """Start the services, empty; reporting reaches the others."""
    addresses: dict[str, str] = {}
    urls: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        for service, create_app in _MAKERS.items():
            url = urls[service] = stack.enter_context(databases.kept(service))
            own: dict[str, Any] = {"home": home / service, "pool_size": 8, "log_level": "ERROR"}
            if service == "reporting":
                own |= {f"{name}_url": address for name, address in addresses.items()}
            app = create_app(ServiceSettings(database_url=as_service(url), public_url=PUBLIC_URL, **own))
            app.state.verifier.use_keys(JWKS)
            addresses[service] = stack.enter_context(served(app))
        yield Services(addresses, urls)
