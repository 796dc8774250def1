"""One tar archive with all databases, files and, if asked, keys: written with the hash of each part, checked whole before use.

It is written as a stream, dumps in pieces, so that it needs no room beside itself and encrypted it never lies in the open.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import json
import os
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.parse import unquote

from kernel.database.connections import connect
from vca.encryption import Identities, Recipients, decrypting, encrypting, is_encrypted
from vca.errors import Refusal
from vca.postgres import binaries
from vca.settings import Place

FORMAT = 3
_OLDER_FORMAT = 2
"""Each dump in one part, and always with keys."""
FILES, KEYS = "files", "keys"
KEPT_FOLDERS = (FILES, KEYS)
_MANIFEST, _SEAL = "manifest.json", "manifest.sha256"
_CHUNK = 1 << 20
# The header of a part says how long it is, and nobody knows that of a dump that is still coming.
_PIECE_BYTES = 32 << 20
_PIECE = re.compile(r"([a-z]+\.dump)\.\d{5}")


@dataclass(frozen=True)
class Backup:
    """What an archive holds, once it was read whole and every part is what the manifest says."""

    services: tuple[str, ...]
    made_at: datetime
    parts: dict[str, str]
    """Name in the archive → SHA-256."""

    @property
    def has_keys(self) -> bool:
        """Say whether keys are in it."""
        return any(name.startswith(f"{KEYS}/") for name in self.parts)


def run(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run a program of PostgreSQL. Raises Refusal with its last word."""
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env=environment
    )
    if done.returncode != 0:
        raise _failed(command, done.stderr)


def _failed(command: list[str], errors: str) -> Refusal:
    last = errors.strip().splitlines()[-1:] or [command[0]]
    return Refusal(f"Không thành công: {last[0]}", f"It failed: {last[0]}")


_PASSWORD = re.compile(r"(?<=://)([^:/@]+):([^/]*)@")


def without_password(url: str) -> tuple[str, dict[str, str]]:
    """Return an address of a database and the environment to reach it in: everybody sees a program's arguments."""
    url = url.replace("postgresql+asyncpg://", "postgresql://")
    found = _PASSWORD.search(url)
    if found is None:
        return url, {**os.environ}
    return _PASSWORD.sub(r"\1@", url, count=1), {**os.environ, "PGPASSWORD": unquote(found[2])}


