"""Facts over HTTP: the same operations for every kind, under an organization, across all, and in batch.

The schemas differ by kind, so the operations are declared in a loop over the kinds: FastAPI reads their types when it
runs, where a type checker sees variables.
"""

# mypy: disable-error-code="valid-type, name-defined, attr-defined, arg-type, maybe-unrecognized-str-typeform"

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import Depends
from pydantic import Field, create_model
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Problem
from kernel.records import records
from kernel.records.batch import LENIENT, BatchAnswer, run_batch
from kernel.records.listing import Listing, SortKey, Source, answer_list, id_filter, instant_range, text_filter
from kernel.records.records import answer, existing, remembered
from kernel.values.ids import Id
from kernel.web.idempotency import once
from kernel.web.operations import ApiRouter, Call, CurrentCall
from kernel.web.schemas import HistoryPage, Input, Page
from services.registry import problems
from services.registry.facts import service
from services.registry.facts.kinds import ALLIANCE_MEMBERSHIP, KINDS, Kind
from services.registry.indicators import INDICATORS
from services.registry.organizations.listing import PROVINCE_FILTERS, split_province
from services.registry.organizations.records import ORGANIZATION
from services.registry.scopes import OWN_READ, WRITE, registry_router

Endpoint = Callable[..., Awaitable[Any]]
_TIMELINE = (problems.BeforeStart, problems.TransitionForbidden, problems.StatusNotOfType, problems.ConversionForbidden)


def _listing(kind: Kind) -> Listing:
    columns = ", ".join(f"f.{name}" for name in kind.resource.columns)
    source = Source(columns, f"{kind.resource.table.name} f", (), "f.alliance", own="f.organization_id", dated="f")

    def check(given: dict[str, Any]) -> list[FieldError]:
        if faults := INDICATORS.check_evidence(given):
            return faults
        if "counted_in" not in given:
            split_province(given)
        return []

    def narrowed(given: Mapping[str, Any]) -> Source:
        counted = INDICATORS.evidence_condition(given, "f.id")
        return replace(source, conditions=counted) if counted else source

    sorts = {"id": SortKey("f.id", "uuid"), "updated_at": SortKey("f.updated_at", "timestamptz")}
    for name in kind.sorts:
        sorts[name] = SortKey(f"coalesce(f.{name}, '-infinity'::date)", "date")
    fields = tuple(kind.output.model_fields)
    return Listing(
        name=kind.noun,
        filters=(
            id_filter("organization_id", "f.organization_id", "Organization."),
            *kind.filters,
            *PROVINCE_FILTERS,
            text_filter("alliance", "f.alliance", "Alliance that owns the record."),
            *instant_range("updated_at", "f.updated_at", "Last change"),
            *INDICATORS.evidence_filters(kind.plural),
        ),
        sorts=sorts,
        default_sort="id",
        source=narrowed,
        represent=kind.resource.represent,
        fields=fields,
        facets={name: f"f.{'product_group' if name == 'group' else name}" for name in kind.facets},
        id_key=SortKey("f.id", "uuid"),
        check=check,
    )


