"""What reports ask of the other services beside figures: as the caller, whole answers, with a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from kernel.web.calls import Call
from kernel.web.http_client import CONNECT_SECONDS
from services.reporting.upstreams import DEADLINE_SECONDS, NoAnswer, upstreams_of


async def document(call: Call, service: str, path: str, params: Mapping[str, str]) -> dict[str, Any]:
    """Return what another service answers the caller. Raises NoAnswer, which says why there is none."""
    upstreams = upstreams_of(call)
    if service not in upstreams.urls:
        raise NoAnswer("service_down")
    headers = {"Authorization": call.request.headers["authorization"], "Accept-Language": call.language}
    timeout = httpx.Timeout(DEADLINE_SECONDS, connect=CONNECT_SECONDS)
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            answer = await upstreams.client.get(
                f"{upstreams.urls[service].rstrip('/')}{path}", params=dict(params), headers=headers, timeout=timeout
            )
    except (TimeoutError, httpx.ReadTimeout, httpx.WriteTimeout, httpx.PoolTimeout):
        raise NoAnswer("too_slow") from None
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise NoAnswer("service_down", type(error).__name__) from error
    try:
        found = orjson.loads(answer.content)
    except ValueError:
        raise NoAnswer("bad_answer") from None
    if answer.status_code in (401, 403):
        raise NoAnswer("not_permitted", str(found.get("code")) if isinstance(found, dict) else None)
    if answer.status_code >= 500 or answer.status_code == 429:
        raise NoAnswer("service_down", str(answer.status_code))
    if not answer.is_success or not isinstance(found, dict):
        raise NoAnswer("bad_answer", str(answer.status_code))
    return found
