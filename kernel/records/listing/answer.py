"""Answering a list: a page by keyset, its count and facets where they were asked for."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

import asyncpg
import orjson
from starlette.responses import Response

from kernel import problems
from kernel.records.listing.declaration import Listing, SortKey
from kernel.records.listing.query import Query, _refuse_beyond, read_query
from kernel.records.listing.statement import Where, _after, _sort_keys
from kernel.records.records import dump, shown_to
from kernel.web.operations import Call


def _bound_to(call: Call, query: Query, sort: str) -> str:
    filters = orjson.dumps([call.caller.area, call.caller.confined_to, sorted(query.given.items()), sort], default=str)
    return hashlib.blake2b(filters, digest_size=9).hexdigest()


def _cursor_text(bound: str, values: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([bound, *values])).decode().rstrip("=")


def _cursor_values(cursor: str, bound: str, keys: int) -> list[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except ValueError:
        raise problems.CursorMismatch() from None
    if not isinstance(values, list) or len(values) != keys + 1 or values[0] != bound:
        raise problems.CursorMismatch()
    return [str(value) for value in values[1:]]


async def answer_list(
    call: Call, listing: Listing, *, path: str | None = None, preset: Mapping[str, Any] | None = None
) -> Response:
    """Answer a list request: read the query, page by keyset, count and facet where asked.

    `preset` adds filter values that the path gives (the list of one organization's memberships).
    """
    query = read_query(listing, call.request.scope["query_string"])
    if call.caller.confined_to is not None:
        _refuse_beyond(listing, query)
    if preset:
        query.given.update(preset)
    where = Where(listing, query, call)
    source = where.source
    sort = query.sort or source.default_sort or listing.default_sort
    filtered = len(where.args)
    keys = [
        (SortKey(where.fill(key.sql), key.type), descending) for key, descending in _sort_keys(listing, source, sort)
    ]
    sql, args = where.sql, list(where.args)
    bound = ""
    condition = sql
    if query.cursor is not None:
        bound = _bound_to(call, query, sort)
        values = _cursor_values(query.cursor, bound, len(keys))
        places = []
        for (key, _), value in zip(keys, values, strict=True):
            args.append(value)
            # The value came as text; it is read as the key's own type.
            places.append(f"(${len(args)}::text)::{key.type}")
        condition = f"{sql} AND {_after(keys, places)}"
    order = ", ".join(f"{key.sql} {'DESC' if descending else 'ASC'}" for key, descending in keys)
    marks = "".join(f", ({key.sql})::text AS _k{at}" for at, (key, _) in enumerate(keys))
    args.append(query.limit + 1)
    try:
        rows = await call.db.fetch(
            f"SELECT {where.columns}{marks} FROM {where.tables} WHERE {condition} "
            f"ORDER BY {order} LIMIT ${len(args)}::int",
            *args,
        )
    except asyncpg.DataError:
        # Filters were read by their type; only a cursor that was made up can hold what a key cannot be.
        if query.cursor is None:
            raise
        raise problems.CursorMismatch() from None
    more = len(rows) > query.limit
    if more:
        rows = rows[: query.limit]
    represent = listing.represent
    items: list[dict[str, Any]] = [represent(row) for row in rows]
    if listing.own_view is not None:
        items = [shown_to(call.caller, listing.own_view, item) for item in items]
    if listing.finish is not None:
        await listing.finish(call, items)
    document: dict[str, Any] = {
        "items": items,
        "next_cursor": None,
        "next": None,
        "count": None,
        "facets": None,
    }
    headers = {"Cache-Control": listing.cache_control}
    if more:
        last = rows[-1]
        values = [last[f"_k{at}"] for at in range(len(keys))]
        bound = bound or _bound_to(call, query, sort)
        document["next_cursor"] = _cursor_text(bound, values)
        document["next"] = _next_path(call, path, document["next_cursor"])
        public_url: str = call.state.settings.public_url
        headers["Link"] = f'<{public_url.rstrip("/")}{document["next"]}>; rel="next"'
    if query.fields is not None:
        wanted = set(query.fields) | {"id"}
        document["items"] = [{name: value for name, value in item.items() if name in wanted} for item in items]
    if query.count:
        document["count"] = await call.db.fetchval(f"SELECT count(*) FROM {where.tables} WHERE {sql}", *args[:filtered])
    if query.facets:
        document["facets"] = [await _facet(call, listing, name, where, filtered) for name in query.facets]
    return Response(dump(document), 200, headers, "application/json")


async def _facet(call: Call, listing: Listing, name: str, where: Where, filtered: int) -> dict[str, Any]:
    rows = await call.db.fetch(
        f"SELECT ({listing.facets[name].format(s=where.source.dated, day=where.day)})::text AS value, count(*) AS count "
        f"FROM {where.tables} WHERE {where.sql} "
        f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 200",
        *where.args[:filtered],
    )
    return {"name": name, "values": [dict(row) for row in rows]}


def _next_path(call: Call, path: str | None, cursor: str) -> str:
    pairs = parse_qsl(call.request.scope["query_string"].decode("ascii"), keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if name != "cursor"]
    return f"{path or call.request.scope['path']}?{urlencode([*kept, ('cursor', cursor)])}"
