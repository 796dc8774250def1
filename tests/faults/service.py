"""A service behind uvicorn, a process of its own that tests kill; killed, it is started again as the supervisor does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from tests.support.tokens import JWKS, PUBLIC_URL, token
from tests.support.waiting import PATIENCE_SECONDS
from vca.postgres import free_port

ROOT = Path(__file__).resolve().parent.parent.parent


class ForkServer:
    """Where the processes of one service come from (tests/faults/fork_server.py): importing it takes longer than the tests."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.fork_server", name],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def end(self) -> None:
        self._process.communicate(timeout=PATIENCE_SECONDS)


class Service:
    """A service on the database at `url`, with `settings` of its own besides."""

    def __init__(self, fork_server: ForkServer, url: str, home: Path, **settings: str) -> None:
        self._fork_server, self.name, self.port, self._pid = fork_server, fork_server.name, free_port(), 0
        (home / "jwks.json").write_text(json.dumps(JWKS))
        self._environment = {
            "VCA_DATABASE_URL": url,
            "VCA_JWKS_FILE": str(home / "jwks.json"),
            "VCA_PUBLIC_URL": PUBLIC_URL,
            "VCA_HOME": str(home),
            "VCA_LOG_LEVEL": "ERROR",
            **settings,
        }

    def start(self) -> None:
        """Start the process; it is not ready yet."""
        self._fork_server.tell(json.dumps({"environment": self._environment, "port": self.port}))
        self._pid = int(self._fork_server.hear())

    def kill(self) -> None:
        """Kill the process as the system does when memory is short."""
        os.kill(self._pid, signal.SIGKILL)
        assert self._fork_server.hear() == "ended"
        self._pid = 0

    @property
    def runs(self) -> bool:
        """Whether it was started and not killed since."""
        return self._pid != 0

    @property
    def pid(self) -> int:
        """The process."""
        return self._pid

    def tell(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        os.kill(self._pid, number)

    def ended(self) -> None:
        """Wait until the process has ended by itself."""
        assert self._fork_server.hear() == "ended"

    async def ready(self) -> None:
        """Wait until the service answers."""
        async with httpx.AsyncClient() as client:
            end = time.monotonic() + PATIENCE_SECONDS
            while time.monotonic() < end:
                with contextlib.suppress(httpx.HTTPError):
                    answer = await client.get(f"http://127.0.0.1:{self.port}/v1/{self.name}/health/ready")
                    if answer.status_code == 200:
                        return
                await asyncio.sleep(0.05)
        raise AssertionError("the service did not come up")

    def client(self, **claims: Any) -> httpx.AsyncClient:
        """Return a client that calls the service with a token of these claims."""
        bearer = {"Authorization": f"Bearer {token(**claims)}"}
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", headers=bearer, timeout=20)
