"""`make bench`: ours, LIMIT and TEMPLATE in one run, taking turns; ratios, CPU a request, memory.

python -m bench [--organizations 115200] [--seconds 3] [--rounds 3] [--gateway] [--only read,page]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import pickle
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from bench.capture import statements_of
from kernel import geography
from kernel.db import connect
from kernel.settings import ServiceSettings
from kernel.text import fold_query
from migrations.run import upgrade
from vca.national import load_national
from vca.postgres import EmbeddedPostgres, free_port

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = 32
TICK = os.sysconf("SC_CLK_TCK")
TARGETS = {
    "read": (0.45, 5.0),
    "page": (0.60, 4.5),
    "search": (0.75, None),
    "create": (0.65, None),
    "indicators": (0.9, None),
}
FROM, TO = "2024-01-01", "2024-12-31"


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def database_cpu(postmaster: int) -> float:
    """CPU of PostgreSQL's backends; those that ended between two looks are not in it, and none end here."""
    total = 0.0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == postmaster:
                    total += cpu_seconds(int(folder.name))
            except (OSError, IndexError):
                continue
    return total


def memory_mb(pid: int) -> float:
    return next(
        int(line.split()[1]) / 1024
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmRSS")
    )


class Bench:
    def __init__(self, options: argparse.Namespace, home: Path, server: EmbeddedPostgres, url: str) -> None:
        self.options, self.home, self.server, self.url = options, home, server, url
        self.key = ECKey.generate_key("P-256", parameters={"kid": "bench", "use": "sig", "alg": "ES256"}, private=True)
        (home / "jwks.json").write_text(json.dumps({"keys": [self.key.as_dict(private=False)]}))
        self.issuer = "http://127.0.0.1:8000"
        self.token = jwt.encode(
            {"alg": "ES256", "kid": "bench"},
            {"iss": f"{self.issuer}/v1/identity", "sub": "bench", "client_id": "bench", "aud": "vca-api", "area": "VN",
             "exp": int(time.time()) + 7200, "scope": "registry.read registry.write", "jti": "bench"},
            self.key, algorithms=["ES256"],
        )  # fmt: skip
        self.bearer = {"Authorization": f"Bearer {self.token}"}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.ports: dict[str, int] = {}
        self.number = 0

    async def sample(self) -> None:
        """Choose what is asked for: ids, provinces, names that are there."""
        connection = await connect(self.url)
        self.ids = [
            r["id"] for r in await connection.fetch("SELECT id FROM organization TABLESAMPLE SYSTEM (2) LIMIT 2000")
        ]
        self.names = [
            r["name"]
            for r in await connection.fetch(
                "SELECT name FROM organization TABLESAMPLE SYSTEM (2) WHERE type = 'cooperative' LIMIT 300"
            )
        ]
        self.provinces = [
            r["p"] for r in await connection.fetch("SELECT DISTINCT province_2025 AS p FROM organization")
        ]
        self.old = [r["p"] for r in await connection.fetch("SELECT DISTINCT province_2008 AS p FROM organization")]
        await connection.close()
        random.Random(7).shuffle(self.ids)
        self.communes = [commune.code for commune in geography.communes() if commune.map == "2025"]

    def body(self, code: str, commune: str) -> dict[str, Any]:
        return {"type": "cooperative", "name": "Hợp tác xã Nông nghiệp Đo Lường Tốc Độ", "code": code, "registered_on": "2024-05-06",
                "seat": {"commune_code": commune, "commune_map": "2025"}, "charter_capital_vnd": 500_000_000, "force": True,
                "reason": "bench"}  # fmt: skip

    def requests(self, work: str) -> list[tuple[str, str, dict[str, str], str]]:
        at = "/v1/registry"
        if work == "read":
            return [("GET", f"{at}/organizations/{id_}", self.bearer, "") for id_ in self.ids]
        if work == "page":
            return [
                (
                    "GET",
                    f"{at}/organizations?province={p}&type=cooperative&legal_status=active&limit=50",
                    self.bearer,
                    "",
                )
                for p in self.provinces
            ]
        if work == "search":
            return [("GET", f"{at}/organizations?q={quote(name)}&limit=20", self.bearer, "") for name in self.names]
        if work == "indicators":
            return [
                ("GET", f"{at}/indicator-values?from={FROM}&to={TO}&province={p}", self.bearer, "") for p in self.old
            ]
        headers = {**self.bearer, "Content-Type": "application/json", "Idempotency-Key": "bench-@@N@@@@@"}
        # All over the country, as they are entered: doubles are looked for within one commune.
        return [
            ("POST", f"{at}/organizations", headers, json.dumps(self.body("97@@N@@@@@", c), ensure_ascii=False))
            for c in self.communes
        ]

    def for_peer(self, peer: str, work: str) -> list[tuple[str, str, dict[str, str], str]]:
        made = self.requests(work)
        if peer != "ours" and work == "search":
            return [
                (m, f"{p}&folded={quote(fold_query(name))}", h, b)
                for (m, p, h, b), name in zip(made, self.names, strict=True)
            ]
        return made

    async def capture(self) -> None:
        from services.registry.main import create_app

        app = create_app(
            ServiceSettings(
                database_url=self.url, jwks_file=self.home / "jwks.json", public_url=self.issuer, home=self.home
            )
        )
        captured: dict[str, Any] = {}
        async with app.router.lifespan_context(app):
            for work in TARGETS:
                method, path, headers, body = self.requests(work)[0]
                body, headers = (
                    body.replace("@@N@@@@@", "00000001"),
                    {k: v.replace("@@N@@@@@", "first") for k, v in headers.items()},
                )
                await statements_of(app, "GET", f"/v1/registry/organizations/{self.ids[0]}", self.bearer, None)
                statements = await statements_of(app, method, path, headers, body.encode() or None)
                values: dict[str, Any] = {
                    "province": (self.provinces if work == "page" else self.old)[0],
                    "q": fold_query(self.names[0]),
                }
                if work == "create":
                    insert = next(args for _, sql, args in statements if "INSERT INTO organization (" in sql)
                    ids = [a for a in insert if isinstance(a, str) and len(a) == 36 and a.count("-") == 4]
                    values = {
                        "code": "9700000001",
                        "key": "bench-first",
                        "id": ids[0],
                        "change_id": next(i for i in ids if i != ids[0]),
                        "commune": self.communes[0],
                    }
                captured[work] = (statements, values)
        (self.home / "captured").write_bytes(pickle.dumps(captured))

    def start(self) -> None:
        common = {**os.environ, "BENCH_URL": self.url, "BENCH_CAPTURED": str(self.home / "captured"), "PYTHONPATH": str(ROOT),
                  "VCA_DATABASE_URL": self.url, "VCA_JWKS_FILE": str(self.home / "jwks.json"), "VCA_PUBLIC_URL": self.issuer,
                  "VCA_HOME": str(self.home)}  # fmt: skip
        apps = {
            "ours": ["--factory", "services.registry.main:create_app"],
            "limit": ["bench.limit:app"],
            "template": ["bench.template:app"],
        }
        for name, words in apps.items():
            self.ports[name] = free_port()
            command = [sys.executable, "-m", "uvicorn", *words, "--host", "127.0.0.1", "--port", str(self.ports[name]), "--no-access-log",
                       "--loop", "uvloop", "--http", "httptools", "--log-level", "warning"]  # fmt: skip
            self.processes[name] = subprocess.Popen(command, env=common, cwd=ROOT)
        for name in apps:
            self.wait(name)

    def wait(self, name: str) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                httpx.get(
                    f"http://127.0.0.1:{self.ports[name]}/v1/registry/organizations/{self.ids[0]}", headers=self.bearer
                )
                return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise SystemExit(f"{name} did not start")

    def check(self, peer: str, work: str) -> None:
        """Look at the answer before it is timed: a fast refusal is no speed."""
        method, path, headers, body = self.for_peer(peer, work)[0]
        self.number += 1
        mark = f"{90_000_000 + self.number:08d}"
        headers = {k: v.replace("@@N@@@@@", mark) for k, v in headers.items()}
        answer = httpx.request(
            method,
            f"http://127.0.0.1:{self.ports[peer]}{path}",
            headers=headers,
            content=body.replace("@@N@@@@@", mark).encode() or None,
        )
        assert answer.is_success, f"{peer} {work}: {answer.status_code} {answer.text[:300]}"
        document = answer.json()
        if work == "page":
            assert len(document["items"]) in (50, 51), f"{peer}: a page of {len(document['items'])}"
        elif work in ("search", "indicators"):
            assert document["items"], f"{peer} {work}: nothing"
        else:
            assert len(document["id"]) == 36, peer

    def round(self, peer: str, work: str, seconds: int) -> dict[str, float]:
        file = self.home / f"{peer}-{work}.txt"
        file.write_text(
            "".join(
                f"{m}\t{p}\t{chr(1).join(f'{k}={v}' for k, v in h.items())}\t{b}\n"
                for m, p, h, b in self.for_peer(peer, work)
            )
        )
        self.number += 1
        environment = {**os.environ, "REQFILE": str(file), "NBASE": str(self.number * 100_000)}
        app, db = cpu_seconds(self.processes[peer].pid), database_cpu(self.server.process.pid)  # type: ignore[union-attr]
        done = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", str(ROOT / "bench" / "load.lua"), f"http://127.0.0.1:{self.ports[peer]}"],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        found: dict[str, float] = json.loads(done.stdout.rpartition("RESULT ")[2])
        assert not found["failed"], f"{peer} {work}: {found} {done.stdout}"
        assert not found["broken"], f"{peer} {work}: {found}"
        n = max(1.0, found["requests"])
        return {
            "rate": n / found["microseconds"] * 1e6, "p99": found["p99"],
            "app_us": (cpu_seconds(self.processes[peer].pid) - app) / n * 1e6,
            "db_us": (database_cpu(self.server.process.pid) - db) / n * 1e6,  # type: ignore[union-attr]
        }  # fmt: skip

    def measure(self, work: str) -> dict[str, dict[str, float]]:
        peers = [p for p in ("limit", "ours", "template") if not (p == "template" and work == "indicators")]
        for peer in peers:
            self.check(peer, work)
            self.round(peer, work, 1)
        rounds: dict[str, list[dict[str, float]]] = {peer: [] for peer in peers}
        for turn in range(self.options.rounds):
            for peer in peers if turn % 2 == 0 else reversed(peers):
                rounds[peer].append(self.round(peer, work, self.options.seconds))
        return {
            peer: {key: statistics.median(r[key] for r in found) for key in found[0]} for peer, found in rounds.items()
        }

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(10)


