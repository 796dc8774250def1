"""What every LIMIT is made of: raw asyncpg connections, the captured statements, orjson, and nothing else."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import gc
import os
import pickle
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.responses import Response

CAPTURED: dict[str, tuple[list[tuple[str, str, list[Any]]], dict[str, Any]]] = pickle.loads(
    Path(os.environ["BENCH_CAPTURED"]).read_bytes()
)
SIZE = int(os.environ.get("BENCH_POOL", "12"))


class Pool:
    """Connections handed over last in, first out, each with its prepared statements."""

    def __init__(self) -> None:
        self.free: list[tuple[Any, dict[str, Any]]] = []
        self.waiting: collections.deque[asyncio.Future[Any]] = collections.deque()

    async def open(self) -> None:
        for _ in range(SIZE):
            c = await asyncpg.connect(os.environ["BENCH_URL"], server_settings={"jit": "off"}, statement_cache_size=0)
            await c.set_type_codec("uuid", schema="pg_catalog", encoder=str, decoder=str, format="text")
            self.free.append((c, {}))

    async def get(self) -> tuple[Any, dict[str, Any]]:
        if self.free:
            return self.free.pop()
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.waiting.append(future)
        return await future  # type: ignore[no-any-return]

    def put(self, item: tuple[Any, dict[str, Any]]) -> None:
        while self.waiting:
            future = self.waiting.popleft()
            if not future.done():
                future.set_result(item)
                return
        self.free.append(item)


POOL = Pool()


async def run(item: tuple[Any, dict[str, Any]], sql: str, args: list[Any]) -> list[Any]:
    connection, prepared = item
    statement = prepared.get(sql)
    if statement is None:
        # Without a name it would be parsed and planned anew at every execution, as asyncpg's own cache is off.
        statement = prepared[sql] = await connection.prepare(sql, name=f"limit_{len(prepared)}")
    return await statement.fetch(*args)  # type: ignore[no-any-return]


def put(value: Any, new: dict[Any, Any]) -> Any:
    if isinstance(value, list):
        return [new.get(v, v) if isinstance(v, str) else v for v in value]
    if isinstance(value, str):
        return new.get(value, value)
    return value


def js(document: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(document, default=str), status, media_type="application/json")


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    await POOL.open()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    yield
