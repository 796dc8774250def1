"""What the checks of every operation need to know of a service: callers, records to call it on, bodies it takes."""

from __future__ import annotations

import abc
import itertools
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.contract import Contract, Operation

HOME, ELSEWHERE = "25-2025", "40-2025"
NUMBERS = itertools.count(1)


@dataclass
class Body:
    """What a request carries. `content` is sent as it is, so that it can be sent again byte by byte."""

    json: Any = None
    form: dict[str, str] | None = None
    content: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def options(self) -> dict[str, Any]:
        if self.content is not None:
            return {"content": self.content}
        if self.form is not None:
            return {"data": self.form}
        return {} if self.json is None else {"json": self.json}


class ServiceFixture(abc.ABC):
    """One service with records of its own to call every operation on."""

    contract: Contract
    open: frozenset[str]
    """Operations that need no token, by name: a new one has to be put here on purpose."""
    paths: dict[str, str]
    """What `refused_path` has made."""
    common: frozenset[str] = frozenset()
    """Operations whose path names nothing of an alliance, so that no area is too far for them."""
    every_scope: str
    unfit: dict[str, str] = {}
    """Operation → why its success cannot be had with what it documents alone, and is tested elsewhere."""

    @abc.abstractmethod
    async def caller(self, *, scope: str | None = None, area: str = HOME, operation: Operation | None = None) -> Any:
        """Return a client that holds `scope` (default: all) in `area`, fit for `operation`."""

    @abc.abstractmethod
    async def stranger(self) -> httpx.AsyncClient:
        """Return a client without a token."""

    @abc.abstractmethod
    async def path(self, operation: Operation) -> str:
        """Return the operation's path with the ids of records made for it, and the query that it needs."""

    async def refused_path(self, operation: Operation) -> str:
        """Return a path for calls that are refused, which leave its records as they are: made once, for every check."""
        if operation.id not in self.paths:
            self.paths[operation.id] = await self.path(operation)
        return self.paths[operation.id]

    @abc.abstractmethod
    async def body(self, operation: Operation) -> Body:
        """Return a valid body, unlike every other. Raises KeyError for an operation that nobody made one for."""

    @abc.abstractmethod
    async def version(self, path: str) -> str:
        """Return the ETag of the record that a path names."""

    async def call(
        self,
        operation: Operation,
        *,
        client: httpx.AsyncClient | None = None,
        path: str | None = None,
        body: Body | None = None,
        headers: dict[str, str] | None = None,
        query: dict[str, Any] | None = None,
        if_match: str | None = None,
    ) -> httpx.Response:
        """Call an operation as it is meant to be called, but for what is given."""
        path = path or await self.path(operation)
        if client is None:
            client = await self.caller(operation=operation)
        if body is None:
            body = await self.body(operation) if operation.has_body else Body()
        sent = {**body.headers, **(headers or {})}
        if operation.needs_if_match and if_match != "":
            sent["If-Match"] = if_match or await self.version(path)
        if query:
            path += ("&" if "?" in path else "?") + "&".join(f"{name}={value}" for name, value in query.items())
        return await client.request(operation.method.upper(), path, headers=sent, **body.options())
