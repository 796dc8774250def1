"""The operations that every kind of record has: list, enter, read, correct, history and, for some, take back.

A kind says what it is; the operations are declared from that, so FastAPI reads their types when it runs, where a type
checker sees variables. A correction is judged as the whole record that it leads to, by the rules of a new one.
"""

# mypy: disable-error-code="valid-type, name-defined, attr-defined, arg-type, maybe-unrecognized-str-typeform"

from collections.abc import Awaitable, Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Annotated, Any, Generic, Protocol, get_type_hints

import asyncpg
import orjson
from fastapi import Depends, Path
from pydantic import Field, ValidationError, create_model
from pydantic.fields import FieldInfo
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid, Problem
from kernel.problems.field_labels import label_vi, labels_of, unlabelled
from kernel.records import records
from kernel.records.listing import Filter, Listing, SortKey, Source, answer_list, instant_range, text_filter
from kernel.records.province_filters import split_province
from kernel.records.records import R, Resource, answer, dump, existing, fingerprint, remembered
from kernel.values.field_errors import field_errors_of
from kernel.values.geography import is_alliance
from kernel.values.ids import Id
from kernel.web.idempotency import once
from kernel.web.operations import ApiRouter, Call, CurrentCall, Guard, Place, declared_here
from kernel.web.schemas import HistoryPage, Input, NotNull, Output, Page, text

Values = dict[str, Any]
Endpoint = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Parent:
    """What a kind of record belongs to: `/loans/{loan_id}/<plural>` enters one and lists those of one parent."""

    resource: Resource[Any]
    plural: str
    column: str

    @property
    def path(self) -> str:
        """As the path of one parent says it: /loans/{loan_id}."""
        return f"/{self.plural}/{{{self.column}}}"


@dataclass(frozen=True, kw_only=True)
class RecordType(Generic[R]):
    """One kind of record.

    `columns` turns a checked body into columns, for a new record (row None) or as the whole of what `row` becomes; it
    raises what refuses. `change`: the merge patch, None for what is never corrected. `unique`: constraint → what
    its violation means. `digest`: what of a body recognises it when it is sent again; secrets are left out there.
    `under`: what it belongs to; its body then names no parent, and `columns` finds it in `call.found`. `after`: what
    else an entry does, in its transaction. Without `create` the slice has its own way of entering one.
    """

    resource: Resource[R]
    plural: str
    """As the path says it: capital-movements."""
    output: type[Output]
    create: type[Input] | None
    listing: Listing
    columns: Callable[[Transaction, Call, Any, R | None], Awaitable[Values]] | None
    change: type[Input] | None = None
    refusals: tuple[type[Problem], ...] = ()
    unique: Mapping[str, Callable[[Transaction, Values], Awaitable[Exception]]] | None = None
    digest: Callable[[Call, Values], Values] = lambda call, given: given
    pepper: Callable[[Call], bytes] = lambda call: b""
    removable: bool = False
    read_scopes: tuple[str, ...] = ()
    write_scopes: tuple[str, ...] = ()
    """Each service gives its own: a kind without a scope is nobody's."""
    create_scopes: tuple[str, ...] | None = None
    guard: Guard | None = None
    """Loads the record of a path, where `existing` does not do."""
    under: Parent | None = None
    after: Callable[[Transaction, Call, Any, R], Awaitable[R]] | None = None
    before: Callable[[Call, Any], Awaitable[None]] | None = None
    """What has to be asked of other services before the transaction: takes the body, or the patch."""
    many: str = ""
    """As operation ids say several: capital_movements. Given where the path's word means something else elsewhere."""

    declared: Place = field(init=False)
    """The line of the slice that a reader of its operations looks for (`vca routes`)."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "many", self.many or self.plural.replace("-", "_"))
        object.__setattr__(self, "declared", declared_here())

    @property
    def noun(self) -> str:
        """As operation ids say it: capital_movement."""
        return self.resource.name

    @property
    def title(self) -> str:
        """As people say it: capital movement."""
        return self.resource.name.replace("_", " ")

    @property
    def prefix(self) -> str:
        """The service's part of the path: /v1/funds."""
        return self.resource.path.removesuffix(f"/{self.plural}")


