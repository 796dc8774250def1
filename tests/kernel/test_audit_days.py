"""The audit's days are closed once they are over, and tell by name what was tampered with afterwards, by whomever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from kernel.audit.days import Verified, close_days, verify
from kernel.database.connections import Database, connect
from tests.support.databases import Databases, as_service

NOW = datetime(2026, 3, 5, 2, tzinfo=UTC)
IDS = [f"0195{number:04d}-0000-7000-8000-000000000000" for number in range(9)]
_ADD = """
    INSERT INTO audit (id, occurred_at, action, actor, alliance, detail, purpose)
    VALUES ($1::uuid, $2, 'x.read', 'somebody', '25-2025', '{"people": 1}', 'contract')"""


class Audit:
    """A database with an audit, as its service sees it, and as the server's own user, who may do anything."""

    def __init__(self, db: Database, root: asyncpg.Connection[asyncpg.Record]) -> None:
        self.db, self.root = db, root

    async def add(self, number: int, at: datetime) -> None:
        await self.db.execute(_ADD, IDS[number], at)

    async def tamper(self, sql: str) -> None:
        """Do what the triggers refuse everybody else."""
        await self.root.execute("SET session_replication_role = replica")
        await self.root.execute(sql)

    async def verified(self) -> Verified:
        return await verify(self.db)

    async def broken(self) -> tuple[str, str, str | None]:
        found = (await self.verified()).broken
        assert found is not None
        return found.day.isoformat(), found.fault, found.entry


@pytest.fixture
async def audit(databases: Databases) -> AsyncIterator[Audit]:
    """Three entries on 1 March in Vietnam, none on the 2nd, two on the 3rd and one on the 4th, the days to the 4th closed."""
    async with databases.clone("funds") as url:
        db, root = Database(as_service(url), size=3), await connect(url)
        await db.open()
        made = Audit(db, root)
        # 17:00 UTC is the beginning of the next day there.
        for number, hour in ((2, 10), (0, -7), (1, 3)):
            await made.add(number, datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hour))
        for number, hour in ((3, 17), (4, 40)):
            await made.add(number, datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hour))
        await made.add(5, datetime(2026, 3, 4, 16, 59, tzinfo=UTC))
        yield made
        await db.close()
        await root.close()


async def test_days_are_closed_in_order_once_they_are_over_and_settled(audit: Audit) -> None:
    assert await close_days(audit.db, datetime(2026, 3, 4, 17, 30, tzinfo=UTC)) == 3, "the 4th ended half an hour ago"
    assert await close_days(audit.db, NOW) == 1
    assert await close_days(audit.db, NOW) == 0
    found = await audit.verified()
    assert (found.broken, found.days, found.entries, found.last_day, found.unclosed) == (
        None,
        4,
        6,
        date(2026, 3, 4),
        0,
    )
    rows = await audit.db.fetch("SELECT day::text AS day, length(entries) / 48 AS entries FROM audit_day ORDER BY day")
    assert [tuple(row.values()) for row in rows] == [
        ("2026-03-01", 3),
        ("2026-03-02", 0),
        ("2026-03-03", 2),
        ("2026-03-04", 1),
    ]
    await audit.add(6, NOW)
    assert (await audit.verified()).unclosed == 1


async def test_copies_that_close_at_once_close_each_day_once_while_entries_are_added(audit: Audit) -> None:
    async def add() -> None:
        for number in (6, 7, 8):
            await audit.add(number, NOW)

    closed = await asyncio.gather(*(close_days(audit.db, NOW) for _ in range(3)), add())
    assert sum(each or 0 for each in closed) >= 4
    found = await audit.verified()
    assert (found.broken, found.days, found.unclosed) == (None, 4, 3)


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        (f"DELETE FROM audit WHERE id = '{IDS[4]}'", ("2026-03-03", "entry_missing", IDS[4])),
        ("DELETE FROM audit WHERE occurred_at < '2026-03-02'", ("2026-03-01", "entry_missing", IDS[0])),
        (f"UPDATE audit SET actor = 'nobody' WHERE id = '{IDS[1]}'", ("2026-03-01", "entry_changed", IDS[1])),
        (f"UPDATE audit SET unusual = true WHERE id = '{IDS[5]}'", ("2026-03-04", "entry_changed", IDS[5])),
        (f"UPDATE audit SET detail = '{{}}' WHERE id = '{IDS[3]}'", ("2026-03-03", "entry_changed", IDS[3])),
        (
            f"INSERT INTO audit (id, occurred_at, action, actor) VALUES ('{IDS[7]}', '2026-03-02 05:00+00', 'x', 'y')",
            ("2026-03-02", "entry_added", IDS[7]),
        ),
        # A whole day, with what was kept of it.
        (
            "DELETE FROM audit WHERE occurred_at >= '2026-03-02 17:00+00' AND occurred_at < '2026-03-03 17:00+00'; "
            "DELETE FROM audit_day WHERE day = '2026-03-03'",
            ("2026-03-03", "day_missing", None),
        ),
        ("DELETE FROM audit_day WHERE day = '2026-03-01'", ("2026-03-02", "day_missing", None)),
        # The entry and what was kept of its day: the day after still stands on the day as it was.
        (
            f"DELETE FROM audit WHERE id = '{IDS[3]}'; "
            "UPDATE audit_day SET entries = substring(entries FROM 49) WHERE day = '2026-03-03'",
            ("2026-03-03", "day_changed", None),
        ),
        (
            f"DELETE FROM audit WHERE id = '{IDS[3]}'; "
            "UPDATE audit_day SET entries = substring(entries FROM 49), hash = sha256((SELECT hash FROM audit_day "
            "WHERE day = '2026-03-02') || convert_to('2026-03-03 1 ', 'UTF8') || substring(entries FROM 49)) "
            "WHERE day = '2026-03-03'",
            ("2026-03-04", "day_changed", None),
        ),
    ],
)
async def test_what_was_tampered_with_is_named(audit: Audit, sql: str, found: tuple[str, str, str | None]) -> None:
    await close_days(audit.db, NOW)
    await audit.tamper(sql)
    assert await audit.broken() == found


async def test_the_service_can_neither_rewrite_nor_empty_what_is_closed(audit: Audit) -> None:
    await close_days(audit.db, NOW)
    for sql in ("UPDATE audit_day SET hash = ''", "DELETE FROM audit_day", "TRUNCATE audit_day", "TRUNCATE audit"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await audit.db.execute(sql)
    for sql in ("DELETE FROM audit_day", "TRUNCATE audit_day", "TRUNCATE audit"):
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await audit.root.execute(sql)
