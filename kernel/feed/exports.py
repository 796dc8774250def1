"""Snapshots: all records of one type in the caller's area, in files, with the cursor to follow on from.

Loading the files and following the feed from `cursor` misses nothing: cursor and rows are of one REPEATABLE READ
snapshot. Such a transaction has no xid, so it holds no feed back, however long it reads.
"""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, cast

import orjson
from fastapi import Query
from pydantic import Field, create_model
from starlette.responses import FileResponse, Response, StreamingResponse

from kernel.database.connections import Transaction, connect
from kernel.database.statements import Always, Statement
from kernel.feed.changes import SNAPSHOT_CURSOR, SnapshotRow, snapshot_cursor
from kernel.feed.jobs import JobAccepted, JobContext, JobKind, accepted, enqueue
from kernel.problems import FieldError, Invalid, NotFound
from kernel.problems.field_labels import Label
from kernel.records import R, Resource
from kernel.storage.signing import signer_of
from kernel.values.common_lists import EXPORT_FORMATS
from kernel.values.days import now
from kernel.values.wording import ANOTHER
from kernel.web.auth import within
from kernel.web.calls import Call, CurrentCall
from kernel.web.idempotency import once
from kernel.web.limits import TooManyExports
from kernel.web.operations import ApiRouter
from kernel.web.replies import dump
from kernel.web.schemas import Input, code
from kernel.workbooks.writing import csv_text

CHUNK_ROWS, KEPT_HOURS = 1000, 24
_MARK = "\ufeff"
_NAME = re.compile(r"[0-9a-f-]{36}\.(ndjson|csv)")


class ExportCreate(Input):
    """What to take a snapshot of.

    `bom` goes with the format `csv`.
    """

    type: Annotated[
        str, Field(min_length=1, max_length=60, description="Record type, as the feed names it"), Label("Loại bản ghi")
    ]
    format: Annotated[str, code(EXPORT_FORMATS)] = "ndjson"
    bom: bool = Field(
        default=False, description="CSV begins with a byte order mark, by which a spreadsheet reads Vietnamese letters"
    )


def _body_of(service: str, types: Sequence[str]) -> type[ExportCreate]:
    """Return the body of `service`, which names its types; the endpoint itself refuses another."""
    named = Field(description="Record type, as the feed names it", json_schema_extra={"enum": list(types)})
    type_: Any = (Annotated[str, named, Label("Loại bản ghi")], ...)
    name = f"{service.title()}ExportCreate"
    return create_model(name, __base__=ExportCreate, __doc__=ExportCreate.__doc__, type=type_)


def _folder(home: Path, service: str) -> Path:
    return home / "files" / service / "exports"


def count_statement(resource: Resource[Any], condition: str) -> Always[int]:
    """Return the statement that counts the records of a snapshot; `condition` (within) keeps them to an area."""
    sql = f"SELECT count(*) FROM {resource.table.name} WHERE {condition}"  # noqa: S608  names and conditions of the code; what callers send is bound
    return Always(int, sql)


def snapshot_statement(resource: Resource[R], condition: str) -> Statement[R]:
    """Return the statement that reads the records of a snapshot, in the order of their ids."""
    return Statement(resource.row, f"{resource.select} WHERE {condition} ORDER BY id")


