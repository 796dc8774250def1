"""Figures that organizations report for a period, over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from kernel.database.connections import Row, Transaction
from kernel.problems import IdInUse
from kernel.records import answer, existing
from kernel.records.batch import BATCH_OPTIONS, run_batch_at_once
from kernel.records.crud import record_router
from kernel.records.listing import answer_list, list_operation
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.idempotency import once
from kernel.web.replies import PRIVATE, json_reply
from services.registry import problems
from services.registry.organizations.records import ORGANIZATION
from services.registry.scopes import OWN_READ, READ, WRITE, registry_router
from services.registry.statistics import delivering, missing, service
from services.registry.statistics.records import STATISTIC, STATISTIC_TYPE
from services.registry.statistics.schemas import (
    OrganizationStatisticBatch,
    OrganizationStatisticDelivery,
    OrganizationStatisticWritten,
)
from services.registry.statistics.size_classes import OrganizationSizeClass, read_size_class

router = registry_router("organization-statistics")


@router.operation(
    "POST",
    "/organization-statistics/batch",
    scopes=WRITE,
    **BATCH_OPTIONS,
    problems=(IdInUse, problems.OrganizationMerged, problems.StatisticExists),
    summary="Create organization statistics in a batch",
    written_by=delivering.enter_many,
)
async def create_organization_statistics(call: CurrentCall, body: OrganizationStatisticBatch) -> Response:
    """Enter up to 500 items. `atomic`: all or none. `each`: every item for itself, answered with 207."""

    async def enter(tx: Transaction, items: Sequence[Any]) -> Sequence[Any]:
        return await delivering.enter_many(tx, call, items)

    async def warnings(tx: Transaction, rows: Sequence[Row]) -> Sequence[list[dict[str, Any]]]:
        return await service.warnings_of(tx, call, rows)

    return await run_batch_at_once(call, body.mode, body.items, enter, warnings)


@router.operation(
    "PUT",
    "/organization-statistics/by-period",
    scopes=WRITE,
    response_model=OrganizationStatisticWritten,
    responses={201: {"model": OrganizationStatisticWritten, "description": "The period had no figures yet"}},
    problems=(problems.OrganizationMerged,),
    summary="Save the figures of a period",
    written_by=delivering.deliver,
)
async def deliver_organization_statistic(call: CurrentCall, body: OrganizationStatisticDelivery) -> Response:
    """Make the row of an organization and period what is sent, as often as a system likes; no If-Match is needed.

    Only what differs is changed: the same delivery again makes no version and no event. A field that is left out becomes
    null, as it is not known to the system; `file_ids` alone stay.
    """

    async def effect(tx: Transaction) -> Response:
        row, new = await delivering.deliver(tx, call, body)
        extra = {"warnings": await service.warnings(tx, call, row)}
        return await answer(tx, call, STATISTIC, row, status=201 if new else 200, extra=extra)

    return await once(call, effect)


@list_operation(
    router,
    "/organization-statistics/missing",
    missing.LISTING,
    page=missing.MissingStatisticPage,
    scopes=READ,
    summary="List organizations without figures for a period",
)
async def list_missing_organization_statistics(call: CurrentCall) -> Response:
    """Page through the organizations that stood on the last day of a period and have no figures for it, with phone.

    Cooperatives, unions and groups; `period` is needed.
    """
    return await answer_list(call, missing.LISTING)


@router.operation(
    "GET",
    "/organizations/{organization_id}/size-class",
    scopes=OWN_READ,
    guard=existing(ORGANIZATION, "organization_id"),
    response_model=OrganizationSizeClass,
    summary="Read the size class of a year",
    written_by=read_size_class,
)
async def read_organization_size_class(
    call: CurrentCall,
    organization_id: Id,
    year: Annotated[int, Query(ge=1902, le=9997, description="The year; its thresholds are those of its last day")],
) -> Response:
    """Derive how large an organization was in a year, from its figures and the thresholds of the date.

    Nobody types it. Where a threshold or a figure that decides is not known it is null, with the reason.
    """
    return json_reply(await read_size_class(call.db, call.record["id"], year), cache=PRIVATE)


# GET, POST           /v1/registry/organization-statistics
# GET, PATCH, DELETE  /v1/registry/organization-statistics/{organization_statistic_id}
# GET                 /v1/registry/organization-statistics/{organization_statistic_id}/history
# GET, POST           /v1/registry/organizations/{organization_id}/organization-statistics
routers = (router, record_router(STATISTIC_TYPE))
