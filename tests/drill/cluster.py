"""Two PostgreSQL under Patroni, from the binaries that come with the platform, with etcd as their arbiter."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import yaml

from kernel.database.connections import connect
from tests.drill import children
from vca.postgres import binaries, free_port

# The shortest lease that Patroni takes: a primary that is gone is replaced when it has run out. Its default is 30.
TTL_SECONDS, LOOP_SECONDS, RETRY_SECONDS = 20, 2, 5
_USER = "postgres"
# Who signs in as the services, and who owns their tables (docs/operating.md).
SERVICE, OWNER = "vca", "vca_owner"
_PARAMETERS = {
    "max_connections": 200,
    "shared_buffers": "64MB",
    "max_wal_size": "1GB",
    "wal_level": "replica",
    "hot_standby": "on",
    "archive_mode": "on",
    "jit": "off",
    "random_page_cost": 1.1,
}


class Node:
    """One PostgreSQL and the Patroni that keeps it."""

    def __init__(self, name: str, folder: Path, etcd: int, archive: Path, passwords: dict[str, str]) -> None:
        self.name, self.port, self.api = name, free_port(), free_port()
        self.folder = children.give(_made(folder / name))
        self.data = self.folder / "data"
        self._log = folder / f"patroni-{name}.log"
        self._settings = self.folder / "patroni.yml"
        socket = children.give(_made(folder / f"s{name}"))
        self.process: subprocess.Popen[bytes] | None = None
        self._settings.write_text(
            yaml.safe_dump(
                {
                    "scope": "drill",
                    "name": name,
                    "restapi": {"listen": f"127.0.0.1:{self.api}", "connect_address": f"127.0.0.1:{self.api}"},
                    "etcd3": {"host": f"127.0.0.1:{etcd}"},
                    "bootstrap": {
                        "dcs": {
                            "ttl": TTL_SECONDS,
                            "loop_wait": LOOP_SECONDS,
                            "retry_timeout": RETRY_SECONDS,
                            # A standby that lags further is never promoted by itself.
                            "maximum_lag_on_failover": 16 << 20,
                            "synchronous_mode": True,
                            "postgresql": {"use_pg_rewind": True, "use_slots": True, "parameters": _PARAMETERS},
                        },
                        "initdb": [
                            {"encoding": "UTF8"},
                            {"locale-provider": "builtin"},
                            {"builtin-locale": "C.UTF-8"},
                            {"lc-collate": "C"},
                            {"lc-ctype": "C"},
                            {"auth": "scram-sha-256"},
                        ],
                    },
                    "postgresql": {
                        "listen": f"127.0.0.1:{self.port}",
                        "connect_address": f"127.0.0.1:{self.port}",
                        "data_dir": str(self.data),
                        "bin_dir": str(binaries()),
                        "pgpass": str(self.folder / "pgpass"),
                        "authentication": {
                            "superuser": {"username": _USER, "password": passwords["superuser"]},
                            "replication": {"username": "replicator", "password": passwords["replication"]},
                        },
                        "pg_hba": [
                            "local all all scram-sha-256",
                            "host all all 127.0.0.1/32 scram-sha-256",
                            "host replication replicator 127.0.0.1/32 scram-sha-256",
                            f"host replication {_USER} 127.0.0.1/32 scram-sha-256",
                        ],
                        "parameters": {
                            "unix_socket_directories": str(socket),
                            "archive_command": f"cp %p {archive}/%f",
                            "restore_command": f"cp {archive}/%f %p",
                        },
                    },
                }
            )
        )

    def start(self) -> None:
        """Start Patroni, which starts PostgreSQL as what the cluster needs."""
        patroni = Path(os.environ["VCA_DRILL_PATRONI"])
        # Its user may not be the one whose home the interpreter is in: nothing is written there.
        environment = {"PYTHONDONTWRITEBYTECODE": "1", "HOME": str(self.folder)}
        self.process = children.spawn(
            [str(patroni), str(self._settings)],
            self._log,
            environment=environment,
            folder=self.folder,
            as_postgres=True,
        )

    def status(self) -> dict[str, Any]:
        """Return what Patroni says of itself; nothing where it does not answer."""
        with contextlib.suppress(httpx.HTTPError, ValueError):
            answer: dict[str, Any] = httpx.get(f"http://127.0.0.1:{self.api}/patroni", timeout=2).json()
            return answer
        return {}

    def pull_the_plug(self) -> float:
        """Kill Patroni and PostgreSQL at once, as a machine that loses its power; return the moment."""
        assert self.process is not None
        postmaster = int((self.data / "postmaster.pid").read_text().split("\n")[0])
        moment = time.monotonic()
        self.process.kill()
        self.process.wait(10)
        children.kill(postmaster, *children.children_of(postmaster))
        return moment

    def stop(self) -> None:
        """End Patroni, and PostgreSQL with it."""
        if self.process is not None:
            children.end(self.process, signal.SIGTERM, 30)


class Cluster:
    """The two of them, their arbiter, and the archive of what they wrote."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.archive = children.give(_made(folder / "archive"))
        self._etcd, self._etcd_peer = free_port(), free_port()
        self.passwords = {name: secrets.token_hex(12) for name in ("superuser", "replication", SERVICE, OWNER)}
        self.nodes = [Node(name, folder, self._etcd, self.archive, self.passwords) for name in ("a", "b")]
        self._arbiter: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start both, the first as primary, and wait until the second stands by synchronously."""
        client, peer = f"http://127.0.0.1:{self._etcd}", f"http://127.0.0.1:{self._etcd_peer}"
        options = {
            "name": "drill",
            "data-dir": str(self.folder / "etcd"),
            "listen-client-urls": client,
            "advertise-client-urls": client,
            "listen-peer-urls": peer,
            "initial-advertise-peer-urls": peer,
            "initial-cluster": f"drill={peer}",
            "log-level": "error",
        }
        etcd = shutil.which("etcd")
        assert etcd is not None, "the Makefile looks for it"
        self._arbiter = children.spawn(
            [etcd, *(f"--{name}={value}" for name, value in options.items())], self.folder / "etcd.log"
        )
        children.until(lambda: _answers(f"{client}/health"), "etcd answers")
        self.nodes[0].start()
        children.until(lambda: self.primary() is self.nodes[0], "the first node is the primary")
        self.nodes[1].start()
        self.wait_for_standby()
        asyncio.run(self._make_roles())

    async def _make_roles(self) -> None:
        connection = await connect(self.url())
        try:
            await connection.execute(f"CREATE ROLE {SERVICE} LOGIN PASSWORD '{self.passwords[SERVICE]}'")
            await connection.execute(f"CREATE ROLE {OWNER} LOGIN CREATEDB PASSWORD '{self.passwords[OWNER]}'")
            await connection.execute(f"GRANT {SERVICE} TO {OWNER}")
        finally:
            await connection.close()

    def primary(self) -> Node | None:
        """Return the node that takes writes now."""
        found = [node for node in self.nodes if node.status().get("role") in ("primary", "master")]
        return found[0] if len(found) == 1 else None

    def standby(self) -> Node:
        """Return the node that is not the primary."""
        return next(node for node in self.nodes if node is not self.primary())

    def wait_for_standby(self, *, synchronous: bool = True) -> float:
        """Wait until one node is the primary and the other streams from it; return the seconds."""

        def stands_by() -> bool:
            primary = self.primary()
            if primary is None:
                return False
            members = httpx.get(f"http://127.0.0.1:{primary.api}/cluster", timeout=3).json()["members"]
            wanted = "sync_standby" if synchronous else "replica"
            return any(each["role"] == wanted and each["state"] == "streaming" for each in members)

        return children.until(stands_by, "the standby streams")

    def set_synchronous(self, on: bool) -> None:
        """Have commits wait for the standby, or not."""
        primary = self.primary()
        assert primary is not None
        httpx.patch(f"http://127.0.0.1:{primary.api}/config", json={"synchronous_mode": on}).raise_for_status()

    def url(self, database: str = "postgres", node: Node | None = None, role: str = _USER) -> str:
        """Return the address of a database on whichever is the primary, or on one node."""
        hosts = ",".join(f"127.0.0.1:{each.port}" for each in (self.nodes if node is None else [node]))
        query = "?target_session_attrs=read-write" if node is None else ""
        password = self.passwords["superuser" if role == _USER else role]
        return f"postgresql://{role}:{password}@{hosts}/{database}{query}"

    def stop(self) -> None:
        """End all of it, the standby first."""
        primary = self.primary()
        for node in sorted(self.nodes, key=lambda node: node is primary):
            node.stop()
        if self._arbiter is not None:
            children.end(self._arbiter)


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True)
    return folder


def _answers(url: str) -> bool:
    try:
        return bool(json.loads(httpx.get(url, timeout=2).text)["health"] == "true")
    except (httpx.HTTPError, ValueError, KeyError):
        return False
