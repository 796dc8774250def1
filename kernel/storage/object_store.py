"""Where the bytes of attachments lie: a folder of VCA_HOME, or the object store at VCA_FILES_URL."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import Any

from fastapi import FastAPI


class Store:
    """The bytes, by hash, in an object store."""

    def __init__(self, url: str | None, home: Path, service: str) -> None:
        self._url, self._folder = url, home / "files" / service / "blobs"
        self._service = service
        self._store: Any = None

    def _open(self) -> Any:
        if self._store is None:
            from obstore.store import LocalStore, from_url

            if self._url:
                self._store = from_url(f"{self._url.rstrip('/')}/{self._service}")
            else:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._store = LocalStore(self._folder)
        return self._store

    @staticmethod
    def _key(digest: str) -> str:
        return f"{digest[:2]}/{digest}"

    async def put(self, digest: str, data: bytes) -> None:
        """Store bytes under their hash, whole or not at all; the same again changes nothing. Raises OSError on a full disk."""
        import obstore
        from obstore.exceptions import BaseError

        try:
            await obstore.put_async(self._open(), self._key(digest), data)
        except BaseError as error:
            # It tells of the system's errors by their words alone.
            if f"(os error {errno.ENOSPC})" in str(error) or f"(os error {errno.EDQUOT})" in str(error):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
            raise

    async def get(self, digest: str) -> bytes:
        """Return the bytes stored under `digest`."""
        import obstore

        answer = await obstore.get_async(self._open(), self._key(digest))
        return bytes(await answer.bytes_async())

    async def remove(self, digest: str) -> None:
        """Remove bytes that no row needs."""
        import obstore

        with contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(self._open(), self._key(digest))


def store_of(app: FastAPI) -> Store:
    """Return the service's store, made once."""
    if not hasattr(app.state, "files"):
        settings = app.state.settings
        app.state.files = Store(settings.files_url, settings.home, app.state.service)
    store: Store = app.state.files
    return store
