"""Batches: up to 500 items in one call, all or none (`atomic`) or every one for itself (`each`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from starlette.responses import Response

from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid, Problem
from kernel.problems.field_labels import Label, items_of, name_places
from kernel.values.field_errors import field_errors_of
from kernel.web.calls import Call
from kernel.web.idempotency import once
from kernel.web.replies import PRIVATE, json_reply
from kernel.web.schemas import Output, ProblemDocument, Warned

T = TypeVar("T")


class Faulty:
    """An item that does not fit its schema, with what is wrong: the others are not held up by it."""

    def __init__(self, faults: list[FieldError]) -> None:
        self.faults = faults


def _lenient(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
    try:
        return check(value)
    except ValidationError as error:
        return Faulty(field_errors_of(error.errors()))


LENIENT = WrapValidator(_lenient)
"""Put on a batch's items: `Annotated[OrganizationCreate, LENIENT]`."""


class BatchItem(Output):
    """What became of one item: 201 created, 200 it was there already, or its problem."""

    index: int
    status: Annotated[int, Label("Mã trả lời")] = Field(description="HTTP status")
    id: str | None = Field(json_schema_extra={"format": "uuid"})
    version: int | None
    problem: ProblemDocument | None
    warnings: list[Warned] = Field(description="What is worth a look in an item that was accepted")


class BatchAnswer(Output):
    """One answer an item, in the order sent."""

    items: list[BatchItem]


BATCH_OPTIONS: dict[str, Any] = {
    "status_code": 201,
    "response_model": BatchAnswer,
    "responses": {207: {"model": BatchAnswer, "description": "With `each`: one answer an item"}},
}
"""What the declarations of all batches have in common."""


async def run_batch(
    call: Call,
    mode: str,
    items: Sequence[T],
    create: Callable[[Transaction, T], Awaitable[tuple[Row, bool]]],
    *,
    hold: Callable[[Transaction], Awaitable[object]] | None = None,
    keyed: bool = False,
    warnings: Callable[[Transaction, Row], Awaitable[list[dict[str, Any]]]] | None = None,
    dry_run: bool = False,
) -> Response:
    """Create `items` in one transaction; with `each`, a refused item is undone alone and the rest stand.

    `hold` takes the locks that outlast a refused item. `keyed`: an Idempotency-Key is needed.
    `warnings`: what a single write of the row would have warned of. `dry_run`: all of it is undone; what would be
    entered is answered without an id.
    """

    async def effect(tx: Transaction) -> Response:
        if hold is not None:
            await hold(tx)
        answers: list[dict[str, Any]] = []
        refusals: list[tuple[int, Problem]] = []
        for index, item in enumerate(items):
            try:
                if isinstance(item, Faulty):
                    raise Invalid(*item.faults)
                async with tx.raw.transaction():
                    row, new = await create(tx, item)
            except Problem as problem:
                refusals.append((index, problem))
                answers.append(_item(index, problem.status, problem=_document(call, problem)))
            else:
                row_warnings = [] if warnings is None else await warnings(tx, row)
                status = 201 if new else 200
                kept = {} if dry_run and new else {"id": row["id"], "version": row["version"]}
                answers.append(_item(index, status, **kept, warnings=row_warnings))
        return _answered(mode, answers, refusals, dry_run=dry_run)

    return await once(call, effect, required=keyed, dry_run=dry_run)


async def run_batch_at_once(
    call: Call,
    mode: str,
    items: Sequence[T],
    enter: Callable[[Transaction, Sequence[T]], Awaitable[Sequence[tuple[Row, bool] | Problem]]],
    warnings: Callable[[Transaction, Sequence[Row]], Awaitable[Sequence[list[dict[str, Any]]]]],
) -> Response:
    """Create `items` in one transaction, all by the same statements; `enter` says of each what became of it.

    What `enter` refuses it has written nothing of, so that with `each` the rest stand.
    """

    async def effect(tx: Transaction) -> Response:
        entered = await enter(tx, items)
        refusals = [(index, each) for index, each in enumerate(entered) if isinstance(each, Problem)]
        told = iter(await warnings(tx, [each[0] for each in entered if not isinstance(each, Problem)]))
        answers = [
            _item(index, each.status, problem=_document(call, each))
            if isinstance(each, Problem)
            else _item(
                index, 201 if each[1] else 200, id=each[0]["id"], version=each[0]["version"], warnings=next(told)
            )
            for index, each in enumerate(entered)
        ]
        return _answered(mode, answers, refusals)

    return await once(call, effect)


def _answered(
    mode: str, answers: list[dict[str, Any]], refusals: list[tuple[int, Problem]], *, dry_run: bool = False
) -> Response:
    """Return the answer of a batch. Raises the refusal of all where one item is refused and all were to be entered."""
    if refusals and mode == "atomic":
        raise _all(refusals)
    whole = 200 if dry_run else 201
    return json_reply({"items": answers}, whole if mode == "atomic" else 207, cache=PRIVATE)


def _item(index: int, status: int, **members: Any) -> dict[str, Any]:
    return {"index": index, "status": status, "id": None, "version": None, "problem": None, "warnings": [], **members}


def _document(call: Call, problem: Problem) -> dict[str, Any]:
    if isinstance(problem, Invalid) and (route := call.request.scope.get("route")) is not None:
        name_places(problem.members["errors"], items_of(route.body_annotation), None)
    return problem.document(call.language, request_id=call.request_id)


def _all(refusals: list[tuple[int, Problem]]) -> Problem:
    """Return one problem for the batch: every fault with its item's pointer, or the first refusal with its index."""
    faults = [
        FieldError(fault.code, fault.detail, pointer=f"/items/{index}{fault.pointer or ''}", allowed=fault.allowed)
        for index, problem in refusals
        if isinstance(problem, Invalid)
        for fault in problem.members["errors"]
    ]
    if faults:
        return Invalid(*faults)
    index, first = refusals[0]
    first.members["index"] = index
    first.members["refused"] = [at for at, _ in refusals]
    return first
