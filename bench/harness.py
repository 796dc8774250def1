"""What measures: peers side by side, taking turns, each answer looked at before it is timed."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from kernel.runtime.settings import ServiceSettings
from vca.postgres import EmbeddedPostgres

ROOT = Path(__file__).resolve().parent.parent
ISSUER = "http://127.0.0.1:8000"
TICK = os.sysconf("SC_CLK_TCK")
BEFORE = "before"
"""Ours of another checkout, measured beside ours of this one (`--beside`)."""
MARK = "@@N@@@@@"
"""Stands in a header or body for a running number of 8 digits."""

Figures = dict[str, float]
"""Of one peer: rate a second, p50 and p99 in µs, CPU of the app and of PostgreSQL in µs a request."""


class Request(NamedTuple):
    """What is sent."""

    method: str
    path: str
    headers: dict[str, str]
    body: str = ""

    def numbered(self, mark: str) -> Request:
        """Return it with `mark` as its running number."""
        headers = {name: value.replace(MARK, mark) for name, value in self.headers.items()}
        return self._replace(headers=headers, body=self.body.replace(MARK, mark))

    @property
    def line(self) -> str:
        """As load.lua reads it."""
        return f"{self.method}\t{self.path}\t{chr(1).join(f'{k}={v}' for k, v in self.headers.items())}\t{self.body}\n"


class Peer(NamedTuple):
    """An app that is measured: how uvicorn is told of it, the database it works on, and the checkout that it is of."""

    app: tuple[str, ...]
    url: str
    checkout: Path = ROOT


@dataclass(frozen=True)
class Target:
    """A figure of our service and what is wanted of it; `bound` None: shown, nothing is wanted of it."""

    column: str
    of: Callable[[Mapping[str, Figures]], float]
    bound: float | None = None
    at_least: bool = True

    def text(self, figures: Mapping[str, Figures]) -> str:
        """Return the figure and whether it is as wanted."""
        value = self.of(figures)
        if self.bound is None:
            return f"{value:.2f}"
        good = value >= self.bound if self.at_least else value <= self.bound
        return f"{value:.2f} ({('≥' if self.at_least else '≤') if good else 'MISSES'} {self.bound})"


@dataclass(frozen=True)
class Workload:
    """One kind of request, the peers that do it, and what is looked at. `connections`: how many ask at once."""

    peers: tuple[str, ...]
    targets: tuple[Target, ...]
    connections: int = 32


def rate(peer: str, bound: float | None, column: str) -> Target:
    """Return the target of requests a second beside `peer`."""
    return Target(column, lambda figures: figures["ours"]["rate"] / figures[peer]["rate"], bound)


def took(peer: str, bound: float | None, column: str, *, ours: str = "ours") -> Target:
    """Return the target of the median time of a request beside `peer`."""
    return Target(column, lambda figures: figures[ours]["p50"] / figures[peer]["p50"], bound, at_least=False)


def cost(peer: str, bound: float | None, column: str, *, ours: str = "ours") -> Target:
    """Return the target of a request's CPU, the app's and PostgreSQL's together, beside `peer`.

    CPU and not time: while one worker is the bottleneck, a slower database would not be seen in the time.
    """

    def used(figures: Figures) -> float:
        return figures["app_us"] + figures["db_us"]

    return Target(column, lambda figures: used(figures[ours]) / used(figures[peer]), bound, at_least=False)


class Suite(ABC):
    """The workloads of one service."""

    service: str
    scopes: str
    columns: tuple[str, ...]
    workloads: Mapping[str, Workload]
    settings: ServiceSettings

    def __init__(self, options: argparse.Namespace, home: Path, server: EmbeddedPostgres) -> None:
        self.options, self.home, self.server = options, home, server
        self.key = ECKey.generate_key("P-256", parameters={"kid": "bench", "use": "sig", "alg": "ES256"}, private=True)
        (home / "jwks.json").write_text(json.dumps({"keys": [self.key.as_dict(private=False)]}))
        self.bearer = self.caller("bench", self.scopes)

    def caller(self, sub: str, scopes: str) -> dict[str, str]:
        """Return the header of a caller of the whole nation."""
        claims = {
            "iss": f"{ISSUER}/v1/identity",
            "sub": sub,
            "client_id": "bench",
            "aud": "vca-api",
            "area": "VN",
            "exp": int(time.time()) + 7200,
            "scope": scopes,
            "jti": sub,
        }
        token = jwt.encode({"alg": "ES256", "kid": "bench"}, claims, self.key, algorithms=["ES256"])
        return {"Authorization": f"Bearer {token}"}

    def settings_on(self, url: str) -> ServiceSettings:
        """Return the settings of our service on a database."""
        return ServiceSettings(database_url=url, jwks_file=self.home / "jwks.json", public_url=ISSUER, home=self.home)

    @property
    @abstractmethod
    def peers(self) -> Mapping[str, Peer]:
        """The apps by name; `ours` is among them."""

    @property
    @abstractmethod
    def conditions(self) -> str:
        """What is measured on, in a few words."""

    @abstractmethod
    def prepare(self) -> None:
        """Bring the database to the newest step; blocking, before any event loop runs."""

    @abstractmethod
    async def make(self) -> None:
        """Make the databases, choose what is asked for, and capture the statements for LIMIT."""

    @abstractmethod
    def requests(self, peer: str, workload: str) -> Sequence[Request]:
        """Return what is sent, in order."""

    @abstractmethod
    def check(self, peer: str, workload: str, document: Any) -> None:
        """Raise AssertionError unless this is the answer that was wanted."""

    def environment(self, bench: Bench) -> Mapping[str, str]:
        """Return what the peer that is started next is told beside what all are told."""
        return {}

    def measured(self, bench: Bench, workload: str) -> dict[str, Figures] | None:
        """Return the figures of a workload that is no load of requests, measured in its own way; None for all others."""
        return None


class Bench:
    """The peers of a suite as processes of their own, one worker each."""

    def __init__(self, suite: Suite) -> None:
        self.suite, self.options = suite, suite.options
        self.peers = dict(suite.peers)
        if self.options.beside:
            # LIMIT stays: that it is as fast in every turn says that the machine is.
            beside = ("ours",) if self.options.instructions else ("limit", "ours")
            self.peers = {name: self.peers[name] for name in beside}
            self.peers[BEFORE] = self.peers["ours"]._replace(checkout=Path(self.options.beside).resolve())
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.ports: dict[str, int] = {}
        self.number = 0
        self._sent: dict[tuple[str, str], int] = {}
        self._requests: dict[tuple[str, str], Sequence[Request]] = {}

    def start(self) -> None:
        """Start every peer and wait until all answer."""
        home = self.suite.home
        for name, peer in self.peers.items():
            environment = {
                **os.environ,
                "BENCH_URL": peer.url,
                "BENCH_CAPTURED": str(home / "captured"),
                "PYTHONPATH": str(peer.checkout),
                "VCA_DATABASE_URL": peer.url,
                "VCA_JWKS_FILE": str(home / "jwks.json"),
                "VCA_PUBLIC_URL": ISSUER,
                "VCA_HOME": str(home),
                "PYTHONHASHSEED": "0",
                **self.suite.environment(self),
            }
            # Bound here and handed on: a port that only was free a moment ago may be another's by the time a peer has loaded,
            # and that one's answers would be taken for the peer's.
            listening = socket.create_server(("127.0.0.1", 0))
            self.ports[name] = listening.getsockname()[1]
            command = [
                *self._counter(name),
                sys.executable if peer.checkout == ROOT else str(peer.checkout / ".venv" / "bin" / "python"),
                "-m",
                "uvicorn",
                *peer.app,
                "--fd",
                str(listening.fileno()),
                "--no-access-log",
                "--loop",
                "uvloop",
                "--http",
                "httptools",
                "--log-level",
                "warning",
                "--timeout-keep-alive",
                "75",
            ]
            with listening:
                self.processes[name] = subprocess.Popen(
                    command, env=environment, cwd=peer.checkout, pass_fds=[listening.fileno()]
                )
        for name in self.peers:
            self._wait(name)

    def _counter(self, name: str) -> list[str]:
        """Return what a peer's command stands behind while its instructions are counted."""
        if not self.options.instructions:
            return []
        return [
            "valgrind",
            "--quiet",
            "--tool=callgrind",
            "--instr-atstart=no",
            f"--callgrind-out-file={self.suite.home}/callgrind.{name}",
        ]

    def _wait(self, name: str) -> None:
        end = time.monotonic() + 600
        while time.monotonic() < end and self.processes[name].poll() is None:
            try:
                httpx.get(f"http://127.0.0.1:{self.ports[name]}/health/live")
                return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise SystemExit(f"{name} did not start")

    def next_requests(self, peer: str, workload: str, count: int) -> list[Request]:
        """Return the next requests, from where the last round ended, so that no writer begins anew on the same records."""
        requests = self._requests.get((peer, workload)) or self.suite.requests(peer, workload)
        self._requests[peer, workload] = requests
        begin = self._sent.get((peer, workload), 0) % len(requests)
        return [*itertools.islice(itertools.cycle(requests), begin, begin + min(count, len(requests)))]

    def count_sent(self, peer: str, workload: str, count: int) -> None:
        """Note that so many of the workload's requests were sent."""
        self._sent[peer, workload] = self._sent.get((peer, workload), 0) + count

    def check(self, peer: str, workload: str) -> None:
        """Look at the answer before it is timed: a fast refusal is no speed."""
        for request in self.next_requests(peer, workload, 3):
            self.number += 1
            sent = request.numbered(f"{90_000_000 + self.number:08d}")
            answer = httpx.request(
                sent.method,
                f"http://127.0.0.1:{self.ports[peer]}{sent.path}",
                headers=sent.headers,
                content=sent.body.encode() or None,
                timeout=60,
            )
            assert answer.is_success, f"{peer} {workload}: {answer.status_code} {answer.text[:300]}"
            self.suite.check(peer, workload, answer.json())
            self.count_sent(peer, workload, 1)

    def round(self, peer: str, workload: str, seconds: int) -> Figures:
        """Load one peer for some seconds."""
        file = self.suite.home / f"{peer}-{workload}.txt"
        file.write_text("".join(request.line for request in self.next_requests(peer, workload, 6000 * seconds)))
        self.number += 1
        environment = {**os.environ, "REQFILE": str(file), "NBASE": str(self.number * 100_000)}
        self._let_finish()
        app, before = cpu_seconds(self.processes[peer].pid), self._database_cpu()
        connections = self.suite.workloads[workload].connections
        done = subprocess.run(
            [
                "wrk",
                "-t1",
                f"-c{connections}",
                f"-d{seconds}s",
                "--timeout",
                "20s",
                "-s",
                str(ROOT / "bench" / "load.lua"),
                f"http://127.0.0.1:{self.ports[peer]}",
            ],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        result: dict[str, float] = json.loads(done.stdout.rpartition("RESULT ")[2])
        assert not result["failed"], f"{peer} {workload}: {result} {done.stdout}"
        assert not result["broken"], f"{peer} {workload}: {result}"
        n = max(1.0, result["requests"])
        self.count_sent(peer, workload, int(n) + connections)
        return {
            "rate": n / result["microseconds"] * 1e6,
            "p50": result["p50"],
            "p99": result["p99"],
            "app_us": (cpu_seconds(self.processes[peer].pid) - app) / n * 1e6,
            # What ended meanwhile (a vacuum of PostgreSQL's own) is not in it; no backend of a peer does.
            "db_us": sum(cpu - before.get(pid, 0.0) for pid, cpu in self._database_cpu().items()) / n * 1e6,
        }

    def _let_finish(self) -> None:
        """Wait until the database has done what was still asked when the turn before ended: it is no work of this turn."""
        end, used = time.monotonic() + 10, sum(self._database_cpu().values())
        while time.monotonic() < end:
            time.sleep(0.1)
            now = sum(self._database_cpu().values())
            if now - used < 0.02:
                return
            used = now

    def _database_cpu(self) -> dict[int, float]:
        process = self.suite.server.process
        assert process is not None, "it runs"
        return database_cpu(process.pid)

    def measure(self, workload: str) -> dict[str, Figures]:
        """Return the figures of every peer of a workload."""
        figures = self.suite.measured(self, workload)
        return self.load(workload) if figures is None else figures

    def load(self, workload: str) -> dict[str, Figures]:
        """Load the peers of a workload in turns; return the median round of each."""
        rounds = self.rounds(workload, self.suite.workloads[workload].peers)
        return {
            peer: {key: statistics.median(r[key] for r in each) for key in each[0]} for peer, each in rounds.items()
        }

    def rounds(self, workload: str, peers: Sequence[str]) -> dict[str, list[Figures]]:
        """Load `peers` in turns, every other time in the opposite order; return each one's rounds."""
        for peer in peers:
            self.check(peer, workload)
            self.round(peer, workload, 1)
        rounds: dict[str, list[Figures]] = {peer: [] for peer in peers}
        for turn in range(self.options.rounds):
            for peer in peers if turn % 2 == 0 else reversed(peers):
                rounds[peer].append(self.round(peer, workload, self.options.seconds))
        return rounds

    def report(self, workloads: Sequence[str]) -> None:
        """Measure and print the table."""
        suite = self.suite
        print(f"\n{suite.service}: {suite.conditions}, one worker each, {os.cpu_count()} cores\n")
        print("| | " + " | ".join((*suite.columns, "app µs", "db µs")) + " |")
        print("|---" * (len(suite.columns) + 3) + "|")
        for workload in workloads:
            measured = self.measure(workload)
            cells = {target.column: target.text(measured) for target in suite.workloads[workload].targets}
            for column, key in (("app µs", "app_us"), ("db µs", "db_us")):
                cells[column] = ", ".join(f"{peer} {figures[key]:.0f}" for peer, figures in measured.items())
            row = (cells.get(column, "–") for column in (*suite.columns, "app µs", "db µs"))
            print(f"| {workload} | " + " | ".join(row) + " |", flush=True)
        print(f"\nmemory of our process after the run: {memory_mb(self.processes['ours'].pid):.0f} MB")

    def stop(self) -> None:
        """End every peer."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(10)


def cpu_seconds(pid: int) -> float:
    """Return the CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def database_cpu(postmaster: int) -> dict[int, float]:
    """Return the CPU of each of PostgreSQL's processes."""
    seconds = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == postmaster:
                    seconds[int(folder.name)] = cpu_seconds(int(folder.name))
            except (OSError, IndexError):
                continue
    return seconds


def memory_mb(pid: int, kind: str = "VmRSS") -> float:
    """Return the resident memory of a process; `VmHWM`: the most it has been."""
    return next(
        int(line.split()[1]) / 1024
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith(kind)
    )
