"""The gateway as it is: Envoy with the product's configuration beside bare ones, in front of a service that is measured."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from bench.harness import ISSUER, Bench
from services.gateway import envoy
from services.gateway.clusters import ENVOY, address
from services.gateway.config import GatewayConfig
from services.gateway.filters import FILTER, TOKEN, http_filters
from vca.postgres import free_port
from vca.services import SERVICES

Json = dict[str, Any]
NAME, BARE, CHECKING = "gateway", "bare", "checking"
"""The product's; an Envoy with one route to one cluster and nothing else; the same with the product's check of tokens."""
CALLERS = 50
"""So many ask in turn. Each stays below the limit of requests a minute, which is on; their tokens become known."""


@contextmanager
def gateways(bench: Bench) -> Iterator[None]:
    """Run the three Envoys as peers in front of ours; the services that nobody asks are at the same port."""
    home = bench.suite.home
    upstreams = dict.fromkeys([*(service.name for service in SERVICES), "portal"], bench.ports["ours"])
    config = GatewayConfig(
        run_dir=home / "envoy", port=free_port(), public_url=ISSUER, upstreams=upstreams, jwks_file=home / "jwks.json"
    )
    envoy.render(config)
    with ExitStack() as stack:
        stack.enter_context(_running(bench, NAME, config.port, envoy.command(config)))
        for name in (BARE, CHECKING):
            port, folder = free_port(), home / name
            folder.mkdir()
            document = _bare(config, port, bench.ports["ours"], checks_tokens=name == CHECKING)
            (folder / "bootstrap.json").write_text(json.dumps(document))
            stack.enter_context(_running(bench, name, port, envoy.command(replace(config, run_dir=folder))))
        yield


def _bare(config: GatewayConfig, port: int, upstream: int, *, checks_tokens: bool) -> Json:
    """Return what a proxy needs to pass requests on, and no more, all else as Envoy has it; connections are kept as ours are."""
    filters = [each for each in http_filters(config) if each["name"] == TOKEN] if checks_tokens else []
    router = {"@type": f"{FILTER}.router.v3.Router", "suppress_envoy_headers": True}
    manager = {
        "@type": f"{ENVOY}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "bare",
        "http_filters": [*filters, {"name": "envoy.filters.http.router", "typed_config": router}],
        "route_config": {
            "virtual_hosts": [
                {"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "ours"}}]}
            ]
        },
    }
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
    listener = {"name": "bare", "address": address("127.0.0.1", port), "filter_chains": [chain]}
    where = {
        "cluster_name": "ours",
        "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address("127.0.0.1", upstream)}}]}],
    }
    cluster = {"name": "ours", "type": "STATIC", "connect_timeout": "0.5s", "load_assignment": where}
    return {"static_resources": {"listeners": [listener], "clusters": [cluster]}}


@contextmanager
def _running(bench: Bench, name: str, port: int, command: list[str]) -> Iterator[None]:
    log = bench.suite.home / f"{name}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file)
    try:
        _wait(f"http://127.0.0.1:{port}/v1/registry/health/live", log)
        bench.processes[name], bench.ports[name] = process, port
        yield
    finally:
        bench.processes.pop(name, None)
        process.terminate()
        process.wait(10)


def _wait(url: str, log: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            # A proxy that wants a token answers as well.
            if httpx.get(url).status_code in (200, 401):
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"the gateway did not start: {log.read_text()[-1000:]}")
