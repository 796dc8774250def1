"""Records the statements that our own service runs for a request, so that LIMIT runs exactly those."""

from __future__ import annotations

from typing import Any

import httpx
from fastapi import FastAPI

from bench.harness import Request
from kernel.database.connections import Connection, Database
from kernel.runtime.request_context import CURRENT

Statement = tuple[str, str, list[Any]]
"""Which call (fetch, fetchrow, fetchval, execute), the SQL, the arguments."""


async def statements_of(app: FastAPI, sent: Request) -> list[Statement]:
    """Send one request to `app` in process and return what it ran. Raises AssertionError unless it is answered 2xx."""
    seen: list[Statement] = []
    calls = ("fetch", "fetchrow", "fetchval", "execute")
    originals = {(cls, name): getattr(cls, name) for cls in (Connection, Database) for name in calls}

    def recording(cls: type[Any], name: str) -> Any:
        original = originals[cls, name]

        async def run(self: Any, sql: str, *args: Any) -> Any:
            # A call of Database comes back as one of Connection: only the latter is noted. And only what the request runs,
            # not the service's own tasks, which look for jobs and unused files meanwhile.
            if cls is Connection and CURRENT.get() is not None:
                # As plain text: what knows its rows' type is not read back from a file.
                seen.append((name, str(sql), list(args)))
            return await original(self, sql, *args)

        return run

    for cls, name in originals:
        setattr(cls, name, recording(cls, name))
    try:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bench") as client:
            answer = await client.request(
                sent.method, sent.path, headers=sent.headers, content=sent.body.encode() or None
            )
        assert answer.is_success, answer.text
    finally:
        for (cls, name), original in originals.items():
            setattr(cls, name, original)
    assert seen, f"{sent.method} {sent.path} asked the database nothing"
    return seen
