"""The line of each call at the gateway: what it says, that it is short, that nobody forges it, that none is lost."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from pathlib import Path

import pytest

from kernel.values.ids import new_id
from services.gateway.access_log import AccessLine, files_of, read_line
from tests.gateway.edge import Edge, Upstream
from tests.support.tokens import token
from tests.support.waiting import until
from vca.log_rotation import Rotation

ORGANIZATIONS = "/v1/registry/organizations"


def _ended(gateway: Edge) -> list[bytes]:
    """End the gateway, which writes what it still holds, and return the lines of its log."""
    assert gateway.process is not None
    gateway.process.terminate()
    gateway.process.wait()
    return [line for file in files_of(gateway.config.access_log) for line in file.read_bytes().splitlines()]


def _read(lines: list[bytes]) -> list[AccessLine]:
    read = [read_line(line) for line in lines]
    assert None not in read, lines
    return [line for line in read if line is not None]


def test_a_line_names_caller_and_operation_and_neither_query_nor_token(
    tmp_path: Path, upstreams: dict[str, Upstream]
) -> None:
    with Edge(tmp_path, {"registry": upstreams["registry"].port}) as gateway:
        secret = token(sub="officer-7")
        with gateway.client(secret) as client:
            answer = client.get(f"{ORGANIZATIONS}?q=Nguyen+Van+A", headers={"X-Request-Id": "abc"})
            assert answer.status_code == 200
            assert answer.headers["x-vca-operation"] == "get_organizations"
            refused = client.post("/v1/registry/refused", headers={"X-Request-Id": "def"})
            assert (refused.status_code, refused.headers["x-vca-problem"]) == (409, "overpayment")
            assert client.get("/v1/nothing?q=Nguyen").status_code == 404
        text = b"\n".join(lines := _ended(gateway))
    served, refused_line, unknown = _read(lines)
    assert json.loads(lines[0])[3:] == ["get_organizations", "officer-7", "abc"]
    assert (served.status, served.operation, served.caller, served.request_id) == (
        200,
        "get_organizations",
        "officer-7",
        "abc",
    )
    assert (served.path, served.method, served.problem) == (None, None, None)
    assert (refused_line.status, refused_line.problem, refused_line.service) == (409, "overpayment", "registry")
    assert (refused_line.method, refused_line.path) == ("POST", "/v1/registry/refused")
    assert (unknown.status, unknown.operation, unknown.path, unknown.flags) == (404, None, "/v1/nothing", "FI")
    assert b"Nguyen" not in text
    assert secret.split(".")[2].encode() not in text


def test_an_ordinary_line_has_at_most_130_bytes(tmp_path: Path, upstreams: dict[str, Upstream]) -> None:
    with Edge(tmp_path, {"registry": upstreams["registry"].port}) as gateway:
        with gateway.client(token(sub=new_id())) as client:
            for _ in range(20):
                client.get(ORGANIZATIONS, headers={"X-Request-Id": new_id()})
        lines = _ended(gateway)
    # An operation's name has 20 letters on average (openapi/gateway.yaml); this one has 17.
    assert len(lines) == 20
    # How many digits the milliseconds have is up to the machine; two stand for an ordinary call.
    ordinary = [re.sub(rb"^(\[\d+,\d+),\d+,", rb"\1,10,", line) for line in lines]
    assert max(map(len, ordinary)) + len("\n") + 3 <= 130


def test_neither_a_request_id_nor_a_path_makes_a_line_say_something_else(
    tmp_path: Path, upstreams: dict[str, Upstream]
) -> None:
    forged = '","victim",{"method":"GET","flags":"-","attempts":"1","service":"funds","problem":"x","path":"/"},"id'
    paths = (ORGANIZATIONS, '/v1/registry/x"},"other"]/refused', '/v1/nothing"},"victim","id"]', "/v1/registry/refused")
    with Edge(tmp_path, {"registry": upstreams["registry"].port}) as gateway:
        with gateway.client(token(sub="caller")) as client:
            for path in paths:
                for request_id in (forged, 'a"]', "a b", "'; DROP"):
                    client.get(path, headers={"X-Request-Id": request_id})
        read = _read(_ended(gateway))
    assert len(read) == len(paths) * 4
    # An address that is none is refused before the token is looked at.
    assert {line.caller for line in read} == {"caller", None}
    assert all(line.caller == "caller" for line in read if line.status != 404)
    assert {line.service for line in read} <= {None, "registry"}
    assert {line.problem for line in read} <= {None, "overpayment"}


def test_a_line_of_a_page_has_its_path_and_a_browsers_question_is_known_by_its_having_none(
    tmp_path: Path, upstreams: dict[str, Upstream]
) -> None:
    ports = {name: upstreams[name].port for name in ("registry", "portal")}
    asks = {"Origin": "http://localhost:5173", "Access-Control-Request-Method": "GET"}
    with Edge(tmp_path, ports) as gateway:
        with gateway.client() as client:
            assert client.get("/docs?q=Nguyen").status_code == 200
            assert client.options(ORGANIZATIONS, headers=asks).status_code == 200
        page, asked = _read(_ended(gateway))
    assert (page.method, page.path, page.service) == ("GET", "/docs", "portal")
    assert (asked.status, asked.method, asked.path, asked.operation, asked.caller) == (200, None, None, None, None)


def test_no_caller_names_the_operation_or_the_problem(tmp_path: Path, upstreams: dict[str, Upstream]) -> None:
    forged = {"X-Vca-Operation": "erase_everything", "X-Vca-Problem": "none"}
    with Edge(tmp_path, {"registry": upstreams["registry"].port}) as gateway:
        with gateway.client(token(sub="caller"), **forged) as client:
            assert client.get("/v1/nothing").status_code == 404
            answers = [client.get(ORGANIZATIONS), client.get("/v1/registry/refused")]
        assert not [name for name in answers[0].json()["headers"] if name in map(str.lower, forged)]
        read = _read(_ended(gateway))
    said = [(line.operation, line.problem) for line in read]
    assert said == [(None, None), ("get_organizations", None), ("get_refused", "overpayment")]


def test_who_shows_no_good_token_is_nobody(tmp_path: Path, upstreams: dict[str, Upstream]) -> None:
    with Edge(tmp_path, {"registry": upstreams["registry"].port}) as gateway:
        with gateway.client(token(sub="victim")[:-6] + "AAAAAA") as client:
            assert client.get(ORGANIZATIONS, headers={"x-vca-sub": "victim"}).status_code == 401
        (line,) = _read(_ended(gateway))
    assert (line.status, line.caller, line.path) == (401, None, ORGANIZATIONS)


def test_a_call_beyond_the_limit_is_its_callers(tmp_path: Path, upstreams: dict[str, Upstream]) -> None:
    with Edge(tmp_path, {"registry": upstreams["registry"].port}, limit_per_subject=1) as gateway:
        with gateway.client(token(sub="eager")) as client:
            assert [client.get(ORGANIZATIONS).status_code for _ in range(2)] == [200, 429]
        _, line = _read(_ended(gateway))
    assert (line.status, line.caller, line.flags) == (429, "eager", "RL")


@pytest.mark.faults
def test_no_line_is_lost_while_the_log_is_put_aside_again_and_again(
    tmp_path: Path, upstreams: dict[str, Upstream]
) -> None:
    sent: list[str] = []
    stopped = threading.Event()

    with Edge(tmp_path, {"registry": upstreams["registry"].port}) as gateway:
        assert gateway.process is not None
        pid = gateway.process.pid

        def call() -> None:
            with gateway.client(token(sub="caller")) as client:
                while not stopped.is_set():
                    request_id = new_id()
                    assert client.get(ORGANIZATIONS, headers={"X-Request-Id": request_id}).status_code == 200
                    sent.append(request_id)

        rotation = Rotation(1, 200)
        rotation.keep(gateway.config.access_log, lambda: os.kill(pid, signal.SIGUSR1))
        callers = [threading.Thread(target=call) for _ in range(4)]
        for caller in callers:
            caller.start()
        for already in range(100, 2_000, 200):
            until(lambda: len(sent) >= already, 60)  # noqa: B023
            rotation.rotate(gateway.config.access_log)
        stopped.set()
        for caller in callers:
            caller.join()
        read = _read(_ended(gateway))
    assert sorted(line.request_id for line in read) == sorted(sent)
    assert len(files_of(gateway.config.access_log)) == 11
