"""Code lists over HTTP: all of a service's lists in one cacheable call, or one by name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Path
from pydantic import Field
from starlette.responses import Response

from kernel.problems import NotFound
from kernel.problems.field_labels import Label
from kernel.values import common_lists
from kernel.web.calls import Call, CurrentCall
from kernel.web.operations import ApiRouter
from kernel.web.replies import dump, is_kept
from kernel.web.schemas import Output

Lists = Mapping[str, Mapping[str, tuple[str, str]]]
"""List name → code → (Vietnamese label, English label)."""


class Code(Output):
    """A code: stable and never translated; its labels are."""

    code: Annotated[str, Label("Mã")]
    label: str = Field(description="In the language asked for")
    label_vi: str
    label_en: str


class CodeList(Output):
    """One list of codes, whole."""

    name: str
    items: list[Code]


class CodeLists(Output):
    """Every list of a service."""

    items: list[CodeList]


def _shown(lists: Lists, name: str, language: str) -> dict[str, Any]:
    at = 1 if language == "en" else 0
    return {
        "name": name,
        "items": [
            {"code": code, "label": labels[at], "label_vi": labels[0], "label_en": labels[1]}
            for code, labels in lists[name].items()
        ],
    }


def cacheable(call: Call, document: dict[str, Any]) -> Response:
    """Answer with a document that anyone may keep for an hour; 304 when the caller has it already."""
    body = dump(document)
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "public, max-age=3600",
        "Content-Language": call.language,
        "Vary": "Accept-Language",
    }
    if is_kept(call.request.headers.get("if-none-match"), tag):
        return Response(None, 304, headers)
    return Response(body, 200, headers, "application/json")


def code_lists_router(service: str, lists: Lists, scopes: Sequence[str]) -> ApiRouter:
    """Return the code-list operations of `service`: its own lists and those that every service shares."""
    lists = {**lists, **common_lists.ALL}
    # Labels are private to nobody, and forms of administration show those of every service.
    scopes = tuple(dict.fromkeys((*scopes, "identity.admin")))
    router = ApiRouter(prefix=f"/v1/{service}/code-lists", tags=[f"{service}-code-lists"])
    router.code_lists = lists

    async def list_all(call: CurrentCall) -> Response:
        """Return every list with labels in both languages, in one call to keep for an hour."""
        return cacheable(call, {"items": [_shown(lists, name, call.language) for name in lists]})

    async def read_one(call: CurrentCall, name: Annotated[str, Path(description="Name of the list")]) -> Response:
        """Return one list, whole."""
        if name not in lists:
            raise NotFound()
        return cacheable(call, _shown(lists, name, call.language))

    list_all.__name__, read_one.__name__ = f"list_{service}_code_lists", f"read_{service}_code_list"
    router.operation("GET", "", scopes=scopes, conditional=True, response_model=CodeLists, summary="List code lists")(
        list_all
    )
    router.operation(
        "GET", "/{name}", scopes=scopes, conditional=True, response_model=CodeList, summary="Read a code list"
    )(read_one)
    return router
