"""Connections that outlive the app which opened them: the next test's app finds its statements prepared.

A fresh connection costs a test more than its own work: the server reads its catalogue anew and parses every statement.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from kernel.database.connections import Connection, Database

_open, _close = Database.open, Database.close
_Address = tuple[str, tuple[tuple[str, str], ...]]


class KeptConnections:
    """The idle connections of this process, by the database that they lead to and how they are set."""

    def __init__(self) -> None:
        self._idle: dict[_Address, list[Connection]] = {}

    def opening(self) -> Callable[[Database], Awaitable[None]]:
        """Return `Database.open` that takes what is kept."""

        async def open_kept(database: Database) -> None:
            idle = [each for each in self._idle.pop(_address(database), []) if not each.raw.is_closed()]
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
            database._closed = True
            free, database._free = database._free, []
            database._open -= len(free)
            self._idle.setdefault(_address(database), []).extend(free)

        return close_kept

    def forget(self, url: str) -> None:
        """Drop the connections to a database that is going."""
        for address in [each for each in self._idle if each[0] == url]:
            for connection in self._idle.pop(address):
                connection.raw.terminate()


def _address(database: Database) -> _Address:
    return database.url, tuple(sorted(database._settings.items()))
