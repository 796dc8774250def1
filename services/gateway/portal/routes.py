"""The addresses of the portal: which page, in which language, kept for how long."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

from kernel.problems import MethodNotAllowed, NotFound, Problem, render
from kernel.runtime.request_context import request_id
from kernel.storage.last_backup import last_backup
from kernel.values.days import VIETNAM
from kernel.web.calls import language_of, wants_page
from kernel.web.replies import is_kept
from services.gateway.config import PROXY_HEADER
from services.gateway.portal import discovery
from services.gateway.portal.contracts import Contracts, Served
from services.gateway.portal.examples import Examples
from services.gateway.portal.fields import Json, words
from services.gateway.portal.guide import Entry, Guide
from services.gateway.portal.landing import standing
from services.gateway.portal.pages import STATIC, Pages, Reader, reader_of
from services.gateway.portal.reference import Reference
from services.gateway.portal.search import search_index
from services.gateway.portal.sessions import Session, Sessions
from services.gateway.portal.upstreams import Upstreams

Endpoint = Callable[[Request], Awaitable[Response]]
Routes = dict[str, Endpoint]

_KEEP = {"Cache-Control": "public, max-age=600"}
_KEEP_BY_ADDRESS = {"Cache-Control": "public, max-age=31536000, immutable"}
_NOW = {"Cache-Control": "no-store"}
# A page of the reference is some 100 kB: those of a busy hour stay made.
_KEPT_PAGES = 60


def _html(text: str, reader: Reader, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    said = {"Content-Language": reader.language, "Vary": "Accept-Language"}
    return HTMLResponse(text, status, said | (headers or _KEEP))


def _in_vietnam(instant: datetime) -> str:
    return f"{instant.astimezone(VIETNAM):%d/%m/%Y %H:%M}"


def refusals(pages: Pages) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Return what answers where there is no page: a page to a browser, a problem document to a program."""

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 404 and (path := request.url.path.strip("/")) and request.url.path.endswith("/"):
            # Without the host, which a proxy or a caller may have put there.
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"/{path}{query}", 308, _NOW)
        if error.status_code == 404 and wants_page(request):
            reader, path = reader_of(request), request.url.path
            back = next((each for each in ("/docs", "/guide", "/problems") if path.startswith(f"{each}/")), "/")
            page = pages.render("missing", reader, here=back, back=back)
            return _html(page, reader, 404, _NOW | {"Vary": "Accept, Accept-Language"})
        problem = _PROBLEMS.get(error.status_code)
        if problem is None:
            raise error
        return render(
            problem(headers=dict(error.headers or {})),
            language_of(request),
            instance=request.url.path,
            request_id=request_id() or "",
        )

    return refused


_PROBLEMS: dict[int, type[Problem]] = {404: NotFound, 405: MethodNotAllowed}


def first_page(pages: Pages, sign_in_link: Callable[[Request], str]) -> Callable[[Request, bool], Awaitable[Response]]:
    """Return the first page for whoever is not signed in; with `True` it says that their sign-in has ended."""

    async def start(request: Request, ended: bool) -> Response:
        reader = reader_of(request)
        state = await standing(request.app.state.health)
        page = pages.render("landing", reader, here="/", ended=ended, sign_in=sign_in_link(request), **state)
        return _html(page, reader, headers=_NOW | {"Vary": "Cookie, Accept-Language"})

    return start


