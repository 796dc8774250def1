"""Alerts that really fire: Prometheus reads a running platform by the rules of deploy/, and parts of it are taken away.

Run by .ci/check-all, which installs Prometheus (Debian's): it takes minutes, and most machines have none.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from kernel.database.connections import connect
from tests.platform.conftest import Platform
from tests.support.watching import ALERTS, PROMETHEUS, metrics_of, queries
from vca.postgres import free_port

pytestmark = pytest.mark.platform


class Watcher:
    """A Prometheus that looks every three seconds."""

    def __init__(self, folder: Path, target: int) -> None:
        self.port = free_port()
        config = yaml.safe_load(PROMETHEUS.read_text(encoding="utf-8"))
        config["global"] |= {"scrape_interval": "3s", "scrape_timeout": "3s", "evaluation_interval": "1s"}
        config["rule_files"] = [str(ALERTS)]
        config["scrape_configs"][0]["static_configs"] = [{"targets": [f"127.0.0.1:{target}"]}]
        path = folder / "prometheus.yml"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        self.log = folder / "prometheus.log"
        self._process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={path}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{self.port}",
            ],
            stdout=self.log.open("wb"),
            stderr=subprocess.STDOUT,
        )

    def get(self, path: str) -> Any:
        """Return the data of an answer of its API; nothing while it starts."""
        with contextlib.suppress(httpx.HTTPError):
            answer = httpx.get(f"http://127.0.0.1:{self.port}/api/v1/{path}", timeout=10)
            if answer.is_success:
                return answer.json()["data"]
        return {}

    def firing(self, alert: str) -> list[dict[str, Any]]:
        """Return the alerts of this name that fire."""
        return [
            each
            for each in self.get("alerts").get("alerts", ())
            if each["labels"]["alertname"] == alert and each["state"] == "firing"
        ]

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(20)


def until(true: Callable[[], object], seconds: float, words: str) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, words
        time.sleep(0.5)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Platform, Watcher]]:
    """A platform of our own, watched."""
    folder = tmp_path_factory.mktemp("watched")
    platform, port = Platform(folder / "home", free_port()), free_port()
    platform.environment["VCA_METRICS_PORT"] = str(port)
    platform.start()
    watcher = Watcher(folder, port)
    try:
        yield platform, watcher
    finally:
        watcher.end()
        if platform.process is not None and platform.process.poll() is None:
            platform.stop()


def test_every_metric_of_rules_and_dashboards_is_really_read(watched: tuple[Platform, Watcher]) -> None:
    platform, watcher = watched
    done = platform.vca("backup", str(platform.home.parent / "backup.tar"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert httpx.get(f"{platform.gateway}/v1/registry/organizations").status_code == 401
    named = {name for query in queries() for name in metrics_of(query)}
    assert len(named) > 30
    missing: set[str] = set()

    def all_read() -> bool:
        nonlocal missing
        missing = named - set(watcher.get("label/__name__/values") or ())
        return not missing

    with contextlib.suppress(AssertionError):
        until(all_read, 90, "")
    assert not missing
    assert watcher.firing("VcaPartDown") == watcher.firing("VcaNotScraped") == []


def test_a_part_that_stays_away_is_told_of_with_its_page_and_no_longer_once_it_is_back(
    watched: tuple[Platform, Watcher],
) -> None:
    platform, watcher = watched
    over = threading.Event()

    def keep_down() -> None:
        while not over.wait(0.05):
            with contextlib.suppress(AssertionError, ProcessLookupError):
                os.kill(platform.pid_of("services.training.main"), signal.SIGKILL)

    killing = threading.Thread(target=keep_down)
    killing.start()
    try:
        until(lambda: watcher.firing("VcaPartDown"), 90, "it does not fire")
        until(lambda: watcher.firing("VcaServiceOutOfGateway"), 60, "the gateway does not tell of it")
        (alert,) = watcher.firing("VcaPartDown")
    finally:
        over.set()
        killing.join()
    assert alert["labels"]["service"] == "training"
    assert alert["annotations"]["summary"] == "training does not answer"
    link = alert["annotations"]["runbook_url"]
    # As prometheus.yml has it, where the gateway is at its usual port.
    assert link == "http://127.0.0.1:8000/guide/runbook#vcapartdown"
    page = httpx.get(f"{platform.gateway}/guide/runbook", headers={"Accept-Language": "vi"}, timeout=30).text
    assert 'id="vcapartdown"' in page
    until(lambda: not watcher.firing("VcaPartDown"), 120, "it goes on firing")


def test_a_ledger_that_was_changed_by_hand_is_told_of(watched: tuple[Platform, Watcher]) -> None:
    platform, watcher = watched
    asyncio.run(_change_an_entry(platform))
    until(lambda: watcher.firing("VcaLedgerUnbalanced"), 150, "it does not fire")


def test_a_platform_that_is_gone_is_told_of(watched: tuple[Platform, Watcher]) -> None:
    platform, watcher = watched
    platform.stop()
    until(lambda: watcher.firing("VcaNotScraped"), 120, "it does not fire")


async def _change_an_entry(platform: Platform) -> None:
    """As a hand at the database might: past every trigger."""
    connection = await connect(platform.database_url("funds"))
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("""
            UPDATE ledger_entry SET debit_vnd = debit_vnd + 1
             WHERE number = (SELECT min(number) FROM ledger_entry WHERE debit_vnd > 0)""")
    finally:
        await connection.close()
