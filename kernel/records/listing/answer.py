"""Answering a list: a page by keyset, its count, sums and facets where they were asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from kernel import problems
from kernel.database.connections import Database, Row, Transaction
from kernel.problems import FieldError
from kernel.records.cursors import encode, mark_of, next_path, read_cursor, reading_behind
from kernel.records.embedding import name_all, picked
from kernel.records.evidence import put_contributions
from kernel.records.listing.declaration import Listing
from kernel.records.listing.query import Query, read_query, refuse_beyond, without_own_filter
from kernel.records.listing.statement import (
    Where,
    count_statement,
    facet_statement,
    page_statement,
    sort_keys,
    sums_statement,
)
from kernel.records.resources import shown_to
from kernel.values.money import MAX_VND
from kernel.web.calls import Call
from kernel.web.replies import json_reply, page_document


async def answer_list(
    call: Call, listing: Listing, *, path: str | None = None, preset: Mapping[str, Any] | None = None
) -> Response:
    """Answer a list request: read the query, page by keyset; count, sum and facet where asked.

    `preset` adds filter values that the path gives (the list of one organization's memberships).
    """
    query = read_query(listing, call.request.scope["query_string"])
    if call.caller.confined_to is not None:
        refuse_beyond(listing, query)
    if preset:
        query.parameters.update(preset)
    document, cursor = await read_page(call.db, call, listing, query, preset)
    headers = {}
    if cursor is not None:
        document["next_cursor"], document["next"] = cursor, next_path(call, cursor, path)
        public_url: str = call.state.settings.public_url
        headers["Link"] = f'<{public_url.rstrip("/")}{document["next"]}>; rel="next"'
    return json_reply(document, cache=listing.cache_control, headers=headers)


async def read_page(
    db: Database | Transaction, call: Call, listing: Listing, query: Query, preset: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], str | None]:
    """Return a page with what was asked for beside it, and the cursor of the next one, whose path is the caller's to say.

    `preset`: those of the query's parameters that the path gave.
    """
    if listing.prepare is not None:
        query.prepared = await listing.prepare(call, query.parameters, query.sort or listing.default_sort)
    where = Where(listing, query, call.caller)
    sort = query.sort or where.source.default_sort or listing.default_sort
    keys = sort_keys(listing, where, sort)
    mark, after, cursor = "", None, None
    if query.cursor is not None:
        mark = _mark(call, query, sort)
        after = read_cursor(query.cursor, mark, len(keys))
    # One row more than a page tells whether another follows.
    sql, args = page_statement(where, keys, query.limit + 1, after)
    with reading_behind(query.cursor):
        rows = await db.fetch(sql, *args)
    if len(rows) > query.limit:
        rows = rows[: query.limit]
        cursor = encode([mark or _mark(call, query, sort), *(rows[-1][f"_k{at}"] for at in range(len(keys)))])
    document = page_document(await _items(db, call, listing, query, rows))
    if query.count:
        document["count"] = await db.fetchval(count_statement(where), *where.own_args)
    if listing.uncertain is not None:
        document["uncertain_count"] = await _uncertain_count(db, call, listing, query)
    if query.sums:
        document["sums"] = await _sums(db, listing, query, where)
    if query.facets:
        document["facets"] = [await _facet(db, call, listing, name, query, where, preset) for name in query.facets]
    return document, cursor


def _mark(call: Call, query: Query, sort: str) -> str:
    return mark_of([call.caller.area, call.caller.confined_to, sorted(query.parameters.items()), sort])


async def _items(
    db: Database | Transaction, call: Call, listing: Listing, query: Query, rows: list[Row]
) -> list[dict[str, Any]]:
    represent = listing.represent
    items: list[dict[str, Any]] = [represent(row) for row in rows]
    if listing.own_view is not None:
        items = [shown_to(call.caller, listing.own_view, item) for item in items]
    await name_all(db, listing.embeds, rows, items, own=call.caller.confined_to is not None)
    if listing.finish is not None:
        await listing.finish(call, query.parameters, items)
    if rows and "_contribution" in rows[0]:
        put_contributions(rows, items)
    return items if query.fields is None else [picked(item, query.fields) for item in items]


async def _uncertain_count(db: Database | Transaction, call: Call, listing: Listing, query: Query) -> int | None:
    """Return how many records may belong to the list, of which nobody can say; None where no place was asked for."""
    assert listing.uncertain is not None
    parameters = listing.uncertain(query.parameters)
    if parameters is None:
        return None
    where = Where(listing, Query(dict(parameters), query.prepared), call.caller)
    count: int = await db.fetchval(count_statement(where), *where.own_args)
    return count


async def _sums(db: Database | Transaction, listing: Listing, query: Query, where: Where) -> dict[str, int]:
    """Return the sums asked for. Raises Invalid where one is more than JSON readers keep to the last đồng."""
    row = await db.fetchrow(sums_statement(listing, query.sums, where), *where.read_args)
    assert row is not None
    sums = {name: int(row[name]) for name in query.sums}
    if max(map(abs, sums.values())) > MAX_VND:
        words = (
            "Tổng lớn hơn 9.007.199.254.740.991 đồng nên không ghi đúng đến từng đồng được; hãy lọc bớt danh sách.",
            "The sum is above 9,007,199,254,740,991 VND and cannot be told to the last đồng; narrow the list.",
        )
        raise problems.Invalid(FieldError("too_large", words, parameter="sums"))
    return sums


async def _facet(
    db: Database | Transaction,
    call: Call,
    listing: Listing,
    name: str,
    query: Query,
    where: Where,
    preset: Mapping[str, Any] | None,
) -> dict[str, Any]:
    counted = without_own_filter(listing, query, name)
    if counted is not query:
        counted.parameters.update(preset or {})
        where = Where(listing, counted, call.caller)
    rows = await db.fetch(facet_statement(listing, name, where), *where.own_args)
    return {"name": name, "values": [dict(row) for row in rows]}
