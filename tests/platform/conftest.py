"""The whole platform as real processes, in a home of its own."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.waiting import PATIENCE_SECONDS
from vca.postgres import free_port
from vca.settings import Place
from vca.tokens import token_of

ROOT = Path(__file__).resolve().parent.parent.parent


class Platform:
    """A running `vca up`, of the code below `root`."""

    def __init__(self, home: Path, port: int, root: Path = ROOT) -> None:
        self.home, self.port, self.root = home, port, root
        self.environment = {
            **os.environ,
            "VCA_HOME": str(home),
            "VCA_PORT": str(port),
            # Of two that start at once, both would find the usual one free.
            "VCA_METRICS_PORT": str(free_port()),
            "PYTHONPATH": str(root),
        }
        self.gateway = f"http://127.0.0.1:{port}"
        self.process: subprocess.Popen[str] | None = None

    def vca(self, *words: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a command of `vca` in this home."""
        return subprocess.run(
            [sys.executable, "-m", "vca", *words],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def token(self, name: str) -> str:
        """Return an access token of one of the demo's accounts or client systems."""
        return token_of(name, Place(self.home, self.port, self.gateway))

    @property
    def log(self) -> Path:
        """What the command has said since the log began."""
        return self.home.parent / "up.log"

    def start(self) -> None:
        """Start the platform and wait for its last word, the call to try."""
        log = self.log.open("a")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "vca", "up"], cwd=self.root, env=self.environment, stdout=log, stderr=log, text=True
        )
        end = time.monotonic() + 300  # Only ends the waiting: the demo takes minutes on a busy machine.
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()
            if "curl" in self.log.read_text():
                return
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def stop(self) -> None:
        """Press Ctrl-C and wait until all has ended."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)

    def forget_log(self) -> None:
        """Begin the log anew: what it says decides when a start is done."""
        self.log.write_text("")

    @property
    def credentials(self) -> dict[str, Any]:
        """The demo's accounts and client systems."""
        document: dict[str, Any] = json.loads((self.home / "demo-credentials.json").read_text())
        return document

    def client(self, *, scope: str | None = None, area: str = "VN") -> httpx.Client:
        """Return a client that calls as the demo's client system with `area` (and exactly `scope`)."""
        system = next(
            c for c in self.credentials["clients"] if c["area"] == area and (scope is None or c["scope"] == scope)
        )
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = httpx.post(
                f"{self.gateway}/v1/identity/token",
                data={"grant_type": "client_credentials"},
                auth=(system["client_id"], system["client_secret"]),
            )
            # A part that was killed a moment ago is answered for with 503 and Retry-After.
            if answer.status_code != 503 or time.monotonic() > end:
                break
            time.sleep(0.2)
        assert answer.status_code == 200, answer.text
        token = answer.json()["access_token"]
        return httpx.Client(base_url=self.gateway, headers={"Authorization": f"Bearer {token}"}, timeout=30)

    def database_url(self, service: str) -> str:
        """Return where a service's database is reached by who owns everything."""
        postgres = self.home / "postgres"
        password = (postgres / "password").read_text()
        port = (postgres / "data" / "postmaster.pid").read_text().splitlines()[3]
        return f"postgresql://postgres:{password}@127.0.0.1:{port}/vca_{service}"

    def pid_of(self, words: str) -> int:
        """Return the pid of this platform's process whose command holds `words`."""
        assert self.process is not None
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if words in command and int(parent) == self.process.pid:
                return int(folder.name)
        raise AssertionError(f"no process runs {words}")


@pytest.fixture(scope="session")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the platform was started from nothing and stopped: the first start loads the demo, which takes longest.

    Made by the first process of a run that asks for it; copy it.
    """
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "prepared"
    folder.mkdir(exist_ok=True)
    home, made = folder / "home", folder / "made"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            first = Platform(home, free_port())
            first.start()
            first.stop()
            made.touch()
    return home


def started_before(prepared_home: Path, folder: Path, root: Path = ROOT) -> Platform:
    """Return a platform, not running, that was started once and has the demo; its home is below `folder`."""
    # With owners and modes: PostgreSQL refuses a folder that is not its own.
    subprocess.run(["cp", "-a", prepared_home, folder / "home"], check=True)
    return Platform(folder / "home", free_port(), root)


@pytest.fixture(scope="session")
def platform(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The platform with its demo, shared by the tests of a session; each leaves it running."""
    running = started_before(prepared_home, tmp_path_factory.mktemp("platform"))
    running.start()
    yield running
    if running.process is not None and running.process.poll() is None:
        running.stop()
