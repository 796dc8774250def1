"""One tar archive with all databases, files and keys: written with the hash of each part, checked whole before use."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from kernel.database.connections import connect
from vca.errors import Refusal
from vca.postgres import binaries
from vca.settings import Place

FORMAT = 2
KEPT_FOLDERS = ("files", "keys")
_MANIFEST, _SEAL = "manifest.json", "manifest.sha256"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Backup:
    """What an archive holds, once it was read whole and every part is what the manifest says."""

    services: tuple[str, ...]
    made_at: datetime
    parts: dict[str, str]
    """Name in the archive → SHA-256."""


def run(command: list[str]) -> None:
    """Run a program of PostgreSQL. Raises Refusal with its last word."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or [command[0]]
        raise Refusal(f"Không thành công: {last[0]}", f"It failed: {last[0]}")


class _Hashing:
    """Reads a file and hashes what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data


def write(file: Path, urls: dict[str, str], place: Place) -> None:
    """Write all databases, files and keys into one archive, by rename. Raises Refusal."""
    file = file.resolve()
    if not os.access(file.parent, os.W_OK):
        raise Refusal(f"Không ghi được vào {file.parent}.", f"{file.parent} cannot be written.")
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".vca-backup-") as folder:
        fresh = Path(folder) / "archive"
        made_at = datetime.now(UTC)
        try:
            with fresh.open("wb") as out:
                with tarfile.open(fileobj=out, mode="w") as archive:
                    parts: dict[str, str] = {}
                    for name, url in urls.items():
                        dump = Path(folder) / f"{name}.dump"
                        run(
                            [
                                str(binaries() / "pg_dump"),
                                "--format=custom",
                                "--no-owner",
                                "--no-acl",
                                f"--file={dump}",
                                url,
                            ]
                        )
                        _add(archive, dump, dump.name, parts)
                        dump.unlink()
                    # After the databases: what a row of theirs refers to was there before the row.
                    for path in _kept(place.home):
                        _add(archive, path, path.relative_to(place.home).as_posix(), parts)
                    manifest = json.dumps(
                        {"format": FORMAT, "made_at": made_at.isoformat(), "services": [*urls], "parts": parts}
                    ).encode()
                    _add_bytes(archive, _MANIFEST, manifest)
                    _add_bytes(archive, _SEAL, hashlib.sha256(manifest).hexdigest().encode())
                out.flush()
                os.fsync(out.fileno())
        except OSError as error:
            raise Refusal(
                f"Không ghi được bản sao lưu: {error.strerror}.", f"The backup could not be written: {error.strerror}."
            ) from None
        fresh.chmod(0o600)
        fresh.replace(file)


def _kept(home: Path) -> Iterator[Path]:
    for kept in KEPT_FOLDERS:
        for path in sorted((home / kept).rglob("*")):
            # Half-written ones: exports, keys and uploads get their name when they are whole.
            if path.is_file() and not (path.name.endswith(".part") or path.name.startswith(".") or "#" in path.name):
                yield path


def _add(archive: tarfile.TarFile, path: Path, name: str, parts: dict[str, str]) -> None:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        # An export that was a day old was removed in this moment.
        return
    with file:
        hashing = _Hashing(file)
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = os.fstat(file.fileno()).st_size, 0o600, int(path.stat().st_mtime)
        archive.addfile(info, hashing)  # it reads, and nothing else is asked of it
    parts[name] = hashing.digest.hexdigest()


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    import io

    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    archive.addfile(info, io.BytesIO(content))


def _no_backup(file: Path) -> Refusal:
    return Refusal(
        f"{file} không phải bản sao lưu, hoặc chưa đủ; chưa có gì bị thay đổi.",
        f"{file} is not a backup, or not a whole one; nothing was changed.",
    )


def _damaged(file: Path, part: str) -> Refusal:
    return Refusal(
        f"Bản sao lưu {file} bị hỏng ở phần {part}; chưa có gì bị thay đổi.",
        f"The backup {file} is damaged in its part {part}; nothing was changed.",
    )


def read(file: Path, into: Path | None = None) -> Backup:
    """Read an archive whole and check every part; put the parts below `into` on the way. Raises Refusal.

    What is below `into` may be used only once this has returned.
    """
    if not file.is_file():
        raise Refusal(f"Không có tệp {file}.", f"There is no file {file}.")
    read: dict[str, str] = {}
    texts: dict[str, bytes] = {}
    try:
        with tarfile.open(file, "r:") as archive:
            for member in archive:
                name = member.name
                if not member.isreg() or name in read or not _is_safe(name):
                    raise _damaged(file, name)
                source = archive.extractfile(member)
                assert source is not None, "an ordinary file"
                if name in (_MANIFEST, _SEAL):
                    texts[name] = source.read(_CHUNK * 64)
                    continue
                read[name], size = _copy(source, None if into is None else into / name)
                if size != member.size:
                    raise _damaged(file, name)
        manifest = _manifest(texts)
    except (tarfile.TarError, EOFError, KeyError, ValueError, TypeError):
        raise _no_backup(file) from None
    except OSError as error:
        raise Refusal(
            f"Không đọc được {file}: {error.strerror}.", f"{file} cannot be read: {error.strerror}."
        ) from None
    parts: dict[str, str] = manifest["parts"]
    for name in sorted({*parts, *read}):
        if parts.get(name) != read.get(name):
            raise _damaged(file, name)
    services = tuple(manifest["services"])
    for service in services:
        if f"{service}.dump" not in read:
            raise _damaged(file, f"{service}.dump")
    return Backup(services, datetime.fromisoformat(manifest["made_at"]), parts)


def _manifest(texts: dict[str, bytes]) -> dict[str, Any]:
    """Return the manifest. Raises ValueError or KeyError for none, for one that was touched, and for another format."""
    text = texts[_MANIFEST]
    if hashlib.sha256(text).hexdigest().encode() != texts[_SEAL]:
        raise ValueError("the manifest is not what its hash says")
    manifest: dict[str, Any] = json.loads(text)
    if manifest["format"] != FORMAT:
        raise ValueError("a format that is not known")
    return manifest


def _is_safe(name: str) -> bool:
    path = PurePosixPath(name)
    inside = not path.is_absolute() and ".." not in path.parts
    return inside and (len(path.parts) == 1 or path.parts[0] in KEPT_FOLDERS)


def _copy(source: IO[bytes], target: Path | None) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    if target is not None:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.devnull if target is None else target, "wb") as out:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            out.write(chunk)
            size += len(chunk)
        if target is not None:
            out.flush()
            os.fsync(out.fileno())
            target.chmod(0o600)
    return digest.hexdigest(), size


async def _has_tables(url: str) -> bool:
    connection = await connect(url)
    try:
        return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public')"))
    finally:
        await connection.close()


def filled(urls: dict[str, str]) -> list[str]:
    """Return the services whose databases have tables."""
    return [name for name, url in urls.items() if asyncio.run(_has_tables(url))]
