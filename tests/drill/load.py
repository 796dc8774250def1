"""Writes under load through the gateway: each with a key of its own, sent again until it is acknowledged."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from kernel.values.ids import new_id
from services.identity.bootstrap import DEMO_AREA
from tests.funds.builders import GIA_CAM, MILLION, PATH, Make, Record, a_repayment
from tests.support.answers import ok

assert DEMO_AREA == "25-2025", "the approver's alliance is the builders'"
WORKERS, LOANS, AMOUNT = 6, 12, 1_000
_PAUSE = 0.1

Send = Callable[[httpx.AsyncClient, int, str], Awaitable[httpx.Response]]


@dataclass
class Acknowledged:
    """What a load was told: the id of the record, the moment, by key; and how often it was told something else."""

    ids: dict[str, str] = field(default_factory=dict)
    moments: list[float] = field(default_factory=list)
    failures: dict[str, int] = field(default_factory=dict)

    def until(self, moment: float) -> int:
        """Return how many were acknowledged before a moment."""
        return sum(each <= moment for each in self.moments)

    def longest_gap(self) -> float:
        """Return the longest time without an acknowledged write, in seconds."""
        moments = sorted(self.moments)
        return max(later - earlier for earlier, later in itertools.pairwise(moments))


async def write(clients: Sequence[httpx.AsyncClient], send: Send, stop: Callable[[Acknowledged], bool]) -> Acknowledged:
    """Write until `stop` says so; what has begun is finished."""
    told = Acknowledged()

    async def one(number: int, client: httpx.AsyncClient) -> None:
        while not stop(told):
            key = new_id()
            while key not in told.ids:
                what = await _attempt(client, send, number, key, told)
                if what is not None:
                    told.failures[what] = told.failures.get(what, 0) + 1
                    await asyncio.sleep(_PAUSE)

    await asyncio.gather(*(one(number, client) for number, client in enumerate(clients)))
    return told


async def _attempt(client: httpx.AsyncClient, send: Send, number: int, key: str, told: Acknowledged) -> str | None:
    """Send once; return None if it was acknowledged, else what came instead. Raises RuntimeError for a refusal."""
    try:
        answer = await send(client, number, key)
    except httpx.HTTPError as error:
        return type(error).__name__
    if answer.status_code == 201:
        told.ids[key] = answer.json()["id"]
        told.moments.append(time.monotonic())
        return None
    code = str(answer.json().get("code"))
    if answer.status_code < 500 and code != "key_in_progress":
        raise RuntimeError(answer.text)
    return f"{answer.status_code} {code}"


def repayments(loans: Sequence[Record]) -> Send:
    """Return what pays back a little of one of these loans."""

    async def send(client: httpx.AsyncClient, number: int, key: str) -> httpx.Response:
        loan = loans[number % len(loans)]
        body = a_repayment(AMOUNT, paid_on="2023-05-10")
        return await client.post(f"{PATH}/loans/{loan.id}/repayments", json=body, headers={"Idempotency-Key": key})

    return send


def an_organization(name: str) -> dict[str, Any]:
    """Return the body of a cooperative in old Phú Thọ."""
    seat = {"commune_code": GIA_CAM, "commune_map": "2008"}
    return {"type": "cooperative", "name": name, "seat": seat, "force": True, "reason": "Diễn tập"}


async def organization(client: httpx.AsyncClient, name: str) -> Record:
    """Enter a cooperative."""
    body = an_organization(name)
    return Record(ok(await client.post("/v1/registry/organizations", json=body), 201))


async def lend(client: httpx.AsyncClient, approver: httpx.AsyncClient) -> list[Record]:
    """Enter a fund, cooperatives and a loan for each, paid out."""
    make = Make(client, approver)
    fund = await make.rich_fund()
    loans = []
    for number in range(LOANS):
        borrower = await make.borrower(organization_id=(await organization(client, f"Hợp tác xã Diễn Tập {number}")).id)
        loans.append(await make.loan(fund, 120 * MILLION, borrower=borrower))
    return loans
