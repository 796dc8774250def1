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
from vca.postgres import free_port

ROOT = Path(__file__).resolve().parent.parent.parent


class Service:
    """The service `name` on the database at `url`."""

    def __init__(self, name: str, url: str, home: Path) -> None:
        self.name, self.port, self.process = name, free_port(), None
        (home / "jwks.json").write_text(json.dumps(JWKS))
        self.environment = {
            **os.environ, "VCA_DATABASE_URL": url, "VCA_JWKS_FILE": str(home / "jwks.json"),
            "VCA_PUBLIC_URL": PUBLIC_URL, "VCA_HOME": str(home), "PYTHONPATH": str(ROOT), "VCA_LOG_LEVEL": "ERROR",
        }  # fmt: skip

    def start(self) -> None:
        """Start the process; it is not ready yet."""
        words = ["--factory", f"services.{self.name}.main:create_app", "--host", "127.0.0.1", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", *words, "--no-access-log", "--log-level", "critical"],
            env=self.environment, cwd=ROOT,
        )  # fmt: skip

    def kill(self) -> None:
        """Kill the process as the system does when memory is short."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    async def ready(self) -> None:
        """Wait until the service answers."""
        async with httpx.AsyncClient() as client:
            end = time.monotonic() + 30
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
