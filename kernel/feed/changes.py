"""The change feed: what happened, in an order that never gains an event behind a cursor already given out.

An event's place is (xid, seq): xid is the id of its transaction, or that of the record's event before where this is
greater; seq is taken while the record is locked. So the events of one record stand in the order of its versions, and
events are shown as long as xid < pg_snapshot_xmin(pg_current_snapshot()) =: X. Why nothing appears behind a cursor then:

- What is shown is complete. An event whose own transaction is still running has an own id >= X, and its place is not
  below its own id: it will stand at or behind X. All others are in the snapshot, or were rolled back.
- What is written is shown one day. A place that was taken over is the id of a transaction that had ended by then, for
  the record's lock was free; X passes it as it passes every id. That also holds for transactions that write the same
  records in opposite order: an event may be raised to another's place, never beyond the ids that were given out.
- Events of one record have places that never fall and, where they are equal, a seq that grows with the version.

Measured: a cursor on a sequence, or on the transaction's id alone, loses rows or turns versions round. xmin is of the whole
server: any transaction that holds an id, in any database, holds every feed back, so none is held over a network call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

import asyncpg

from kernel.database.connections import Database
from kernel.database.statements import always, command, scalar, statement
from kernel.problems import FieldError, Invalid, Problem
from kernel.records import OUT_OF_SCOPE, cursors
from kernel.values.ids import is_id, new_id
from kernel.web.auth import NATION

_MAX_XID = (1 << 63) - 1


class CursorExpired(Problem):
    status, code = 410, "cursor_expired"
    title = ("Con trỏ đã hết hiệu lực", "Cursor expired")
    detail = (
        "Dữ liệu đã được khôi phục về một lúc trước đó hoặc bắt đầu đời mới; hãy tải lại bản chụp rồi theo dõi tiếp từ con "
        "trỏ của bản chụp ấy.",
        "The data was put back to an earlier state, or began a new life; load a snapshot again and follow on from its "
        "cursor.",
    )
    example = {"snapshot_url": "/v1/registry/exports"}


class FeedUnsafe(Problem):
    status, code = 503, "feed_unsafe"
    title = ("Dòng thay đổi tạm ngừng", "Feed temporarily closed")
    detail = (
        "Dữ liệu được khôi phục mà chưa mở đời mới; người vận hành hãy chạy vca feeds renew.",
        "The data was restored without beginning a new life; the operator has to run vca feeds renew.",
    )

    def __init__(self, **members: Any) -> None:
        super().__init__(headers={"Retry-After": "60"}, **members)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event stands, and which one it is."""

    xid: int
    seq: int
    id: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """Names the last event up to which its reader has everything, in this life of the database.

    `at` is None where nothing had happened yet. `seen`: of a snapshot, the last event that it holds: what it holds
    may lie behind `at`, as a transaction that was still open then keeps the feed from showing it.
    """

    epoch: str
    at: Place | None
    seen: Place | None = None

    def __str__(self) -> str:
        """Return the text that is given out."""
        parts: list[Any] = [self.epoch]
        for place in (self.at, self.seen):
            parts += [] if place is None else [place.xid, place.seq, place.id]
        return cursors.encode(parts)


def read_cursor(text: str) -> Cursor:
    """Return the cursor that `text` says. Raises Invalid.

    One of the form of before, [epoch, xid, seq], names no event and belongs to a life that is over.
    """
    try:
        parts = cursors.decode(text)
        epoch, *numbers = parts
        if len(numbers) == 2 and all(_is_number(each) for each in numbers):
            return Cursor("", None)
        places = [Place(*numbers[at : at + 3]) for at in range(0, len(numbers), 3)]
    except (ValueError, TypeError):
        epoch, places = None, []
    are_places = all(_is_number(p.xid) and _is_number(p.seq) and isinstance(p.id, str) and is_id(p.id) for p in places)
    if not (isinstance(epoch, str) and len(places) <= 2 and are_places):
        words = (
            "Không đọc được con trỏ; hãy dùng con trỏ của trang trước.",
            "The cursor cannot be read; use the one of the page before.",
        )
        raise Invalid(FieldError("wrong_format", words, parameter="after"))
    return Cursor(epoch, *places) if places else Cursor(epoch, None)


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 <= value <= _MAX_XID


class Horizon(TypedDict):
    """The life of the database, and the newest event below the horizon of a snapshot; null where nothing happened yet."""

    epoch: str
    last_xid: int | None
    last_seq: int | None
    last_id: str | None


class EventRow(Horizon):
    """An event of the feed, beside the horizon of the snapshot that it was read in."""

    unsafe: bool
    stands: bool
    xid: int
    place: int
    seq: int
    id: str
    type: str
    resource_type: str
    resource_id: str
    resource_version: int
    occurred_at: datetime
    changed: list[str]
    reason: str | None
    merged_into: str | None


