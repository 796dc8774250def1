"""A chain over the audit: each day's entries are hashed in order, with the hash of the day before.

Entries are added without a thought for the chain: a day is closed once it is over, by whichever copy of the service comes
first. What is closed tells a changed, a missing and an added entry by its id, and a missing day. Who owns the database could
write all of it anew from some day on: the last hash, kept elsewhere (it is in the log, and `vca audit verify` prints it),
tells that too.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypedDict
from uuid import UUID

from fastapi import FastAPI

from kernel.database.connections import FAILURES, Database
from kernel.database.statements import always, command, scalar, statement
from kernel.runtime.logging import get_logger
from kernel.values.days import VIETNAM, now

_FORMAT = 1
_ID_BYTES, _HASH_BYTES = 16, 32
_BEGINNING = bytes(_HASH_BYTES)
# An entry gets its instant before its transaction commits; the longest transaction that a service may have takes 15 minutes.
_SETTLED_AFTER = timedelta(hours=1)
_FIRST_SECONDS, _LOOK_SECONDS = 60.0, 900.0

# Each entry of a day: its id and the hash of all that it said, as format 1 has it (columns that come later are not in it).
# jsonb has one text for one content, in every version and after a restore. By ix_audit_occurred_at.
_ENTRIES = scalar(
    bytes,
    """
    SELECT string_agg(
               uuid_send(id) || sha256(convert_to(jsonb_build_array(
                   (extract(epoch FROM occurred_at) * 1000000)::bigint, action, actor, alliance, resource_type, resource_id,
                   request_id, detail, purpose, unusual)::text, 'UTF8')),
               ''::bytea ORDER BY occurred_at, id)
      FROM audit WHERE occurred_at >= $1 AND occurred_at < $2""",
)


class _DayRow(TypedDict):
    day: date
    format: int
    entries: bytes
    hash: bytes


_FIRST = scalar(datetime, "SELECT min(occurred_at) FROM audit")
_LAST_DAY = statement(_DayRow, "SELECT day, format, entries, hash FROM audit_day ORDER BY day DESC LIMIT 1")
_DAYS = statement(_DayRow, "SELECT day, format, entries, hash FROM audit_day WHERE day > $1 ORDER BY day LIMIT 1")
_ANY_BEFORE = always(bool, "SELECT EXISTS (SELECT FROM audit WHERE occurred_at < $1)")
_UNCLOSED = scalar(int, "SELECT count(*) FROM audit WHERE occurred_at >= $1")
# Others close the same day at the same time: one is first, and all would write the same.
_CLOSE = command("""
    INSERT INTO audit_day (day, format, entries, hash, closed_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING""")

log = get_logger()


class _Reads(Protocol):
    async def fetchval(self, sql: str, *args: Any) -> Any: ...
    async def fetchrow(self, sql: str, *args: Any) -> Any: ...


@dataclass(frozen=True)
class Break:
    """Where the chain does not hold: the day, what is wrong (`entry_missing`, …), and which entry it is, if one."""

    day: date
    fault: str
    entry: str | None = None


@dataclass(frozen=True)
class Verified:
    """What a check found: the first break, or none; through which day it looked, that day's hash, what is not closed yet."""

    broken: Break | None
    days: int
    entries: int
    last_day: date | None
    last_hash: str | None
    unclosed: int


def _begin(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=VIETNAM)


async def _entries(db: _Reads, day: date) -> bytes:
    return await db.fetchval(str(_ENTRIES), _begin(day), _begin(day + timedelta(days=1))) or b""


def _chained(previous: bytes, day: date, format_: int, entries: bytes) -> bytes:
    return hashlib.sha256(previous + f"{day.isoformat()} {format_} ".encode() + entries).digest()


async def close_days(db: Database, until: datetime | None = None) -> int:
    """Close each day that is over, in order; return how many. `until`: the present instant."""
    last_settled = ((until or now()) - _SETTLED_AFTER).astimezone(VIETNAM).date() - timedelta(days=1)
    row = await db.fetchrow(_LAST_DAY)
    if row is not None:
        day, previous = row["day"] + timedelta(days=1), row["hash"]
    else:
        first = await db.fetchval(_FIRST)
        if first is None:
            return 0
        day, previous = first.astimezone(VIETNAM).date(), _BEGINNING
    closed = 0
    while day <= last_settled:
        entries = await _entries(db, day)
        digest = _chained(previous, day, _FORMAT, entries)
        await db.execute(_CLOSE, day, _FORMAT, entries, digest, now())
        log.info(
            "audit.day_closed",
            day=day.isoformat(),
            hash=digest.hex(),
            entries=len(entries) // (_ID_BYTES + _HASH_BYTES),
        )
        day, previous, closed = day + timedelta(days=1), digest, closed + 1
    return closed


async def verify(db: _Reads) -> Verified:
    """Compare every closed day with its entries and with the day before, up to the first that does not hold."""
    days = entries = 0
    last, previous = date.min, _BEGINNING
    broken: Break | None = None
    while broken is None and (row := await db.fetchrow(str(_DAYS), last)) is not None:
        broken = await _broken(db, row, last if days else None, previous)
        if broken is None:
            days, entries = days + 1, entries + len(row["entries"]) // (_ID_BYTES + _HASH_BYTES)
            last, previous = row["day"], row["hash"]
    if days == 0:
        return Verified(broken, 0, 0, None, None, await db.fetchval(str(_UNCLOSED), _begin(date(1900, 1, 1))))
    unclosed = await db.fetchval(str(_UNCLOSED), _begin(last + timedelta(days=1)))
    return Verified(broken, days, entries, last, previous.hex(), unclosed)


async def _broken(db: _Reads, row: Any, before: date | None, previous: bytes) -> Break | None:
    day: date = row["day"]
    if row["format"] != _FORMAT:
        return Break(day, "unknown_format")
    if before is not None and day != before + timedelta(days=1):
        return Break(before + timedelta(days=1), "day_missing")
    if before is None and await db.fetchval(str(_ANY_BEFORE), _begin(day)):
        return Break(day, "day_missing")
    there = await _entries(db, day)
    if there != row["entries"]:
        return _first_difference(day, row["entries"], there)
    if _chained(previous, day, row["format"], there) != row["hash"]:
        return Break(day, "day_changed")
    return None


def _first_difference(day: date, kept: bytes, there: bytes) -> Break:
    """Return the first entry of a day, in its order, that is not as it was when the day was closed."""
    was, is_ = dict(_split(kept)), dict(_split(there))
    for id_, digest in _split(there):
        if id_ not in was:
            return Break(day, "entry_added", id_)
        if was[id_] != digest:
            return Break(day, "entry_changed", id_)
    for id_ in was:
        if id_ not in is_:
            return Break(day, "entry_missing", id_)
    return Break(day, "day_changed")


def _split(entries: bytes) -> Iterator[tuple[str, bytes]]:
    size = _ID_BYTES + _HASH_BYTES
    for at in range(0, len(entries), size):
        yield str(UUID(bytes=entries[at : at + _ID_BYTES])), entries[at + _ID_BYTES : at + size]


async def closing_days(app: FastAPI) -> AsyncIterator[None]:
    """Close the audit's days while the service runs."""

    async def close() -> None:
        # Not at once: who starts has better things to do, and copies of a service need not look together.
        wait = _FIRST_SECONDS * (1 + random.random())
        while True:
            await asyncio.sleep(wait)
            wait = _LOOK_SECONDS
            with contextlib.suppress(*FAILURES):
                await close_days(app.state.db)

    task = asyncio.create_task(close())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
