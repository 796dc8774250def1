"""Backup and restore of all services, with or without a run going on."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kernel.db import connect
from vca import databases
from vca.postgres import EmbeddedPostgres, binaries
from vca.sentences import Refusal
from vca.settings import Place, uses_embedded

_KEPT_FOLDERS = ("files", "keys")
_MANIFEST = "manifest.json"


@contextmanager
def database_urls() -> Iterator[dict[str, str]]:
    """Lend the addresses of all services' databases: those of the run that is going on, else a server started for us."""
    place = Place.from_environment()
    if not uses_embedded():
        yield databases.ensure(None)
        return
    running = EmbeddedPostgres(place.home)
    port = running.running_port()
    if port is not None:
        running.port = port
        yield databases.ensure(running)
        return
    with running:
        yield databases.ensure(running)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or [command[0]]
        raise Refusal(f"Không thành công: {last[0]}", f"It failed: {last[0]}")


def backup(file: Path) -> None:
    """Write all databases, files and keys into one tar archive, by rename. Raises Refusal."""
    place = Place.from_environment()
    file = file.resolve()
    if not os.access(file.parent, os.W_OK):
        raise Refusal(f"Không ghi được vào {file.parent}.", f"{file.parent} cannot be written.")
    with database_urls() as urls, tempfile.TemporaryDirectory(dir=file.parent, prefix=".vca-backup-") as folder:
        for name, url in urls.items():
            dump = Path(folder) / f"{name}.dump"
            _run([str(binaries() / "pg_dump"), "--format=custom", "--no-owner", "--no-acl", f"--file={dump}", url])
        (Path(folder) / _MANIFEST).write_text(json.dumps({"format": 1, "services": list(urls)}))
        fresh = Path(folder) / "archive"
        with tarfile.open(fresh, "w") as archive:
            for name in (_MANIFEST, *(f"{name}.dump" for name in urls)):
                archive.add(Path(folder) / name, arcname=name)
            for kept in _KEPT_FOLDERS:
                if (place.home / kept).exists():
                    archive.add(place.home / kept, arcname=kept)
        fresh.chmod(0o600)
        fresh.replace(file)


def restore(file: Path, *, replace: bool) -> None:
    """Put a backup's databases, files and keys in place; every feed begins a new life. Raises Refusal."""
    place = Place.from_environment()
    if not file.exists():
        raise Refusal(f"Không có tệp {file}.", f"There is no file {file}.")
    with database_urls() as urls, tempfile.TemporaryDirectory(prefix="vca-restore-") as folder:
        try:
            with tarfile.open(file) as archive:
                archive.extractall(folder, filter="data")
            services = json.loads((Path(folder) / _MANIFEST).read_text())["services"]
        except (tarfile.TarError, KeyError, ValueError, OSError):
            raise Refusal(f"{file} không phải bản sao lưu.", f"{file} is not a backup.") from None
        filled = [name for name in services if asyncio.run(_has_tables(urls[name]))]
        if filled and not replace:
            raise Refusal(
                f"Đã có dữ liệu ({', '.join(filled)}); dùng --replace để thay.",
                f"There is data already ({', '.join(filled)}); --replace replaces it.",
            )
        for name in services:
            asyncio.run(_empty(urls[name]))
            _run(
                [
                    str(binaries() / "pg_restore"), "--no-owner", "--no-acl", "--exit-on-error", "--single-transaction",
                    f"--dbname={urls[name]}", str(Path(folder) / f"{name}.dump"),
                ]
            )  # fmt: skip
            asyncio.run(_begin_new_life(urls[name]))
        for kept in _KEPT_FOLDERS:
            if (Path(folder) / kept).exists():
                shutil.copytree(Path(folder) / kept, place.home / kept, dirs_exist_ok=True)


async def _has_tables(url: str) -> bool:
    connection = await connect(url)
    try:
        return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public')"))
    finally:
        await connection.close()


async def _empty(url: str) -> None:
    connection = await connect(url)
    try:
        await connection.execute("DROP SCHEMA public CASCADE")
        await connection.execute("CREATE SCHEMA public")
    finally:
        await connection.close()


async def _begin_new_life(url: str) -> None:
    from kernel.changes import rebase

    connection = await connect(url)
    try:
        await rebase(connection)
    finally:
        await connection.close()
