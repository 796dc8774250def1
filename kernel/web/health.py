"""Health: `live` touches nothing, `ready` names what fails."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
from fastapi import APIRouter, Request
from starlette.datastructures import State
from starlette.responses import Response

from kernel.database.connections import Database
from kernel.database.statements import always
from kernel.problems import TooManyRequests, problem_responses
from kernel.runtime.disk import ALMOST_FULL_PERCENT, used_percent
from kernel.web.api_route import NamedRoute
from kernel.web.auth import Verifier
from kernel.web.readiness import Checks, Found, Readiness
from kernel.web.schemas import Health
from kernel.web.source_places import name_after_operation

_CHECK = always(
    float,
    """
    SELECT coalesce(extract(epoch FROM max(now() - xact_start)), 0)::float8
      FROM pg_stat_activity
     WHERE usename = current_user AND state <> 'idle' AND pid <> pg_backend_pid()""",
)


Ready = Callable[[Database], Awaitable[Checks]]
_NOTHING: dict[str, Any] = {"feed_head": None, "data_until": None, "follows": []}
"""What is told beside the checks, where nothing is."""


@functools.cache
def health_router(service: str) -> APIRouter:
    """Return the health operations of `service`."""
    router = APIRouter(prefix=f"/v1/{service}/health", tags=[f"{service}-health"], route_class=NamedRoute)

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
        return _answer(200, {"status": "ok", "service": service, "checks": {}, **_NOTHING})

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
        state = request.app.state
        readiness: Readiness = state.readiness
        found = await readiness.found()
        if state.draining.begun:
            stopping = {"stopping": "the process finishes its calls and stops"}
            found = replace(found, checks=found.checks | stopping)
        document = {
            "status": found.status,
            "service": service,
            "checks": found.checks,
            **_NOTHING,
            **found.told,
        }
        return _answer(200 if found.is_well else 503, document)

    name_after_operation(live, f"read_{service}_live")
    name_after_operation(readiness, f"read_{service}_ready")
    return router


async def look(state: State, ready: Ready | None) -> Found:
    """Look at what every service needs, and by `ready` at the service's own."""
    db: Database = state.db
    found = Found({})
    checks = found.checks
    try:
        oldest = await db.fetchval(_CHECK)
        checks["database"] = "ok"
        # Reported, not failed on: an old transaction holds feeds back, it does not stop the service.
        checks["oldest_transaction_seconds"] = round(oldest)
        if ready is not None:
            for name, value in (await ready(db)).items():
                (found.told if name in _NOTHING else checks)[name] = value
    except Exception as error:  # Whatever fails here is what readiness is asked about.
        checks["database"] = f"failed: {type(error).__name__}"
    verifier: Verifier = state.verifier
    checks["keys"] = (
        "ok" if verifier.has_keys() else "missing: identity's public keys are not there yet, no token can be checked"
    )
    used = await asyncio.to_thread(_disk_used_percent, state.settings.home)
    if used is not None:
        checks["disk_used_percent"] = used
    return replace(found, is_degraded=used is not None and used >= ALMOST_FULL_PERCENT)


def _disk_used_percent(home: Path) -> int | None:
    """Return how much of the disk of files and keys is used; None where it is not told."""
    try:
        return max(used_percent(home), used_percent(home / "files"))
    except OSError:
        return None


def _answer(status: int, document: dict[str, Any]) -> Response:
    return Response(
        orjson.dumps(document, option=orjson.OPT_UTC_Z), status, {"Cache-Control": "no-store"}, "application/json"
    )
