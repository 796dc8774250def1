"""The works of training at the scale of the nation: pages, a check-in, figures of a province and year, and rolls."""

from __future__ import annotations

import asyncio
import json
import pickle
import random
import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Any

from bench.capture import Statement, statements_of
from bench.harness import Bench, Figures, Peer, Request, Suite, Work, cpu_seconds, rate
from bench.training import seed_nation, seed_rolls
from kernel.database.connections import connect
from migrations.run import upgrade
from services.training.main import create_app

AT = "/v1/training"
_LIMIT, _TEMPLATE, _SQL, _COPY = "ours / LIMIT", "ours / TEMPLATE", "ours / the SQL alone", "ours / COPY"
_TURNS = ("limit", "ours", "template")
_EXPECTED_CLASSES, _EXPECTED_PERSONS = 600, 200
_BESIDE = (rate("limit", 0.5, _LIMIT), rate("template", 4.0, _TEMPLATE))


class Training(Suite):
    """Classes, their lists, check-ins, figures and rolls."""

    service = "training"
    scopes = "training.read training.write"
    columns = (_LIMIT, _TEMPLATE, _SQL, _COPY)
    works = {
        "classes": Work(_TURNS, _BESIDE),
        "attendances": Work(_TURNS, _BESIDE),
        "check_in": Work(_TURNS, _BESIDE),
        "training_indicators": Work(("limit", "ours"), (rate("limit", 0.9, _SQL),)),
        "roll": Work(("ours", "copy"), (rate("copy", 0.4, _COPY),), connections=1),
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
        return self._told

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
        self._told = (
            f"{self.options.classes:,} classes, {attendances:,} attendances and {participations:,} participations "
            f"(made in {time.monotonic() - began:.0f} s), 32 connections, rolls of {seed_rolls.ROWS:,} rows one by one"
        )
        await self._capture()

    def requests(self, peer: str, work: str) -> Sequence[Request]:
        if work == "check_in":
            return self._check_ins(self.pairs[_TURNS.index(peer) :: len(_TURNS)])
        year = seed_nation.FIRST_YEAR + seed_nation.YEARS - 2
        paths = {
            "classes": [f"classes?province={province}&limit=50" for province in self.provinces],
            "attendances": [f"classes/{id_}/attendances?limit=50" for id_ in self.classes],
            "training_indicators": [
                f"indicator-values?from={year}-01-01&to={year}-12-31&province={p}" for p in self.old
            ],
        }
        return [Request("GET", f"{AT}/{path}", self.bearer) for path in paths[work]]

    def _check_ins(self, pairs: Sequence[Mapping[str, str]]) -> list[Request]:
        headers = {**self.bearer, "Content-Type": "application/json"}
        return [Request("POST", f"{AT}/check-ins", headers, json.dumps(dict(pair))) for pair in pairs]

    async def _capture(self) -> None:
        app = create_app(self.settings_on(self.url))
        asked = {"classes": self.provinces[0], "attendances": self.classes[0], "training_indicators": self.old[0]}
        captured: dict[str, tuple[list[Statement], dict[str, Any]]] = {}
        async with app.router.lifespan_context(app):
            for work, value in asked.items():
                sent = self.requests("limit", work)[0]
                # The second time, so that nothing is in it that is done once.
                await statements_of(app, sent)
                captured[work] = (await statements_of(app, sent), {"asked": value})
            first, second = self.pairs.pop(), self.pairs.pop()
            await statements_of(app, self._check_ins([first])[0])
            captured["check_in"] = _check_in_captured(await statements_of(app, self._check_ins([second])[0]), second)
        (self.home / "captured").write_bytes(pickle.dumps(captured))

    def measured(self, bench: Bench, work: str) -> dict[str, Figures] | None:
        """Rolls go up one by one, each followed by COPY of the same rows."""
        return asyncio.run(self._rolls(bench)) if work == "roll" else None

    async def _rolls(self, bench: Bench) -> dict[str, Figures]:
        connection = await connect(self.url)
        address = f"http://127.0.0.1:{bench.ports['ours']}{AT}/imports/classes"
        took: dict[str, list[float]] = {"ours": [], "copy": []}
        process = bench.processes["ours"].pid
        for number in range(self.options.rounds + 1):
            cpu = cpu_seconds(process)
            ours, copy = await seed_rolls.upload_and_copy(connection, address, self.bearer, number, self.commune)
            if number:
                took["ours"].append(ours)
                took["copy"].append(copy)
            cpu = cpu_seconds(process) - cpu
        await connection.close()
        return {peer: _figures(found, cpu if peer == "ours" else 0.0) for peer, found in took.items()}

    def check(self, peer: str, work: str, document: Any) -> None:
        if work == "classes":
            assert len(document["items"]) in (50, 51), f"{peer}: a page of {len(document['items'])}"
        elif work == "attendances":
            assert len(document["items"]) >= seed_nation.TRAINEES_A_CLASS, (
                f"{peer}: {len(document['items'])} on the list"
            )
        elif work == "training_indicators":
            assert document["items"], f"{peer}: nothing"
            assert peer == "limit" or any(item["value"] for item in document["items"]), document
        else:
            assert len(document["id"]) == 36, peer


def _figures(seconds: Sequence[float], cpu: float) -> Figures:
    middle = statistics.median(seconds)
    return {"rate": 1 / middle, "p50": middle * 1e6, "p99": max(seconds) * 1e6, "app_us": cpu * 1e6, "db_us": 0.0}


def _check_in_captured(statements: list[Statement], pair: Mapping[str, str]) -> tuple[list[Statement], dict[str, Any]]:
    """Return the statements of one check-in, and what of them is another request's own."""
    turn = next(a for _, _, args in statements for a in args if isinstance(a, str) and a.startswith("attendance/"))
    class_id = turn.split("/")[1]
    known = {*pair.values(), class_id}
    made = [a for _, sql, args in statements if "INSERT" in sql for a in args if _is_id(a) and a not in known]
    return statements, {**pair, "class_id": class_id, "turn": turn, "made": [*dict.fromkeys(made)]}


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 36 and value.count("-") == 4
