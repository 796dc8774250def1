"""The one page of metrics of a run: what its parts tell of themselves, Envoy's own, and what only the run knows."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from kernel.runtime.metrics import Sample, disk_of
from kernel.runtime.metrics_gathering import Gathering
from kernel.runtime.metrics_server import READY_PATH, at_port
from kernel.storage.last_backup import last_backup
from services.gateway.config import GatewayConfig
from services.gateway.envoy import METRICS_ADDRESS
from vca.errors import Refusal
from vca.liveness import http_question
from vca.postgres import free_port, short_folder
from vca.settings import Place
from vca.supervisor import Child

DEFAULT_PORT = 9464
LOOPBACK = "127.0.0.1"


def metrics_port() -> int | None:
    """Return the port of the page: VCA_METRICS_PORT (0: none), else 9464, or a free one where that is taken. Raises Refusal."""
    text = os.environ.get("VCA_METRICS_PORT") or ""
    if text and not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise Refusal(f"VCA_METRICS_PORT={text} không phải số cổng.", f"VCA_METRICS_PORT={text} is not a port number.")
    if text and int(text) == 0:
        return None
    port = int(text or DEFAULT_PORT)
    if _is_free(port):
        return port
    if text:
        raise Refusal(
            f"Cổng {port} (VCA_METRICS_PORT) không dùng được; hãy đặt cổng khác, hoặc 0 để không có số đo.",
            f"Port {port} (VCA_METRICS_PORT) cannot be used; set another, or 0 for no metrics.",
        )
    return free_port()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def metrics_folder(place: Place) -> Path:
    """Return the folder of the parts' sockets."""
    return short_folder(place.run / "metrics")


def empty_metrics_folder(place: Place) -> None:
    """Take away the sockets of a run before."""
    folder = metrics_folder(place)
    shutil.rmtree(folder)
    folder.mkdir(mode=0o700)


def told(folder: Path) -> dict[str, str]:
    """Return what a part is told of where its metrics are read."""
    return {"VCA_METRICS_DIR": str(folder), "VCA_METRICS_PORT": "0"}


def metrics_child(place: Place, config: GatewayConfig, port: int, parts: Sequence[str]) -> Child:
    """Return the child that gathers the metrics of `parts` and of Envoy, and lets them be read at `port`."""
    gathering = Gathering(metrics_folder(place), parts, _of_envoy(config))
    for source in (disk_of(place.home), functools.partial(_last_backup, place.home)):
        gathering.own.add(source)
    return _child(gathering, port)


def workers_child(part: str) -> tuple[list[Child], dict[str, str]]:
    """Return the child that gathers the metrics of several workers of a part, and what these are told.

    Neither without VCA_METRICS_PORT. Raises Refusal.
    """
    if not (port := own_port()):
        return [], {}
    folder = Path(tempfile.mkdtemp(prefix="vca-metrics-"))
    atexit.register(_remove, folder, os.getpid())
    return [_child(Gathering(folder, [part]), port)], told(folder)


def gateway_child(config: GatewayConfig) -> list[Child]:
    """Return the child that lets the metrics of an Envoy that runs by itself be read; none without VCA_METRICS_PORT.

    Raises Refusal.
    """
    return [_child(Gathering(config.run_dir, [], _of_envoy(config)), port)] if (port := own_port()) else []


def own_port() -> int | None:
    """Return the port of a part that runs by itself: none unless VCA_METRICS_PORT is set. Raises Refusal."""
    return metrics_port() if os.environ.get("VCA_METRICS_PORT") else None


def _of_envoy(config: GatewayConfig) -> dict[str, tuple[Path, str]]:
    assert config.admin_socket is not None, "Envoy is asked at its socket"
    return {"gateway": (config.admin_socket, METRICS_ADDRESS)}


def _child(gathering: Gathering, port: int) -> Child:
    run = functools.partial(_serve, gathering, port)
    asked = http_question((LOOPBACK, port), READY_PATH)
    return Child("metrics", run, port, READY_PATH, title=f"vca metrics --port {port}", asked=asked)


def _remove(folder: Path, owner: int) -> None:
    """Remove the folder where its maker ends; a copy of it that ends removes nothing."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def _serve(gathering: Gathering, port: int) -> None:
    """Until we are told to end; whoever drains the services tells us as well, and it is nothing to us."""
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    done = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: done.set())
    bind = os.environ.get("VCA_METRICS_BIND") or LOOPBACK
    with contextlib.ExitStack() as stack:
        if bind not in (LOOPBACK, "0.0.0.0", "::"):
            # Beside the address that was asked for: whoever started us looks here whether we are there.
            stack.enter_context(at_port(gathering.page, LOOPBACK, port))
        stack.enter_context(at_port(gathering.page, bind, port))
        while not done.wait(1.0):
            pass


def _last_backup(home: Path) -> Iterator[Sample]:
    """Yield when the last backup here ended well; nothing where none has."""
    if (backup := last_backup(home)) is not None:
        yield Sample("vca_last_backup_timestamp_seconds", backup.made_at.timestamp())
