"""An export beside COPY: all organizations as NDJSON, and the same rows by COPY into a file."""

from __future__ import annotations

import asyncio
import statistics
import time
from datetime import datetime
from pathlib import Path

import httpx

from bench.harness import Bench, Figures, cpu_seconds, memory_mb
from kernel.database.connections import connect
from services.registry.organizations.records import ORGANIZATION

AT = "/v1/registry"
_LOOK_SECONDS = 0.05


def measure(bench: Bench, peer: str) -> dict[str, Figures]:
    """Export from `peer` and COPY from its database, in turns.

    The time of an export is the job's own, from its request to its end. It has the worker's wait in it, up to a
    second: with few organizations that is most of it. COPY is asyncpg's, into a file of ours as well. `grown` is the
    most that any of the exports took: a first one finds no memory that an earlier one left.
    """
    exports, copies = [], []
    for _ in range(bench.options.rounds + 1):
        exports.append(_export(bench, peer))
        copies.append(asyncio.run(_copy(bench, peer)))
    ours = {**_middle(exports[1:]), "grown": max(export["grown"] for export in exports)}
    return {"ours": ours, "copy": _middle(copies[1:])}


def _middle(each: list[Figures]) -> Figures:
    return {key: statistics.median(figures[key] for figures in each) for key in each[0]}


def _figures(seconds: float, cpu: float, grown: float = 0.0) -> Figures:
    return {
        "rate": 1 / seconds,
        "p50": seconds * 1e6,
        "p99": seconds * 1e6,
        "app_us": cpu * 1e6,
        "db_us": 0.0,
        "grown": grown,
    }


def _export(bench: Bench, peer: str) -> Figures:
    pid = bench.processes[peer].pid
    # What it holds at most is counted anew from here (proc(5)).
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    held, cpu = memory_mb(pid), cpu_seconds(pid)
    base = f"http://127.0.0.1:{bench.ports[peer]}"
    with httpx.Client(base_url=base, headers=bench.suite.bearer, timeout=60) as client:
        asked = client.post(f"{AT}/exports", json={"type": ORGANIZATION.name, "format": "ndjson"})
        assert asked.status_code == 202, asked.text
        job = asked.json()
        while job["state"] in ("queued", "running"):
            time.sleep(_LOOK_SECONDS)
            job = client.get(asked.json()["url"]).json()
    assert job["state"] == "succeeded", job
    begun, ended = (datetime.fromisoformat(job[name]) for name in ("created_at", "updated_at"))
    cpu, grown = cpu_seconds(pid) - cpu, memory_mb(pid, "VmHWM") - held
    (file,) = job["result"]["files"]
    path = bench.suite.home / "files" / "registry" / "exports" / file["name"]
    assert path.stat().st_size == file["bytes"], file
    path.unlink()
    return _figures((ended - begun).total_seconds(), cpu, grown)


async def _copy(bench: Bench, peer: str) -> Figures:
    path = bench.suite.home / "copied"
    connection = await connect(bench.suite.peers[peer].url)
    begun = time.monotonic()
    await connection.copy_from_query(f"{ORGANIZATION.select} ORDER BY id", output=path)
    seconds = time.monotonic() - begun
    await connection.close()
    path.unlink()
    return _figures(seconds, 0.0)
