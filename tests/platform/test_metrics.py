"""The one page of metrics of a run: every part's, Envoy's own, and what only the run knows."""

from __future__ import annotations

import os
import re
import signal

import httpx
import pytest

from kernel.runtime.metrics import FAMILIES
from tests.platform.conftest import Platform
from tests.support.metrics import Scrape
from tests.support.waiting import until
from vca.postgres import free_port

pytestmark = pytest.mark.platform

PARTS = {"identity", "registry", "funds", "training", "reporting", "portal", "gateway"}
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/metrics")
_ENVOYS = {
    "envoy_http_downstream_rq_xx",
    "envoy_http_downstream_rq_time_bucket",
    "envoy_cluster_upstream_rq_retry",
    "envoy_cluster_membership_healthy",
    "envoy_server_uptime",
}
_AFTER_A_BACKUP = {"vca_last_backup_timestamp_seconds"}


def scrape(platform: Platform) -> Scrape:
    """Read the page at the address that the start named."""
    address = _ADDRESS.findall(platform.log.read_text())[-1]
    answer = httpx.get(address, timeout=30)
    assert answer.status_code == 200
    return Scrape(answer.text)


def up(scraped: Scrape) -> set[str]:
    return {dict(labels)["service"] for labels, value in scraped.all("vca_part_up").items() if value == 1}


def test_one_page_tells_of_every_part_and_of_envoy(platform: Platform) -> None:
    with platform.client() as client:
        assert client.get("/v1/registry/organizations", params={"limit": 1}).status_code == 200
    assert httpx.get(f"{platform.gateway}/docs").status_code == 200
    scraped = scrape(platform)

    def is_whole() -> bool:
        # Others share this platform and may have killed its server a moment ago: each service asks it again in ten seconds.
        nonlocal scraped
        scraped = scrape(platform)
        given = {re.sub("_(bucket|count|sum)$", "", name) for name in scraped.names}
        answers = scraped.all("vca_database_answers").values()
        return up(scraped) == PARTS and given >= FAMILIES.keys() - _AFTER_A_BACKUP and all(answers)

    until(is_whole)
    assert scraped.names >= _ENVOYS
    assert up(scraped) == PARTS
    answered = {"method": "GET", "status": "200"}
    registry = {"service": "registry", "route": "/v1/registry/organizations", **answered}
    portal = {"service": "portal", "route": "/docs", **answered}
    assert scraped.one("vca_http_requests_total", **registry) >= 1
    assert scraped.one("vca_http_requests_total", **portal) >= 1
    for service in PARTS - {"portal", "gateway"}:
        assert scraped.one("vca_database_answers", service=service) == 1
    assert scraped.one("vca_ledger_unbalanced_transactions", service="funds") == 0
    assert len(scraped.page) < 2_000_000, "a page this long is no selection"


def test_a_part_that_hangs_is_down_on_the_page_and_one_that_died_comes_back(platform: Platform) -> None:
    pid = platform.pid_of("services.training.main")
    until(lambda: up(scrape(platform)) == PARTS)
    os.kill(pid, signal.SIGSTOP)
    try:
        until(lambda: up(scrape(platform)) == PARTS - {"training"})
    finally:
        os.kill(pid, signal.SIGCONT)
    os.kill(platform.pid_of("services.training.main"), signal.SIGKILL)
    until(lambda: up(scrape(platform)) == PARTS)
    workers = {dict(labels)["worker"] for labels in scrape(platform).all("vca_build_info", service="training")}
    assert workers == {"0"}, "who takes a dead one's place takes its number"


def test_a_port_that_is_taken_or_none_is_refused_in_a_sentence(platform: Platform) -> None:
    taken = platform.port
    for text, words in (("ninety", "VCA_METRICS_PORT=ninety must be a whole number"), (str(taken), "VCA_METRICS_PORT")):
        environment = {**platform.environment, "VCA_METRICS_PORT": text, "VCA_PORT": str(free_port())}
        environment["VCA_HOME"] = str(platform.home.parent / "another")
        other = Platform(platform.home.parent / "another", free_port())
        other.environment = environment
        refused = other.vca("up")
        assert refused.returncode != 0
        assert words in refused.stdout + refused.stderr
        assert "Traceback" not in refused.stderr
