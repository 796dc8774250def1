"""LIMIT of training: the captured statements, with each request's own values in the place of the captured ones."""

from __future__ import annotations

import uuid
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.pool import CAPTURED, POOL, js, lifespan, put, run


async def _rows(work: str, value: str) -> list[Any]:
    statements, values = CAPTURED[work]
    new = {values["asked"]: value}
    item = await POOL.get()
    try:
        for _, sql, args in statements:
            rows = await run(item, sql, [put(arg, new) for arg in args])
    finally:
        POOL.put(item)
    return rows


async def classes(request: Request) -> Response:
    return js({"items": [dict(row) for row in await _rows("classes", request.query_params["province"])]})


async def attendances(request: Request) -> Response:
    return js({"items": [dict(row) for row in await _rows("attendances", request.path_params["id"])]})


async def indicators(request: Request) -> Response:
    return js({"items": [dict(row) for row in await _rows("training_indicators", request.query_params["province"])]})


async def check_in(request: Request) -> Response:
    statements, values = CAPTURED["check_in"]
    body = orjson.loads(await request.body())
    new: dict[Any, Any] = {
        values["class_session_id"]: body["class_session_id"],
        values["trainee_id"]: body["trainee_id"],
        **{id_: str(uuid.uuid4()) for id_ in values["made"]},
    }
    item = await POOL.get()
    try:
        async with item[0].transaction():
            for _, sql, args in statements:
                rows = await run(item, sql, [put(value, new) for value in args])
                if "FROM class_session" in sql:
                    class_id = new[values["class_id"]] = rows[0]["class_id"]
                    new[values["turn"]] = f"attendance/{class_id}/{body['trainee_id']}"
    finally:
        POOL.put(item)
    return js({"id": new[values["made"][0]], "class_id": class_id, **body}, 201)


app = Starlette(
    lifespan=lifespan,
    routes=[
        Route("/v1/training/classes", classes),
        Route("/v1/training/classes/{id}/attendances", attendances),
        Route("/v1/training/check-ins", check_in, methods=["POST"]),
        Route("/v1/training/indicator-values", indicators),
    ],
)