@dataclass(frozen=True, slots=True)
class Events:
    """A page of the feed; `cursor` resumes behind it."""

    rows: list[EventRow]
    cursor: Cursor
    at_head: bool

    def cursor_of(self, row: EventRow) -> Cursor:
        """Return the cursor that resumes behind one event."""
        return Cursor(self.cursor.epoch, Place(row["xid"], row["seq"], row["id"]))


# The newest event that is shown, whoever it belongs to: a reader who has all of its own up to there goes on from it.
_LAST = (
    "LATERAL (SELECT xid, seq, id FROM change WHERE xid < here.xmin ORDER BY xid DESC, seq DESC LIMIT 1) last ON true"
)
_STANDS = """
    ({0}::text IS NULL OR EXISTS (
     SELECT FROM change WHERE xid = {0}::text::xid8 AND seq = {1}::bigint AND id = {2}::uuid))"""

# One statement, so one snapshot: the rows, the horizon they end at, the life they belong to, and whether what the cursor
# names is still there. Each branch runs along an index from the cursor on.
_EVENTS = f"""
    WITH here AS MATERIALIZED (
        SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin, (SELECT epoch FROM feed_epoch) AS epoch,
               EXISTS (SELECT FROM change WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())) AS unsafe,
               {_STANDS.format("$1", "$2", "$3")} AND coalesce($1::text::xid8 < pg_snapshot_xmin(pg_current_snapshot()), true)
               AND {_STANDS.format("$4", "$5", "$6")} AS stands)
    SELECT here.epoch, here.unsafe, here.stands,
           last.xid::text::bigint AS last_xid, last.seq AS last_seq, last.id AS last_id,
           c.place::text::bigint AS xid, c.*
      FROM here LEFT JOIN {_LAST} LEFT JOIN LATERAL (
           SELECT * FROM ({{branches}}) b ORDER BY place, seq LIMIT $7::int) c ON true"""  # noqa: S608  names are constants of the code
_BRANCH = """
    (SELECT xid AS place, seq, id, type, resource_type, resource_id, resource_version, occurred_at, changed, reason,
            merged_into
       FROM change
      WHERE (xid, seq) > (coalesce($1::text, '0')::xid8, coalesce($2::bigint, 0)) AND xid < here.xmin AND {condition}
      ORDER BY xid, seq LIMIT $7::int)"""


def _branches(*, is_nation: bool, by_type: bool, with_shared: bool) -> str:
    """Return the events that a caller sees. Behind $7 stand the types (`by_type`), the area and the types that are shared."""
    area = 9 if by_type else 8
    of_type = " AND resource_type = ANY($8::text[])" if by_type else ""
    if is_nation:
        # Who sees the whole nation loses nothing by a move.
        return _BRANCH.format(condition=f"reason IS DISTINCT FROM '{OUT_OF_SCOPE}'{of_type}")
    branches = [_BRANCH.format(condition=f"alliance = ${area}{of_type}")]
    if with_shared:
        national = f"alliance = '{NATION}' AND resource_type = ANY(${area + 1}::text[]){of_type}"
        branches.append(_BRANCH.format(condition=national))
    return " UNION ALL ".join(branches)


_EVENTS_OF_NATION = {
    by_type: statement(EventRow, _EVENTS.format(branches=_branches(is_nation=True, by_type=by_type, with_shared=False)))
    for by_type in (False, True)
}
_EVENTS_OF_ALLIANCE = {
    (by_type, with_shared): statement(
        EventRow, _EVENTS.format(branches=_branches(is_nation=False, by_type=by_type, with_shared=with_shared))
    )
    for by_type in (False, True)
    for with_shared in (False, True)
}


async def events(
    db: Database,
    *,
    after: Cursor | None,
    types: Sequence[str],
    limit: int,
    area: str,
    snapshot_url: str,
    shared: Sequence[str] = (),
) -> Events:
    """Return what happened behind `after` (from the beginning) in `area`: at most `limit` events of `types` (all).

    `shared`: types whose national records everyone sees. Raises CursorExpired, FeedUnsafe.
    """
    at, seen = (None, None) if after is None else (after.at, after.seen)
    args: list[Any] = []
    for place in (at, seen):
        args += (None, None, None) if place is None else (str(place.xid), place.seq, place.id)
    args.append(limit)
    if types:
        args.append(list(types))
    if area == NATION:
        sql = _EVENTS_OF_NATION[bool(types)]
    else:
        sql = _EVENTS_OF_ALLIANCE[bool(types), bool(shared)]
        args += (area, list(shared)) if shared else (area,)
    rows = await db.fetch(sql, *args)
    horizon = rows[0]
    if horizon["unsafe"]:
        raise FeedUnsafe()
    if after is not None and not (after.epoch == horizon["epoch"] and horizon["stands"]):
        raise CursorExpired(snapshot_url=snapshot_url)
    # Where nothing happened, one row says where the horizon is; all that an event would say is null in it.
    page = [row for row in rows if row["id"] is not None]
    if len(page) == limit:
        last = page[-1]
        return Events(page, Cursor(horizon["epoch"], Place(last["xid"], last["seq"], last["id"])), False)
    return Events(page, Cursor(horizon["epoch"], _last(horizon)), True)


