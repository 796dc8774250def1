"""Snapshots: all records of one type in the caller's area, in files, with the cursor to follow on from.

Loading the files and following the feed from `cursor` misses nothing: cursor and rows are of one REPEATABLE READ
snapshot. Such a transaction has no xid, so it holds no feed back, however long it reads.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar, cast

import orjson
from fastapi import Query
from pydantic import AfterValidator, Field, StrictBool, StrictInt, ValidationInfo, create_model, field_validator
from starlette.responses import FileResponse, Response, StreamingResponse

from kernel.database.connections import Transaction, connect
from kernel.feed.changes import SNAPSHOT_CURSOR, SnapshotRow, snapshot_cursor
from kernel.feed.export_columns import columns_of, plain_columns
from kernel.feed.export_files import (
    MARK,
    MOST_SHEET_ROWS,
    Read,
    TextFile,
    Workbook,
    csv_lines,
    json_lines,
    reading_rows,
)
from kernel.feed.export_reading import read_lines, read_rows
from kernel.feed.export_selection import Selected, selected_records
from kernel.feed.jobs import JobAccepted, JobContext, JobKind, accepted, enqueue
from kernel.problems import Invalid, NotFound, Problem
from kernel.problems.field_labels import Label
from kernel.records import Resource
from kernel.records.code_lists import Lists
from kernel.records.listing import listed_as
from kernel.records.listing.query import read_filters
from kernel.storage.object_store import EXPORTS_KEPT_HOURS, ExportFiles, export_files_of
from kernel.storage.signing import signer_of
from kernel.values.common_lists import EXPORT_FORMATS, EXPORT_HEADINGS
from kernel.values.days import now
from kernel.values.field_errors import field_error, field_errors_within
from kernel.values.ids import new_id
from kernel.values.wording import ANOTHER
from kernel.web.calls import Call, CurrentCall
from kernel.web.idempotency import once
from kernel.web.limits import TooManyExports
from kernel.web.operations import ApiRouter
from kernel.web.schemas import Input, code
from kernel.workbooks.templates import XLSX

_NAME = re.compile(r"(?:[a-z_]+-)?[0-9a-f-]{36}\.(ndjson|csv|xlsx)")
_MEDIA = {".ndjson": "application/x-ndjson", ".csv": "text/csv; charset=utf-8", ".xlsx": XLSX}


class WorksheetFull(Problem):
    status, code = 409, "worksheet_full"
    title = ("Quá nhiều dòng cho một trang tính", "Too many rows for a worksheet")
    detail = (
        "Có {rows} bản ghi, một trang tính chỉ chứa {most} dòng; hãy lọc bớt hoặc chọn CSV.",
        "There are {rows} records, and a worksheet holds {most} rows; filter them or choose CSV.",
    )
    example: ClassVar[dict[str, Any]] = {"rows": 1_200_000, "most": MOST_SHEET_ROWS}


_Value = Annotated[str, Field(max_length=300)] | StrictInt | StrictBool


class ExportCreate(Input):
    """What to take a snapshot of.

    `bom` goes with the format `csv`.
    """

    type: Annotated[
        str, Field(min_length=1, max_length=60, description="Record type, as the feed names it"), Label("Loại bản ghi")
    ]
    format: Annotated[str, code(EXPORT_FORMATS)] = "ndjson"
    filters: dict[str, _Value | Annotated[list[_Value], Field(min_length=1, max_length=200)]] | None = Field(
        default=None,
        max_length=50,
        description="Filters of the list of this type, by name; a list of values where the list's parameter may be repeated",
    )
    headings: Annotated[str, code(EXPORT_HEADINGS)] = Field(
        default="codes",
        description="labels: headings and codes in words, in the language asked for, what is nested spread in columns; not NDJSON",
    )
    bom: bool = Field(
        default=False, description="CSV begins with a byte order mark, by which a spreadsheet reads Vietnamese letters"
    )

    @field_validator("headings")
    @classmethod
    def _for_people(cls, headings: str, info: ValidationInfo) -> str:
        if headings == "labels" and info.data.get("format") == "ndjson":
            raise field_error(
                "not_allowed",
                "NDJSON dành cho máy nên không có tên gọi; hãy chọn CSV hoặc Excel.",
                "Lines of JSON are for programs and have no labels; choose CSV or Excel.",
            )
        return headings

    @field_validator("bom")
    @classmethod
    def _of_csv(cls, bom: bool, info: ValidationInfo) -> bool:
        if bom and info.data.get("format", "csv") != "csv":
            raise field_error(
                "not_allowed",
                "Chỉ tệp CSV mới có dấu BOM; hãy bỏ mục này.",
                "Only CSV takes a byte order mark; leave it out.",
            )
        return bom


def _body_of(service: str, by_name: Mapping[str, Resource[Any]]) -> type[ExportCreate]:
    """Return the body of `service`, which names its types and takes the filters of each."""
    types = tuple(by_name)

    def check_type(value: str) -> str:
        if value not in by_name:
            raise field_error("not_allowed", *ANOTHER, allowed=types)
        return value

    def check_filters(value: Any, info: ValidationInfo) -> Any:
        if value and "type" in info.data:
            try:
                read_filters(listed_as(by_name[info.data["type"]]).listing, value)
            except Invalid as refused:
                raise field_errors_within(refused.members["errors"]) from None
        return value

    named = Field(description="Record type, as the feed names it", json_schema_extra={"enum": list(types)})
    type_: Any = (Annotated[str, named, AfterValidator(check_type), Label("Loại bản ghi")], ...)
    return create_model(
        f"{service.title()}ExportCreate",
        __base__=ExportCreate,
        __doc__=ExportCreate.__doc__,
        __validators__={"check_filters": field_validator("filters")(check_filters)},
        type=type_,
    )


def export_kind(service: str, resources: Sequence[Resource[Any]], lists: Lists) -> JobKind:
    """Return the job that writes snapshots of `resources`; `lists` are the service's code lists, for labels."""
    by_name = {resource.name: resource for resource in resources}

    async def run(context: JobContext) -> dict[str, Any]:
        request = context.request
        resource, format_ = by_name[request["type"]], request["format"]
        files = export_files_of(context.app)
        await files.remove_older(timedelta(hours=EXPORTS_KEPT_HOURS))
        # Its own name at each try: one that lost its turn, and does not know it yet, writes over nobody's file.
        name = f"{resource.name}-{new_id()}.{format_}"
        selected = selected_records(
            resource, request.get("filters"), context.area, named=request.get("headings") == "labels"
        )
        with files.writing(name) as part:
            cursor, writing = await _snapshot(context, part, resource, selected, lists)
            digest = await asyncio.to_thread(writing.file.close)
            size, rows = part.stat().st_size, writing.rows
            await files.keep(part, name)
        return {
            "type": resource.name,
            "format": format_,
            "area": context.area,
            "cursor": None if request.get("filters") else cursor,
            "created_at": now(),
            "rows": rows,
            "files": [{"name": name, "url": "", "rows": rows, "bytes": size, "sha256": digest}],
        }

    return JobKind("export", run)


