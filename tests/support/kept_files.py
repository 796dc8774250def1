"""What a service stored, seen from beside it: in a folder and in an object store, with the time at which it was stored."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from tests.support.object_store import BUCKET, ObjectStore


class KeptFiles(Protocol):
    """Where a service keeps files."""

    settings: dict[str, str]

    def names(self) -> list[str]: ...
    def put(self, name: str, content: bytes) -> None: ...
    def age(self, hours: int, ending: str = "") -> None: ...


class FilesInFolder:
    """A folder, which the services of this machine share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = {"VCA_FILES_URL": folder.as_uri()}

    def names(self) -> list[str]:
        """Return the names of all files."""
        return [path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()]

    def put(self, name: str, content: bytes) -> None:
        """Have a file there that no service wrote."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def age(self, hours: int, ending: str = "") -> None:
        """Have the files whose names end so be as old as that."""
        then = time.time() - hours * 3600
        for name in self.names():
            if name.endswith(ending):
                os.utime(self.folder / name, (then, then))


class FilesInStore:
    """A bucket of an object store in this process."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.settings = {**store.settings, "VCA_FILES_URL": f"s3://{BUCKET}/tep"}

    def names(self) -> list[str]:
        """Return the names of all objects."""
        return self._store.names()

    def put(self, name: str, content: bytes) -> None:
        """Have an object there that no service wrote."""
        self._store.client.put_object(Bucket=BUCKET, Key=f"tep/{name}", Body=content)

    def begin(self, name: str) -> None:
        """Have an upload there that was never completed."""
        begun = self._store.client.create_multipart_upload(Bucket=BUCKET, Key=f"tep/{name}")
        self._store.client.upload_part(
            Bucket=BUCKET, Key=f"tep/{name}", UploadId=begun["UploadId"], PartNumber=1, Body=b"x"
        )

    def begun(self) -> list[str]:
        """Return the names of uploads that were not completed."""
        return [each["Key"] for each in self._store.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])]

    def age(self, hours: int, ending: str = "") -> None:
        """Have the objects whose names end so be as old as that."""
        keys = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[BUCKET].keys
        for name in self.names():
            if name.endswith(ending):
                keys[name].last_modified -= timedelta(hours=hours)
