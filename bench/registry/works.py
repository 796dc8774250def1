"""The registry's works on an invented nation."""

from __future__ import annotations

import json
import pickle
import random
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from bench.capture import statements_of
from bench.harness import MARK, Peer, Request, Suite, Target, Work, rate
from kernel import geography
from kernel.db import connect
from kernel.text import fold_query
from migrations.run import upgrade
from services.registry.main import create_app
from vca.national import load_national

AT = "/v1/registry"
FROM, TO = "2024-01-01", "2024-12-31"
_LIMIT, _TEMPLATE, _P99 = "ours / LIMIT", "ours / TEMPLATE", "p99 ours / LIMIT"
_TAIL = Target(_P99, lambda found: found["ours"]["p99"] / found["limit"]["p99"])


def _work(beside_limit: float, beside_template: float | None, *, template: bool = True) -> Work:
    if not template:
        return Work(("limit", "ours"), (rate("limit", beside_limit, _LIMIT), _TAIL))
    beside = rate("template", beside_template, _TEMPLATE)
    return Work(("limit", "ours", "template"), (rate("limit", beside_limit, _LIMIT), beside, _TAIL))


class Registry(Suite):
    """Reads, pages, searches, writes and indicators of organizations."""

    service = "registry"
    scopes = "registry.read registry.write"
    columns = (_LIMIT, _TEMPLATE, _P99)
    works = {
        "read": _work(0.45, 5.0),
        "page": _work(0.60, 4.5),
        "search": _work(0.75, None),
        "create": _work(0.65, None),
        "indicators": _work(0.9, None, template=False),
    }

    @property
    def peers(self) -> Mapping[str, Peer]:
        return {
            "ours": Peer(("--factory", "services.registry.main:create_app"), self.url),
            "limit": Peer(("bench.registry.limit:app",), self.url),
            "template": Peer(("bench.registry.template:app",), self.url),
        }

    @property
    def conditions(self) -> str:
        return f"{self.options.organizations} organizations, 32 connections"

    def prepare(self) -> None:
        """Make the database: blocking, before any event loop runs."""
        self.url = self.server.url("bench_registry")
        upgrade("registry", self.url)
        load_national(self.url, self.options.organizations)

    async def make(self) -> None:
        await self._sample()
        await self._capture()

    async def _sample(self) -> None:
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

    def _body(self, code: str, commune: str) -> dict[str, Any]:
        return {"type": "cooperative", "name": "Hợp tác xã Nông nghiệp Đo Lường Tốc Độ", "code": code, "registered_on": "2024-05-06",
                "seat": {"commune_code": commune, "commune_map": "2025"}, "charter_capital_vnd": 500_000_000, "force": True,
                "reason": "bench"}  # fmt: skip

    def requests(self, peer: str, work: str) -> Sequence[Request]:
        if work == "read":
            return [Request("GET", f"{AT}/organizations/{id_}", self.bearer) for id_ in self.ids]
        if work == "page":
            query = "type=cooperative&legal_status=active&limit=50"
            return [Request("GET", f"{AT}/organizations?province={p}&{query}", self.bearer) for p in self.provinces]
        if work == "search":
            paths = [f"{AT}/organizations?q={quote(name)}&limit=20" for name in self.names]
            if peer != "ours":
                paths = [f"{path}&folded={quote(fold_query(n))}" for path, n in zip(paths, self.names, strict=True)]
            return [Request("GET", path, self.bearer) for path in paths]
        if work == "indicators":
            return [
                Request("GET", f"{AT}/indicator-values?from={FROM}&to={TO}&province={p}", self.bearer) for p in self.old
            ]
        headers = {**self.bearer, "Content-Type": "application/json", "Idempotency-Key": f"bench-{MARK}"}
        # All over the country, as they are entered: doubles are looked for within one commune.
        return [
            Request("POST", f"{AT}/organizations", headers, json.dumps(self._body(f"97{MARK}", c), ensure_ascii=False))
            for c in self.communes
        ]

    async def _capture(self) -> None:
        app = create_app(self.settings_on(self.url))
        captured: dict[str, Any] = {}
        async with app.router.lifespan_context(app):
            for work in self.works:
                sent = self.requests("ours", work)[0].numbered("00000001")
                await statements_of(app, Request("GET", f"{AT}/organizations/{self.ids[0]}", self.bearer))
                statements = await statements_of(app, sent)
                values: dict[str, Any] = {
                    "province": (self.provinces if work == "page" else self.old)[0],
                    "q": fold_query(self.names[0]),
                }
                if work == "create":
                    insert = next(args for _, sql, args in statements if "INSERT INTO organization (" in sql)
                    ids = [a for a in insert if isinstance(a, str) and len(a) == 36 and a.count("-") == 4]
                    values = {
                        "code": "9700000001",
                        "key": "bench-00000001",
                        "id": ids[0],
                        "change_id": next(i for i in ids if i != ids[0]),
                        "commune": self.communes[0],
                    }
                captured[work] = (statements, values)
        (self.home / "captured").write_bytes(pickle.dumps(captured))

    def check(self, peer: str, work: str, document: Any) -> None:
        if work == "page":
            assert len(document["items"]) in (50, 51), f"{peer}: a page of {len(document['items'])}"
        elif work in ("search", "indicators"):
            assert document["items"], f"{peer} {work}: nothing"
        else:
            assert len(document["id"]) == 36, peer
