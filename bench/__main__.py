"""`make bench`: ours, LIMIT and TEMPLATE in one run, taking turns; ratios, CPU a request, memory.

python -m bench [--service registry,funds,training,reporting] [--only read,repay] [--seconds 3] [--rounds 3]
                [--organizations 115200] [--large-organizations 1000000]
                [--loans 100000] [--fund-loans 10000] [--classes 50000] [--beside PATH [--instructions 200]]

Of the registry also: what a request costs among the large number of organizations (0: without it), an export beside
COPY with the memory that it takes, and the CPU that Envoy adds to a read.

With --beside: ours of this checkout and ours of the checkout at PATH, with an environment of its own in PATH/.venv, take
turns on the same database; the schema must be the same. The second, larger sets are left out. With --instructions as well,
valgrind counts what a request takes of the process, for a machine on which times spread.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from bench.beside import compare
from bench.funds.workloads import Funds
from bench.harness import Bench, Suite
from bench.instructions import compare_instructions
from bench.registry.workloads import Registry
from bench.reporting.workloads import Reporting
from bench.training.workloads import Training
from kernel.database.connections import connect
from vca.postgres import EmbeddedPostgres

SUITES: dict[str, type[Suite]] = {suite.service: suite for suite in (Registry, Funds, Training, Reporting)}
# Checkpoints come by themselves between workloads; what fills the tables is not to wait for them.
_CONF = """\
effective_cache_size = 4GB
work_mem = 16MB
maintenance_work_mem = 256MB
max_wal_size = 8GB
max_parallel_workers_per_gather = 0
"""


async def _create_database(server: EmbeddedPostgres, name: str) -> None:
    connection = await connect(server.url("postgres"))
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    await connection.close()


def _run(suite: type[Suite], options: argparse.Namespace, workloads: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="vca-bench-") as folder:
        home = Path(folder)
        with EmbeddedPostgres(home, buffers="1GB", extra=_CONF) as server:
            asyncio.run(_create_database(server, f"bench_{suite.service}"))
            made = suite(options, home, server)
            made.prepare()
            asyncio.run(made.make())
            bench = Bench(made)
            bench.start()
            try:
                chosen = [workload for workload in workloads if workload in made.workloads]
                if options.instructions:
                    compare_instructions(bench, chosen)
                elif options.beside:
                    compare(bench, chosen)
                else:
                    bench.report(chosen)
            finally:
                bench.stop()


def main() -> None:
    """Measure what is asked for."""
    names = [workload for suite in SUITES.values() for workload in suite.workloads]
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--service", default=",".join(SUITES), help="of " + ", ".join(SUITES))
    parser.add_argument("--only", default=",".join(names), help="of " + ", ".join(names))
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--organizations", type=int, default=115_200)
    parser.add_argument(
        "--large-organizations", type=int, default=1_000_000, help="of a second, larger set; 0: without it"
    )
    parser.add_argument("--loans", type=int, default=100_000, help="of the national set; 0: without it")
    parser.add_argument("--fund-loans", type=int, default=10_000, help="of the one fund that is measured")
    parser.add_argument(
        "--classes", type=int, default=50_000, help="of training, with 20 attendances and participations each"
    )
    parser.add_argument("--beside", metavar="PATH", help="of another checkout; compares the two")
    parser.add_argument("--instructions", type=int, metavar="N", help="with --beside: count them, N requests each")
    options = parser.parse_args()
    if options.instructions and not options.beside:
        parser.error("--instructions compares two checkouts: --beside PATH is needed")
    if options.beside:
        options.loans = options.large_organizations = 0
    workloads = options.only.split(",")
    if unknown := set(workloads) - set(names) | set(options.service.split(",")) - SUITES.keys():
        parser.error(f"not known: {', '.join(sorted(unknown))}")
    # What was started ends with us, however we are ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    tool = "valgrind" if options.instructions else "wrk"
    if shutil.which(tool) is None:
        raise SystemExit(f"bench: {tool} is needed (Debian: apt-get install {tool})")
    for name in options.service.split(","):
        if any(workload in workloads for workload in SUITES[name].workloads):
            _run(SUITES[name], options, workloads)


if __name__ == "__main__":
    main()
