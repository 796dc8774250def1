"""`--beside PATH --instructions N`: the machine instructions that our process takes for N requests, here and in another checkout.

Times of the same code spread by several percent from turn to turn on a shared machine; instructions do not. valgrind counts
them (callgrind, a process of ours each), one request after the other on one connection. PostgreSQL's are not counted. Some
hundred requests are needed: a run of the garbage collector costs as much as several.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence

import httpx

from bench.beside import NOT_LOADS
from bench.harness import BEFORE, Bench

WARM = 150
"""Requests that go before: each connection prepares its statements, and adaptive code has settled."""


def compare_instructions(bench: Bench, workloads: Sequence[str]) -> None:
    """Count and print, as a table in Markdown, the instructions of one request of each workload."""
    print(f"\n{bench.suite.service}: {bench.suite.conditions}, {bench.options.instructions} requests each")
    print(f"before: {bench.peers[BEFORE].checkout}\n")
    print("| | before, thousand instructions a request | now | now / before |")
    print("|---|---|---|---|")
    for workload in workloads:
        if workload in NOT_LOADS or workload == "roll":
            continue
        before, now = (_of_one_request(bench, peer, workload) for peer in (BEFORE, "ours"))
        print(f"| {workload} | {before / 1000:,.0f} | {now / 1000:,.0f} | {now / before:.3f} |", flush=True)


def _of_one_request(bench: Bench, peer: str, workload: str) -> float:
    bench.check(peer, workload)
    with httpx.Client(base_url=f"http://127.0.0.1:{bench.ports[peer]}", timeout=120) as client:
        _send(bench, client, peer, workload, WARM)
        process = bench.processes[peer].pid
        _control("--instr=on", process)
        _control("--zero", process)
        _send(bench, client, peer, workload, bench.options.instructions)
        _control("--dump", process)
        _control("--instr=off", process)
    dumps = sorted(bench.suite.home.glob(f"callgrind.{peer}.*"), key=lambda file: int(file.suffix[1:]))
    total = re.search(r"^(?:summary|totals): (\d+)", dumps[-1].read_text(), re.MULTILINE)
    assert total is not None, f"callgrind wrote no total into {dumps[-1]}"
    requests: int = bench.options.instructions
    return int(total[1]) / requests


def _send(bench: Bench, client: httpx.Client, peer: str, workload: str, count: int) -> None:
    for request in bench.next_requests(peer, workload, count):
        bench.number += 1
        sent = request.numbered(f"{90_000_000 + bench.number:08d}")
        answer = client.request(sent.method, sent.path, headers=sent.headers, content=sent.body.encode() or None)
        assert answer.is_success, f"{peer} {workload}: {answer.status_code} {answer.text[:300]}"
        bench.count_sent(peer, workload, 1)


def _control(order: str, process: int) -> None:
    subprocess.run(["callgrind_control", order, str(process)], check=True, capture_output=True)
