"""The workloads of training at the scale of the nation: pages, a check-in, figures of a province and year, and rolls."""

from __future__ import annotations

import asyncio
import json
import pickle
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

from bench.capture import Statement, statements_of
from bench.harness import BEFORE, Bench, Figures, Peer, Request, Suite, Workload, cpu_seconds, rate
from bench.singly import figures_of
from bench.training import seed_nation, seed_rolls
from kernel.database.connections import connect
from migrations.run import upgrade
from services.training.main import create_app

AT = "/v1/training"
_LIMIT, _TEMPLATE, _SQL, _COPY = "ours / LIMIT", "ours / TEMPLATE", "ours / the SQL alone", "ours / COPY"
_TURNS = ("limit", "ours", "template")
_WRITERS = (*_TURNS, BEFORE)
_EXPECTED_CLASSES, _EXPECTED_PERSONS = 600, 200
_BESIDE = (rate("limit", 0.5, _LIMIT), rate("template", 4.0, _TEMPLATE))


class Training(Suite):
    """Classes, their lists, check-ins, figures and rolls."""

    service = "training"
    scopes = "training.read training.write"
    columns = (_LIMIT, _TEMPLATE, _SQL, _COPY)
    workloads = {
        "classes": Workload(_TURNS, _BESIDE),
        "attendances": Workload(_TURNS, _BESIDE),
        "check_in": Workload(_TURNS, _BESIDE),
        "training_indicators": Workload(("limit", "ours"), (rate("limit", 0.9, _SQL),)),
        "roll": Workload(("ours", "copy"), (rate("copy", 0.4, _COPY),), connections=1),
    }

    @property
    def peers(self) -> Mapping[str, Peer]:
        return {
            "ours": Peer(("--factory", "services.training.main:create_app"), self.url),
            "limit": Peer(("bench.training.baseline:app",), self.url),
            "template": Peer(("bench.training.template:app",), self.url),
        }

    @property
    def conditions(self) -> str:
        return self._conditions

    def prepare(self) -> None:
        self.url = self.server.url("bench_training")
        upgrade("training", self.url)

    async def make(self) -> None:
        began = time.monotonic()
        connection = await connect(self.url)
        attendances, participations = await seed_nation.make(connection, self.options.classes)
        self.pairs = await seed_nation.expect(connection, _EXPECTED_CLASSES, _EXPECTED_PERSONS)
        rows = await connection.fetch("SELECT DISTINCT alliance, old, commune FROM bench_place ORDER BY old")
        self.provinces, self.old = sorted({row["alliance"] for row in rows}), [row["old"] for row in rows]
        self.commune = rows[0]["commune"]
        classes = await connection.fetch("SELECT id FROM training_class ORDER BY id")
        await connection.close()
        self.classes = random.Random(7).sample([row["id"] for row in classes][:-_EXPECTED_CLASSES], 2000)
        self._conditions = (
            f"{self.options.classes:,} classes, {attendances:,} attendances and {participations:,} participations "
            f"(made in {time.monotonic() - began:.0f} s), 32 connections, rolls of {seed_rolls.ROWS:,} rows one by one"
        )
        await self._capture()

    def requests(self, peer: str, workload: str) -> Sequence[Request]:
        if workload == "check_in":
            return self._check_ins(self.pairs[_WRITERS.index(peer) :: len(_WRITERS)])
        year = seed_nation.FIRST_YEAR + seed_nation.YEARS - 2
        paths = {
            "classes": [f"classes?province={province}&limit=50" for province in self.provinces],
            "attendances": [f"classes/{id_}/attendances?limit=50" for id_ in self.classes],
            "training_indicators": [
                f"indicator-values?from={year}-01-01&to={year}-12-31&province={p}" for p in self.old
            ],
        }
        return [Request("GET", f"{AT}/{path}", self.bearer) for path in paths[workload]]

    def _check_ins(self, pairs: Sequence[Mapping[str, str]]) -> list[Request]:
        headers = {**self.bearer, "Content-Type": "application/json"}
        return [Request("POST", f"{AT}/check-ins", headers, json.dumps(dict(pair))) for pair in pairs]

    async def _capture(self) -> None:
        app = create_app(self.settings_on(self.url))
        asked = {"classes": self.provinces[0], "attendances": self.classes[0], "training_indicators": self.old[0]}
        captured: dict[str, tuple[list[Statement], dict[str, Any]]] = {}
        async with app.router.lifespan_context(app):
            for workload, value in asked.items():
                sent = self.requests("limit", workload)[0]
                # The second time, so that nothing is in it that is done once.
                await statements_of(app, sent)
                captured[workload] = (await statements_of(app, sent), {"asked": value})
            first, second = self.pairs.pop(), self.pairs.pop()
            await statements_of(app, self._check_ins([first])[0])
            captured["check_in"] = _check_in_captured(await statements_of(app, self._check_ins([second])[0]), second)
        (self.home / "captured").write_bytes(pickle.dumps(captured))

    def measured(self, bench: Bench, workload: str) -> dict[str, Figures] | None:
        """Rolls go up one by one, each followed by COPY of the same rows."""
        return asyncio.run(self._rolls(bench)) if workload == "roll" else None

    async def _rolls(self, bench: Bench) -> dict[str, Figures]:
        connection = await connect(self.url)
        services = ("ours", BEFORE) if BEFORE in bench.peers else ("ours",)
        took: dict[str, list[float]] = {peer: [] for peer in (*services, "copy")}
        cpu: dict[str, float] = {}
        for number in range((self.options.rounds + 1) * len(services)):
            peer = services[number % len(services)]
            process = bench.processes[peer].pid
            address = f"http://127.0.0.1:{bench.ports[peer]}{AT}/imports/classes"
            before = cpu_seconds(process)
            upload, copy = await seed_rolls.upload_and_copy(connection, address, self.bearer, number, self.commune)
            # The first of each is a warm-up.
            if number >= len(services):
                took[peer].append(upload)
                took["copy"].append(copy)
                cpu[peer] = cpu_seconds(process) - before
        await connection.close()
        return {peer: figures_of(seconds, cpu.get(peer, 0.0)) for peer, seconds in took.items()}

    def check(self, peer: str, workload: str, document: Any) -> None:
        if workload == "classes":
            assert len(document["items"]) in (50, 51), f"{peer}: a page of {len(document['items'])}"
        elif workload == "attendances":
            assert len(document["items"]) >= seed_nation.TRAINEES_A_CLASS, (
                f"{peer}: {len(document['items'])} on the list"
            )
        elif workload == "training_indicators":
            assert document["items"], f"{peer}: nothing"
            assert peer == "limit" or any(item["value"] for item in document["items"]), document
        else:
            assert len(document["id"]) == 36, peer


def _check_in_captured(statements: list[Statement], pair: Mapping[str, str]) -> tuple[list[Statement], dict[str, Any]]:
    """Return the statements of one check-in, and what of them is another request's own."""
    turn = next(a for _, _, args in statements for a in args if isinstance(a, str) and a.startswith("attendance/"))
    class_id = turn.split("/")[1]
    others = {*pair.values(), class_id}
    made = [a for _, sql, args in statements if "INSERT" in sql for a in args if _is_id(a) and a not in others]
    return statements, {**pair, "class_id": class_id, "turn": turn, "made": [*dict.fromkeys(made)]}


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 36 and value.count("-") == 4
