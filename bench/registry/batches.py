"""Batches of statistics, and the same statements with the same COPYs by LIMIT: one by one, in turns.

Each organization has one row a period, so that every batch is of organizations and a month that no other has.
"""

from __future__ import annotations

import itertools
import json
import re
import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from unittest.mock import patch

import asyncpg
import httpx
from fastapi import FastAPI

from bench.capture import statements_of
from bench.harness import MARK, Bench, Figures, Request, cpu_seconds
from bench.singly import figures_of
from kernel.values import periods

PATH = "/v1/registry/organization-statistics/batch"
ITEMS = 500
FIRST_YEAR, _YEARS = 2019, 4
_BATCHES_A_ROUND = 8
_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ORGANIZATIONS = "SELECT id FROM organization WHERE starts_on < $1 AND legal_status = 'active' ORDER BY id"
FIRST_DAY = date(FIRST_YEAR, 1, 1)


def requests(headers: dict[str, str], organizations: Sequence[str], months: Sequence[int]) -> Iterator[Request]:
    """Yield batches for those of the months, counted from the first one, that are given; then there are no more."""
    sent = {**headers, "Content-Type": "application/json", "Idempotency-Key": f"batch-{MARK}"}
    for month in months:
        period = f"{FIRST_YEAR + month // 12}-{month % 12 + 1:02d}"
        for begin in range(0, len(organizations) - ITEMS + 1, ITEMS):
            items = [_item(id_, period, at) for at, id_ in enumerate(organizations[begin : begin + ITEMS])]
            yield Request("POST", PATH, sent, json.dumps({"mode": "atomic", "items": items}))


def months_of(place: int, among: int) -> range:
    """Return the months of one of several that write: none is another's."""
    return range(place, 12 * _YEARS, among)


def _item(organization_id: str, period: str, at: int) -> dict[str, Any]:
    return {
        "organization_id": organization_id,
        "period": period,
        "members_official": 40 + at,
        "members_female": 20,
        "workers_regular": 30 + at % 50,
        "workers_insured": 12,
        "managers_college": 2,
        "revenue_vnd": 900_000_000 + at * 1_000_000,
        "profit_vnd": 30_000_000,
        "income_per_worker": {"amount_vnd": 5_400_000, "per": "month"},
        "source": "unit",
    }


async def capture(app: FastAPI, request: Request) -> tuple[list[Any], dict[str, Any]]:
    """Return the statements of a batch, and the COPYs that they do not hold, with what is another batch's own."""
    copies: list[tuple[str, list[str], bytes]] = []
    original = asyncpg.Connection.copy_to_table

    async def recording(self: Any, table: str, *, columns: list[str], source: Any, **options: Any) -> Any:
        text = b"".join([chunk async for chunk in source])
        copies.append((table, columns, text))

        async def again() -> Any:
            yield text

        return await original(self, table, columns=columns, source=again(), **options)

    with patch.object(asyncpg.Connection, "copy_to_table", recording):
        statements = await statements_of(app, request)
    items = json.loads(request.body)["items"]
    return statements, {
        "copies": copies,
        "organizations": [item["organization_id"] for item in items],
        "period": items[0]["period"],
        "key": request.headers["Idempotency-Key"],
    }


def own_values(captured: dict[str, Any], items: Sequence[dict[str, Any]], key: str) -> dict[Any, Any]:
    """Return what of the captured batch's values stands for what in another batch."""
    before, after = periods.days_of(captured["period"]), periods.days_of(items[0]["period"])
    new: dict[Any, Any] = dict(zip(captured["organizations"], (i["organization_id"] for i in items), strict=True))
    return new | dict(zip(before, after, strict=True)) | {captured["key"]: key, captured["period"]: items[0]["period"]}


def replaced(value: Any, new: dict[Any, Any]) -> Any:
    """Return an argument of a captured statement for another batch."""
    return [new.get(each, each) for each in value] if isinstance(value, list) else new.get(value, value)


def copied(text: bytes, new: dict[Any, Any], made: dict[bytes, bytes]) -> bytes:
    """Return a captured COPY for another batch; `made`: ids of its own, which stay the same from one COPY to the next."""

    def own(found: re.Match[bytes]) -> bytes:
        id_ = found[0]
        if id_ not in made:
            made[id_] = str(new.get(id_.decode()) or uuid.uuid4()).encode()
        return made[id_]

    text = _ID.sub(own, text)
    for old, other in new.items():
        if isinstance(old, date):
            text = text.replace(old.isoformat().encode(), other.isoformat().encode())
    return text


def measure(bench: Bench, sent: dict[str, Iterator[Request]]) -> dict[str, Figures]:
    """Post batches to each peer in turns, after a first turn that is not counted."""
    took: dict[str, list[float]] = {peer: [] for peer in sent}
    cpu = dict.fromkeys(sent, 0.0)
    for turn in range(bench.options.rounds + 1):
        for peer, batches in sent.items():
            before = cpu_seconds(bench.processes[peer].pid)
            seconds = [_post(bench, peer, request) for request in itertools.islice(batches, _BATCHES_A_ROUND)]
            if turn:
                took[peer] += seconds
                cpu[peer] += cpu_seconds(bench.processes[peer].pid) - before
    return {peer: figures_of(seconds, cpu[peer] / len(seconds)) for peer, seconds in took.items()}


def _post(bench: Bench, peer: str, request: Request) -> float:
    bench.number += 1
    numbered = request.numbered(f"{bench.number:08d}")
    with httpx.Client(base_url=f"http://127.0.0.1:{bench.ports[peer]}", timeout=60) as client:
        # The connection is there before the time begins.
        client.get("/health/live")
        began = time.perf_counter()
        answer = client.post(numbered.path, headers=numbered.headers, content=numbered.body.encode())
        seconds = time.perf_counter() - began
    assert answer.status_code == 201, f"{peer}: {answer.status_code} {answer.text[:500]}"
    assert len(answer.json()["items"]) == ITEMS, f"{peer}: {answer.text[:500]}"
    return seconds
