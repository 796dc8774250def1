"""LIMIT of the funds: the statements of a keyed repayment in one transaction, and those of figures alone.

It computes nothing: each part of the captured repayment stands for those of all others, on the balance of the locked
loan, which it reads as every app has to.
"""

from __future__ import annotations

import uuid
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.pool import CAPTURED, POOL, js, lifespan, put, run


async def repay(request: Request) -> Response:
    statements, values = CAPTURED["repay"]
    body = orjson.loads(await request.body())
    new: dict[Any, Any] = {
        values["loan_id"]: request.path_params["id"],
        values["key"]: request.headers["idempotency-key"],
        **{id_: str(uuid.uuid4()) for id_ in values["made"]},
    }
    sums: dict[str, int] = {}
    item = await POOL.get()
    try:
        async with item[0].transaction():
            for _, sql, args in statements:
                if "UPDATE loan SET" in sql:
                    now = {values["after"][name]: value for name, value in sums.items()}
                    args = [now.get(value, value) if type(value) is int else value for value in args]
                rows = await run(item, sql, [put(value, new) for value in args])
                if "FOR NO KEY UPDATE" in sql:
                    loan = rows[0]
                    sums = {name: loan[name] + by for name, by in values["moves"].items()}
    finally:
        POOL.put(item)
    return js(
        {"id": new[values["made"][0]], "loan_id": loan["id"], **body, "loan_outstanding_vnd": sums["outstanding_vnd"]},
        201,
    )


def alone(work: str) -> Any:
    """Return the endpoint that runs the statements of a work for the fund in the path and tells how many rows came."""

    async def figures(request: Request) -> Response:
        statements, values = CAPTURED[work]
        new = {values["fund_id"]: request.path_params["id"]}
        item = await POOL.get()
        try:
            counts = [len(await run(item, sql, [put(value, new) for value in args])) for _, sql, args in statements]
        finally:
            POOL.put(item)
        return js({"fund_id": request.path_params["id"], "rows": counts})

    return figures


app = Starlette(
    lifespan=lifespan,
    routes=[
        Route("/v1/funds/loans/{id}/repayments", repay, methods=["POST"]),
        Route("/v1/funds/funds/{id}/position", alone("position")),
        Route("/v1/funds/funds/{id}/debt-groups", alone("debt_groups")),
    ],
)
