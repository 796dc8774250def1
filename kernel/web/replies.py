"""JSON as every operation answers it: one way to write bytes, one shape of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from starlette.responses import Response

PRIVATE = "private, no-cache"
"""Cache-Control of what a caller may keep, but has to ask for again each time."""


def dump(document: Any) -> bytes:
    """Return `document` as JSON bytes: instants in UTC with Z, Decimal as its string."""
    return orjson.dumps(document, default=str, option=orjson.OPT_UTC_Z)


def dump_to_keep(document: Any) -> bytes:
    """Return the same in no more memory than it needs: what orjson writes begins with a kilobyte, and leaves a hole behind."""
    return bytes(memoryview(dump(document)))


def json_reply(
    document: Any, status: int = 200, *, cache: str = "no-store", headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer that holds `document`; `cache` is its Cache-Control."""
    return Response(dump(document), status, {"Cache-Control": cache, **(headers or {})}, "application/json")


def is_kept(if_none_match: str | None, tag: str) -> bool:
    """Say whether the caller has what bears `tag`: one of the tags sent is it, weak or not (RFC 9110, 13.1.2)."""
    sent = {part.strip().removeprefix("W/") for part in (if_none_match or "").split(",")}
    return not sent.isdisjoint({tag.removeprefix("W/"), "*"})


def no_content() -> Response:
    """Return the answer to a deletion."""
    return Response(None, 204, {"Cache-Control": "no-store"})


def page_document(
    items: Sequence[Any], *, next_cursor: str | None = None, next_path: str | None = None, count: int | None = None
) -> dict[str, Any]:
    """Return a page as `schemas.Page` says; sums and facets may be put in afterwards."""
    return {
        "items": items,
        "next_cursor": next_cursor,
        "next": next_path,
        "count": count,
        "sums": None,
        "facets": None,
    }