def merge_patch_fields(
    create: type[Input], *, without: Container[str], not_null: Callable[[FieldInfo], bool] = FieldInfo.is_required
) -> dict[str, Any]:
    """Return the fields of the merge patch of what `create` makes, without those in `without`.

    Every field may be left out; null clears it unless it is `not_null`.
    """
    hints = get_type_hints(create, include_extras=True)
    fields: dict[str, Any] = {}
    for name, known in create.model_fields.items():
        if name in without:
            continue
        hint = unlabelled(hints[name]) | None
        kind = Annotated[hint, NotNull()] if not_null(known) else hint
        for label in labels_of(known.metadata):
            kind = Annotated[kind, label]
        fields[name] = (kind, Field(default=None, description=known.description))
    return fields


def merge_patch_model(create: type[Input], *, without: tuple[str, ...] = ()) -> type[Input]:
    """Return the merge patch of what `create` makes: every field may be left out, null clears what may be empty."""
    fields = merge_patch_fields(create, without=("id", *without))
    fields["reason"] = (Annotated[str, text(500)] | None, Field(default=None))
    name = create.__name__.removesuffix("Create") + "Change"
    words = "A correction: absent leaves, null clears, and what it leads to is judged as a whole."
    made: type[Input] = create_model(name, __base__=Input, __doc__=words, **fields)
    return made


class Evidence(Protocol):
    """Figures whose evidence a list may be: the parameters that name one, and the records that it counts.

    Indicators stand above records, so a list knows of them no more than this.
    """

    def evidence_filters(self, listed: str) -> tuple[Filter, ...]:
        """Return the parameters of the list `listed` that name a figure."""

    def check_evidence(self, given: dict[str, Any]) -> list[FieldError]:
        """Look at the figure's parameters together; may rewrite them in place."""

    def evidence_condition(self, given: Mapping[str, Any], id_column: str) -> tuple[str, ...]:
        """Return the condition that keeps a list to the records a figure counts."""


def listing_of(
    resource: Resource[Any],
    output: type[Output],
    filters: tuple[Filter, ...],
    *,
    sorts: Mapping[str, SortKey] | None = None,
    facets: tuple[str, ...] = (),
    check: Any = None,
    counts: Evidence | None = None,
) -> Listing:
    """Return how a kind is listed; the table stands as `r` in filters and sorts.

    `counts`: indicators whose evidence this list may be; `filters` then hold PROVINCE_FILTERS.
    """
    own = f"r.{resource.own_column}" if resource.own_column else None
    columns = ", ".join(f"r.{name}" for name in resource.columns)
    source = Source(columns, f"{resource.table.name} r", (), "r.alliance", own=own, dated="r", shared=resource.shared)
    listed = resource.path.rpartition("/")[2]

    def evidence(given: dict[str, Any]) -> list[FieldError]:
        assert counts is not None
        if faults := counts.check_evidence(given):
            return faults
        return split_by_map(given) if "counted_in" not in given else []

    def counted(given: Mapping[str, Any]) -> Source:
        assert counts is not None
        conditions = counts.evidence_condition(given, "r.id")
        return replace(source, conditions=conditions) if conditions else source

    return Listing(
        name=resource.name,
        filters=(
            *filters,
            text_filter("alliance", "r.alliance", "Alliance that owns the record."),
            *instant_range("updated_at", "r.updated_at", "Last change"),
            *(() if counts is None else counts.evidence_filters(listed)),
        ),
        sorts={
            "id": SortKey("r.id", "uuid"),
            "updated_at": SortKey("r.updated_at", "timestamptz"),
            **(sorts or {}),
        },
        default_sort="id",
        source=(lambda given: source) if counts is None else counted,
        represent=resource.represent,
        own_view=resource.own_view,
        fields=tuple(output.model_fields),
        facets={name: f"r.{name}" for name in facets},
        id_key=SortKey("r.id", "uuid"),
        check=check if counts is None else evidence,
    )