async def _snapshot(
    context: JobContext, path: Path, resource: Resource[Any], selected: Selected, lists: Lists
) -> tuple[str, _Writing]:
    """Write all selected records at `path`, of one moment; return the cursor of that moment, and the file, not closed yet."""
    connection = await connect(
        context.app.state.settings.database_url,
        statement_timeout="0",
        idle_in_transaction_session_timeout="0",
        transaction_timeout="0",
    )
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await connection.fetchrow(str(SNAPSHOT_CURSOR))
            assert snapshot is not None
            cursor = str(snapshot_cursor(cast(SnapshotRow, snapshot)))
            total = await connection.fetchval(selected.count, *selected.count_args)
            if context.request["format"] == "xlsx" and total > MOST_SHEET_ROWS:
                raise WorksheetFull(rows=total, most=MOST_SHEET_ROWS)
            writing = _Writing(_file(path, context.request, resource, selected, lists), context, total)
            if selected.lines is None:
                await read_rows(connection, selected, writing.take)
            elif context.request["format"] == "ndjson":
                await read_lines(connection, selected, writing.take_lines)
            else:
                await read_lines(connection, selected, lambda lines: writing.take(lines.splitlines()))
    finally:
        await connection.close(timeout=5)
    return cursor, writing


class _Writing:
    """A file being written, chunk by chunk, and how far it is."""

    def __init__(self, file: TextFile | Workbook, context: JobContext, total: int) -> None:
        self.file, self.rows = file, 0
        self._context, self._total, self._told_at = context, max(1, total), time.monotonic()

    async def take(self, rows: Sequence[Any]) -> None:
        """Write rows."""
        if isinstance(self.file, Workbook):
            # Its cells are written in Python one by one: off the loop that serves others.
            await asyncio.to_thread(self.file.write, rows)
        else:
            self.file.write(rows)
        await self._count(len(rows))

    async def take_lines(self, lines: bytes) -> None:
        """Write lines of JSON as they are."""
        assert isinstance(self.file, TextFile), "of NDJSON"
        self.file.put(lines)
        await self._count(lines.count(b"\n"))

    async def _count(self, rows: int) -> None:
        self.rows += rows
        # A chunk is some milliseconds of work at most; others are served between two.
        await asyncio.sleep(0)
        if time.monotonic() - self._told_at > 1:
            self._told_at = time.monotonic()
            await self._context.progress(self.rows * 100 // self._total)


def _file(
    path: Path, request: Mapping[str, Any], resource: Resource[Any], selected: Selected, lists: Lists
) -> TextFile | Workbook:
    if request["format"] == "ndjson":
        return TextFile(path, json_lines(selected.represent))
    read: Read = reading_rows(selected.represent) if selected.lines is None else orjson.loads
    output, columns = listed_as(resource).output, None
    if request.get("headings") == "labels":
        columns = columns_of(output, lists, request.get("language", "vi"))
    if request["format"] == "csv":
        return TextFile(path, csv_lines(read, columns, bom=request.get("bom", False)))
    return Workbook(path, read, plain_columns(output) if columns is None else columns)


def _is_marked(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(3) == MARK.encode()


def _with_mark(path: Path) -> Iterator[bytes]:
    yield MARK.encode()
    with path.open("rb") as file:
        while chunk := file.read(1 << 16):
            yield chunk


async def _from_store(
    files: ExportFiles, name: str, media: str, headers: dict[str, str], *, marked: bool
) -> StreamingResponse:
    """Return the file as it comes out of the store; `marked`: with a byte order mark, unless it begins with one."""
    try:
        size, chunks = await files.read(name)
    except FileNotFoundError:
        raise NotFound() from None
    mark = MARK.encode()
    first = await anext(chunks, b"")
    begin = mark if marked and not first.startswith(mark) else b""

    async def whole() -> AsyncIterator[bytes]:
        yield begin + first
        async for chunk in chunks:
            yield chunk

    length = {"Content-Length": str(len(begin) + size), "Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(whole(), headers={**headers, **length}, media_type=media)


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
    body_type = _body_of(service, {resource.name: resource for resource in resources})

    async def create_export(call: CurrentCall, body: ExportCreate) -> Response:
        """Ask for a snapshot of all records of one type in the caller's area, or of those that its list has with `filters`.

        The job's result is the manifest: files with row counts and SHA-256, and the cursor to follow on from (null with
        filters: a follower needs the whole). With `headings=labels` CSV and Excel are for people: headings and labels of codes in
        the language asked for, seats and other nested records spread in columns.
        """

        async def effect(tx: Transaction) -> Response:
            lane = call.state.limits.exports
            request = {**body.model_dump(), "language": call.language}
            return accepted(service, await enqueue(tx, "export", request, by=call.caller, lane=lane))

        answer = await once(call, effect)
        call.state.job_entered.set()
        return answer

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
        files = export_files_of(call.request.app)
        if not _NAME.fullmatch(name):
            raise NotFound()
        media = _MEDIA[Path(name).suffix]
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        if files.folder is None:
            return await _from_store(files, name, media, headers, marked=bom and name.endswith(".csv"))
        path = files.folder / name
        if not path.exists():
            raise NotFound()
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
                    XLSX: {"schema": {"type": "string", "format": "binary"}},
                }
            }
        },
        summary="Download an export file",
    )(download_export)
    return router
