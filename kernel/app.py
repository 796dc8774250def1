"""Building a service: its pool, its token check, its problem documents, its health, its contract."""

from __future__ import annotations

import asyncio
import functools
import gc
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kernel import problems
from kernel.audit.days import closing_days
from kernel.database.connections import Database, DatabaseRefusedError, is_unavailable
from kernel.feed.measures import OF_A_DOMAIN, Measure, measured
from kernel.problems import Problem, render
from kernel.problems.field_labels import name_places
from kernel.runtime.disk import is_storage_full
from kernel.runtime.logging import configure_logging, get_logger
from kernel.runtime.malloc_trim import trimmed
from kernel.runtime.metrics import LEFT, Metrics, Requests
from kernel.runtime.request_context import CURRENT, RequestContext, given_request_id
from kernel.runtime.settings import ServiceSettings
from kernel.runtime.tracing import Traced, Tracing, begin_tracing
from kernel.storage.keys import KeyRefused
from kernel.values.days import use_clock
from kernel.values.ids import new_id
from kernel.web.api_route import BODY_LIMIT_BYTES, BODY_LIMIT_KEY, ApiRoute, NamedRoute, invalid_request, methods_at
from kernel.web.auth import Verifier
from kernel.web.calls import language_of
from kernel.web.contract.document import use_contract
from kernel.web.copies import Share
from kernel.web.draining import Draining
from kernel.web.health import health_router, look
from kernel.web.limits import CallerLimits, Limits, TooSlow, paced
from kernel.web.operations import ApiRouter
from kernel.web.readers import Readers
from kernel.web.readiness import Readiness

STATEMENT_SECONDS = 28
log = get_logger()

Task = Callable[[FastAPI], AsyncIterator[None]]
"""What a service keeps running: an async generator that starts it, yields once, and ends it."""


class RequestScope:
    """Gives each request its id, puts it on the answer, and turns the unexpected into a bare 500.

    `counted`: where requests are counted. Here and not in a layer of its own, which costs three times as much.
    """

    def __init__(self, app: ASGIApp, least_bytes_per_second: int, counted: Requests | None = None) -> None:
        self.app, self._least_rate, self._counted = app, least_bytes_per_second, counted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = given_request_id(scope["headers"]) or new_id()
        scope["vca.request_id"] = request_id
        before = CURRENT.set(RequestContext(request_id, scope["headers"]))
        header = (b"x-request-id", request_id.encode())
        started, status = False, LEFT
        began = self._counted.begun() if self._counted is not None else 0.0

        async def with_id(message: Message) -> None:
            nonlocal started, status
            if message["type"] == "http.response.start":
                started, status = True, message["status"]
                headers = message["headers"]
                headers.append(header)
                if isinstance(route := scope.get("route"), NamedRoute):
                    headers.append(route.operation_header)
            await send(message)

        if scope["method"] not in ("GET", "HEAD"):
            receive = _limited(scope, paced(receive, self._least_rate))
        try:
            await self.app(scope, receive, with_id)
        except ClientDisconnect:
            # Nobody is there to answer, and nothing was done: the body never came.
            log.info("request.left", **_logged(scope))
        except Exception as error:
            request = Request(scope)
            problem = _translated(error, scope)
            if problem is None:
                log.exception("request.failed", **_logged(scope), error=type(error).__name__)
                problem = problems.Unexpected()
            if started:
                raise
            await _rendered(request, problem)(scope, receive, with_id)
        finally:
            CURRENT.reset(before)
            if self._counted is not None:
                self._counted.ended(scope, status, began)


def _logged(scope: Scope) -> dict[str, str | None]:
    """Return what the log says a request was; no operation where none was found yet."""
    return {"path": scope["path"], "operation": getattr(scope.get("route"), "operation_id", None)}


_ID_LENGTH = 36


