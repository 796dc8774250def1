"""PostgreSQL before 16 is refused by name: by the command, and by a service at its own start.

The server is ours behind a relay that puts 15 where it says its version, so that this is tried everywhere; and a real one of
Debian where there is one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from kernel.database.connections import connect
from tests.gateway.edge import listens
from tests.platform.conftest import ROOT
from tests.support.databases import Databases
from tests.support.tokens import PUBLIC_URL
from tests.support.waiting import until
from vca.postgres import free_port
from vca.privileges import before_exec, unprivileged

pytestmark = pytest.mark.faults

VERSION = b"server_version\0"


@contextlib.asynccontextmanager
async def _relay(url: str, major: bytes) -> AsyncIterator[str]:
    """Lend the address of a server that is the one at `url` in all but the number of its version."""
    target = urlsplit(url)

    async def copy(source: asyncio.StreamReader, to: asyncio.StreamWriter, *, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                if is_answer and VERSION in data:
                    head, _, rest = data.partition(VERSION)
                    data = head + VERSION + major + rest[len(major) :]
                to.write(data)
                await to.drain()
            to.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, there = await asyncio.open_connection(target.hostname, target.port)
        await asyncio.gather(copy(reader, there, is_answer=False), copy(answers, writer, is_answer=True))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        credentials = target.netloc.rpartition("@")[0]
        yield urlunsplit(target._replace(netloc=f"{credentials}@127.0.0.1:{port}"))


async def _run(*words: str, **environment: str) -> tuple[int | None, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VCA_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *words,
        cwd=ROOT,
        env=kept | environment | {"PYTHONPATH": str(ROOT), "VCA_PUBLIC_URL": PUBLIC_URL},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, output.decode()


async def test_a_server_that_says_15_is_refused_by_the_command_and_by_a_service(
    databases: Databases, tmp_path: Path
) -> None:
    async with databases.clone("registry") as url, _relay(url, b"15") as old:
        connection = await connect(old)
        assert connection.get_server_version().major == 15
        await connection.close()
        home = {"VCA_HOME": str(tmp_path / "home"), "VCA_PORT": str(free_port())}
        for command in ("migrate", "up"):
            code, said = await _run("-m", "vca", command, VCA_DATABASE_URL=old, **home)
            assert code == 2, said
            assert "PostgreSQL 15." in said
            assert "cần từ PostgreSQL 16" in said
            assert "PostgreSQL 16 or newer is needed" in said
            assert "Traceback" not in said
        served = ("-m", "uvicorn", "--factory", "services.registry.main:create_app", "--port", str(free_port()))
        code, said = await _run(*served, VCA_DATABASE_URL=old, **home)
        assert code not in (0, None)
        assert "PostgreSQL 16 or newer is needed" in said
        assert "Traceback" not in said


@pytest.fixture
def postgres_15(tmp_path: Path) -> Iterator[str]:
    """The address of a server of Debian's."""
    folder = Path("/usr/lib/postgresql/15/bin")
    if not (folder / "initdb").exists():
        pytest.skip("there is no PostgreSQL 15 on this machine")
    data, user, port = tmp_path / "data", unprivileged(), free_port()
    data.mkdir(mode=0o700)
    if user is not None:
        shutil.chown(data, user.pw_uid, user.pw_gid)
    as_ordinary = before_exec(user, dies=True)
    made = [str(folder / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust"]
    subprocess.run(made, cwd=data, preexec_fn=as_ordinary, check=True, capture_output=True)
    options = ["-c", f"port={port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
    server = subprocess.Popen([str(folder / "postgres"), "-D", str(data), *options], cwd=data, preexec_fn=as_ordinary)
    until(lambda: listens(port))
    yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    server.terminate()
    server.wait(20)


async def test_a_real_postgresql_15_is_refused(postgres_15: str, tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    code, said = await _run("-m", "vca", "migrate", VCA_DATABASE_URL=postgres_15, VCA_HOME=home)
    assert code == 2, said
    assert "PostgreSQL 15." in said
    assert "16 or newer is needed" in said
