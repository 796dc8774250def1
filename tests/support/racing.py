"""Writers with keys that race for the same records, and a reader of the feed who checks the order of what it is told."""

from __future__ import annotations

import asyncio
import collections
import random
from collections.abc import Callable
from typing import Any

import httpx

from kernel.values.ids import new_id
from tests.support.answers import ok

Make = Callable[[random.Random], tuple[str, dict[str, Any]]]
"""Returns the path and the body of one call; what it writes is up to chance."""


async def race(writer: httpx.AsyncClient, client: httpx.AsyncClient, service: str, make: Make) -> int:
    """Have six writers race while `client` follows; check that each record's versions come once and in order.

    Returns how many events were told of records that were changed.
    """
    start = ok(await client.get(f"/v1/{service}/changes", params={"limit": 500}))["next_cursor"]
    finished = asyncio.Event()

    async def one(number: int) -> None:
        chance = random.Random(number)
        for _ in range(6):
            path, body = make(chance)
            key = {"Idempotency-Key": new_id()}
            # Two that lock crosswise: PostgreSQL ends one of them, and its client sends the same again.
            while (answer := await writer.post(path, json=body, headers=key)).status_code == 503:
                pass
            assert answer.status_code == 201, answer.text

    async def read() -> list[dict[str, Any]]:
        seen, cursor = [], start
        while True:
            over = finished.is_set()
            page = ok(await client.get(f"/v1/{service}/changes", params={"after": cursor, "limit": 7}))
            seen += page["items"]
            cursor = page["next_cursor"]
            if over and page["at_head"]:
                return seen
            await asyncio.sleep(0.005)

    reading = asyncio.create_task(read())
    await asyncio.gather(*(one(number) for number in range(6)))
    finished.set()
    seen = await reading
    versions: dict[str, list[int]] = collections.defaultdict(list)
    for event in seen:
        versions[event["resource_id"]].append(event["resource_version"])
    for numbers in versions.values():
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "each version once, in order"
    return sum(event["type"].endswith(".changed") for event in seen)
