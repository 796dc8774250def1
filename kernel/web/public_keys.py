"""Identity's public keys, fetched from its address where no file of them is shared.

A new key is published at least 15 minutes before it signs, and the keys are asked for every ten seconds: so a service
knows each key long before it meets it. The last that were heard of are kept, in memory and in a file of `VCA_HOME`:
identity being down, and a restart meanwhile, change nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import orjson
from fastapi import FastAPI
from joserfc.errors import JoseError

from kernel.runtime.logging import get_logger
from kernel.runtime.settings import ServiceSettings
from kernel.web.auth import Verifier
from kernel.web.http_client import open_client

JWKS_PATH = "/v1/identity/jwks"
EVERY_SECONDS, PAUSE_SECONDS = 10.0, 0.5
log = get_logger()


class _Kept:
    """The last keys that this service heard of, in a file."""

    def __init__(self, home: Path, service: str) -> None:
        self._path = home / "run" / f"jwks-{service}.json"

    def read(self) -> Any:
        try:
            return orjson.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return None

    def write(self, jwks: Any) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_suffix(".new")
            fresh.write_bytes(orjson.dumps(jwks))
            fresh.replace(self._path)
        except OSError as error:
            # They hold in memory; a restart while identity is down would find none.
            log.warning("public_keys.not_kept", error=type(error).__name__)


class _Follower:
    """Asks for the keys and hands them to the verifier when they have changed."""

    def __init__(self, client: httpx.AsyncClient, address: str, verifier: Verifier, kept: _Kept) -> None:
        self._client, self._address, self._verifier, self._kept = client, address, verifier, kept
        self._known: Any = None
        self._failing = False

    async def start(self) -> None:
        """Take the keys that were kept, and ask once."""
        self._take(await asyncio.to_thread(self._kept.read))
        await self._ask()

    def _take(self, jwks: Any) -> bool:
        if jwks == self._known or not isinstance(jwks, dict) or not jwks.get("keys"):
            return False
        try:
            self._verifier.use_keys(jwks)
        except (JoseError, ValueError, TypeError, KeyError):
            return False
        self._known = jwks
        return True

    async def _ask(self) -> None:
        try:
            answer = await self._client.get(self._address)
            answer.raise_for_status()
            jwks = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            if not self._failing:
                log.warning("public_keys.not_reached", address=self._address, error=str(error) or type(error).__name__)
            self._failing = True
            return
        self._failing = False
        if self._take(jwks):
            log.info("public_keys.changed", published=[key.get("kid") for key in jwks["keys"]])
            await asyncio.to_thread(self._kept.write, jwks)

    async def run(self) -> None:
        """Ask for as long as the task lives; often while none is known."""
        while True:
            await asyncio.sleep(PAUSE_SECONDS if self._known is None else EVERY_SECONDS)
            await self._ask()


def following_keys(
    transport: httpx.AsyncBaseTransport | None = None,
) -> Callable[[FastAPI], AsyncIterator[None]]:
    """Return the task that knows the keys before the service serves, and follows them; none where a file is shared."""

    async def task(app: FastAPI) -> AsyncIterator[None]:
        settings: ServiceSettings = app.state.settings
        if settings.jwks_file is not None or not settings.identity_url:
            yield
            return
        async with open_client(transport) as client:
            address = f"{settings.identity_url.rstrip('/')}{JWKS_PATH}"
            follower = _Follower(client, address, app.state.verifier, _Kept(settings.home, app.state.service))
            await follower.start()
            running = asyncio.create_task(follower.run())
            yield
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

    return task
