"""Attachments over HTTP."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Query, UploadFile
from pydantic import Field
from starlette.responses import Response

from kernel.database.connections import Database, Transaction
from kernel.database.statements import Always
from kernel.problems import Busy, FieldError, Invalid, NotFound, TooLarge
from kernel.records.embedding import name_all, subject_name
from kernel.storage.files import LIMIT_BYTES, READ_FILE, THUMBNAIL_SIZES, FileRow, Naming, insert_file
from kernel.storage.media_types import MEDIA_TYPES, FileTypeNotAllowed, sniff
from kernel.storage.object_store import store_of
from kernel.storage.pictures import NotAPicture, PictureUnreadable, thumbnail_of
from kernel.storage.signing import signer_of
from kernel.values.days import now
from kernel.values.geography import is_alliance
from kernel.values.ids import Id, new_id
from kernel.web.auth import NATION, everyones
from kernel.web.calls import Call, CurrentCall
from kernel.web.idempotency import once
from kernel.web.operations import ApiRouter
from kernel.web.replies import json_reply
from kernel.web.schemas import Output, SubjectName, code


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
    created_by_name: SubjectName
    url: str


_NAMES = (subject_name("created_by"),)


async def _document(db: Database | Transaction, call: Call, service: str, row: FileRow) -> dict[str, Any]:
    document: dict[str, Any] = {**row, "url": signer_of(call).address(f"/v1/{service}/files/{row['id']}/content")}
    await name_all(db, _NAMES, [row], [document], own=call.caller.confined_to is not None)
    return document


def _named_where_read(namings: Sequence[Naming], *, own: bool) -> Always[bool]:
    """Return the statement that says whether a record names the file $1 which a caller of the area $2 may read.

    `own`: an own user, of the organization $3.
    """
    parts = [
        f"{each.sql} AND ($2::text IS NULL OR alliance = $2{f' OR {everyones(each.shared)}' if each.shared else ''})"
        + (f" AND $3::uuid = {each.own}" if own else "")
        for each in namings
        if each.own is not None or not own
    ]
    return Always(bool, f"SELECT EXISTS (SELECT FROM ({' UNION ALL '.join(parts)}) n WHERE n.id = $1::text)")  # noqa: S608  names are constants of the code


def files_router(service: str, read: Sequence[str], write: Sequence[str], namings: Sequence[Naming]) -> ApiRouter:
    """Return the file operations of `service`. `namings`: which records name files, and who may read those."""
    router = ApiRouter(prefix=f"/v1/{service}/files", tags=[f"{service}-files"])
    router.code_lists = {"thumbnail-sizes": THUMBNAIL_SIZES}
    named, named_by_own = (_named_where_read(namings, own=own) for own in (False, True))

    async def find(call: Call, id_: str) -> FileRow:
        row = await call.db.fetchrow(READ_FILE, id_)
        if row is None:
            raise NotFound()
        return row

    async def may_read(call: Call, row: FileRow) -> bool:
        caller = call.caller
        if caller.confined_to is None:
            return caller.holds(row["alliance"]) or await call.db.fetchval(named, row["id"], caller.alliance)
        if row["created_by"] == caller.id:
            return True
        return await call.db.fetchval(named_by_own, row["id"], caller.alliance, caller.confined_to)

    async def guard(call: Call, path: dict[str, str]) -> None:
        call.record = await find(call, path["file_id"].lower())
        if not await may_read(call, call.record):
            raise NotFound()

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
        # Stored before the row: a row never points at nothing.
        store = store_of(call.request.app)
        await store.put(digest, data)
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
            await insert_file(tx, row)
            headers = {"Location": f"/v1/{service}/files/{row['id']}"}
            return json_reply(await _document(tx, call, service, row), 201, headers=headers)

        # The form was read already, and its boundary differs from one sending to the next: the file is the request.
        answer = await once(call, effect, content=f"{owner}\n{row['name']}\n{digest}".encode())
        # Where the cleaner removed the same bytes of before, it did so before the row came: from now on it finds that.
        await store.ensure(digest, data)
        return answer

    async def read_file(call: CurrentCall, file_id: Id) -> Response:
        """Read what is known of an attachment, with a fresh download address."""
        return json_reply(await _document(call.db, call, service, call.record))

    async def download_file(
        call: CurrentCall,
        file_id: Id,
        expires: Annotated[int, Query(ge=0, description="Part of the signed address")],
        signature: Annotated[str, Query(max_length=128, description="Part of the signed address")],
        thumbnail: Annotated[
            Annotated[str, code(THUMBNAIL_SIZES)] | None,
            Query(description="A small picture instead: pixels of its longer side, at most"),
        ] = None,
    ) -> Response:
        """Download an attachment by its signed address.

        `thumbnail`, put behind the signed address without another signature, gives a picture small and upright, as JPEG
        or, where it is transparent, WebP; nothing of where and with what it was taken is in it.
        """
        signer_of(call).check(f"/v1/{service}/files/{file_id}/content", expires, signature)
        row, store = await find(call, file_id), store_of(call.request.app)
        if thumbnail is None:
            data, media_type = await store.get(row["sha256"]), row["media_type"]
        else:
            data = await thumbnail_of(store, call.state.readers, row, thumbnail)
            media_type = sniff(data) or "image/jpeg"
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(row['name'])}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "no-store",
        }
        return Response(data, 200, headers, media_type)

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
        problems=(NotAPicture, PictureUnreadable, Busy),
        responses={
            200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES}}
        },
        summary="Download an attachment",
    )(download_file)
    return router


def _safe_name(file_name: str | None) -> str:
    name = (file_name or "").replace("\\", "/").rpartition("/")[2]
    name = "".join(letter for letter in name if letter.isprintable())[:200].strip()
    return name or "file"
