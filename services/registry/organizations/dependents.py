"""The services whose records name organizations, as the registry asks them; a test holds the call against their contracts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import httpx
from fastapi import FastAPI

from kernel.runtime.logging import get_logger
from kernel.runtime.settings import ServiceSettings
from kernel.web.calls import Call
from kernel.web.http_client import Refused, Tokens, Unavailable, Upstream, credentials_of, open_client
from services.registry import problems

ASKED = ("funds", "training", "reporting")
PATH = "/v1/{service}/organization-references"
SCOPE = "references.read"
"""What the registry's own client system holds there."""

log = get_logger()


class Dependents:
    """The services that are asked, each behind one connection of this process."""

    def __init__(self, upstreams: Mapping[str, Upstream]) -> None:
        self._upstreams = upstreams

    async def references(self, organization_id: str) -> list[dict[str, Any]]:
        """Return what names the organization in other services, whoever owns it: service, type, field, count.

        Raises ReferencesUnknown where one of them is silent, or refuses to say.
        """

        async def ask(service: str) -> list[dict[str, Any]] | None:
            try:
                document = await self._upstreams[service].get(
                    PATH.format(service=service), {"organization_id": organization_id}
                )
                return [{"service": service, **_reference(item)} for item in document["items"]]
            except (Unavailable, Refused, KeyError, TypeError) as error:
                log.warning("references.not_told", service=service, error=str(error))
                return None

        answers = dict(zip(self._upstreams, await asyncio.gather(*map(ask, self._upstreams)), strict=True))
        if silent := [service for service, items in answers.items() if items is None]:
            raise problems.ReferencesUnknown(services=silent)
        return [item for items in answers.values() for item in items or ()]


def _reference(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in ("resource_type", "resource", "field", "count")}


def with_dependents(
    transport: httpx.AsyncBaseTransport | None = None,
) -> Callable[[FastAPI], AsyncIterator[None]]:
    """Return the task that holds the connections, where the settings name all services that are to be asked."""

    async def task(app: FastAPI) -> AsyncIterator[None]:
        settings: ServiceSettings = app.state.settings
        credentials = credentials_of(settings)
        urls = {service: url for service in ASKED if (url := getattr(settings, f"{service}_url")) is not None}
        if credentials is None or len(urls) < len(ASKED):
            yield
            return
        async with open_client(transport) as client:
            tokens = Tokens(client, credentials)
            app.state.dependents = Dependents({name: Upstream(url, client, tokens) for name, url in urls.items()})
            yield
            del app.state.dependents

    return task


async def references_elsewhere(call: Call, organization_id: str) -> list[dict[str, Any]]:
    """Return what names the organization in other services. Raises ReferencesUnknown, also where none can be asked."""
    dependents: Dependents | None = getattr(call.state, "dependents", None)
    if dependents is None:
        raise problems.ReferencesUnknown(services=list(ASKED))
    return await dependents.references(organization_id)
