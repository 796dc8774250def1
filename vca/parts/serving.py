"""`vca serve`: one service or the portal, in one process or in several that share its socket."""

from __future__ import annotations

import functools
import json
import os
import signal
import socket
import sys
import time
from types import FrameType

import uvicorn

from kernel.runtime.logging import take_over_process
from vca.errors import Refusal
from vca.liveness import http_question
from vca.metrics import workers_child
from vca.modes import keep_private
from vca.parts.settings import APPS, PORTS, check, drain_seconds
from vca.parts.upstreams import SETTING, read_upstreams
from vca.postgres import free_port
from vca.processes import DRAIN_SECONDS, SERVED, import_what_services_share
from vca.supervisor import Child, Supervisor

_BACKLOG = 2048


def say(text: str) -> None:
    """Say something to whoever runs the part."""
    print(f"vca: {text}", file=sys.stderr, flush=True)


class PatientServer(uvicorn.Server):
    """Told to stop, it goes on serving for `seconds`, ready no more, so that a gateway finds out before its socket closes."""

    def __init__(self, config: uvicorn.Config, seconds: int) -> None:
        super().__init__(config)
        self._seconds, self._ends_at = seconds, 0.0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop at the first SIGTERM; stop at once at any other signal, and at the second."""
        if sig == signal.SIGTERM and not self._ends_at:
            self._ends_at = time.monotonic() + self._seconds
        else:
            self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Say whether the time to close has come."""
        if self._ends_at and time.monotonic() >= self._ends_at:
            self.should_exit = True
        return await super().on_tick(counter)


def listen(host: str, port: int) -> socket.socket:
    """Return the socket that a part listens on. Raises Refusal."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.socket(family)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        raise Refusal(
            f"Không nghe được ở {host}:{port}: {error.strerror}.",
            f"{host}:{port} cannot be listened on: {error.strerror}.",
        ) from None
    listening.listen(_BACKLOG)
    listening.set_inheritable(True)
    return listening


def _run(part: str, sockets: list[socket.socket], seconds: int) -> None:
    take_over_process(part)
    # Who drains says so itself (kernel/web/draining.py); nobody else may die of being told.
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    server = PatientServer(uvicorn.Config(APPS[part], backlog=_BACKLOG, **SERVED), seconds)
    server.run(sockets=sockets)
    if not server.started:
        sys.exit(3)


def _work(part: str, shared: socket.socket, own_port: int, seconds: int) -> None:
    _run(part, [shared, listen("127.0.0.1", own_port)], seconds)


class _Workers:
    """Several processes that take calls from one socket. Each also listens on a port of its own, where it is looked after."""

    def __init__(self, part: str, shared: socket.socket, count: int, seconds: int) -> None:
        self._seconds = seconds
        self._told: list[int] = []
        self._supervisor = Supervisor(None, say)
        ready = "/robots.txt" if part == "portal" else f"/v1/{part}/health/ready"
        gatherer, told = workers_child(part)
        self._children = gatherer + [
            Child(
                f"{part}-{number}",
                functools.partial(_work, part, shared, port, seconds),
                port,
                ready,
                told,
                title=f"vca serve {part}, worker {number}",
                asked=http_question(
                    ("127.0.0.1", port), "/robots.txt" if part == "portal" else f"/v1/{part}/health/live"
                ),
            )
            for number, port in ((number, free_port()) for number in range(1, count + 1))
        ]

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGUSR1:
            self._supervisor.drain()
        else:
            self._told.append(number)

    def run(self) -> None:
        """Keep all of them running until SIGTERM or Ctrl-C, then let them finish. Raises Refusal."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
            signal.signal(number, self._on_signal)
        try:
            self._supervisor.start(*self._children)
            while not self._told:
                time.sleep(0.1)
                self._supervisor.look()
        finally:
            # Each goes on serving for a while, then finishes what it has begun. A second signal ends all at once.
            patience = self._seconds + DRAIN_SECONDS if self._told[:1] == [signal.SIGTERM] else DRAIN_SECONDS
            self._supervisor.stop(at_once=lambda: len(self._told) > 1, seconds=patience + 2)


def serve(part: str, *, host: str, port: int | None, workers: int) -> None:
    """Serve one part until it is told to stop. Raises Refusal."""
    keep_private()
    check(part)
    if part == "portal":
        os.environ[SETTING] = json.dumps(read_upstreams(()))
    seconds = drain_seconds()
    listening = listen(host, PORTS[part] if port is None else port)
    say(f"{part} · {host}:{listening.getsockname()[1]}" + (f" · {workers} workers" if workers > 1 else ""))
    if workers == 1:
        _run(part, [listening], seconds)
    else:
        import_what_services_share()
        _Workers(part, listening, workers, seconds).run()
