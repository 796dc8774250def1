"""Attachments: uploaded first, then referred to; stored once by the hash of their bytes.

The bytes lie in an object store (a folder of VCA_HOME, or VCA_FILES_URL), the row says whose they are. An upload that
nothing refers to goes after seven days: a phone may be offline that long. An organization's own user reads what it
uploaded itself and what a record names that it may read, and names only what it uploaded itself: a name alone opens nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypedDict
from urllib.parse import quote

from fastapi import FastAPI, Query, UploadFile
from pydantic import Field
from starlette.responses import Response

from kernel.database.connections import Database, Transaction
from kernel.database.statements import command, statement
from kernel.problems import FieldError, Invalid, NotFound, Problem, TooLarge
from kernel.runtime.logging import get_logger
from kernel.storage.signing import signer_of
from kernel.values.days import now
from kernel.values.geography import is_alliance
from kernel.values.ids import Id, new_id
from kernel.web.auth import NATION, Caller
from kernel.web.calls import Call, CurrentCall
from kernel.web.idempotency import once
from kernel.web.operations import ApiRouter
from kernel.web.replies import json_reply
from kernel.web.schemas import Output

LIMIT_BYTES, UNUSED_DAYS, LOOK_SECONDS = 20 * 1024 * 1024, 7, 3600
log = get_logger()


class FileTypeNotAllowed(Problem):
    status, code = 415, "file_type_not_allowed"
    title = ("Loại tệp không dùng được", "File type not allowed")
    detail = (
        "Hãy gửi PDF, ảnh (JPEG, PNG, WebP, HEIC), DOCX, XLSX, CSV hoặc văn bản; loại tệp được xét theo nội dung, không theo tên.",
        "Send PDF, a picture (JPEG, PNG, WebP, HEIC), DOCX, XLSX, CSV or text; the content decides the type, not the name.",
    )


class File(Output):
    """An attachment. `url` is signed and lives five minutes."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    name: str
    media_type: str
    bytes: int
    sha256: str
    alliance: str
    created_at: datetime
    created_by: str
    url: str


_OFFICE = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES = (
    "application/pdf",
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/heic",
    _OFFICE + "wordprocessingml.document",
    _OFFICE + "spreadsheetml.sheet",
    "text/plain",
)
"""What `sniff` may find."""


def sniff(data: bytes) -> str | None:
    """Return the media type that the bytes themselves show, or None for one that is not taken."""
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"msf1"):
        return "image/heic"
    if data.startswith(b"PK\x03\x04"):
        if b"word/" in data[:4096] or b"word/document.xml" in data:
            return _OFFICE + "wordprocessingml.document"
        if b"xl/" in data[:4096] or b"xl/workbook.xml" in data:
            return _OFFICE + "spreadsheetml.sheet"
        return None
    if not data or b"\x00" in data:
        return None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    # A page or a script that calls itself text would run in a browser.
    return None if data.lstrip()[:1] == b"<" else "text/plain"


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
        """Store bytes under their hash; the same again changes nothing."""
        import obstore

        await obstore.put_async(self._open(), self._key(digest), data)

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


@dataclass(frozen=True)
class Naming:
    """That records of `table` name files: `ids` gives their ids as text, of the rows `where` there may be any.

    `own`: the column of the organization whose own user may read these records; None: they are for officers alone.
    """

    table: str
    ids: str = "jsonb_array_elements_text(file_ids)"
    where: str = "file_ids <> '[]'"
    own: str | None = None

    @property
    def sql(self) -> str:
        """SELECT of the ids of all files that are named here."""
        return f"SELECT {self.ids} AS id FROM {self.table} WHERE {self.where}"  # noqa: S608  names are constants of the code


