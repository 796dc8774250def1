"""Calls between services: one client each, explicit time-outs, the caller's request id, and answers told apart.

An answer that was understood is JSON; a refusal is `Refused` with the other's problem; everything that another try may
mend (no connection, too slow, 429, 5xx) is `Unavailable`. Tokens come from identity by the service's own client system.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from kernel.runtime.logging import get_logger
from kernel.runtime.request_context import CURRENT
from kernel.runtime.settings import ServiceSettings
from kernel.runtime.tracing import traced

CONNECT_SECONDS, ANSWER_SECONDS = 2.0, 8.0
log = get_logger()
_TOKENS_AT = "/v1/identity/token"
_EARLY_SECONDS = 60.0


class Unavailable(Exception):
    """The other service did not answer, or could not for now. `retry_after`: seconds it asked to wait, if it said so."""

    def __init__(self, words: str, *, retry_after: float | None = None) -> None:
        super().__init__(words)
        self.retry_after = retry_after


class Refused(Exception):
    """The other service answered no. `problem` is its problem document; empty where it sent none."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status, self.problem = status, problem
        self.code = str(problem.get("code") or status)
        super().__init__(f"answered {status} {self.code}")


@dataclass(frozen=True)
class Credentials:
    """The client system that a service calls as, and where identity gives it tokens."""

    identity_url: str
    client_id: str
    client_secret: str


class Tokens:
    """The service's own access token, fetched again a minute before it ends; callers at once share one fetch."""

    def __init__(self, client: httpx.AsyncClient, credentials: Credentials) -> None:
        self._client, self._credentials = client, credentials
        self._token, self._good_until = "", 0.0
        self._fetching = asyncio.Lock()

    async def current(self) -> str:
        """Return a token that is still good. Raises Unavailable, Refused."""
        async with self._fetching:
            if time.monotonic() >= self._good_until:
                answer = await self._fetch()
                self._token = str(answer["access_token"])
                lives = float(answer["expires_in"])
                self._good_until = time.monotonic() + max(lives - _EARLY_SECONDS, lives / 2)
            return self._token

    def drop(self, token: str) -> None:
        """Forget `token`, which was refused."""
        if token == self._token:
            self._good_until = 0.0

    async def _fetch(self) -> dict[str, Any]:
        credentials = self._credentials
        return await _json(
            self._client,
            "POST",
            f"{credentials.identity_url.rstrip('/')}{_TOKENS_AT}",
            data={"grant_type": "client_credentials"},
            auth=(credentials.client_id, credentials.client_secret),
        )


class Upstream:
    """Another service, as this one calls it."""

    def __init__(self, base_url: str, client: httpx.AsyncClient, tokens: Tokens) -> None:
        self._base_url, self._client, self._tokens = base_url.rstrip("/"), client, tokens

    async def get(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        seconds: float = ANSWER_SECONDS,
    ) -> dict[str, Any]:
        """Read `path`; wait `seconds` for the answer. Raises Unavailable, Refused."""
        return await self._call("GET", path, seconds, params=dict(params or {}))

    async def post(self, path: str, document: Mapping[str, Any], *, seconds: float = ANSWER_SECONDS) -> dict[str, Any]:
        """Send `document` to `path`; wait `seconds` for the answer. Raises Unavailable, Refused."""
        return await self._call("POST", path, seconds, json=dict(document))

    async def _call(self, method: str, path: str, seconds: float, **options: Any) -> dict[str, Any]:
        again = True
        while True:
            token = await self._tokens.current()
            try:
                return await _json(
                    self._client,
                    method,
                    f"{self._base_url}{path}",
                    **options,
                    headers={"Authorization": f"Bearer {token}"},
                    timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS),
                )
            except Refused as refused:
                # Identity's keys may have changed under a token that looked good: one new token, one more try.
                if refused.status != 401 or not again:
                    raise
                again = False
                self._tokens.drop(token)


async def _json(client: httpx.AsyncClient, method: str, url: str, **options: Any) -> dict[str, Any]:
    try:
        answer = await client.request(method, url, **options)
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise Unavailable(type(error).__name__) from error
    if answer.status_code == 429 or answer.status_code >= 500:
        raise Unavailable(f"answered {answer.status_code}", retry_after=_seconds(answer.headers.get("retry-after")))
    document = _document(answer.content)
    if answer.is_success:
        if document is None:
            raise Unavailable("answered no JSON object")
        return document
    raise Refused(answer.status_code, document or {})


def _document(content: bytes) -> dict[str, Any] | None:
    try:
        document = orjson.loads(content)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isascii() and text.isdigit() else None


class Named(httpx.AsyncBaseTransport):
    """Says of each call which request and which trace it is made for, and leaves a line of it in the log.

    What a process asks by itself, feeds above all, is made for no request: no line is left of it.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one call."""
        context = CURRENT.get()
        if context is None:
            return await self._transport.handle_async_request(request)
        request.headers.update(context.onward())
        began = time.perf_counter()
        outcome: dict[str, int | str] = {}
        try:
            answer = await self._transport.handle_async_request(request)
            outcome["status"] = answer.status_code
            return answer
        except BaseException as error:
            outcome["error"] = type(error).__name__
            raise
        finally:
            # Without the query, which may name people.
            log.info(
                "call.answered" if "status" in outcome else "call.failed",
                method=request.method,
                host=request.url.netloc.decode("latin-1"),
                path=request.url.path,
                milliseconds=round((time.perf_counter() - began) * 1000, 1),
                **outcome,
            )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()


@functools.cache
def authorities() -> ssl.SSLContext:
    """Return whose certificates calls over TLS are taken from, read once a process: each reading takes some 25 ms and 1 MB."""
    return httpx.create_ssl_context()


def open_client(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """Return the HTTP client of a service; it follows no redirect and takes no proxy from the environment."""
    return httpx.AsyncClient(
        # Once more where no connection was made: nothing was sent, so any method may.
        transport=Named(traced(transport or httpx.AsyncHTTPTransport(verify=authorities(), retries=1))),
        timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
        headers={"Accept": "application/json", "Accept-Language": "en"},
        trust_env=False,
    )


def credentials_of(settings: ServiceSettings) -> Credentials | None:
    """Return who this service calls others as, or None where it was given no client system."""
    if not (settings.identity_url and settings.client_id and settings.client_secret):
        return None
    return Credentials(settings.identity_url, settings.client_id, settings.client_secret.get_secret_value())
