"""`--beside PATH`: ours of this checkout and of another one, taking turns on one database, with LIMIT for the machine."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from bench.harness import BEFORE, Bench, Figures

WITHIN = 0.03
"""So much may a workload be slower than before."""
NOT_LOADS = frozenset({"export", "gateway"})
"""Either checkout's worker may take a job of the one database; the gateway is in front of one service only."""


def compare(bench: Bench, workloads: Sequence[str]) -> None:
    """Measure and print, as a table in Markdown, what became of each workload."""
    suite = bench.suite
    print(f"\n{suite.service}: {suite.conditions}, {bench.options.rounds} rounds of {bench.options.seconds} s each")
    print(f"before: {bench.peers[BEFORE].checkout}\n")
    print("| | before a second | now a second | now / before | p99 now / before | CPU now / before | LIMIT's spread |")
    print("|---|---|---|---|---|---|---|")
    for workload in workloads:
        if workload not in NOT_LOADS:
            print(_line(bench, workload), flush=True)


def _line(bench: Bench, workload: str) -> str:
    figures = bench.suite.measured(bench, workload)
    if figures is not None:
        rounds = {peer: [one] for peer, one in figures.items()}
    else:
        beside = [peer for peer in bench.suite.workloads[workload].peers if peer == "limit"]
        rounds = bench.rounds(workload, [*beside, "ours", BEFORE])
    ours, before = rounds["ours"], rounds[BEFORE]
    rate, p99 = _ratio(ours, before, "rate"), _ratio(ours, before, "p99")
    cpu = statistics.median(
        (now["app_us"] + now["db_us"]) / (old["app_us"] + old["db_us"]) for now, old in _pairs(ours, before)
    )
    cells = (
        workload,
        f"{statistics.median(figures['rate'] for figures in before):,.1f}",
        f"{statistics.median(figures['rate'] for figures in ours):,.1f}",
        f"{rate:.3f}" + ("" if rate >= 1 - WITHIN else f" (MISSES {1 - WITHIN:.2f})"),
        f"{p99:.3f}" + ("" if p99 <= 1 + WITHIN else f" (MISSES {1 + WITHIN:.2f})"),
        f"{cpu:.3f}",
        _spread(rounds.get("limit", [])),
    )
    return f"| {' | '.join(cells)} |"


def _pairs(ours: list[Figures], before: list[Figures]) -> list[tuple[Figures, Figures]]:
    return list(zip(ours, before, strict=True))


def _ratio(ours: list[Figures], before: list[Figures], key: str) -> float:
    """Return the median of the turns' ratios: what changes on the machine from turn to turn is in both parts of each."""
    return statistics.median(now[key] / old[key] for now, old in _pairs(ours, before))


def _spread(limit: list[Figures]) -> str:
    rates = [figures["rate"] for figures in limit]
    return f"±{(max(rates) - min(rates)) / 2 / statistics.mean(rates):.1%}" if len(rates) > 1 else "–"
