"""Metrics: what a service tells of its requests, its pool and its database, and how several pages become one."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from kernel.database.connections import Database, connect
from kernel.feed import measures
from kernel.feed.measures import FEED, JOBS, measured, pool_of
from kernel.problems import Busy
from kernel.runtime.metrics import FAMILIES, Metrics, Sample
from kernel.runtime.metrics_gathering import Gathering, merged, read_socket, with_service
from kernel.runtime.metrics_server import at_port, in_folder
from kernel.runtime.settings import ServiceSettings
from services.registry.main import create_app
from services.registry.organizations.dependents import Dependents
from tests.registry.builders import ORGANIZATIONS, PATH, Make
from tests.support.client import ApiClient
from tests.support.contract import contract_of
from tests.support.databases import Databases, as_service
from tests.support.metrics import Scrape
from tests.support.tokens import JWKS, PUBLIC_URL
from tests.support.waiting import come_about, come_true
from vca.postgres import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
_WAITS_FOR_THE_TABLE = """
    SELECT EXISTS (SELECT FROM pg_locks
                    WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
                      AND relation = 'organization'::regclass AND NOT granted)"""


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the sockets are: a path of a socket may have 107 bytes."""
    return tmp_path_factory.mktemp("m")


@pytest.fixture
async def counted(registry_url: str, folder: Path) -> AsyncIterator[FastAPI]:
    """The registry, whose metrics are read in the folder."""
    app = create_app(
        ServiceSettings(
            database_url=as_service(registry_url), public_url=PUBLIC_URL, home=folder, pool_size=8, metrics_dir=folder
        )
    )
    app.state.verifier.use_keys(JWKS)
    async with app.router.lifespan_context(app):
        app.state.dependents = Dependents({})
        yield app


async def read(folder: Path, service: str = "registry", worker: int = 0) -> Scrape:
    return await asyncio.to_thread(Scrape.of_socket, folder / f"{service}.{worker}.sock")


async def read_with(folder: Path, *names: str) -> Scrape:
    """Read the page once it tells of these: the database is asked beside it."""
    scraped = await read(folder)

    async def are_there() -> bool:
        nonlocal scraped
        scraped = await read(folder)
        return scraped.names >= {*names}

    await come_true(are_there)
    return scraped


async def test_requests_are_counted_by_operation_and_what_is_none_stands_in_one_line(
    counted: FastAPI, folder: Path
) -> None:
    caller = {"scope": "registry.read registry.write", "area": "25-2025"}
    async with ApiClient(counted, contract_of("registry"), **caller) as registry:
        organization = await Make(registry).organization()
        one = f"{ORGANIZATIONS}/{organization.id}"
        for _ in range(3):
            assert (await registry.get(one)).status_code == 200
        assert (await registry.get(f"{one}/history")).status_code == 200
        assert (await registry.anonymous().get(one)).status_code == 401
        assert (await registry.put(one, json={})).status_code == 405
        for number in range(50):
            await registry.get(f"{PATH}/castles/{number}")
        for number in range(20):
            await registry.request(f"MAKE{number}", one)
    scraped = await read(folder)
    of = {
        "service": "registry",
        "worker": "0",
        "method": "GET",
        "route": "/v1/registry/organizations/{organization_id}",
    }
    assert scraped.one("vca_http_requests_total", **of, status="200") == 3
    assert scraped.one("vca_http_requests_total", **of, status="401") == 1
    assert scraped.one("vca_http_requests_total", **{**of, "method": "PUT"}, status="405") == 1
    assert scraped.one("vca_http_request_seconds_count", **of) == 4
    assert scraped.one("vca_http_request_seconds_bucket", **of, le="+Inf") == 4
    assert 0 < scraped.one("vca_http_request_seconds_sum", **of) < 60
    history = f"{of['route']}/history"
    assert scraped.one("vca_http_requests_total", route=history, status="200") == 1
    assert scraped.one("vca_http_requests_total", route="unmatched", method="GET") == 50
    assert scraped.one("vca_http_requests_total", method="OTHER") == 20
    assert scraped.one("vca_http_requests_in_flight", service="registry") == 0
    assert not any(str(organization.id) in value for _, labels in scraped.values for _, value in labels)


