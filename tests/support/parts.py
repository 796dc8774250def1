"""Parts of the platform started one by one, by the commands that docs/deploying.md tells, on a server of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from vca.postgres import EmbeddedPostgres, free_port
from vca.services import SERVICES

ROOT = Path(__file__).resolve().parent.parent.parent
READY_SECONDS = 120
"""Only ends the waiting."""


def bare_environment() -> dict[str, str]:
    """Return what a process needs of ours, and no setting of the platform."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VCA_", "AWS_"))}
    return {**kept, "PYTHONPATH": str(ROOT)}


def vca(
    words: Sequence[str], settings: Mapping[str, str], folder: Path, *, timeout: float = 180
) -> subprocess.CompletedProcess[str]:
    """Run a command of `vca` in `folder` with `settings` alone, and return what came of it."""
    return subprocess.run(
        [sys.executable, "-m", "vca", *words],
        cwd=folder,
        env={**bare_environment(), **settings},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


class Part:
    """A process of one part. `ready`: the path that answers 200 once it serves. `who`: another user, as Popen takes it.

    `within`: the command that starts it as its only child, if one does (tests/support/read_only.py).
    """

    def __init__(
        self,
        name: str,
        words: Sequence[str],
        port: int,
        settings: Mapping[str, str],
        folder: Path,
        ready: str,
        within: Sequence[str] = (),
        **who: Any,
    ) -> None:
        self.name, self.port, self._ready, self._who, self._within = name, port, ready, who, [*within]
        self.words, self.settings = list(words), dict(settings)
        self.folder = folder
        self.log = folder / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def start(self) -> Part:
        """Start the process; it is not ready yet."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self._within, sys.executable, "-m", "vca", *self.words],
                cwd=self.folder,
                env={**bare_environment(), **self.settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **self._who,
            )
        return self

    @property
    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}{self._ready}", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def wait(self) -> Part:
        """Wait until it is ready."""
        end = time.monotonic() + READY_SECONDS
        while not self.is_ready:
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.1)
        return self

    @property
    def pid(self) -> int:
        """The process of the part itself."""
        assert self.process is not None
        return self.children()[0] if self._within else self.process.pid

    def tell(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the process as the system does when memory is short."""
        assert self.process is not None
        self.tell(signal.SIGKILL)
        self.process.wait(10)

    def tell_to_stop(self) -> None:
        """Tell the process to stop, if it runs."""
        assert self.process is not None
        if self.process.poll() is None:
            self.tell(signal.SIGTERM)

    def stop(self) -> int:
        """Tell the process to stop, and return its exit code."""
        assert self.process is not None
        self.tell_to_stop()
        return self.process.wait(60)

    def children(self) -> list[int]:
        """Return the processes that this one started."""
        assert self.process is not None
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]


class Deployment:
    """A server of databases, one set of secrets, and the settings of each part."""

    def __init__(self, folder: Path, server: EmbeddedPostgres, files_url: str, **more: str) -> None:
        self.folder = folder
        self.ports = {name: [free_port()] for name in (*(service.name for service in SERVICES), "portal")}
        self.gateway_port = free_port()
        self.public_url = f"http://127.0.0.1:{self.gateway_port}"
        self.server, self._files_url, self._more = server, files_url, more
        lines = vca(["keys", "new"], {}, folder).stdout.split()
        self.secrets = dict(line.split("=", 1) for line in lines)
        self.parts: list[Part] = []

    def settings(self, part: str) -> dict[str, str]:
        """Return what `part` is told: its own secrets and nobody else's."""
        common = {"VCA_PUBLIC_URL": self.public_url, "VCA_DRAIN_SECONDS": "1", **self._more}
        if part in ("portal", "gateway"):
            return {**common, "VCA_UPSTREAMS": " ".join(self.upstreams)}
        own = f"_{part.upper()}"
        secrets = {name: value for name, value in self.secrets.items() if f"{name}_".find(f"{own}_") > 0}
        return {
            **common,
            **secrets,
            "VCA_DATABASE_URL": self.server.url(f"vca_{part}"),
            "VCA_FILES_URL": self._files_url,
            **{f"VCA_{name.upper()}_URL": f"http://127.0.0.1:{ports[0]}" for name, ports in self.ports.items()},
        }

    @property
    def upstreams(self) -> list[str]:
        """Where each part is, as the gateway is told."""
        return [f"{name}={','.join(f'127.0.0.1:{port}' for port in ports)}" for name, ports in self.ports.items()]

    def migrate(self) -> None:
        """Bring all databases to their newest step, and have identity know the services."""
        settings = {"VCA_DATABASE_URL": self.server.url("postgres"), **self.secrets}
        done = vca(["migrate"], settings, self.folder)
        assert done.returncode == 0, done.stderr

    def serve(self, name: str, *words: str, copy: int = 0, **more: str) -> Part:
        """Start a copy of a part, in a folder of its own; it is not ready yet."""
        while len(self.ports[name]) <= copy:
            self.ports[name].append(free_port())
        port = self.ports[name][copy]
        ready = "/robots.txt" if name == "portal" else f"/v1/{name}/health/ready"
        folder = self.folder / f"{name}-{copy}"
        part = Part(
            name, ["serve", name, "--port", str(port), *words], port, {**self.settings(name), **more}, folder, ready
        )
        self.parts.append(part.start())
        return part

    def gateway(
        self, *, copy: int = 0, port: int | None = None, upstreams: Sequence[str] | None = None, **more: str
    ) -> Part:
        """Start a gateway; it is not ready yet. `upstreams`: where parts are, if it is not to know all copies."""
        at = port or self.gateway_port
        folder = self.folder / f"gateway-{copy}"
        words = [
            "gateway",
            "--port",
            str(at),
            *(word for each in upstreams or self.upstreams for word in ("--upstream", each)),
        ]
        settings = {**self.settings("gateway"), "VCA_UPSTREAMS": " ".join(upstreams or self.upstreams), **more}
        part = Part("gateway", words, at, settings, folder, "/robots.txt")
        self.parts.append(part.start())
        return part

    def end(self) -> None:
        """End every part that still runs."""
        for part in reversed(self.parts):
            if part.process is not None and part.process.poll() is None:
                part.process.terminate()
        for part in self.parts:
            if part.process is not None:
                try:
                    part.process.wait(40)
                except subprocess.TimeoutExpired:
                    part.process.kill()
