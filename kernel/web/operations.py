"""Operations: ordinary FastAPI path operations whose faults are looked for in one fixed order.

401 → 403 → 404 → 428/412 → 400/415/422 → 409 (api-style.md, rule 46): the caller and the record in the
path are judged before the body is.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Annotated, Any, NamedTuple

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import ParamTypes
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.responses import Response

from kernel import problems
from kernel.database.connections import Database
from kernel.problems import FieldError, Problem, problem_responses
from kernel.values.field_errors import field_errors_of
from kernel.values.ids import is_id
from kernel.web.auth import Caller, Verifier, admit
from kernel.web.limits import CALLER_KEY, TooManyAtOnce, TooManyUploads, TooSlow

_KERNEL = str(Path(__file__).resolve().parent.parent)
BODY_LIMIT_BYTES = 1_048_576
BODY_LIMIT_KEY = "vca.body_limit"
"""Where a request's scope says how many bytes its body may have, if not the usual number."""


class Call:
    """One request on its way: who calls, in which language, and the record its path names.

    `asked`: what another service answered before the transaction, by the id it was asked for (kernel/feed/organizations.py).
    """

    __slots__ = ("_caller", "asked", "db", "found", "language", "request", "request_id", "state")

    def __init__(self, request: Request) -> None:
        self.request = request
        self.state: Any = request.app.state
        self.db: Database = self.state.db
        self.request_id: str = request.scope.get("vca.request_id", "")
        self.language = language_of(request)
        self.found: Any = None
        self.asked: dict[str, Any] = {}
        self._caller: Caller | None = None

    @property
    def caller(self) -> Caller:
        """The verified caller; open operations have none and may not ask."""
        if self._caller is None:
            raise problems.Unauthenticated()
        return self._caller

    def authenticate(self) -> None:
        """Check the token, where the limits have not done so. Raises Unauthenticated."""
        verifier: Verifier = self.state.verifier
        known: Caller | None = self.request.scope.get(CALLER_KEY)
        self._caller = known or verifier.caller(self.request.headers.get("authorization"))

    def admit(self, scopes: frozenset[str]) -> None:
        """Check the token, and that it has one of `scopes`. Raises Unauthenticated, Forbidden."""
        self.authenticate()
        self._caller = admit(self.caller, scopes)


def language_of(request: Request) -> str:
    """Return "en" if Accept-Language prefers it, else "vi", the default."""
    wanted = request.headers.get("accept-language")
    if not wanted:
        return "vi"
    if "," not in wanted and wanted[:2] in ("vi", "en"):
        return wanted[:2]
    best, language = 0.0, "vi"
    for part in wanted.split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        if tag[:2].lower() in ("vi", "en") and quality > best:
            best, language = quality, tag[:2].lower()
    return language


async def _call(request: Request) -> Call:  # a plain def would go to a thread
    call: Call = request.scope["vca.call"]
    return call


CurrentCall = Annotated[Call, Depends(_call)]


class Place(NamedTuple):
    """A line of the code."""

    file: str
    line: int


def place_of(function: Callable[..., Any]) -> Place:
    """Return where a function begins, with its decorators."""
    code = inspect.unwrap(function).__code__
    return Place(code.co_filename, code.co_firstlineno)


def declared_here(above: int = 0) -> Place:
    """Return the line outside the kernel that is declaring something now: a service's, or a test's.

    `above`: how many functions of the service itself stand between that line and the kernel's.
    """
    frame = sys._getframe(1)
    # "<string>": the __init__ that dataclass writes.
    while frame.f_back is not None and frame.f_code.co_filename.startswith((_KERNEL, "<string>")):
        frame = frame.f_back
    for _ in range(above):
        assert frame.f_back is not None
        frame = frame.f_back
    return Place(frame.f_code.co_filename, frame.f_lineno)


def name_after_operation(function: Callable[..., Any], name: str) -> None:
    """Let tracebacks and profiles say the operation's name, where a generic core would say `declare.<locals>._create`."""
    if isinstance(function, FunctionType) and function.__code__.co_qualname != name:
        function.__name__ = function.__qualname__ = name
        function.__code__ = function.__code__.replace(co_name=name, co_qualname=name)