async def test_a_request_is_in_flight_until_it_is_answered(counted: FastAPI, folder: Path) -> None:
    db: Database = counted.state.db
    caller = {"scope": "registry.read registry.write", "area": "25-2025"}
    async with ApiClient(counted, contract_of("registry"), **caller) as registry:
        organization = await Make(registry).organization()
        async with db.transaction() as tx:
            await tx.raw.execute("LOCK TABLE organization IN ACCESS EXCLUSIVE MODE")
            waits = asyncio.create_task(registry.get(f"{ORGANIZATIONS}/{organization.id}"))
            await come_true(lambda: db.fetchval(_WAITS_FOR_THE_TABLE))
            scraped = await read(folder)
            assert scraped.one("vca_http_requests_in_flight") == 1
            assert scraped.one("vca_pool_connections", state="in_use") >= 2
        assert (await waits).status_code == 200
    assert (await read(folder)).one("vca_http_requests_in_flight") == 0


async def test_every_metric_of_a_service_has_a_kind_and_a_meaning(counted: FastAPI, folder: Path) -> None:
    scraped = await read_with(folder, "vca_feed_head", "vca_database_connections", "vca_jobs")
    ours = {name for name in scraped.names if name.startswith("vca_")}
    assert {"vca_disk_used_ratio", "vca_build_info"} <= ours
    for name in ours:
        assert f"# HELP {name.removesuffix('_bucket').removesuffix('_count').removesuffix('_sum')} " in scraped.page
    assert {"process_resident_memory_bytes", "process_cpu_seconds_total"} <= scraped.names
    assert scraped.one("vca_database_answers") == 1
    assert 0 < scraped.one("vca_disk_used_ratio") < 1


def test_a_service_that_is_not_asked_for_metrics_imports_nothing_for_them() -> None:
    code = "import sys, services.registry.main, services.gateway.main; print('prometheus_client' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


