"""Databases for tests: one throw-away server a run, one migrated template a service, a fresh one of it a test.

Tests look at them as the server's own user, for whom the past may be cleared; apps work in them as `as_service` says.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from migrations.grants import grant
from migrations.run import upgrade
from tests.support.kept_connections import KeptConnections
from vca.postgres import EmbeddedPostgres

# Copying files costs half of what writing a clone's pages to the log does, as nothing is flushed here (27 and 64 ms).
_CLONE = "CREATE DATABASE {name} OWNER vca_{service}_owner TEMPLATE {template} STRATEGY FILE_COPY"


Fill = Callable[[asyncpg.Connection], Awaitable[None]]
"""Puts the rows that several tests look at into a database."""

_KEPT = ("alembic_version", "schema_step", "feed_epoch")


def as_service(url: str) -> str:
    """Return the address of a database that was lent here, as its service signs in: it owns none of the tables."""
    return url.replace(f"//{urlsplit(url).username}:", f"//{_role(url)}:", 1)


def as_owner(url: str) -> str:
    """Return the address of a database that was lent here, as the owner of its tables, who may change them."""
    return f"{url}?options=-c%20role%3D{_role(url)}_owner"


def _role(url: str) -> str:
    return f"vca_{urlsplit(url).path.lstrip('/').partition('_')[0]}"


class Databases:
    """The databases of one test process, on a server of its own that ends with it."""

    def __init__(self, folder: Path, kept_connections: KeptConnections) -> None:
        self.server = EmbeddedPostgres(folder, quick=True, buffers="64MB")
        self._templates: set[str] = set()
        self._filled: dict[Fill, str] = {}
        self._emptying: dict[str, PreparedStatement[asyncpg.Record]] = {}
        self._numbers = itertools.count(1)
        self.kept_connections = kept_connections

    async def run(self, sql: str, *, database: str = "postgres") -> None:
        """Run one statement as the server's owner."""
        connection = await asyncpg.connect(self.server.url(database))
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    async def template(self, service: str) -> str:
        """Return the database of `service` with its newest tables and nothing in them, made at its first use."""
        name = f"{service}_template"
        if name not in self._templates:
            role, owner = f"vca_{service}", f"vca_{service}_owner"
            password = urlsplit(self.server.url(name)).password
            await self.run(f"CREATE ROLE {owner} NOLOGIN")
            await self.run(f"CREATE ROLE {role} LOGIN PASSWORD '{password}'")
            await self.run(f"CREATE DATABASE {name} OWNER {owner} TEMPLATE template0")
            url = as_owner(self.server.url(name))
            await asyncio.to_thread(upgrade, service, url)
            await grant(url, role)
            self._templates.add(name)
        return name

    @contextlib.asynccontextmanager
    async def emptied(self, service: str, fill: Fill | None = None) -> AsyncIterator[str]:
        """Lend the address of the one database of `service` that tests take in turn; its rows are deleted afterwards.

        As good as a clone and many times as quick, for tests that leave no connection behind. `fill` adds tables.
        """
        template = await (self.template(service) if fill is None else self._filled_template(service, fill))
        name = f"{template.removesuffix('_template')}_in_turn"
        if name not in self._emptying:
            await self.run(_CLONE.format(name=name, service=service, template=template))
            self._emptying[name] = await self._prepare_emptying(name)
        try:
            yield self.server.url(name)
        finally:
            await self._emptying[name].fetchval()

    async def _prepare_emptying(self, database: str) -> PreparedStatement[asyncpg.Record]:
        """Return the statement that deletes all rows, on a connection that stays open for it."""
        connection = await asyncpg.connect(self.server.url(database))
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        deletes = [f'DELETE FROM "{row[0]}";' for row in rows if row[0] not in _KEPT]
        # Triggers are off for this session: the past may be deleted, and in any order, where it is a test's.
        await connection.execute(f"""
            SET session_replication_role = replica;
            CREATE FUNCTION pg_temp.empty() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {" ".join(deletes)} END $$""")
        return await connection.prepare("SELECT pg_temp.empty()")

    async def _filled_template(self, service: str, fill: Fill) -> str:
        if fill not in self._filled:
            name = f"{service}_filled_{next(self._numbers)}"
            await self.run(_CLONE.format(name=name, service=service, template=await self.template(service)))
            connection = await asyncpg.connect(self.server.url(name))
            try:
                await fill(connection)
            finally:
                await connection.close()
            await grant(self.server.url(name), f"vca_{service}")
            self._filled[fill] = name
        return self._filled[fill]

    @contextlib.asynccontextmanager
    async def clone(self, service: str, fill: Fill | None = None) -> AsyncIterator[str]:
        """Lend the address of a fresh database of `service`, with what `fill` puts into it; it is dropped afterwards."""
        template = await (self.template(service) if fill is None else self._filled_template(service, fill))
        name = f"{service}_{next(self._numbers)}"
        await self.run(_CLONE.format(name=name, service=service, template=template))
        try:
            yield self.server.url(name)
        finally:
            self.kept_connections.forget(self.server.url(name))
            await self.run(f"DROP DATABASE {name} WITH (FORCE)")

    @contextlib.contextmanager
    def kept(self, service: str) -> Iterator[str]:
        """Lend the address of a fresh database of `service` for longer than one test."""
        with asyncio.Runner() as runner:
            database = self.clone(service)
            url = runner.run(database.__aenter__())
            try:
                yield url
            finally:
                runner.run(database.__aexit__(None, None, None))
