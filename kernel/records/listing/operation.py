"""Declaring the operation of a list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import Depends
from starlette.responses import Response

from kernel import problems
from kernel.records.listing.declaration import Listing
from kernel.web.calls import Call, Guard
from kernel.web.field_types import path_id
from kernel.web.operations import ApiRouter
from kernel.web.schemas import Page
from kernel.web.source_places import declared_here

AnswersList = Callable[[Call], Awaitable[Response]]


def _reading(parameter: str) -> Callable[[str], str]:
    """Return the dependency that declares the id in a path, for a function that takes the call alone."""

    def read(value: str) -> str:
        return value

    read.__annotations__["value"] = path_id(parameter)
    return read


def list_operation(
    router: ApiRouter,
    path: str,
    listing: Listing,
    *,
    page: type[Page[Any]],
    scopes: Sequence[str],
    summary: str,
    guard: Guard | None = None,
    of: str | None = None,
) -> Callable[[AnswersList], AnswersList]:
    """Declare a list, a hot path: its function takes the call alone and is called without FastAPI around it.

    `of`: the id in the path of what the items belong to, which `guard` loads; it is no filter then.
    """
    declared = declared_here()

    def declare(answers_list: AnswersList) -> AnswersList:
        router.operation(
            "GET",
            path,
            scopes=scopes,
            guard=guard,
            direct=answers_list,
            response_model=page,
            problems=(problems.CursorMismatch,),
            openapi_extra={"parameters": [each for each in listing.parameters() if each["name"] != of]},
            summary=summary,
            declared=declared,
            dependencies=[] if of is None else [Depends(_reading(of))],
        )(answers_list)
        return answers_list

    return declare
