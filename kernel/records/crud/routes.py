"""The operations on a type of record, declared from what it is.

The bodies differ by type, so they are put into an endpoint's annotations before FastAPI reads them.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel import records
from kernel.database.connections import Row, Transaction
from kernel.records.batch import BATCH_OPTIONS, run_batch
from kernel.records.crud import writing
from kernel.records.crud.confirmation_routes import declare_confirmation
from kernel.records.crud.declaring import Declare, Endpoint
from kernel.records.crud.record_type import Parent, RecordType
from kernel.records.listing import answer_list
from kernel.records.parts import Asking, Part, answer_one, with_parts
from kernel.records.reading import existing, remembered
from kernel.records.responses import answer
from kernel.web.calls import Call, CurrentCall
from kernel.web.field_types import RemovalReason, path_id
from kernel.web.idempotency import once
from kernel.web.operations import ApiRouter
from kernel.web.replies import no_content
from kernel.web.schemas import HistoryPage


def record_router(record_type: RecordType[Any], *parts: Part, reading: bool = True) -> ApiRouter:
    """Return the operations on one type of record, those called most first.

    `parts`: what `include` may name of a single one. `reading`: reading a single one is among them; else it is declared where
    its parts are known (`reading_router`).
    """
    declare = Declare(record_type)
    _declare_lists(declare, record_type)
    if record_type.create is not None:
        _declare_entries(declare, record_type)
    if record_type.batch is not None:
        _declare_batch(declare, record_type)
    if reading:
        _declare_reading(declare, record_type, parts)
    if record_type.change is not None:
        _declare_change(declare, record_type)
    if record_type.removable:
        _declare_removal(declare, record_type)
    if record_type.confirmation is not None:
        declare_confirmation(declare, record_type, record_type.confirmation)
    _declare_history(declare, record_type)
    return declare.router


def reading_router(record_type: RecordType[Any], *parts: Part) -> ApiRouter:
    """Return the operation that reads a single record, with the `parts` that `include` may name."""
    declare = Declare(record_type)
    _declare_reading(declare, record_type, parts)
    return declare.router


def _declare_lists(declare: Declare, record_type: RecordType[Any]) -> None:
    listing, titles = record_type.listing, record_type.titles
    parameters = listing.parameters()
    options: dict[str, Any] = {
        "scopes": record_type.read_scopes,
        "response_model": record_type.page,
        "problems": (kernel_problems.CursorMismatch,),
    }

    async def list_all(call: Call) -> Response:
        return await answer_list(call, listing)

    @declare(
        "GET",
        declare.path,
        f"list_{record_type.many}",
        f"List {titles}",
        "list",
        f"Page through the {titles} of the caller's area.",
        direct=list_all,
        openapi_extra={"parameters": parameters},
        **options,
    )
    async def _list(call: CurrentCall) -> Response:
        return await list_all(call)

    if record_type.under is None:
        return
    under = record_type.under
    name = (
        f"list_{under.resource.name}_{record_type.many}"
        if under.in_body
        else f"list_{record_type.many}_of_{under.resource.name}"
    )

    async def list_below(call: Call) -> Response:
        return await answer_list(call, listing, preset={under.column: [call.record["id"]]})

    @declare(
        "GET",
        under.path + declare.path,
        name,
        f"List the {titles} of {under.a_title}",
        "list_below",
        f"Page through the {titles} of one {under.title}.",
        types={"parent_id": path_id(under.column)},
        guard=under.guard or existing(under.resource, under.column),
        direct=list_below,
        openapi_extra={"parameters": [p for p in parameters if p["name"] != under.column]},
        **options,
    )
    async def _list_below(call: CurrentCall, parent_id: Any) -> Response:
        return await list_below(call)


def _declare_entries(declare: Declare, record_type: RecordType[Any]) -> None:
    assert record_type.create is not None
    under, a_title = record_type.under, record_type.a_title
    options: dict[str, Any] = {
        "scopes": record_type.create_scopes or record_type.write_scopes,
        "status_code": 201,
        "minted": True,
        "response_model": record_type.written or record_type.output,
        "problems": declare.refusals,
        "types": {"body": record_type.create},
    }
    doc = record_type.create.__doc__ or ""

    async def enter(call: Call, body: Any, parent_id: str | None) -> Response:
        if record_type.before is not None:
            await record_type.before(call, body)

        async def effect(tx: Transaction) -> Response:
            row, is_new = await writing.create(tx, call, record_type, body, parent_id=parent_id)
            return await _answered(tx, call, record_type, row, status=201 if is_new else 200)

        return await once(call, effect, pepper=record_type.pepper(call))

    if under is None or under.in_body:

        @declare("POST", declare.path, f"create_{record_type.noun}", f"Create {a_title}", "create", doc, **options)
        async def _create(call: CurrentCall, body: Any) -> Response:
            return await enter(call, body, None)

    if under is not None:
        _declare_entry_below(declare, record_type, under, enter, {**options, "description": doc})


def _declare_entry_below(
    declare: Declare, record_type: RecordType[Any], under: Parent, enter: Endpoint, options: dict[str, Any]
) -> None:
    in_body = under.in_body

    @declare(
        "POST",
        under.path + declare.path,
        f"create_{under.resource.name}_{record_type.noun}" if in_body else f"record_{record_type.noun}",
        f"Create {record_type.a_title} of {under.a_title}" if in_body else f"Record {record_type.a_title}",
        "create_below",
        options.pop("description"),
        types={"parent_id": path_id(under.column), **options.pop("types")},
        guard=existing(under.resource, under.column),
        **options,
    )
    async def _create_below(call: CurrentCall, parent_id: Any, body: Any) -> Response:
        return await enter(call, body, call.record["id"])


def _declare_batch(declare: Declare, record_type: RecordType[Any]) -> None:
    @declare(
        "POST",
        f"{declare.path}/batch",
        f"create_{record_type.many}",
        f"Create {record_type.titles} in a batch",
        "batch",
        "Enter up to 500 items. `atomic`: all or none. `each`: every item for itself, answered with 207.",
        types={"body": record_type.batch},
        scopes=record_type.create_scopes or record_type.write_scopes,
        **BATCH_OPTIONS,
        problems=declare.refusals,
    )
    async def _batch(call: CurrentCall, body: Any) -> Response:
        async def create(tx: Transaction, item: Any) -> tuple[Row, bool]:
            return await writing.create(tx, call, record_type, item)

        async def hold(tx: Transaction) -> None:
            if record_type.hold is not None:
                await record_type.hold(tx, call, body.items)

        async def warnings(tx: Transaction, row: Row) -> list[dict[str, Any]]:
            return [] if record_type.warnings is None else await record_type.warnings(tx, call, row)

        if record_type.before is not None:
            await record_type.before(call, *body.items)
        return await run_batch(call, body.mode, body.items, create, hold=hold, warnings=warnings)


def _declare_reading(declare: Declare, record_type: RecordType[Any], parts: tuple[Part, ...]) -> None:
    asking = Asking(record_type.output, parts)
    guard = record_type.guard or existing(record_type.resource, record_type.parameter, named=True)

    async def read_one(call: Call) -> Response:
        return await answer_one(call, record_type.resource, asking)

    @declare(
        "GET",
        declare.one,
        f"read_{record_type.noun}",
        f"Read {record_type.a_title}",
        "read",
        f"Read {record_type.a_title}. The ETag is its version, with a hash of what is embedded.",
        types={"id_": declare.record_id},
        scopes=record_type.read_scopes,
        guard=asking.guard(guard),
        direct=read_one,
        conditional=True,
        openapi_extra={"parameters": asking.parameters()},
        response_model=with_parts(record_type.output, parts),
    )
    async def _read(call: CurrentCall, id_: Any) -> Response:
        return await read_one(call)


def _declare_change(declare: Declare, record_type: RecordType[Any]) -> None:
    @declare(
        "PATCH",
        declare.one,
        f"change_{record_type.noun}",
        f"Update {record_type.a_title}",
        "change",
        "Apply a merge patch: absent leaves, null clears. What was known before stays in the history.",
        types={"id_": declare.record_id, "body": record_type.change},
        scopes=record_type.write_scopes,
        etag=True,
        guard=existing(record_type.resource, record_type.parameter, if_match=True),
        response_model=record_type.written or record_type.output,
        problems=declare.refusals if record_type.change_refusals is None else record_type.change_refusals,
    )
    async def _change(call: CurrentCall, id_: Any, body: Any) -> Response:
        if record_type.before is not None:
            await record_type.before(call, body)

        async def effect(tx: Transaction) -> Response:
            row = await writing.locked(tx, call, record_type, id_)
            after = await writing.change(tx, call, record_type, row, body)
            return await _answered(tx, call, record_type, after)

        return await once(call, effect)


def _declare_removal(declare: Declare, record_type: RecordType[Any]) -> None:
    @declare(
        "DELETE",
        declare.one,
        f"remove_{record_type.noun}",
        f"Delete {record_type.a_title}",
        "remove",
        "The record goes; its history stays with the `reason`, and the feed tells of the removal.",
        types={"id_": declare.record_id, "reason": RemovalReason},
        scopes=record_type.write_scopes,
        etag=True,
        guard=existing(record_type.resource, record_type.parameter, if_match=True),
        status_code=204,
        problems=record_type.removal_refusals,
    )
    async def _remove(call: CurrentCall, id_: Any, reason: Any = None) -> Response:
        async def effect(tx: Transaction) -> Response:
            row = await writing.locked(tx, call, record_type, id_)
            await writing.remove(tx, call, record_type, row, reason=reason)
            return no_content()

        return await once(call, effect)


def _declare_history(declare: Declare, record_type: RecordType[Any]) -> None:
    @declare(
        "GET",
        f"{declare.one}/history",
        f"read_{record_type.noun}_history",
        f"Change history of {record_type.a_title}",
        "history",
        "Return every version, oldest first.",
        types={"id_": declare.record_id},
        scopes=record_type.read_scopes,
        guard=record_type.guard or remembered(record_type.resource, record_type.parameter),
        response_model=HistoryPage,
    )
    async def _history(call: CurrentCall, id_: Any) -> Response:
        return await records.history(call, record_type.resource, id_)


async def _answered(tx: Transaction, call: Call, record_type: RecordType[Any], row: Row, status: int = 200) -> Response:
    """Return the record as it was written, with what is worth a look in it."""
    extra = None if record_type.warnings is None else {"warnings": await record_type.warnings(tx, call, row)}
    return await answer(tx, call, record_type.resource, row, status=status, extra=extra)
