"""Readiness that many ask for at once: one look answers all who wait for it."""

from __future__ import annotations

import asyncio

from kernel.web.readiness import Found, Readiness


async def test_who_waits_is_answered_by_the_look_waited_for_though_another_has_begun() -> None:
    looks = 0

    async def look() -> Found:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0)
        return Found({"look": looks})

    readiness = Readiness(look)

    async def ask_twice() -> list[int]:
        return [(await readiness.found()).checks["look"] for _ in range(2)]

    answers = await asyncio.gather(*(ask_twice() for _ in range(20)))
    assert all(first == 1 < second for first, second in answers)
    assert looks < 20
