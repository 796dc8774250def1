"""The follower of docs/following.md, run as it stands: killed, started again and started over, it loses nothing."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.docs.guide import blocks
from tests.platform.conftest import Platform
from tests.platform.test_following import register
from tests.platform.test_platform import until

pytestmark = pytest.mark.platform


class Follower:
    """The page's program in a folder of its own, and the copy that it keeps there."""

    def __init__(self, platform: Platform, folder: Path) -> None:
        (program,) = (block for block in blocks("following.md") if block.words[0] == "python")
        self.folder, self.file = folder, folder / program.words[-1]
        self.file.write_text(program.text, encoding="utf-8")
        system = next(each for each in platform.credentials["clients"] if each["client_id"] == "all-scopes-vn")
        secrets = {"CLIENT_ID": system["client_id"], "CLIENT_SECRET": system["client_secret"]}
        self.environment = {**os.environ, "API": platform.gateway, **secrets}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it as a person would."""
        log = (self.folder / "follow.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, self.file], cwd=self.folder, env=self.environment, stdout=log, stderr=log
        )

    def kill(self) -> None:
        """End it at any moment, as a power cut would."""
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "follow.log").read_text()
        self.process.kill()
        self.process.wait()

    def query(self, sql: str) -> list[tuple[str, int]]:
        """Read its copy."""
        with sqlite3.connect(self.folder / "copy.db") as copy:
            return copy.execute(sql).fetchall()

    def is_equal(self, client: httpx.Client, type_: str) -> bool:
        """Say whether count and sum over its records are those of the service."""
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "follow.log").read_text()
        try:
            held = self.query(f"SELECT id, version FROM record WHERE type = '{type_}' AND body IS NOT NULL")
        except sqlite3.OperationalError:  # It has only just begun.
            return False
        told = client.get("/v1/registry/changes/checksum", params={"type": type_}).json()["items"][0]
        sums = [int(hashlib.md5(f"{id_}:{version}".encode()).hexdigest()[:15], 16) for id_, version in held]
        return (told["count"], told["checksum"]) == (len(held), str(sum(sums)))


@pytest.fixture
def follower(platform: Platform, tmp_path: Path) -> Iterator[Follower]:
    running = Follower(platform, tmp_path)
    running.start()
    yield running
    if running.process is not None and running.process.poll() is None:
        running.process.kill()
        running.process.wait()


def test_the_program_of_the_page_loses_nothing_when_it_is_killed_and_when_the_feed_begins_a_new_life(
    platform: Platform, follower: Follower
) -> None:
    with platform.client() as client:
        types = [each["type"] for each in client.get("/v1/registry/changes/types").json()["items"]]

        def same() -> bool:
            return all(follower.is_equal(client, each) for each in types)

        until(same, 60)
        mistaken = register(client)
        until(same, 40)
        follower.kill()
        register(client)
        gone = client.delete(
            f"/v1/registry/organizations/{mistaken}", params={"reason": "Nhập nhầm"}, headers={"If-Match": '"1"'}
        )
        assert gone.status_code == 204, gone.text
        follower.start()
        until(same, 40)
        assert follower.query(f"SELECT id, version FROM record WHERE id = '{mistaken}' AND body IS NULL")
        renewed = platform.vca("feeds", "renew", "registry")
        assert renewed.returncode == 0, renewed.stderr
        register(client)
        until(same, 60)


def test_the_program_of_the_page_is_sixty_lines_at_most() -> None:
    (program,) = (block for block in blocks("following.md") if block.words[0] == "python")
    assert sum(bool(line.strip()) for line in program.text.splitlines()) <= 60
