"""Figures of all services at the scale of the nation, through the gateway, beside the sum of the SQL that they cost."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

import asyncpg
import httpx

from bench.capture import Statement, statements_of
from bench.funds import seed_loans
from bench.harness import ISSUER, Bench, Figures, Peer, Request, Suite, Target, Workload, took
from bench.reporting import seed_activities, seed_history
from bench.singly import figures_of
from bench.training import seed_nation
from kernel.database.connections import connect
from kernel.indicators.spans import spans_of
from kernel.values import geography
from migrations.run import upgrade
from services.funds.main import create_app as create_funds
from services.gateway import envoy
from services.gateway.config import GatewayConfig
from services.registry.main import create_app as create_registry
from services.reporting import code_lists
from services.reporting.catalogue import CATALOGUE
from services.reporting.figures.ask import FigureAsk
from services.reporting.figures.asking import VALUES_PATH, questions
from services.reporting.main import create_app as create_reporting
from services.training.main import create_app as create_training
from vca.national import load_national
from vca.postgres import free_port
from vca.services import SERVICES

FIGURES = "/v1/reporting/figures"
YEAR = 2025
"""The last that the invented registry reports of."""
FROM, TO = date(YEAR, 1, 1), date(YEAR, 12, 31)
_MAKERS = {
    "registry": create_registry,
    "funds": create_funds,
    "training": create_training,
    "reporting": create_reporting,
}
_ACTIVITIES_A_PROVINCE = 1000
_WRITES = 60
_LOAN_DAYS = {
    "loan": ("starts_on",),
    "disbursement": ("disbursed_on",),
    "repayment": ("paid_on",),
    "loan_installment": ("due_on", "opened_on", "closed_on"),
}
_SQL, _SECONDS, _WRITTEN = "ours / the sum of its SQL", "seconds", "p95 of write to figure, s"
_GROWN = "its SQL with five times the past / as it is"
_QUARTER = date(YEAR, 4, 1), date(YEAR, 6, 30)
_COPIES_OF_THE_PAST = 4
_ASKED_OF_THE_PAST = 20


def _workload(bound: float) -> Workload:
    targets = (took("sql", bound, _SQL), Target(_SECONDS, lambda figures: figures["ours"]["p50"] / 1e6))
    return Workload(("ours", "sql"), targets, connections=1)


class Reporting(Suite):
    """The report of a province and year, and the nation's provinces month by month: all figures of all services."""

    service = "reporting"
    scopes = "reports.read reports.write registry.read registry.write funds.read funds.write training.read"
    columns = (_SQL, _SECONDS, _WRITTEN, _GROWN)
    workloads = {
        "province_report": _workload(2.0),
        "nation_months": _workload(1.5),
        "write_to_figure": Workload(
            ("ours",), (Target(_WRITTEN, lambda figures: figures["ours"]["p99"] / 1e6, 1.0, at_least=False),)
        ),
        "quarter_with_more_past": Workload(("ours", "as_it_is"), (took("as_it_is", 1.3, _GROWN),), connections=1),
    }

    @property
    def peers(self) -> Mapping[str, Peer]:
        """Reporting last: it is told where the others are."""
        peers = {name: Peer(("--factory", f"services.{name}.main:create_app"), self.urls[name]) for name in _MAKERS}
        return {**{name: peer for name, peer in peers.items() if name != "reporting"}, "ours": peers["reporting"]}

    @property
    def conditions(self) -> str:
        return self._conditions

    def environment(self, bench: Bench) -> Mapping[str, str]:
        """Tell each where those are that began before it."""
        return {f"VCA_{name.upper()}_URL": f"http://127.0.0.1:{port}" for name, port in bench.ports.items()}

    def prepare(self) -> None:
        self.urls = {name: self.server.url(f"bench_{name}") for name in _MAKERS}
        asyncio.run(self._create_databases())
        for name, url in self.urls.items():
            upgrade(name, url)
        load_national(self.urls["registry"], self.options.organizations)

    async def _create_databases(self) -> None:
        async with self._server_connection() as connection:
            for name in _MAKERS:
                if name != self.service:
                    await connection.execute(f"CREATE DATABASE bench_{name} TEMPLATE template0")

    async def make(self) -> None:
        began = time.monotonic()
        await self._lend()
        async with self._connection("training") as connection:
            await seed_nation.make(connection, self.options.classes)
            await _move(connection, 365, {"training_class": ("counted_on",), "participation": ("counted_on",)})
        async with self._connection("reporting") as connection:
            activities = await seed_activities.make(connection, _ACTIVITIES_A_PROVINCE)
        self.old = sorted(each.id for each in geography.provinces() if each.map == "2008")
        await self._capture()
        past = await self._grow()
        self._conditions = (
            f"{self.options.organizations:,} organizations, {self.options.loans:,} loans, {self.options.classes:,} classes, "
            f"{activities:,} activities (made in {time.monotonic() - began:.0f} s), asked one by one, figures of {YEAR}; {past:,} rows of more past"
        )

    async def _grow(self) -> int:
        """Lay beside each database a copy with more past; return how many rows that is."""
        rows = 0
        for name in _MAKERS:
            async with self._server_connection() as connection:
                await connection.execute(f"CREATE DATABASE bench_{name}_grown TEMPLATE bench_{name}")
            async with self._connection(name, grown=True) as connection:
                rows += await seed_history.add(connection, name, _COPIES_OF_THE_PAST)
        return rows

    @contextlib.asynccontextmanager
    async def _server_connection(self) -> AsyncIterator[asyncpg.Connection[Any]]:
        connection = await connect(self.server.url("postgres"))
        try:
            yield connection
        finally:
            await connection.close()

    @contextlib.asynccontextmanager
    async def _connection(self, service: str, *, grown: bool = False) -> AsyncIterator[asyncpg.Connection[Any]]:
        connection = await connect(self.server.url(f"bench_{service}_grown") if grown else self.urls[service])
        try:
            yield connection
        finally:
            await connection.close()

    async def _lend(self) -> None:
        """Enter a fund for each province, and loans that are spread over them."""
        app = create_funds(self.settings_on(self.urls["funds"]))
        async with app.router.lifespan_context(app):
            office = seed_loans.Office(app, self.bearer, self.caller("approver", "funds.read funds.approve"))
            funds = await seed_loans.enter_funds(office)
            await seed_loans.enter_loans(office, funds[0])
            for fund in funds:
                covered = {"province": fund["province"], "covered_from": "2015-01-01"}
                await office.enter("/coverages", {**covered, "record_types": ["disbursements", "loans"]})
        async with self._connection("funds") as connection:
            await seed_loans.keep_prototypes(connection, funds[0]["id"])
            await seed_loans.multiply(connection, range(1, self.options.loans // seed_loans.PROTOTYPES), funds)
            await _move(connection, -300, _LOAN_DAYS)

    def _asks(self, workload: str) -> list[FigureAsk]:
        """Return the questions of a workload that are asked one after the other."""
        keys = tuple((entry.code, entry.default_scope) for entry in CATALOGUE.values())
        if workload == "province_report":
            return [FigureAsk(keys, FROM, TO, self.old[0])]
        if workload == "quarter_with_more_past":
            flows = tuple(key for key in keys if CATALOGUE[key[0]].kind == "flow")
            return [FigureAsk(flows, *_QUARTER, self.old[0])]
        grouped = tuple(key for key in keys if "province" in CATALOGUE[key[0]].group_by)
        months = spans_of(FROM, TO, "month")
        return [FigureAsk(grouped, first, last, group_by="province", geography="2025") for first, last, _ in months]

    async def _capture(self) -> None:
        """Record what each service runs for its part of each question."""
        self.statements: dict[str, list[tuple[str, Statement]]] = {}
        for service, create_app in _MAKERS.items():
            app = create_app(self.settings_on(self.urls[service]))
            async with app.router.lifespan_context(app):
                for workload in ("province_report", "nation_months", "quarter_with_more_past"):
                    for ask in self._asks(workload):
                        for sent in self._parts(service, ask):
                            # The second time, so that nothing is in it that is done once.
                            await statements_of(app, sent)
                            ran = [(service, each) for each in await statements_of(app, sent)]
                            self.statements.setdefault(workload, []).extend(ran)

    def _parts(self, service: str, ask: FigureAsk) -> list[Request]:
        keys = [key for key in ask.indicators if CATALOGUE[key[0]].service == service]
        counted = [key for key in keys if key[0] not in code_lists.PLAN_COUNTS]
        path = VALUES_PATH.format(service=service)
        return [
            Request("GET", f"{path}?{urlencode(question)}", self.bearer)
            for question in questions(ask, service, counted)
        ]

    def requests(self, peer: str, workload: str) -> Sequence[Request]:
        return [Request("GET", f"{FIGURES}?{urlencode(_query(ask))}", self.bearer) for ask in self._asks(workload)]

    def check(self, peer: str, workload: str, document: Any) -> None:
        lost = {item["source_service"]: item["unavailable"] for item in document["items"] if item["unavailable"]}
        assert not lost, lost
        counted = {item["source_service"] for item in document["items"] if item["value"]}
        assert counted == set(_MAKERS), f"nothing is counted but in {counted}"

    def measured(self, bench: Bench, workload: str) -> dict[str, Figures]:
        """Ask through the gateway and run the SQL alone, in turns; or the SQL alone over two pasts."""
        if workload == "quarter_with_more_past":
            return asyncio.run(self._over_two_pasts(workload))
        with _gateway(bench) as address:
            client = httpx.Client(base_url=address, headers=self.bearer, timeout=60)
            with client:
                if workload == "write_to_figure":
                    return {"ours": self._written(client)}
                return asyncio.run(self._turns(client, workload))

    async def _over_two_pasts(self, workload: str) -> dict[str, Figures]:
        """Run a quarter's statements on the set as it is and on the one with more past; both have to find the same."""
        seconds: dict[str, list[float]] = {"ours": [], "as_it_is": []}
        found: dict[str, list[Any]] = {}
        async with contextlib.AsyncExitStack() as stack:
            sides = {
                peer: {name: await self._plain_connection(stack, name, grown=peer == "ours") for name in _MAKERS}
                for peer in seconds
            }
            for turn in range(_ASKED_OF_THE_PAST + 1):
                for peer, connections in sides.items():
                    began = time.perf_counter()
                    found[peer] = [
                        await getattr(connections[service], call)(sql, *args)
                        for service, (call, sql, args) in self.statements[workload]
                    ]
                    if turn:
                        seconds[peer].append(time.perf_counter() - began)
                assert found["ours"] == found["as_it_is"], "a figure of the quarter counts what lies before it"
        return {peer: figures_of(each, 0.0) for peer, each in seconds.items()}

    async def _plain_connection(
        self, stack: contextlib.AsyncExitStack, service: str, *, grown: bool = False
    ) -> asyncpg.Connection[Any]:
        url = self.server.url(f"bench_{service}_grown") if grown else self.urls[service]
        connection = await asyncpg.connect(url, server_settings={"jit": "off"})
        stack.push_async_callback(connection.close)
        await connection.set_type_codec("uuid", schema="pg_catalog", encoder=str, decoder=str, format="text")
        return connection

    async def _turns(self, client: httpx.Client, workload: str) -> dict[str, Figures]:
        async with contextlib.AsyncExitStack() as stack:
            connections = {name: await self._plain_connection(stack, name) for name in _MAKERS}
            return await self._take_turns(client, workload, connections)

    async def _take_turns(
        self, client: httpx.Client, workload: str, connections: Mapping[str, asyncpg.Connection[Any]]
    ) -> dict[str, Figures]:
        seconds: dict[str, list[float]] = {"ours": [], "sql": []}
        sent = self.requests("ours", workload)
        for turn in range(self.options.rounds + 1):
            began = time.perf_counter()
            for request in sent:
                answer = await asyncio.to_thread(client.get, request.path)
                assert answer.is_success, answer.text[:300]
                self.check("ours", workload, answer.json())
            asked = time.perf_counter()
            for service, (call, sql, args) in self.statements[workload]:
                await getattr(connections[service], call)(sql, *args)
            # The first of each is a warm-up.
            if turn:
                seconds["ours"].append(asked - began)
                seconds["sql"].append(time.perf_counter() - asked)
        return {peer: figures_of(each, 0.0) for peer, each in seconds.items()}

    def _written(self, client: httpx.Client) -> Figures:
        """Enter activities one by one, each followed by the figure that must have it."""
        asked = {"indicators": "media_contests", **_query(FigureAsk((), FROM, TO, self.old[0]))}
        seconds: list[float] = []
        counted = client.get(FIGURES, params=asked).json()["items"][0]["value"]
        for number in range(1, _WRITES + 1):
            body = {
                "kind": "contest",
                "title": f"Cuộc thi {number}",
                "happened_on": FROM.isoformat(),
                "attribution": "alliance_led",
                "province": self.old[0],
            }
            began = time.perf_counter()
            answer = client.post("/v1/reporting/activities", json=body)
            assert answer.status_code == 201, answer.text
            (item,) = client.get(FIGURES, params=asked).json()["items"]
            seconds.append(time.perf_counter() - began)
            assert item["value"] == counted + number, item
        figures = figures_of(seconds, 0.0)
        return {**figures, "p99": sorted(seconds)[int(0.95 * len(seconds))] * 1e6}


async def _move(connection: asyncpg.Connection[Any], days: int, columns: Mapping[str, Sequence[str]]) -> None:
    """Move the set so that much of it lies in the year that is asked for."""
    await connection.execute("SET session_replication_role = replica")
    for table, names in columns.items():
        moved = ", ".join(f"{name} = {name} + {days}" for name in names)
        await connection.execute(f"UPDATE {table} SET {moved}")  # noqa: S608  names of this file
    await connection.execute("VACUUM (ANALYZE)")


def _query(ask: FigureAsk) -> dict[str, str]:
    given = {
        "from": ask.from_.isoformat(),
        "to": ask.to.isoformat(),
        "province": ask.province,
        "group_by": ask.group_by,
        "geography": ask.geography,
    }
    return {name: value for name, value in given.items() if value is not None}


@contextlib.contextmanager
def _gateway(bench: Bench) -> Iterator[str]:
    """Run Envoy as the product configures it in front of the services; yield its address."""
    port, home = free_port(), bench.suite.home
    ports = {service.name: bench.ports.get(service.name, bench.ports["ours"]) for service in SERVICES}
    config = GatewayConfig(
        run_dir=home / "envoy",
        port=port,
        public_url=ISSUER,
        upstreams={**ports, "portal": bench.ports["ours"]},
        jwks_file=home / "jwks.json",
    )
    envoy.render(config)
    with (home / "envoy.log").open("wb") as log:
        process = subprocess.Popen(envoy.command(config), stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}/v1/reporting/health/ready")
        yield address
    finally:
        process.terminate()
        process.wait(10)


def _wait(url: str) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url).is_success:
                return
        time.sleep(0.1)
    raise SystemExit("the gateway did not start")
