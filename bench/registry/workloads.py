"""The registry's works on an invented nation."""

from __future__ import annotations

import asyncio
import itertools
import json
import pickle
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import quote

from bench.capture import statements_of
from bench.harness import BEFORE, MARK, Bench, Figures, Peer, Request, Suite, Target, Workload, cost, rate
from bench.registry import batches, exports, gateway_overhead, imports, seed_large
from kernel.database.connections import connect
from kernel.values import geography
from kernel.values.text import fold_query
from migrations.run import upgrade
from services.registry.main import create_app
from services.registry.organizations.name_search import tokens_of
from vca.national import load_national

AT = "/v1/registry"
FROM, TO = "2024-01-01", "2024-12-31"
_LIMIT, _TEMPLATE, _P99 = "ours / LIMIT", "ours / TEMPLATE", "p99 ours / LIMIT"
_SCALE, _COPY, _GROWN = "CPU at large / small set", "ours / COPY", "MB grown"
_GATEWAY, _GATEWAY_BARE, _THROUGH = "gateway's CPU / Envoy with token check", "/ bare Envoy", "through / straight"
_READ_AND_COPY = "ours / reading and COPY"
_OURS = ("--factory", "services.registry.main:create_app")
_CAPTURED = ("read", "page", "search", "create", "statistics")
_TAIL = Target(_P99, lambda figures: figures["ours"]["p99"] / figures["limit"]["p99"])


def _workload(
    beside_limit: float, beside_template: float | None, *, template: bool = True, at_scale: float | None = None
) -> Workload:
    if not template:
        return Workload(("limit", "ours"), (rate("limit", beside_limit, _LIMIT), _TAIL))
    workload = Workload(
        ("limit", "ours", "template"),
        (rate("limit", beside_limit, _LIMIT), rate("template", beside_template, _TEMPLATE), _TAIL),
    )
    if at_scale is None:
        return workload
    return replace(
        workload,
        peers=(*workload.peers, "large"),
        targets=(*workload.targets, cost("ours", at_scale, _SCALE, ours="large")),
    )


def _without_large(workload: Workload) -> Workload:
    peers = tuple(peer for peer in workload.peers if peer != "large")
    return replace(workload, peers=peers, targets=tuple(t for t in workload.targets if t.column != _SCALE))


def _beside(peer: str, bound: float | None, column: str) -> Target:
    """Return the target of the CPU that the gateway's process takes for a request, beside another's."""

    def ratio(figures: Mapping[str, Figures]) -> float:
        return figures[gateway_overhead.NAME]["app_us"] / figures[peer]["app_us"]

    return Target(column, ratio, bound, at_least=False)


def _tokens(folded: str) -> str:
    """Return what the captured statement of a search takes, of a name of two letters as well."""
    return tokens_of(folded) or f"'{folded}':*"


class _Sample(NamedTuple):
    """What is asked for, of those that are in one database."""

    ids: list[str]
    names: list[str]
    provinces: list[str]
    old_provinces: list[str]


