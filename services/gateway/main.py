"""The portal beside Envoy: the contract to read and to try, the guide, problem pages, health of all. No business rules."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from pathlib import Path

import httpx
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kernel.runtime.logging import configure_logging
from kernel.runtime.metrics import Counted, Metrics
from kernel.runtime.metrics_server import served
from kernel.runtime.request_context import CURRENT, RequestContext, given_request_id
from kernel.runtime.tracing import Traced, begin_tracing, traced
from kernel.values.ids import new_id
from kernel.web.http_client import Named, authorities
from services.gateway.config import CONTRACT, TREE
from services.gateway.health import Health
from services.gateway.portal.contracts import Contracts
from services.gateway.portal.guide import Guide
from services.gateway.portal.officer import Officer
from services.gateway.portal.pages import STATIC, Pages
from services.gateway.portal.routes import (
    contract_routes,
    discovery_routes,
    docs_routes,
    example_routes,
    first_page,
    guide_routes,
    problem_routes,
    refusals,
    state_routes,
)
from services.gateway.portal.sessions import Sessions
from services.gateway.portal.upstreams import Upstreams
from services.gateway.reporting_calls import reporting_calls

# Only this host, and nothing written into the page itself.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
# No Cross-Origin-Opener-Policy: the console of /docs signs people in through a window that it opens.
_SECURITY = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    # To no other host. Within this one, or browsers would not say from which page a form was posted (portal/sessions.py).
    (b"referrer-policy", b"same-origin"),
]


class _Guarded:
    """Puts the security headers on every answer, and lets a browser keep what carries its own version.

    It names the request for the log and for what is asked of the services.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        before = CURRENT.set(RequestContext(given_request_id(scope["headers"]) or new_id(), scope["headers"]))
        versioned = scope["path"].startswith("/static/") and scope["query_string"].startswith(b"v=")

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].extend(_SECURITY)
                if versioned and message["status"] in (200, 304):
                    message["headers"].append((b"cache-control", b"public, max-age=31536000, immutable"))
            await send(message)

        try:
            await self.app(scope, receive, with_headers)
        finally:
            CURRENT.reset(before)


def create_app(upstreams: dict[str, int | str] | None = None, contract: Path = CONTRACT, tree: Path = TREE) -> FastAPI:
    """Return the portal.

    `upstreams`: service → port on the loopback, or `host:port`; default from VCA_UPSTREAMS (JSON). `tree`: where
    docs/ and CHANGELOG.md are.
    """
    configure_logging(os.environ.get("VCA_LOG_LEVEL") or "INFO", "portal")
    behind = upstreams if upstreams is not None else json.loads(os.environ.get("VCA_UPSTREAMS", "{}"))
    home = os.environ.get("VCA_HOME")
    kept = Path(home) / "run" if home else None
    contracts = Contracts(contract, kept)
    services = {name: at for name, at in behind.items() if name != "portal"}

    metrics, folder = Metrics("portal"), os.environ.get("VCA_METRICS_DIR")
    port = int(os.environ.get("VCA_METRICS_PORT") or 0)
    receiver, share = os.environ.get("VCA_OTLP_ENDPOINT"), float(os.environ.get("VCA_TRACE_SHARE") or 1)
    tracing = begin_tracing("portal", receiver, share) if receiver else None

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        times, bind = httpx.Timeout(4, connect=1), os.environ.get("VCA_METRICS_BIND") or "127.0.0.1"
        reading = served(metrics, Path(folder) if folder else None, bind, port) if folder or port else nullcontext()
        with reading:
            async with (
                AsyncExitStack() as stack,
                # One look at the services answers whoever asks meanwhile: it is made for no single request.
                httpx.AsyncClient(verify=authorities(), timeout=times, trust_env=False) as looking,
                reporting_calls(services.get("identity")),
                httpx.AsyncClient(
                    transport=Named(traced(httpx.AsyncHTTPTransport(verify=authorities()))),
                    timeout=times,
                    trust_env=False,
                ) as asking,
            ):
                if tracing is not None:
                    stack.push_async_callback(asyncio.to_thread, tracing.close)
                app.state.health = Health(looking, services)
                app.state.upstreams = Upstreams(asking, services)
                yield

    app = FastAPI(
        title="Portal", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    if tracing is not None:
        # Within what gives the request its context, so before it.
        app.add_middleware(Traced, tracing=tracing)
    app.add_middleware(_Guarded)
    if folder or port:
        app.add_middleware(Counted, requests=metrics.requests)
    shown = Pages()
    app.add_exception_handler(HTTPException, refusals(shown))
    app.mount("/static", StaticFiles(directory=STATIC))
    guide = Guide(tree)
    public_url = os.environ.get("VCA_PUBLIC_URL", "")
    sessions = Sessions(public_url)
    officer = Officer(shown, contracts, sessions, first_page(shown, sessions.sign_in_link))
    for path, (method, endpoint) in officer.routes.items():
        app.add_route(path, endpoint, methods=[method])
    for path, endpoint in {
        **state_routes(shown, Path(home) if home else None, sessions),
        **contract_routes(contracts),
        **example_routes(contracts.examples),
        **docs_routes(shown, contracts),
        **problem_routes(shown, contracts),
        **guide_routes(shown, guide),
        **discovery_routes(list(services), public_url, os.environ.get("VCA_SECURITY_CONTACT", "")),
    }.items():
        app.add_route(path, endpoint, methods=["GET"])
    return app
