"""One call as one trace: over the gateway, the service that is asked, those that it asks, and their statements."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.platform.conftest import Platform, started_before
from tests.support.collector import Collector, Span, collecting
from tests.support.waiting import PATIENCE_SECONDS, until
from vca.tokens import sign_in

pytestmark = pytest.mark.platform

_SERVER, _CLIENT = 2, 3
_QUESTION = {
    "from": "2023-01-01",
    "to": "2023-08-31",
    "province": "25-2008",
    "indicators": "cooperatives_total,loan_amount_disbursed",
}


@pytest.fixture(scope="module")
def traced(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Platform, Collector]]:
    """A platform of our own that sends its spans."""
    with collecting() as collector:
        platform = started_before(prepared_home, tmp_path_factory.mktemp("traced"))
        platform.environment |= {"VCA_OTLP_ENDPOINT": collector.endpoint, "VCA_METRICS_PORT": "0"}
        platform.start()
        try:
            yield platform, collector
        finally:
            platform.stop()


def of_trace(collector: Collector, trace: str, services: set[str]) -> list[Span]:
    """Return the spans of a trace once those of all these services came, and each but the first below another.

    A span is sent after those below it in its process, and a call to another service after that one's.
    """

    def is_whole() -> bool:
        spans = collector.of_trace(trace)
        beyond = {span.parent for span in spans} - {span.id for span in spans}
        return services <= {span.service for span in spans} and len(beyond) == 1

    until(is_whole)
    return collector.of_trace(trace)


def test_figures_through_the_gateway_are_one_trace_with_each_part_below_who_asked_it(
    traced: tuple[Platform, Collector],
) -> None:
    platform, collector = traced
    trace, caller = secrets.token_hex(16), secrets.token_hex(8)
    with platform.client() as client:
        headers = {"traceparent": f"00-{trace}-{caller}-01", "X-Request-Id": "figures-once"}
        answer = client.get("/v1/reporting/figures", params=_QUESTION, headers=headers)
        assert answer.status_code == 200, answer.text
    spans = of_trace(collector, trace, {"gateway", "reporting", "registry", "funds"})
    by_id = {span.id: span for span in spans}
    (gateway,) = (span for span in spans if span.service == "gateway")
    assert gateway.parent == caller
    (asked,) = (span for span in spans if span.service == "reporting" and span.kind == _SERVER)
    assert asked.name == "GET /v1/reporting/figures"
    assert asked.parent == gateway.id
    assert asked.attributes["http.response.status_code"] == 200
    assert asked.attributes["vca.request_id"] == "figures-once"
    for service in ("registry", "funds"):
        served = [span for span in spans if span.service == service and span.kind == _SERVER]
        assert served
        for span in served:
            call = by_id[span.parent]
            assert (call.service, call.kind, call.name) == ("reporting", _CLIENT, f"GET {service}")
            assert call.parent == asked.id
            assert span.name.startswith(f"GET /v1/{service}/indicator-values")
        statements = [span for span in spans if span.service == service and span.kind == _CLIENT]
        assert statements
        assert all(by_id[span.parent] in served for span in statements)
        assert all(span.attributes["db.system.name"] == "postgresql" for span in statements)


def test_a_page_of_the_portal_is_one_trace_with_all_that_it_asks_of_the_services(
    traced: tuple[Platform, Collector],
) -> None:
    platform, collector = traced
    officer = next(
        each for each in platform.credentials["accounts"] if each["role"] == "reporter" and each["area"] == "25-2025"
    )
    trace, caller = secrets.token_hex(16), secrets.token_hex(8)
    with httpx.Client(base_url=platform.gateway, timeout=30) as browser:
        signed_in = sign_in(browser, officer["username"], officer["password"])
    cookies = {"vca_portal": "of-before", "vca_portal_access": signed_in}
    with httpx.Client(base_url=platform.gateway, cookies=cookies, timeout=30) as browser:
        page = browser.get("/", headers={"traceparent": f"00-{trace}-{caller}-01", "X-Request-Id": "page-once"})
    assert page.status_code == 200
    assert "2023" in page.text
    spans = of_trace(collector, trace, {"gateway", "portal", "reporting", "identity", "registry"})
    by_id = {span.id: span for span in spans}
    (gateway,) = (span for span in spans if span.service == "gateway" and span.parent == caller)
    (shown,) = (span for span in spans if span.service == "portal" and span.kind == _SERVER)
    assert (shown.name, shown.parent) == ("GET /", gateway.id)
    assert shown.attributes["http.response.status_code"] == 200
    assert shown.attributes["vca.request_id"] == "page-once"
    asked = [span for span in spans if span.service == "portal" and span.kind == _CLIENT]
    assert {span.name for span in asked} == {"GET reporting", "GET identity"}
    assert {span.parent for span in asked} == {shown.id}
    for service in ("reporting", "identity"):
        served = [span for span in spans if span.service == service and span.kind == _SERVER]
        assert served
        assert {by_id[span.parent].name for span in served} == {f"GET {service}"}


def test_a_trace_that_its_caller_does_not_record_is_carried_on_and_not_sent(
    traced: tuple[Platform, Collector],
) -> None:
    platform, collector = traced
    unrecorded, recorded = secrets.token_hex(16), secrets.token_hex(16)
    with platform.client() as client:
        for trace, flags in ((unrecorded, "00"), (recorded, "01")):
            headers = {"traceparent": f"00-{trace}-{secrets.token_hex(8)}-{flags}"}
            assert client.get("/v1/registry/organizations", params={"limit": 1}, headers=headers).status_code == 200
    of_trace(collector, recorded, {"gateway", "registry"})
    assert collector.of_trace(unrecorded) == []


def test_a_call_without_a_trace_begins_one_at_the_gateway(traced: tuple[Platform, Collector]) -> None:
    platform, collector = traced
    with platform.client() as client:
        headers = {"X-Request-Id": f"no-trace-{secrets.token_hex(4)}"}
        assert client.get("/v1/registry/organizations", params={"limit": 1}, headers=headers).status_code == 200
    end = time.monotonic() + PATIENCE_SECONDS

    def found() -> list[Span]:
        return [s for s in collector.spans if s.attributes.get("vca.request_id") == headers["X-Request-Id"]]

    while not found():
        assert time.monotonic() < end
        time.sleep(0.2)
    (served,) = found()
    (gateway,) = (s for s in of_trace(collector, served.trace, {"gateway"}) if s.service == "gateway")
    assert (gateway.parent, served.parent) == ("", gateway.id)


def test_no_span_holds_what_was_asked_or_written(traced: tuple[Platform, Collector]) -> None:
    platform, collector = traced
    word = f"Nguyen-{secrets.token_hex(8)}"
    trace = secrets.token_hex(16)
    with platform.client() as client:
        headers = {"traceparent": f"00-{trace}-{secrets.token_hex(8)}-01"}
        answer = client.get("/v1/registry/organizations", params={"q": word}, headers=headers)
        assert answer.status_code == 200
        client.get(f"/v1/registry/{word}", headers=headers)
    until(lambda: [span.service for span in collector.of_trace(trace)].count("gateway") == 2)
    of_trace(collector, trace, {"gateway", "registry"})
    assert not any(word.encode() in body for body in collector.bodies)
