"""Pages of lists that are computed, not selected: a cursor that is bound to what was asked."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

import orjson

from kernel import problems as kernel_problems
from kernel.web.operations import Call


def _mark(bound: Sequence[Any]) -> str:
    return hashlib.blake2b(orjson.dumps(bound, default=str), digest_size=9).hexdigest()


def given_cursor(cursor: str | None, bound: Sequence[Any]) -> str | None:
    """Return the id to go on behind, or None at the beginning. Raises CursorMismatch for another list's cursor."""
    if cursor is None:
        return None
    try:
        mark, last = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, TypeError):
        raise kernel_problems.CursorMismatch() from None
    if mark != _mark(bound) or not isinstance(last, str):
        raise kernel_problems.CursorMismatch()
    return last


def cursor_page(
    call: Call, items: Sequence[Any], *, last: str | None, bound: Sequence[Any], count: int | None = None
) -> dict[str, Any]:
    """Return the page of `items`; `last`: the id of the last one, or None where nothing follows."""
    made = None if last is None else base64.urlsafe_b64encode(orjson.dumps([_mark(bound), last])).decode().rstrip("=")
    url = call.request.url.include_query_params(cursor=made)
    following = None if made is None else f"{url.path}?{url.query}"
    return {"items": items, "next_cursor": made, "next": following, "count": count, "facets": None}