def _place(xid: int | None, seq: int | None, id_: str | None) -> Place | None:
    return None if xid is None or seq is None or id_ is None else Place(xid, seq, id_)


def _last(row: Horizon) -> Place | None:
    return _place(row["last_xid"], row["last_seq"], row["last_id"])


class SnapshotRow(Horizon):
    """The horizon of a snapshot, and the last event that the snapshot holds."""

    seen_xid: int | None
    seen_seq: int | None
    seen_id: str | None


SNAPSHOT_CURSOR = statement(
    SnapshotRow,
    f"""
    WITH here AS (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin, (SELECT epoch FROM feed_epoch) AS epoch)
    SELECT here.epoch, last.xid::text::bigint AS last_xid, last.seq AS last_seq, last.id AS last_id,
           seen.xid::text::bigint AS seen_xid, seen.seq AS seen_seq, seen.id AS seen_id
      FROM here LEFT JOIN {_LAST}
      LEFT JOIN (SELECT xid, seq, id FROM change ORDER BY xid DESC, seq DESC LIMIT 1) seen ON true""",  # noqa: S608  names are constants of the code
)
"""Inside a REPEATABLE READ transaction: the last event below the horizon of its snapshot, and the last that it holds. All
below the horizon is in the snapshot; what is not in it stands at or above, so following from there misses nothing (and may
repeat what the snapshot holds)."""


def snapshot_cursor(row: SnapshotRow) -> Cursor:
    """Return the cursor to follow on from after a snapshot whose SNAPSHOT_CURSOR gave `row`."""
    return Cursor(row["epoch"], _last(row), _place(row["seen_xid"], row["seen_seq"], row["seen_id"]))


async def head(db: Database) -> str:
    """Return the cursor of the present end of the feed."""
    row = await db.fetchrow(SNAPSHOT_CURSOR)
    assert row is not None
    return str(Cursor(row["epoch"], _last(row)))


_UNSAFE = always(bool, "SELECT EXISTS (SELECT FROM change WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()))")


async def feed_ready(db: Database) -> dict[str, Any]:
    """Return what readiness says of the feed: its head, or that its rows are from another life of the database."""
    unsafe = await db.fetchval(_UNSAFE)
    return {"feed": "failed: rows of another life" if unsafe else "ok", "feed_head": await head(db)}


_NO_FEED = always(bool, "SELECT to_regclass('change') IS NULL OR to_regclass('feed_epoch') IS NULL")
_NEW_LIFE = command("UPDATE feed_epoch SET epoch = $1, began_at = now()")
_REBASE = (
    command("LOCK TABLE change IN ACCESS EXCLUSIVE MODE"),
    command("ALTER TABLE change DISABLE TRIGGER USER"),
    command("ALTER TABLE change DROP CONSTRAINT pk_change"),
    command("""
        UPDATE change c SET xid = '3'::xid8, seq = r.place
          FROM (SELECT id, row_number() OVER (ORDER BY xid, seq) AS place FROM change) r WHERE r.id = c.id"""),
    command("ALTER TABLE change ADD CONSTRAINT pk_change PRIMARY KEY (xid, seq)"),
    command("ALTER TABLE change ENABLE TRIGGER USER"),
    scalar(
        int,
        "SELECT setval(pg_get_serial_sequence('change', 'seq'), (SELECT coalesce(max(seq), 0) + 1 FROM change), false)",
    ),
)


async def renew(connection: asyncpg.Connection[asyncpg.Record]) -> bool:
    """Begin a new life, so that every follower starts over; return whether there is a feed here.

    After the database was put back by other means than ours. Rows of another server, which ours would not show, are
    put in place as well.
    """
    if await connection.fetchval(str(_NO_FEED)):
        return False
    if await connection.fetchval(str(_UNSAFE)):
        await rebase(connection)
    else:
        await connection.execute(str(_NEW_LIFE), _new_epoch())
    return True


async def rebase(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Begin a new life after a restore: a new epoch, and old rows put before everything yet to come, in their order.

    A dump keeps old xids while the new server's counter starts low: kept, they would stay unseen for years. All old
    rows get one xid that every server has behind it, and their order goes into seq. Nothing is done without a feed.
    The xids in history may stay: those that this server has not reached are passed over, the others raise nothing that
    it has not reached (kernel.records.journal).
    """
    if await connection.fetchval(str(_NO_FEED)):
        return
    async with connection.transaction():
        for sql in _REBASE:
            await connection.execute(str(sql))
        await connection.execute(str(_NEW_LIFE), _new_epoch())


def _new_epoch() -> str:
    return new_id().replace("-", "")
