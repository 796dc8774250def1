"""A service that hangs is put aside within five seconds: its callers are answered, and another copy takes the reads over."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from services.gateway.clusters import _health_check
from tests.gateway.edge import Edge, Upstream, listens
from tests.support.answers import assert_problem
from tests.support.tokens import token
from tests.support.waiting import until

pytestmark = pytest.mark.faults

PUT_ASIDE_SECONDS = 5.0
ANSWERED_SECONDS = 1.0


@dataclass
class Answer:
    """What a caller got, how long after the hang it asked and how long it waited."""

    asked: float
    waited: float
    reply: httpx.Response


@pytest.fixture
def copies() -> Iterator[list[Upstream]]:
    """Two copies of the registry and one of the funds and the portal."""
    started = [Upstream(name) for name in ("registry", "registry", "funds", "portal")]
    for upstream in started:
        upstream.start()
    until(lambda: all(listens(upstream.port) for upstream in started))
    yield started
    for upstream in started:
        upstream.kill()


@pytest.fixture
def edge(tmp_path: Path, copies: list[Upstream]) -> Iterator[Edge]:
    one, two, funds, portal = (upstream.port for upstream in copies)
    with Edge(tmp_path, {"registry": f"127.0.0.1:{one},127.0.0.1:{two}", "funds": funds, "portal": portal}) as gateway:
        until(lambda: gateway.counted("registry").get("membership_healthy") == 2)
        yield gateway


def _stop(upstream: Upstream) -> None:
    os.kill(upstream.pid, signal.SIGSTOP)


async def _called(edge: Edge, path: str, seconds: float, method: str = "GET") -> list[Answer]:
    """Call five times a second for so long; return what came, in the order in which it was asked for."""
    began = time.monotonic()
    bearer = {"Authorization": f"Bearer {token('registry.read funds.read', area='25-2025')}"}
    async with httpx.AsyncClient(base_url=edge.url, headers=bearer, timeout=20) as client:

        async def call() -> Answer:
            asked = time.monotonic()
            reply = await client.request(method, path)
            return Answer(asked - began, time.monotonic() - asked, reply)

        calls = []
        while time.monotonic() - began < seconds:
            calls.append(asyncio.create_task(call()))
            await asyncio.sleep(0.2)
        return await asyncio.gather(*calls)


def test_of_two_copies_one_hangs_and_no_read_fails(edge: Edge, copies: list[Upstream]) -> None:
    _stop(copies[0])
    answers = asyncio.run(_called(edge, "/v1/registry/organizations", 7))
    assert {answer.reply.status_code for answer in answers} == {200}
    assert max(answer.waited for answer in answers) < PUT_ASIDE_SECONDS + 1
    late = [answer for answer in answers if answer.asked > PUT_ASIDE_SECONDS]
    assert max(answer.waited for answer in late) < ANSWERED_SECONDS
    assert edge.counted("registry")["membership_healthy"] == 1


@pytest.mark.parametrize(("copy", "path"), [(2, "/v1/funds/loans"), (3, "/docs")], ids=["service", "portal"])
def test_the_only_copy_hangs_and_its_readers_are_told_to_come_again(
    edge: Edge, copies: list[Upstream], copy: int, path: str
) -> None:
    _stop(copies[copy])
    answers = asyncio.run(_called(edge, path, 6))
    for answer in answers:
        assert_problem(answer.reply, 503, "upstream_unavailable", title="Dịch vụ tạm ngừng")
        assert int(answer.reply.headers["retry-after"]) >= 1
        assert answer.waited < PUT_ASIDE_SECONDS + 1
    assert max(answer.waited for answer in answers if answer.asked > PUT_ASIDE_SECONDS) < ANSWERED_SECONDS
    with edge.client(token("registry.read funds.read", area="25-2025")) as client:
        assert client.get("/v1/registry/organizations").status_code == 200, "the others serve on"
        os.kill(copies[copy].pid, signal.SIGCONT)
        until(lambda: client.get(path).status_code == 200)


def test_a_pause_that_two_looks_in_a_row_meet_puts_nobody_aside(edge: Edge, copies: list[Upstream]) -> None:
    before = edge.counted("funds")["health_check.failure"]
    _stop(copies[2])
    until(lambda: edge.counted("funds")["health_check.failure"] == before + 2)
    os.kill(copies[2].pid, signal.SIGCONT)
    answers = asyncio.run(_called(edge, "/v1/funds/loans", 3))
    assert {answer.reply.status_code for answer in answers} == {200}


def test_three_looks_in_a_row_that_fail_take_longer_than_three_seconds() -> None:
    look = _health_check("/v1/funds/health/ready")
    assert look["unhealthy_threshold"] == 3
    timeout, interval = (float(look[name].removesuffix("s")) for name in ("timeout", "unhealthy_interval"))
    assert 3 < 3 * timeout + 2 * interval < PUT_ASIDE_SECONDS
