"""What a process says is JSON lines, whoever says it; what cannot be written breaks nothing and is counted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi import FastAPI

from tests.registry.builders import ORGANIZATIONS, Make
from tests.support.answers import assert_problem
from tests.support.client import ApiClient

_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def _said(program: str) -> tuple[int, list[dict[str, Any]]]:
    """Run a program whose process is ours to log for; return how it ended and what it wrote, which must all be JSON."""
    begun = "from kernel.runtime.logging import get_logger, take_over_process\ntake_over_process('registry')\n"
    done = subprocess.run([sys.executable, "-c", begun + program], capture_output=True, check=False, timeout=60)
    return done.returncode, [orjson.loads(line) for line in done.stderr.splitlines()]


def test_every_line_says_when_how_grave_and_of_which_service() -> None:
    code, (line,) = _said("get_logger().warning('loan.disbursed', count=3, at=__import__('datetime').date(2026, 1, 2))")
    assert code == 0
    assert list(line)[:4] == ["timestamp", "level", "service", "event"]
    assert line["timestamp"].endswith("Z")
    assert {**line, "timestamp": ""} == {
        "timestamp": "",
        "level": "warning",
        "service": "registry",
        "event": "loan.disbursed",
        "count": 3,
        "at": "2026-01-02",
    }


def test_the_standard_library_and_uvicorn_say_it_in_json_too() -> None:
    code, lines = _said(
        """
import logging, threading, warnings
logging.getLogger("uvicorn.error").error("no %s", "socket")
logging.getLogger("asyncio").warning("bad %d", "x")
warnings.warn("old ways")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
get_logger().error("event", half="\\ud800")
try:
    [][1]
except IndexError:
    logging.exception("list")
raise SystemError("the end")
"""
    )
    assert code == 1
    assert [(line.get("logger"), line["event"]) for line in lines][:2] == [
        ("uvicorn.error", "no socket"),
        ("asyncio", "log.unreadable"),
    ]
    assert "old ways" in lines[2]["event"]
    assert (lines[3]["event"], lines[3]["error"]) == ("process.failed", "ZeroDivisionError")
    assert "IndexError" in lines[5]["exception"]
    assert (lines[6]["event"], lines[6]["error"]) == ("process.failed", "SystemError")
    assert "the end" in lines[6]["exception"]
    assert len(lines) == 7


def test_an_app_that_does_not_start_says_why_in_json() -> None:
    code, lines = _said("from vca.processes import _serve\n_serve('registry', 'nowhere:create_app', 1)")
    assert code != 0
    assert [(line["level"], line["service"]) for line in lines] == [("error", "registry")]
    assert "nowhere" in lines[0]["event"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_a_full_disk_breaks_nothing_and_what_was_lost_is_counted(tmp_path: Path) -> None:
    later = tmp_path / "log"
    code, lines = _said(
        f"""
import os
full = os.open("/dev/full", os.O_WRONLY)
os.dup2(full, 2)
for _ in range(3):
    get_logger().error("lost")
os.dup2(os.open({str(later)!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
get_logger().error("kept")
get_logger().error("kept")
os.close(2)
get_logger().error("nobody reads")
"""
    )
    assert (code, lines) == (0, [])
    kept = [orjson.loads(line) for line in later.read_bytes().splitlines()]
    assert [(line["event"], line.get("count")) for line in kept] == [("log.dropped", 3), ("kept", None), ("kept", None)]


async def test_what_goes_wrong_in_a_request_names_the_request_and_its_trace(
    registry: ApiClient,
    registry_app: FastAPI,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def fail(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("kernel.records.history", fail)
    # In this process others may have been made since.
    monkeypatch.setattr("kernel.runtime.logging._service", "registry")
    path = f"{ORGANIZATIONS}/{(await Make(registry).organization()).id}/history"
    headers = {"X-Request-Id": "r-15", "traceparent": f"00-{_TRACE}-00f067aa0ba902b7-01"}
    assert_problem(await registry.get(path, headers=headers), 500, "unexpected")
    (line,) = [orjson.loads(line) for line in capfd.readouterr().err.splitlines() if "request.failed" in line]
    assert (line["request_id"], line["trace_id"]) == ("r-15", _TRACE)
    assert (line["service"], line["path"], line["error"]) == ("registry", path, "ZeroDivisionError")
    assert "Traceback" in line["exception"]
