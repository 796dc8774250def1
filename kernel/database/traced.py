"""Connections whose statements are spans, named as the code names them: `kernel.feed.jobs._TAKE`."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Awaitable, Iterator, Sequence
from typing import Any, TypeVar

from kernel.database.connections import Connection
from kernel.database.statements import DECLARED
from kernel.runtime import tracing

T = TypeVar("T")

_VERB = re.compile(
    r"\s*(?:WITH\b.*?\)\s*)?(SELECT|INSERT|UPDATE|DELETE|WITH|LOCK|COPY|SET)\b", re.IGNORECASE | re.DOTALL
)
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+([a-z_][a-z_0-9]*)")


@functools.lru_cache(maxsize=4096)
def name_of(sql: str) -> str:
    """Return what a statement is called: its name in the code; of one that is composed, its verb and its first table."""
    declared = _names().get(sql)
    if declared is not None:
        return declared
    verb, table = _VERB.match(sql), _TABLE.search(sql)
    return " ".join((verb[1].upper() if verb else "SQL", table[1] if table else "")).strip()


@functools.cache
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for module in DECLARED:
        for name, value in vars(sys.modules[module]).items():
            for each in _texts(value):
                names.setdefault(str(each), f"{module}.{name}")
    return names


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (each for each in value.values() if isinstance(each, str))
    elif isinstance(value, tuple | list):
        yield from (each for each in value if isinstance(each, str))


async def _in_span(sql: str, running: Awaitable[T]) -> T:
    if tracing.recording() is None:
        return await running
    with tracing.statement_span(name_of(sql)):
        return await running


class TracedConnection(Connection):
    """A connection that makes each statement a span while a request is recorded; who streams says so itself."""

    __slots__ = ()

    async def fetch(self, sql: str, *args: Any) -> Any:
        """Run `sql` and return all its rows."""
        return await _in_span(sql, super().fetch(sql, *args))

    async def fetchrow(self, sql: str, *args: Any) -> Any:
        """Run `sql` and return its first row, or None."""
        return await _in_span(sql, super().fetchrow(sql, *args))

    async def fetchval(self, sql: str, *args: Any) -> Any:
        """Run `sql` and return the first column of its first row, or None."""
        return await _in_span(sql, super().fetchval(sql, *args))

    async def execute(self, sql: str, *args: Any) -> None:
        """Run `sql` for its effect."""
        await _in_span(sql, super().execute(sql, *args))

    async def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run `sql` once for each of `rows`, in one round trip."""
        await _in_span(sql, super().executemany(sql, rows))
