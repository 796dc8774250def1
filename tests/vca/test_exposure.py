"""Beyond this machine without TLS only where somebody said so; and a health check that goes over TLS as well."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.edge import Edge, Upstream, listens
from tests.gateway.test_upstreams import _certificate
from tests.platform.conftest import ROOT
from tests.support.waiting import until
from vca.errors import Refusal
from vca.exposure import bound_to, check_exposure
from vca.postgres import free_port


@pytest.mark.parametrize(
    ("environment", "is_refused"),
    [
        ({}, False),
        ({"VCA_BIND": "127.0.0.2"}, False),
        ({"VCA_BIND": "::1"}, False),
        ({"VCA_BIND": "0.0.0.0"}, True),
        ({"VCA_BIND": "::"}, True),
        ({"VCA_BIND": "10.1.2.3"}, True),
        ({"VCA_BIND": "0.0.0.0", "VCA_ALLOW_PLAIN_HTTP": "0"}, True),
        ({"VCA_BIND": "0.0.0.0", "VCA_ALLOW_PLAIN_HTTP": "1"}, False),
        ({"VCA_BIND": "0.0.0.0", "VCA_TLS_CERT": "cert.pem"}, False),
    ],
)
def test_plain_http_beyond_this_machine_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], is_refused: bool
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if not is_refused:
        check_exposure(bound_to())
        return
    with pytest.raises(Refusal, match="VCA_ALLOW_PLAIN_HTTP=1") as refused:
        check_exposure(bound_to())
    assert "VCA_ALLOW_PLAIN_HTTP=1" in refused.value.vi


def _vca(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vca", *words],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_up_refuses_to_listen_everywhere_without_tls(tmp_path: Path) -> None:
    done = _vca("up", VCA_HOME=str(tmp_path), VCA_PORT=str(free_port()), VCA_BIND="0.0.0.0")
    assert done.returncode == 2
    assert "VCA_ALLOW_PLAIN_HTTP=1" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def portal() -> Iterator[Upstream]:
    started = Upstream("portal")
    started.start()
    until(lambda: listens(started.port))
    yield started
    started.kill()


@pytest.mark.parametrize("secured", [False, True], ids=["plain", "over TLS"])
def test_health_asks_the_gateway_of_this_machine_also_over_tls(tmp_path: Path, portal: Upstream, secured: bool) -> None:
    cert, key = _certificate(tmp_path)
    options: dict[str, Any] = {"tls_cert": cert, "tls_key": key} if secured else {}
    with Edge(tmp_path, {"portal": portal.port}, **options) as gateway:
        environment = {"VCA_PORT": str(gateway.config.port), **({"VCA_TLS_CERT": str(cert)} if secured else {})}
        done = _vca("health", **environment)
        assert (done.returncode, done.stdout) == (0, "ok\n"), done.stderr
        done = _vca("health", VCA_HEALTH_PATH="/v1/nothing", **environment)
        assert done.returncode == 1
        assert "/v1/nothing answers 404" in done.stderr
    done = _vca("health", **environment)
    assert done.returncode == 1
    assert "does not answer" in done.stderr
