"""The registry, as the other services ask it; a test holds each call against the registry's committed contract."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
from fastapi import FastAPI

from kernel.runtime.settings import ServiceSettings
from kernel.web.http_client import Refused, Tokens, Upstream, credentials_of, open_client

ORGANIZATION_PATH = "/v1/registry/organizations/{organization_id}"
PRODUCT_PATH = "/v1/registry/products/{product_id}"
SCOPE = "registry.read"
"""What a service's client system holds; every call here is open to it."""


class Registry:
    """The registry behind one connection of this process."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream

    async def organization(self, id_: str) -> dict[str, Any] | None:
        """Return an organization as it is now, or None where the registry has none. Raises Unavailable, Refused."""
        return await self._one(ORGANIZATION_PATH.format(organization_id=id_))

    async def product(self, id_: str) -> dict[str, Any] | None:
        """Return a product as it is now, or None where the registry has none. Raises Unavailable, Refused."""
        return await self._one(PRODUCT_PATH.format(product_id=id_))

    async def _one(self, path: str) -> dict[str, Any] | None:
        try:
            return await self.upstream.get(path)
        except Refused as refused:
            if refused.status == 404:
                return None
            raise


def with_registry(transport: httpx.AsyncBaseTransport | None) -> Callable[[FastAPI], AsyncIterator[None]]:
    """Return the task that holds the connection to the registry, where the settings name one."""

    async def task(app: FastAPI) -> AsyncIterator[None]:
        settings: ServiceSettings = app.state.settings
        credentials = credentials_of(settings)
        if settings.registry_url is None or credentials is None:
            yield
            return
        async with open_client(transport) as client:
            app.state.registry = Registry(Upstream(settings.registry_url, client, Tokens(client, credentials)))
            yield
            del app.state.registry

    return task


def registry_of(app: FastAPI) -> Registry | None:
    """Return the registry that this process may ask, or None: it stands alone."""
    return getattr(app.state, "registry", None)


def registry_feed(app: FastAPI) -> Upstream | None:
    """Return where the registry's feed is followed, or None."""
    registry = registry_of(app)
    return None if registry is None else registry.upstream
