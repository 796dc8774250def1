"""The gateway as it is: Envoy with the product's configuration, in front of a service that is measured."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.harness import ISSUER, Bench
from services.gateway import envoy
from services.gateway.config import GatewayConfig
from vca.postgres import free_port
from vca.services import SERVICES

NAME = "gateway"
CALLERS = 50
"""So many ask in turn. Each stays below the limit of requests a minute, which is on; their tokens become known."""


@contextmanager
def gateway(bench: Bench) -> Iterator[None]:
    """Run Envoy as the peer `gateway` in front of ours; the services that nobody asks are at the same port."""
    port, home = free_port(), bench.suite.home
    upstreams = dict.fromkeys([*(service.name for service in SERVICES), "portal"], bench.ports["ours"])
    config = GatewayConfig(
        run_dir=home / "envoy", port=port, public_url=ISSUER, upstreams=upstreams, jwks_file=home / "jwks.json"
    )
    envoy.render(config)
    with (home / "envoy.log").open("wb") as log:
        process = subprocess.Popen(envoy.command(config), stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{port}/v1/registry/health/ready", home / "envoy.log")
        bench.processes[NAME], bench.ports[NAME] = process, port
        yield
    finally:
        bench.processes.pop(NAME, None)
        process.terminate()
        process.wait(10)


def _wait(url: str, log: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            if httpx.get(url).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"the gateway did not start: {log.read_text()[-1000:]}")
