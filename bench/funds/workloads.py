"""The workloads of the funds: a keyed repayment, figures of one fund, and pages and statements at the scale of the nation."""

from __future__ import annotations

import json
import pickle
import random
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from fastapi import FastAPI

from bench.capture import Statement, statements_of
from bench.funds import seed_loans
from bench.harness import BEFORE, MARK, Peer, Request, Suite, Target, Workload, rate, took
from kernel.database.connections import connect
from kernel.values.days import today
from migrations.run import upgrade
from services.funds.main import create_app

AT = "/v1/funds"
AMOUNT_VND = 10_000_000
_DAYS = 10
"""On so many days each loan may be paid on; each day has earned interest, so each repayment pays some of both."""
_SENTINEL = 987_654
_LIMIT, _TEMPLATE, _TAIL = "ours / LIMIT", "ours / TEMPLATE", "p99 / its median"
_SQL, _SCALE = "time / the SQL alone", "time at national scale / small set"
_OURS = ("--factory", "services.funds.main:create_app")
_TURNS = ("limit", "ours", "template")
_WRITERS = (*_TURNS, BEFORE)
_ALONE = Workload(("limit", "ours"), (took("limit", 1.3, _SQL),), connections=1)
_AT_SCALE = Workload(("ours", "national"), (took("ours", 1.3, _SCALE, ours="national"),))


