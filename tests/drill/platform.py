"""The platform of the drill: `vca up` on a database that is given, or on its own, and who calls it."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from services.identity.bootstrap import ensure_demo_accounts
from tests.drill import children
from vca.databases import on_database
from vca.postgres import free_port
from vca.settings import Place
from vca.tokens import token_of

ROOT = Path(__file__).resolve().parent.parent.parent
_FOLLOWER = re.compile(r"^```python run follow\.py\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Platform:
    """One home and what runs in it. `database_url`, `owner_url`: a server of one's own, else the platform's."""

    def __init__(self, home: Path, database_url: str | None = None, owner_url: str | None = None) -> None:
        self.home, self.port = home, free_port()
        self.gateway = f"http://127.0.0.1:{self.port}"
        self.environment = {"VCA_HOME": str(home), "VCA_PORT": str(self.port), "PYTHONPATH": str(ROOT)}
        for name, url in (("VCA_DATABASE_URL", database_url), ("VCA_MIGRATION_URL", owner_url)):
            if url is not None:
                self.environment[name] = url
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it and wait until everything answers; return the seconds."""
        log = self.home.parent / f"{self.home.name}.log"
        command = [sys.executable, "-m", "vca", "up", "--no-demo"]
        self._process = children.spawn(command, log, environment=self.environment, folder=ROOT)
        return children.until(self._is_up, f"the platform is up; see {log}", seconds=180)

    def _is_up(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"vca up ended: {(self.home.parent / f'{self.home.name}.log').read_text()[-2000:]}")
        return self.answers("/health")

    def answers(self, path: str) -> bool:
        """Say whether a path answers with 200."""
        try:
            return httpx.get(self.gateway + path, timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def vca(self, *words: str) -> str:
        """Run a command of `vca` in this home; return what it said. Raises RuntimeError."""
        return children.run([sys.executable, "-m", "vca", *words], environment=self.environment)

    def stop(self) -> None:
        """Press Ctrl-C and wait until all has ended."""
        if self._process is not None:
            children.end(self._process, signal.SIGINT, 60)

    def enter_people(self, database_url: str) -> None:
        """Have the accounts and client systems of the demo, without its records."""
        identity = on_database(database_url, "vca_identity")
        self._note(asyncio.run(ensure_demo_accounts(identity, self.home, self.gateway)))

    def know_people_of(self, other: Platform) -> None:
        """Take the accounts and client systems over that another home has, whose data are here now."""
        self._note(json.loads((other.home / "demo-credentials.json").read_text()))

    def _note(self, credentials: dict[str, Any]) -> None:
        place = Place(self.home, self.port, self.gateway)
        place.credentials.write_text(json.dumps({**credentials, "gateway": self.gateway}))

    def client(self, name: str) -> httpx.AsyncClient:
        """Return a client that calls as one of these."""
        token = token_of(name, Place(self.home, self.port, self.gateway))
        limits = httpx.Limits(max_connections=32)
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(base_url=self.gateway, headers=headers, timeout=30, limits=limits)

    def system(self, name: str) -> dict[str, str]:
        """Return client id and secret of a client system."""
        systems: list[dict[str, str]] = json.loads((self.home / "demo-credentials.json").read_text())["clients"]
        return next(each for each in systems if each["client_id"] == name)


class Follower:
    """The program of docs/following.md as it stands there, keeping a copy of the registry."""

    def __init__(self, platform: Platform, folder: Path) -> None:
        folder.mkdir()
        self._copy = folder / "copy.db"
        (text,) = _FOLLOWER.findall((ROOT / "docs" / "following.md").read_text(encoding="utf-8"))
        (folder / "follow.py").write_text(text, encoding="utf-8")
        system = platform.system("sync-vn")
        environment = {
            "API": platform.gateway,
            "CLIENT_ID": system["client_id"],
            "CLIENT_SECRET": system["client_secret"],
        }
        self._process = children.spawn(
            [sys.executable, "follow.py"], folder / "log", environment=environment, folder=folder
        )

    def sum_of(self, type_: str) -> tuple[int, str]:
        """Return count and checksum of a type of record, as docs/sync.md tells them."""
        import hashlib
        import sqlite3

        assert self._process.poll() is None, (self._copy.parent / "log").read_text()[-2000:]
        try:
            db = sqlite3.connect(f"file:{self._copy}?mode=ro", uri=True, timeout=5)
            rows = db.execute("SELECT id, version FROM record WHERE type = ? AND body IS NOT NULL", (type_,)).fetchall()
            db.close()
        except sqlite3.OperationalError:
            return 0, "no copy yet"
        sums = [hashlib.md5(f"{id_}:{version}".encode(), usedforsecurity=False).hexdigest() for id_, version in rows]
        return len(rows), str(sum(int(each[:15], 16) for each in sums))

    def stop(self) -> None:
        """End it."""
        children.end(self._process)


async def told_sum(client: httpx.AsyncClient, type_: str) -> tuple[int, str]:
    """Return count and checksum of a type of record, as the registry tells them."""
    answer = await client.get("/v1/registry/changes/checksum", params={"type": type_})
    item: dict[str, Any] = answer.raise_for_status().json()["items"][0]
    return item["count"], item["checksum"]
