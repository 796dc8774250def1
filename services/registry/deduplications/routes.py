"""Organizations that were entered twice over HTTP: put together with the other, and taken apart again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel import records
from kernel.database.connections import Transaction
from kernel.records import existing
from kernel.records.embedding import name_all, subject_name
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.idempotency import once
from kernel.web.replies import PRIVATE, json_reply
from services.registry import problems
from services.registry.deduplications import service
from services.registry.deduplications.schemas import (
    OrganizationDeduplication,
    OrganizationDeduplicationCreate,
    OrganizationDeduplicationReversalCreate,
)
from services.registry.organizations.dependents import references_elsewhere
from services.registry.organizations.records import ORGANIZATION
from services.registry.rows import OrganizationRow
from services.registry.scopes import READ, WRITE, registry_router

router = registry_router("organizations")
_ONE = "/organizations/{organization_id}/deduplication"
_EXISTING = existing(ORGANIZATION, "organization_id")


class _Undone(Exception):
    """Ends a dry run."""


@router.operation(
    "POST",
    _ONE,
    scopes=WRITE,
    status_code=201,
    guard=_EXISTING,
    response_model=OrganizationDeduplication,
    responses={200: {"model": OrganizationDeduplication, "description": "With `dry_run`: nothing was kept"}},
    problems=(
        problems.IntoItself,
        problems.OrganizationMerged,
        problems.IntoDuplicate,
        problems.HasDuplicates,
        problems.IntoAnotherAlliance,
        problems.MembershipsOverlap,
        problems.StatisticsOverlap,
        problems.RecordsOverlap,
        problems.DissolutionCasesOpen,
        problems.DissolutionCaseEnded,
        problems.ValueChainsNameBoth,
        problems.ReferencesUnknown,
    ),
    summary="Merge a duplicate organization into another",
)
async def deduplicate_organization(
    call: CurrentCall,
    organization_id: Id,
    body: OrganizationDeduplicationCreate,
    dry_run: Annotated[bool, Query(description="Show all that would move, and keep nothing")] = False,
) -> Response:
    """Say that the organization is another one, entered twice: from now on there is the other alone.

    What the organization did follows with its files: memberships, products, certificates, models, officers, ratings, inspections
    and others; member teams and value chains name the other. Status changes, moves and conversions stay with the duplicate,
    which no figure counts any more. Its id and code are still answered, with `merged_into`. The other services follow the feed
    and point their records at the other.
    """
    organization_id, into_id = organization_id.lower(), body.into.lower()
    elsewhere = await references_elsewhere(call, organization_id) if dry_run else None

    async def effect(tx: Transaction) -> Response:
        document: dict[str, Any] = {}
        try:
            async with tx.raw.transaction():
                organization, into = await service.deduplicate(tx, call, organization_id, into_id, body.reason)
                document = await _document(tx, organization, into, dry_run=dry_run, elsewhere=elsewhere)
                if dry_run:
                    raise _Undone
        except _Undone:
            return json_reply(document, cache=PRIVATE)
        headers = {"Location": call.request.scope["path"]}
        return json_reply(document, 201, cache=PRIVATE, headers=headers)

    return await once(call, effect)


@router.operation(
    "GET",
    _ONE,
    scopes=READ,
    guard=_EXISTING,
    response_model=OrganizationDeduplication,
    summary="Read the merge of a duplicate organization",
)
async def read_organization_deduplication(call: CurrentCall, organization_id: Id) -> Response:
    """Return the last time that the organization was put together with another, also where that was reversed since."""
    async with call.db.transaction() as tx:
        standing = await tx.fetchrow(service.LATEST, organization_id.lower())
        if standing is None:
            raise kernel_problems.NotFound()
        into = await records.read(tx, ORGANIZATION, standing["into_id"], call.caller)
        if into is None:
            raise kernel_problems.NotFound()
        return json_reply(await _named(tx, service.represent(standing, call.record, into)), cache=PRIVATE)


@router.operation(
    "POST",
    f"{_ONE}/reversal",
    scopes=WRITE,
    status_code=201,
    guard=_EXISTING,
    response_model=OrganizationDeduplication,
    problems=(problems.NotMerged, problems.IntoAnotherAlliance, problems.DissolutionCaseEnded),
    summary="Reverse the merge of a duplicate organization",
)
async def reverse_organization_deduplication(
    call: CurrentCall, organization_id: Id, body: OrganizationDeduplicationReversalCreate
) -> Response:
    """Take two organizations apart that are two after all: exactly what followed comes back.

    What was entered for the other since stays with it. The other services follow the feed and point back what they
    pointed.
    """

    async def effect(tx: Transaction) -> Response:
        organization, into = await service.reverse(tx, call, organization_id.lower(), body.reason)
        return json_reply(await _document(tx, organization, into), 201, cache=PRIVATE)

    return await once(call, effect)


async def _document(tx: Transaction, organization: OrganizationRow, into: OrganizationRow, **shown: Any) -> Any:
    standing = await tx.fetchrow(service.LATEST, organization["id"])
    assert standing is not None, "written by this transaction"
    return await _named(tx, service.represent(standing, organization, into, **shown))


_NAMES = (subject_name("deduplicated_by"), subject_name("reversed_by"))


async def _named(tx: Transaction, document: dict[str, Any]) -> dict[str, Any]:
    await name_all(tx, _NAMES, [document], [document])
    return document
