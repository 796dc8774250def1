"""A real Envoy before real processes, on free ports."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import httpx

from services.gateway import envoy
from services.gateway.config import GatewayConfig
from tests.support.tokens import JWKS, PUBLIC_URL
from tests.support.waiting import until
from vca.postgres import free_port

ROOT = Path(__file__).resolve().parents[2]


def listens(port: int) -> bool:
    """Say whether something accepts connections on the loopback's `port`."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
        return True
    return False


class Upstream:
    """A process that stands in for one service."""

    def __init__(self, service: str) -> None:
        self.service, self.port = service, free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; `until(lambda: listens(port))` waits for it."""
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "uvicorn",
                "tests.gateway.upstream:app",
                "--host",
                "127.0.0.1",
                "--port",
                str(self.port),
                "--no-access-log",
                "--loop",
                "uvloop",
                "--http",
                "httptools",
                "--log-level",
                "error",
                "--timeout-keep-alive",
                "75",
            ],
            cwd=ROOT,
            env={**os.environ, "UPSTREAM": self.service},
        )

    @property
    def pid(self) -> int:
        """The pid of the process that was started."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def _has_ended(frames: bytes) -> bool:
    """Say whether stream 1 ended: a frame of headers or data with END_STREAM."""
    while len(frames) >= 9:
        length = int.from_bytes(frames[:3], "big")
        if frames[3] in (0, 1) and frames[4] & 1 and frames[5:9] == b"\0\0\0\x01" and len(frames) >= 9 + length:
            return True
        frames = frames[9 + length :]
    return False


class Edge:
    """An Envoy with the product's configuration. `calls(path, token=…)` makes requests through it."""

    def __init__(
        self, folder: Path, upstreams: Mapping[str, int | str], *, keys: dict[str, Any] = JWKS, **options: Any
    ) -> None:
        self.folder = folder
        self.jwks = folder / "jwks.json"
        self.jwks.write_text(json.dumps(keys))
        self.config = GatewayConfig(
            run_dir=folder / "envoy",
            port=free_port(),
            public_url=options.pop("public_url", PUBLIC_URL),
            upstreams=upstreams,
            jwks_file=self.jwks,
            admin_socket=folder / "admin",
            **options,
        )
        self.url = f"{'https' if self.config.tls_cert else 'http'}://127.0.0.1:{self.config.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        envoy.render(self.config)
        with (self.folder / "envoy.log").open("wb") as log:
            self.process = subprocess.Popen(envoy.command(self.config), stdout=log, stderr=log)
        until(lambda: listens(self.config.port))
        # It takes callers before it has looked at every service, and answers for those as if they were away.
        until(lambda: all(map(self._has_looked_at, self.config.upstreams)))
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def _has_looked_at(self, service: str) -> bool:
        counted, copies = self.counted(service), str(self.config.upstreams[service]).count(",") + 1
        return counted.get("health_check.success", 0) + counted.get("health_check.failure", 0) >= copies

    def use_keys(self, keys: dict[str, Any]) -> None:
        """Publish these keys, as a rotation does."""
        fresh = self.jwks.with_suffix(".fresh")
        fresh.write_text(json.dumps(keys))
        fresh.replace(self.jwks)
        envoy.render(self.config)

    def client(self, token: str | None = None, **headers: str) -> httpx.Client:
        """Return a client of this gateway that sends this token and these headers."""
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return httpx.Client(base_url=self.url, headers=headers, timeout=10)

    def over_http2(self, method: str, path: str) -> bytes:
        """Return the frames that answer a request by HTTP/2, up to the end of its stream; bodies stand in them as they are."""
        fields = {":method": method, ":scheme": "http", ":path": path, ":authority": "vca.test"}
        block = b"".join(
            b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
            for name, value in fields.items()
        )
        settings, headers = _frame(4, 0, 0, b""), _frame(1, 0x5, 1, block)  # END_STREAM and END_HEADERS
        received = b""
        with socket.create_connection(("127.0.0.1", self.config.port), 10) as connection:
            connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings + headers)
            while not _has_ended(received) and (part := connection.recv(65_536)):
                received += part
        return received

    def counted(self, service: str) -> dict[str, int]:
        """Return what Envoy has counted of the calls to a service, by the name of each counter."""
        prefix = f"cluster.{service}."
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(self.config.admin_socket))) as admin:
            lines = admin.get("http://envoy/stats", params={"filter": f"^{prefix}"}).text.splitlines()
        named = (line.removeprefix(prefix).partition(": ") for line in lines)
        return {name: int(value) for name, _, value in named if value.isdigit()}

    def statistic(self, name: str) -> int:
        """Return one number that Envoy keeps of itself."""
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(self.config.admin_socket))) as admin:
            return int(admin.get("http://envoy/stats", params={"filter": f"^{name}$"}).text.rpartition(": ")[2])

    def log(self) -> str:
        """Return what Envoy said."""
        return (self.folder / "envoy.log").read_text()


class Forgetful:
    """A server that reads a request, counts it, and drops the connection as often as it is told to.

    This is what a client sees of a service that dies between doing the work and answering.
    """

    def __init__(self, service: str) -> None:
        self.service, self.port = service, free_port()
        self.calls, self.drops = 0, 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def expect(self, drops: int) -> None:
        """Start to count anew; the next `drops` requests get no answer."""
        self.calls, self.drops = 0, drops

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                length = next(
                    (int(line.partition(":")[2]) for line in head.splitlines() if line.startswith("content-length:")), 0
                )
                await reader.readexactly(length)
                if "/health/ready" not in head:
                    self.calls += 1
                    if self.calls <= self.drops:
                        break
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
                await writer.drain()
        writer.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", self.port))
        self._loop.run_forever()

    def __enter__(self) -> Self:
        self._thread.start()
        until(lambda: listens(self.port))
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
