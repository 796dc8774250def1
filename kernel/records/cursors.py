"""Cursors: opaque texts that say where a page ended. One of a list is bound to what was asked of it."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

import asyncpg
import orjson

from kernel import problems
from kernel.values.ids import is_id
from kernel.web.calls import Call
from kernel.web.replies import page_document


def encode(parts: Sequence[Any]) -> str:
    """Return the text that is given out for `parts`."""
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def decode(text: str) -> Any:
    """Return what `encode` was given, if `text` is a cursor at all. Raises ValueError."""
    return orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))


def mark_of(asked: Sequence[Any]) -> str:
    """Return the mark of what was asked (area, filters, sort): a cursor of another list does not fit."""
    return hashlib.blake2b(orjson.dumps(asked, default=str), digest_size=9).hexdigest()


def read_cursor(cursor: str, mark: str, count: int) -> list[str]:
    """Return the `count` values of the last row before. Raises CursorMismatch for what is not this list's."""
    try:
        values = decode(cursor)
    except ValueError:
        raise problems.CursorMismatch() from None
    if not isinstance(values, list) or len(values) != count + 1 or values[0] != mark:
        raise problems.CursorMismatch()
    return [str(value) for value in values[1:]]


@contextlib.contextmanager
def reading_behind(cursor: str | None) -> Iterator[None]:
    """Refuse a cursor that was made up, when a statement is to go on behind it. Raises CursorMismatch.

    All else was read by its type: the cursor alone can hold what a key cannot be.
    """
    try:
        yield
    except asyncpg.DataError:
        if cursor is None:
            raise
        raise problems.CursorMismatch() from None


def next_path(call: Call, cursor: str, path: str | None = None) -> str:
    """Return the path of the page behind `cursor`: what was asked, with this cursor in place of the last."""
    pairs = parse_qsl(call.request.scope["query_string"].decode("ascii"), keep_blank_values=True)
    others = [(name, value) for name, value in pairs if name != "cursor"]
    return f"{path or call.request.scope['path']}?{urlencode([*others, ('cursor', cursor)])}"


def last_id(cursor: str | None, asked: Sequence[Any], is_key: Callable[[str], bool] = is_id) -> str | None:
    """Return the id that a computed list goes on behind, or None at its beginning. Raises CursorMismatch.

    `is_key`: whether a text is an id of the list.
    """
    if cursor is None:
        return None
    (id_,) = read_cursor(cursor, mark_of(asked), 1)
    if not is_key(id_):
        raise problems.CursorMismatch()
    return id_


def computed_page(
    call: Call, items: Sequence[Any], *, last: str | None, asked: Sequence[Any], count: int | None = None
) -> dict[str, Any]:
    """Return the page of a list that is computed, not selected; `last`: its last id, or None where nothing follows."""
    if last is None:
        return page_document(items, count=count)
    cursor = encode([mark_of(asked), last])
    return page_document(items, next_cursor=cursor, next_path=next_path(call, cursor), count=count)
