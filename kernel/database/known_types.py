"""Connections that ask the server once a process, not once each, how the arrays of its own types are made up.

asyncpg asks for each array that a connection first meets, by a statement of eighty lines that takes the server 15 ms:
more than all that a new connection does for its first call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import asyncpg

_FIRST_OF_OTHERS = 16_384
"""Types below are PostgreSQL's own and the same on every server; those above are of one database."""

_known: dict[frozenset[int], Sequence[Any]] = {}


@dataclass(frozen=True)
class _Kept:
    name: str = "kept"
    """asyncpg prepares its own statement again where the question had none, and so took its place."""


class TypesKnown(asyncpg.Connection):
    """A connection that is told what an earlier one of this process was."""

    async def _introspect_types(
        self,
        typeoids: Iterable[int],
        timeout: float | None,  # noqa: ASYNC109 (the signature is asyncpg's)
    ) -> tuple[Sequence[Any], Any]:
        asked = frozenset(typeoids)
        known = _known.get(asked)
        if known is not None:
            return known, _Kept()
        types, statement = await cast(Any, super())._introspect_types(typeoids, timeout)
        if max(asked) < _FIRST_OF_OTHERS:
            _known[asked] = types
        return types, statement
