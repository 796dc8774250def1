"""The operations of the change feed: following it, what it tells of, and proving that a copy is equal."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Annotated, Any, TypedDict

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from kernel.database.statements import Statement
from kernel.feed.changes import CursorExpired, EventRow, Events, FeedUnsafe, events, read_cursor
from kernel.problems import FieldError, Invalid
from kernel.problems.field_labels import Label
from kernel.records import R, Resource
from kernel.records.listing import comma_list
from kernel.values.wording import ANOTHER, another
from kernel.web.auth import narrow
from kernel.web.calls import Call, CurrentCall
from kernel.web.limits import TooManyPolls
from kernel.web.operations import ApiRouter
from kernel.web.replies import PRIVATE, json_reply
from kernel.web.schemas import Output

MAX_EVENTS, MAX_WAIT_SECONDS, LOOK_SECONDS = 500, 25, 0.25


class ChangeEvent(Output):
    """Something happened to a record: a reason to fetch it, not the truth itself. The first one may be `.changed`."""

    cursor: str = Field(description="Resume behind this event")
    id: str = Field(json_schema_extra={"format": "uuid"})
    type: Annotated[str, Label("Loại sự kiện")] = Field(description="<record>.created, .changed or .removed")
    resource: str = Field(description="Path of the record")
    resource_type: str
    resource_id: str = Field(json_schema_extra={"format": "uuid"})
    resource_version: int
    occurred_at: datetime
    changed: list[str]
    reason: str | None = Field(description="Of a removal: deleted, merged or out_of_scope")
    merged_into: str | None
    current: dict[str, Any] | None = Field(
        description="With include=resource: the record as it is; null when it is gone"
    )


class ChangePage(Output):
    """Events in order. `next_cursor` is there also on an empty page: keep it and come back."""

    items: list[ChangeEvent]
    next_cursor: str
    at_head: bool = Field(description="Nothing more for now")


class ChangeType(Output):
    """A type of record that the feed tells of."""

    type: Annotated[str, Label("Loại bản ghi")] = Field(
        description="As events say it (`resource_type`), and as `types` and the checksum take it"
    )
    resource: str = Field(description="Path of the records")
    export_type: str | None = Field(
        description="Give it to the exports as `type`; null: there is no export, and the feed itself is read from its beginning"
    )
    includes_national: bool = Field(
        description="Whether records of the nation (alliance VN) are in everyone's feed, export and checksum"
    )


class ChangeTypes(Output):
    """The types of record of this feed: one snapshot each, taken in this order."""

    items: list[ChangeType]
    exports: str | None = Field(description="Path at which a snapshot is asked for; null: there are none")
    keep_cursor_of: str | None = Field(
        description="The type whose snapshot is taken first, before any other is asked for: its cursor is the one to keep"
    )


class ChecksumGroup(Output):
    """How many records a follower should hold, and the sum that proves they are the same versions."""

    group: Annotated[str | None, Label("Nhóm")] = Field(description="Province of today; null: all records together")
    count: int
    checksum: str


class Checksums(Output):
    """Checksums of one type of record."""

    type: Annotated[str, Label("Loại bản ghi")]
    items: list[ChecksumGroup]


class _Sum(TypedDict):
    group: str | None
    count: int
    checksum: str


def province_column(resource: Resource[Any]) -> str:
    """Return the column that says in which province of today a record is."""
    return "province_2025" if "province_2025" in resource.columns else "alliance"


# As many texts as there are resources, each for the nation and for an alliance.
@functools.lru_cache(maxsize=500)
def current_statement(select: Statement[R], condition: str) -> Statement[R]:
    """Return the statement that reads records by id, where `condition` (narrow) keeps them to an area."""
    return Statement(select.row, f"{select} WHERE id = ANY($1::uuid[]) AND {condition}")


@functools.lru_cache(maxsize=500)
def checksum_statement(table: str, group: str, condition: str) -> Statement[_Sum]:
    """Return the statement that adds up the records of a table by the expression `group`."""
    return Statement(
        _Sum,
        f"""
    SELECT {group}::text AS "group", count(*) AS count, coalesce(sum(
           ('x0' || left(md5(id::text || ':' || version), 15))::bit(64)::bigint::numeric), 0)::text AS checksum
      FROM {table} WHERE {condition} GROUP BY 1 ORDER BY 1""",  # noqa: S608  names and conditions of the code; what callers send is bound
    )


def changes_router(
    service: str,
    resources: Sequence[Resource[Any]],
    scopes: Sequence[str],
    *,
    snapshot_url: str | None = None,
    told_of: Mapping[str, str] | None = None,
) -> ApiRouter:
    """Return the feed operations of `service` over `resources`.

    `snapshot_url`: where a follower starts over, in a service without exports. `told_of`: the feed tells of one resource
    alone, at `/changes` of its own path, which stands for parts of these records: type → path. What else is in them, and
    which of it changed, is not told.
    """
    whose, prefix = (service, f"/v1/{service}") if told_of is None else (resources[0].name, resources[0].path)
    router = ApiRouter(prefix=f"{prefix}/changes", tags=[f"{service}-changes"])
    told, summed = ("changes", "a record type") if told_of is None else (f"{whose}s", f"{whose}s")
    by_name = {resource.name: resource for resource in resources}
    by_event = by_name if told_of is None else dict.fromkeys(told_of, resources[0])
    start_over = snapshot_url or f"/v1/{service}/exports"
    shared = tuple(name for name, resource in by_event.items() if resource.shared)

    def chosen(types: str | None, faults: list[FieldError], parameter: str = "types") -> list[str]:
        names = [] if types is None else types.split(",")
        faults += [
            FieldError("not_allowed", another(name), parameter=parameter, allowed=tuple(by_name))
            for name in dict.fromkeys(names)
            if name not in by_name
        ]
        return names

    async def current(call: Call, rows: Sequence[EventRow]) -> dict[str, dict[str, Any]]:
        documents: dict[str, dict[str, Any]] = {}
        for name in {row["resource_type"] for row in rows}:
            resource = by_event[name]
            args: list[Any] = [[row["resource_id"] for row in rows if row["resource_type"] == name]]
            area = narrow(call.caller, args, shared=resource.shared)
            if resource.present is not None:
                area = f"{area} AND {resource.present}"
            for record in await call.db.fetch(current_statement(resource.select, area), *args):
                documents[record["id"]] = resource.represent(record)
        return documents

    async def list_changes(
        call: CurrentCall,
        after: Annotated[
            str | None, Query(description="`next_cursor` of before; absent: from the beginning", max_length=300)
        ] = None,
        types: Annotated[str | None, Query(max_length=500, include_in_schema=False)] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_EVENTS, description="Events a page")] = MAX_EVENTS,
        wait: Annotated[int, Query(ge=0, le=MAX_WAIT_SECONDS, description="Seconds to wait for something new")] = 0,
        include: Annotated[str | None, Query(max_length=20, include_in_schema=False)] = None,
    ) -> Response:
        """Follow what happens in the caller's area, at least once and per record in order.

        Keep `next_cursor`, also of an empty page. Removals are tombstones: `deleted`, `merged` or `out_of_scope`, each with
        a version above the last that the caller saw; who still sees a record is not told that it left. What decides is
        the version: take what is newer than what you hold.
        """
        faults: list[FieldError] = []
        names = chosen(types, faults)
        if told_of is not None:
            names = list(told_of)
        if include not in (None, "resource"):
            faults.append(FieldError("not_allowed", ANOTHER, parameter="include", allowed=("resource",)))
        position = None
        try:
            position = read_cursor(after) if after is not None else None
        except Invalid as refused:
            faults += refused.members["errors"]
        if faults:
            raise Invalid(*faults)
        began = time.monotonic()
        with call.state.limits.polls.taken(call.caller) if wait else nullcontext():
            while True:
                page = await events(
                    call.db,
                    after=position,
                    types=names,
                    limit=limit,
                    area=call.caller.area,
                    shared=shared,
                    snapshot_url=start_over,
                )
                # A second while we stop: long enough that who asks again at once is no burden.
                patience = min(wait, 1) if call.state.draining.begun else wait
                if page.rows or time.monotonic() - began >= patience or await call.request.is_disconnected():
                    break
                position = page.cursor
                await asyncio.sleep(LOOK_SECONDS)
        documents = await current(call, page.rows) if include else None
        items = [_event(by_event, page, row, documents) for row in page.rows]
        for item, row in zip(items, page.rows, strict=True):
            if told_of is not None:
                item.update(resource=f"{told_of[row['resource_type']]}/{row['resource_id']}", changed=[])
        document = {"items": items, "next_cursor": str(page.cursor), "at_head": page.at_head}
        return json_reply(document)

    async def list_types(call: CurrentCall) -> Response:
        """Say what this feed tells of, and how a copy of it begins.

        Take one snapshot a type in the order of `items`. The first one is finished before the next is asked for, and its
        cursor is the one to keep: what follows it repeats some of what later snapshots hold, and misses nothing.
        """
        items = [
            {
                "type": resource.name,
                "resource": resource.path,
                "export_type": resource.name if snapshot_url is None else None,
                "includes_national": bool(resource.shared),
            }
            for resource in resources
        ]
        with_exports = snapshot_url is None
        document = {
            "items": items,
            "exports": start_over if with_exports else None,
            "keep_cursor_of": resources[0].name if with_exports else None,
        }
        return json_reply(document, cache=PRIVATE)

    async def read_checksum(
        call: CurrentCall,
        type_: str,
        group_by: Annotated[
            str | None,
            Query(
                description="province: one sum a province of today",
                max_length=20,
                json_schema_extra={"enum": ["province"]},
            ),
        ] = None,
    ) -> Response:
        """Prove that a follower is equal: count and sum over its records of this type.

        The sum of a record is the first 15 hexadecimal digits of md5("<id>:<version>"), id in lower case, as an integer;
        the checksum is the sum over all records, in decimal. The order does not matter.
        """
        faults: list[FieldError] = []
        names = chosen(type_, faults, "type")
        if len(names) > 1:
            words = ("Hãy nêu đúng một loại.", "Name exactly one type.")
            faults.append(FieldError("not_allowed", words, parameter="type"))
        if group_by not in (None, "province"):
            faults.append(FieldError("not_allowed", ANOTHER, parameter="group_by", allowed=("province",)))
        if faults:
            raise Invalid(*faults)
        resource = by_name[names[0]]
        args: list[Any] = []
        area = narrow(call.caller, args, shared=resource.shared)
        if resource.present is not None:
            area = f"{area} AND {resource.present}"
        sql = checksum_statement(resource.table.name, province_column(resource) if group_by else "NULL", area)
        items: list[_Sum] = [{**row} for row in await call.db.fetch(sql, *args)]
        if not items and group_by is None:
            items = [{"group": None, "count": 0, "checksum": "0"}]
        return json_reply({"type": resource.name, "items": items})

    type_query = Query(alias="type", description="Record type", max_length=60, json_schema_extra={"enum": [*by_name]})
    read_checksum.__annotations__["type_"] = Annotated[str, type_query]
    list_changes.__name__, read_checksum.__name__ = f"list_{whose}_changes", f"read_{whose}_checksum"
    list_types.__name__ = f"list_{whose}_change_types"
    router.operation(
        "GET",
        "",
        scopes=scopes,
        response_model=ChangePage,
        problems=(CursorExpired, FeedUnsafe, TooManyPolls),
        summary=f"Follow {told}",
        openapi_extra={
            "parameters": [
                comma_list("types", by_name, "Record types."),
                comma_list("include", ("resource",), "resource: add each record as it is now."),
            ]
        },
    )(list_changes)
    if told_of is None:
        router.operation(
            "GET", "/types", scopes=scopes, response_model=ChangeTypes, summary="List the record types of the feed"
        )(list_types)
    router.operation(
        "GET", "/checksum", scopes=scopes, response_model=Checksums, summary=f"Read the checksum of {summed}"
    )(read_checksum)
    return router


def _event(
    by_event: Mapping[str, Resource[Any]], page: Events, row: EventRow, documents: dict[str, dict[str, Any]] | None
) -> dict[str, Any]:
    resource = by_event.get(row["resource_type"])
    path, name = ("", row["resource_type"]) if resource is None else (resource.path, resource.name)
    return {
        "cursor": str(page.cursor_of(row)),
        "id": row["id"],
        "type": f"{name}.{row['type'].rpartition('.')[2]}",
        "resource": f"{path}/{row['resource_id']}",
        "resource_type": name,
        "resource_id": row["resource_id"],
        "resource_version": row["resource_version"],
        "occurred_at": row["occurred_at"],
        "changed": row["changed"],
        "reason": row["reason"] if row["type"].endswith(".removed") else None,
        "merged_into": row["merged_into"],
        "current": None if documents is None else documents.get(row["resource_id"]),
    }
