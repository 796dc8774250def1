"""How the services behind the gateway are, asked of each one's own readiness."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import httpx

_FRESH_SECONDS = 1.0


class Health:
    """Asks all services at once, at most once a second however many ask."""

    def __init__(self, client: httpx.AsyncClient, services: Mapping[str, int | str]) -> None:
        self._client, self._services = client, services
        self._lock = asyncio.Lock()
        self._found: dict[str, dict[str, Any]] = {}
        self._asked = float("-inf")

    async def summary(self) -> dict[str, Any]:
        """Return `{"status", "services": {name: its readiness}}`; `ok` only if all are, `degraded` if none fails."""
        services = await self._all()
        states = {one["status"] for one in services.values()}
        status = "ok" if states <= {"ok"} else "degraded" if states <= {"ok", "degraded"} else "failing"
        return {"status": status, "services": services}

    async def status(self) -> dict[str, Any]:
        """Return how far each service's data goes by province, and the head of its change feed."""
        services = await self._all()
        return {
            "feeds": {name: one.get("feed_head") for name, one in services.items()},
            "data": {name: one.get("data_until") for name, one in services.items()},
        }

    async def _all(self) -> dict[str, dict[str, Any]]:
        async with self._lock:
            if time.monotonic() - self._asked > _FRESH_SECONDS:
                asked = (self._ask(name, at) for name, at in self._services.items())
                self._found = dict(zip(self._services, await asyncio.gather(*asked), strict=True))
                self._asked = time.monotonic()
            return self._found

    async def _ask(self, service: str, where: int | str) -> dict[str, Any]:
        """Ask the copies of a service until one is well: of several, one is enough."""
        addresses = [f"127.0.0.1:{where}"] if isinstance(where, int) else [at.strip() for at in where.split(",")]
        found: dict[str, Any] = {}
        for at in addresses:
            found = await self._ask_copy(service, at)
            if found["status"] == "ok":
                break
        return found

    async def _ask_copy(self, service: str, at: str) -> dict[str, Any]:
        try:
            answer = await self._client.get(f"http://{at}/v1/{service}/health/ready")
            found = answer.json()
            if isinstance(found, dict) and "status" in found and isinstance(found.get("checks"), dict):
                return found
            reason = f"answered {answer.status_code}"
        except httpx.HTTPError as error:
            reason = type(error).__name__
        except ValueError:
            reason = "answered no JSON"
        return {
            "status": "down",
            "service": service,
            "checks": {"reached": reason},
            "feed_head": None,
            "data_until": None,
            "follows": [],
        }
