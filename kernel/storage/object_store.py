"""Where the bytes of attachments and the files of exports lie: a folder of VCA_HOME, or the object store at VCA_FILES_URL."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import re
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from fastapi import FastAPI

from kernel.storage.unfinished_uploads import end_uploads
from kernel.values.days import now


def _folder(url: str | None, home: Path, service: str) -> Path | None:
    """Return where a service's files lie on this machine: below VCA_HOME, or at a `file://` address; None in a store."""
    if not url:
        return home / "files" / service
    parts = urlsplit(url)
    return Path(unquote(parts.path)) / service if parts.scheme == "file" else None


def _opened(url: str | None, folder: Path | None, service: str) -> Any:
    from obstore.store import LocalStore, from_url

    if folder is None:
        assert url is not None, "without one there is a folder"
        # Credentials, region and endpoint come from the AWS_… settings.
        return from_url(f"{url.rstrip('/')}/{service}")
    folder.mkdir(parents=True, exist_ok=True)
    return LocalStore(folder)


class Stored(NamedTuple):
    """A name in the store, and since when it is there."""

    name: str
    modified_at: datetime


EXPORTS_KEPT_HOURS = 24
_NAMES_A_PAGE = 1000
"""As many as S3 lists at once."""
_BEGINNING = re.compile("[0-9a-f]{2}")


