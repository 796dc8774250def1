"""A planned stop cuts no call in flight: who was let in is answered, who comes later is not let in."""

from __future__ import annotations

import asyncio
import os
import signal

import httpx
import pytest

from kernel.values.ids import new_id
from tests.platform.conftest import Platform

pytestmark = [pytest.mark.platform, pytest.mark.faults]
BATCHES, ITEMS = 50, 20
PATH = "/v1/registry/organizations"


def _batch(number: int) -> dict[str, object]:
    return {
        "mode": "atomic",
        "items": [
            {
                "id": new_id(),
                "type": "cooperative_group",
                "name": f"Tổ hợp tác {os.urandom(4).hex()} số {number} {at}",
                "seat": {"commune_code": "08230", "commune_map": "2008"},
                "founded_on": "2022-05-01",
            }
            for at in range(ITEMS)
        ],
    }


async def _send_and_stop(platform: Platform, headers: httpx.Headers, number: int) -> tuple[list[httpx.Response], int]:
    """Send all batches at once and tell the platform to stop when the first is answered; return how many came after."""
    assert platform.process is not None
    limits = httpx.Limits(max_connections=BATCHES)
    async with httpx.AsyncClient(base_url=platform.gateway, headers=headers, timeout=60, limits=limits) as client:
        sent = [
            asyncio.create_task(
                client.post(f"{PATH}/batch", json=_batch(number), headers={"Idempotency-Key": new_id()})
            )
            for _ in range(BATCHES)
        ]
        await asyncio.wait(sent, return_when=asyncio.FIRST_COMPLETED)
        in_flight = sum(not task.done() for task in sent)
        platform.process.send_signal(signal.SIGTERM)
        return await asyncio.gather(*sent), in_flight


def test_fifty_batches_in_flight_at_a_planned_stop_are_all_answered(platform: Platform) -> None:
    with platform.client(area="25-2025") as client:
        answers, in_flight = asyncio.run(_send_and_stop(platform, client.headers, 1))
    assert platform.process is not None
    assert platform.process.wait(30) == 0
    assert in_flight > BATCHES // 2, "the stop came while they ran"
    assert [answer.text for answer in answers if answer.status_code != 201] == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{platform.gateway}/health")
    platform.forget_log()
    platform.start()
    with platform.client(area="25-2025") as client:
        written = [item["id"] for answer in answers for item in answer.json()["items"]]
        for id_ in (written[0], written[-1]):
            assert client.get(f"{PATH}/{id_}").status_code == 200