class _Hashing:
    """Reads a file and hashes what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data


def write(
    file: Path,
    urls: dict[str, str],
    place: Place,
    *,
    with_keys: bool = False,
    recipients: Recipients | None = None,
    overwrite: bool = False,
) -> datetime:
    """Write all databases and files into one archive, by rename; return the instant it is of. Raises Refusal.

    `recipients`: encrypted so that these alone read it. `overwrite`: also in the place of a file that is there.
    """
    file = file.resolve()
    if not overwrite:
        _refuse_existing(file)
    made_at = datetime.now(UTC)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".vca-backup-") as folder:
            fresh = Path(folder) / "archive"
            with fresh.open("wb") as out:
                fresh.chmod(0o600)
                with encrypting(out, recipients or []) as inside, tarfile.open(fileobj=inside, mode="w|") as archive:
                    _write_parts(archive, urls, _kept(place.home, KEPT_FOLDERS if with_keys else (FILES,)), made_at)
                out.flush()
                os.fsync(out.fileno())
            # Looked at again: dumps take hours. A hard link would refuse without a gap, and not be on many a stick or share.
            if not overwrite:
                _refuse_existing(file)
            fresh.replace(file)
    except OSError as error:
        raise Refusal(
            f"Không ghi được bản sao lưu vào {file.parent}: {error.strerror}.",
            f"The backup could not be written to {file.parent}: {error.strerror}.",
        ) from None
    return made_at


def _refuse_existing(file: Path) -> None:
    if file.exists():
        raise Refusal(
            f"Đã có tệp {file}; hãy đặt tên khác, hoặc dùng --overwrite để ghi đè.",
            f"There is a file {file} already; choose another name, or --overwrite writes over it.",
        )


def _write_parts(
    archive: tarfile.TarFile, urls: dict[str, str], kept: Iterator[tuple[str, Path]], made_at: datetime
) -> None:
    parts: dict[str, str] = {}
    for service, url in urls.items():
        for number, piece in enumerate(_dumped(url), start=1):
            name = f"{service}.dump.{number:05}"
            _add_bytes(archive, name, piece)
            parts[name] = hashlib.sha256(piece).hexdigest()
    # After the databases: what a row of theirs refers to was there before the row.
    for name, path in kept:
        _add(archive, path, name, parts)
    manifest = json.dumps(
        {"format": FORMAT, "made_at": made_at.isoformat(), "services": [*urls], "parts": parts}
    ).encode()
    _add_bytes(archive, _MANIFEST, manifest)
    _add_bytes(archive, _SEAL, hashlib.sha256(manifest).hexdigest().encode())


def _dumped(url: str) -> Iterator[bytes]:
    """Yield the dump of a database in pieces. Raises Refusal."""
    address, environment = without_password(url)
    command = [str(binaries() / "pg_dump"), "--format=custom", "--no-owner", "--no-acl", f"--dbname={address}"]
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
        ) as dump,
    ):
        assert dump.stdout is not None
        try:
            while piece := dump.stdout.read(_PIECE_BYTES):
                yield piece
        finally:
            # Who stops taking pieces ends it.
            dump.stdout.close()
        if dump.wait() != 0:
            errors.seek(0)
            raise _failed(command, errors.read().decode(errors="replace"))


def _kept(home: Path, folders: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    for kept in folders:
        for path in sorted((home / kept).rglob("*")):
            # Half-written ones: exports, keys and uploads get their name when they are whole.
            if path.is_file() and not (path.name.endswith(".part") or path.name.startswith(".") or "#" in path.name):
                yield path.relative_to(home).as_posix(), path


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


def read(file: Path, into: Path | None = None, identities: Identities | None = None) -> Backup:
    """Read an archive whole and check every part; put the parts below `into` on the way. Raises Refusal.

    What is below `into` may be used only once this has returned. `identities`: who may read an encrypted one.
    """
    if not file.is_file():
        raise Refusal(f"Không có tệp {file}.", f"There is no file {file}.")
    try:
        with _opened(file, identities) as inside:
            try:
                with tarfile.open(fileobj=inside, mode="r|") as archive:
                    read, texts = _read_parts(file, archive, into)
                manifest = _manifest(texts)
            except (tarfile.TarError, EOFError, KeyError, ValueError, TypeError):
                raise _no_backup(file) from None
            # Of an encrypted one the end says that it is whole.
            while inside.read(_CHUNK):
                pass
    except OSError as error:
        raise Refusal(
            f"Không đọc được {file}: {error.strerror}.", f"{file} cannot be read: {error.strerror}."
        ) from None
    parts: dict[str, str] = manifest["parts"]
    for name in sorted({*parts, *read}):
        if parts.get(name) != read.get(name):
            raise _damaged(file, name)
    services = tuple(manifest["services"])
    first = "" if manifest["format"] == _OLDER_FORMAT else ".00001"
    for service in services:
        if f"{service}.dump{first}" not in read:
            raise _damaged(file, f"{service}.dump{first}")
    return Backup(services, datetime.fromisoformat(manifest["made_at"]), parts)


def _opened(file: Path, identities: Identities | None) -> contextlib.AbstractContextManager[IO[bytes]]:
    if not is_encrypted(file):
        return file.open("rb")
    if identities is None:
        raise Refusal(
            f"{file} đã được mã hóa; hãy chỉ tệp khóa bí mật bằng --identity.",
            f"{file} is encrypted; name the file of the secret key with --identity.",
        )
    return decrypting(file, identities)


def _read_parts(file: Path, archive: tarfile.TarFile, into: Path | None) -> tuple[dict[str, str], dict[str, bytes]]:
    read: dict[str, str] = {}
    texts: dict[str, bytes] = {}
    for member in archive:
        name = member.name
        if not member.isreg() or name in read or name in texts or not _is_safe(name):
            raise _damaged(file, name)
        source = archive.extractfile(member)
        assert source is not None, "an ordinary file"
        if name in (_MANIFEST, _SEAL):
            texts[name] = source.read(_CHUNK * 64)
            continue
        piece = _PIECE.fullmatch(name)
        # A piece goes behind the one before it, which was read before it.
        if piece is not None and (number := int(name[-5:])) > 1 and f"{piece[1]}.{number - 1:05}" not in read:
            raise _damaged(file, name)
        target = piece[1] if piece is not None else name
        read[name], size = _copy(source, None if into is None else into / target)
        if size != member.size:
            raise _damaged(file, name)
    return read, texts


def _manifest(texts: dict[str, bytes]) -> dict[str, Any]:
    """Return the manifest. Raises ValueError or KeyError for none, for one that was touched, and for another format."""
    text = texts[_MANIFEST]
    if hashlib.sha256(text).hexdigest().encode() != texts[_SEAL]:
        raise ValueError("the manifest is not what its hash says")
    manifest: dict[str, Any] = json.loads(text)
    if manifest["format"] not in (_OLDER_FORMAT, FORMAT):
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
    # The folder was empty: what is there already are the pieces before this one.
    with open(os.devnull if target is None else target, "ab") as out:
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
