"""How each process of the platform is run: services by uvicorn, and what Envoy is configured from."""

from __future__ import annotations

import functools
import gc
import importlib
import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kernel.runtime.logging import take_over_process
from services.gateway.config import GatewayConfig
from vca.errors import Refusal
from vca.liveness import http_question
from vca.postgres import short_folder
from vca.settings import Place
from vca.supervisor import Child

DRAIN_SECONDS = 20
"""How long a planned stop waits for the calls in flight."""


SERVED: Mapping[str, Any] = {
    "factory": True,
    # Envoy writes the access log.
    "access_log": False,
    "loop": "uvloop",
    "http": "httptools",
    "timeout_keep_alive": 75,
    "server_header": False,
    # As the process has them (kernel/runtime/logging.py).
    "log_config": None,
    "timeout_graceful_shutdown": DRAIN_SECONDS,
}
"""How uvicorn serves an app of ours."""


def _serve(name: str, app: str, port: int) -> None:
    import uvicorn

    take_over_process(name)
    # Who drains says so itself (kernel/web/draining.py); nobody else may die of being told.
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    uvicorn.run(app, host="127.0.0.1", port=port, **SERVED)


def python_service(name: str, app: str, port: int, environment: dict[str, str], ready: str, live: str) -> Child:
    """Return the child that serves `app`."""
    run, title = functools.partial(_serve, name, app, port), f"uvicorn {app} --port {port}"
    return Child(name, run, port, ready, environment, title=title, asked=http_question(("127.0.0.1", port), live))


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


ASKED: Mapping[str, tuple[str, ...]] = {
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
        **{f"VCA_{other.upper()}_URL": f"http://127.0.0.1:{ports[other]}" for other in ASKED[name]},
    }


def render(config: GatewayConfig) -> None:
    """Write what Envoy reads. Raises Refusal."""
    from services.gateway import envoy

    if (config.tls_cert is None) != (config.tls_key is None):
        raise Refusal(
            "Hãy đặt cả VCA_TLS_CERT và VCA_TLS_KEY, hoặc không đặt cả hai.",
            "Set both VCA_TLS_CERT and VCA_TLS_KEY, or neither.",
        )
    try:
        envoy.render(config)
    except (OSError, ValueError) as error:
        raise Refusal(f"Không cấu hình được cổng: {error}.", f"The gateway cannot be configured: {error}.") from None


UNKNOWN_PROXY = (
    "VCA_PUBLIC_URL là https mà TLS không kết thúc ở đây: có máy trung gian (proxy) phía trước. Hãy đặt VCA_TRUSTED_HOPS là số "
    "máy ấy; để 0 thì mọi người chung một địa chỉ nên chung một giới hạn, cả khi đăng nhập.",
    "VCA_PUBLIC_URL is https, but TLS does not end here: there is a proxy in front. Set VCA_TRUSTED_HOPS to how many there are; "
    "with 0 everybody has its address and shares one limit, that of sign-ins too.",
)
"""What to tell who operates a gateway of which `is_unknown_proxy` is so; the same in Vietnamese and English."""


def unknown_proxy(config: GatewayConfig) -> tuple[str, ...]:
    """Return what to tell who starts a gateway behind a proxy that nobody named: the same in Vietnamese and English."""
    return UNKNOWN_PROXY if config.has_unknown_proxy else ()


def gateway_config(
    place: Place, upstreams: Mapping[str, int | str], jwks_file: Path | None = None, *, inside_port: int | None = None
) -> GatewayConfig:
    """Return what Envoy is configured from."""
    cert, key = os.environ.get("VCA_TLS_CERT"), os.environ.get("VCA_TLS_KEY")
    return GatewayConfig(
        run_dir=place.run / "envoy",
        admin_socket=short_folder(place.run / "envoy") / "admin.sock",
        port=place.port,
        public_url=place.public_url,
        upstreams=upstreams,
        inside_port=inside_port,
        jwks_file=jwks_file or place.jwks,
        cors_origins=os.environ.get("VCA_CORS_ORIGINS", "").split(),
        log_file=place.logs / "envoy.log",
        tls_cert=Path(cert) if cert else None,
        tls_key=Path(key) if key else None,
    )


def wait_for_calls(config: GatewayConfig, goes_on: Callable[[], bool]) -> int:
    """Wait, 20 seconds at most, until the gateway has answered every call, while it `goes_on`; return how many it has not."""
    from services.gateway import envoy

    end = time.monotonic() + DRAIN_SECONDS
    in_flight: int | None = None
    while time.monotonic() < end and goes_on():
        in_flight = envoy.calls_in_flight(config)
        if in_flight == 0:
            break
        time.sleep(0.05)
    return in_flight or 0
