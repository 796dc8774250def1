"""The other services as reporting asks them for figures: with the caller's own token, so that nobody sees more than they may.

One connection pool a process, a deadline for each service, and an answer that says why there is none.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import httpx
import orjson
from fastapi import FastAPI

from kernel.runtime.settings import ServiceSettings
from kernel.web.calls import Call
from kernel.web.http_client import CONNECT_SECONDS, open_client

SERVICES = ("registry", "funds", "training")
DEADLINE_SECONDS = 5.0
"""For all that a service is asked in one question; it answers them side by side."""
LARGE_DEADLINE_SECONDS = 20.0
"""The same for a question of the nation, or grouped: below the gateway's thirty, and the service's own limit on a statement."""

Why = Literal["service_down", "too_slow", "not_permitted", "bad_answer"]


class NoAnswer(Exception):
    """A service gave no answer to use. `detail`: its own words or code, for people who look into it."""

    def __init__(self, why: Why, detail: str | None = None) -> None:
        super().__init__(why)
        self.why, self.detail = why, detail


@dataclass(frozen=True)
class Upstreams:
    """The services whose figures are asked for, by name, behind one client; one that is not named cannot be asked."""

    client: httpx.AsyncClient
    urls: Mapping[str, str]

    async def items(
        self, call: Call, service: str, path: str, questions: Sequence[Mapping[str, str]], *, seconds: float
    ) -> list[list[dict[str, Any]]]:
        """Return the `items` of each question to a service, asked at once as the caller, in so many seconds.

        Raises NoAnswer.
        """
        if service not in self.urls:
            raise NoAnswer("service_down")
        headers = {"Authorization": call.request.headers["authorization"], "Accept-Language": call.language}
        asked = [asyncio.ensure_future(self._items(service, path, each, headers, seconds)) for each in questions]
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.gather(*asked)
        except TimeoutError:
            raise NoAnswer("too_slow") from None
        finally:
            for each in asked:
                each.cancel()

    async def _items(
        self, service: str, path: str, params: Mapping[str, str], headers: Mapping[str, str], seconds: float
    ) -> list[dict[str, Any]]:
        answer = await self._get(f"{self.urls[service].rstrip('/')}{path}", params, headers, seconds)
        try:
            document = orjson.loads(answer.content)
        except ValueError:
            document = None
        if answer.status_code != 200:
            raise _refused(answer.status_code, document)
        items = document.get("items") if isinstance(document, dict) else None
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise NoAnswer("bad_answer")
        return items

    async def _get(
        self, url: str, params: Mapping[str, str], headers: Mapping[str, str], seconds: float
    ) -> httpx.Response:
        timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
        again = True
        while True:
            try:
                return await self.client.get(url, params=dict(params), headers=dict(headers), timeout=timeout)
            except httpx.TimeoutException as error:
                raise NoAnswer("service_down" if isinstance(error, httpx.ConnectTimeout) else "too_slow") from error
            except (httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError) as error:
                # A kept connection whose other end was started anew in the meantime: reading again is safe.
                if not again:
                    raise NoAnswer("service_down", type(error).__name__) from error
                again = False
            except httpx.ConnectError as error:
                raise NoAnswer("service_down") from error
            except (httpx.TransportError, httpx.DecodingError) as error:
                raise NoAnswer("bad_answer", type(error).__name__) from error


def _refused(status: int, document: Any) -> NoAnswer:
    code = str(document.get("code") or status) if isinstance(document, dict) else str(status)
    if status in (401, 403):
        return NoAnswer("not_permitted", code)
    if status in (429, 503, 504):
        return NoAnswer("too_slow" if status != 503 else "service_down", code)
    return NoAnswer("service_down" if status >= 500 else "bad_answer", code)


def with_upstreams(transport: httpx.AsyncBaseTransport | None) -> Callable[[FastAPI], AsyncIterator[None]]:
    """Return the task that holds the client by which other services are asked for figures."""

    async def task(app: FastAPI) -> AsyncIterator[None]:
        settings: ServiceSettings = app.state.settings
        named = {service: getattr(settings, f"{service}_url") for service in SERVICES}
        async with open_client(transport) as client:
            app.state.upstreams = Upstreams(client, {service: url for service, url in named.items() if url})
            yield
            del app.state.upstreams

    return task


def upstreams_of(call: Call) -> Upstreams:
    """Return the services that this process may ask for figures."""
    upstreams: Upstreams = call.state.upstreams
    return upstreams