def state_routes(pages: Pages, home: Path | None, sessions: Sessions) -> Routes:
    """Return what says how the services are. `home`: where the newest backup is noted, if that is on this machine."""

    async def advised(request: Request) -> tuple[bool, Session | None]:
        """Say whether to tell of a proxy that is not counted, a signed-in administrator; and return their sign-in.

        Nobody else: that all share one limit would tell a stranger how to keep everybody from signing in. Who is one, identity
        says, as a browser may send any token.
        """
        if PROXY_HEADER not in request.headers:
            return False, None
        upstreams: Upstreams = request.app.state.upstreams
        session = await sessions.current(request, upstreams)
        if not isinstance(session, Session):
            return False, None
        me = await upstreams.ask("GET", "/v1/identity/me", token=session.token)
        return me.is_good and "identity.admin" in me.document.get("scopes", ()), session

    async def health(request: Request) -> Response:
        document = await request.app.state.health.summary()
        return JSONResponse(document, 503 if document["status"] == "failing" else 200, _NOW)

    async def status(request: Request) -> Response:
        headers = _NOW | {"Vary": "Accept, Accept-Language, Cookie"}
        made = None if home is None else await asyncio.to_thread(last_backup, home)
        # A choice of language is a person's, whatever their browser says it takes.
        if not wants_page(request) and "lang" not in request.query_params:
            backup_at = None if made is None else made.made_at.isoformat()
            document = await request.app.state.health.status() | {"last_backup_at": backup_at}
            return JSONResponse(document, 200, headers)
        reader = reader_of(request)
        is_told, session = await advised(request)
        page = pages.render(
            "status",
            reader,
            here="/status",
            has_unknown_proxy=is_told,
            backup=None if made is None else _in_vietnam(made.made_at),
            now=_in_vietnam(datetime.now(UTC)),
            **await standing(request.app.state.health),
        )
        answer = _html(page, reader, headers=headers)
        if session is not None and session.fresh is not None:
            sessions.remember(request, answer, session.fresh)
        return answer

    async def icon(request: Request) -> Response:
        return FileResponse(STATIC / "favicon.svg", headers=_KEEP)

    return {"/health": health, "/status": status, "/favicon.svg": icon, "/favicon.ico": icon}


def contract_routes(contracts: Contracts) -> Routes:
    """Return the merged contract, and that of each service beside it; with `examples=true` the examples are in them."""

    async def merged(request: Request) -> Response:
        return await shown(request, await asyncio.to_thread(lambda: contracts.merged))

    async def of_service(request: Request) -> Response:
        served = await asyncio.to_thread(contracts.of_service, request.path_params["service"])
        if served is None:
            raise HTTPException(404)
        return await shown(request, served)

    async def shown(request: Request, served: Served) -> Response:
        if request.query_params.get("examples") == "true":
            served = await asyncio.to_thread(contracts.with_examples, served)
        return _json(request, served)

    return {"/openapi.json": merged, "/openapi/{service}.json": of_service}


def example_routes(examples: Examples) -> Routes:
    """Return the recorded examples: all of an operation, and each body as it is sent or answered."""

    def found(value: Any) -> Served:
        if value is None:
            raise HTTPException(404)
        return Served.of(orjson.dumps(value))

    async def whole(request: Request) -> Response:
        example = await asyncio.to_thread(examples.of, request.path_params["operation_id"])
        return _json(request, found(example or None))

    async def body(request: Request) -> Response:
        names = request.path_params
        recorded = await asyncio.to_thread(examples.body, names["operation_id"], names["name"])
        return _json(request, found(recorded))

    return {
        "/openapi/examples/{operation_id}.json": whole,
        "/openapi/examples/{operation_id}/{name}.json": body,
    }


def _json(request: Request, served: Served) -> Response:
    tag = f'W/"{served.version}"'
    headers = _KEEP | {"ETag": tag}
    if is_kept(request.headers.get("if-none-match"), tag):
        return Response(None, 304, headers)
    return Response(served.body, 200, headers, "application/json")


def docs_routes(pages: Pages, contracts: Contracts) -> Routes:
    """Return the pages of the contract. They are worked out at the first request, so that the start waits for nothing."""

    @cache
    def reference() -> Reference:
        return Reference(contracts.document, contracts.examples)

    @lru_cache(_KEPT_PAGES)
    def made(path: str, reader: Reader) -> str:
        shared: dict[str, Any] = {"reference": reference(), "reference_version": contracts.merged.version}
        if path == "/docs":
            description = words(contracts.document["info"], "description")
            return pages.render("docs_index", reader, here=path, **shared, page=None, description=description)
        return pages.render("docs_page", reader, here=path, **shared, page=reference().pages[path])

    def found(path: str, reader: Reader) -> str | None:
        return made(path, reader) if path == "/docs" or path in reference().pages else None

    @cache
    def index() -> bytes:
        return orjson.dumps(search_index(reference()))

    async def docs(request: Request) -> Response:
        reader = reader_of(request)
        text = await asyncio.to_thread(found, request.url.path, reader)
        if text is None:
            raise HTTPException(404)
        return _html(text, reader)

    async def search(request: Request) -> Response:
        return Response(await asyncio.to_thread(index), 200, _KEEP_BY_ADDRESS, "application/json")

    async def signed_in(request: Request) -> Response:
        reader = reader_of(request)
        return _html(pages.render("signed_in", reader, here="/docs"), reader, headers=_NOW)

    async def moved(request: Request) -> Response:
        return RedirectResponse("/docs", 308, _KEEP)

    return {
        "/docs": docs,
        "/docs/search.json": search,
        "/docs/signed-in": signed_in,
        "/docs/{tag}": docs,
        "/docs/{tag}/{number}": docs,
        "/redoc": moved,
    }


