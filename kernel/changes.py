"""The change feed: what happened, in an order that never gains a row behind a cursor already given out.

Only rows with xid < pg_snapshot_xmin(pg_current_snapshot()) are shown: what can no longer change. They are ordered and
resumed by the pair (xid, seq); measured, a cursor on a sequence or on xid alone loses rows. xmin is of the whole server:
any transaction that holds an xid, in any database, holds every feed back, so none is held over a network call.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Annotated, Any

import asyncpg
import orjson
from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from kernel.auth import narrow
from kernel.db import Database, Row
from kernel.ids import new_id
from kernel.limits import TooManyPolls
from kernel.problems import Fault, Invalid, Problem
from kernel.records import Resource, dump
from kernel.routing import ApiRouter, Call, CurrentCall
from kernel.schemas import Output

MAX_EVENTS, MAX_WAIT_SECONDS, LOOK_SECONDS = 500, 25, 0.25
_MAX_XID = (1 << 63) - 1


class CursorExpired(Problem):
    status, code = 410, "cursor_expired"
    title = ("Con trỏ không còn dùng được", "The cursor is of no more use")
    detail = (
        "Cơ sở dữ liệu đã bắt đầu đời mới; hãy tải lại bản chụp ở `snapshot_url` rồi theo tiếp.",
        "The database began a new life; load a snapshot from `snapshot_url` and follow on from its cursor.",
    )
    example = {"snapshot_url": "/v1/registry/exports"}


class FeedUnsafe(Problem):
    status, code = 503, "feed_unsafe"
    title = ("Nguồn thay đổi tạm ngừng", "The feed is closed for now")
    detail = (
        "Dữ liệu được khôi phục mà chưa mở đời mới; hãy dùng vca restore.",
        "The data was restored without beginning a new life; use vca restore.",
    )

    def __init__(self, **members: Any) -> None:
        super().__init__(headers={"Retry-After": "60"}, **members)


class ChangeEvent(Output):
    """Something happened to a record: a reason to fetch it, not the truth itself."""

    cursor: str = Field(description="Resume behind this event")
    id: str = Field(json_schema_extra={"format": "uuid"})
    type: str = Field(description="<record>.created, .changed or .removed")
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


class ChecksumGroup(Output):
    """How many records a follower should hold, and the sum that proves they are the same versions."""

    group: str | None
    count: int
    checksum: str


class Checksums(Output):
    """Checksums of one type of record."""

    type: str
    items: list[ChecksumGroup]


def _cursor(epoch: str, xid: int, seq: int) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([epoch, xid, seq])).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[str, int, int]:
    try:
        epoch, xid, seq = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except ValueError:
        epoch = None
    if not (
        isinstance(epoch, str)
        and type(xid) is int
        and type(seq) is int
        and 0 <= xid <= _MAX_XID
        and 0 <= seq <= _MAX_XID
    ):
        words = ("Con trỏ không đọc được.", "The cursor cannot be read.")
        raise Invalid(Fault("wrong_format", words, parameter="after"))
    return epoch, xid, seq


# One statement, so one snapshot: the rows, the horizon they end at, and the life they belong to.
_EVENTS = """
    WITH here AS (
        SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin, (SELECT epoch FROM feed_epoch) AS epoch,
               EXISTS (SELECT FROM change WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())) AS unsafe)
    SELECT here.xmin::text::bigint AS xmin, here.epoch, here.unsafe, c.*
      FROM here LEFT JOIN LATERAL (
           SELECT xid::text::bigint AS xid, seq, id, type, resource_type, resource_id, resource_version, occurred_at,
                  changed, reason, merged_into
             FROM change
            WHERE (xid, seq) > ($1::text::xid8, $2::bigint) AND xid < here.xmin AND {area}{types}
            ORDER BY xid, seq LIMIT $3::int) c ON true"""


async def events(
    db: Database, *, after: tuple[str, int, int] | None, types: Sequence[str], limit: int, area: Any, snapshot_url: str
) -> tuple[list[Row], str, int, int, bool]:
    """Return (rows, epoch, xid, seq to resume at, at head). `area` is the caller. Raises CursorExpired, FeedUnsafe."""
    epoch, xid, seq = after if after is not None else (None, 0, 0)
    args: list[Any] = [str(xid), seq, limit]
    condition = narrow(area, args)
    chosen = ""
    if types:
        args.append(list(types))
        chosen = f" AND resource_type = ANY(${len(args)}::text[])"
    rows = await db.fetch(_EVENTS.format(area=condition, types=chosen), *args)
    here = rows[0]
    if here["unsafe"]:
        raise FeedUnsafe()
    if epoch is not None and epoch != here["epoch"]:
        raise CursorExpired(snapshot_url=snapshot_url)
    found = [row for row in rows if row["id"] is not None]
    if len(found) == limit:
        return found, here["epoch"], found[-1]["xid"], found[-1]["seq"], False
    # All before the horizon has been seen, whoever it belongs to: the next look begins there.
    if (here["xmin"], 0) > (xid, seq):
        xid, seq = here["xmin"], 0
    return found, here["epoch"], xid, seq, True


async def head(db: Database) -> str:
    """Return the cursor of the present end of the feed."""
    row = await db.fetchrow(
        "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin, (SELECT epoch FROM feed_epoch) AS epoch"
    )
    assert row is not None
    return _cursor(row["epoch"], row["xmin"], 0)


SNAPSHOT_CURSOR = """
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin, (SELECT epoch FROM feed_epoch) AS epoch"""
"""Inside a REPEATABLE READ transaction: the horizon of its snapshot. All below it is in the snapshot; what is not in the
snapshot has an xid at or above it, so following from there misses nothing (and may repeat what the snapshot holds)."""


def snapshot_cursor(row: Row) -> str:
    """Return the cursor to follow on from after a snapshot whose SNAPSHOT_CURSOR gave `row`."""
    return _cursor(row["epoch"], row["xmin"], 0)


async def feed_ready(db: Database) -> dict[str, Any]:
    """Return what readiness says of the feed: its head, or that its rows are from another life of the database."""
    unsafe = await db.fetchval(
        "SELECT EXISTS (SELECT FROM change WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()))"
    )
    return {"feed": "failed: rows of another life" if unsafe else "ok", "feed_head": await head(db)}


async def rebase(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Begin a new life after a restore: a new epoch, and old rows put before everything yet to come, in their order.

    A dump keeps old xids while the new server's counter starts low: kept, they would stay unseen for years. All old
    rows get one xid that every server has behind it, and their order goes into seq. Nothing is done without a feed.
    """
    if await connection.fetchval("SELECT to_regclass('change') IS NULL OR to_regclass('feed_epoch') IS NULL"):
        return
    async with connection.transaction():
        await connection.execute("LOCK TABLE change IN ACCESS EXCLUSIVE MODE")
        await connection.execute("ALTER TABLE change DISABLE TRIGGER USER")
        await connection.execute("ALTER TABLE change DROP CONSTRAINT pk_change")
        await connection.execute(
            "UPDATE change c SET xid = '3'::xid8, seq = r.place FROM "
            "(SELECT id, row_number() OVER (ORDER BY xid, seq) AS place FROM change) r WHERE r.id = c.id"
        )
        await connection.execute("ALTER TABLE change ADD CONSTRAINT pk_change PRIMARY KEY (xid, seq)")
        await connection.execute("ALTER TABLE change ENABLE TRIGGER USER")
        await connection.execute(
            "SELECT setval(pg_get_serial_sequence('change', 'seq'), (SELECT coalesce(max(seq), 0) + 1 FROM change), false)"
        )
        await connection.execute("UPDATE feed_epoch SET epoch = $1, began_at = now()", new_id().replace("-", ""))