class HotPaths:
    """Answers hot operations before FastAPI's own layers, which cost as much as the work itself.

    Hot are reads with a direct answer, and writes that take one JSON body. The operation's policy is the same function
    either way; what it leaves unanswered, and every faulty body, goes on as usual.
    """

    def __init__(self, app: ASGIApp, owner: FastAPI) -> None:
        self.app, self._owner = app, owner
        self._plain: dict[tuple[str, str], ApiRoute] = {}
        self._records: dict[tuple[str, str, str], tuple[str, ApiRoute]] = {}
        for route in owner.router.routes:
            if isinstance(route, ApiRoute) and route.hot is not None:
                (method,) = route.methods or {"GET"}
                before, _, rest = route.path.partition("{")
                parameter, _, after = rest.partition("}")
                if not rest:
                    self._plain[method, route.path] = route
                elif parameter.endswith("_id") and "{" not in after and after.count("/") <= 1:
                    self._records[method, before, after] = (parameter, route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (found := self._find(scope["method"], scope["path"])) is not None:
            route, scope["path_params"] = found
            scope["app"], scope["route"] = self._owner, route
            request = Request(scope, receive)
            assert route.hot is not None
            try:
                response = await route.hot(request)
            except HTTPException as error:
                response = await _on_http(request, error)
            except Exception as error:
                problem = _translated(error, scope)
                if problem is None:
                    raise
                response = _rendered(request, problem)
            if response is not None:
                await response(scope, receive, send)
                return
            if hasattr(request, "_body"):
                receive = _again(await request.body(), receive)
        await self.app(scope, receive, send)

    def _find(self, method: str, path: str) -> tuple[ApiRoute, dict[str, str]] | None:
        route = self._plain.get((method, path))
        if route is not None:
            return route, {}
        record = self._records.get((method, path[:-_ID_LENGTH], ""))
        if record is None:
            path, slash, last = path.rpartition("/")
            record = self._records.get((method, path[:-_ID_LENGTH], slash + last))
        # So many characters with a slash among them are two segments of a path, which no operation has.
        if record is None or "/" in (id_ := path[-_ID_LENGTH:]):
            return None
        return record[1], {record[0]: id_}


def _again(body: bytes, receive: Receive) -> Receive:
    """Return `receive` that gives the body, which was read already, once more."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Return `receive` that refuses more bytes than the operation takes, told beforehand or not.

    Starlette's own limiter answers in plain text, and before the caller is known.
    """
    declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    taken = int(declared) if declared.isdigit() else 0
    told = taken

    async def limited() -> Message:
        nonlocal taken
        limit = scope.get(BODY_LIMIT_KEY, BODY_LIMIT_BYTES)
        if told > limit:
            raise HTTPException(413)
        message = await receive()
        if not told:
            taken += len(message.get("body", b""))
            if taken > limit:
                raise HTTPException(413)
        return message

    return limited


def _rendered(request: Request, problem: Problem) -> Response:
    if isinstance(problem, problems.Invalid) and isinstance(route := request.scope.get("route"), ApiRoute):
        name_places(problem.members["errors"], route.body_annotation, route.response_model)
    return render(
        problem,
        language_of(request),
        instance=request.url.path,
        request_id=request.scope.get("vca.request_id", ""),
    )


def _translated(error: BaseException, scope: Scope) -> Problem | None:
    """Return the problem that a failure of the database, of the disk or of time stands for, or None."""
    if isinstance(error, Problem):
        return error
    if is_storage_full(error):
        log.warning("storage.full", **_logged(scope))
        # Of a read too, which found no room to sort in: it is no moment's load, and nobody sends it again at once.
        return problems.StorageFull()
    if isinstance(error, asyncpg.QueryCanceledError | asyncpg.TransactionTimeoutError | TimeoutError):
        return problems.Timeout()
    if isinstance(
        error,
        asyncpg.LockNotAvailableError
        | asyncpg.DeadlockDetectedError
        | asyncpg.SerializationError
        | asyncpg.InvalidCatalogNameError,  # for a moment, while a restored database takes its name
    ) or is_unavailable(error):
        return problems.Busy()
    return None


async def _on_error(request: Request, error: Exception) -> Response:
    problem = _translated(error, request.scope)
    if problem is None:
        raise error
    return _rendered(request, problem)


async def _on_unexpected(request: Request, error: Exception) -> Response:
    # Starlette would answer in plain text: on with it to RequestScope, which logs it and renders the problem.
    raise error


async def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _rendered(request, invalid_request(error))


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    problem: Problem
    if error.status_code == 404:
        problem = problems.NotFound()
    elif error.status_code == 405:
        problem = problems.MethodNotAllowed(headers={"Allow": ", ".join(methods_at(request))})
    elif error.status_code == 408:
        problem = TooSlow(least_bytes_per_second=request.app.state.settings.least_bytes_per_second)
    elif error.status_code == 413:
        problem = problems.TooLarge(limit_bytes=request.scope.get(BODY_LIMIT_KEY, BODY_LIMIT_BYTES))
    elif error.status_code == 400:
        # FastAPI says this as well of a form that could not be put down while it came.
        is_full = error.__cause__ is not None and is_storage_full(error.__cause__)
        problem = problems.StorageFull() if is_full else problems.Malformed()
    else:
        raise error
    return _rendered(request, problem)


class Service(FastAPI):
    """FastAPI with our own first steps around it, outside its layers for errors, telemetry and body limits."""

    outer: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            send = self._in_a_sentence(send)
        if self.outer is None:
            state = self.state
            limited: ASGIApp = CallerLimits(HotPaths(super().__call__, self), state.limits, state.verifier)
            if state.tracing is not None:
                limited = Traced(limited, state.tracing)
            counted = state.metrics.requests if state.settings.has_metrics else None
            self.outer = RequestScope(limited, state.settings.least_bytes_per_second, counted)
        await self.outer(scope, receive, send)

    def _in_a_sentence(self, send: Send) -> Send:
        """Return `send` that says why the service refused to start, where Starlette would give a traceback."""

        async def said(message: Message) -> None:
            refused: KeyRefused | DatabaseRefusedError | None = getattr(self.state, "refused", None)
            if message["type"] == "lifespan.startup.failed" and refused is not None:
                message = {**message, "message": str(refused)}
            await send(message)

        return said


def _tracing(settings: ServiceSettings, service: str, db: Database) -> Tracing | None:
    """Have the spans of this process sent where the settings say; nothing of it is there where they do not."""
    if not settings.otlp_endpoint:
        return None
    from kernel.database.traced import TracedConnection

    db.makes = TracedConnection
    return begin_tracing(service, settings.otlp_endpoint, settings.trace_share)


def build_app(
    settings: ServiceSettings,
    *,
    service: str,
    title: str,
    description: str,
    routers: Sequence[APIRouter],
    tags: Mapping[str, str],
    ready: Callable[[Database], Awaitable[dict[str, Any]]] | None = None,
    tasks: Sequence[Task] = (),
    pool_settings: dict[str, str] | None = None,
    measures: Sequence[Measure] = OF_A_DOMAIN,
) -> FastAPI:
    """Return the ASGI app of `service`: routers, health, problems and contract wired up.

    `tags`: what each tag of the operations holds, in the order in which readers find them. `measures`: what is asked of the
    database for the metrics.
    """
    configure_logging(settings.log_level, service)
    use_clock(settings.sandbox_clock)
    share = Share(service)
    db = Database(
        settings.database_url,
        size=settings.pool_size,
        lock_timeout="5s",
        statement_timeout=f"{STATEMENT_SECONDS}s",
        idle_in_transaction_session_timeout="30s",
        application_name=share.name,
        **(pool_settings or {}),
    )

    tracing = _tracing(settings, service, db)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # Files, exports and logs that a service writes are for its user alone.
        os.umask(0o077)
        try:
            await db.open()
        except DatabaseRefusedError as refused:
            app.state.refused = refused
            raise
        async with AsyncExitStack() as stack:
            stack.push_async_callback(db.close)
            if tracing is not None:
                stack.push_async_callback(asyncio.to_thread, tracing.close)
            await stack.enter_async_context(trimmed())
            stack.enter_context(app.state.draining.on_signals())
            app.state.readers = Readers()
            app.state.readiness = Readiness(functools.partial(look, app.state, ready))
            await stack.enter_async_context(share.followed(db))
            for task in (*tasks, closing_days):
                try:
                    await stack.enter_async_context(asynccontextmanager(task)(app))
                except KeyRefused as refused:
                    app.state.refused = refused
                    raise
            if settings.has_metrics:
                await stack.enter_async_context(measured(app.state.metrics, settings, db, measures))
            # Everything alive now lives as long as the process: keep the collector off it.
            gc.collect()
            gc.freeze()
            gc.set_threshold(10_000, 20, 100)
            yield
            gc.unfreeze()

    app = Service(
        title=title,
        description=description,
        version="1.0.0",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Hot paths never come to FastAPI's own, which also tells the words of errors (kernel/runtime/tracing.py).
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.db = db
    app.state.settings = settings
    app.state.service = service
    app.state.metrics = Metrics(service)
    app.state.tracing = tracing
    app.state.limits = Limits(settings, share)
    app.state.draining = Draining()
    app.state.tags = tags
    app.state.code_lists = {
        name: labels
        for router in routers
        if isinstance(router, ApiRouter)
        for name, labels in router.code_lists.items()
    }
    app.state.verifier = Verifier(issuer=settings.issuer, jwks_file=settings.jwks_file)
    app.add_exception_handler(Exception, _on_unexpected)
    app.add_exception_handler(Problem, _on_error)
    app.add_exception_handler(asyncpg.PostgresError, _on_error)
    app.add_exception_handler(asyncpg.InterfaceError, _on_error)
    app.add_exception_handler(TimeoutError, _on_error)
    app.add_exception_handler(OSError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    for router in (*routers, health_router(service)):
        # Not include_router: each included router is one more step for every request, and paths are whole here.
        app.router.routes.extend(router.routes)
    use_contract(app, service)
    return app
