"""What hangs is killed and started again; what is busy, or starts, is left alone; and who looks never waits."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from kernel.database.connections import connect
from tests.support.waiting import PATIENCE_SECONDS, until
from vca import liveness
from vca.liveness import http_question
from vca.postgres import EmbeddedPostgres, free_port
from vca.supervisor import Child, Supervisor, answers

pytestmark = pytest.mark.faults

HUNG, BUSY = 1.5, 4.0
SERVER = """
import http.server, sys, time
class Answering(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        seconds = float(self.path[1:] or 0)
        end = time.monotonic() + abs(seconds)
        while time.monotonic() < end:
            if seconds < 0:
                time.sleep(0.1)
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answering).serve_forever()
"""
"""Asked for `/3` it works for three seconds, for `/-3` it only waits; to nobody else it answers meanwhile."""


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liveness, "HUNG_SECONDS", HUNG)
    monkeypatch.setattr(liveness, "BUSY_SECONDS", BUSY)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    running = Supervisor(tmp_path, said.append)
    yield running
    running.stop()


@pytest.fixture
def child(supervisor: Supervisor, tmp_path: Path) -> Child:
    program, port = tmp_path / "server.py", free_port()
    program.write_text(SERVER)
    asked = http_question(("127.0.0.1", port), "/")
    started = Child("server", [sys.executable, str(program), str(port)], port, "/", asked=asked)
    supervisor.start(started)
    supervisor.wait()
    return started


def _pid(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


def _look(supervisor: Supervisor, seconds: float, over: Callable[[], bool] = lambda: False) -> float:
    """Look as `vca up` does until it is over; return how long the longest look took."""
    longest, end = 0.0, time.monotonic() + seconds
    while time.monotonic() < end and not over():
        began = time.monotonic()
        supervisor.look()
        longest = max(longest, time.monotonic() - began)
        time.sleep(0.05)
    return longest


def test_a_process_that_hangs_is_killed_and_answers_again_and_looking_took_no_time(
    supervisor: Supervisor, child: Child, said: list[str]
) -> None:
    pid = _pid(child)
    _look(supervisor, 1)
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    longest = _look(supervisor, PATIENCE_SECONDS, lambda: _pid(child) != pid)
    assert HUNG <= time.monotonic() - began < HUNG + 3
    assert _pid(child) != pid
    assert longest < 0.5
    assert any("has not answered" in line for line in said)
    until(lambda: answers(child.port, "/"))


def test_a_process_that_works_is_not_killed_before_it_has_had_long(supervisor: Supervisor, child: Child) -> None:
    pid = _pid(child)
    busy = _asking(child.port, f"/{HUNG + 1.5}")
    _look(supervisor, HUNG + 2.5)
    assert _pid(child) == pid
    until(lambda: answers(child.port, "/"))
    busy.close()
    endless = _asking(child.port, "/60")
    _look(supervisor, PATIENCE_SECONDS, lambda: _pid(child) != pid)
    assert _pid(child) != pid
    endless.close()


def test_a_process_that_waits_for_something_that_does_not_come_hangs(supervisor: Supervisor, child: Child) -> None:
    pid = _pid(child)
    waiting = _asking(child.port, "/-60")
    _look(supervisor, PATIENCE_SECONDS, lambda: _pid(child) != pid)
    assert _pid(child) != pid
    waiting.close()


def test_a_process_that_starts_slowly_is_left_alone(supervisor: Supervisor, said: list[str]) -> None:
    port = free_port()
    started = Child("late", ["sleep", "60"], port, "/", asked=http_question(("127.0.0.1", port), "/"))
    supervisor.start(started)
    pid = _pid(started)
    _look(supervisor, HUNG + 1.5)
    assert (_pid(started), said) == (pid, [])


def test_a_database_that_hangs_with_all_its_processes_is_started_again(tmp_path: Path, said: list[str]) -> None:
    with EmbeddedPostgres(tmp_path, buffers="16MB", quick=True) as server:
        assert server.process is not None
        pid = server.process.pid
        for each in (*liveness.children_of(pid), pid):
            os.kill(each, signal.SIGSTOP)
        longest, end = 0.0, time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end and server.process.pid == pid:
            began = time.monotonic()
            server.look(said.append)
            longest = max(longest, time.monotonic() - began)
            time.sleep(0.05)
        assert longest < 0.5
        until(lambda: _takes_connections(server))
        server.look(said.append)
    assert [line for line in said if "not answered" in line]


def _takes_connections(server: EmbeddedPostgres) -> bool:
    async def ask() -> bool:
        connection = await connect(server.url("postgres"))
        one: bool = await connection.fetchval("SELECT 1") == 1
        await connection.close()
        return one

    try:
        return asyncio.run(ask())
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False


def _asking(port: int, path: str) -> socket.socket:
    asking = socket.create_connection(("127.0.0.1", port))
    asking.sendall(f"GET {path} HTTP/1.1\r\n\r\n".encode())
    return asking