async def test_a_call_that_waits_for_a_connection_and_one_that_gets_none_are_counted(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kernel.database.connections._ACQUIRE_SECONDS", 0.2)
    async with databases.clone("registry") as url:
        db = Database(url, size=1)
        await db.open()
        async with db.connection():
            waits = asyncio.create_task(db.fetchval("SELECT 1"))
            await come_about(lambda: db.waiting)
            assert {(s.name, s.value) for s in pool_of(db)} >= {("vca_pool_waiting", 1), ("vca_pool_size", 1)}
        assert await waits == 1
        async with db.connection():
            with pytest.raises(Busy):
                await db.fetchval("SELECT 1")
        found = {sample.name: sample.value for sample in pool_of(db) if not sample.labels}
        await db.close()
    assert (found["vca_pool_waits_total"], found["vca_pool_refused_total"], found["vca_pool_waiting"]) == (2, 1, 0)
    assert 0.2 < found["vca_pool_wait_seconds_total"] < 5


async def test_changes_that_an_open_transaction_holds_back_are_counted_until_it_ends(plots: Database) -> None:
    other = await connect(plots.url)
    try:
        holder = other.transaction()
        await holder.start()
        await other.execute("SELECT pg_current_xact_id()")
        await plots.execute("""
            INSERT INTO change (id, type, resource_type, resource_id, resource_version, alliance, changed)
            SELECT gen_random_uuid(), 'plot.created', 'plot', gen_random_uuid(), 1, '25-2025', '{}'
              FROM generate_series(1, 7)""")
        held = {sample.name: sample.value for sample in await FEED.read(plots)}
        await holder.rollback()
        freed = {sample.name: sample.value for sample in await FEED.read(plots)}
    finally:
        await other.close()
    assert (held["vca_feed_held_rows"], freed["vca_feed_held_rows"]) == (7, 0)
    assert freed["vca_feed_head"] > held["vca_feed_head"]


async def test_jobs_are_counted_by_state_and_the_one_that_nobody_takes_gets_older(plots: Database) -> None:
    await plots.execute("""
        INSERT INTO job (id, kind, state, area, created_by, request, created_at, updated_at)
        SELECT gen_random_uuid(), 'export', state, 'VN', 'somebody', '{}', now() - age, now() - age
          FROM (VALUES ('queued', interval '90 seconds'), ('running', '1 hour'), ('failed', '2 hours'),
                       ('failed', '25 hours'), ('succeeded', '1 minute')) job (state, age)""")
    found = await JOBS.read(plots)
    assert {sample.labels["state"]: sample.value for sample in found if sample.labels} == {
        "queued": 1,
        "running": 1,
        "failed": 1,
    }
    (waited,) = (sample.value for sample in found if sample.name == "vca_oldest_job_seconds")
    assert 90 <= waited < 150


async def test_while_the_database_is_away_nothing_old_is_given_for_new(
    databases: Databases, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measures, "SERVER", measures.Measure(measures.SERVER.read, every=0.0))
    settings = ServiceSettings(database_url="", home=folder, metrics_dir=folder)
    feed = measures.Measure(FEED.read, every=0.0)
    async with databases.clone("registry") as url:
        db = Database(url, size=2)
        await db.open()
        async with measured(Metrics("registry"), settings, db, [feed]):
            assert (await read_with(folder, "vca_feed_head")).one("vca_feed_head") >= 0
            await db.close()
            db.url = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"

            async def is_away() -> bool:
                return not (await read(folder)).one("vca_database_answers")

            await come_true(is_away)
            gone = await read(folder)
    assert not gone.names & {"vca_feed_head", "vca_database_connections", "vca_oldest_transaction_seconds"}
    assert gone.one("vca_pool_size") == 2


def test_processes_of_one_service_have_numbers_that_stay_few(folder: Path) -> None:
    with contextlib.ExitStack() as first, contextlib.ExitStack() as second:
        for stack in (first, second):
            stack.enter_context(in_folder(Metrics("funds"), folder))
        for _ in range(5):
            with in_folder(Metrics("funds"), folder):
                assert Scrape.of_socket(folder / "funds.2.sock").one("vca_build_info", worker="2") == 1
        first.close()
        with in_folder(Metrics("funds"), folder):
            assert sorted(path.name for path in folder.glob("*.sock")) == ["funds.0.sock", "funds.1.sock"]
    assert list(folder.glob("*.sock")) == []


def test_pages_are_gathered_into_one_and_a_part_that_does_not_answer_is_told_of(folder: Path) -> None:
    gathering = Gathering(folder, ["funds", "registry", "training"])
    # Left behind by a process that was killed.
    with contextlib.ExitStack() as killed:
        killed.enter_context(in_folder(Metrics("registry"), folder))
        (folder / "registry.0.sock").rename(folder / "kept")
    (folder / "kept").rename(folder / "registry.0.sock")
    with in_folder(Metrics("funds"), folder), in_folder(Metrics("funds"), folder):
        scraped = Scrape(gathering.page().decode())
    up = {labels["service"]: scraped.one("vca_part_up", **labels) for labels in scraped.labels("vca_part_up")}
    assert up == {"funds": 1, "registry": 0, "training": 0}
    assert {labels.get("worker") for labels in scraped.labels("vca_build_info")} == {None, "0", "1"}
    assert scraped.page.count("# TYPE vca_build_info gauge") == 1
    assert scraped.page.count("# TYPE process_cpu_seconds_total counter") == 1


def test_lines_of_another_program_get_the_name_of_their_part() -> None:
    page = '# TYPE a counter\na{} 1\na{b="{c d}"} 2\n# TYPE d gauge\nd 3.5\n'
    labelled = with_service(page, "gateway")
    assert labelled.splitlines()[1:3] == ['a{service="gateway"} 1', 'a{service="gateway",b="{c d}"} 2']
    scraped = Scrape(merged([labelled, '# HELP d some\n# TYPE d gauge\nd{service="x"} 1\n']))
    assert scraped.one("d", service="gateway") == 3.5
    assert scraped.one("d", service="x") == 1


def test_a_port_answers_metrics_alone(folder: Path) -> None:
    port = free_port()
    metrics = Metrics("funds")
    metrics.add(lambda: [Sample("vca_feed_head", 5)])
    with at_port(metrics.page, "127.0.0.1", port), httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        answer = client.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert Scrape(answer.text).one("vca_feed_head", service="funds") == 5
        assert client.get("/").status_code == 404
        assert client.post("/metrics").status_code == 501


def test_names_follow_the_customs_of_prometheus() -> None:
    for name, (kind, words) in FAMILIES.items():
        assert name.startswith("vca_")
        assert (kind == "counter") == name.endswith("_total"), name
        assert words
        assert not words.endswith(".")


async def test_a_page_that_is_asked_for_while_the_service_starts_is_no_fault(folder: Path) -> None:
    assert await asyncio.to_thread(read_socket, folder / "registry.0.sock") is None
