"""LIMIT: a minimal Starlette app with raw asyncpg and orjson, no token, running the statements our service runs.

It reads the captured statements and puts the values of each request in the place of the captured ones.
"""

from __future__ import annotations

import io
import uuid

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.pool import CAPTURED, POOL, js, lifespan, put, run
from bench.registry import batches


async def read_one(request: Request) -> Response:
    ((_, sql, args),) = CAPTURED["read"][0]
    item = await POOL.get()
    try:
        rows = await run(item, sql, [request.path_params["id"], *args[1:]])
    finally:
        POOL.put(item)
    return js(dict(rows[0])) if rows else js({}, 404)


async def statistics(request: Request) -> Response:
    statements, values = CAPTURED["statistics"]
    new = {values["province"]: request.query_params["province"]}
    item = await POOL.get()
    try:
        for _, sql, args in statements:
            rows = await run(item, sql, [put(value, new) for value in args])
    finally:
        POOL.put(item)
    return js({"items": [dict(row) for row in rows]})


async def statistics_batch(request: Request) -> Response:
    statements, values = CAPTURED["statistics_batch"]
    items = orjson.loads(await request.body())["items"]
    new = batches.own_values(values, items, request.headers["idempotency-key"])
    made: dict[bytes, bytes] = {}
    connection = await POOL.get()
    try:
        async with connection[0].transaction():
            for _, sql, args in statements:
                await run(connection, sql, [batches.replaced(value, new) for value in args])
            for table, columns, text in values["copies"]:
                source = io.BytesIO(batches.copied(text, new, made))
                await connection[0].copy_to_table(table, columns=columns, source=source)
    finally:
        POOL.put(connection)
    return js({"items": items}, 201)


async def listed(request: Request) -> Response:
    query = request.query_params
    name = "search" if "q" in query else "page"
    statements, values = CAPTURED[name]
    if name == "search":
        new = {values["q"]: query["folded"], values["tokens"]: query["tokens"]}
    else:
        new = {values["province"]: query["province"]}
    item = await POOL.get()
    try:
        for _, sql, args in statements:
            rows = await run(item, sql, [put(value, new) for value in args])
    finally:
        POOL.put(item)
    return js({"items": [dict(row) for row in rows]})


async def create(request: Request) -> Response:
    statements, values = CAPTURED["create"]
    body = orjson.loads(await request.body())
    new = {
        values["id"]: str(uuid.uuid4()),
        values["change_id"]: str(uuid.uuid4()),
        values["code"]: body["code"],
        values["key"]: request.headers["idempotency-key"],
        values["commune"]: body["seat"]["commune_code"],
    }
    item = await POOL.get()
    try:
        async with item[0].transaction():
            for _, sql, args in statements:
                await run(item, sql, [put(value, new) for value in args])
    finally:
        POOL.put(item)
    return js({"id": new[values["id"]], **body}, 201)


async def indicators(request: Request) -> Response:
    # Which statements there are, and the communes that some of them name, are each province's own.
    statements = CAPTURED["indicators"][1][request.query_params["province"]]
    item = await POOL.get()
    try:
        for _, sql, args in statements:
            rows = await run(item, sql, args)
    finally:
        POOL.put(item)
    return js({"items": [dict(row) for row in rows]})


app = Starlette(
    lifespan=lifespan,
    routes=[
        Route("/v1/registry/organizations/{id}", read_one),
        Route("/v1/registry/organizations", listed),
        Route("/v1/registry/organizations", create, methods=["POST"]),
        Route("/v1/registry/indicator-values", indicators),
        Route("/v1/registry/organization-statistics", statistics),
        Route(batches.PATH, statistics_batch, methods=["POST"]),
    ],
)
