"""Spans of one process: what statements are called, what is sent, and what a receiver that is away costs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from opentelemetry.trace import SpanKind

from kernel.database.traced import name_of
from kernel.feed import jobs
from kernel.runtime import tracing
from kernel.runtime.settings import ServiceSettings
from kernel.runtime.tracing import Tracing
from services.registry.main import create_app
from services.registry.organizations.dependents import Dependents
from tests.registry.builders import ORGANIZATIONS, Make, a_statistic
from tests.support.client import ApiClient
from tests.support.collector import Collector, collecting
from tests.support.contract import contract_of
from tests.support.tokens import JWKS, PUBLIC_URL
from tests.support.waiting import PATIENCE_SECONDS, until
from vca.postgres import free_port

# Where a process sends its spans is of the process: these stand apart from the many that share one.
pytestmark = pytest.mark.platform

ROOT = Path(__file__).resolve().parent.parent.parent
TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
async def traced(
    registry_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[FastAPI, Collector]]:
    """The registry, which sends its spans; no other app of this process does."""
    monkeypatch.setattr(tracing, "_tracing", None)
    with collecting() as collector:
        settings = ServiceSettings(
            database_url=registry_url, public_url=PUBLIC_URL, home=tmp_path, otlp_endpoint=collector.endpoint
        )
        app = create_app(settings)
        app.state.verifier.use_keys(JWKS)
        async with app.router.lifespan_context(app):
            app.state.dependents = Dependents({})
            yield app, collector


async def test_a_request_and_its_statements_are_spans_below_the_callers(traced: tuple[FastAPI, Collector]) -> None:
    app, collector = traced
    async with ApiClient(
        app, contract_of("registry"), scope="registry.read registry.write", area="25-2025"
    ) as registry:
        organization = await Make(registry).organization()
        headers = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
        for path in (f"{ORGANIZATIONS}/{organization.id}", ORGANIZATIONS):
            assert (await registry.get(path, headers=headers)).status_code == 200
    await asyncio.to_thread(_sent, collector, 4)
    spans = collector.of_trace(TRACE)
    served = {span.name: span for span in spans if span.kind == 2}
    assert served.keys() == {f"GET {ORGANIZATIONS}/{{organization_id}}", f"GET {ORGANIZATIONS}"}
    assert {span.parent for span in served.values()} == {CALLER}
    assert {span.attributes["vca.operation"] for span in served.values()} == {
        "read_organization",
        "list_organizations",
    }
    statements = [span for span in spans if span.kind == 3]
    assert {span.parent for span in statements} == {span.id for span in served.values()}
    assert all(span.attributes == {"db.system.name": "postgresql"} for span in statements)
    assert not any(
        organization.id.encode() in body or organization["name"].encode() in body for body in collector.bodies
    )


def _sent(collector: Collector, count: int) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while len(collector.of_trace(TRACE)) < count and time.monotonic() < end:
        time.sleep(0.1)


@pytest.mark.parametrize(("format_", "streamed"), [("ndjson", "COPY organization"), ("csv", "COPY organization")])
async def test_a_job_is_a_trace_of_its_own_with_what_it_streams(
    traced: tuple[FastAPI, Collector], format_: str, streamed: str
) -> None:
    app, collector = traced
    async with ApiClient(
        app, contract_of("registry"), scope="registry.read registry.write", area="25-2025"
    ) as registry:
        organization = await Make(registry).organization()
        asked = await registry.post("/v1/registry/exports", json={"type": "organization", "format": format_})
        assert asked.status_code == 202

        def has_come() -> bool:
            return {streamed, "job export"} <= {span.name for span in collector.spans}

        await asyncio.to_thread(until, has_come)
    (span,) = [span for span in collector.spans if span.name == streamed]
    (job,) = [each for each in collector.spans if each.name == "job export"]
    assert (span.parent, span.trace, span.kind) == (job.id, job.trace, 3)
    assert span.attributes == {"db.system.name": "postgresql"}
    assert not any(organization["name"].encode() in body for body in collector.bodies)


async def test_what_is_copied_in_is_a_span_of_each_table_below_the_request(traced: tuple[FastAPI, Collector]) -> None:
    app, collector = traced
    async with ApiClient(
        app, contract_of("registry"), scope="registry.read registry.write", area="25-2025"
    ) as registry:
        organization = await Make(registry).organization()
        items = [a_statistic(organization_id=organization.id)]
        headers = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
        batch = "/v1/registry/organization-statistics/batch"
        sent = await registry.post(batch, json={"mode": "each", "items": items}, headers=headers)
        assert sent.status_code == 207, sent.text
        copied = {"COPY organization_statistic", "COPY history", "COPY change"}

        def have_come() -> bool:
            return copied <= {span.name for span in collector.of_trace(TRACE)}

        await asyncio.to_thread(until, have_come)
    spans = collector.of_trace(TRACE)
    (served,) = (span for span in spans if span.kind == 2)
    copies = [span for span in spans if span.name in copied]
    assert {(span.parent, span.kind) for span in copies} == {(served.id, 3)}
    assert all(span.attributes == {"db.system.name": "postgresql"} for span in copies)


async def test_what_a_service_does_by_itself_is_no_trace(traced: tuple[FastAPI, Collector]) -> None:
    app, collector = traced
    assert await app.state.db.fetchval("SELECT 7") == 7
    await asyncio.sleep(3)
    assert collector.spans == []


def test_statements_are_called_as_the_code_calls_them() -> None:
    assert name_of(jobs._TAKE) == "kernel.feed.jobs._TAKE"
    assert name_of("SELECT id FROM organization WHERE name = $1") == "SELECT organization"
    assert name_of("WITH a AS (SELECT 1) UPDATE loan SET x = 1") == "UPDATE loan"
    assert name_of("BEGIN") == "SQL"


def test_an_error_is_told_of_by_its_type_alone() -> None:
    with collecting() as collector:
        traces = Tracing("registry", collector.endpoint, 1.0)
        with pytest.raises(ValueError), traces.span("step", SpanKind.INTERNAL):
            raise ValueError("Nguyễn Văn An")
        traces.close()
    (span,) = collector.spans
    assert span.attributes == {"error.type": "ValueError"}
    assert not any("Nguyễn".encode() in body for body in collector.bodies)


def test_a_share_of_the_traces_that_begin_here_is_sent() -> None:
    with collecting() as collector:
        for share in (0.0, 0.5):
            traces = Tracing("registry", collector.endpoint, share)
            for _ in range(400):
                with traces.span(f"at {share}", SpanKind.INTERNAL):
                    pass
            traces.close()
    names = [span.name for span in collector.spans]
    assert names.count("at 0.0") == 0
    assert 120 < names.count("at 0.5") < 280


def test_a_receiver_that_is_away_delays_nothing_but_the_end_by_some_seconds() -> None:
    traces = Tracing("registry", f"http://127.0.0.1:{free_port()}", 1.0)
    began = time.monotonic()
    for _ in range(5000):
        with traces.span("step", SpanKind.INTERNAL):
            pass
    assert time.monotonic() - began < 5
    began = time.monotonic()
    traces.close()
    assert time.monotonic() - began < 15


def test_a_service_that_sends_no_spans_imports_nothing_for_them() -> None:
    code = (
        "import sys, services.registry.main, services.gateway.main\n"
        "from kernel.runtime.settings import ServiceSettings\n"
        "app = services.registry.main.create_app(ServiceSettings(database_url='postgresql://nobody@nowhere/none'))\n"
        "parts = ('opentelemetry.sdk', 'opentelemetry.exporter', 'opentelemetry.proto', 'requests')\n"
        "print(any(name.startswith(parts) for name in sys.modules), app.state.db.makes.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "Connection"]