def problem_routes(pages: Pages, contracts: Contracts) -> Routes:
    """Return the pages of the problem codes."""

    def in_order() -> list[Json]:
        problems: list[Json] = contracts.document.get("x-problems", [])
        return sorted(problems, key=lambda problem: (problem["status"], problem["code"]))

    async def listed(request: Request) -> Response:
        reader, problems = reader_of(request), await asyncio.to_thread(in_order)
        return _html(pages.render("problems", reader, here="/problems", problems=problems), reader)

    async def one(request: Request) -> Response:
        reader, problems = reader_of(request), await asyncio.to_thread(in_order)
        path = f"/problems/{request.path_params['code']}"
        problem = next((problem for problem in problems if problem["type"] == path), None)
        if problem is None:
            raise HTTPException(404)
        example = json.dumps(problem["example"], ensure_ascii=False, indent=2)
        page = pages.render("problem", reader, here="/problems", problem=problem, example=example)
        return _html(page, reader)

    return {"/problems": listed, "/problems/{code}": one}


def guide_routes(pages: Pages, guide: Guide) -> Routes:
    """Return the guide, the changelog, and each page's twin in Markdown."""

    async def listed(request: Request) -> Response:
        reader = reader_of(request)
        sections = guide.sections(reader.language)
        return _html(pages.render("guide_index", reader, here="/guide", sections=sections), reader)

    def page(name: str, reader: Reader) -> Response:
        found = guide.page(name, reader)
        if found is None:
            raise HTTPException(404)
        entry = Entry(name, found.title, found.translated)
        sections = () if name == "changelog" else guide.sections(reader.language)
        twin = f"{entry.path}.md"
        text = pages.render("guide", reader, here=entry.path, page=found, twin=reader.href(twin), sections=sections)
        return _html(text, reader, headers={**_KEEP, "Link": f'<{twin}>; rel="alternate"; type="text/markdown"'})

    def markdown(name: str, reader: Reader) -> Response:
        found = guide.text(name, reader.language)
        if found is None:
            raise HTTPException(404)
        language = reader.language if found.translated else "en"
        headers = {**_KEEP, "Content-Language": language, "Vary": "Accept-Language"}
        return Response(found.text, 200, headers, "text/markdown; charset=utf-8")

    async def named(request: Request) -> Response:
        name = request.path_params["name"]
        if name.endswith(".md"):
            return markdown(name.removesuffix(".md"), reader_of(request))
        return page(name, reader_of(request))

    async def changelog(request: Request) -> Response:
        show = markdown if request.url.path.endswith(".md") else page
        return show("changelog", reader_of(request))

    async def llms(request: Request) -> Response:
        # Programs that read it ask in English; who wants Vietnamese says so.
        language = "vi" if request.query_params.get("lang") == "vi" else "en"
        return PlainTextResponse(discovery.llms_txt(guide, language), 200, _KEEP)

    return {
        "/guide": listed,
        "/guide/{name:path}": named,
        "/changelog": changelog,
        "/changelog.md": changelog,
        "/llms.txt": llms,
    }


def discovery_routes(services: Sequence[str], public_url: str, contact: str) -> Routes:
    """Return what programs look for. `public_url` empty: the address at which the request came."""

    def at(request: Request) -> str:
        return (public_url or str(request.base_url)).rstrip("/")

    async def robots(request: Request) -> Response:
        return PlainTextResponse(discovery.ROBOTS, 200, _KEEP)

    async def security(request: Request) -> Response:
        return PlainTextResponse(discovery.security_txt(at(request), contact, datetime.now(UTC)), 200, _KEEP)

    async def catalogue(request: Request) -> Response:
        found = orjson.dumps(discovery.api_catalog(at(request), services))
        link = {"Link": f'<{at(request)}/.well-known/api-catalog>; rel="api-catalog"'}
        return Response(found, 200, _KEEP | link, discovery.LINKSET)

    return {
        "/robots.txt": robots,
        "/.well-known/security.txt": security,
        "/.well-known/api-catalog": catalogue,
    }