def _names_in(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []


def _scanned(folder: Path) -> list[Stored]:
    try:
        with os.scandir(folder) as entries:
            return [_stored(entry) for entry in entries if entry.is_file(follow_symlinks=False)]
    except FileNotFoundError:
        return []


def _stored(entry: os.DirEntry[str]) -> Stored:
    try:
        return Stored(entry.name, datetime.fromtimestamp(entry.stat().st_mtime, UTC))
    except FileNotFoundError:
        # Removed in this moment: as good as new to who looks for what is old.
        return Stored(entry.name, now())


class Store:
    """The bytes, by hash, in an object store."""

    def __init__(self, url: str | None, home: Path, service: str) -> None:
        self._url, self._service = url, service
        folder = _folder(url, home, service)
        self._folder = folder if url or folder is None else folder / "blobs"
        self._store: Any = None

    def _open(self) -> Any:
        if self._store is None:
            self._store = _opened(self._url, self._folder, self._service)
        return self._store

    @staticmethod
    def _key(digest: str) -> str:
        return f"{digest[:2]}/{digest}"

    async def put(self, digest: str, data: bytes) -> None:
        """Store bytes under their hash, whole or not at all; the same again changes nothing. Raises OSError on a full disk."""
        import obstore
        from obstore.exceptions import BaseError

        try:
            # In one piece: of a process that is killed among several, an object store keeps those that came, and lists them nowhere.
            await obstore.put_async(self._open(), self._key(digest), data, use_multipart=False)
        except BaseError as error:
            # It tells of the system's errors by their words alone.
            if f"(os error {errno.ENOSPC})" in str(error) or f"(os error {errno.EDQUOT})" in str(error):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
            raise

    async def ensure(self, digest: str, data: bytes) -> None:
        """Store bytes that are not there. Raises OSError on a full disk."""
        import obstore

        try:
            await obstore.head_async(self._open(), self._key(digest))
        except FileNotFoundError:
            await self.put(digest, data)

    async def get(self, digest: str) -> bytes:
        """Return the bytes stored under `digest`."""
        import obstore

        answer = await obstore.get_async(self._open(), self._key(digest))
        return bytes(await answer.bytes_async())

    async def remove(self, name: str) -> None:
        """Remove what is stored under a hash, or `listed` under it."""
        import obstore

        if self._folder is not None:
            # Also what was not written to its end, whose name the library does not take.
            (self._folder / self._key(name)).unlink(missing_ok=True)
            return
        with contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(self._open(), self._key(name))

    async def beginnings(self) -> list[str]:
        """Return which two letters the hashes of what is stored begin with."""
        import obstore

        if self._folder is not None:
            names = await asyncio.to_thread(_names_in, self._folder)
        else:
            names = [*(await obstore.list_with_delimiter_async(self._open()))["common_prefixes"]]
        return sorted(name for name in names if _BEGINNING.fullmatch(name))

    async def listed(self, beginning: str) -> AsyncIterator[Sequence[Stored]]:
        """Yield, page by page, what is stored under hashes that begin with these two letters, half-written files as well."""
        import obstore

        if self._folder is not None:
            names = await asyncio.to_thread(_scanned, self._folder / beginning)
            for begin in range(0, len(names), _NAMES_A_PAGE):
                yield names[begin : begin + _NAMES_A_PAGE]
            return
        async for page in obstore.list(self._open(), beginning, chunk_size=_NAMES_A_PAGE):
            yield [Stored(each["path"].rpartition("/")[2], each["last_modified"]) for each in page]


class ExportFiles:
    """Files of exports by name, whole or not there: what one copy of a service made, each of them serves."""

    def __init__(self, url: str | None, home: Path, service: str) -> None:
        self._url, self._service = url, service
        folder = _folder(url, home, service)
        self.folder = None if folder is None else folder / "exports"
        self._prefix = f"vca-export-{service}-"
        self._store: Any = None

    def _open(self) -> Any:
        if self._store is None:
            self._store = _opened(self._url, self.folder, f"{self._service}/exports")
        return self._store

    @contextlib.contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """Lend the path to write the file `name` at; it is nobody's until it is `kept`."""
        with contextlib.ExitStack() as stack:
            if self.folder is None:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=self._prefix)))
            else:
                folder = self.folder
                folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{name}.part"
            # What is half written goes: on a full disk it would be what is in the way.
            stack.callback(path.unlink, missing_ok=True)
            yield path

    async def keep(self, path: Path, name: str) -> None:
        """Have what was written at `path` as the file `name`."""
        import obstore

        if self.folder is None:
            await obstore.put_async(self._open(), name, path)
        else:
            path.replace(self.folder / name)

    async def read(self, name: str) -> tuple[int, AsyncIterator[bytes]]:
        """Return how many bytes the file `name` has, and the bytes. Raises FileNotFoundError."""
        import obstore

        answer = await obstore.get_async(self._open(), name)

        async def chunks() -> AsyncIterator[bytes]:
            async for chunk in answer.stream(min_chunk_size=1 << 16):
                yield bytes(chunk)

        return int(answer.meta["size"]), chunks()

    async def remove_older(self, age: timedelta) -> int:
        """Remove the files that are older than `age`, half-written ones as well; return how many went."""
        import obstore

        removed = 0
        async for few in obstore.list(self._open()):
            for each in few:
                if each["last_modified"] < now() - age:
                    with contextlib.suppress(FileNotFoundError):
                        await obstore.delete_async(self._open(), each["path"])
                        removed += 1
        if self.folder is None:
            removed += await asyncio.to_thread(self._remove_left, time.time() - age.total_seconds())
        return removed

    async def end_unfinished(self, age: timedelta) -> int:
        """End uploads to an S3 store that began longer ago, and that nobody completes any more; return how many.

        Raises httpx.HTTPError where the store does not let us.
        """
        if self.folder is not None or self._url is None:
            return 0
        return await end_uploads(self._url, f"{self._service}/exports", before=now() - age)

    def _remove_left(self, before: float) -> int:
        """Remove the folders of exports on their way to the store, which a process that was killed left on this machine."""
        removed = 0
        for folder in Path(tempfile.gettempdir()).glob(f"{self._prefix}*"):
            with contextlib.suppress(OSError):
                if folder.stat().st_mtime < before:
                    shutil.rmtree(folder)
                    removed += 1
        return removed


def store_of(app: FastAPI) -> Store:
    """Return the service's store, made once."""
    if not hasattr(app.state, "files"):
        settings = app.state.settings
        app.state.files = Store(settings.files_url, settings.home, app.state.service)
    store: Store = app.state.files
    return store


def export_files_of(app: FastAPI) -> ExportFiles:
    """Return where the service's exports lie, made once."""
    if not hasattr(app.state, "export_files"):
        settings = app.state.settings
        app.state.export_files = ExportFiles(settings.files_url, settings.home, app.state.service)
    files: ExportFiles = app.state.export_files
    return files
