"""A part of the platform that hangs: callers are answered within five seconds, and it is started again after fifteen."""

from __future__ import annotations

import os
import signal
import time

import httpx
import pytest

from tests.platform.conftest import Platform
from tests.platform.test_platform import until
from tests.support.answers import assert_problem
from vca.liveness import HUNG_SECONDS

pytestmark = [pytest.mark.platform, pytest.mark.faults]

LOANS, ORGANIZATIONS = "/v1/funds/loans", "/v1/registry/organizations?limit=1"


def test_services_that_hang_are_answered_for_at_once_and_are_back_after_fifteen_seconds(platform: Platform) -> None:
    hung = {words: platform.pid_of(words) for words in ("services.funds.main", "services.gateway.main")}
    with platform.client(area="25-2025") as client:
        assert client.get(LOANS).status_code == 200
        began = time.monotonic()
        for pid in hung.values():
            os.kill(pid, signal.SIGSTOP)
        assert_problem(client.get(LOANS), 503, "upstream_unavailable", title="Dịch vụ tạm ngừng")
        assert time.monotonic() - began < 6
        asked = time.monotonic()
        for path in (LOANS, "/docs"):
            answer = client.get(path)
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) >= 1
        assert client.get(ORGANIZATIONS).status_code == 200
        assert time.monotonic() - asked < 2
        assert {platform.pid_of(words) for words in hung} == set(hung.values()), "not yet"
        until(lambda: client.get(LOANS).status_code == 200, 30)
        assert HUNG_SECONDS <= time.monotonic() - began < HUNG_SECONDS + 15
        until(lambda: client.get("/health").status_code == 200)
    for words, pid in hung.items():
        assert platform.pid_of(words) != pid


def test_a_gateway_and_a_database_that_hang_are_started_again(platform: Platform) -> None:
    hung = {words: platform.pid_of(words) for words in ("envoy", "bin/postgres")}
    with platform.client(area="25-2025") as client:
        for pid in hung.values():
            os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        with pytest.raises(httpx.TimeoutException):
            client.get("/robots.txt", timeout=1)
        until(lambda: client.get(ORGANIZATIONS, timeout=2).status_code == 200, 40)
        assert time.monotonic() - began >= HUNG_SECONDS
        until(lambda: client.get("/health").status_code == 200)
    for words, pid in hung.items():
        assert platform.pid_of(words) != pid
