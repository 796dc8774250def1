"""Health: `live` touches nothing, `ready` names what fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from kernel.database.connections import Database
from kernel.database.statements import always
from kernel.problems import TooManyRequests, problem_responses
from kernel.web.schemas import Health
from kernel.web.source_places import name_after_operation

_CHECK = always(
    float,
    """
    SELECT coalesce(extract(epoch FROM max(now() - xact_start)), 0)::float8
      FROM pg_stat_activity
     WHERE usename = current_user AND state <> 'idle' AND pid <> pg_backend_pid()""",
)


def health_router(service: str, ready: Callable[[Database], Awaitable[dict[str, Any]]] | None) -> APIRouter:
    """Return the health operations of `service`; `ready` adds checks of its own (name → "ok" or a fault)."""
    router = APIRouter(prefix=f"/v1/{service}/health", tags=[f"{service}-health"])

    @router.get(
        "/live",
        operation_id=f"read_{service}_live",
        response_model=Health,
        summary="Check liveness",
        openapi_extra={"security": []},
        responses=problem_responses([TooManyRequests]),
    )
    async def live() -> Response:
        """Touches nothing: says only that the process answers."""
        return _answer(
            200,
            {"status": "ok", "service": service, "checks": {}, "feed_head": None, "data_until": None, "follows": []},
        )

    @router.get(
        "/ready",
        operation_id=f"read_{service}_ready",
        response_model=Health,
        summary="Check readiness",
        responses={
            503: {"model": Health, "description": "Something named in `checks` fails"},
            **problem_responses([TooManyRequests]),
        },
        openapi_extra={"security": []},
    )
    async def readiness(request: Request) -> Response:
        """Check the database, the migrations and the feed; what fails is named in `checks`."""
        db: Database = request.app.state.db
        checks: dict[str, Any] = {}
        head: str | None = None
        until: dict[str, Any] | None = None
        follows: list[dict[str, Any]] = []
        try:
            async with asyncio.timeout(3):
                oldest = await db.fetchval(_CHECK)
                checks["database"] = "ok"
                # Reported, not failed on: an old transaction holds feeds back, it does not stop the service.
                checks["oldest_transaction_seconds"] = round(oldest)
                if ready is not None:
                    own_checks = await ready(db)
                    head, until = own_checks.pop("feed_head", None), own_checks.pop("data_until", None)
                    follows = own_checks.pop("follows", [])
                    checks.update(own_checks)
        except Exception as error:  # Whatever fails here is what readiness is asked about.
            checks["database"] = f"failed: {type(error).__name__}"
        if request.app.state.draining.begun:
            checks["stopping"] = "the process finishes its calls and stops"
        good = all(not isinstance(value, str) or value == "ok" for value in checks.values())
        document = {
            "status": "ok" if good else "failing",
            "service": service,
            "checks": checks,
            "feed_head": head,
            "data_until": until,
            "follows": follows,
        }
        return _answer(200 if good else 503, document)

    name_after_operation(live, f"read_{service}_live")
    name_after_operation(readiness, f"read_{service}_ready")
    return router


def _answer(status: int, document: dict[str, Any]) -> Response:
    return Response(
        orjson.dumps(document, option=orjson.OPT_UTC_Z), status, {"Cache-Control": "no-store"}, "application/json"
    )
