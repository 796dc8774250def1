"""Where the page of metrics is read: a small server in a thread of its own, which answers also while the service is busy.

Alone, a process listens on VCA_METRICS_PORT. Where several processes make one target (`vca up`, several workers), each
listens on a socket in the folder VCA_METRICS_DIR and whoever runs them gathers (kernel/runtime/metrics_gathering.py). A
socket is called `<service>.<worker>`: the first number that no other living process of the service holds, so that numbers
stay few however often processes come and go.
"""

from __future__ import annotations

import contextlib
import fcntl
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any

from kernel.runtime.logging import get_logger
from kernel.runtime.metrics import Metrics

log = get_logger()
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
READY_PATH = "/-/ready"
_MOST_WORKERS = 256

Page = Callable[[], bytes]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    page: Page


class _Server6(_Server):
    address_family = socket.AF_INET6


class _SocketServer(_Server):
    address_family = socket.AF_UNIX

    def server_bind(self) -> None:
        # HTTPServer's own looks up a name of the address, and a path has none.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", 0


class _Reader(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == READY_PATH:
            self._answer(200, b"ok\n")
        elif path == "/metrics":
            self._answer(200, self.server.page())
        else:
            self._answer(404, b"GET /metrics\n")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: it is read every few seconds."""


@contextlib.contextmanager
def _running(server: _Server, page: Page) -> Iterator[None]:
    server.page = page
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def at_port(page: Page, host: str, port: int) -> contextlib.AbstractContextManager[None]:
    """Let `page` be read at `host`:`port`. Raises OSError."""
    return _running((_Server6 if ":" in host else _Server)((host, port), _Reader), page)


@contextlib.contextmanager
def in_folder(metrics: Metrics, folder: Path) -> Iterator[None]:
    """Let the page be read at a socket in `folder`. Raises OSError."""
    service = metrics.labels["service"]
    with _worker_number(folder, service) as number:
        path = folder / f"{service}.{number}.sock"
        path.unlink(missing_ok=True)
        metrics.labels["worker"] = str(number)
        address: Any = str(path)
        with _running(_SocketServer(address, _Reader), metrics.page):
            yield
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def served(metrics: Metrics, folder: Path | None, host: str, port: int) -> Iterator[None]:
    """Let the page be read in `folder`, or else at `host`:`port`. Where neither can be had, the service serves without."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(in_folder(metrics, folder) if folder else at_port(metrics.page, host, port))
        except OSError as error:
            log.error("metrics.not_served", error=str(error), folder=str(folder or ""), host=host, port=port)
        yield


@contextlib.contextmanager
def _worker_number(folder: Path, service: str) -> Iterator[int]:
    for number in range(_MOST_WORKERS):
        lock = (folder / f"{service}.{number}.lock").open("w")
        if _held(lock):
            with lock:
                yield number
            return
        lock.close()
    raise OSError(f"{folder}: {_MOST_WORKERS} processes of {service} are there already")


def _held(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
