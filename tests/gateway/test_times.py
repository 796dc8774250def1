"""How long a call may take: its headers, its body and its answer each have an end, and what takes its time is given it."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.gateway.edge import Edge
from tests.support.tokens import token
from tests.support.waiting import until

pytestmark = pytest.mark.faults

SLOWLY = 1.2
LIST = "/v1/registry/organizations/"
SLOW = f"slow?seconds={SLOWLY}"
READS = {f"GET {LIST}{SLOW}": 504, f"GET /v1/registry/files/{SLOW}": 504}
STREAMED = {f"GET /v1/registry/{below}/{SLOW}": 200 for below in ("exports", "jobs")}
POLLED, UPLOADED = {f"GET /v1/registry/changes?seconds={SLOWLY}": 200}, {"POST /v1/registry/files": 200}
WRITTEN = {f"POST {LIST}{SLOW}": 200}

HEADERS, READ, BODY, ANSWER = (
    ('"max_stream_duration": "10s"', '"max_stream_duration": "0.6s"'),
    ('"max_stream_duration": "30s"', '"max_stream_duration": "0.6s"'),
    ('"max_stream_duration": "150s"', '"max_stream_duration": "0.6s"'),
    ('"value": "30000"', '"value": "600"'),
)
"""The four ends: that of the headers, of a read, of a write with its body, and of a service's answer to it."""


@pytest.mark.parametrize(
    ("end", "slow", "statuses"),
    [
        (HEADERS, "headers", {f"GET {LIST}": 408, f"POST {LIST}": 408, "POST /v1/registry/files": 408}),
        (HEADERS, "answer", {f"GET {LIST}{SLOW}": 200, **WRITTEN, **STREAMED}),
        (HEADERS, "body", {f"POST {LIST}": 200, **UPLOADED}),
        (READ, "answer", {**READS, **STREAMED, **WRITTEN}),
        (READ, "body", {f"POST {LIST}": 200, **UPLOADED}),
        (BODY, "body", {f"POST {LIST}": 408, f"POST {LIST}keyed": 408, "POST /v1/identity/token": 408, **UPLOADED}),
        (BODY, "answer", {f"POST {LIST}{SLOW}": 504, f"GET {LIST}{SLOW}": 200, **STREAMED}),
        (ANSWER, "answer", {f"POST {LIST}{SLOW}": 504, f"PATCH {LIST}{SLOW}": 504, f"GET {LIST}{SLOW}": 200}),
        (ANSWER, "body", {f"POST {LIST}": 200, f"PUT {LIST}": 200, **UPLOADED}),
    ],
)
def test_each_end_is_that_of_what_it_is_for(
    tmp_path: Path, ports: dict[str, int], end: tuple[str, str], slow: str, statuses: dict[str, int]
) -> None:
    with Edge(tmp_path, ports) as gateway:
        rendered = (gateway.config.run_dir / "lds.json").read_text()
        hurried = rendered.replace(*end)
        assert hurried != rendered
        fresh = tmp_path / "hurried"
        fresh.write_text(hurried)
        fresh.replace(gateway.config.run_dir / "lds.json")
        until(lambda: gateway.statistic("listener_manager.listener_modified") == 1)
        found = {request: _status(gateway, request, slow) for request in statuses}
    assert found == statuses


def _status(gateway: Edge, request: str, slow: str) -> int:
    """Send a request whose headers, body or answer take 1.2 seconds; return the status of what comes."""
    key = "Idempotency-Key: k\r\n" if "keyed" in request else ""
    body = "" if request.startswith("GET") else "{ }"
    head = (
        f"{request} HTTP/1.1\r\nHost: vca.test\r\nAuthorization: Bearer {token(area='25-2025')}\r\n{key}"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    )
    headers = [head, "X-One: 1\r\n", "X-Two: 2\r\n", "\r\n"]
    parts = {"headers": [*headers[:-1], f"\r\n{body}"], "body": ["".join(headers), *body]}.get(
        slow, ["".join(headers) + body]
    )
    with socket.create_connection(("127.0.0.1", gateway.config.port), 10) as connection:
        # Who was refused meanwhile is not listened to any more.
        with suppress(ConnectionError):
            for number, part in enumerate(parts):
                time.sleep(SLOWLY / (len(parts) - 1) if number else 0)
                connection.sendall(part.encode())
        return int(connection.recv(65_536).split()[1])
