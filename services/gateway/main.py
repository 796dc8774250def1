"""The portal beside Envoy: the contract to read and to try, problem pages, health of all. No business rules."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import yaml
from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kernel.problems import MethodNotAllowed, NotFound, Problem, render
from kernel.web.calls import language_of
from services.gateway import pages
from services.gateway.health import Health

ROOT = Path(__file__).resolve().parent
STATIC = ROOT / "static"
CONTRACT = ROOT.parent.parent / "openapi" / "gateway.yaml"

# Only this host. Both reference views write their styles into the page, hence the one exception.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
# No Cross-Origin-Opener-Policy: the console of /docs signs people in through a window that it opens and must see.
_SECURITY = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
_PAGE = "public, max-age=600"


class _Guarded:
    """Puts the security headers on every answer, and lets a browser keep what carries its own version."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        versioned = scope["path"].startswith("/static/") and scope["query_string"].startswith(b"v=")

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].extend(_SECURITY)
                if versioned and message["status"] in (200, 304):
                    message["headers"].append((b"cache-control", b"public, max-age=31536000, immutable"))
            await send(message)

        await self.app(scope, receive, with_headers)


def _as_json(contract: Path, folder: Path | None) -> bytes:
    """Return the contract as JSON. Reading so much YAML takes seconds: what it became is kept in `folder`."""
    text = contract.read_bytes()
    kept = folder / f"contract-{hashlib.sha256(text).hexdigest()[:16]}.json" if folder is not None else None
    if kept is not None and kept.exists():
        return kept.read_bytes()
    body = orjson.dumps(yaml.load(text, Loader=yaml.CSafeLoader), default=str)
    if kept is not None:
        with contextlib.suppress(OSError):
            fresh = kept.with_suffix(".new")
            fresh.write_bytes(body)
            fresh.replace(kept)
    return body


def create_app(upstreams: dict[str, int | str] | None = None, contract: Path = CONTRACT) -> FastAPI:
    """Return the portal.

    `upstreams`: service → port on the loopback, or `host:port`; default from VCA_UPSTREAMS (JSON).
    """
    behind = upstreams if upstreams is not None else json.loads(os.environ.get("VCA_UPSTREAMS", "{}"))
    home = os.environ.get("VCA_HOME")
    folder = Path(home) / "run" if home else None
    body, tag = _tagged(_as_json(contract, folder))
    services = {path.stem: path for path in contract.parent.glob("*.yaml") if path != contract}
    problems: list[dict[str, Any]] = orjson.loads(body).get("x-problems", [])
    by_path = {problem["type"].removeprefix("/problems/"): problem for problem in problems}
    versions = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()[:12] for file in STATIC.iterdir() if file.is_file()
    }

    @functools.cache
    def of_service(service: str) -> tuple[bytes, str] | None:
        """Return the contract of one service with its tag; read when it is first asked for."""
        if service not in services:
            return None
        return _tagged(_as_json(services[service], folder))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with httpx.AsyncClient(timeout=httpx.Timeout(4, connect=1)) as client:
            app.state.health = Health(client, {name: at for name, at in behind.items() if name != "portal"})
            yield

    app = FastAPI(title="Portal", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    app.add_middleware(_Guarded)
    app.add_exception_handler(HTTPException, _refused)
    app.mount("/static", StaticFiles(directory=STATIC))

    def html(text: str, language: str, status: int = 200) -> Response:
        headers = {"Cache-Control": _PAGE, "Content-Language": language, "Vary": "Accept-Language"}
        return HTMLResponse(text, status, headers)

    async def landing(request: Request) -> Response:
        language = _language(request)
        return html(pages.landing(language, versions), language)

    async def docs(request: Request) -> Response:
        return html(pages.script_page("API · VCA", "scalar.js", "docs.js", versions), "en")

    async def redoc(request: Request) -> Response:
        return html(pages.script_page("API · VCA", "redoc.js", "redoc-page.js", versions), "en")

    async def openapi(request: Request) -> Response:
        return _kept(request, body, tag)

    async def openapi_of_service(request: Request) -> Response:
        document = await asyncio.to_thread(of_service, request.path_params["service"])
        if document is None:
            raise HTTPException(404)
        return _kept(request, *document)

    async def problem_list(request: Request) -> Response:
        language = _language(request)
        return html(pages.problem_list(problems, language, versions), language)

    async def problem(request: Request) -> Response:
        language = _language(request)
        document = by_path.get(request.path_params["code"])
        if document is None:
            return html(pages.unknown_problem(language, versions), language, 404)
        return html(pages.problem_page(document, language, versions), language)

    async def health(request: Request) -> Response:
        document = await request.app.state.health.summary()
        return JSONResponse(document, 200 if document["status"] == "ok" else 503, {"Cache-Control": "no-store"})

    async def status(request: Request) -> Response:
        return JSONResponse(await request.app.state.health.status(), 200, {"Cache-Control": "no-store"})

    for path, endpoint in {
        "/": landing,
        "/docs": docs,
        "/redoc": redoc,
        "/openapi.json": openapi,
        "/openapi/{service}.json": openapi_of_service,
        "/problems": problem_list,
        "/problems/{code}": problem,
        "/health": health,
        "/status": status,
    }.items():
        app.add_route(path, endpoint, methods=["GET"])
    return app


def _tagged(body: bytes) -> tuple[bytes, str]:
    return body, f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'


def _kept(request: Request, body: bytes, tag: str) -> Response:
    """Answer with a document that a caller may keep; 304 when it has it already."""
    headers = {"Cache-Control": _PAGE, "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(None, 304, headers)
    return Response(body, 200, headers, "application/json")


def _language(request: Request) -> str:
    """Return the language asked for by `lang`, else by the browser."""
    language = request.query_params.get("lang")
    return language if language in ("vi", "en") else language_of(request)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    problems_by_status: dict[int, type[Problem]] = {404: NotFound, 405: MethodNotAllowed}
    problem = problems_by_status.get(error.status_code)
    if problem is None:
        raise error
    return render(
        problem(headers=dict(error.headers or {})),
        language_of(request),
        instance=request.url.path,
        request_id=request.headers.get("x-request-id", ""),
    )
