"""The one way to the database: a pool of asyncpg connections that keep their prepared statements.

SQLModel defines the tables and SQLAlchemy compiles statements once (kernel/database/statements.py); asyncpg runs
them (docs/adr/0001). Measured against a session of SQLAlchemy this halves a request's CPU.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, overload

import asyncpg
import orjson
from asyncpg.connect_utils import SessionAttribute
from asyncpg.prepared_stmt import PreparedStatement

from kernel.database.hosts import HOST_SECONDS, in_turn, notice_death, remember
from kernel.database.known_types import TypesKnown
from kernel.database.statements import Always, R, Scalar, Statement, T
from kernel.problems import Busy
from kernel.runtime.disk import is_storage_full

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

OLDEST_POSTGRES = 16

# A statement is prepared once a connection; lists make some thousands of texts at the very most.
_MAX_PREPARED = 400
_ACQUIRE_SECONDS = 5.0
# A server that starts, or replays what was committed before it died, says so until it is done.
_STARTING_SECONDS, _STARTING_PAUSE = 60.0, 0.1

Row = Mapping[str, Any]
"""One row of an answer, by column name."""

FAILURES: tuple[type[Exception], ...] = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
    Busy,
)
"""What a task in the background may meet in a call of the database, and tries again after."""

# The server is going, gone, coming back, crowded or a standby by now: not one of them is the caller's fault or ours.
_UNAVAILABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,
    # Statements from before a migration, within a transaction: it is lost, and so are the connections that know them.
    asyncpg.InvalidCachedStatementError,
    asyncpg.InvalidSQLStatementNameError,
    OSError,
)


STARTING = (asyncpg.CannotConnectNowError, asyncpg.TargetServerAttributeNotMatched)
"""A server that comes up, or a standby that is about to be the primary."""


def is_unavailable(error: BaseException) -> bool:
    """Say whether `error` means that the database cannot be reached or cannot work now.

    Between a crash and the end of the stream that tells of it, asyncpg answers with an error of its own state machine
    (InternalClientError) and uvloop with a bare RuntimeError.
    """
    # A disk that is full, whether ours or the server's, ends no connection.
    if isinstance(error, asyncpg.QueryCanceledError) or is_storage_full(error):
        return False
    return isinstance(error, _UNAVAILABLE) or (type(error) is RuntimeError and "handler is closed" in str(error))


class DatabaseRefusedError(Exception):
    """A database cannot be worked with; one sentence in Vietnamese and in English."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(f"{vi} / {en}")
        self.vi, self.en = vi, en