async def check_files(tx: Transaction, caller: Caller, file_ids: Sequence[str]) -> list[FieldError]:
    """Return a fault for each id that is no file of the caller's area; of an own user's, none that it uploaded itself."""
    if not file_ids:
        return []
    rows = await tx.fetch(
        "SELECT id FROM file WHERE id = ANY($1::uuid[]) AND ($2::text IS NULL OR alliance = $2) "
        "AND ($3::text IS NULL OR created_by = $3)",
        list(file_ids),
        caller.alliance,
        None if caller.confined_to is None else caller.id,
    )
    known = {row["id"] for row in rows}
    words = ("Không có tệp này; hãy tải lên trước.", "There is no such file; upload it first.")
    return [
        FieldError("unknown_file", words, pointer=f"/file_ids/{at}")
        for at, id_ in enumerate(file_ids)
        if id_ not in known
    ]


class FileRow(TypedDict):
    """A row of file."""

    id: str
    name: str
    media_type: str
    bytes: int
    sha256: str
    alliance: str
    created_at: datetime
    created_by: str


_ONE = statement(
    FileRow,
    f"SELECT {', '.join(FileRow.__annotations__)} FROM file "  # noqa: S608  names are constants of the code
    "WHERE id = $1::uuid AND ($2::text IS NULL OR alliance = $2)",
)


_ENTER = command(
    "INSERT INTO file (id, name, media_type, bytes, sha256, alliance, created_at, created_by) "
    "VALUES ($1::uuid, $2, $3, $4, $5, $6, $7, $8)"
)


def _document(call: Call, service: str, row: FileRow) -> dict[str, Any]:
    signer = signer_of(call)
    return {**row, "url": signer.address(f"/v1/{service}/files/{row['id']}/content")}


def _named_by_own(namings: Sequence[Naming]) -> str:
    """Return the SQL that says whether a record of the organization $3, within the area $2, names the file $1."""
    parts = [
        f"{each.sql} AND {each.own} = $3::uuid AND ($2::text IS NULL OR alliance = $2)"
        for each in namings
        if each.own is not None
    ]
    return f"SELECT EXISTS (SELECT FROM ({' UNION ALL '.join(parts)}) n WHERE n.id = $1::text)"  # noqa: S608  names are constants of the code


