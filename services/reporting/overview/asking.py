"""What other services answer to the caller, for the overview: whole documents, and why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from kernel.web.calls import Call
from kernel.web.http_client import CONNECT_SECONDS
from services.reporting.upstreams import NoAnswer, upstreams_of

_SECONDS = 6.0
"""A person waits for the page; what takes longer is left out of it, and said."""


async def document(call: Call, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what the service that `path` names answers to the caller. Raises NoAnswer."""
    upstreams, service = upstreams_of(call), path.split("/")[2]
    if service not in upstreams.urls:
        raise NoAnswer("service_down")
    headers = {"Authorization": call.request.headers["authorization"], "Accept-Language": call.language}
    url = f"{upstreams.urls[service].rstrip('/')}{path}"
    try:
        timeout = httpx.Timeout(_SECONDS, connect=CONNECT_SECONDS)
        answer = await upstreams.client.get(url, params=dict(params or {}), headers=headers, timeout=timeout)
    except httpx.ConnectTimeout as error:
        raise NoAnswer("service_down") from error
    except httpx.TimeoutException as error:
        raise NoAnswer("too_slow") from error
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise NoAnswer("service_down") from error
    if answer.status_code in (401, 403):
        raise NoAnswer("not_permitted")
    if answer.status_code != 200:
        raise NoAnswer("service_down" if answer.status_code >= 500 else "bad_answer")
    try:
        found = orjson.loads(answer.content)
    except ValueError as error:
        raise NoAnswer("bad_answer") from error
    if not isinstance(found, dict):
        raise NoAnswer("bad_answer")
    return found


async def items(call: Call, path: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return the items of a list. Raises NoAnswer."""
    found = (await document(call, path, params)).get("items")
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise NoAnswer("bad_answer")
    return found
