"""Whose access tokens are void before they expire: a set that identity keeps and every service follows.

A token says by which version of its subject's record it was issued. Whoever disables a subject, or takes something from
it, writes the least version that still counts in the same transaction; no clock takes part. A service holds the whole
set in memory, asks for the next one with a poll that waits, and keeps the last in a file: identity being down, and a
restart meanwhile, change nothing. The set is small: after ten minutes a token has expired anyway.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import orjson
from fastapi import FastAPI

from kernel.feed.change_routes import MAX_WAIT_SECONDS
from kernel.runtime.logging import get_logger
from kernel.runtime.settings import ServiceSettings
from kernel.web.auth import Verifier
from kernel.web.http_client import Refused, Tokens, Unavailable, Upstream, credentials_of, open_client

PATH = "/v1/identity/revocations"
SCOPE = "tokens.follow"
"""What a service's own client system holds to follow the set."""

_SLACK_SECONDS, _PAUSE_SECONDS = 10.0, 0.5
log = get_logger()


class Kept:
    """The last set that this process heard of, in a file of `VCA_HOME`."""

    def __init__(self, home: Path, service: str) -> None:
        self._path = home / "run" / f"revocations-{service}.json"

    def read(self) -> dict[str, int]:
        """Return what was written last; nothing where nothing was, or it cannot be read."""
        try:
            return {str(subject): int(version) for subject, version in orjson.loads(self._path.read_bytes()).items()}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}

    def write(self, least_versions: Mapping[str, int]) -> None:
        """Write the set by rename, so that it is never read half."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_suffix(".new")
            fresh.write_bytes(orjson.dumps(dict(least_versions)))
            fresh.replace(self._path)
        except OSError as error:
            # It holds in memory; a restart while identity is down would forget it.
            log.warning("revocations.not_kept", error=type(error).__name__)


def _read(answer: Mapping[str, Any]) -> tuple[str, dict[str, int]]:
    return str(answer["tag"]), {str(item["subject"]): int(item["least_version"]) for item in answer["items"]}


async def _follow(upstream: Upstream, verifier: Verifier, kept: Kept) -> None:
    tag, failures = "", 0
    while True:
        try:
            answer = await upstream.get(
                PATH, {"known": tag, "wait": MAX_WAIT_SECONDS}, seconds=MAX_WAIT_SECONDS + _SLACK_SECONDS
            )
            newest, least_versions = _read(answer)
        except (Unavailable, Refused, KeyError, TypeError, ValueError) as error:
            failures += 1
            if failures == 1:
                log.warning("revocations.not_reached", error=str(error) or type(error).__name__)
            # What is known goes on holding. Asked often: it is one small call, and two seconds are promised.
            await asyncio.sleep(_PAUSE_SECONDS)
            continue
        failures = 0
        if newest != tag:
            # On disk first: who was refused once stays refused, also by a copy that starts while identity is down.
            await asyncio.to_thread(kept.write, least_versions)
            verifier.use_revocations(least_versions)
            tag = newest


def following_revocations(
    transport: httpx.AsyncBaseTransport | None = None,
) -> Callable[[FastAPI], AsyncIterator[None]]:
    """Return the task that follows the set while the service runs; one that was given no client system stands alone."""

    async def task(app: FastAPI) -> AsyncIterator[None]:
        settings: ServiceSettings = app.state.settings
        verifier: Verifier = app.state.verifier
        credentials = credentials_of(settings)
        if credentials is None:
            yield
            return
        kept = Kept(settings.home, app.state.service)
        verifier.use_revocations(await asyncio.to_thread(kept.read))
        async with open_client(transport) as client:
            upstream = Upstream(credentials.identity_url, client, Tokens(client, credentials))
            running = asyncio.create_task(_follow(upstream, verifier, kept))
            yield
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

    return task
