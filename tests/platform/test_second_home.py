"""A second `vca up` on the same databases with a home of its own: refused before it changes anything."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.platform.conftest import ROOT, Platform
from vca.backups import run
from vca.postgres import EmbeddedPostgres, binaries, free_port
from vca.services import SERVICES

pytestmark = [pytest.mark.platform, pytest.mark.faults]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path, quick=True) as running:
        yield running


def run_at(home: Path, server: EmbeddedPostgres) -> Platform:
    platform = Platform(home, free_port())
    platform.environment["VCA_DATABASE_URL"] = server.url("postgres")
    return platform


def content(server: EmbeddedPostgres, folder: Path) -> dict[str, str]:
    """Return a hash of all that each database holds but what the passing of time writes: feeds followed, calls reported."""
    by_service = {}
    for service in SERVICES:
        dump = folder / f"{service.name}.sql"
        run(
            [
                str(binaries() / "pg_dump"),
                "--exclude-table-data=followed_feed",
                *(f"--exclude-table-data={table}" for table in ("request", "request_route", "request_source")),
                "--restrict-key=x",
                f"--file={dump}",
                server.url(service.database),
            ]
        )
        by_service[service.name] = hashlib.sha256(dump.read_bytes()).hexdigest()
    return by_service


def token_status(platform: Platform, secrets: dict[str, str]) -> int:
    body = {"grant_type": "client_credentials"}
    name, secret = next(iter(secrets.items()))
    return httpx.post(f"{platform.gateway}/v1/identity/token", data=body, auth=(name, secret)).status_code


def test_it_is_refused_in_one_sentence_and_the_first_goes_on_as_before(
    server: EmbeddedPostgres, tmp_path: Path
) -> None:
    first = run_at(tmp_path / "first", server)
    log = (tmp_path / "first.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "vca", "up"], cwd=ROOT, env=first.environment, stdout=log, stderr=log
    )
    try:
        end = time.monotonic() + 120
        while "docs" not in (tmp_path / "first.log").read_text():
            assert process.poll() is None, (tmp_path / "first.log").read_text()
            assert time.monotonic() < end, (tmp_path / "first.log").read_text()
            time.sleep(0.1)
        secrets = json.loads((first.home / "keys" / "service-clients.json").read_text())
        before = content(server, tmp_path)
        second = run_at(tmp_path / "second", server)
        done = second.vca("up")
        assert done.returncode == 2
        lines = done.stderr.strip().splitlines()
        assert [line.partition(" ")[0] for line in lines] == ["vca:", "vca:"]
        key = second.home / "keys" / "identity.key"
        assert lines[0].startswith(f"vca: Thiếu khóa {key}")
        assert lines[1].startswith(f"vca: The key {key} is missing")
        assert not (second.home / "keys").exists()
        assert content(server, tmp_path) == before
        assert token_status(first, secrets) == 200
    finally:
        process.terminate()
        process.wait(60)
        log.close()
    # Nor with another key put there.
    key.parent.mkdir()
    key.write_text("A" * 43)
    done = second.vca("up")
    assert (done.returncode, "is not the one that this database was used with" in done.stderr) == (2, True)
    # Of identity, and of each other service its links; funds and training have one more each, of what they seal.
    assert asyncio.run(_fingerprints(server)) == 7


async def _fingerprints(server: EmbeddedPostgres) -> int:
    from kernel.database.connections import connect

    total = 0
    for service in SERVICES:
        connection = await connect(server.url(service.database))
        total += await connection.fetchval("SELECT count(*) FROM key_fingerprint")
        await connection.close()
    return total