class Registry(Suite):
    """Reads, pages, searches, writes, indicators and exports of organizations; reads through the gateway."""

    service = "registry"
    scopes = "registry.read registry.write"
    columns: tuple[str, ...] = (
        _LIMIT,
        _TEMPLATE,
        _P99,
        _SCALE,
        _COPY,
        _READ_AND_COPY,
        _GROWN,
        _GATEWAY,
        _GATEWAY_BARE,
        _THROUGH,
    )
    workloads: Mapping[str, Workload] = {
        "read": _workload(0.45, 5.0, at_scale=1.3),
        "page": _workload(0.60, 4.5, at_scale=1.3),
        "search": _workload(0.75, None, at_scale=2.0),
        "create": _workload(0.65, None),
        "indicators": _workload(0.9, None, template=False),
        "statistics": _workload(0.60, None, template=False),
        "statistics_batch": _workload(0.60, None, template=False),
        "import": Workload(("ours", "copy"), (rate("copy", 0.4, _READ_AND_COPY),)),
        "export": Workload(
            ("ours", "copy"), (rate("copy", 0.5, _COPY), Target(_GROWN, lambda figures: figures["ours"]["grown"]))
        ),
        "gateway": Workload(
            ("ours", gateway_overhead.NAME, gateway_overhead.CHECKING, gateway_overhead.BARE),
            (
                _beside(gateway_overhead.CHECKING, 1.2, _GATEWAY),
                _beside(gateway_overhead.BARE, None, _GATEWAY_BARE),
                Target(
                    _THROUGH, lambda figures: figures[gateway_overhead.NAME]["rate"] / figures["ours"]["rate"], 0.75
                ),
            ),
        ),
    }

    @property
    def peers(self) -> Mapping[str, Peer]:
        apps = {
            "ours": Peer(_OURS, self.url),
            "limit": Peer(("bench.registry.baseline:app",), self.url),
            "template": Peer(("bench.registry.template:app",), self.url),
        }
        return {**apps, "large": Peer(_OURS, self.large_url)} if self.options.large_organizations else apps

    @property
    def conditions(self) -> str:
        return self._conditions

    def prepare(self) -> None:
        """Make the databases: blocking, before any event loop runs."""
        began, count = time.monotonic(), self.options.large_organizations
        self.url, self.large_url = self.server.url("bench_registry"), self.server.url("bench_registry_large")
        upgrade("registry", self.url)
        load_national(self.url, self.options.organizations)
        if count:
            seed_large.load(self.server, "bench_registry_large", count)
        else:
            self.columns = tuple(column for column in self.columns if column != _SCALE)
            self.workloads = {name: _without_large(workload) for name, workload in self.workloads.items()}
        conditions = f"{self.options.organizations:,} organizations" + (
            f" and {count:,}, from which exports are" if count else ""
        )
        self._conditions = f"{conditions} (made in {time.monotonic() - began:.0f} s), 32 connections"

    async def make(self) -> None:
        await self._give_template_its_index()
        self.sample = await self._sample(self.url)
        self.sample_large = await self._sample(self.large_url) if self.options.large_organizations else self.sample
        self.communes = [commune.code for commune in geography.communes() if commune.map == "2025"]
        self.callers = [self.caller(f"bench-{number}", self.scopes) for number in range(gateway_overhead.CALLERS)]
        connection = await connect(self.url)
        self.reporting = [row["id"] for row in await connection.fetch(batches.ORGANIZATIONS, batches.FIRST_DAY)]
        await connection.close()
        await self._capture()

    async def _give_template_its_index(self) -> None:
        """Index names by trigrams for TEMPLATE alone, as an expression that no statement of ours has."""
        connection = await connect(self.url)
        await connection.execute(
            "CREATE INDEX bench_template_name ON organization USING gin ((name_distinct || '') gin_trgm_ops)"
        )
        await connection.close()

    async def _sample(self, url: str) -> _Sample:
        """Choose what is asked for: ids, provinces, names that are there, from all over the table."""
        connection = await connect(url)

        async def column(sql: str) -> list[str]:
            return [row[0] for row in await connection.fetch(sql)]

        sample = _Sample(
            await column("SELECT id FROM organization TABLESAMPLE SYSTEM (2) REPEATABLE (7)"),
            await column(
                "SELECT name FROM organization TABLESAMPLE SYSTEM (2) REPEATABLE (7) WHERE type = 'cooperative'"
            ),
            await column("SELECT DISTINCT province_2025 FROM organization ORDER BY 1"),
            await column("SELECT DISTINCT province_2008 FROM organization ORDER BY 1"),
        )
        await connection.close()
        chance = random.Random(7)
        return sample._replace(
            ids=chance.sample(sample.ids, min(2000, len(sample.ids))),
            names=chance.sample(sample.names, min(300, len(sample.names))),
        )

    def _body(self, code: str, commune: str) -> dict[str, Any]:
        return {
            "type": "cooperative",
            "name": "Hợp tác xã Nông nghiệp Đo Lường Tốc Độ",
            "code": code,
            "registered_on": "2024-05-06",
            "seat": {"commune_code": commune, "commune_map": "2025"},
            "charter_capital_vnd": 500_000_000,
            "force": True,
            "reason": "bench",
        }

    def requests(self, peer: str, workload: str) -> Sequence[Request]:
        sample = self.sample_large if peer == "large" else self.sample
        if workload == "read":
            return [Request("GET", f"{AT}/organizations/{id_}", self.bearer) for id_ in sample.ids]
        if workload == "gateway":
            callers = itertools.cycle(self.callers)
            return [Request("GET", f"{AT}/organizations/{id_}", next(callers)) for id_ in sample.ids]
        if workload == "page":
            query = "type=cooperative&legal_status=active&limit=50"
            return [Request("GET", f"{AT}/organizations?province={p}&{query}", self.bearer) for p in sample.provinces]
        if workload == "search":
            paths = [f"{AT}/organizations?q={quote(name)}&limit=20" for name in sample.names]
            if peer in ("limit", "template"):
                folded = [fold_query(name) for name in sample.names]
                paths = [
                    f"{path}&folded={quote(each)}&tokens={quote(_tokens(each))}"
                    for path, each in zip(paths, folded, strict=True)
                ]
            return [Request("GET", path, self.bearer) for path in paths]
        if workload == "statistics":
            path = f"{AT}/organization-statistics?period=2024&limit=50&province"
            return [Request("GET", f"{path}={p}", self.bearer) for p in sample.provinces]
        if workload == "indicators":
            path = f"{AT}/indicator-values?from={FROM}&to={TO}&province"
            return [Request("GET", f"{path}={p}", self.bearer) for p in sample.old_provinces]
        headers = {**self.bearer, "Content-Type": "application/json", "Idempotency-Key": f"bench-{MARK}"}
        # All over the country, as they are entered: doubles are looked for within one commune.
        return [
            Request("POST", f"{AT}/organizations", headers, json.dumps(self._body(f"97{MARK}", c), ensure_ascii=False))
            for c in self.communes
        ]

    def _batches(self, peer: str) -> Iterator[Request]:
        """Yield batches of statistics: each who sends them has months of its own."""
        writers = ("captured", "limit", "ours")
        return batches.requests(self.bearer, self.reporting, batches.months_of(writers.index(peer), len(writers)))

    async def _capture(self) -> None:
        app, sample = create_app(self.settings_on(self.url)), self.sample
        captured: dict[str, Any] = {}
        async with app.router.lifespan_context(app):
            for workload in _CAPTURED:
                sent = self.requests("ours", workload)[0].numbered("00000001")
                await statements_of(app, Request("GET", f"{AT}/organizations/{sample.ids[0]}", self.bearer))
                statements = await statements_of(app, sent)
                values: dict[str, Any] = {
                    "province": sample.provinces[0],
                    "q": fold_query(sample.names[0]),
                    "tokens": _tokens(fold_query(sample.names[0])),
                }
                if workload == "create":
                    insert = next(args for _, sql, args in statements if "INSERT INTO organization (" in sql)
                    ids = [a for a in insert if isinstance(a, str) and len(a) == 36 and a.count("-") == 4]
                    values = {
                        "code": "9700000001",
                        "key": "bench-00000001",
                        "id": ids[0],
                        "change_id": next(i for i in ids if i != ids[0]),
                        "commune": self.communes[0],
                    }
                captured[workload] = (statements, values)
            asked = zip(sample.old_provinces, self.requests("ours", "indicators"), strict=True)
            captured["indicators"] = ([], {province: await statements_of(app, sent) for province, sent in asked})
            first, second = itertools.islice(self._batches("captured"), 2)
            await statements_of(app, first.numbered("00000000"))
            captured["statistics_batch"] = await batches.capture(app, second.numbered("00000001"))
        (self.home / "captured").write_bytes(pickle.dumps(captured))

    def measured(self, bench: Bench, workload: str) -> dict[str, Figures] | None:
        """Batches, imports and exports are made one by one; the gateway runs only while it is measured."""
        if BEFORE in bench.peers:
            return None
        if workload == "statistics_batch":
            return batches.measure(bench, {peer: self._batches(peer) for peer in ("limit", "ours")})
        if workload == "import":
            return asyncio.run(imports.measure(bench, self.url, self.communes))
        if workload == "export":
            return exports.measure(bench, "large" if self.options.large_organizations else "ours")
        if workload == "gateway":
            with gateway_overhead.gateways(bench):
                return bench.load(workload)
        return None

    def check(self, peer: str, workload: str, document: Any) -> None:
        if workload in ("page", "statistics"):
            assert len(document["items"]) in (50, 51), f"{peer}: a page of {len(document['items'])}"
        elif workload in ("search", "indicators"):
            assert document["items"], f"{peer} {workload}: nothing"
        else:
            assert len(document["id"]) == 36, peer