def split_by_map(given: dict[str, Any]) -> list[FieldError]:
    """Send a list's province filter to the column of its map; the `check` of a listing with PROVINCE_FILTERS."""
    split_province(given)
    return []


def representation(
    output: type[Output], *, parsed: tuple[str, ...] = (), made: tuple[str, ...] = ()
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return the representation that shows the columns of `output` as they are; jsonb in `parsed` passes through.

    Fields that are `made` of others are left out.
    """
    names = tuple(name for name in output.model_fields if name not in made)
    pick = itemgetter(*names)

    def represent(row: Mapping[str, Any]) -> dict[str, Any]:
        # A page is a thousand values and more: picked and paired without a step of Python a value.
        document = dict(zip(names, pick(row), strict=True))
        for name in parsed:
            if document[name] is not None:
                document[name] = orjson.Fragment(document[name])
        return document

    return represent


async def find_replay(tx: Transaction, call: Call, kind: RecordType[R], body: Any) -> tuple[R | None, bytes]:
    """Return the record that the same id and content made before, or None, and the digest of the content.

    Raises IdInUse where the id came with other content, or below another record.
    """
    digest = fingerprint(kind.digest(call, body.model_dump(exclude_unset=True, mode="json")))
    if body.id is None or (known := await records.first_digest(tx, kind.resource, body.id)) is None:
        return None, digest
    row = await records.read(tx, kind.resource, body.id, call.caller)
    if known != digest or row is None or not _is_below(kind, row, call.found):
        raise kernel_problems.IdInUse(id=body.id)
    return row, digest


def _is_below(kind: RecordType[R], row: R, parent: Row | None) -> bool:
    return kind.under is None or parent is None or bool(row[kind.under.column] == parent["id"])


async def create(tx: Transaction, call: Call, kind: RecordType[R], body: Any) -> tuple[R, bool]:
    """Enter a record; return its row and whether it is new (the same id and content again is not).

    Raises Invalid, IdInUse and what the kind refuses.
    """
    known, digest = await find_replay(tx, call, kind, body)
    if known is not None:
        return known, False
    assert kind.columns is not None, kind.plural
    values = {"id": body.id, **await kind.columns(tx, call, body, None)}
    row = await insert(tx, call, kind, values, reason=getattr(body, "reason", None), digest=digest)
    return row if kind.after is None else await kind.after(tx, call, body, row), True


async def insert(
    tx: Transaction, call: Call, kind: RecordType[R], values: Values, *, reason: str | None, digest: bytes | None = None
) -> R:
    """Insert a record of `kind`; a constraint that refuses it becomes the kind's problem."""
    try:
        async with tx.raw.transaction():
            return await records.create(tx, kind.resource, values, by=call.caller, reason=reason, digest=digest)
    except asyncpg.UniqueViolationError as error:
        raise await _refused(tx, kind, error, values) from None


async def _refused(
    tx: Transaction, kind: RecordType[Any], error: asyncpg.UniqueViolationError, values: Values
) -> Exception:
    name = error.constraint_name or ""
    if name == f"pk_{kind.resource.table.name}":
        return kernel_problems.IdInUse(id=values["id"])
    if kind.unique and name in kind.unique:
        return await kind.unique[name](tx, values)
    return error


def merged_body(kind: RecordType[R], row: R, patch: Any) -> Any:
    """Return the body that would make what `row` becomes by `patch`. Raises Invalid with every fault at once."""
    assert kind.create is not None, kind.plural
    fields = kind.create.model_fields
    document = orjson.loads(dump(kind.resource.represent(row)))
    merged = {name: value for name, value in document.items() if name in fields and name != "id" and value is not None}
    for name in patch.model_fields_set - {"reason"}:
        value = getattr(patch, name)
        if value is None:
            # Cleared: what has a default takes it, what may be empty is said to be.
            merged.pop(name, None)
            if fields[name].default is None and not fields[name].is_required():
                merged[name] = None
        else:
            merged[name] = patch.model_dump(include={name}, mode="json", exclude_unset=True)[name]
    try:
        return kind.create.model_validate(merged)
    except ValidationError as error:
        raise Invalid(*field_errors_of(error.errors(), prefix=())) from None


async def change(tx: Transaction, call: Call, kind: RecordType[R], row: R, patch: Any) -> R:
    """Correct the locked record; return its row. Raises Invalid and what the kind refuses."""
    body = merged_body(kind, row, patch)
    assert kind.columns is not None, kind.plural
    values = {**await kind.columns(tx, call, body, row)}
    try:
        async with tx.raw.transaction():
            after: R = await records.update(
                tx, kind.resource, row, values, by=call.caller, reason=patch.reason, action="corrected"
            )
            return after
    except asyncpg.UniqueViolationError as error:
        raise await _refused(tx, kind, error, {**row, **values}) from None


def record_router(kind: RecordType[Any]) -> ApiRouter:
    """Return the usual operations on one kind of record."""
    router = ApiRouter(prefix=kind.prefix, tags=[kind.plural])
    create_body, change_body, resource, noun, title = kind.create, kind.change, kind.resource, kind.noun, kind.title
    many, path = kind.many, f"/{kind.plural}"
    parameter = f"{noun}_id"
    one = f"{path}/{{{parameter}}}"
    article = "an" if title[0] in "aeiou" else "a"
    page = type(f"{kind.output.__name__}Page", (Page[kind.output],), {"__doc__": f"A page of {title}s."})
    refusals = (kernel_problems.IdInUse, *kind.refusals)
    found = kind.guard or existing(resource, parameter)
    record_id = Annotated[str, Depends(path_id(parameter))]

    async def list_all(call: Call) -> Response:
        return await answer_list(call, kind.listing)

    def declare(
        method: str, at: str, name: str, summary: str, description: str, **options: Any
    ) -> Callable[[Endpoint], Endpoint]:
        def keep(endpoint: Endpoint) -> Endpoint:
            endpoint.__name__, endpoint.__doc__ = name, description
            return router.operation(method, at, summary=summary, declared=kind.declared, **options)(endpoint)

        return keep

    @declare(
        "GET",
        path,
        f"list_{many}",
        f"List {title}s",
        f"Page through the {title}s of the caller's area.",
        scopes=kind.read_scopes,
        direct=list_all,
        response_model=page,
        problems=(kernel_problems.CursorMismatch,),
        openapi_extra={"parameters": kind.listing.parameters()},
    )
    async def _list(call: CurrentCall) -> Response:
        return await list_all(call)

    under = kind.under
    if under is not None:
        own = kind.listing.parameters()

        async def list_own(call: Call) -> Response:
            return await answer_list(call, kind.listing, preset={under.column: [call.found["id"]]})

        @declare(
            "GET",
            under.path + path,
            f"list_{many}_of_{under.resource.name}",
            f"List the {title}s of one {under.resource.name.replace('_', ' ')}",
            f"Page through the {title}s of one {under.resource.name.replace('_', ' ')}.",
            scopes=kind.read_scopes,
            guard=existing(under.resource, under.column),
            response_model=page,
            direct=list_own,
            problems=(kernel_problems.CursorMismatch,),
            openapi_extra={"parameters": [p for p in own if p["name"] != under.column]},
        )
        async def _list_own(call: CurrentCall, parent_id: Annotated[str, Depends(path_id(under.column))]) -> Response:
            return await list_own(call)

    if create_body is not None:
        at, name = (path, f"create_{noun}") if under is None else (under.path + path, f"record_{noun}")
        parent = [] if under is None else [Depends(path_id(under.column))]

        @declare(
            "POST",
            at,
            name,
            f"Enter {article} {title}",
            create_body.__doc__ or "",
            scopes=kind.create_scopes or kind.write_scopes,
            status_code=201,
            minted=True,
            response_model=kind.output,
            problems=refusals,
            dependencies=parent,
            written_by=kind.columns,
            guard=None if under is None else existing(under.resource, under.column),
        )
        async def _create(call: CurrentCall, body: create_body) -> Response:
            if kind.before is not None:
                await kind.before(call, body)

            async def effect(tx: Transaction) -> Response:
                row, new = await create(tx, call, kind, body)
                return answer(call, resource, row, status=201 if new else 200)

            return await once(call, effect, pepper=kind.pepper(call))

    @declare(
        "GET",
        one,
        f"read_{noun}",
        f"Read one {title}",
        f"Read {article} {title}. The ETag is its version.",
        scopes=kind.read_scopes,
        guard=found,
        conditional=True,
        response_model=kind.output,
    )
    async def _read(call: CurrentCall, id_: record_id) -> Response:
        return answer(call, resource, call.found)

    if change_body is not None:

        @declare(
            "PATCH",
            one,
            f"change_{noun}",
            f"Correct {article} {title}",
            "Apply a merge patch: absent leaves, null clears. What was known before stays in the history.",
            scopes=kind.write_scopes,
            etag=True,
            guard=existing(resource, parameter, if_match=True),
            response_model=kind.output,
            written_by=kind.columns,
            problems=refusals,
        )
        async def _change(call: CurrentCall, id_: record_id, body: change_body) -> Response:
            if kind.before is not None:
                await kind.before(call, body)
            async with call.db.transaction() as tx:
                row = await records.locked(tx, call, resource, id_)
                after = await change(tx, call, kind, row, body)
            return answer(call, resource, after)

    if kind.removable:

        @declare(
            "DELETE",
            one,
            f"remove_{noun}",
            f"Take back {article} {title} entered by mistake",
            "The record goes; its history stays and the feed tells of the removal.",
            scopes=kind.write_scopes,
            etag=True,
            guard=existing(resource, parameter, if_match=True),
            status_code=204,
        )
        async def _remove(call: CurrentCall, id_: record_id) -> Response:
            async with call.db.transaction() as tx:
                row = await records.locked(tx, call, resource, id_)
                await records.remove(tx, resource, row, by=call.caller, reason=None)
            return Response(None, 204, {"Cache-Control": "no-store"})

    @declare(
        "GET",
        f"{one}/history",
        f"read_{noun}_history",
        f"Who changed {article} {title}, when and why",
        "Return every version, oldest first.",
        scopes=kind.read_scopes,
        guard=kind.guard or remembered(resource, parameter),
        response_model=HistoryPage,
    )
    async def _history(call: CurrentCall, id_: record_id) -> Response:
        return await records.history(call, resource, id_)

    return router


def path_id(parameter: str) -> Any:
    """Return the dependency that reads the id in a path, in lower case."""

    def read(value: str) -> str:
        return value.lower()

    read.__annotations__["value"] = Annotated[Id, Path(alias=parameter)]
    return read


def outside_area(pointer: str) -> Invalid:
    """Return the refusal of a body that names something beyond the caller's area."""
    return Invalid(
        FieldError(
            "outside_area",
            (
                "Nằm ngoài địa bàn của bạn; hãy chọn trong địa bàn của mình.",
                "This lies outside your area; choose one within it.",
            ),
            pointer=pointer,
        )
    )


def owner(call: Call, alliance: str | None) -> str:
    """Return the alliance that owns what a body enters without naming a record of one: the one it names, else the caller's.

    Raises Invalid for one beyond the caller's area, and where a national caller names none.
    """
    found = alliance or call.caller.alliance
    if found is None:
        raise Invalid(
            FieldError(
                "required",
                ("Hãy điền giá trị này; đây là mục bắt buộc.", "Fill this in; it is required."),
                pointer="/alliance",
            )
        )
    if not is_alliance(found) or not call.caller.holds(found):
        raise outside_area("/alliance")
    return found


async def referenced_record(
    tx: Transaction, call: Call, resource: Resource[R], id_: str, pointer: str, *, lock: bool = False
) -> R:
    """Return the record that a body names. Raises Invalid if it is not there or beyond the caller's area."""
    row = await records.read(tx, resource, id_, call.caller, lock=lock)
    if row is None:
        label = label_vi(pointer.rpartition("/")[2]) or resource.name
        words = (
            f"Không có {label[0].lower()}{label[1:]} này trong địa bàn của bạn.",
            f"There is no such {resource.name.replace('_', ' ')} in your area.",
        )
        raise Invalid(FieldError(f"unknown_{resource.name}", words, pointer=pointer))
    return row
