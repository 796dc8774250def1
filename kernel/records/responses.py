"""Answering with one record, and with its history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypedDict

import orjson
from starlette.responses import Response

from kernel.database.connections import Database, Transaction
from kernel.database.statements import statement
from kernel.records.embedding import Document, name_all, picked, tag_of
from kernel.records.resources import Resource, shown_to
from kernel.values.origins import origin_shown
from kernel.web.calls import Call
from kernel.web.replies import PRIVATE, is_kept, json_reply, page_document


async def document_of(
    db: Database | Transaction, call: Call, resource: Resource[Any], row: Mapping[str, Any]
) -> Document:
    """Return a record as the caller is answered it: as the caller may see it, with the names beside its ids."""
    document: Document = resource.represent(row)
    if resource.own_view is not None:
        document = shown_to(call.caller, resource.own_view, document)
    await name_all(db, resource.embeds, [row], [document], own=call.caller.confined_to is not None)
    return document


async def answer(
    db: Database | Transaction,
    call: Call,
    resource: Resource[Any],
    row: Mapping[str, Any],
    *,
    status: int = 200,
    extra: Mapping[str, Any] | None = None,
    included: Mapping[str, Any] | None = None,
    fields: Iterable[str] | None = None,
) -> Response:
    """Return one record with its ETag; 304 when the caller has it already; Location when it was created.

    `db`: the transaction that wrote the record, which sees what it wrote. `extra`: what a write tells beside it.
    `included`: what was asked for besides, by field. `fields`: what is answered of the record; None: the whole.
    """
    document = await document_of(db, call, resource, row)
    added = included or {}
    tag = tag_of(row["version"], [*(embed.shown_in(document) for embed in resource.embeds), *added.values()])
    headers = {"ETag": tag, "Cache-Control": resource.cache_control}
    is_read = status == 200 and call.request.method == "GET" and extra is None
    if is_read and is_kept(call.request.headers.get("if-none-match"), tag):
        return Response(None, 304, headers)
    if status == 201:
        headers["Location"] = f"{resource.path}/{row['id']}"
    document = {**picked(document, fields), **added, **(extra or {})}
    return json_reply(document, status, cache=resource.cache_control, headers=headers)


class _Version(TypedDict):
    version: int
    action: str
    recorded_at: datetime
    superseded_at: datetime | None
    recorded_by: str
    reason: str | None
    changed: list[str]
    content: str


# By the primary key of history. $3, $4: the organization whose versions alone are told, and the field that is it or holds it.
_HISTORY_OF = statement(
    _Version,
    """
    SELECT version, action, recorded_at,
           lead(recorded_at) OVER (ORDER BY version) AS superseded_at,
           recorded_by, reason, changed, content
      FROM history WHERE resource_type = $2 AND resource_id = $1::uuid
       AND ($3::text IS NULL OR content -> $4::text @> to_jsonb($3::text)) ORDER BY version""",
)


async def history(call: Call, resource: Resource[Any], id_: str) -> Response:
    """Return every version of one record, oldest first; the guard has checked that the caller may see it.

    An own user is told of the time when the record was its organization's, not of whose it was before.
    """
    own = call.caller.confined_to if resource.own_column else None
    rows = await call.db.fetch(_HISTORY_OF, id_, resource.name, own, resource.own_column)
    items: list[dict[str, Any]] = [
        {
            **row,
            "reason": origin_shown(row["reason"], call.language),
            "content": shown_to(call.caller, resource.own_view, orjson.Fragment(row["content"])),
        }
        for row in rows
    ]
    if own is not None and items and items[0]["version"] > 1:
        # How it came to this organization may name the one that it came from.
        items[0].update(changed=[], reason=None)
    return json_reply(page_document(items), cache=PRIVATE)
