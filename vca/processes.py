"""How each process of the platform is run: services by uvicorn, and what Envoy is configured from."""

from __future__ import annotations

import functools
import gc
import importlib
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from kernel.runtime.logging import take_over_process
from services.gateway.config import GatewayConfig
from vca.postgres import short_folder
from vca.settings import Place
from vca.supervisor import Child

DRAIN_SECONDS = 20
"""How long a planned stop waits for the calls in flight."""


def _serve(name: str, app: str, port: int) -> None:
    import uvicorn

    take_over_process(name)
    # Who drains says so itself (kernel/web/draining.py); nobody else may die of being told.
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    # Envoy writes the access log.
    uvicorn.run(
        app,
        factory=True,
        host="127.0.0.1",
        port=port,
        access_log=False,
        loop="uvloop",
        http="httptools",
        timeout_keep_alive=75,
        server_header=False,
        log_config=None,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


def python_service(name: str, app: str, port: int, environment: dict[str, str], ready: str) -> Child:
    """Return the child that serves `app`."""
    run = functools.partial(_serve, name, app, port)
    return Child(name, run, port, ready, environment, title=f"uvicorn {app} --port {port}")


def import_what_services_share() -> None:
    """Once, here, and not in each of their processes."""
    for name in (
        "uvicorn.protocols.http.httptools_impl",
        "uvicorn.loops.uvloop",
        "uvicorn.lifespan.on",
        "kernel.app",
        "kernel.records.crud",
        "kernel.records.listing",
        "kernel.workbooks.table",
        "kernel.indicators.routes",
    ):
        importlib.import_module(name)
    gc.freeze()


def environment_of(place: Place, urls: dict[str, str], name: str) -> dict[str, str]:
    """Return what a service is told of its database and its home."""
    return {
        "VCA_DATABASE_URL": urls[name],
        f"VCA_DATABASE_URL_{name.upper()}": urls[name],
        "VCA_HOME": str(place.home),
        "VCA_PUBLIC_URL": place.public_url,
        "VCA_JWKS_FILE": str(place.jwks),
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
    }


_ASKED: Mapping[str, tuple[str, ...]] = {
    "registry": ("funds", "training", "reporting"),
    "funds": ("registry",),
    "training": ("registry",),
    "reporting": ("registry", "funds", "training"),
}
"""Service → those that it calls, beside identity."""


def calls_of(ports: Mapping[str, int], clients: Mapping[str, tuple[str, str]], name: str) -> dict[str, str]:
    """Return where a service reaches the others, and as whom; nothing for one that calls none."""
    if name not in clients:
        return {}
    client_id, secret = clients[name]
    return {
        "VCA_IDENTITY_URL": f"http://127.0.0.1:{ports['identity']}",
        "VCA_CLIENT_ID": client_id,
        "VCA_CLIENT_SECRET": secret,
        **{f"VCA_{other.upper()}_URL": f"http://127.0.0.1:{ports[other]}" for other in _ASKED[name]},
    }


def gateway_config(place: Place, ports: dict[str, int]) -> GatewayConfig:
    """Return what Envoy is configured from."""
    cert, key = os.environ.get("VCA_TLS_CERT"), os.environ.get("VCA_TLS_KEY")
    return GatewayConfig(
        run_dir=place.run / "envoy",
        admin_socket=short_folder(place.run / "envoy") / "admin.sock",
        port=place.port,
        public_url=place.public_url,
        upstreams=ports,
        jwks_file=place.jwks,
        cors_origins=os.environ.get("VCA_CORS_ORIGINS", "").split(),
        tls_cert=Path(cert) if cert else None,
        tls_key=Path(key) if key else None,
    )
