"""One service in two ways: with its hot paths, and with every operation in FastAPI's own hands."""

from __future__ import annotations

import contextlib
import copy
import functools
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import request_response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kernel.app import HotPaths
from kernel.database.connections import Database, Transaction
from kernel.web.api_route import ApiRoute, Policy

REQUEST_ID = "0192c7e0-0000-7000-8000-00000000f00d"
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
# Ids, tokens and cookies; the code on a certificate; a password to hand over; the first letters of a secret.
_MADE_BY_CHANCE = re.compile(
    r"[0-9A-Za-z_-]{32,}(\.[0-9A-Za-z_-]{20,})*|\b[0-9a-f]{16}\b|\b[0-9a-z]{4}(-[0-9a-z]{4}){3}\b"
    r'|(?<="hint":")[^"]{4}|<svg .*?</svg>'
)


@dataclass(frozen=True)
class Request:
    """What is sent, byte for byte the same in both ways."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str

    def comparable(self, request: Request) -> Reply:
        """Return the reply without the ids, secrets and instants that no two calls have in common."""
        sent = request.path + request.content.decode("latin-1")

        def stable(text: str) -> str:
            text = _MADE_BY_CHANCE.sub(lambda match: match[0] if match[0] in sent else "<by chance>", text)
            return _INSTANT.sub("<instant>", text)

        headers = tuple(
            (name, value if name == "x-vca-operation" else stable(value))
            for name, value in self.headers
            if name != "content-length"
        )
        return Reply(self.status, headers, stable(self.body))


async def ask(app: ASGIApp, request: Request) -> Reply:
    """Send `request` to `app` as a server would."""
    address = urlsplit(request.path)
    headers = {"host": "vca.test", "x-request-id": REQUEST_ID, **request.headers}
    if request.content:
        headers["content-length"] = str(len(request.content))
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote(address.path),
        "raw_path": address.path.encode(),
        "query_string": address.query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("192.0.2.1", 4711),
        "server": ("vca.test", 80),
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": request.content, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *parts = sent
    answered = sorted((name.decode(), value.decode("latin-1")) for name, value in start["headers"])
    return Reply(start["status"], tuple(answered), b"".join(part.get("body", b"") for part in parts).decode())


def _shown(reply: Reply, other: Reply) -> str:
    """Return what of `reply` the other one has not, shortened."""
    headers = set(reply.headers) - set(other.headers)
    return f"{reply.status} {sorted(headers)} {reply.body[:400] if reply.body != other.body else ''}"


class TwoWays:
    """`hot`: the service as it is. `ordinary`: the same declarations and the same database without any shortcut."""

    def __init__(self, app: FastAPI) -> None:
        self.hot, self.ordinary = app, ordinary(app)
        # The layers that hot operations pass by: what comes here was not answered hot.
        self.left_to_fastapi = 0
        inner = app.build_middleware_stack()

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            self.left_to_fastapi += scope["type"] == "http"
            await inner(scope, receive, send)

        app.middleware_stack = counted

    async def compare(self, request: Request) -> tuple[Reply, str | None]:
        """Return how it is answered the hot way, and in which the ordinary way differs from that, or None."""
        hot, plain = await ask(self.hot, request), await ask(self.ordinary, request)
        if hot == plain:
            return hot, None
        one, other = hot.comparable(request), plain.comparable(request)
        return hot, None if one == other else f"\n  hot      {_shown(one, other)}\n  ordinary {_shown(other, one)}"


def hot_routes(app: FastAPI) -> dict[str, ApiRoute]:
    """Return operation id → route of what `HotPaths` answers."""
    hot = HotPaths(app, app)
    routes = [*hot._plain.values(), *(route for _, route in hot._records.values())]
    return {str(route.operation_id): route for route in routes}


def json_writes(app: FastAPI) -> set[str]:
    """Return the ids of the operations that take a JSON body."""
    return {
        str(route.operation_id)
        for route in app.routes
        if isinstance(route, ApiRoute)
        and route.body_field is not None
        and "application/json" in route.endpoint.__policy__.media_types  # type: ignore[attr-defined]
    }


def ordinary(app: FastAPI) -> FastAPI:
    """Return the same service, its state shared, whose every operation is FastAPI's from routing to the declared function."""
    twin = copy.copy(app)
    twin.router = APIRouter(routes=[_ordinary(route) for route in app.router.routes], redirect_slashes=False)
    twin.middleware_stack = None
    twin.outer = None  # type: ignore[attr-defined]
    return twin


def _ordinary(route: BaseRoute) -> BaseRoute:
    if not isinstance(route, ApiRoute):
        return route
    declared = route.endpoint
    policy: Policy = declared.__policy__  # type: ignore[attr-defined]

    @functools.wraps(declared)
    async def endpoint(*args: Any, **kwargs: Any) -> Any:
        return await declared(*args, **kwargs)

    endpoint.__policy__ = _without_direct(route, policy)  # type: ignore[attr-defined]
    twin = copy.copy(route)
    twin.endpoint = endpoint
    twin.app = request_response(twin.get_route_handler())
    twin.hot = None
    return twin


def _without_direct(route: ApiRoute, policy: Policy) -> Policy:
    """Return the policy that leaves the answer to the declared function.

    Two things FastAPI cannot do for the one that is written beside a direct answer: judge a query that is declared to the
    contract alone, as lists have it, and hand on a form that the function reads by itself.
    """
    if "application/json" not in policy.media_types:
        return policy
    in_contract = any(each.get("in") == "query" for each in (route.openapi_extra or {}).get("parameters", ()))
    reads_query = in_contract and not route.dependant.query_params
    return replace(policy, direct=None, any_query=policy.any_query or (policy.direct is not None and reads_query))


@contextlib.contextmanager
def undone(db: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take back what each transaction writes, so that the next request finds what this one found."""
    transaction = db.transaction

    @contextlib.asynccontextmanager
    async def taken_back(**options: Any) -> AsyncIterator[Transaction]:
        with contextlib.suppress(_TakenBack):
            async with transaction(**options) as tx:
                yield tx
                raise _TakenBack

    with monkeypatch.context() as patch:
        patch.setattr(db, "transaction", taken_back)
        yield


class _TakenBack(Exception):
    """Ends a transaction that did all that it was to do."""
