"""How the sign-in pages answer: a page for people, a problem document for programs, a redirect for apps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response

from kernel.problems import Problem
from kernel.web.calls import Call
from services.identity.signin import pages
from services.identity.signin.pages import language, wants_page
from services.identity.signin.requests import SendBack

PAGE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A page",
        "content": {"text/html": {"schema": {"type": "string"}, "example": "<!doctype html>…"}},
    },
    303: {
        "description": "Back to the app",
        "headers": {"Location": {"description": "Address of the app", "schema": {"type": "string", "format": "uri"}}},
    },
}
"""The answers of every page, for the contract."""


def contract(parameters: list[dict[str, Any]], *statuses: int) -> dict[str, Any]:
    """Return what the contract adds to a page: its parameters, and that a browser is refused on a page as well."""
    page = {"content": {"text/html": {"schema": {"type": "string"}}}}
    return {"parameters": parameters, "responses": {str(status): page for status in statuses}}


def parameter(name: str, description: str, *, required: bool = False, **schema: Any) -> dict[str, Any]:
    """Return a query parameter of a page, for the contract."""
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": description,
        "schema": {"type": "string", **schema},
    }


def redirect(location: str) -> Response:
    """Send the browser to `location`, with GET."""
    return Response(None, 303, {**pages.SAFE_HEADERS, "Location": location})


async def guarded(call: Call, answer: Callable[[Call], Awaitable[Response]]) -> Response:
    """Run `answer`; say no on a page if a browser asks, and send the person back where the app is to be told."""
    try:
        return await answer(call)
    except SendBack as back:
        return redirect(back.location)
    except Problem as problem:
        if not wants_page(call):
            raise
        document = problem.document(language(call))
        return pages.refusal(call, document["title"], document["detail"], status=problem.status)
