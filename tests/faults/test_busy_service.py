"""A service that is only busy is neither put aside nor answered for: its readiness is told in time under any load."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.faults.service import ForkServer, Service
from tests.gateway.edge import Edge
from tests.registry.builders import ORGANIZATIONS, a_cooperative
from tests.support.databases import Databases
from tests.support.tokens import token
from tests.support.waiting import until

pytestmark = pytest.mark.faults

CALLERS, SECONDS = 200, 12


@pytest.fixture
async def service(databases: Databases, tmp_path: Path) -> AsyncIterator[Service]:
    fork_server = ForkServer("registry")
    async with databases.clone("registry") as url:
        running = Service(fork_server, url, tmp_path)
        running.start()
        try:
            await running.ready()
            yield running
        finally:
            running.kill()
            fork_server.end()


async def test_two_hundred_callers_who_never_pause_put_nobody_aside(service: Service, tmp_path: Path) -> None:
    answers: Counter[tuple[int, str]] = Counter()
    end = time.monotonic() + SECONDS
    (tmp_path / "edge").mkdir()
    with Edge(tmp_path / "edge", {"registry": service.port}) as edge:
        await asyncio.to_thread(until, lambda: edge.counted("registry").get("membership_healthy") == 1)

        async def call(number: int) -> None:
            bearer = token("registry.read registry.write", area="25-2025", sub=f"officer-{number % 40}")
            headers = {"Authorization": f"Bearer {bearer}"}
            async with httpx.AsyncClient(base_url=edge.url, headers=headers, timeout=60) as client:
                while time.monotonic() < end:
                    sent = (
                        client.post(ORGANIZATIONS, json=a_cooperative() | {"force": True, "reason": "tải"})
                        if number % 4 == 0
                        else client.get(ORGANIZATIONS, params={"limit": 200, "count": "exact"})
                    )
                    answer = await sent
                    answers[answer.status_code, answer.json().get("code", "") if answer.is_error else ""] += 1

        await asyncio.gather(*(call(number) for number in range(CALLERS)))
        counted = edge.counted("registry")
    checks, failed = counted["health_check.attempt"], counted["health_check.failure"]
    print(f"{sum(answers.values())} answers {dict(answers)}; {failed} of {checks} checks failed")
    assert counted["membership_healthy"] == 1
    assert failed < 3
    assert not [code for _, code in answers if code == "upstream_unavailable"]
