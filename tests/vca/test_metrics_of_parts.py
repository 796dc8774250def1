"""Parts that run by themselves: several workers are one page, and so is an Envoy; off unless a port is set."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from tests.support.metrics import Scrape
from tests.support.tokens import JWKS
from vca.postgres import free_port

ROOT = Path(__file__).resolve().parent.parent.parent


@contextmanager
def running(*words: str, home: Path, **settings: str) -> Iterator[Path]:
    """Run a part; yield the file of what it says."""
    log = home / "part.log"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "VCA_HOME": str(home), "VCA_DRAIN_SECONDS": "0", **settings}
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "vca", *words], cwd=ROOT, env=environment, stdout=file, stderr=file
        )
    try:
        yield log
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def read(port: int, log: Path, *, until: str) -> Scrape:
    """Return the page once it has what is waited for."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            page = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
        except httpx.HTTPError:
            page = ""
        if until in page:
            return Scrape(page)
        time.sleep(0.2)
    raise AssertionError(f"no {until}: {log.read_text()[-2000:]}")


@pytest.fixture
def identity() -> Iterator[str]:
    """Something that answers with public keys."""

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(JWKS).encode())

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Keys)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_workers_of_a_part_are_one_page_with_a_number_each(tmp_path: Path) -> None:
    port, metrics = free_port(), free_port()
    settings = {
        "VCA_PUBLIC_URL": "https://vca.test",
        "VCA_UPSTREAMS": "identity=127.0.0.1:1",
        "VCA_METRICS_PORT": str(metrics),
    }
    with running("serve", "portal", "--port", str(port), "--workers", "2", home=tmp_path, **settings) as log:
        scraped = read(metrics, log, until='worker="1"')
        assert {labels.get("worker") for labels in scraped.labels("vca_build_info")} == {None, "0", "1"}
        assert scraped.one("vca_part_up", service="portal") == 1


def test_one_process_of_a_part_answers_by_itself(tmp_path: Path) -> None:
    port, metrics = free_port(), free_port()
    settings = {"VCA_PUBLIC_URL": "https://vca.test", "VCA_UPSTREAMS": "identity=127.0.0.1:1"}
    settings["VCA_METRICS_PORT"] = str(metrics)
    with running("serve", "portal", "--port", str(port), home=tmp_path, **settings) as log:
        scraped = read(metrics, log, until="vca_build_info")
        assert scraped.one("vca_http_requests_in_flight", service="portal") == 0


def test_the_gateway_by_itself_tells_of_its_envoy(tmp_path: Path, identity: str) -> None:
    port, metrics = free_port(), free_port()
    words = ("gateway", "--port", str(port), "--upstream", f"identity={identity}", "--upstream", f"portal={identity}")
    settings = {"VCA_PUBLIC_URL": "http://127.0.0.1", "VCA_METRICS_PORT": str(metrics)}
    with running(*words, home=tmp_path, **settings) as log:
        scraped = read(metrics, log, until="envoy_server_live")
        assert scraped.one("vca_part_up", service="gateway") == 1
        assert scraped.one("envoy_cluster_membership_total", envoy_cluster_name="portal") == 1
