"""A planned stop cuts no call in flight: who was let in is answered, who comes later is not let in."""

from __future__ import annotations

import asyncio
import os
import signal

import httpx
import pytest

from kernel.database.connections import connect
from kernel.runtime.settings import ServiceSettings
from kernel.values.ids import new_id
from tests.platform.conftest import Platform
from tests.support.waiting import come_true

pytestmark = [pytest.mark.platform, pytest.mark.faults]
BATCHES, ITEMS = 50, 10
PATH = "/v1/registry/organizations"
CONNECTIONS: int = ServiceSettings.model_fields["pool_size"].default
"""How many calls of one service are at its database at once; who comes then is answered "busy" after five seconds."""
_HELD = "SELECT count(*) FROM pg_locks WHERE relation = 'organization'::regclass AND NOT granted"


def _batch(number: int) -> dict[str, object]:
    return {
        "mode": "atomic",
        "items": [
            {
                "id": new_id(),
                "type": "cooperative_group",
                # As random as it is long: what is alike would be asked about as a possible duplicate.
                "name": f"Tổ hợp tác {os.urandom(16).hex()} số {number} {at}",
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


async def _stop_while_some_are_told_to_come_again(platform: Platform, headers: httpx.Headers) -> list[httpx.Response]:
    """Hold the table for longer than a call waits for a connection, stop meanwhile, and let go; return the answers."""
    assert platform.process is not None
    blocker = await connect(platform.database_url("registry"))
    async with httpx.AsyncClient(base_url=platform.gateway, headers=headers, timeout=60) as client:
        async with blocker.transaction():
            await blocker.execute("LOCK TABLE organization IN SHARE MODE")
            sent = [
                asyncio.create_task(client.post(f"{PATH}/batch", json=_batch(2), headers={"Idempotency-Key": new_id()}))
                # Fewer than the gateway sends again at once (sixteen, services/gateway/clusters.py): each is told to come again.
                for _ in range(CONNECTIONS + 2)
            ]

            async def all_connections_wait() -> bool:
                return int(await blocker.fetchval(_HELD)) == CONNECTIONS

            await come_true(all_connections_wait)
            platform.process.send_signal(signal.SIGTERM)
            await asyncio.sleep(7)
        await blocker.close()
        return await asyncio.gather(*sent)


def test_who_is_sent_again_because_the_service_was_busy_is_answered_during_a_stop(platform: Platform) -> None:
    with platform.client(area="25-2025") as client:
        answers = asyncio.run(_stop_while_some_are_told_to_come_again(platform, client.headers))
    assert platform.process is not None
    assert platform.process.wait(30) == 0
    assert [answer.text for answer in answers if answer.status_code != 201] == []
    platform.forget_log()
    platform.start()