def verdict(ratio: float, target: float | None) -> str:
    return f"{ratio:.2f}" if target is None else f"{ratio:.2f} ({'≥' if ratio >= target else 'MISSES'} {target})"


def joined(peers: list[dict[str, float]], key: str) -> str:
    return ", ".join(f"{peer[key]:.0f}" for peer in peers)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--organizations", type=int, default=115_200)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(TARGETS))
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("bench: wrk is needed (Debian: apt-get install wrk)")
    with tempfile.TemporaryDirectory(prefix="vca-bench-") as folder:
        home = Path(folder)
        extra = "effective_cache_size = 4GB\nwork_mem = 16MB\nmaintenance_work_mem = 256MB\nmax_parallel_workers_per_gather = 0\n"
        with EmbeddedPostgres(home, buffers="1GB", extra=extra) as server:

            async def make() -> None:
                connection = await connect(server.url("postgres"))
                await connection.execute("CREATE DATABASE bench TEMPLATE template0")
                await connection.close()

            asyncio.run(make())
            url = server.url("bench")
            upgrade("registry", url)
            load_national(url, options.organizations)
            bench = Bench(options, home, server, url)
            asyncio.run(bench.sample())
            asyncio.run(bench.capture())
            bench.start()
            try:
                print(
                    f"{options.organizations} organizations, {CONNECTIONS} connections, one worker each, {os.cpu_count()} cores\n"
                )
                print(
                    "| | ours / LIMIT | ours / TEMPLATE | p99 ours / LIMIT | app µs ours, LIMIT, TEMPLATE | db µs ours, LIMIT, TEMPLATE |"
                )
                print("|---|---|---|---|---|---|")
                for work in options.only.split(","):
                    found = bench.measure(work)
                    ours, limit, template = found["ours"], found["limit"], found.get("template")
                    peers = [ours, limit, *([template] if template else [])]
                    print(
                        f"| {work} | {verdict(ours['rate'] / limit['rate'], TARGETS[work][0])} "
                        f"| {verdict(ours['rate'] / template['rate'], TARGETS[work][1]) if template else '–'} "
                        f"| {ours['p99'] / limit['p99']:.2f} | {joined(peers, 'app_us')} "
                        f"| {joined(peers, 'db_us')} |",
                        flush=True,
                    )
                print(f"\nmemory of our process after the run: {memory_mb(bench.processes['ours'].pid):.0f} MB")
            finally:
                bench.stop()


if __name__ == "__main__":
    main()