Guard = Callable[[Call, dict[str, str]], Awaitable[None]]
Direct = Callable[[Call], Awaitable[Response | None]]


@dataclass(frozen=True)
class Policy:
    """What is checked before an operation's own parameters are.

    `scopes`: any one of these is enough; None: open to all. `guard`: loads the record in the path
    (404, 428, 412). `direct`: answers instead of FastAPI's solver, on hot paths, or gives None to
    leave the call to the declared function. `declared`, `written_by`: where the operation is found (`vca routes`).
    """

    scopes: frozenset[str] | None
    guard: Guard | None = None
    direct: Direct | None = None
    media_types: tuple[str, ...] = ("application/json",)
    any_query: bool = False
    body_limit: int | None = None
    declared: Place | None = None
    written_by: Callable[..., Any] | None = None


_unknown_parameters: ContextVar[tuple[FieldError, ...]] = ContextVar("unknown_parameters", default=())


def unknown_parameter(name: str) -> FieldError:
    """Return the fault of a query parameter that the operation does not know."""
    return FieldError(
        "unknown_parameter",
        (
            "Không có tham số này; hãy bỏ đi hoặc sửa tên.",
            "There is no such parameter; leave it out or correct its name.",
        ),
        parameter=name,
    )


class ApiRoute(APIRoute):
    """Runs an operation's policy, then FastAPI's own handling.

    `hot`: policy and direct answer of a hot operation, which `HotPaths` calls without FastAPI around it.
    """

    hot: Callable[[Request], Awaitable[Response | None]] | None = None

    @functools.cached_property
    def operation_header(self) -> tuple[bytes, bytes]:
        """Which operation this is, for the gateway's access log; the gateway takes it off (services/gateway/filters.py)."""
        assert self.operation_id is not None
        return b"x-vca-operation", self.operation_id.encode()

    @property
    def body_annotation(self) -> Any:
        """What the operation's body is read as; None where it takes none."""
        return self.body_field.field_info.annotation if self.body_field is not None else None

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        policy: Policy = self.endpoint.__policy__  # type: ignore[attr-defined]
        standard = super().get_route_handler()
        parameters = [
            (getattr(field.field_info, "in_", None), field.alias) for field in get_flat_params(self.dependant)
        ]
        known = {alias for place, alias in parameters if place == ParamTypes.query}
        ids = [alias for place, alias in parameters if place == ParamTypes.path and alias.endswith("_id")]
        body = self.body_field is not None
        scopes, guard, direct = policy.scopes, policy.guard, policy.direct

        async def admit(request: Request) -> Call:
            call = Call(request)
            request.scope["vca.call"] = call
            if policy.body_limit is not None:
                request.scope[BODY_LIMIT_KEY] = policy.body_limit
            if scopes is not None:
                call.admit(scopes)
            for name in ids:
                if not is_id(request.path_params[name]):
                    raise problems.NotFound()
            if guard is not None:
                await guard(call, request.path_params)
            return call

        if direct is not None:

            async def hot(request: Request) -> Response | None:
                return await direct(await admit(request))

            self.hot = hot
        elif (model := self._sole_body()) is not None:
            self.hot = self._hot_write(model, admit, policy.media_types)

        async def handle(request: Request) -> Response:
            call = await admit(request)
            if direct is not None and (answered := await direct(call)) is not None:
                return answered
            if body:
                _check_media_type(request, policy.media_types)
            unknown = (
                ()
                if policy.any_query
                else tuple(unknown_parameter(name) for name in request.query_params if name not in known)
            )
            if not unknown:
                return await standard(request)
            token = _unknown_parameters.set(unknown)
            try:
                return await standard(request)
            except RequestValidationError as error:
                raise problems.Invalid(*unknown, *_readable(error)) from None
            finally:
                _unknown_parameters.reset(token)

        return handle

    def _sole_body(self) -> type[BaseModel] | None:
        """Return the model of an operation that takes the call, ids in its path and one JSON body, and answers itself."""
        dependant = self.dependant
        if (
            self.body_field is None
            or len(dependant.body_params) != 1
            or dependant.path_params != get_flat_params(dependant)
        ):
            return None
        if [each.call for each in dependant.dependencies] != [_call]:
            return None
        if not all(field.alias.endswith("_id") for field in dependant.path_params):
            return None
        model = dependant.body_params[0].field_info.annotation
        answers = inspect.signature(self.endpoint, eval_str=True).return_annotation
        return model if isinstance(model, type) and issubclass(model, BaseModel) and answers is Response else None

    def _hot_write(
        self, model: type[BaseModel], admit: Callable[[Request], Awaitable[Call]], media_types: tuple[str, ...]
    ) -> Callable[[Request], Awaitable[Response | None]]:
        name = self.dependant.body_params[0].name
        parameters = {field.alias: field.name for field in self.dependant.path_params}

        async def hot(request: Request) -> Response | None:
            call = await admit(request)
            if request.scope["query_string"]:
                return None
            _check_media_type(request, media_types)
            try:
                body = model.model_validate(orjson.loads(await request.body()))
            except ValueError:  # FastAPI says what is wrong
                return None
            ids = {parameters[key]: value.lower() for key, value in request.path_params.items()}
            answered: Response = await self.endpoint(call=call, **ids, **{name: body})
            return answered

        return hot