def changes_router(
    service: str, resources: Sequence[Resource], scopes: Sequence[str], *, snapshot_url: str | None = None
) -> ApiRouter:
    """Return the feed operations of `service` over `resources`; `snapshot_url`: where a follower starts over."""
    router = ApiRouter(prefix=f"/v1/{service}/changes", tags=["changes"])
    known = {resource.name: resource for resource in resources}
    start_over = snapshot_url or f"/v1/{service}/exports"

    def chosen(types: str | None, parameter: str = "types") -> list[str]:
        names = [] if types is None else types.split(",")
        if unknown := [name for name in names if name not in known]:
            listed = ", ".join(known)
            words = (f"{unknown[0]}: phải là một trong: {listed}.", f"{unknown[0]}: one of: {listed}.")
            raise Invalid(Fault("not_allowed", words, parameter=parameter))
        return names

    async def current(call: Call, rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for name in {row["resource_type"] for row in rows}:
            resource = known[name]
            args: list[Any] = [[row["resource_id"] for row in rows if row["resource_type"] == name]]
            area = narrow(call.caller, args)
            for row in await call.db.fetch(f"{resource.select} WHERE id = ANY($1::uuid[]) AND {area}", *args):
                found[row["id"]] = resource.represent(row)
        return found

    async def list_changes(
        call: CurrentCall,
        after: Annotated[
            str | None, Query(description="`next_cursor` of before; absent: from the beginning", max_length=300)
        ] = None,
        types: Annotated[str | None, Query(description="Comma list of record types", max_length=500)] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_EVENTS, description="Events a page")] = MAX_EVENTS,
        wait: Annotated[int, Query(ge=0, le=MAX_WAIT_SECONDS, description="Seconds to wait for something new")] = 0,
        include: Annotated[
            str | None, Query(description="resource: add each record as it is now", max_length=20)
        ] = None,
    ) -> Response:
        """Follow what happens in the caller's area, at least once and per record in order.

        Keep `next_cursor`, also of an empty page. Removals are tombstones: `deleted`, `merged` or `out_of_scope`.
        """
        names = chosen(types)
        if include not in (None, "resource"):
            raise Invalid(Fault("not_allowed", ("Chỉ có: resource.", "Only: resource."), parameter="include"))
        position = _read_cursor(after) if after is not None else None
        began = time.monotonic()
        with call.state.limits.polls.taken(call.caller) if wait else nullcontext():
            while True:
                rows, epoch, xid, seq, at_head = await events(
                    call.db, after=position, types=names, limit=limit, area=call.caller, snapshot_url=start_over
                )
                # A second while we stop: long enough that who asks again at once is no burden.
                patience = min(wait, 1) if call.state.draining.begun else wait
                if rows or time.monotonic() - began >= patience or await call.request.is_disconnected():
                    break
                position = (epoch, xid, seq)
                await asyncio.sleep(LOOK_SECONDS)
        now = await current(call, rows) if include else {}
        items = [_shown(known, row, epoch, now if include else None) for row in rows]
        document = {"items": items, "next_cursor": _cursor(epoch, xid, seq), "at_head": at_head}
        return Response(dump(document), 200, {"Cache-Control": "no-store"}, "application/json")

    async def read_checksum(
        call: CurrentCall,
        type_: Annotated[str, Query(alias="type", description="Record type", max_length=60)],
        group_by: Annotated[
            str | None, Query(description="province: one sum a province of today", max_length=20)
        ] = None,
    ) -> Response:
        """Prove that a follower is equal: count and sum over its records of this type.

        The sum of a record is the first 15 hexadecimal digits of md5("<id>:<version>"), id in lower case, as an integer;
        the checksum is the sum over all records, in decimal. The order does not matter.
        """
        names = chosen(type_, "type")
        if len(names) > 1:
            raise Invalid(Fault("not_allowed", ("Chỉ một loại.", "One type only."), parameter="type"))
        resource = known[names[0]]
        if group_by not in (None, "province"):
            raise Invalid(Fault("not_allowed", ("Chỉ có: province.", "Only: province."), parameter="group_by"))
        column = "province_2025" if "province_2025" in resource.columns else "alliance"
        args: list[Any] = []
        area = narrow(call.caller, args)
        rows = await call.db.fetch(
            f"SELECT {column if group_by else 'NULL'}::text AS grp, count(*) AS count, coalesce(sum("
            f"('x0' || left(md5(id::text || ':' || version), 15))::bit(64)::bigint::numeric), 0)::text AS checksum "
            f"FROM {resource.table.name} WHERE {area} GROUP BY 1 ORDER BY 1",
            *args,
        )
        items = [{"group": row["grp"], "count": row["count"], "checksum": row["checksum"]} for row in rows]
        if not items and group_by is None:
            items = [{"group": None, "count": 0, "checksum": "0"}]
        return Response(
            dump({"type": resource.name, "items": items}), 200, {"Cache-Control": "no-store"}, "application/json"
        )

    list_changes.__name__, read_checksum.__name__ = f"list_{service}_changes", f"read_{service}_checksum"
    router.operation(
        "GET", "", scopes=scopes, response_model=ChangePage, problems=(CursorExpired, FeedUnsafe, TooManyPolls),
        summary="Follow changes",
    )(list_changes)  # fmt: skip
    router.operation(
        "GET", "/checksum", scopes=scopes, response_model=Checksums, summary="Prove that a follower is equal"
    )(read_checksum)
    return router


def _shown(known: dict[str, Resource], row: Row, epoch: str, now: dict[str, dict[str, Any]] | None) -> dict[str, Any]:
    resource = known.get(row["resource_type"])
    path = resource.path if resource is not None else ""
    return {
        "cursor": _cursor(epoch, row["xid"], row["seq"]),
        "id": row["id"],
        "type": row["type"],
        "resource": f"{path}/{row['resource_id']}",
        "resource_type": row["resource_type"],
        "resource_id": row["resource_id"],
        "resource_version": row["resource_version"],
        "occurred_at": row["occurred_at"],
        "changed": row["changed"],
        "reason": row["reason"] if row["type"].endswith(".removed") else None,
        "merged_into": row["merged_into"],
        "current": None if now is None else now.get(row["resource_id"]),
    }
