"""The overview over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from kernel.values.days import AsOf
from kernel.web.calls import CurrentCall
from kernel.web.operations import ApiRouter
from kernel.web.replies import PRIVATE, json_reply
from services.reporting.overview import service
from services.reporting.overview.schemas import Overview
from services.reporting.scopes import APPROVE, PREFIX, READ

router = ApiRouter(prefix=PREFIX, tags=["overview"])

# Who decides in one service alone also has a first page; what is no business of theirs is left out of it.
_ANYONE = (*READ, *APPROVE, "registry.read", "funds.read", "training.read")


# GET    /v1/reporting/overview
@router.operation(
    "GET", "/overview", scopes=_ANYONE, response_model=Overview, summary="Read a province's year at a glance"
)
async def read_overview(
    call: CurrentCall,
    province: Annotated[
        str | None, Query(description="Province on either map, or VN; default: the caller's own area", max_length=7)
    ] = None,
    year: Annotated[
        int | None, Query(ge=1990, le=2200, description="Default: that of `on`, else the newest with an approved plan")
    ] = None,
    on: Annotated[AsOf | None, Query(description="The day that is looked at; default: today")] = None,
) -> Response:
    """Return the measures of the year's approved plans with their figures, what waits for the caller, what is late, and what to
    declare where figures are left empty.

    All of it is seen with the caller's own rights. A service that does not answer costs its own part only.
    """
    found = await service.overview(call, province, year, on)
    return json_reply(found, cache=PRIVATE, headers={"Content-Language": call.language, "Vary": "Accept-Language"})
