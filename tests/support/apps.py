"""The services in process: making an app takes longer than most tests, so each is made once for its database."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from fastapi import FastAPI

from kernel.runtime.settings import ServiceSettings
from tests.support.databases import as_service
from tests.support.tokens import JWKS, PUBLIC_URL


class Apps:
    """The apps of one test process."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._made: dict[str, FastAPI] = {}

    @contextlib.asynccontextmanager
    async def running(self, create_app: Callable[[ServiceSettings], FastAPI], url: str) -> AsyncIterator[FastAPI]:
        """Start the app on the database at `url`, trusting the tests' key, and end it."""
        if url not in self._made:
            settings = ServiceSettings(
                database_url=as_service(url), public_url=PUBLIC_URL, home=self._home, pool_size=8, log_level="ERROR"
            )
            self._made[url] = create_app(settings)
        app = self._made[url]
        app.state.verifier.use_keys(JWKS)
        async with app.router.lifespan_context(app):
            yield app
