"""Organizations over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import Query
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel import records
from kernel.database.connections import Row, Transaction
from kernel.records import answer, existing, remembered
from kernel.records.batch import BATCH_OPTIONS, run_batch
from kernel.records.listing import answer_list, list_operation
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.field_types import Reason
from kernel.web.idempotency import once
from kernel.web.replies import PRIVATE, json_reply, no_content
from kernel.web.schemas import HistoryPage, PlacedPage
from services.registry import problems
from services.registry.organizations import service
from services.registry.organizations.dependents import references_elsewhere
from services.registry.organizations.listing import LISTING
from services.registry.organizations.lookup import looked_up
from services.registry.organizations.names import check_names_only
from services.registry.organizations.records import ORGANIZATION
from services.registry.organizations.schemas import (
    Organization,
    OrganizationBatch,
    OrganizationChange,
    OrganizationCreate,
    OrganizationLookup,
    OrganizationLookupAnswer,
    OrganizationWritten,
)
from services.registry.organizations.warnings import past_changed, warnings_of
from services.registry.rows import OrganizationRow
from services.registry.scopes import NAMES_READ, OWN_READ, OWN_WRITE, READ, WRITE, registry_router

router = registry_router("organizations")


class OrganizationPage(PlacedPage[Organization]):
    """A page of organizations."""


_REFUSALS = (
    kernel_problems.IdInUse,
    problems.CodeInUse,
    problems.ExternalIdInUse,
    problems.PossibleDuplicate,
    problems.StatusNotOfType,
    problems.BeforeStart,
    problems.TransitionForbidden,
    problems.ConversionForbidden,
)


@list_operation(
    router,
    "/organizations",
    LISTING,
    page=OrganizationPage,
    scopes=NAMES_READ,
    summary="List and search organizations",
)
async def list_organizations(call: CurrentCall) -> Response:
    """Page through the organizations of the caller's area, as they are or as they were on a day (`as_of`).

    With `q` the best match comes first; otherwise by id, in the order of entry. Who administers (`identity.admin` alone)
    finds names: `q`, `id`, `type` and `code` with `fields` among `id,name,type,code`; anything else is 403.
    """
    check_names_only(call)
    return await answer_list(call, LISTING)


@router.operation(
    "POST",
    "/organizations",
    scopes=WRITE,
    status_code=201,
    minted=True,
    response_model=OrganizationWritten,
    problems=(*_REFUSALS, kernel_problems.AlreadyErased),
    summary="Register an organization",
)
async def create_organization(call: CurrentCall, body: OrganizationCreate) -> Response:
    """Enter an organization with its seat and opening state.

    A possible duplicate (same code; a like name in the same commune) is refused with candidates; `force` with a
    `reason` passes the second kind. The same `id` and content again answers 200 with what exists.
    The registry is a working copy: the legal record is the registration authority's (Law 17/2023/QH15, Art. 110).
    """

    async def effect(tx: Transaction) -> Response:
        row, new = await service.create(tx, body, by=call.caller)
        return await answer(
            tx, call, ORGANIZATION, row, status=201 if new else 200, extra={"warnings": warnings_of(row, call.language)}
        )

    return await once(call, effect)


@router.operation(
    "PATCH",
    "/organizations/{organization_id}",
    scopes=OWN_WRITE,
    etag=True,
    response_model=OrganizationWritten,
    guard=existing(ORGANIZATION, "organization_id", if_match=True),
    problems=(*_REFUSALS, problems.DissolutionCaseEnded, problems.DecidedByFacts, problems.OrganizationMerged),
    summary="Update an organization",
)
async def change_organization(call: CurrentCall, organization_id: Id, body: OrganizationChange) -> Response:
    """Apply a merge patch (RFC 7396): absent leaves, null clears.

    A move, a conversion or a change of status is a fact of its own: other values of `type`, `seat`, `legal_status` and
    `operating_state` are refused with `decided_by_facts`. With `corrects_opening` and a `reason` they correct what the
    organization began with; the warning `past_changed` then says from which day on figures may differ.
    """

    async def effect(tx: Transaction) -> Response:
        row = await records.locked(tx, call, ORGANIZATION, organization_id)
        after, since = await service.change(tx, row, body, by=call.caller)
        warnings = warnings_of(after, call.language)
        if since is not None:
            warnings.append(past_changed(body, since, call.language))
        return await answer(tx, call, ORGANIZATION, after, extra={"warnings": warnings})

    return await once(call, effect)


@router.operation(
    "DELETE",
    "/organizations/{organization_id}",
    scopes=WRITE,
    etag=True,
    guard=existing(ORGANIZATION, "organization_id", if_match=True),
    status_code=204,
    problems=(problems.OrganizationMerged, problems.OrganizationReferenced, problems.ReferencesUnknown),
    summary="Delete an organization",
)
async def remove_organization(
    call: CurrentCall,
    organization_id: Id,
    reason: Annotated[Reason, Query(description="Why it should not be there; its history keeps it")],
) -> Response:
    """Delete an organization that was entered by mistake and that nothing stands on; its history stays.

    Funds, training and reporting are asked first: what names it there, or here, is told (409), and while one is silent nothing
    is deleted (503). It is no dissolution: no figure of any day counts it any more.
    """
    elsewhere = await references_elsewhere(call, organization_id)

    async def effect(tx: Transaction) -> Response:
        row = await records.locked(tx, call, ORGANIZATION, organization_id)
        await service.remove(tx, row, elsewhere, by=call.caller, reason=reason)
        return no_content()

    return await once(call, effect)


@router.operation(
    "GET",
    "/organizations/{organization_id}/history",
    scopes=OWN_READ,
    response_model=HistoryPage,
    guard=remembered(ORGANIZATION, "organization_id"),
    summary="Change history of an organization",
)
async def read_organization_history(call: CurrentCall, organization_id: Id) -> Response:
    """Return every version, oldest first; of one that was deleted as well. `derived`: a fact changed what it is."""
    return await records.history(call, ORGANIZATION, organization_id)


@router.operation(
    "POST",
    "/organizations/batch",
    scopes=WRITE,
    **BATCH_OPTIONS,
    problems=(*_REFUSALS, kernel_problems.AlreadyErased),
    summary="Register organizations in a batch",
)
async def create_organizations(call: CurrentCall, body: OrganizationBatch) -> Response:
    """Enter up to 500 organizations. `atomic`: all or none. `each`: every item for itself, answered with 207."""

    async def create(tx: Transaction, item: OrganizationCreate) -> tuple[OrganizationRow, bool]:
        return await service.create(tx, item, by=call.caller)

    async def warnings(tx: Transaction, row: Row) -> list[dict[str, Any]]:
        return warnings_of(cast(OrganizationRow, row), call.language)

    return await run_batch(call, body.mode, body.items, create, warnings=warnings)


@router.operation(
    "POST",
    "/organizations/lookup",
    scopes=READ,
    response_model=OrganizationLookupAnswer,
    summary="Look up organizations by code, id or key in another system",
)
async def lookup_organizations(call: CurrentCall, body: OrganizationLookup) -> Response:
    """Find organizations by code, id or key in another system, at most 500 at once.

    The answer keeps the order, says what each was asked by and names what is absent. One that was merged into another is
    found, and says into which.
    """

    async def effect(tx: Transaction) -> Response:
        return json_reply({"items": await looked_up(tx, call, body)}, cache=PRIVATE)

    return await once(call, effect)
