"""Declaring operations: a router that gives each its policy, and says in the contract what all have in common."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter

from kernel import problems
from kernel.problems import Problem, problem_responses
from kernel.values.wording import Labels
from kernel.web.api_route import ApiRoute, Policy, stop_on_unknown
from kernel.web.calls import Direct, Guard
from kernel.web.limits import TooManyAtOnce, TooManyUploads, TooSlow
from kernel.web.source_places import Place, declared_here, name_after_operation


class ApiRouter(APIRouter):
    """A router whose operations carry a policy and list every problem they can raise.

    `code_lists`: lists that the contract names, on the router that answers with them.
    """

    code_lists: Mapping[str, Labels] = {}

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
        keyed = method in _KEYED and scopes is not None
        takes = {"If-Match": etag, "If-None-Match": conditional, "Idempotency-Key": keyed}
        headers = [_HEADERS[name] for name, taken in takes.items() if taken]
        if headers:
            extra["parameters"] = [*extra.get("parameters", []), *headers]

        def declare(endpoint: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
            name = endpoint.__name__
            name_after_operation(endpoint, name)
            if direct is not None and "<locals>" in getattr(direct, "__qualname__", ""):
                name_after_operation(direct, name)
            checked = stop_on_unknown(endpoint)
            checked.__policy__ = policy  # type: ignore[attr-defined]
            listed = {*problems, *_usual(method, self.prefix + path, scopes is not None, etag)}
            if "multipart/form-data" in media_types:
                listed.add(TooManyUploads)
            paged = any(parameter["name"] == "cursor" for parameter in extra.get("parameters", ()))
            answers = _answers(options, etag=etag, minted=minted, conditional=conditional, keyed=keyed, paged=paged)
            self.add_api_route(
                path,
                checked,
                methods=[method],
                operation_id=name,
                responses={**answers, **problem_responses(listed), **(responses or {})},
                openapi_extra=extra,
                **options,
            )
            return endpoint

        return declare


_KEYED = ("POST", "PUT", "PATCH", "DELETE")
"""Methods that a key makes safe to send again."""


def _header(name: str, description: str, *, required: bool = False, **schema: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "schema": {"type": "string", **schema},
        "description": description,
    }


_HEADERS = {
    "If-Match": _header(
        "If-Match", 'Version of the record, `"<version>"`, or the ETag that came with it.', required=True
    ),
    "If-None-Match": _header("If-None-Match", "ETag of what the caller has already: 304 if it is still so."),
    "Idempotency-Key": _header(
        "Idempotency-Key",
        "Makes it safe to send this again: the same key and request give the stored answer for 48 hours.",
        pattern="^[ -~]{1,255}$",
    ),
}


def _answers(
    options: dict[str, Any], *, etag: bool, minted: bool, conditional: bool, keyed: bool, paged: bool
) -> dict[int | str, dict[str, Any]]:
    """Return what the contract says of the answers that are no refusal, beyond their schema."""
    model, status = options.get("response_model"), options.get("status_code", 200)
    names = [
        name
        for name, has_it in (
            ("ETag", model is not None and (etag or minted or conditional)),
            ("Location", minted),
            ("Idempotency-Replayed", keyed),
            ("Link", paged),
        )
        if has_it
    ]
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    answers: dict[int | str, dict[str, Any]] = {}
    if headers:
        answers[status] = {"headers": headers}
    if minted:
        again = {name: header for name, header in headers.items() if name != "Location"}
        answers[200] = {"model": model, "description": "The same id and content was sent before", "headers": again}
    if conditional:
        answers[304] = {"description": "The caller has it already", "headers": {"ETag": headers["ETag"]}}
    return answers


def _usual(method: str, path: str, authenticated: bool, etag: bool) -> set[type[Problem]]:
    usual: set[type[Problem]] = {
        problems.Invalid,
        problems.TooManyRequests,
        problems.Unexpected,
        problems.Busy,
        problems.Timeout,
        problems.StorageFull,
    }
    if authenticated:
        usual |= {problems.Unauthenticated, problems.TokenRevoked, problems.Forbidden, TooManyAtOnce}
    if "{" in path:
        usual.add(problems.NotFound)
    if method in ("POST", "PUT", "PATCH"):
        usual |= {problems.Malformed, problems.UnsupportedMediaType, problems.TooLarge, TooSlow}
    if method in _KEYED and authenticated:
        usual |= {problems.IdempotencyKeyReused, problems.KeyInProgress}
    if etag:
        usual |= {problems.IfMatchMissing, problems.Stale}
    return usual
