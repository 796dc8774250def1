"""The pool: what a cancelled call leaves behind does not fall on whoever comes next."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from kernel.database import connections, hosts
from kernel.database.connections import Connection, Database, is_unavailable, opened
from kernel.database.traced import TracedConnection
from tests.support.databases import Databases, as_owner
from vca.postgres import free_port

LIMIT_SECONDS = 0.2


async def test_a_call_that_was_cancelled_leaves_no_clock_running_for_the_next(databases: Databases) -> None:
    """The server's time limit of a statement begins with its preparation, and ends with what follows it."""
    async with databases.clone("funds") as url:
        database = Database(url, size=1, statement_timeout=f"{int(LIMIT_SECONDS * 1000)}ms")
        await database.open()
        try:
            with pytest.raises(asyncio.CancelledError):
                await _cancelled_between(database)
            await asyncio.sleep(2 * LIMIT_SECONDS)
            assert await database.fetchval("SELECT 7") == 7
        finally:
            await database.close()


async def test_the_server_parses_a_statement_once_a_connection_and_keeps_its_plan(databases: Databases) -> None:
    asked = "SELECT count(*) FROM loan WHERE id = $1"
    async with databases.clone("funds") as url, opened(url) as database:
        for _ in range(8):
            await database.fetchval(asked, uuid4())
        parsed = await database.fetch(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1", asked
        )
    assert [dict(each) for each in parsed] == [{"generic_plans": 3, "custom_plans": 5}]


async def test_the_server_keeps_no_more_statements_than_a_connection_does(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_MAX_PREPARED", 10)
    async with databases.clone("funds") as url, opened(url) as database:
        for number in range(40):
            await database.fetchval(f"SELECT {number}")
        kept = await database.fetchval("SELECT count(*) FROM pg_prepared_statements")
    assert kept <= 11


async def test_a_statement_goes_on_after_a_migration_changed_what_it_answers(databases: Databases) -> None:
    async with databases.clone("funds") as url, opened(url) as database, opened(as_owner(url)) as owner:
        await owner.execute("CREATE TABLE thing AS SELECT 1 AS one")
        await owner.execute("GRANT SELECT ON thing TO PUBLIC")
        before = await database.fetchrow("SELECT * FROM thing")
        await owner.execute("ALTER TABLE thing ADD COLUMN two integer DEFAULT 2")
        after = await database.fetchrow("SELECT * FROM thing")
    assert (dict(before or {}), dict(after or {})) == ({"one": 1}, {"one": 1, "two": 2})


async def test_a_transaction_that_a_migration_made_stale_may_be_sent_again(databases: Databases) -> None:
    async with databases.clone("funds") as url, opened(url) as database, opened(as_owner(url)) as owner:
        await owner.execute("CREATE TABLE thing AS SELECT 1 AS one")
        await owner.execute("GRANT SELECT ON thing TO PUBLIC")
        await database.fetchrow("SELECT * FROM thing")
        await owner.execute("ALTER TABLE thing ADD COLUMN two integer DEFAULT 2")
        with pytest.raises(asyncpg.PostgresError) as stale:
            async with database.transaction() as tx:
                await tx.fetchrow("SELECT * FROM thing")
        assert is_unavailable(stale.value), "the caller is told to send it again"
        async with database.transaction() as tx:
            again = await tx.fetchrow("SELECT * FROM thing")
    assert dict(again or {}) == {"one": 1, "two": 2}


async def test_how_arrays_are_made_up_is_asked_once_a_process_and_each_connection_reads_them(
    databases: Databases,
) -> None:
    ids, days = [str(uuid4()), str(uuid4())], [date(2026, 1, 31), date(2026, 2, 28)]
    asked: list[str] = []
    async with databases.clone("funds") as url, opened(url) as first, opened(url) as second:
        await first.fetchrow("SELECT $1::uuid[], $2::date[]", ids, days)
        async with second.connection() as connection:
            connection.raw.add_query_logger(lambda record: asked.append(record.query))
            answer = await connection.fetchrow("SELECT $1::uuid[] AS ids, $2::date[] AS days", ids, days)
    assert not [query for query in asked if "typeinfo" in query]
    assert dict(answer or {}) == {"ids": ids, "days": days}


async def test_a_connection_that_the_tests_keep_is_lent_to_pools_of_its_kind_alone(databases: Databases) -> None:
    """A service that traces, after one that does not: its statements are spans, whichever test came before."""
    async with databases.clone("funds") as url:
        for kind in (Connection, TracedConnection, Connection):
            database = Database(url, size=1)
            database.makes = kind
            await database.open()
            async with database.connection() as connection:
                assert type(connection) is kind
            await database.close()


async def _cancelled_between(database: Database) -> None:
    """Prepare a statement, and be cancelled before it is executed."""
    async with database.connection() as connection:
        await connection.prepared("SELECT 1")
        raise asyncio.CancelledError


class _Silent:
    """A host that takes connections and never says a word, as a machine that is gone or frozen."""

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(8)
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]

    def asked(self) -> int:
        """Count those who have come since this was last asked."""
        count = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                self._socket.accept()[0].close()
                count += 1
        return count

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Silent]:
    monkeypatch.setattr(hosts, "HOST_SECONDS", 0.3)
    monkeypatch.setattr(connections, "HOST_SECONDS", 0.3)
    host = _Silent()
    yield host
    host.close()


def _with_a_host_before(url: str, port: int) -> str:
    who, _, rest = url.rpartition("@")
    return f"{who}@127.0.0.1:{port},{rest}"


async def test_of_several_hosts_one_that_says_nothing_is_passed_by_and_asked_last_from_then_on(
    databases: Databases, silent: _Silent
) -> None:
    async with databases.clone("funds") as url:
        several = _with_a_host_before(url, silent.port)
        for asked in (1, 0):
            connection = await connections.connect(several)
            assert await connection.fetchval("SELECT 7") == 7
            await connection.close()
            assert silent.asked() == asked


async def test_where_no_host_answers_the_database_is_unavailable(silent: _Silent) -> None:
    url = _with_a_host_before(f"postgresql://vca:x@127.0.0.1:{free_port()}/vca_funds", silent.port)
    with pytest.raises(OSError) as failed:
        await connections.connect(url)
    assert connections.is_unavailable(failed.value)


async def test_a_server_whose_machine_is_gone_is_noticed(databases: Databases) -> None:
    async with databases.clone("funds") as url:
        connection: Any = await connections.connect(url)
        sock = connection._transport.get_extra_info("socket")
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 10_000
        await connection.close()
