"""What the gateway itself refuses, and how it says so: a problem document that a page of another origin can read."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.gateway.config import ALLOWED_HEADERS, EXPOSED_HEADERS
from tests.gateway.edge import Edge
from tests.support.answers import assert_problem
from tests.support.tokens import token
from tests.support.waiting import until

READ = "/v1/registry/organizations"
LOCAL = "http://localhost:5173"


def assert_readable(answer: httpx.Response, origin: str = LOCAL) -> None:
    """Check that a page of `origin` may read this answer, body and headers."""
    assert answer.headers["access-control-allow-origin"] == origin
    exposed = {name.strip() for name in answer.headers["access-control-expose-headers"].split(",")}
    assert exposed == set(EXPOSED_HEADERS)
    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize("origin", [LOCAL, "http://127.0.0.1:8081", "https://localhost", "http://localhost:3000"])
def test_a_web_app_under_development_may_ask_before_it_writes(stranger: httpx.Client, origin: str) -> None:
    query = {
        "Origin": origin,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization,if-match,content-type",
    }
    answer = stranger.options(READ + "/1", headers=query)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == origin
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    allowed = {name.strip() for name in answer.headers["access-control-allow-headers"].split(",")}
    assert allowed == set(ALLOWED_HEADERS)
    assert answer.headers["access-control-max-age"] == "600"


@pytest.mark.parametrize("method", ["QUERY", "PROPFIND", "SEARCH"])
def test_a_method_that_no_path_has_is_for_the_service_to_refuse(officer: httpx.Client, method: str) -> None:
    answer = officer.request(method, READ, json={})
    assert answer.status_code == 200, "the stand-in answers any method; a service says 405 and which it has"
    assert answer.json()["method"] == method


@pytest.mark.parametrize("path", [READ, "/v1/identity/token", "/docs"])
def test_a_method_that_nobody_knows_never_reaches_a_service(edge: Edge, path: str) -> None:
    # HTTP/1 has no way to say one (400); HTTP/2 takes any word.
    answer = edge.over_http2("BREW", path)
    assert b'"code":"method_not_allowed"' in answer
    assert b'"status":405' in answer


def test_the_contract_of_each_service_and_its_examples_are_the_portals_to_serve(stranger: httpx.Client) -> None:
    for path in (
        "/openapi/registry.json",
        "/openapi/examples/create_loan.json",
        "/openapi/examples/create_loan/201.json",
    ):
        assert stranger.get(path).json()["service"] == "portal"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost.evil.example", "null"])
def test_another_origin_may_not_read(officer: httpx.Client, origin: str) -> None:
    answer = officer.get(READ, headers={"Origin": origin})
    assert "access-control-allow-origin" not in answer.headers


def test_named_origins_replace_the_local_ones(strict_edge: Edge) -> None:
    with strict_edge.client() as client:
        named = client.get(READ, headers={"Origin": "https://app.example.org"})
        local = client.get(READ, headers={"Origin": LOCAL})
    assert_readable(named, "https://app.example.org")
    assert "access-control-allow-origin" not in local.headers


def test_answers_and_refusals_can_be_read_by_a_page(officer: httpx.Client, stranger: httpx.Client) -> None:
    headers = {"Origin": LOCAL}
    assert_readable(officer.get(READ, headers=headers))
    refused = stranger.get(READ, headers=headers)
    assert_problem(refused, 401, "token_missing")
    assert_readable(refused)
    unknown = officer.get("/v1/nothing/here", headers=headers)
    assert_problem(unknown, 404, "route_unknown", instance="/v1/nothing/here")
    assert_readable(unknown)


@pytest.mark.parametrize("path", ["/nope", "/v1/registry", "/v2/registry/organizations", "/docsx", "/v1/unknown/x"])
def test_an_unknown_address_is_a_problem(stranger: httpx.Client, path: str) -> None:
    assert_problem(stranger.get(path), 404, "route_unknown", title="Không có địa chỉ này")
    seen_by_a_person = stranger.get(path, headers={"Accept": "text/html,*/*;q=0.8"})
    assert seen_by_a_person.json()["service"] == "portal", "which has a page for it"
    sent = stranger.post(path, headers={"Accept": "text/html"})
    assert_problem(sent, 404, "route_unknown")


def test_too_many_calls_of_one_subject_over_all_its_paths(strict_edge: Edge) -> None:
    with strict_edge.client(token(sub="busy"), Origin="https://app.example.org") as client:
        paths = [READ, "/v1/funds/loans", READ, "/v1/registry/code-lists", "/v1/funds/loans", READ]
        answers = [client.get(path) for path in paths]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429, 429]
    assert [answer.headers["x-ratelimit-limit"] for answer in answers] == ["4"] * 6
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers[:4]] == ["3", "2", "1", "0"]
    resets = [int(answer.headers["x-ratelimit-reset"]) for answer in answers]
    assert resets[0] == 0, "there is something left: no need to wait"
    assert 0 < resets[-1] <= 60
    assert_problem(answers[-1], 429, "too_many_requests", title="Gọi quá nhanh")
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert_readable(answers[-1], "https://app.example.org")


def test_one_busy_subject_does_not_slow_down_another(strict_edge: Edge) -> None:
    with strict_edge.client(token(sub="greedy")) as client:
        assert [client.get(READ).status_code for _ in range(5)][-1] == 429
    with strict_edge.client(token(sub="patient")) as client:
        assert client.get(READ).status_code == 200


def test_a_browser_that_looks_at_certificates_too_often_is_told_so_on_a_page(strict_edge: Edge) -> None:
    path = "/v1/training/verify/0192c7e00192c7e0"
    with strict_edge.client() as client:
        until(lambda: client.get(path).status_code == 429)
        assert_problem(client.get(path), 429, "too_many_requests")
        for language, title in (("vi", "Có quá nhiều lượt xem"), ("en", "Too many requests")):
            page = client.get(path, headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": language})
            assert (page.status_code, page.headers["content-type"]) == (429, "text/html; charset=utf-8")
            assert (page.headers["content-language"], page.headers["retry-after"]) == (language, "30")
            assert page.headers["content-security-policy"].startswith("default-src 'none'")
            assert f"<h1>{title}</h1>" in page.text
        elsewhere = client.get("/v1/identity/me", headers={"Accept": "text/html"})
        assert_problem(elsewhere, elsewhere.status_code, elsewhere.json()["code"])


def test_the_pages_that_sign_officers_in_are_limited_by_address_over_their_paths(strict_edge: Edge) -> None:
    with strict_edge.client() as client:
        asked = (("GET", "/sign-in"), ("GET", "/signed-in"), ("POST", "/coverage"), ("POST", "/sign-out"))
        answers = [client.request(method, path) for method, path in asked]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


def test_sign_in_is_limited_by_address_over_its_paths(strict_edge: Edge) -> None:
    with strict_edge.client() as client:
        statuses = [
            client.post(f"/v1/identity/{path}").status_code for path in ("token", "authorize", "token", "token")
        ]
    assert statuses == [200, 200, 200, 429]


def test_a_body_above_1_mb_is_refused_before_a_service_sees_it(officer: httpx.Client) -> None:
    for extra in (0, 1):
        answer = officer.post(READ, content=b"x" * (1_048_576 + extra), headers={"Content-Type": "application/json"})
        if extra:
            assert_problem(answer, 413, "body_too_large", title="Nội dung quá lớn")
        else:
            assert answer.json()["body_bytes"] == 1_048_576


def test_a_body_of_unannounced_size_is_counted_as_it_comes(officer: httpx.Client) -> None:
    answer = officer.post(READ, content=(b"x" * 65_536 for _ in range(17)), headers={"Origin": LOCAL})
    assert_problem(answer, 413, "body_too_large")
    assert_readable(answer)


def test_a_file_may_have_20_mb(officer: httpx.Client) -> None:
    file = b"x" * (20 * 1_048_576)
    for path in ("/v1/registry/files", "/v1/registry/imports"):
        assert officer.post(path, content=file).json()["body_bytes"] == len(file)
    assert_problem(officer.post("/v1/registry/files", content=file + file[: 2**21]), 413, "body_too_large")


def test_without_a_token_the_size_is_not_even_looked_at(stranger: httpx.Client) -> None:
    assert_problem(stranger.post(READ, content=b"x" * 2_000_000), 401, "token_missing")


def test_an_address_of_8_kb_passes_and_a_longer_one_does_not(officer: httpx.Client) -> None:
    fill = 8192 - len(READ) - len("?q=")
    assert officer.get(f"{READ}?q={'x' * fill}").status_code == 200
    assert_problem(officer.get(f"{READ}?q={'x' * (fill + 1)}"), 414, "address_too_long")


def test_of_an_address_that_is_too_long_the_refusal_repeats_the_first_8_kb(officer: httpx.Client) -> None:
    path = f"{READ}/{'x' * 9000}"
    refused = officer.get(path)
    assert_problem(refused, 414, "address_too_long")
    assert refused.json()["instance"] == path[:8192]


def test_the_next_page_of_the_longest_address_passes(officer: httpx.Client) -> None:
    longest = f"{READ}?q={'x' * (8192 - len(READ) - len('?q='))}&cursor="
    assert officer.get(longest + "c" * 2000).status_code == 200
    assert_problem(officer.get(longest + "c" * 2100), 414, "address_too_long")


def test_headers_beyond_measure_are_refused(officer: httpx.Client) -> None:
    answer = officer.get(READ, headers={"X-Junk": "x" * 30_000})
    assert answer.status_code == 431
    assert answer.json()["code"] == "headers_too_large"


def test_a_path_that_cannot_be_read_is_refused(officer: httpx.Client) -> None:
    answer = officer.get("/v1/registry/organizations/%00")
    assert answer.status_code == 400
    # Refused before it had an id.
    assert (answer.json()["code"], answer.json()["request_id"]) == ("bad_request", None)


@pytest.mark.faults
def test_a_body_that_does_not_come_in_time_is_given_up_by_the_gateway(tmp_path: Path, ports: dict[str, int]) -> None:
    with Edge(tmp_path, ports) as gateway:
        rendered = (gateway.config.run_dir / "lds.json").read_text()
        hurried = re.sub(r'"max_stream_duration": "\d+s"', '"max_stream_duration": "1s"', rendered)
        assert hurried != rendered
        fresh = tmp_path / "hurried"
        fresh.write_text(hurried)
        with gateway.client(token()) as client:
            fresh.replace(gateway.config.run_dir / "lds.json")
            until(lambda: _trickled(client).status_code == 408)
            assert_problem(_trickled(client), 408, "request_timeout")
            assert client.get(READ).status_code == 200


def _trickled(client: httpx.Client) -> httpx.Response:
    def body() -> Iterator[bytes]:
        for _ in range(15):
            yield b"1"
            time.sleep(0.1)

    return client.post(READ, content=body(), headers={"Content-Type": "application/json"})


def test_every_route_has_an_end(edge: Edge) -> None:
    (listener,) = json.loads((edge.config.run_dir / "lds.json").read_text())["resources"]
    (chain,) = listener["filter_chains"]
    (host,) = chain["filters"][0]["typed_config"]["route_config"]["virtual_hosts"]
    routes = [*_routes_in(host["matcher"])]
    assert len(routes) > 100
    for route in (each["route"] for each in routes):
        # Envoy heeds no `timeout` beside it.
        lasts = route["max_stream_duration"]["max_stream_duration"]
        assert "timeout" not in route
        # What may take longer than a call and its body ends where it stands still.
        assert route.get("idle_timeout") == {"0s": "120s", "720s": "90s", "150s": None, "40s": None, "30s": None}[lasts]


def _routes_in(node: Any) -> Iterator[dict[str, Any]]:
    """Yield the routes at the ends of all choices."""
    if isinstance(node, dict):
        yield from node.get("routes", ())
        for value in node.values():
            yield from _routes_in(value)
    elif isinstance(node, list):
        for each in node:
            yield from _routes_in(each)