def check_version(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Raise DatabaseRefusedError for a PostgreSQL that is too old."""
    found = connection.get_server_version()
    if found.major < OLDEST_POSTGRES:
        version = f"{found.major}.{found.minor}"
        raise DatabaseRefusedError(
            f"Máy chủ là PostgreSQL {version}; cần từ PostgreSQL {OLDEST_POSTGRES} trở lên.",
            f"The server is PostgreSQL {version}; PostgreSQL {OLDEST_POSTGRES} or newer is needed.",
        )


def to_json(value: Any) -> str:
    """Return `value` as JSON text for a jsonb parameter; Decimal becomes its string."""
    return orjson.dumps(value, default=str, option=orjson.OPT_UTC_Z).decode()


async def connect(url: str, **settings: str) -> asyncpg.Connection[asyncpg.Record]:
    """Open one connection with the codecs and time-outs that all of ours share.

    uuid travels as text; jsonb is given and answered as JSON text, so that it can pass through unparsed. Of several hosts
    (`postgresql://…@one:5432,two:5432/…`) it is the one that takes writes.
    """
    connection = await _primary(url.replace("postgresql+asyncpg://", "postgresql://"), settings)
    notice_death(connection)
    await connection.set_type_codec("uuid", schema="pg_catalog", encoder=str, decoder=str, format="text")
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=_json_in, decoder=str, format="text")
    return connection


async def _primary(url: str, settings: Mapping[str, str]) -> asyncpg.Connection[asyncpg.Record]:
    hosts = in_turn(url)
    failures: list[Exception] = []
    for one in hosts:
        try:
            connection = await asyncpg.connect(
                one,
                server_settings={"jit": "off", "timezone": "UTC", "application_name": "vca", **settings},
                statement_cache_size=0,
                connection_class=TypesKnown,
                timeout=10 if len(hosts) == 1 else HOST_SECONDS,
                # A standby would answer reads with what is past, and every write with a refusal.
                target_session_attrs=None if len(hosts) == 1 else SessionAttribute.read_write,
            )
        except Exception as error:
            if len(hosts) == 1 or not (is_unavailable(error) or isinstance(error, TimeoutError)):
                raise
            failures.append(error)
        else:
            remember(url, one)
            return connection
    # The one that will be there soon tells more than one that is gone.
    raise next((each for each in failures if isinstance(each, STARTING)), failures[-1])


def _json_in(value: Any) -> str:
    return value if isinstance(value, str) else to_json(value)


class Connection:
    """One connection and the statements prepared on it."""

    __slots__ = ("_numbers", "_statements", "raw")

    def __init__(self, raw: asyncpg.Connection[asyncpg.Record]) -> None:
        self.raw = raw
        self._numbers = itertools.count(1)
        self._statements: dict[str, PreparedStatement[asyncpg.Record]] = {}

    async def prepared(self, sql: str) -> PreparedStatement[asyncpg.Record]:
        """Return the prepared form of `sql`, preparing it at its first use on this connection."""
        statement = self._statements.get(sql)
        if statement is None:
            if len(self._statements) >= _MAX_PREPARED:
                self._statements.pop(next(iter(self._statements)))
            # Without a name asyncpg, whose own cache is off, would have it parsed and planned anew at every execution.
            # And it takes nothing but str itself.
            name = f"vca_{next(self._numbers)}"
            statement = self._statements[sql] = await self.raw.prepare(str(sql), name=name)
        return statement

    @overload
    async def fetch(self, sql: Statement[R], *args: Any) -> list[R]: ...

    @overload
    async def fetch(self, sql: str, *args: Any) -> list[Row]: ...

    async def fetch(self, sql: str, *args: Any) -> Any:
        """Run `sql` and return all its rows."""
        return await (self._statements.get(sql) or await self.prepared(sql)).fetch(*args)

    @overload
    async def fetchrow(self, sql: Statement[R], *args: Any) -> R | None: ...

    @overload
    async def fetchrow(self, sql: str, *args: Any) -> Row | None: ...

    async def fetchrow(self, sql: str, *args: Any) -> Any:
        """Run `sql` and return its first row, or None."""
        return await (self._statements.get(sql) or await self.prepared(sql)).fetchrow(*args)

    @overload
    async def fetchval(self, sql: Always[T], *args: Any) -> T: ...

    @overload
    async def fetchval(self, sql: Scalar[T], *args: Any) -> T | None: ...

    @overload
    async def fetchval(self, sql: str, *args: Any) -> Any: ...

    async def fetchval(self, sql: str, *args: Any) -> Any:
        """Run `sql` and return the first column of its first row, or None."""
        return await (self._statements.get(sql) or await self.prepared(sql)).fetchval(*args)

    async def execute(self, sql: str, *args: Any) -> None:
        """Run `sql` for its effect."""
        await (self._statements.get(sql) or await self.prepared(sql)).fetch(*args)

    async def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run `sql` once for each of `rows`, in one round trip."""
        await (self._statements.get(sql) or await self.prepared(sql)).executemany(rows)

    def forget_statements(self) -> None:
        """Drop prepared statements, after a migration made them stale."""
        self._statements.clear()


Transaction = Connection
"""A connection inside an open transaction; services take this, and never commit."""


class Database:
    """A last-in-first-out pool: the warmest connection is handed over first, none is reset between uses."""

    def __init__(self, url: str, *, size: int = 12, **settings: str) -> None:
        self.url, self.size, self._settings = url, size, settings
        self._free: list[Connection] = []
        self._waiting: collections.deque[asyncio.Future[Connection | None]] = collections.deque()
        self._open = 0
        self._closed = True
        self.makes: type[Connection] = Connection
        self.waits, self.refused, self.waited_seconds = 0, 0, 0.0

    @property
    def in_use(self) -> int:
        """How many connections are lent."""
        return self._open - len(self._free)

    @property
    def free(self) -> int:
        """How many connections lie idle."""
        return len(self._free)

    @property
    def waiting(self) -> int:
        """How many calls wait for a connection."""
        return sum(not waiter.done() for waiter in self._waiting)

    async def open(self) -> None:
        """Open the first connection, so that a wrong address is known at the start; wait while the server starts.

        Raises DatabaseRefusedError.
        """
        end = time.monotonic() + _STARTING_SECONDS
        while True:
            try:
                first = await connect(self.url, **self._settings)
                break
            except STARTING:
                if time.monotonic() > end:
                    raise
                await asyncio.sleep(_STARTING_PAUSE)
        try:
            check_version(first)
        except DatabaseRefusedError:
            await first.close(timeout=5)
            raise
        self._closed = False
        self._open += 1
        self._free.append(self.makes(first))

    async def close(self) -> None:
        """Close every free connection; those in use are closed as they come back."""
        self._closed = True
        free, self._free = self._free, []
        for connection in free:
            with contextlib.suppress(Exception):
                await connection.raw.close(timeout=5)
        self._open -= len(free)

    def _lose(self, connection: Connection) -> None:
        """Drop a connection that failed, and with it all that lie idle: a crash of the server took them all.

        asyncpg may not know yet that they are closed, and each would fail the call that it is lent to.
        """
        lost, self._free = [connection, *self._free], []
        for each in lost:
            each.raw.terminate()
        self._open -= len(lost)
        for _ in lost:
            self._wake(None)

    def _give_back(self, connection: Connection, error: BaseException | None) -> None:
        if error is not None and is_unavailable(error):
            self._lose(connection)
        elif isinstance(error, asyncio.CancelledError):
            # Left between the preparation of a statement and its execution, the server's clock for it still runs: whoever
            # used the connection after the time limit would be told that theirs took too long.
            self._drop(connection)
        else:
            self._release(connection)

    def _drop(self, connection: Connection) -> None:
        connection.raw.terminate()
        self._open -= 1
        self._wake(None)

    async def _acquire(self) -> Connection:
        while self._free:
            connection = self._free.pop()
            if not connection.raw.is_closed():
                return connection
            self._open -= 1
        if self._open < self.size:
            self._open += 1
            try:
                return self.makes(await connect(self.url, **self._settings))
            except BaseException as error:
                self._open -= 1
                self._wake(None)
                if isinstance(error, TimeoutError):
                    raise Busy() from None
                raise
        waiter: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        self.waits, began = self.waits + 1, time.monotonic()
        try:
            handed = await asyncio.wait_for(waiter, _ACQUIRE_SECONDS)
        except TimeoutError:
            self.refused += 1
            raise Busy() from None
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and (late := waiter.result()) is not None:
                self._release(late)
            raise
        finally:
            self.waited_seconds += time.monotonic() - began
        return handed if handed is not None else await self._acquire()

    def _release(self, connection: Connection) -> None:
        raw = connection.raw
        if self._closed or raw.is_closed() or raw.is_in_transaction():
            self._drop(connection)
            return
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        self._free.append(connection)

    def _wake(self, connection: Connection | None) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return

    @contextlib.asynccontextmanager
    async def _lent(self) -> AsyncIterator[Connection]:
        connection = await self._acquire()
        failed: BaseException | None = None
        try:
            yield connection
        except BaseException as error:
            failed = error
            raise
        finally:
            self._give_back(connection, failed)

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection outside any transaction."""
        async with self._lent() as connection:
            yield connection

    @contextlib.asynccontextmanager
    async def transaction(self, *, isolation: str | None = None, read_only: bool = False) -> AsyncIterator[Transaction]:
        """Lend a connection inside a transaction that commits at the end, or rolls back on any exception."""
        async with self._lent() as connection:
            transaction = connection.raw.transaction(isolation=isolation, readonly=read_only)  # type: ignore[arg-type]
            async with transaction:
                yield connection

    async def _run(self, call: Callable[[Connection], Any]) -> Any:
        connection = await self._acquire()
        failed: BaseException | None = None
        try:
            try:
                return await call(connection)
            except (asyncpg.InvalidCachedStatementError, asyncpg.InvalidSQLStatementNameError):
                connection.forget_statements()
                return await call(connection)
        except BaseException as error:
            failed = error
            raise
        finally:
            self._give_back(connection, failed)

    @overload
    async def fetch(self, sql: Statement[R], *args: Any) -> list[R]: ...

    @overload
    async def fetch(self, sql: str, *args: Any) -> list[Row]: ...

    async def fetch(self, sql: str, *args: Any) -> Any:
        """Run one statement on its own and return its rows."""
        return await self._run(lambda connection: connection.fetch(sql, *args))

    @overload
    async def fetchrow(self, sql: Statement[R], *args: Any) -> R | None: ...

    @overload
    async def fetchrow(self, sql: str, *args: Any) -> Row | None: ...

    async def fetchrow(self, sql: str, *args: Any) -> Any:
        """Run one statement on its own and return its first row, or None."""
        return await self._run(lambda connection: connection.fetchrow(sql, *args))

    @overload
    async def fetchval(self, sql: Always[T], *args: Any) -> T: ...

    @overload
    async def fetchval(self, sql: Scalar[T], *args: Any) -> T | None: ...

    @overload
    async def fetchval(self, sql: str, *args: Any) -> Any: ...

    async def fetchval(self, sql: str, *args: Any) -> Any:
        """Run one statement on its own and return its first value, or None."""
        return await self._run(lambda connection: connection.fetchval(sql, *args))

    async def execute(self, sql: str, *args: Any) -> None:
        """Run one statement on its own for its effect."""
        await self._run(lambda connection: connection.execute(sql, *args))


@contextlib.asynccontextmanager
async def opened(url: str, *, size: int = 1) -> AsyncIterator[Database]:
    """Lend a service's database, outside of the service."""
    database = Database(url, size=size)
    await database.open()
    try:
        yield database
    finally:
        await database.close()