def _check_media_type(request: Request, allowed: tuple[str, ...]) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = given.startswith("application/") and given.endswith("+json")  # as FastAPI reads it
    if given not in allowed and not (is_json and "application/json" in allowed):
        raise problems.UnsupportedMediaType(expected=", ".join(allowed))


def _readable(error: RequestValidationError) -> list[FieldError]:
    errors = error.errors()
    # FastAPI takes an empty body for one that was not sent.
    if any(
        item["type"] == "json_invalid" or (item["type"] == "missing" and item["loc"] == ("body",)) for item in errors
    ):
        raise problems.Malformed()
    return field_errors_of(errors)


def invalid_request(error: RequestValidationError) -> Problem:
    """Return the problem that FastAPI's validation error stands for."""
    try:
        return problems.Invalid(*_readable(error))
    except problems.Malformed as problem:
        return problem


def _stop_on_unknown(endpoint: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(endpoint)
    async def checked(*args: Any, **kwargs: Any) -> Any:
        if unknown := _unknown_parameters.get():
            raise problems.Invalid(*unknown)
        return await endpoint(*args, **kwargs)

    return checked


class ApiRouter(APIRouter):
    """A router whose operations carry a policy and list every problem they can raise."""

    def __init__(self, *, prefix: str, tags: Sequence[str]) -> None:
        super().__init__(prefix=prefix, tags=list(tags), route_class=ApiRoute)

    def operation(
        self,
        method: str,
        path: str,
        *,
        scopes: Sequence[str] | None,
        guard: Guard | None = None,
        direct: Direct | None = None,
        etag: bool = False,
        problems: Sequence[type[Problem]] = (),
        media_types: tuple[str, ...] = ("application/json",),
        responses: dict[int | str, dict[str, Any]] | None = None,
        openapi_extra: dict[str, Any] | None = None,
        any_query: bool = False,
        body_limit: int | None = None,
        minted: bool = False,
        conditional: bool = False,
        declared: Place | None = None,
        written_by: Callable[..., Any] | None = None,
        **options: Any,
    ) -> Callable[[Callable[..., Awaitable[Any]]], Callable[..., Awaitable[Any]]]:
        """Declare an operation.

        `etag`: it changes a record and so needs If-Match. `minted`: the client may mint the id, and the same id and
        content again answers 200. `conditional`: the answer has an ETag, and If-None-Match gives 304. `body_limit`:
        bytes that the body may have, where it is not the usual megabyte. `declared`: the line that a reader looks for,
        where that is not the endpoint's own or the service's call of a generic core. `written_by`: the function that
        reads or writes, where the endpoint's code does not lead to one alone (vca/routes.py).
        """
        policy = Policy(
            scopes=None if scopes is None else frozenset(scopes),
            guard=guard,
            direct=direct,
            media_types=media_types,
            any_query=any_query,
            body_limit=body_limit,
            declared=declared or declared_here(),
            written_by=written_by,
        )
        extra = dict(openapi_extra or {})
        extra["security"] = [] if scopes is None else [{"vca": [scope]} for scope in scopes]
        keyed = method == "POST" and scopes is not None
        asked = {"If-Match": etag, "If-None-Match": conditional, "Idempotency-Key": keyed}
        headers = [_HEADERS[name] for name, wanted in asked.items() if wanted]
        if headers:
            extra["parameters"] = [*extra.get("parameters", []), *headers]

        def declare(endpoint: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
            name = endpoint.__name__
            name_after_operation(endpoint, name)
            if direct is not None and "<locals>" in getattr(direct, "__qualname__", ""):
                name_after_operation(direct, name)
            checked = _stop_on_unknown(endpoint)
            checked.__policy__ = policy  # type: ignore[attr-defined]
            listed = {*problems, *_usual(method, self.prefix + path, scopes is not None, etag)}
            if "multipart/form-data" in media_types:
                listed.add(TooManyUploads)
            paged = any(parameter["name"] == "cursor" for parameter in extra.get("parameters", ()))
            told = _told(options, etag=etag, minted=minted, conditional=conditional, keyed=keyed, paged=paged)
            self.add_api_route(
                path,
                checked,
                methods=[method],
                operation_id=name,
                responses={**told, **problem_responses(listed), **(responses or {})},
                openapi_extra=extra,
                **options,
            )
            return endpoint

        return declare


def _header(name: str, description: str, *, required: bool = False, **schema: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "schema": {"type": "string", **schema},
        "description": description,
    }


_HEADERS = {
    "If-Match": _header("If-Match", 'ETag of the record, `"<version>"`.', required=True),
    "If-None-Match": _header("If-None-Match", "ETag of what the caller has already: 304 if it is still so."),
    "Idempotency-Key": _header(
        "Idempotency-Key",
        "Makes it safe to send this again: the same key and request give the stored answer for 48 hours.",
        pattern="^[ -~]{1,255}$",
    ),
}


def _told(
    options: dict[str, Any], *, etag: bool, minted: bool, conditional: bool, keyed: bool, paged: bool
) -> dict[int | str, dict[str, Any]]:
    """Return what the contract says of the answers that are no refusal, beyond their schema."""
    model, status = options.get("response_model"), options.get("status_code", 200)
    names = [
        name
        for name, told in (
            ("ETag", model is not None and (etag or minted or conditional)),
            ("Location", minted),
            ("Idempotency-Replayed", keyed),
            ("Link", paged),
        )
        if told
    ]
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    told: dict[int | str, dict[str, Any]] = {}
    if headers:
        told[status] = {"headers": headers}
    if minted:
        again = {name: header for name, header in headers.items() if name != "Location"}
        told[200] = {"model": model, "description": "The same id and content was sent before", "headers": again}
    if conditional:
        told[304] = {"description": "The caller has it already", "headers": {"ETag": headers["ETag"]}}
    return told


def _usual(method: str, path: str, authenticated: bool, etag: bool) -> set[type[Problem]]:
    usual: set[type[Problem]] = {
        problems.Invalid,
        problems.TooManyRequests,
        problems.Unexpected,
        problems.Busy,
        problems.Timeout,
    }
    if authenticated:
        usual |= {problems.Unauthenticated, problems.TokenRevoked, problems.Forbidden, TooManyAtOnce}
    if "{" in path:
        usual.add(problems.NotFound)
    if method in ("POST", "PUT", "PATCH"):
        usual |= {problems.Malformed, problems.UnsupportedMediaType, problems.TooLarge, TooSlow}
    if method == "POST" and authenticated:
        usual |= {problems.IdempotencyKeyReused, problems.KeyInProgress}
    if etag:
        usual |= {problems.IfMatchMissing, problems.Stale}
    return usual
