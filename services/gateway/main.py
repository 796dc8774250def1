"""The portal beside Envoy: the contract to read and to try, problem pages, health of all. No business rules."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml
from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kernel.routing import language_of
from services.gateway import pages

ROOT = Path(__file__).resolve().parent
CONTRACT = ROOT.parent.parent / "openapi" / "gateway.yaml"
_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]


class _Guarded:
    """Puts the security headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].extend(_HEADERS)
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


def create_app(upstreams: dict[str, int] | None = None, contract: Path = CONTRACT) -> FastAPI:
    """Return the portal. `upstreams`: service → port; default from VCA_UPSTREAMS (JSON)."""
    behind = upstreams if upstreams is not None else json.loads(os.environ.get("VCA_UPSTREAMS", "{}"))
    document: dict[str, Any] = yaml.load(contract.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    problems: list[dict[str, Any]] = document.get("x-problems", [])
    by_path = {problem["type"].removeprefix("/problems/"): problem for problem in problems}
    body = json.dumps(document, ensure_ascii=False, default=str).encode()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with httpx.AsyncClient(timeout=httpx.Timeout(4, connect=1)) as client:
            app.state.client = client
            yield

    app = FastAPI(title="Portal", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    app.add_middleware(_Guarded)
    app.mount("/static", StaticFiles(directory=ROOT / "static"))

    def html(text: str, status: int = 200, *, language: str | None = None) -> Response:
        headers = {"Cache-Control": "public, max-age=600"}
        if language:
            headers.update({"Content-Language": language, "Vary": "Accept-Language"})
        return HTMLResponse(text, status, headers)

    def get(path: str) -> Callable[[Callable[[Request], Awaitable[Response]]], Any]:
        return app.get(path, include_in_schema=False)

    @get("/")
    async def landing(request: Request) -> Response:
        language = language_of(request)
        return html(pages.landing(language), language=language)

    @get("/docs")
    async def docs(request: Request) -> Response:
        return html(pages.script_page("API", "scalar.js", "docs.js"))

    @get("/redoc")
    async def redoc(request: Request) -> Response:
        return html(pages.script_page("API", "redoc.js", "redoc-page.js"))

    @get("/openapi.json")
    async def openapi(request: Request) -> Response:
        return Response(body, 200, {"Cache-Control": "public, max-age=600"}, "application/json")

    @get("/problems")
    async def problem_list(request: Request) -> Response:
        language = language_of(request)
        return html(pages.problem_list(problems, language), language=language)

    @get("/problems/{code}")
    async def problem(request: Request) -> Response:
        language = language_of(request)
        found = by_path.get(request.path_params["code"])
        if found is None:
            return html(pages.page("404", "<main><h1>404</h1></main>", language=language), 404, language=language)
        return html(pages.problem_page(found, language), language=language)

    async def ask(request: Request, service: str, port: int) -> dict[str, Any]:
        try:
            answer = await request.app.state.client.get(f"http://127.0.0.1:{port}/v1/{service}/health/ready")
            found: dict[str, Any] = answer.json()
            return found
        except (httpx.HTTPError, ValueError) as error:
            return {
                "status": "down",
                "service": service,
                "checks": {"reached": type(error).__name__},
                "feed_head": None,
            }

    async def ask_all(request: Request) -> dict[str, Any]:
        names = [name for name in behind if name != "portal"]
        found = await asyncio.gather(*(ask(request, name, behind[name]) for name in names))
        return dict(zip(names, found, strict=True))

    @get("/health")
    async def health(request: Request) -> Response:
        services = await ask_all(request)
        good = all(found["status"] == "ok" for found in services.values())
        document = {"status": "ok" if good else "failing", "services": services}
        return JSONResponse(document, 200 if good else 503, {"Cache-Control": "no-store"})

    @get("/status")
    async def status(request: Request) -> Response:
        services = await ask_all(request)
        document = {
            "feeds": {name: found.get("feed_head") for name, found in services.items()},
            "data": {name: found["checks"].get("data_until") for name, found in services.items()},
        }
        return JSONResponse(document, 200, {"Cache-Control": "no-store"})

    return app