def fact_router(kind: Kind) -> ApiRouter:
    """Return every operation on one kind of fact."""
    router = registry_router(kind.plural)
    listing = _listing(kind)
    resource = kind.resource
    create_body, change_body = kind.create, kind.change
    page = type(f"{kind.output.__name__}Page", (Page[kind.output],), {"__doc__": f"A page of {kind.plural}."})
    batch_body: Any = create_model(
        f"{kind.output.__name__}Batch",
        __base__=Input,
        __doc__="Up to 500 items. `atomic`: all or none; `each`: every item for itself (207).",
        mode=(Literal["atomic", "each"], ...),
        items=(Annotated[list[Annotated[create_body, LENIENT]], Field(min_length=1, max_length=500)], ...),
    )
    refusals: tuple[type[Problem], ...] = (kernel_problems.IdInUse, *(_TIMELINE if kind.shapes_timeline else ()))
    if kind is ALLIANCE_MEMBERSHIP:
        refusals = (*refusals, problems.MembershipOpen)
    path, nested = f"/{kind.plural}", f"/organizations/{{organization_id}}/{kind.plural}"
    one = f"{path}/{{{kind.noun}_id}}"
    many = kind.plural.replace("-", "_")
    parameters = {"parameters": listing.parameters()}
    inner_parameters = {"parameters": [p for p in listing.parameters() if p["name"] != "organization_id"]}
    own = existing(ORGANIZATION, "organization_id")

    async def list_all(call: Call) -> Response:
        return await answer_list(call, listing)

    async def list_own(call: Call) -> Response:
        organization_id = call.request.path_params["organization_id"]
        return await answer_list(call, listing, preset={"organization_id": [organization_id.lower()]})

    def declare(
        method: str, at: str, name: str, summary: str, description: str, **options: Any
    ) -> Callable[[Endpoint], Endpoint]:
        def keep(endpoint: Endpoint) -> Endpoint:
            endpoint.__name__, endpoint.__doc__ = name, description
            return router.operation(method, at, summary=summary, **options)(endpoint)

        return keep

    @declare(
        "GET",
        path,
        f"list_{many}",
        f"List {kind.title}s",
        f"Page through the {kind.title}s of the caller's area.",
        scopes=OWN_READ,
        direct=list_all,
        response_model=page,
        problems=(kernel_problems.CursorMismatch,),
        openapi_extra=parameters,
    )
    async def _list(call: CurrentCall) -> Response:
        return await list_all(call)

    @declare(
        "GET",
        nested,
        f"list_organization_{many}",
        f"List an organization's {kind.title}s",
        f"Page through the {kind.title}s of one organization.",
        scopes=OWN_READ,
        guard=own,
        direct=list_own,
        response_model=page,
        problems=(kernel_problems.CursorMismatch,),
        openapi_extra=inner_parameters,
    )
    async def _list_own(call: CurrentCall, organization_id: Id) -> Response:
        return await list_own(call)

    async def enter(call: Call, organization_id: str | None, body: Any) -> Response:
        async def effect(tx: Transaction) -> Response:
            row, new = await service.create(tx, kind, organization_id, body, by=call.caller)
            return answer(call, resource, row, status=201 if new else 200)

        return await once(call, effect)

    @declare(
        "POST",
        path,
        f"create_{kind.noun}",
        f"Enter a {kind.title}",
        f"Enter a {kind.title} of the organization that the body names. The same `id` and content again answers 200.",
        scopes=WRITE,
        status_code=201,
        minted=True,
        response_model=kind.output,
        problems=refusals,
    )
    async def _create(call: CurrentCall, body: create_body) -> Response:
        return await enter(call, None, body)

    @declare(
        "POST",
        nested,
        f"create_organization_{kind.noun}",
        f"Enter a {kind.title} of an organization",
        f"Enter a {kind.title}; the organization's present state follows in the same transaction.",
        scopes=WRITE,
        guard=own,
        status_code=201,
        minted=True,
        response_model=kind.output,
        problems=refusals,
    )
    async def _create_own(call: CurrentCall, organization_id: Id, body: create_body) -> Response:
        return await enter(call, organization_id, body)

    @declare(
        "POST",
        f"{path}/batch",
        f"create_{many}",
        f"Enter many {kind.title}s",
        "Enter up to 500 items. `atomic`: all or none. `each`: every item for itself, answered with 207.",
        written_by=service.create,
        scopes=WRITE,
        status_code=201,
        response_model=BatchAnswer,
        problems=refusals,
        responses={207: {"model": BatchAnswer, "description": "With `each`: one answer an item"}},
    )
    async def _batch(call: CurrentCall, body: batch_body) -> Response:
        async def create(tx: Transaction, item: Any) -> tuple[Row, bool]:
            return await service.create(tx, kind, None, item, by=call.caller)

        async def hold(tx: Transaction) -> None:
            await service.lock_organizations(tx, body.items, by=call.caller)

        return await run_batch(call, body.mode, body.items, create, hold=hold)

    fact_id = Annotated[str, Depends(_path_id(kind))]

    @declare(
        "GET",
        one,
        f"read_{kind.noun}",
        f"Read one {kind.title}",
        f"Read a {kind.title}. The ETag is its version.",
        scopes=OWN_READ,
        guard=existing(resource, f"{kind.noun}_id"),
        conditional=True,
        response_model=kind.output,
    )
    async def _read(call: CurrentCall, id_: fact_id) -> Response:
        return answer(call, resource, call.found)

    @declare(
        "PATCH",
        one,
        f"change_{kind.noun}",
        f"Correct a {kind.title}",
        "Apply a merge patch: absent leaves, null clears. What was known before stays in the history.",
        scopes=WRITE,
        etag=True,
        guard=existing(resource, f"{kind.noun}_id", if_match=True),
        response_model=kind.output,
        problems=refusals,
    )
    async def _change(call: CurrentCall, id_: fact_id, body: change_body) -> Response:
        async with call.db.transaction() as tx:
            await _lock_owner(tx, call.found)
            row = await records.locked(tx, call, resource, id_)
            after = await service.change(tx, kind, row, body, by=call.caller)
        return answer(call, resource, after)

    @declare(
        "DELETE",
        one,
        f"remove_{kind.noun}",
        f"Take back a {kind.title} entered by mistake",
        "The record goes; its history stays and the feed tells of the removal.",
        scopes=WRITE,
        etag=True,
        guard=existing(resource, f"{kind.noun}_id", if_match=True),
        status_code=204,
        problems=_TIMELINE if kind.shapes_timeline else (),
    )
    async def _remove(call: CurrentCall, id_: fact_id) -> Response:
        async with call.db.transaction() as tx:
            await _lock_owner(tx, call.found)
            row = await records.locked(tx, call, resource, id_)
            await service.remove(tx, kind, row, by=call.caller)
        return Response(None, 204, {"Cache-Control": "no-store"})

    @declare(
        "GET",
        f"{one}/history",
        f"read_{kind.noun}_history",
        f"Who changed a {kind.title}, when and why",
        "Return every version, oldest first; of one that was taken back as well.",
        scopes=OWN_READ,
        guard=remembered(resource, f"{kind.noun}_id"),
        response_model=HistoryPage,
    )
    async def _history(call: CurrentCall, id_: fact_id) -> Response:
        return await records.history(call, resource, id_)

    return router


async def _lock_owner(tx: Transaction, fact: Row) -> None:
    """Lock the organization before its fact: every writer takes the two in this order, so none waits for ever."""
    await tx.execute("SELECT 1 FROM organization WHERE id = $1::uuid FOR UPDATE", fact["organization_id"])


def _path_id(kind: Kind) -> Any:
    from fastapi import Path

    def read(value: str) -> str:
        return value.lower()

    read.__annotations__["value"] = Annotated[Id, Path(alias=f"{kind.noun}_id")]
    return read


routers = [fact_router(kind) for kind in KINDS]
