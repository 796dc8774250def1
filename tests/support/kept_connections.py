"""Connections that outlive the app which opened them: the next test's app finds its statements prepared.

A fresh connection costs a test more than its own work: the server reads its catalogue anew and parses every statement.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from kernel.database.connections import Connection, Database

_open, _close = Database.open, Database.close
_Address = tuple[str, type[Connection], tuple[tuple[str, str], ...]]


class KeptConnections:
    """The idle connections of the tests' loop, by the database that they lead to, their kind and how they are set.

    An app that runs in another loop, as one that is served by a thread does, opens and closes its own.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._idle: dict[_Address, list[Connection]] = {}

    def opening(self) -> Callable[[Database], Awaitable[None]]:
        """Return `Database.open` that takes what is kept."""

        async def open_kept(database: Database) -> None:
            kept = self._idle.pop(_address(database), []) if asyncio.get_running_loop() is self._loop else []
            idle = [each for each in kept if not each.raw.is_closed()]
            if not idle:
                await _open(database)
                return
            database._closed = False
            database._free.extend(idle)
            database._open += len(idle)

        return open_kept

    def closing(self) -> Callable[[Database], Awaitable[None]]:
        """Return `Database.close` that keeps what is free and sound."""

        async def close_kept(database: Database) -> None:
            if asyncio.get_running_loop() is not self._loop:
                await _close(database)
                return
            database._closed = True
            free, database._free = database._free, []
            database._open -= len(free)
            self._idle.setdefault(_address(database), []).extend(free)

        return close_kept

    def forget(self, url: str) -> None:
        """Drop the connections to a database that is going."""
        database = urlsplit(url).path
        for address in [each for each in self._idle if urlsplit(each[0]).path == database]:
            for connection in self._idle.pop(address):
                connection.raw.terminate()


def _address(database: Database) -> _Address:
    # One that makes no spans would be as silent in a service that traces.
    return database.url, database.makes, tuple(sorted(database._settings.items()))