class Funds(Suite):
    """One fund with its loans, and the same fund among those of the whole nation."""

    service = "funds"
    scopes = "funds.read funds.write"
    columns = (_LIMIT, _TEMPLATE, _TAIL, _SQL, _SCALE)
    workloads = {
        "repay": Workload(
            _TURNS,
            (
                rate("limit", 0.6, _LIMIT),
                rate("template", 5.0, _TEMPLATE),
                Target(_TAIL, lambda figures: figures["ours"]["p99"] / figures["ours"]["p50"], 4.0, at_least=False),
            ),
        ),
        "position": _ALONE,
        "debt_groups": _ALONE,
        "projects": _AT_SCALE,
        "statement": _AT_SCALE,
    }

    @property
    def peers(self) -> Mapping[str, Peer]:
        apps = {
            "ours": Peer(_OURS, self.url),
            "limit": Peer(("bench.funds.baseline:app",), self.url),
            "template": Peer(("bench.funds.template:app",), self.url),
        }
        return {**apps, "national": Peer(_OURS, self.national_url)} if self.options.loans else apps

    @property
    def conditions(self) -> str:
        return self._conditions

    def prepare(self) -> None:
        self.url, self.national_url = self.server.url("bench_funds"), self.server.url("bench_funds_national")
        upgrade("funds", self.url)

    async def make(self) -> None:
        app = create_app(self.settings_on(self.url))
        # What the contract does not have cannot be measured.
        have = {getattr(route, "path", "") for route in app.routes}
        paths = {"projects": f"{AT}/projects", "debt_groups": f"{AT}/funds/{{fund_id}}/debt-groups"}
        without = {workload for workload, path in paths.items() if path not in have}
        if not self.options.loans and not self.options.beside:
            without |= {workload for workload, declared in self.workloads.items() if "national" in declared.peers}
        self.workloads = {
            workload: declared for workload, declared in self.workloads.items() if workload not in without
        }
        async with app.router.lifespan_context(app):
            office = seed_loans.Office(app, self.bearer, self.caller("approver", "funds.read funds.approve"))
            self.funds = await seed_loans.enter_funds(office)
            await seed_loans.enter_loans(office, self.funds[0])
        # Nobody may be connected to a database that is copied.
        await self._multiply()
        await self._sample()
        app = create_app(self.settings_on(self.url))
        async with app.router.lifespan_context(app):
            await self._capture(app)

    async def _multiply(self) -> None:
        began = time.monotonic()
        connection = await connect(self.url)
        await seed_loans.keep_prototypes(connection, self.funds[0]["id"])
        copies = self.options.fund_loans // seed_loans.PROTOTYPES
        # The one fund's loans lie among those of the nation as they come in: one in so many.
        every = max(1, self.options.loans // self.options.fund_loans)
        await seed_loans.multiply(connection, range(every, copies * every, every), self.funds[:1])
        counts = await connection.fetch(_ENTRIES)
        await connection.close()
        if self.options.loans:
            await self._create_national()
            connection = await connect(self.national_url)
            others = [number for number in range(copies * every) if number % every]
            await seed_loans.multiply(connection, others, self.funds[1:])
            counts += await connection.fetch(_ENTRIES)
            await connection.close()
        conditions = " and ".join(f"{row['loans']:,} loans with {row['entries']:,} entries" for row in counts)
        self._conditions = f"{conditions} (made in {time.monotonic() - began:.0f} s)"

    async def _create_national(self) -> None:
        connection = await connect(self.server.url("postgres"))
        await connection.execute("CREATE DATABASE bench_funds_national TEMPLATE bench_funds")
        await connection.close()

    async def _sample(self) -> None:
        """Share the loans out: each writer has its own, all of the same kinds; readers read any of the one fund."""
        connection = await connect(self.url)
        rows = await connection.fetch("SELECT id FROM loan WHERE fund_id = $1::uuid ORDER BY id", self.funds[0]["id"])
        await connection.close()
        self.loans = [row["id"] for row in rows]
        random.Random(7).shuffle(self.loans)

    def requests(self, peer: str, workload: str) -> Sequence[Request]:
        fund = self.funds[0]["id"]
        if workload == "repay":
            return self._repayments(self.loans[_WRITERS.index(peer) :: len(_WRITERS)])
        paths = {
            "position": [f"funds/{fund}/position"],
            "debt_groups": [f"funds/{fund}/debt-groups"],
            "projects": [
                f"projects?fund_id={fund}&limit=50",
                f"projects?province={self.funds[0]['province']}&limit=50",
            ],
            "statement": [f"loans/{id_}/statement" for id_ in self.loans[:2000]],
        }
        return [Request("GET", f"{AT}/{path}", self.bearer) for path in paths[workload]]

    def _repayments(self, loans: Sequence[str]) -> list[Request]:
        headers = {**self.bearer, "Content-Type": "application/json", "Idempotency-Key": f"bench-{MARK}"}
        begin = today() - timedelta(days=seed_loans.LAST_ENTRY_DAYS_AGO - 1)
        days = [(begin + timedelta(days=number)).isoformat() for number in range(_DAYS)]
        return [
            Request(
                "POST",
                f"{AT}/loans/{id_}/repayments",
                headers,
                json.dumps({"amount_vnd": AMOUNT_VND, "paid_on": day, "voucher_number": f"PT-{MARK}"}),
            )
            for day in days
            for id_ in loans
        ]

    async def _capture(self, app: FastAPI) -> None:
        captured: dict[str, tuple[list[Statement], dict[str, Any]]] = {}
        for workload in ("position", "debt_groups"):
            statements: list[Statement] = []
            if workload in self.workloads:
                sent = self.requests("limit", workload)[0]
                # The second time, so that nothing is in it that is done once.
                await statements_of(app, sent)
                statements = await statements_of(app, sent)
            captured[workload] = (statements, {"fund_id": self.funds[0]["id"]})
        captured["repay"] = await self._captured_repayment(app)
        (self.home / "captured").write_bytes(pickle.dumps(captured))

    async def _captured_repayment(self, app: FastAPI) -> tuple[list[Statement], dict[str, Any]]:
        """Return the statements of one repayment, and what of them is another request's own.

        The captured loan stands at a version that no other number equals, so that it is known among the arguments.
        """
        sent = self.requests("limit", "repay")[0].numbered("00000001")
        loan_id = sent.path.split("/")[4]
        connection = await connect(self.url)
        await connection.execute("UPDATE loan SET version = $2 WHERE id = $1::uuid", loan_id, _SENTINEL)
        query = "SELECT version, outstanding_vnd, interest_paid_vnd, overdue_interest_paid_vnd FROM loan WHERE id = $1::uuid"
        before = await connection.fetchrow(query, loan_id)
        statements = await statements_of(app, sent)
        after = await connection.fetchrow(query, loan_id)
        await connection.close()
        assert before is not None, loan_id
        assert after is not None, loan_id
        own_ids = {loan_id, *(fund["id"] for fund in self.funds)}
        moves = {name: after[name] - before[name] for name in dict(after) if after[name] != before[name]}
        return statements, {
            "loan_id": loan_id,
            "key": "bench-00000001",
            "moves": moves,
            "after": {name: after[name] for name in moves},
            "made": [*dict.fromkeys(a for _, sql, args in statements for a in args if _is_made(sql, a, own_ids))],
        }

    def check(self, peer: str, workload: str, document: Any) -> None:
        if workload == "repay":
            assert document["loan_outstanding_vnd"] > 0, document
            if peer != "limit":
                # The overdue part of the interest is ours to know.
                earned = document["interest_vnd"] + document.get("overdue_interest_vnd", 0)
                assert min(document["principal_vnd"], earned) > 0, f"{peer}: {document}"
        elif workload == "position":
            assert document["fund_id"] == self.funds[0]["id"], document
            assert peer == "limit" or document["lent_out_vnd"] > 0, document
        elif workload == "debt_groups":
            assert document["fund_id"] == self.funds[0]["id"], document
            assert peer == "limit" or sum(group["loans"] for group in document["items"]) > 0, document
        elif workload == "projects":
            assert len(document["items"]) == 50, f"a page of {len(document['items'])}"
        else:
            assert len(document["items"]) >= min(seed_loans.REPAYMENTS), f"{len(document['items'])} lines"


_ENTRIES = """
    SELECT (SELECT count(*) FROM loan) AS loans,
           (SELECT count(*) FROM disbursement) + (SELECT count(*) FROM repayment) AS entries"""


def _is_made(sql: str, value: Any, own_ids: set[str]) -> bool:
    """Whether an argument is an id that a repayment makes."""
    return (
        "INSERT" in sql
        and isinstance(value, str)
        and len(value) == 36
        and value.count("-") == 4
        and value not in own_ids
    )