def files_router(service: str, read: Sequence[str], write: Sequence[str], namings: Sequence[Naming]) -> ApiRouter:
    """Return the file operations of `service`. `namings`: which records name files, and who may read those."""
    router = ApiRouter(prefix=f"/v1/{service}/files", tags=["files"])
    named_by_own = _named_by_own(namings)

    async def find(call: Call, id_: str, alliance: str | None) -> FileRow:
        row = await call.db.fetchrow(_ONE, id_, alliance)
        if row is None:
            raise NotFound()
        return row

    async def reads_own(call: Call, row: FileRow) -> bool:
        caller = call.caller
        if row["created_by"] == caller.id:
            return True
        return bool(await call.db.fetchval(named_by_own, row["id"], caller.alliance, caller.confined_to))

    async def guard(call: Call, path: dict[str, str]) -> None:
        caller, id_ = call.caller, path["file_id"].lower()
        row = await find(call, id_, caller.alliance)
        if caller.confined_to is not None and not await reads_own(call, row):
            raise NotFound()
        call.record = row

    async def upload_file(
        call: CurrentCall,
        file: UploadFile,
        alliance: Annotated[
            str | None, Query(description="Whose it is; needed from callers of the whole nation", max_length=7)
        ] = None,
    ) -> Response:
        """Upload an attachment (multipart, field `file`, at most 20 MB), then refer to it by id in `file_ids`.

        What kind it is, its bytes decide. An upload that nothing refers to goes after seven days.
        """
        owner = alliance or (None if call.caller.area == NATION else call.caller.area)
        if owner is None or not is_alliance(owner) or not call.caller.holds(owner):
            words = ("Hãy nêu một Liên minh trong địa bàn của bạn.", "Name an alliance within your area.")
            raise Invalid(FieldError("outside_area" if owner else "required", words, parameter="alliance"))
        data = await file.read()
        if len(data) > LIMIT_BYTES:
            raise TooLarge(limit_bytes=LIMIT_BYTES)
        media_type = sniff(data)
        if media_type is None:
            raise FileTypeNotAllowed()
        digest = hashlib.sha256(data).hexdigest()
        # Stored before the row: a row never points at nothing, and bytes without a row are cleaned up.
        await store_of(call.request.app).put(digest, data)
        row: FileRow = {
            "id": new_id(),
            "name": _safe_name(file.filename),
            "media_type": media_type,
            "bytes": len(data),
            "sha256": digest,
            "alliance": owner,
            "created_at": now(),
            "created_by": call.caller.id,
        }

        async def effect(tx: Transaction) -> Response:
            await tx.execute(_ENTER, *row.values())
            headers = {"Location": f"/v1/{service}/files/{row['id']}"}
            return json_reply(_document(call, service, row), 201, headers=headers)

        # The form was read already, and its boundary differs from one sending to the next: the file is the request.
        return await once(call, effect, content=f"{owner}\n{row['name']}\n{digest}".encode())

    async def read_file(call: CurrentCall, file_id: Id) -> Response:
        """Read what is known of an attachment, with a fresh download address."""
        return json_reply(_document(call, service, call.record))

    async def download_file(
        call: CurrentCall,
        file_id: Id,
        expires: Annotated[int, Query(ge=0, description="Part of the signed address")],
        signature: Annotated[str, Query(max_length=128, description="Part of the signed address")],
    ) -> Response:
        """Download an attachment by its signed address."""
        signer_of(call).check(f"/v1/{service}/files/{file_id}/content", expires, signature)
        row = await find(call, file_id, None)
        data = await store_of(call.request.app).get(row["sha256"])
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(row['name'])}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "no-store",
        }
        return Response(data, 200, headers, row["media_type"])

    upload_file.__name__, read_file.__name__ = f"upload_{service}_file", f"read_{service}_file"
    download_file.__name__ = f"download_{service}_file"
    router.operation(
        "POST",
        "",
        scopes=write,
        status_code=201,
        response_model=File,
        problems=(FileTypeNotAllowed,),
        media_types=("multipart/form-data",),
        body_limit=LIMIT_BYTES + 1_048_576,
        summary="Upload an attachment",
    )(upload_file)
    router.operation(
        "GET", "/{file_id}", scopes=read, guard=guard, response_model=File, summary="Read the metadata of an attachment"
    )(read_file)
    router.operation(
        "GET",
        "/{file_id}/content",
        scopes=None,
        response_class=Response,
        responses={
            200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES}}
        },
        summary="Download an attachment",
    )(download_file)
    return router


def _safe_name(given: str | None) -> str:
    name = (given or "").replace("\\", "/").rpartition("/")[2]
    name = "".join(letter for letter in name if letter.isprintable())[:200].strip()
    return name or "file"


def cleaner(namings: Sequence[Naming]) -> Callable[[FastAPI], AsyncIterator[None]]:
    """Return the task that removes uploads that none of `namings` names after seven days."""
    referred = " UNION ALL ".join(each.sql for each in namings)
    unused = (
        f"DELETE FROM file f WHERE f.created_at < now() - interval '{UNUSED_DAYS} days' "  # noqa: S608  names are constants of the code
        f"AND NOT EXISTS (SELECT FROM ({referred}) r(id) WHERE r.id = f.id::text) RETURNING sha256"
    )

    async def clean(app: FastAPI) -> None:
        db: Database = app.state.db
        while True:
            try:
                for row in await db.fetch(unused):
                    if not await db.fetchval("SELECT EXISTS (SELECT FROM file WHERE sha256 = $1)", row["sha256"]):
                        await store_of(app).remove(row["sha256"])
            except Exception as error:  # The next look does it.
                log.warning("files.not_cleaned", error=type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def task(app: FastAPI) -> AsyncIterator[None]:
        running = asyncio.create_task(clean(app))
        yield
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    return task