def export_kind(service: str, resources: Sequence[Resource[Any]]) -> JobKind:
    """Return the job that writes snapshots of `resources`."""
    by_name = {resource.name: resource for resource in resources}

    async def run(context: JobContext) -> dict[str, Any]:
        settings = context.app.state.settings
        resource, format_ = by_name[context.request["type"]], context.request["format"]
        folder = _folder(settings.home, service)
        folder.mkdir(parents=True, exist_ok=True)
        _remove_old(folder)
        name = f"{context.id}.{format_}"
        part = folder / f"{name}.part"
        connection = await connect(
            settings.database_url,
            statement_timeout="0",
            idle_in_transaction_session_timeout="0",
            transaction_timeout="0",
        )
        digest, rows = hashlib.sha256(), 0
        args: list[Any] = []
        condition = within(context.area, args, shared=resource.shared)
        if resource.present is not None:
            condition = f"{condition} AND {resource.present}"
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                snapshot = await connection.fetchrow(str(SNAPSHOT_CURSOR))
                assert snapshot is not None
                cursor = str(snapshot_cursor(cast(SnapshotRow, snapshot)))
                total = await connection.fetchval(str(count_statement(resource, condition)), *args)
                write = _writer(format_, resource, bom=context.request.get("bom", False))
                with part.open("wb") as file:
                    reader = await connection.cursor(str(snapshot_statement(resource, condition)), *args)
                    progress_at = time.monotonic()
                    first = True
                    while chunk := await reader.fetch(CHUNK_ROWS):
                        data = write(chunk, first)
                        first = False
                        digest.update(data)
                        file.write(data)
                        rows += len(chunk)
                        # A chunk is some milliseconds of work; others are served between two.
                        await asyncio.sleep(0)
                        if time.monotonic() - progress_at > 1:
                            progress_at = time.monotonic()
                            await context.progress(rows * 100 // max(1, total))
                    if first and format_ == "csv":
                        data = write([], True)
                        digest.update(data)
                        file.write(data)
        finally:
            await connection.close(timeout=5)
        size = part.stat().st_size
        part.replace(folder / name)
        return {
            "type": resource.name,
            "format": format_,
            "area": context.area,
            "cursor": cursor,
            "created_at": now(),
            "rows": rows,
            "files": [{"name": name, "url": "", "rows": rows, "bytes": size, "sha256": digest.hexdigest()}],
        }

    return JobKind("export", run)


def _remove_old(folder: Path) -> None:
    for path in folder.iterdir():
        if path.stat().st_mtime < time.time() - KEPT_HOURS * 3600:
            path.unlink(missing_ok=True)


def _writer(format_: str, resource: Resource[Any], *, bom: bool) -> Callable[[Sequence[Any], bool], bytes]:
    represent = resource.represent
    if format_ == "ndjson":
        option = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE

        def ndjson(rows: Sequence[Any], first: bool) -> bytes:
            return b"".join([orjson.dumps(represent(row), default=str, option=option) for row in rows])

        return ndjson
    header: list[str] | None = None

    def as_csv(rows: Sequence[Any], first: bool) -> bytes:
        nonlocal header
        text = io.StringIO()
        if first and bom:
            text.write(_MARK)
        writer = csv.writer(text, lineterminator="\n")
        documents = [orjson.loads(dump(represent(row))) for row in rows]
        if header is None and documents:
            header = list(documents[0])
        if first and header is not None:
            writer.writerow(header)
        for document in documents:
            writer.writerow([_cell(value) for value in document.values()])
        return text.getvalue().encode()

    return as_csv


def _is_marked(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(3) == _MARK.encode()


def _with_mark(path: Path) -> Iterator[bytes]:
    yield _MARK.encode()
    with path.open("rb") as file:
        while chunk := file.read(1 << 16):
            yield chunk


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return csv_text(value) if isinstance(value, str) else value


def show_result(service: str) -> Callable[[Call, dict[str, Any]], dict[str, Any]]:
    """Return what puts fresh addresses into an export's manifest."""

    def show(call: Call, result: dict[str, Any]) -> dict[str, Any]:
        signer = signer_of(call)
        for file in result.get("files", []):
            file["url"] = signer.address(f"/v1/{service}/exports/files/{file['name']}")
        return result

    return show


def exports_router(service: str, resources: Sequence[Resource[Any]], scopes: Sequence[str]) -> ApiRouter:
    """Return the export operations of `service`."""
    router = ApiRouter(prefix=f"/v1/{service}/exports", tags=[f"{service}-exports"])
    types = tuple(resource.name for resource in resources)
    body_type = _body_of(service, types)

    async def create_export(call: CurrentCall, body: ExportCreate) -> Response:
        """Ask for a snapshot of all records of one type in the caller's area.

        The job's result is the manifest: files with row counts and SHA-256, and the cursor to follow on from.
        """
        if body.type not in types:
            raise Invalid(FieldError("not_allowed", ANOTHER, pointer="/type", allowed=types))
        if body.bom and body.format != "csv":
            words = ("Chỉ tệp CSV mới có dấu BOM; hãy bỏ mục này.", "Only CSV takes a byte order mark; leave it out.")
            raise Invalid(FieldError("not_allowed", words, pointer="/bom"))

        async def effect(tx: Transaction) -> Response:
            lane = call.state.limits.exports
            return accepted(service, await enqueue(tx, "export", body.model_dump(), by=call.caller, lane=lane))

        return await once(call, effect)

    async def download_export(
        call: CurrentCall,
        name: str,
        expires: Annotated[int, Query(ge=0, description="Part of the signed address")],
        signature: Annotated[str, Query(max_length=128, description="Part of the signed address")],
        bom: Annotated[
            bool,
            Query(description="Put a byte order mark before a CSV that was made without, to open it in a spreadsheet"),
        ] = False,
    ) -> Response:
        """Download a file of a snapshot by its signed address; files are kept for 24 hours."""
        signer_of(call).check(f"/v1/{service}/exports/files/{name}", expires, signature)
        path = _folder(call.state.settings.home, service) / name
        if not _NAME.fullmatch(name) or not path.exists():
            raise NotFound()
        media = "application/x-ndjson" if name.endswith(".ndjson") else "text/csv; charset=utf-8"
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        if bom and name.endswith(".csv") and not await asyncio.to_thread(_is_marked, path):
            headers["Content-Disposition"] = f'attachment; filename="{name}"'
            return StreamingResponse(_with_mark(path), headers=headers, media_type=media)
        return FileResponse(path, media_type=media, filename=name, headers=headers)

    create_export.__annotations__["body"] = body_type
    create_export.__name__, download_export.__name__ = f"create_{service}_export", f"download_{service}_export"
    router.operation(
        "POST",
        "",
        scopes=scopes,
        status_code=202,
        response_model=JobAccepted,
        responses={202: {"headers": {"Location": {"$ref": "#/components/headers/Location"}}}},
        problems=(TooManyExports,),
        summary="Create an export",
    )(create_export)
    router.operation(
        "GET",
        "/files/{name}",
        scopes=None,
        response_class=FileResponse,
        responses={
            200: {
                "content": {
                    "application/x-ndjson": {"schema": {"type": "string"}},
                    "text/csv": {"schema": {"type": "string"}},
                }
            }
        },
        summary="Download an export file",
    )(download_export)
    return router
