"""A path operation of FastAPI whose faults are looked for in one fixed order.

401 → 403 → 404 → 428/412 → 400/415/422 → 409 (api-style.md, rule 46): the caller and the record in the
path are judged before the body is.
"""

from __future__ import annotations

import functools
import inspect
from collections import Counter
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar, get_args, get_origin

import orjson
from fastapi import Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import ParamTypes
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.responses import Response

from kernel import problems
from kernel.problems import FieldError, Problem
from kernel.values.field_errors import field_errors_of
from kernel.values.ids import is_id
from kernel.web.calls import Call, Direct, Guard, current_call
from kernel.web.idempotency import AnsweredBefore
from kernel.web.source_places import Place

BODY_LIMIT_BYTES = 1_048_576
BODY_LIMIT_KEY = "vca.body_limit"
"""Where a request's scope says how many bytes its body may have, if not the usual number."""


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


_refused_parameters: ContextVar[tuple[FieldError, ...]] = ContextVar("refused_parameters", default=())


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


def given_twice(name: str) -> FieldError:
    """Return the fault of a parameter that may stand once only."""
    return FieldError("given_twice", ("Chỉ nêu một lần.", "Give this once only."), parameter=name)


def _takes_many(annotation: Any) -> bool:
    return get_origin(annotation) is list or any(get_origin(each) is list for each in get_args(annotation))


class NamedRoute(APIRoute):
    """An operation whose answers say which it was."""

    @functools.cached_property
    def operation_header(self) -> tuple[bytes, bytes]:
        """The header that names it: for developers, and for the gateway's access log (services/gateway/access_log.py)."""
        assert self.operation_id is not None
        return b"x-vca-operation", self.operation_id.encode()


class ApiRoute(NamedRoute):
    """Runs an operation's policy, then FastAPI's own handling.

    `hot`: policy and direct answer of a hot operation, which `HotPaths` calls without FastAPI around it.
    """

    hot: Callable[[Request], Awaitable[Response | None]] | None = None

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
        query_names = {alias for place, alias in parameters if place == ParamTypes.query}
        repeatable = {
            field.alias for field in get_flat_params(self.dependant) if _takes_many(field.field_info.annotation)
        }
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
                    raise _no_record(request)
            if guard is not None:
                await guard(call, request.path_params)
            return call

        if direct is not None:

            async def hot(request: Request) -> Response | None:
                return await direct(await admit(request))

            self.hot = hot
        elif (model := self._sole_body()) is not None:
            self.hot = _or_as_before(self._hot_write(model, admit, policy.media_types))

        async def handle(request: Request) -> Response:
            call = await admit(request)
            if direct is not None and (answered := await direct(call)) is not None:
                return answered
            if body:
                _check_media_type(request, policy.media_types)
            refused: tuple[FieldError, ...] = ()
            if not policy.any_query:
                given = Counter(name for name, _ in request.query_params.multi_items())
                refused = (
                    *(unknown_parameter(name) for name in given if name not in query_names),
                    *(given_twice(name) for name in query_names - repeatable if given[name] > 1),
                )
            if not refused:
                return await standard(request)
            token = _refused_parameters.set(refused)
            try:
                return await standard(request)
            except RequestValidationError as error:
                raise problems.Invalid(*refused, *_readable(error)) from None
            finally:
                _refused_parameters.reset(token)

        return _or_as_before(handle)

    def _sole_body(self) -> type[BaseModel] | None:
        """Return the model of an operation that takes the call, ids in its path and one JSON body, and answers itself.

        Parameters of its query may be left out: a call that sends any goes on to FastAPI.
        """
        dependant = self.dependant
        optional = [field for field in dependant.query_params if not field.field_info.is_required()]
        if (
            self.body_field is None
            or len(dependant.body_params) != 1
            or [*dependant.path_params, *optional] != get_flat_params(dependant)
        ):
            return None
        if [each.call for each in dependant.dependencies] != [current_call]:
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


Answered = TypeVar("Answered", bound=Response | None)


def _or_as_before(handle: Callable[[Request], Awaitable[Answered]]) -> Callable[[Request], Awaitable[Answered]]:
    """Return `handle` that answers a request sent again as the first time, where its guard would refuse it now."""

    async def handled(request: Request) -> Any:
        try:
            return await handle(request)
        except AnsweredBefore as before:
            return before.response

    return handled


def methods_at(request: Request) -> list[str]:
    """Return the methods that the path of a request has; Starlette knows those of the first route only.

    A path that stands as it is (…/batch) is not also that of a record.
    """
    routes = [route for route in request.app.router.routes if isinstance(route, APIRoute)]
    fitting = [route for route in routes if route.path_regex.match(request.url.path)]
    fewest = min((len(route.param_convertors) for route in fitting), default=0)
    return sorted({name for route in fitting if len(route.param_convertors) == fewest for name in route.methods or ()})


def _no_record(request: Request) -> Problem:
    """Return the refusal of a path that names no record: 405 where it is that of operations with other methods."""
    methods = methods_at(request)
    if request.method in methods:
        return problems.NotFound()
    return problems.MethodNotAllowed(headers={"Allow": ", ".join(methods)})


def _check_media_type(request: Request, allowed: tuple[str, ...]) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = media_type.startswith("application/") and media_type.endswith("+json")  # as FastAPI reads it
    if media_type not in allowed and not (is_json and "application/json" in allowed):
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


def stop_on_unknown(endpoint: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(endpoint)
    async def checked(*args: Any, **kwargs: Any) -> Any:
        if refused := _refused_parameters.get():
            raise problems.Invalid(*refused)
        return await endpoint(*args, **kwargs)

    return checked
